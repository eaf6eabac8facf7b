//! docs/CAVEATS.md cannot drift: each row says what has become of the caveat, and names tests that are there.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    const WORDS: [&str; 3] = ["**Cured by** ", "**Provided by** ", "**Diagnosed as** CHR"];

    fn read(path: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The cells of every row of every table, without the heads.
    fn rows() -> Vec<[String; 3]> {
        let text = read("docs/CAVEATS.md");
        let lines = text.lines().filter(|line| line.starts_with('|') && !line.starts_with("|--"));
        let cells = lines.map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let cells: [&str; 3] =
                cells.try_into().unwrap_or_else(|_| panic!("three cells: {line}"));
            cells.map(str::to_owned)
        });
        cells.filter(|cells| cells[2] != "tests").collect()
    }

    #[test]
    fn every_caveat_is_cured_provided_or_diagnosed() {
        let rows = rows();
        // Those of both old manuals, and the complaints: none may get lost.
        assert!(rows.len() >= 19 + 13 + 6 + 22, "{} rows", rows.len());
        for [caveat, becomes, _] in rows {
            let found = WORDS.iter().filter(|words| becomes.contains(*words)).count();
            let begins = WORDS.iter().any(|words| becomes.starts_with(words));
            assert!(begins && found == 1, "{caveat}: {becomes}");
        }
    }

    #[test]
    fn every_message_that_is_named_is_explained() {
        let explained = read("docs/messages.md");
        for [caveat, becomes, _] in rows() {
            let numbers = |(at, _)| {
                becomes.get(at..at + 6).filter(|id: &&str| id.as_bytes()[3].is_ascii_digit())
            };
            for id in becomes.match_indices("CHR").filter_map(numbers) {
                let known = explained.contains(&format!("### {id}\n"));
                assert!(known, "{caveat}: no {id} in docs/messages.md");
            }
        }
    }

    #[test]
    fn every_caveat_has_the_tests_that_it_names() {
        for [caveat, _, tests] in rows() {
            assert!(!tests.is_empty(), "no test for {caveat}");
            for named in tests.split(", ") {
                let (file, function) = named.split_once("::").expect("file.rs::function");
                let text = read(&format!("tests/{file}"));
                assert!(text.contains(&format!("fn {function}(")), "{caveat}: no {named}");
            }
        }
    }
}
