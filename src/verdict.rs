#![forbid(unsafe_code)]
//! Judges one component of the jail's path. Pure: facts in, verdict out.

use crate::fault::WalkFault;
use crate::platform::{Facts, Kind};
use std::path::Path;

/// What to do with a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Go into it.
    Descend,
    /// Follow it, and judge each component of its target too.
    Follow,
}

/// Judges the component `path`, about which `facts` are known.
///
/// # Errors
/// It is neither a directory nor a symbolic link.
pub(crate) fn judge(path: &Path, facts: Facts) -> Result<Verdict, WalkFault> {
    let kind = match facts.kind {
        Kind::Directory => return Ok(Verdict::Descend),
        Kind::Link => return Ok(Verdict::Follow),
        Kind::File => "a regular file",
        Kind::Other => "a device, FIFO or socket",
    };
    Err(WalkFault::NotDirectory(path.to_owned(), kind))
}
