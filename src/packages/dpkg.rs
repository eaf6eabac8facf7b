//! dpkg's database: one list of paths for each package, in `/var/lib/dpkg/info/PACKAGE.list`.

use super::Visit;
use super::lists::LONGEST;
use crate::trust::trusted::{Judge, RootOwnedFile};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Directory of the lists.
const LISTS: &str = "/var/lib/dpkg/info";

/// Calls `visit` with the name of each package and its list of paths.
pub(super) fn read_lists(judge: &Judge, visit: Visit<'_>) {
    let Ok(folder) = judge.open_folder(Path::new(LISTS)) else { return };
    for (name, _) in folder.list_entries() {
        let name = OsStr::from_bytes(name.to_bytes()).to_string_lossy().into_owned();
        let Some(package) = name.strip_suffix(".list") else { continue };
        let path: PathBuf = Path::new(LISTS).join(&name);
        let file = judge.open_file(&path);
        if let Ok(content) = file.and_then(|file: RootOwnedFile| file.read_contents(LONGEST)) {
            visit(package.split(':').next().unwrap_or(package), &content);
        }
    }
}
