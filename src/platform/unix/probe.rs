//! Probe of a path that asks its disk or file server.

use std::ffi::CStr;

/// Calls `stat` on `path`, symbolic links followed, and returns when the disk or file server has answered, also by an error.
/// Nothing is opened for reading, and no automounter is woken for the last name.
pub(crate) fn probe_path(path: &CStr) {
    let _ = stat_path(path);
}

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        use crate::platform::unix::posix::own;
        use std::io;
        use std::mem::MaybeUninit;
        use std::os::fd::AsRawFd;

        /// Asks the file server: the kernel may remember an answer of one that hangs (`AT_STATX_FORCE_SYNC`).
        fn stat_path(path: &CStr) -> io::Result<()> {
            let flags = libc::O_PATH | libc::O_CLOEXEC;
            // SAFETY: a CStr ends in NUL.
            let file = own(unsafe { libc::openat(libc::AT_FDCWD, path.as_ptr(), flags) })?;
            let mut facts = MaybeUninit::<libc::statx>::uninit();
            let flags = libc::AT_EMPTY_PATH | libc::AT_STATX_FORCE_SYNC;
            let (fd, wanted) = (file.as_raw_fd(), libc::STATX_BASIC_STATS);
            // SAFETY: the name ends in NUL, and statx writes one structure or fails.
            unsafe { libc::statx(fd, c"".as_ptr(), flags, wanted, facts.as_mut_ptr()) };
            Ok(())
        }
    } else {
        use crate::platform::unix::posix::{FileFacts, read_path_facts};
        use std::io;

        fn stat_path(path: &CStr) -> io::Result<FileFacts> {
            read_path_facts(path)
        }
    }
}
