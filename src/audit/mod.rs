//! Search of the jail for files that should not be in it: devices, set-uid programs, this server's own keys.
//!
//! The tree is searched by descriptor, without following a link or entering another file system,
//! by as many threads as there are processors, in bounded memory and, except for `-D AUDIT_CHROOT`,
//! in bounded time. [`rules`] decide what a fact means; they are pure functions.
//!
//! Limits: the tree may change right after the search, file systems may be mounted into it, and a file
//! that is moved during the search may be missed.

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
pub(crate) use supervised::{Searched, search_in_child};

use crate::jail::run_as::RunAs;
use crate::messages::Finding;
use crate::platform;
use crate::platform::{GroupId, UserId};
use std::collections::BTreeSet;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time for the search at a start and at a plain configtest. A search that takes longer is reported as incomplete.
pub(crate) const BUDGET: Duration = Duration::from_secs(2);

/// Time for the search with `ChrootAudit strict`, where an incomplete search keeps the server from starting.
pub(crate) const STRICT_BUDGET: Duration = Duration::from_secs(10);

/// Scope of a search.
#[derive(Debug)]
pub(crate) struct SearchScope<'a> {
    /// Host path of the jail.
    pub at: &'a Path,
    /// Accounts of the processes that the jail holds: that of the children, and those of daemons.
    pub accounts: &'a [RunAs],
    /// Files that the server keeps for itself.
    pub own: &'a [OwnFile],
    /// Whether host paths are valid inside, and with them links that are written as host paths.
    pub host_paths: bool,
    /// Paths of the host that words of `ChrootProvide` name.
    pub provided: &'a [PathBuf],
    /// Whether other file systems that are mounted in the jail are searched too.
    pub across: bool,
    /// Time limit, if any.
    pub budget: Option<Duration>,
}

/// Event of a search.
#[derive(Debug)]
pub(crate) enum SearchEvent {
    /// Something that should not be there.
    Found(Finding),
    /// A path that could not be read.
    Unreadable(PathBuf, io::Error),
    /// The mount point of another file system, which was not searched, and the kind of file system.
    NotEntered(PathBuf, String),
    /// Users and groups that own something in what was searched.
    Owners(BTreeSet<UserId>, BTreeSet<GroupId>),
}

/// Extent of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SearchExtent {
    /// Number of directories that were read.
    pub directories: u64,
    /// Number of names that were examined, directories among them.
    pub names: u64,
    /// Time that it took.
    pub took: Duration,
    /// Whether the search ended within its time.
    pub complete: bool,
    /// Whether file capabilities could be read, on a system that has them.
    pub capabilities: bool,
    /// Number of files with several names that were not counted, because there were too many.
    pub uncounted: u64,
}

/// Searches the directory `jail`, and calls `report` for each event, from several threads.
///
/// # Errors
/// Returns an error if the jail itself cannot be read.
pub(crate) fn search(
    jail: BorrowedFd<'_>,
    scope: &SearchScope<'_>,
    report: &(dyn Fn(SearchEvent) + Sync),
) -> io::Result<SearchExtent> {
    let identity = platform::read_inode(jail)?.identity;
    // Before there is a second thread: a file system that may not answer is asked by another process.
    let own = own::split_by_place(identity, scope.own, scope.accounts);
    platform::run_on_fresh_thread(|| walker::search(jail, scope, own, report))
}

#[cfg(test)]
mod tests;
