//! Portage's database: the paths of a package in `/var/db/pkg/CATEGORY/PACKAGE-VERSION/CONTENTS`.

use super::Visit;
use super::folders::strip_version;
use crate::trust::trusted::Judge;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The database.
pub(super) const DATABASE: &str = "/var/db/pkg";

/// Limit of the size of one list.
const LONGEST: u64 = 16 << 20;

/// Calls `visit` with the name of each package of the database and its list of paths.
pub(super) fn read_lists(database: &Path, judge: &Judge, visit: Visit<'_>) {
    for category in list_folder(database, judge) {
        for package in list_folder(&category, judge) {
            let file = judge.open_file(&package.join("CONTENTS"));
            if let Ok(contents) = file.and_then(|file| file.read_contents(LONGEST)) {
                let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
                visit(strip_version(&name), &list_paths(&contents));
            }
        }
    }
}

/// Directories in `folder`; none if it is not root's alone.
pub(super) fn list_folder(folder: &Path, judge: &Judge) -> Vec<PathBuf> {
    let names = judge.open_folder(folder).map(|folder| folder.list_entries()).unwrap_or_default();
    names.into_iter().map(|(name, _)| folder.join(OsStr::from_bytes(name.to_bytes()))).collect()
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
