//! Promise 10, without httpd: links that lead out of a real tree, and trees that are too large or too deep.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::time::Duration;

    use crate::jail_tree::Scene;
    use mod_chroot::test_api::{SearchQuestion, ask};

    #[test]
    fn hard_link_to_a_file_outside() {
        let scene = Scene::new();
        let outside = scene.0.path().join("outside");
        fs::write(&outside, "").expect("a file");
        fs::hard_link(&outside, scene.jail().join("htdocs/linked")).expect("a link");
        scene.finds("CHR604", "htdocs/linked", "2 names, 1 in the jail");
    }

    #[test]
    fn hard_link_that_stays_inside_is_no_finding() {
        let scene = Scene::new();
        let one = scene.file("htdocs/one", 0o644);
        fs::hard_link(one, scene.jail().join("htdocs/a/b/two")).expect("a link");
        scene.is_clean();
    }

    #[test]
    fn link_that_leads_nowhere_inside() {
        let scene = Scene::new();
        symlink("/etc/passwd", scene.jail().join("htdocs/users")).expect("a link");
        scene.finds("CHR607", "htdocs/users", "leads nowhere inside (to \"/etc/passwd\")");
    }

    #[test]
    fn link_that_climbs_above_the_jail() {
        let scene = Scene::new();
        fs::write(scene.0.path().join("secret"), "").expect("a file");
        symlink("../../secret", scene.jail().join("htdocs/secret")).expect("a link");
        scene.finds("CHR607", "htdocs/secret", "climbs above the jail");
    }

    #[test]
    fn link_that_leads_out_by_way_of_another() {
        let scene = Scene::new();
        symlink("/srv/elsewhere", scene.jail().join("htdocs/up")).expect("a link");
        symlink("up/index.html", scene.jail().join("htdocs/down")).expect("a link");
        let findings = scene.ask().findings;
        assert!(findings.iter().all(|said| said.starts_with("CHR607")), "{findings:?}");
        assert_eq!(findings.len(), 2);
    }

    #[test]
    fn links_that_mean_the_same_inside_are_no_findings() {
        let scene = Scene::new();
        let link = |target: &Path, name: &str| {
            symlink(target, scene.jail().join(name)).expect("a link");
        };
        link(Path::new("index.html"), "htdocs/relative");
        link(Path::new("../../index.html"), "htdocs/a/b/relative");
        link(Path::new("../../../lib/libc.so.6"), "htdocs/a/b/across");
        link(Path::new("/htdocs/index.html"), "htdocs/inside");
        link(Path::new("inside"), "htdocs/chain");
        link(Path::new("/../../htdocs"), "htdocs/above");
        link(&scene.jail().join("htdocs/index.html"), "htdocs/host");
        link(scene.0.path(), "etc/parent");
        link(Path::new("user@host:17"), "htdocs/.#lock");
        scene.is_clean();
        // Without host paths, those that are written with them lead nowhere.
        let answer =
            ask(&SearchQuestion { host_paths: false, ..scene.question() }).expect("an answer");
        let ids: Vec<_> = answer.findings.iter().map(|said| &said[..6]).collect();
        assert_eq!(ids, ["CHR607"; 2], "{answer:?}");
    }

    #[test]
    fn links_in_a_circle_end() {
        let scene = Scene::new();
        symlink("/htdocs/two", scene.jail().join("htdocs/one")).expect("a link");
        symlink("/htdocs/one", scene.jail().join("htdocs/two")).expect("a link");
        assert_eq!(scene.ask().findings.len(), 2);
    }

    #[test]
    fn time_that_is_up_ends_the_search() {
        let scene = Scene::new();
        let question = SearchQuestion { budget: Some(Duration::ZERO), ..scene.question() };
        let answer = ask(&question).expect("an answer");
        assert!(!answer.complete && answer.findings.is_empty(), "{answer:?}");
    }

    #[test]
    fn a_tree_too_deep_is_said_to_be() {
        let scene = Scene::new();
        let deep = scene.jail().join("d/".repeat(300));
        fs::create_dir_all(&deep).expect("folders");
        let answer = ask(&scene.question()).expect("an answer");
        let [said] = answer.gaps.as_slice() else { panic!("{answer:?}") };
        assert!(said.starts_with("CHR632") && said.contains("deeper than"), "{said}");
    }

    #[test]
    fn every_name_of_a_large_folder_is_seen_once() {
        let scene = Scene::new();
        let flat = scene.jail().join("flat");
        fs::create_dir(&flat).expect("a folder");
        for number in 0..5_000 {
            fs::write(flat.join(number.to_string()), "").expect("a file");
        }
        let before = 14;
        scene.file("flat/4999", 0o4711);
        assert_eq!(scene.ask().names, 5_000 + before);
        scene.finds("CHR602", "flat/4999", "uid 0");
    }
}
