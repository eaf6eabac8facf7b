//! Observed uses, tried by a process that is in the jail, as `User`.

use crate::learning::observation::{Observation, Uses};
use crate::platform;
use crate::platform::Access;
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Tries to look at, read, and write to the path as it was done outside. Programs and sockets are tried elsewhere.
///
/// # Errors
/// Returns the error of the use that fails.
pub(crate) fn try_uses(seen: &Observation) -> io::Result<()> {
    let (path, uses) = (seen.path.as_path(), seen.uses);
    if uses.write() {
        return try_writing(path);
    }
    if uses.has(Uses::READ) {
        return try_reading(path);
    }
    fs::symlink_metadata(path).map(drop)
}

fn try_reading(path: &Path) -> io::Result<()> {
    let kind = fs::metadata(path)?;
    if kind.is_dir() {
        return fs::read_dir(path).map(drop);
    }
    if kind.is_file() {
        return platform::open_regular_file(&to_c_string(path)).map(drop);
    }
    platform::check_access(&to_c_string(path), Access::Read)
}

/// A file that is not there would be made in its folder.
fn try_writing(path: &Path) -> io::Result<()> {
    let place = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().unwrap_or(Path::new("/"))
        }
        _ => path,
    };
    match platform::check_access(&to_c_string(place), Access::Write) {
        // A file of another user can be removed by those who may write to the folder.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let parent = place.parent().unwrap_or(Path::new("/"));
            platform::check_access(&to_c_string(parent), Access::Write)
        }
        answer => answer,
    }
}

fn to_c_string(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}
