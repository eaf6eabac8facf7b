//! What lies inside the jail that should not: devices, set-uid programs, this server's own keys.
//!
//! The tree is searched by descriptor, without following a link or entering another file system,
//! by as many threads as there are processors, in bounded memory and, unless it is asked for whole,
//! in bounded time. What a fact means is decided by [`rules`], which ask nobody.
//!
//! Not promised: that the tree is still like that a moment later, nor what is mounted into it; and
//! what somebody moves about while it is searched may be missed.

mod link;
mod own;
mod place;
mod queue;
mod report;
mod rules;
mod supervised;
mod walker;

pub(crate) use own::{OwnFile, OwnKind, is_writable};
pub(crate) use report::Report;
pub(crate) use supervised::search_in_child;

use crate::jail::run_as::RunAs;
use crate::messages::Finding;
use crate::platform;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time for the search when the server starts, and at a plain configtest: what is not searched then is said.
pub(crate) const BUDGET: Duration = Duration::from_secs(2);

/// The same where what is not searched keeps the server from starting (`ChrootAudit strict`).
pub(crate) const STRICT_BUDGET: Duration = Duration::from_secs(10);

/// What is asked.
#[derive(Debug)]
pub(crate) struct SearchScope<'a> {
    /// Where the jail is, seen from outside.
    pub at: &'a Path,
    /// Accounts of the processes that the jail holds: that of the children, and those of daemons.
    pub accounts: &'a [RunAs],
    /// What the server keeps for itself.
    pub own: &'a [OwnFile],
    /// Whether the jail's own path holds inside, so that links that are written with it do.
    pub host_paths: bool,
    /// Whether other file systems that are mounted in the jail are searched too.
    pub across: bool,
    /// How long it may take; without one, as long as it takes.
    pub budget: Option<Duration>,
}

/// What comes up on the way.
#[derive(Debug)]
pub(crate) enum SearchEvent {
    /// Something that should not be there.
    Found(Finding),
    /// Something that could not be looked at.
    Unreadable(PathBuf, io::Error),
    /// Another file system, which was not searched, and of which kind it is.
    NotEntered(PathBuf, String),
}

/// How far the search came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SearchExtent {
    /// How many directories were read.
    pub directories: u64,
    /// How many names were looked at, directories among them.
    pub names: u64,
    /// How long that took.
    pub took: Duration,
    /// False if the time was up before the end.
    pub complete: bool,
    /// False if the system could not be asked for file capabilities although it has them.
    pub capabilities: bool,
    /// How many files with several names were too many to be counted.
    pub uncounted: u64,
}

/// Searches the directory `jail`, and tells `tell` of everything that comes up, from several
/// threads.
///
/// # Errors
/// The jail itself cannot be read.
pub(crate) fn search(
    jail: BorrowedFd<'_>,
    scope: &SearchScope<'_>,
    tell: &(dyn Fn(SearchEvent) + Sync),
) -> io::Result<SearchExtent> {
    platform::run_on_fresh_thread(|| walker::search(jail, scope, tell))
}

#[cfg(test)]
mod tests;
