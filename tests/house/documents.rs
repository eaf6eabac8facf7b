//! Documents agree with the source, and their links lead somewhere.

#[cfg(test)]
mod tests {
    use crate::sources::{directives, documents, entries, ids, read, root};
    use mod_chroot::test_api::{SetFacts, list_filtered_calls, list_keywords, list_sets};
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Component, Path, PathBuf};

    /// Ids that `text` names: `CHR101`, `CHR101–CHR113`, `CHR801 to CHR809`.
    fn named(text: &str) -> BTreeSet<u16> {
        let mut found = BTreeSet::new();
        let mut last = None;
        for (at, _) in text.match_indices("CHR") {
            let Some(id) = text.get(at + 3..at + 6).and_then(|id| id.parse::<u16>().ok()) else {
                continue;
            };
            let is_range = text[..at].ends_with('–') || text[..at].ends_with(" to ");
            let first = last.filter(|_| is_range).unwrap_or(id);
            found.extend(first..=id);
            last = Some(id);
        }
        found
    }

    #[test]
    fn every_message_has_its_level() {
        let text = read("docs/messages.md");
        let table = text.split("| id | moment | level |").nth(1).expect("the table of levels");
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let rows: String = rows.filter_map(|row| row.split('|').nth(1)).collect();
        assert_eq!(named(&rows), ids(), "the table of docs/messages.md");
    }

    #[test]
    fn every_message_is_in_the_man_page() {
        let text = read("docs/mod_chroot.8");
        let items: String = text.lines().filter(|line| line.starts_with(".It CHR")).collect();
        assert_eq!(named(&items), ids(), "DIAGNOSTICS of docs/mod_chroot.8");
    }

    /// Text of the section of docs/directives.md about `directive`.
    fn section(directive: &str) -> String {
        let text = read("docs/directives.md");
        let (_, section) = text
            .split_once(&format!("\n## {directive}\n"))
            .unwrap_or_else(|| panic!("docs/directives.md has no section {directive}"));
        section.split("\n## ").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn every_directive_has_its_section_and_its_entry_in_the_man_page() {
        let page = read("docs/mod_chroot.8");
        for name in directives().into_keys() {
            assert!(section(&name).contains("| **Syntax** |"), "{name} has no syntax");
            assert!(page.contains(&format!("\n.It Ic {name} ")), "{name} is not in the man page");
        }
    }

    #[test]
    fn every_keyword_of_a_directive_is_documented() {
        let (page, help) = (read("docs/mod_chroot.8"), directives());
        for (name, words) in list_keywords() {
            let section = section(name);
            let syntax = section.lines().find(|line| line.starts_with("| **Syntax** |"));
            let (_, entry) = page.split_once(&format!("\n.It Ic {name} ")).expect("an entry");
            let entry = entry.lines().next().unwrap_or_default();
            let help = help.get(*name).unwrap_or_else(|| panic!("httpd has no help for {name}"));
            for (place, text) in [
                ("docs/directives.md", syntax.unwrap_or_default()),
                ("man page", entry),
                ("help", help),
            ] {
                let missing: Vec<_> = words.iter().filter(|word| !has_word(text, word)).collect();
                assert!(missing.is_empty(), "{place} of {name} lacks {missing:?}: {text}");
            }
        }
    }

    /// In both directions: each call has its place, and no other is in the table.
    #[test]
    fn every_call_that_the_filter_refuses_is_documented() {
        let Some(calls) = list_filtered_calls() else { return };
        let section = section("ChrootHarden");
        let (_, table) = section.split_once("| refused | calls |").expect("the table of calls");
        let rows = table.split("\n\n").next().unwrap_or_default().lines();
        let cells = rows.filter_map(|row| row.rsplit('|').nth(1));
        let names = |cell: &str| -> Vec<String> {
            cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        let operations = ["TIOCSTI", "TIOCLINUX", "syslog(3)"];
        let documented: BTreeSet<_> =
            cells.flat_map(names).filter(|name| !operations.contains(&name.as_str())).collect();
        let calls: BTreeSet<_> = calls.into_iter().map(str::to_owned).collect();
        assert_eq!(documented, calls);
    }

    fn has_word(text: &str, word: &str) -> bool {
        text.split(|letter: char| !letter.is_alphanumeric()).any(|part| part == word)
    }

    /// The words of `sets`, in order.
    fn words<'a>(sets: impl Iterator<Item = &'a SetFacts>) -> Vec<&'a str> {
        sets.map(|set| set.word).collect()
    }

    /// The code spans of `text`, in order.
    fn code(text: &str) -> Vec<&str> {
        text.split('`').skip(1).step_by(2).collect()
    }

    #[test]
    fn every_set_is_documented() {
        let section = section("ChrootProvide");
        let page = read("docs/mod_chroot.8");
        for SetFacts { word, .. } in list_sets() {
            assert!(
                section.contains(&format!("\n| `{word}` |")),
                "docs/directives.md lacks {word}"
            );
            assert!(page.contains(&format!("\n.Cm {word}")), "docs/mod_chroot.8 lacks {word}");
        }
    }

    /// The table of sets is the catalogue: order, default, copies.
    #[test]
    fn the_table_of_sets_agrees_with_the_catalogue() {
        let section = section("ChrootProvide");
        let (_, table) = section.split_once("\n| set |").expect("the table of sets");
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let rows: Vec<Vec<_>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
        let sets = list_sets();
        let column = |number: usize| rows.iter().map(move |row| row[number]);
        let named: Vec<_> = column(1).map(|word| word.trim_matches('`')).collect();
        assert_eq!(named, words(sets.iter()));
        let in_view = |set: &SetFacts| if set.is_default { "default" } else { "on request" };
        assert_eq!(column(3).collect::<Vec<_>>(), sets.iter().map(in_view).collect::<Vec<_>>());
        let is_copied: Vec<_> = column(4).map(|copied| copied.starts_with("on request")).collect();
        assert_eq!(is_copied, sets.iter().map(|set| set.is_copyable).collect::<Vec<_>>());
    }

    #[test]
    fn the_default_sets_are_those_of_the_catalogue() {
        let sets = list_sets();
        let default = words(sets.iter().filter(|set| set.is_default));
        let section = section("ChrootProvide");
        let row = section.lines().find(|line| line.starts_with("| **Default** |")).expect("a row");
        assert_eq!(code(row), [default.join(" ")]);
        let on_request = words(sets.iter().filter(|set| !set.is_default));
        let page = read("docs/mod_chroot.8").replace('\n', " ");
        let (_, listed) = page.split_once("by default, except").expect("the default");
        let listed = listed.split(';').next().unwrap_or_default();
        let listed: Vec<_> =
            listed.split(".Cm ").skip(1).filter_map(|it| it.split(' ').next()).collect();
        assert_eq!(listed, on_request, "docs/mod_chroot.8");
    }

    /// Each path is named as a whole, or by its folder and its name.
    #[test]
    fn every_path_of_a_set_is_documented() {
        let section = section("ChrootProvide");
        let named: BTreeSet<_> = code(&section).into_iter().collect();
        for SetFacts { word, paths, .. } in list_sets() {
            for path in paths {
                let (folder, name) = path.rsplit_once('/').expect("an absolute path");
                let is_named =
                    named.contains(path) || (named.contains(folder) && named.contains(name));
                assert!(is_named, "docs/directives.md: {word} lacks {path}");
            }
        }
    }

    #[test]
    fn the_readme_is_short() {
        let lines = read("README.md").lines().count();
        assert!(lines <= 130, "{lines} lines; move details to docs/");
    }

    /// Lines of a document in Markdown without its blocks of code.
    fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.lines().filter(|line| !line.starts_with("    "))
    }

    /// Targets of the links of a document.
    fn links(text: &str) -> Vec<String> {
        let parts = lines(text).flat_map(|line| line.split("](").skip(1));
        let targets = parts.filter_map(|part| part.split(')').next());
        targets.map(|target| target.trim_matches(['<', '>']).to_owned()).collect()
    }

    /// Anchors of a document, by the rules of the hosts that render it: names that it sets itself, and its titles.
    fn anchors(text: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for line in lines(text) {
            let names = line.split("<a name=\"").skip(1).filter_map(|part| part.split('"').next());
            found.extend(names.map(str::to_owned));
            let title = line.trim_start_matches('#');
            if title.len() == line.len() || !title.starts_with(' ') {
                continue;
            }
            let slug = slug(title.trim());
            let earlier = times.entry(slug.clone()).or_default();
            found.insert(if *earlier == 0 { slug } else { format!("{slug}-{earlier}") });
            *earlier += 1;
        }
        found
    }

    fn slug(title: &str) -> String {
        let letter = |letter: char| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ if letter.is_alphanumeric() => Some(letter),
            _ => None,
        };
        title.to_lowercase().chars().filter_map(letter).collect()
    }

    /// `target`, which is relative to the folder of `document`, without `..`.
    fn resolved(document: &Path, target: &str) -> PathBuf {
        let joined = document.parent().unwrap_or(root()).join(target);
        let mut path = PathBuf::new();
        for component in joined.components() {
            match component {
                Component::ParentDir => drop(path.pop()),
                other => path.push(other),
            }
        }
        path
    }

    /// A release has no recipes in it, so links to them lead nowhere there.
    fn is_left_out(path: &Path) -> bool {
        ["debian", "gentoo", "ports"].iter().any(|folder| {
            let folder = root().join(folder);
            path.starts_with(&folder) && entries(&folder).is_empty()
        })
    }

    /// Whether `link` of `document` leads to a file, and to a title in it. Links to other hosts are not followed.
    fn leads_somewhere(document: &Path, link: &str) -> bool {
        let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
        let path = if target.is_empty() { document.to_owned() } else { resolved(document, target) };
        if link.contains("://") || is_left_out(&path) {
            return true;
        }
        path.exists() && (anchor.is_empty() || anchors(&read(&path)).contains(anchor))
    }

    #[test]
    fn every_link_leads_somewhere() {
        let pages = documents().into_iter().filter(|path| path.extension() == Some("md".as_ref()));
        let links = pages.flat_map(|page| {
            links(&read(&page))
                .into_iter()
                .map(move |link| (page.clone(), link))
                .collect::<Vec<_>>()
        });
        let (good, wrong): (Vec<_>, Vec<_>) =
            links.partition(|(page, link)| leads_somewhere(page, link));
        assert!(good.len() > 100, "{} links", good.len());
        assert!(wrong.is_empty(), "lead nowhere: {wrong:#?}");
    }

    #[test]
    fn titles_become_anchors_as_hosts_make_them() {
        let text = "# A `b` C's: d_e\n\n    # code\n\n## Twice\n## Twice\n<a name=\"own\"></a>";
        let expected = ["a-b-cs-d_e", "twice", "twice-1", "own"].map(str::to_owned);
        assert_eq!(anchors(text), expected.into_iter().collect());
    }
}
