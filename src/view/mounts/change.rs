//! Changes of a mounted view, and the comparison that finds them.

use crate::messages::ViewFault;
use crate::platform;
use crate::platform::Identity;
use crate::view::mounts::source::HeldFile;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;

/// Effect of a change on a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// It was not there before.
    Shown,
    /// Another file is there.
    Renewed,
    /// It is not there any more.
    Removed,
}

/// A place of the view that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaceChange {
    /// The place.
    pub path: PathBuf,
    /// The effect on it.
    pub kind: ChangeKind,
}

/// Results of an update.
#[derive(Debug, Default)]
pub(crate) struct UpdateResult {
    /// Places that changed.
    pub changes: Vec<PlaceChange>,
    /// Places that could not be changed.
    pub faults: Vec<ViewFault>,
}

/// Whether `mounted`, which is the file `identity`, is `held`, and is as writable as it should be.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn is_same(
    mounted: BorrowedFd<'_>,
    identity: Identity,
    held: &HeldFile,
) -> io::Result<bool> {
    if identity != held.facts.identity {
        return Ok(false);
    }
    let is_read_only = |file| platform::read_mount_flags(file).map(|flags| flags.read_only);
    let expected = held.limits.writing || is_read_only(held.file.as_fd())?;
    Ok(expected || !is_read_only(mounted)?)
}
