//! The house rules that no compiler checks: documentation that cannot drift, files that can be read
//! at one sitting, unsafe code in two folders only.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    fn read(path: impl AsRef<Path>) -> String {
        let path = root().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Every Rust file below `folder`.
    fn sources(folder: &str) -> Vec<PathBuf> {
        let found = below(&root().join(folder));
        assert!(!found.is_empty(), "no sources in {folder}");
        found
    }

    fn below(folder: &Path) -> Vec<PathBuf> {
        let paths = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
        let (folders, mut files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
        files.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
        files.extend(folders.iter().flat_map(|folder| below(folder)));
        files
    }

    /// The message ids that the catalogue can give: the numbers on the right of its `=>`.
    fn ids() -> BTreeSet<u16> {
        let catalogue =
            sources("src/fault").into_iter().map(|path| read(&path)).collect::<String>();
        let number = |line: &str| {
            let (_, right) = line.split_once("=>")?;
            let number: u16 = right.trim().trim_end_matches(',').parse().ok()?;
            (100..1000).contains(&number).then_some(number)
        };
        catalogue.lines().filter_map(number).collect()
    }

    /// The names in the directive table that httpd reads.
    fn directives() -> BTreeSet<String> {
        let table = read("src/httpd/record.rs");
        let name = |part: &str| part.split('"').next().map(str::to_owned);
        let names: BTreeSet<_> = table.split("c\"").skip(1).filter_map(name).collect();
        names.into_iter().filter(|name| name.starts_with("Chroot")).collect()
    }

    #[test]
    fn every_message_is_explained() {
        let ids = ids();
        assert!(ids.len() > 30, "{ids:?}");
        let text = read("docs/messages.md");
        let missing: Vec<_> = ids.iter().filter(|id| !text.contains(&format!("CHR{id}"))).collect();
        assert!(missing.is_empty(), "not in docs/messages.md: {missing:?}");
    }

    #[test]
    fn no_message_is_explained_that_cannot_come() {
        let ids = ids();
        let text = read("docs/messages.md");
        let told = text.split("CHR").skip(1).filter_map(|rest| rest.get(..3)?.parse::<u16>().ok());
        let wrong: BTreeSet<_> = told.filter(|id| !ids.contains(id)).collect();
        assert!(wrong.is_empty(), "in docs/messages.md, but not in src/fault: {wrong:?}");
    }

    #[test]
    fn every_directive_is_documented_in_the_manual_and_the_man_page() {
        let directives = directives();
        assert!(directives.len() >= 3, "{directives:?}");
        for page in ["docs/directives.md", "docs/mod_chroot.8"] {
            let text = read(page);
            let missing: Vec<_> = directives.iter().filter(|name| !text.contains(*name)).collect();
            assert!(missing.is_empty(), "not in {page}: {missing:?}");
        }
    }

    /// The table of ways out: each row names tests that are there.
    #[test]
    fn every_way_out_has_the_test_that_it_names() {
        let text = read("README.md");
        let table = text.split("| way out |").nth(1).expect("the table of ways out");
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
            assert!(lines <= 300, "{}: {lines} lines", path.display());
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
    fn systems_are_told_apart_in_the_platform_folder_only() {
        for path in sources("src") {
            let told = read(&path).contains("target_os");
            assert!(!told || path.starts_with(root().join("src/platform")), "{}", path.display());
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
