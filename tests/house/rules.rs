//! The house rules that no compiler checks: documentation that cannot drift, files that can be read
//! at one sitting, unsafe code in two folders only.

#[cfg(test)]
mod tests {
    use crate::sources::{directives, ids, ids_in_use, read, root, sources};
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    #[test]
    fn every_message_has_a_row_in_the_catalogue_and_a_heading_in_the_manual() {
        assert_eq!(ids_in_use(), ids(), "rows of the catalogue");
        let text = read("docs/messages.md");
        let headings = text.lines().filter_map(|line| line.strip_prefix("### CHR"));
        let headings: BTreeSet<u16> = headings.filter_map(|id| id.parse().ok()).collect();
        assert_eq!(headings, ids(), "headings of docs/messages.md");
        let named = text.split("CHR").skip(1).filter_map(|rest| rest.get(..3)?.parse::<u16>().ok());
        let wrong: BTreeSet<_> = named.filter(|id| !ids().contains(id)).collect();
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

    /// Folders of src, the highest first: each may use those below it only.
    const LAYERS: [&[&str]; 11] = [
        &["module"],
        &["lifecycle"],
        &["fuzz", "preflight", "report", "test_api"],
        &["view"],
        &["audit", "learning", "preload", "provide"],
        &["httpd", "packages", "programs"],
        &["daemons", "trust"],
        &["jail"],
        &["config"],
        &["messages"],
        &["path", "platform"],
    ];

    /// The layer of a folder or file of src, counted from the top.
    fn layer(folder: &str) -> Option<usize> {
        LAYERS.iter().position(|layer| layer.contains(&folder))
    }

    /// Names of the folders and files at the top of src that a source imports.
    fn imports(text: &str) -> BTreeSet<&str> {
        text.split("crate::")
            .skip(1)
            .map(|rest| {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                &rest[..end.unwrap_or(rest.len())]
            })
            .collect()
    }

    /// Whether `from` may not use `to`.
    fn leads_up(from: &str, to: &str) -> bool {
        match (layer(from), layer(to)) {
            (Some(above), Some(below)) => below < above,
            _ => false,
        }
    }

    #[test]
    fn imports_lead_from_a_layer_to_those_below_it() {
        let mut upwards = Vec::new();
        for path in sources("src") {
            let inside = path.strip_prefix(root().join("src")).expect("below src");
            let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
            let from = first.trim_end_matches(".rs");
            assert!(from == "lib" || layer(from).is_some(), "{from} has no layer");
            let text = read(&path);
            let up = imports(&text).into_iter().filter(|to| leads_up(from, to));
            upwards.extend(up.map(|to| format!("{} uses {to}", inside.display())));
        }
        assert_eq!(upwards, [""; 0]);
    }

    /// The name of the type that a line of source defines.
    fn defined_type(line: &str) -> Option<&str> {
        if line.starts_with(' ') {
            return None;
        }
        let mut words = line.split_whitespace().filter(|word| !word.starts_with("pub"));
        let ("struct" | "enum" | "trait" | "type") = words.next()? else { return None };
        let name = words.next()?;
        Some(&name[..name.find(|c: char| !c.is_alphanumeric()).unwrap_or(name.len())])
    }

    /// The backends of platform have the same names on purpose: one of them is built.
    #[test]
    fn no_type_has_the_name_of_another() {
        let mut seen = std::collections::BTreeMap::new();
        let mut twice = Vec::new();
        let platform = root().join("src/platform");
        for path in sources("src").into_iter().filter(|path| !path.starts_with(&platform)) {
            for name in read(&path).lines().filter_map(defined_type) {
                let other = seen.insert(name.to_owned(), path.clone());
                twice.extend(other.map(|other| format!("{name} in {other:?} and {path:?}")));
            }
        }
        assert_eq!(twice, [""; 0]);
    }

    #[test]
    fn unsafe_code_is_allowed_in_the_border_folders_only() {
        let islands = ["src/module", "src/httpd", "src/platform"];
        let islands = islands.map(|folder| root().join(folder));
        for path in sources("src") {
            let is_in_an_island = islands.iter().any(|island| path.starts_with(island));
            let text = read(&path);
            let uses = text.contains("unsafe {") || text.contains("unsafe extern");
            assert!(is_in_an_island || !uses, "{} has unsafe code", path.display());
        }
        let map = read("src/lib.rs");
        let lines: Vec<_> = map.lines().collect();
        let is_module = |line: &&str| line.ends_with(';') && line.contains("mod ");
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_module(line)) {
            let above = lines[at.saturating_sub(2)..at].join(" ");
            let allows = above.contains("#[allow(unsafe_code");
            let is_island = islands.iter().any(|path| {
                path.ends_with(
                    line.trim_start_matches("pub ")
                        .trim_start_matches("mod ")
                        .trim_end_matches(';'),
                )
            });
            assert_eq!(allows, is_island, "{line}");
            assert!(allows || above.contains("#[forbid(unsafe_code)]"), "{line}");
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
    fn an_inside_path_is_opened_by_the_walk_only() {
        let opens = |path: &PathBuf| read(path).contains(".for_walk()");
        let found: Vec<_> = sources("src").into_iter().filter(opens).collect();
        assert_eq!(found, [root().join("src/jail/walk.rs")]);
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
