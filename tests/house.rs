//! The house rules that no compiler checks: documentation that cannot drift, files that can be read
//! at one sitting, unsafe code in two folders only.

#[cfg(test)]
#[path = "house/sources.rs"]
mod sources;

#[cfg(test)]
mod tests {
    use crate::sources::{directives, ids, read, root, sources};
    use std::collections::BTreeSet;

    #[test]
    fn every_message_is_explained() {
        let text = read("docs/messages.md");
        let missing: Vec<_> =
            ids().into_iter().filter(|id| !text.contains(&format!("### CHR{id}\n"))).collect();
        assert!(missing.is_empty(), "not in docs/messages.md: {missing:?}");
    }

    #[test]
    fn no_message_is_explained_that_cannot_come() {
        let ids = ids();
        let text = read("docs/messages.md");
        let named = text.split("CHR").skip(1).filter_map(|rest| rest.get(..3)?.parse::<u16>().ok());
        let wrong: BTreeSet<_> = named.filter(|id| !ids.contains(id)).collect();
        assert!(wrong.is_empty(), "in docs/messages.md, but not in the catalogue: {wrong:?}");
    }

    #[test]
    fn every_directive_is_documented_in_the_manual_and_the_man_page() {
        for page in ["docs/directives.md", "docs/mod_chroot.8"] {
            let text = read(page);
            let missing: Vec<_> =
                directives().into_keys().filter(|name| !text.contains(name)).collect();
            assert!(missing.is_empty(), "not in {page}: {missing:?}");
        }
    }

    /// The table of known escapes: each row names tests that are there.
    #[test]
    fn every_escape_has_the_test_that_it_names() {
        let text = read("docs/escapes.md");
        let table = text.split("| escape |").nth(1).expect("the table of escapes");
        let rows: Vec<_> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
        assert!(rows.len() > 15, "{rows:?}");
        let tests: String = sources("tests").iter().map(read).collect();
        for row in rows {
            let column = row.split('|').nth(3).expect("the column of tests");
            let names: Vec<_> = column.split('`').skip(1).step_by(2).collect();
            assert!(!names.is_empty(), "no test in {row}");
            for name in names.into_iter().filter(|name| !name.contains('/')) {
                assert!(tests.contains(&format!("fn {name}(")), "no test {name}");
            }
        }
    }

    #[test]
    fn files_can_be_read_at_one_sitting() {
        for path in ["src", "tests"].into_iter().flat_map(sources) {
            let lines = read(&path).lines().count();
            assert!(lines <= 400, "{}: {lines} lines", path.display());
        }
    }

    #[test]
    fn unsafe_code_lives_in_two_folders_only() {
        let islands = ["src/httpd", "src/platform"].map(|folder| root().join(folder));
        for path in sources("src") {
            let is_in_an_island = islands.iter().any(|island| path.starts_with(island));
            let text = read(&path);
            let forbids = text.contains("#![forbid(unsafe_code)]");
            let is_excused = is_in_an_island
                || path == root().join("src/lib.rs")
                || path.starts_with(root().join("src/fault"));
            assert!(forbids || is_excused, "{} does not forbid unsafe code", path.display());
            let uses = text.contains("unsafe {") || text.contains("unsafe extern");
            assert!(is_in_an_island || !uses, "{} has unsafe code", path.display());
        }
    }

    #[test]
    fn systems_are_distinguished_in_the_platform_folder_only() {
        for path in sources("src") {
            let names_one = read(&path).contains("target_os");
            let may = path.starts_with(root().join("src/platform"));
            assert!(!names_one || may, "{}", path.display());
        }
    }

    #[test]
    fn nothing_names_the_machine_it_was_made_on() {
        for path in ["src", "tests"].into_iter().flat_map(sources) {
            let text = read(&path);
            let home = concat!("/wo", "rk/");
            assert!(!text.contains(home), "{}", path.display());
        }
    }
}
