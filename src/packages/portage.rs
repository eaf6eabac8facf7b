//! Portage's database: the paths of a package in `/var/db/pkg/CATEGORY/PACKAGE-VERSION/CONTENTS`.

use super::Visit;
use super::lists::{list_folder, read_package};
use crate::trust::trusted::Judge;
use std::path::Path;

/// The database.
pub(super) const DATABASE: &str = "/var/db/pkg";

/// Calls `visit` with the name of each package of the database and its list of paths.
pub(super) fn read_lists(database: &Path, judge: &Judge, visit: Visit<'_>) {
    for category in list_folder(database, judge) {
        for package in list_folder(&category, judge) {
            read_package(&package, "CONTENTS", judge, list_paths, visit);
        }
    }
}

/// Paths of `dir PATH`, `obj PATH CHECKSUM TIME` and `sym PATH -> TARGET TIME`, one in each line.
fn list_paths(contents: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(contents);
    let path = |line: &str| {
        let (kind, rest) = line.split_once(' ')?;
        match kind {
            "dir" => Some(rest.to_owned()),
            "obj" => rest.rsplitn(3, ' ').nth(2).map(str::to_owned),
            "sym" => rest.split_once(" -> ").map(|(path, _)| path.to_owned()),
            _ => None,
        }
    };
    text.lines().filter_map(path).collect::<Vec<_>>().join("\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a package manager of Gentoo writes it.
    const CONTENTS: &str = "dir /etc/wiki\nobj /etc/wiki/my settings 0cc175b9c0f1b6a831c399e269772661 1700000000\n\
                            sym /usr/share/wiki/conf -> ../../../etc/wiki 1700000000\nfif /run/wiki\n";

    #[test]
    fn each_entry_has_its_path() {
        let found = String::from_utf8(list_paths(CONTENTS.as_bytes())).unwrap();
        assert_eq!(found, "/etc/wiki\n/etc/wiki/my settings\n/usr/share/wiki/conf");
    }

    #[test]
    fn each_package_of_the_database_is_read() {
        let Some(folder) = crate::packages::test_folder() else { return };
        let package = folder.path().join("www-apps/wiki-1.2-r1");
        std::fs::create_dir_all(&package).unwrap();
        std::fs::write(package.join("CONTENTS"), CONTENTS).unwrap();
        let mut found = Vec::new();
        read_lists(folder.path(), &Judge::default(), &mut |name, list| {
            found.push((name.to_owned(), list.to_vec()));
        });
        assert_eq!(found, [("wiki".to_owned(), list_paths(CONTENTS.as_bytes()))]);
    }
}
