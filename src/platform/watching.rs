//! The contract about watching: a process sees the paths that others use. Linux only (seccomp user notification); the
//! other systems answer that it is not available.
//!
//! A watched call is allowed in any case. So what is seen is a list for people, and no access control: the memory that was
//! read can change before the kernel reads it.

use crate::platform::backend;
use crate::platform::unix::fork::fork_service;
use crate::platform::{GroupId, SingleThread, Support, UserId};
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

pub(crate) use backend::{FoundFile, WatchedProcess};

/// Checks that an address of a socket, whatever its bytes are, is read as one that a process can use.
#[cfg(any(test, fuzzing))]
pub(crate) fn check_socket_address(bytes: &[u8]) {
    backend::check_socket_address(bytes);
}

/// Asks the kernel for the file at `path`, as a process finds it whose root directory is `root`.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
#[cfg(any(test, fuzzing))]
pub(crate) fn find_in_root(
    root: BorrowedFd<'_>,
    path: &std::ffi::CStr,
) -> io::Result<Support<OwnedFd>> {
    backend::find_in_root(root, path)
}

/// A filter that reports the calls that use a path, as the kernel takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WatchFilter {
    #[allow(dead_code, reason = "only Linux makes one")]
    pub(super) program: Vec<u8>,
}

/// A use of a path by a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "only Linux sees calls")]
pub(crate) enum CallKind {
    /// It is opened.
    Open {
        /// For reading.
        reads: bool,
        /// For writing.
        writes: bool,
        /// It is created if it is not there.
        creates: bool,
    },
    /// It is looked at, or becomes the working directory.
    Look,
    /// It is asked whether it can be written to.
    AskWrite,
    /// It is created, changed, renamed or removed.
    Change,
    /// It is run.
    Run,
    /// It is a socket, and connected to.
    Connect,
}

/// A call that was seen.
#[derive(Debug)]
#[allow(dead_code, reason = "only Linux sees calls")]
pub(crate) enum WatchedCall {
    /// It uses a path.
    Path {
        /// The use.
        kind: CallKind,
        /// The path, absolute as the process sees it, with `..` and links as they were used.
        path: Vec<u8>,
        /// Whether a symbolic link at its end is followed.
        follows: bool,
    },
    /// It connects to a TCP port.
    Port(IpAddr, u16),
    /// Its memory cannot be read.
    Unreadable,
}

/// Receives what is seen, in the process that watches.
pub(crate) trait CallObserver {
    /// A process that has become a user makes a call, which waits.
    fn observe(&mut self, process: &WatchedProcess<'_>, call: WatchedCall);

    /// Answers a request of the parent.
    fn answer(&mut self, request: u8) -> Vec<u8>;
}

/// Account by whose rights the watching process judges files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JudgingAccount {
    /// The user.
    pub user: UserId,
    /// The primary group.
    pub group: GroupId,
    /// All groups.
    pub groups: Vec<GroupId>,
}

/// Builds the filter for [`watch_this_process`], for the architectures whose programs this machine runs.
///
/// # Errors
/// Returns an error if the filter cannot be built.
pub(crate) fn make_watch_filter() -> io::Result<Support<WatchFilter>> {
    backend::make_watch_filter()
}

/// Puts this process and its future children under the filter, and hands the listener over to the process at the other
/// end of `control`. This process keeps no copy of it.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`: `EBUSY` if there is a listener already, `EACCES` without
/// `CAP_SYS_ADMIN`.
pub(crate) fn watch_this_process(
    filter: &WatchFilter,
    control: BorrowedFd<'_>,
) -> io::Result<Support<()>> {
    backend::watch_this_process(filter, control)
}

/// Makes the two ends of a connection between parent and watching process.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn open_control_pair() -> io::Result<Support<(OwnedFd, OwnedFd)>> {
    backend::open_control_pair()
}

/// Sends a request, and waits for the answer.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`; `ETIMEDOUT` if no answer arrives in time.
pub(crate) fn ask_watcher(
    control: BorrowedFd<'_>,
    request: u8,
    patience: Duration,
) -> io::Result<Vec<u8>> {
    backend::ask_watcher(control, request, patience)
}

/// Forks the watching process. It closes every descriptor but `control` and `keep`, ignores signals that are meant for
/// the server, runs `prepare` as root, gives up all rights but those to look into other processes, judges files as
/// `account` and serves until the parent has ended, and a short time for watched processes that remain. Returns its number.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn fork_watcher<T: CallObserver>(
    alone: SingleThread,
    control: OwnedFd,
    keep: &[RawFd],
    account: &JudgingAccount,
    prepare: impl FnOnce() -> T,
) -> io::Result<u32> {
    let mut keep = keep.to_vec();
    keep.push(control.as_raw_fd());
    fork_service(alone, &keep, || {
        let mut observer = prepare();
        backend::become_watcher(account)?;
        backend::serve_watch(control.try_clone()?, &mut observer)
    })
}

/// Runs `act` with root's rights to root's own files, in the watching process. Returns its answer.
///
/// # Errors
/// Returns the errors of `act`.
pub(crate) fn with_roots_files(act: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
    backend::with_roots_files(act)
}

/// The advice for a system that cannot watch: its own tool.
pub(crate) const OTHER_TOOL: &str = backend::OTHER_TOOL;
