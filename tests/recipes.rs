//! The recipes of all systems agree with `Cargo.toml` and `Cargo.lock`; and whatever disagrees is named.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::{Command, Output};
    use tempfile::TempDir;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// The tarball of a release has no recipes in it, because they hold its checksum; Debian's source package
    /// adds its own.
    fn has_recipes() -> bool {
        let [debian, gentoo, ports] =
            ["debian", "gentoo", "ports"].map(|folder| root().join(folder).is_dir());
        if !gentoo && !ports {
            eprintln!("SKIPPED: this is an unpacked release, which has no recipes in it");
            return false;
        }
        assert!(debian && gentoo && ports, "some of the recipes are gone");
        true
    }

    /// Runs the program of `tools/packaging/recipes` for a tree, as `make recipes` does.
    fn recipes(tree: &Path, mode: &str) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--quiet", "--locked", "--offline", "--manifest-path"]);
        cargo.arg(root().join("tools/packaging/recipes/Cargo.toml"));
        cargo.args(["--target-dir", concat!(env!("CARGO_TARGET_TMPDIR"), "/recipes"), "--"]);
        cargo.arg("--tree").arg(tree).arg(mode).output().expect("cargo runs")
    }

    /// The words of a check of `tree`, if something disagrees.
    fn disagreement(tree: &Path) -> Option<String> {
        let output = recipes(tree, "check");
        let said = [output.stdout, output.stderr].concat();
        (!output.status.success()).then(|| String::from_utf8_lossy(&said).into_owned())
    }

    /// A copy of all that the program reads, to be changed.
    fn copy() -> TempDir {
        let copy = TempDir::new().expect("a folder");
        let parts = ["Cargo.toml", "Cargo.lock", "docs", "tools", "debian", "gentoo", "ports"];
        let mut cp = Command::new("cp");
        cp.arg("-R").args(parts.map(|part| root().join(part))).arg(copy.path());
        assert!(cp.status().expect("cp runs").success());
        assert_eq!(disagreement(copy.path()), None, "the copy disagrees as it is");
        copy
    }

    fn change(tree: &TempDir, file: &str, from: &str, to: &str) {
        let path = tree.path().join(file);
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
    }

    /// Every recipe has to be among those that disagree.
    fn all_are_named(tree: &TempDir, names: &[&str]) {
        let said = disagreement(tree.path()).expect("a disagreement");
        let missing: Vec<_> = names.iter().filter(|name| !said.contains(*name)).collect();
        assert!(missing.is_empty(), "{missing:?} agree, says: {said}");
    }

    #[test]
    fn recipes_agree_with_the_crate() {
        if has_recipes() {
            assert_eq!(disagreement(root()), None);
        }
    }

    #[test]
    fn a_new_version_is_missed_in_every_recipe() {
        if !has_recipes() {
            return;
        }
        let tree = copy();
        let version = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
        change(&tree, "Cargo.toml", &version, "version = \"9.8.7\"");
        let recipes =
            ["debian/", "gentoo/", "ports/freebsd", "ports/netbsd", "ports/darwin", "ports/pld"];
        all_are_named(&tree, &recipes);
    }

    /// Debian has its own crates, PLD the vendored tarball.
    #[test]
    fn another_crate_is_missed_in_every_recipe_that_lists_crates() {
        if !has_recipes() {
            return;
        }
        let tree = copy();
        change(
            &tree,
            "Cargo.lock",
            "name = \"libc\"\nversion = \"0.2.",
            "name = \"libc\"\nversion = \"9.2.",
        );
        let recipes = ["gentoo/", "ports/freebsd", "ports/netbsd", "ports/darwin"];
        all_are_named(&tree, &recipes);
    }

    #[test]
    fn a_recipe_that_was_changed_by_hand_is_named() {
        if !has_recipes() {
            return;
        }
        for (file, from, to) in [
            ("ports/pld/apache-mod_chroot.spec", "Version:\t", "Version:\t1."),
            ("ports/freebsd/Makefile.crates", "libc-", "libd-"),
            ("ports/netbsd/cargo-depends.mk", "libc-", "libd-"),
            ("ports/darwin/Portfile", "libc ", "libd "),
            ("gentoo/www-apache/mod_chroot/Manifest", "libc-", "libd-"),
            ("gentoo/www-apache/mod_chroot/files/42_mod_chroot.conf", "#ChrootDir", "ChrootDir"),
        ] {
            let tree = copy();
            change(&tree, file, from, to);
            all_are_named(&tree, &[file]);
        }
    }

    /// pkgsrc and FreeBSD refuse to install a file that is not in the packing list; Debian leaves it out.
    #[test]
    fn a_document_that_a_package_lacks_is_named() {
        if !has_recipes() {
            return;
        }
        let tree = copy();
        fs::write(tree.path().join("docs/news.md"), "# News\n").expect("written");
        all_are_named(&tree, &["debian/", "ports/freebsd/pkg-plist", "ports/netbsd/PLIST"]);
    }

    #[test]
    fn writing_brings_the_recipes_back_in_step() {
        if !has_recipes() {
            return;
        }
        let tree = copy();
        change(&tree, "docs/conf/chroot.conf", "See mod_chroot(8)", "See the manual");
        all_are_named(&tree, &["gentoo/", "ports/freebsd", "ports/netbsd", "ports/darwin"]);
        assert!(recipes(tree.path(), "write").status.success());
        assert_eq!(disagreement(tree.path()), None);
    }
}
