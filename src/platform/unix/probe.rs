//! Probe of a path that asks its disk or file server.

use crate::platform::unix::posix::open_directory_at;
use std::ffi::CStr;
use std::os::fd::BorrowedFd;

/// Calls `stat` on `path`, symbolic links followed, and returns when the disk or file server has answered, also by an error.
/// Nothing is opened for reading, and no automounter is woken for the last name.
pub(crate) fn probe_path(path: &CStr) {
    let _ = stat_path(path);
}

/// As [`probe_path`], for an open file.
pub(crate) fn probe_file(file: BorrowedFd<'_>) {
    let _ = stat_file(file);
}

/// Opens the directory `name` in `parent`, for which an automounter may have to mount a file system first.
pub(crate) fn wake_automounter(parent: BorrowedFd<'_>, name: &CStr) {
    let _ = open_directory_at(parent, name);
}

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        use crate::platform::unix::posix::check;
        use std::io;
        use std::mem::MaybeUninit;
        use std::os::fd::{AsRawFd, RawFd};

        fn stat_path(path: &CStr) -> io::Result<()> {
            ask(libc::AT_FDCWD, path, libc::AT_NO_AUTOMOUNT)
        }

        fn stat_file(file: BorrowedFd<'_>) -> io::Result<()> {
            ask(file.as_raw_fd(), c"", libc::AT_EMPTY_PATH)
        }

        /// Asks the file server: the kernel may remember an answer of one that hangs (`AT_STATX_FORCE_SYNC`).
        fn ask(parent: RawFd, name: &CStr, flags: libc::c_int) -> io::Result<()> {
            let mut facts = MaybeUninit::<libc::statx>::uninit();
            let (flags, basic) = (flags | libc::AT_STATX_FORCE_SYNC, libc::STATX_BASIC_STATS);
            // SAFETY: a CStr ends in NUL, and statx writes one structure or fails.
            check(unsafe { libc::statx(parent, name.as_ptr(), flags, basic, facts.as_mut_ptr()) })
                .map(drop)
        }
    } else {
        use crate::platform::unix::posix::{FileFacts, read_facts, read_path_facts};
        use std::io;
        use std::os::fd::AsRawFd;

        fn stat_file(file: BorrowedFd<'_>) -> io::Result<FileFacts> {
            read_facts(file.as_raw_fd())
        }

        fn stat_path(path: &CStr) -> io::Result<FileFacts> {
            read_path_facts(path)
        }
    }
}
