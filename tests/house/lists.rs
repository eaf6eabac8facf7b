//! Lists that have to be complete: each is written by hand in two places.

#[cfg(test)]
mod tests {
    use crate::sources::{directives, directives_looked_for, read, survey, tests_of_rows};
    use std::collections::BTreeSet;

    /// Rows of the preflight without a test. Remove each that gets one; add none.
    const UNTESTED: [&str; 5] =
        ["AuthName", "FilterProvider", "ProxyFCGISetEnvIf", "RequestHeader", "SSLRequire"];

    /// httpd refuses a directive that is not in its table; one that the module does not look for comes too late.
    #[test]
    fn every_directive_of_the_table_is_looked_for() {
        let table: BTreeSet<_> = directives().into_keys().collect();
        assert_eq!(table, directives_looked_for());
    }

    fn names(text: &str, name: &str) -> bool {
        let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        text.match_indices(name).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + name.len()..]);
            !is_word(before.chars().next_back()) && !is_word(after.chars().next())
        })
    }

    fn is_the_list(found: &BTreeSet<String>, listed: &[&str], state: &str) {
        let listed: BTreeSet<_> = listed.iter().map(|&name| name.to_owned()).collect();
        let more: Vec<_> = found.difference(&listed).collect();
        assert!(more.is_empty(), "{state}: {more:?}");
        let less: Vec<_> = listed.difference(found).collect();
        assert!(less.is_empty(), "no longer {state}: remove from the list: {less:?}");
    }

    #[test]
    fn every_row_of_the_preflight_has_a_test() {
        let tests = tests_of_rows();
        let rows = survey().rows.into_iter().filter(|row| row.is_read() && row.usage != "switch");
        let rows = rows.map(|row| row.directive);
        let untested: BTreeSet<_> =
            rows.filter(|name| !names(&tests, name.trim_start_matches('<'))).collect();
        is_the_list(&untested, &UNTESTED, "without a test");
    }

    /// The sets that a view has by default, as the catalogue has them.
    fn default_sets() -> Vec<String> {
        let catalogue = read("src/config/set_catalogue.rs");
        let word = |line: &str| {
            let (_, rest) = line.split_once(": \"")?;
            Some(rest.split_once("\", Default,")?.0.to_owned())
        };
        catalogue.lines().filter_map(word).collect()
    }

    #[test]
    fn every_list_of_the_sets_that_are_there_by_default_is_complete() {
        let sets = default_sets();
        let (last, first) = sets.split_last().expect("sets by default");
        let sentence = format!("{} and {last}", first.join(", "));
        let is_text = |letter: &char| !matches!(letter, '`' | '#');
        for page in ["docs/CAVEATS.md", "docs/conf/chroot.conf"] {
            let text: String = read(page).chars().filter(is_text).collect();
            let text: Vec<_> = text.split_whitespace().collect();
            assert!(text.join(" ").contains(&sentence), "not in {page}: {sentence}");
        }
        let table = format!("in a view: `{}`;", sets.join(" "));
        assert!(read("docs/directives.md").contains(&table), "not in docs/directives.md: {table}");
    }

    #[test]
    fn every_file_of_config_is_documented() {
        let manual = read("docs/directives.md").to_lowercase();
        let (_, list) = manual.split_once("contents of `config`:\n").expect("the list of config");
        let list = list.split("<a name").next().unwrap_or_default();
        let rows = survey().rows.into_iter().filter(|row| row.is_file_of_config());
        let rows = rows.map(|row| row.directive);
        let missing: BTreeSet<_> =
            rows.filter(|name| !list.contains(&format!("`{}`", name.to_lowercase()))).collect();
        assert!(missing.is_empty(), "not in docs/directives.md: {missing:?}");
    }
}
