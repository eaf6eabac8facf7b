#![forbid(unsafe_code)]
//! The self-link: `<jail>/srv/www -> /.`, so that `/srv/www/htdocs` means `/htdocs` inside.
//!
//! The dot is our mark. `/.` is `/` for everybody who follows it, but no administrator writes it:
//! a link that says `/.` and is root's is ours to remove, and nothing else is touched.

use super::inside::{Missing, folder_of};
use crate::fault::{Fault, ViewFault};
use crate::jail::Jail;
use crate::platform::{self, Facts, Kind, UserId};
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

/// What the link says.
const TARGET: &CStr = c"/.";

/// Makes the link for every host path of `jail`: where it is, and as it is written.
///
/// # Errors
/// Something else lies there, or the jail cannot be written to.
pub(super) fn make(jail: &Jail) -> Result<(), Fault> {
    for path in host_paths(jail) {
        make_at(jail.entrance(), &path).map_err(|fault| fault.of(jail.written()))?;
    }
    Ok(())
}

/// Removes every link of ours.
///
/// # Errors
/// The jail cannot be written to.
pub(super) fn remove(jail: &Jail) -> Result<(), Fault> {
    for path in host_paths(jail) {
        remove_at(jail.entrance(), &path).map_err(|fault| fault.of(jail.written()))?;
    }
    Ok(())
}

/// Where the jail is found outside, each place once: its real one, and the one that is written if
/// symbolic links lie between the two.
fn host_paths(jail: &Jail) -> Vec<PathBuf> {
    let mut paths = vec![jail.at().to_owned()];
    let written = jail.written().as_path();
    let is_plain = !written.components().any(|part| part == std::path::Component::ParentDir);
    let clean: PathBuf = written.components().collect();
    if is_plain && !paths.contains(&clean) {
        paths.push(clean);
    }
    paths
}

fn make_at(jail: BorrowedFd<'_>, path: &Path) -> Result<(), ViewFault> {
    let write = |error| ViewFault::Write(path.to_owned(), error);
    let Some((folder, name)) = folder_of(jail, path, Missing::IsMade)? else { return Ok(()) };
    match platform::facts_at(folder.as_fd(), &name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            platform::make_link_at(folder.as_fd(), &name, TARGET).map_err(write)
        }
        Ok(facts) if leads_to_root(folder.as_fd(), &name, facts).map_err(write)? => Ok(()),
        Ok(_) => Err(ViewFault::LinkTaken(path.to_owned())),
        Err(error) => Err(write(error)),
    }
}

fn remove_at(jail: BorrowedFd<'_>, path: &Path) -> Result<(), ViewFault> {
    let write = |error| ViewFault::Write(path.to_owned(), error);
    let found = match folder_of(jail, path, Missing::IsLeft) {
        // Whatever is on the way, it is not ours.
        Err(ViewFault::NotRoots(_)) => return Ok(()),
        found => found?,
    };
    let Some((folder, name)) = found else { return Ok(()) };
    match platform::facts_at(folder.as_fd(), &name) {
        Ok(facts) if is_ours(folder.as_fd(), &name, facts).map_err(write)? => {
            platform::remove_at(folder.as_fd(), &name).map_err(write)
        }
        _ => Ok(()),
    }
}

fn is_ours(folder: BorrowedFd<'_>, name: &CStr, facts: Facts) -> io::Result<bool> {
    Ok(facts.kind == Kind::Link
        && facts.owner == UserId(0)
        && platform::read_link_at(folder, name)? == TARGET.to_bytes())
}

/// Ours, or one that an administrator has made for the same purpose.
fn leads_to_root(folder: BorrowedFd<'_>, name: &CStr, facts: Facts) -> io::Result<bool> {
    Ok(facts.kind == Kind::Link
        && facts.owner == UserId(0)
        && platform::read_link_at(folder, name)?.iter().all(|byte| matches!(byte, b'/' | b'.'))
        && platform::read_link_at(folder, name)?.first() == Some(&b'/'))
}
