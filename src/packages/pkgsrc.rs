//! pkgsrc's database: the files of a package in `PACKAGE-VERSION/+CONTENTS`, relative to `@cwd`.

use super::Visit;
use super::lists::{add_path, join_paths, list_folder, read_package};
use crate::trust::trusted::Judge;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Places of the database: since 2020, before, and on Darwin.
pub(super) const DATABASES: [&str; 3] = ["/usr/pkg/pkgdb", "/var/db/pkg", "/opt/pkg/pkgdb"];

/// Calls `visit` with the name of each package of the database and its list of paths.
pub(super) fn read_lists(database: &Path, judge: &Judge, visit: Visit<'_>) {
    for package in list_folder(database, judge) {
        read_package(&package, "+CONTENTS", judge, list_paths, visit);
    }
}

/// Files, directories of `@pkgdir`, and the directories that contain them, one in each line.
fn list_paths(contents: &[u8]) -> Vec<u8> {
    let mut paths = BTreeSet::new();
    let mut prefix = PathBuf::from("/");
    let mut ignores = false;
    for line in contents.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let text = String::from_utf8_lossy(line);
        let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
        match word {
            "@cwd" | "@cd" => prefix = PathBuf::from(rest),
            "@ignore" => ignores = true,
            "@pkgdir" | "@dirrm" => add_path(&prefix.join(rest), &mut paths),
            _ if text.starts_with('@') => {}
            _ if ignores => ignores = false,
            _ => add_path(&prefix.join(OsStr::from_bytes(line)), &mut paths),
        }
    }
    join_paths(&paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As pkg_create(1) writes it.
    const CONTENTS: &str = "@comment PKG_FORMAT_REVISION:1.1\n@name wiki-1.2nb3\n@cwd /usr/pkg\n\
                            share/wiki/index.php\n@comment MD5:0cc175b9c0f1b6a831c399e269772661\n\
                            @ignore\n+BUILD_INFO\n@pkgdir /var/wiki\n";

    #[test]
    fn files_bring_the_directories_that_contain_them() {
        let found = String::from_utf8(list_paths(CONTENTS.as_bytes())).unwrap();
        let found: Vec<_> = found.lines().collect();
        assert!(
            found.contains(&"/usr/pkg/share/wiki") && found.contains(&"/var/wiki"),
            "{found:?}"
        );
        assert!(!found.iter().any(|path| path.contains('+')), "{found:?}");
    }

    #[test]
    fn each_package_of_the_database_is_read() {
        let Some(folder) = crate::packages::test_folder() else { return };
        let package = folder.path().join("wiki-1.2nb3");
        std::fs::create_dir_all(&package).unwrap();
        std::fs::write(package.join("+CONTENTS"), CONTENTS).unwrap();
        let mut names = Vec::new();
        read_lists(folder.path(), &Judge::default(), &mut |name, _| names.push(name.to_owned()));
        assert_eq!(names, ["wiki"]);
    }
}
