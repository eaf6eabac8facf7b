//! Watching, on systems that cannot do it.

use crate::platform::watching::{CallObserver, JudgingAccount, WatchFilter, WatchedCall};
use crate::platform::{Access, FileFacts, Support};
use std::convert::Infallible;
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

/// A process that is watched: there is none.
#[derive(Debug)]
pub(crate) struct WatchedProcess<'a> {
    never: Infallible,
    host: BorrowedFd<'a>,
}

/// A file that it uses: there is none.
#[derive(Debug)]
pub(crate) enum FoundFile {}

fn not_here<T>() -> io::Result<T> {
    Err(io::Error::from_raw_os_error(libc::ENOSYS))
}

impl WatchedProcess<'_> {
    pub(crate) fn is_inside(&self) -> bool {
        match self.never {}
    }

    pub(crate) fn program(&self) -> PathBuf {
        match self.never {}
    }

    pub(crate) fn find_inside(&self, _: &CStr, _: bool) -> io::Result<FoundFile> {
        match self.never {}
    }

    pub(crate) fn find_on_host(&self, _: &CStr, _: bool) -> io::Result<FoundFile> {
        match self.never {}
    }
}

impl FoundFile {
    pub(crate) fn check_access(&self, _: Access) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn find_path(&self) -> io::Result<PathBuf> {
        match *self {}
    }

    pub(crate) fn facts(&self) -> io::Result<FileFacts> {
        match *self {}
    }

    pub(crate) fn open(&self) -> io::Result<File> {
        match *self {}
    }
}

pub(in crate::platform) fn make_watch_filter() -> io::Result<Support<WatchFilter>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn watch_this_process(
    _: &WatchFilter,
    _: BorrowedFd<'_>,
) -> io::Result<Support<()>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn open_control_pair() -> io::Result<Support<(OwnedFd, OwnedFd)>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn ask_watcher(
    _: BorrowedFd<'_>,
    _: u8,
    _: Duration,
) -> io::Result<Vec<u8>> {
    not_here()
}

pub(in crate::platform) fn become_watcher(_: &JudgingAccount) -> io::Result<()> {
    not_here()
}

/// Nothing is ever seen. The calls show the compiler that the observer's code is in use on other systems.
pub(in crate::platform) fn serve_watch(
    _: OwnedFd,
    observer: &mut dyn CallObserver,
) -> io::Result<()> {
    let seen: Option<(WatchedProcess<'_>, WatchedCall)> = None;
    if let Some((process, call)) = seen {
        observer.observe(&process, call);
        observer.answer(0);
    }
    not_here()
}

pub(in crate::platform) fn with_roots_files(
    _: impl FnOnce() -> io::Result<Vec<u8>>,
) -> io::Result<Vec<u8>> {
    not_here()
}

#[cfg(any(test, fuzzing))]
pub(in crate::platform) fn check_socket_address(_: &[u8]) {}

#[cfg(any(test, fuzzing))]
pub(in crate::platform) fn find_in_root(
    _: BorrowedFd<'_>,
    _: &CStr,
) -> io::Result<Support<OwnedFd>> {
    Ok(Support::Unsupported)
}
