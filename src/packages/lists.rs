//! Lists of paths, in the databases that keep one file for each package.

use super::Visit;
use crate::trust::trusted::Judge;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Limit of the size of one list, in bytes.
pub(super) const LONGEST: u64 = 16 << 20;

/// Reads the list `name` in the directory of a package, and calls `visit` with the name of the package and with its paths.
pub(super) fn read_package(
    folder: &Path,
    name: &str,
    judge: &Judge,
    list_paths: impl FnOnce(&[u8]) -> Vec<u8>,
    visit: Visit<'_>,
) {
    let file = judge.open_file(&folder.join(name));
    if let Ok(contents) = file.and_then(|file| file.read_contents(LONGEST)) {
        let package = folder.file_name().unwrap_or_default().to_string_lossy();
        visit(strip_version(&package), &list_paths(&contents));
    }
}

/// Directories in `folder`; none if it is not root's alone.
pub(super) fn list_folder(folder: &Path, judge: &Judge) -> Vec<PathBuf> {
    let names = judge.open_folder(folder).map(|folder| folder.list_entries()).unwrap_or_default();
    names.into_iter().map(|(name, _)| folder.join(OsStr::from_bytes(name.to_bytes()))).collect()
}

/// `wiki` of `wiki-1.2-r1`.
fn strip_version(name: &str) -> &str {
    let is_version = |&(at, _): &(usize, &str)| {
        name[at + 1..].starts_with(|letter: char| letter.is_ascii_digit())
    };
    name.rmatch_indices('-').find(is_version).map_or(name, |(at, _)| &name[..at])
}

/// Adds a path, and the directories that contain it.
pub(super) fn add_path(path: &Path, paths: &mut BTreeSet<PathBuf>) {
    for part in path.ancestors().filter(|part| part.is_absolute()) {
        if !paths.insert(part.to_owned()) {
            return;
        }
    }
}

/// The paths, one in each line.
pub(super) fn join_paths(paths: &BTreeSet<PathBuf>) -> Vec<u8> {
    let lines: Vec<_> = paths.iter().map(|path| path.as_os_str().as_bytes()).collect();
    lines.join(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_no_part_of_a_name() {
        for (name, package) in [
            ("wiki-1.2-r1", "wiki"),
            ("font-100dpi-1.0", "font-100dpi"),
            ("wiki-2.0nb3", "wiki"),
            ("wiki", "wiki"),
        ] {
            assert_eq!(strip_version(name), package);
        }
    }
}
