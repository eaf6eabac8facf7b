//! Files that use each other in a circle: none of them can be read, or changed, alone.

#[cfg(test)]
mod tests {
    use crate::sources::{read, root, sources};
    use std::collections::{BTreeMap, BTreeSet};

    /// A module, by the names that lead to it from the top of the crate.
    type Module = Vec<String>;

    /// The code of each module that is a file of its own, without its tests. A `mod.rs` hands on the names of its folder, and may name
    /// all of them.
    fn modules() -> BTreeMap<Module, String> {
        let module = |path: &std::path::PathBuf| {
            let inside =
                path.strip_prefix(root().join("src")).expect("below src").with_extension("");
            let names: Module =
                inside.iter().map(|name| name.to_string_lossy().into_owned()).collect();
            let is_code =
                !names.last().is_some_and(|name| name == "mod" || name.ends_with("tests"));
            let text = read(path);
            let code = text.split("#[cfg(test)]").next().expect("a part").to_owned();
            is_code.then_some((names, code))
        };
        sources("src").iter().filter_map(module).collect()
    }

    /// The paths of a `use`, with those in braces: `a::{b, c::{d, e}}` has three.
    fn expand(tree: &str) -> Vec<String> {
        let Some((before, rest)) = tree.split_once('{') else { return vec![tree.to_owned()] };
        let (mut depth, mut parts) = (0, vec![String::new()]);
        for letter in rest.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(String::new());
                    continue;
                }
                _ => {}
            }
            parts.last_mut().expect("a part").push(letter);
        }
        parts.iter().flat_map(|part| expand(part)).map(|part| format!("{before}{part}")).collect()
    }

    /// The longest beginning of `path` that is a module.
    fn find_module(path: &str, all: &BTreeMap<Module, String>) -> Option<Module> {
        let names: Module = path.split("::").map(|name| name.trim().to_owned()).collect();
        (1..=names.len()).rev().map(|end| names[..end].to_vec()).find(|it| all.contains_key(it))
    }

    /// Modules that a module uses, by their own path or by `super`.
    fn uses(from: &Module, code: &str, all: &BTreeMap<Module, String>) -> BTreeSet<Module> {
        let is_path = |c: char| c.is_alphanumeric() || "_:{}, \n".contains(c);
        let parent =
            from[..from.len() - 1].iter().map(|name| format!("{name}::")).collect::<String>();
        let found = [("crate::", ""), ("super::", parent.as_str())].into_iter().flat_map(
            |(word, before)| {
                code.split(word).skip(1).flat_map(move |rest| {
                    let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
                    expand(&rest[..end]).into_iter().map(move |path| format!("{before}{path}"))
                })
            },
        );
        found.filter_map(|path| find_module(&path, all)).filter(|to| to != from).collect()
    }

    /// Modules that can be reached from `from`.
    fn reach(from: &Module, arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            next.extend(arrows[module].iter().filter(|to| seen.insert((*to).clone())));
        }
        seen
    }

    #[test]
    fn no_files_use_each_other_in_a_circle() {
        let all = modules();
        let arrows: BTreeMap<_, _> =
            all.iter().map(|(from, code)| (from.clone(), uses(from, code, &all))).collect();
        assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 500, "imports are not seen");
        let reached: BTreeMap<_, _> = all.keys().map(|from| (from, reach(from, &arrows))).collect();
        let circle = |from: &Module| {
            let with_it = reached[from].iter().filter(|to| reached[to].contains(from));
            with_it.map(|module| module.join("::")).collect::<BTreeSet<_>>()
        };
        let circles: BTreeSet<_> = all.keys().map(circle).filter(|it| it.len() > 1).collect();
        assert!(circles.is_empty(), "{circles:#?}");
    }

    #[test]
    fn a_use_has_the_paths_in_its_braces() {
        assert_eq!(expand("a::{b, c::{d, e}}"), ["a::b", "a:: c::d", "a:: c:: e"]);
    }
}
