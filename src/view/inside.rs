#![forbid(unsafe_code)]
//! Places in the jail, for root to write to: reached by descriptor, and safe from everybody inside.

use crate::fault::ViewFault;
use crate::path::{Component, components};
use crate::platform::{self, UserId};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What a folder that is not there means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is made.
    IsMade,
    /// It is left so.
    IsLeft,
}

/// The folder in the jail that the last name of `path` lies in, and that name; `None` if it is
/// missing and is left so. No symbolic link is followed on the way, and each folder is root's alone:
/// nobody in the jail can put another one in its place.
///
/// # Errors
/// Something on the way is not root's alone, or a folder cannot be made.
pub(super) fn folder_of(
    jail: BorrowedFd<'_>,
    path: &Path,
    missing: Missing,
) -> Result<Option<(OwnedFd, CString)>, ViewFault> {
    let write = |error| ViewFault::Write(path.to_owned(), error);
    let Some(mut names) = names_of(path) else { return Ok(None) };
    let Some(last) = names.pop() else { return Ok(None) };
    let mut folder = jail.try_clone_to_owned().map_err(write)?;
    for name in names {
        folder = match platform::open_directory_at(folder.as_fd(), &name) {
            Ok(inner) => roots_alone(inner, path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if missing == Missing::IsLeft {
                    return Ok(None);
                }
                platform::make_directory_at(folder.as_fd(), &name, 0o755).map_err(write)?
            }
            Err(_) => return Err(ViewFault::NotRoots(path.to_owned())),
        };
    }
    Ok(Some((folder, last)))
}

/// The names that `path` consists of; none for a path with `..` in it.
fn names_of(path: &Path) -> Option<Vec<CString>> {
    let name = |component| match component {
        Component::Name(name) => Some(name),
        Component::Up => None,
    };
    components(path.as_os_str().as_bytes()).into_iter().map(name).collect()
}

fn roots_alone(folder: OwnedFd, path: &Path) -> Result<OwnedFd, ViewFault> {
    let facts = platform::facts(folder.as_raw_fd())
        .map_err(|error| ViewFault::Read(path.to_owned(), error))?;
    if facts.owner == UserId(0) && facts.mode & 0o022 == 0 {
        Ok(folder)
    } else {
        Err(ViewFault::NotRoots(path.to_owned()))
    }
}
