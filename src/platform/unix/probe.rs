//! Probe of a path that asks its disk or file server.

use std::ffi::CStr;

/// Calls `stat` on `path`, symbolic links followed, and returns when the disk or file server has answered, also by an error.
/// Nothing is opened for reading, and no automounter is woken for the last name.
pub(crate) fn probe_path(path: &CStr) {
    let _ = stat_path(path);
}

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        use crate::platform::unix::posix::check;
        use std::io;
        use std::mem::MaybeUninit;

        /// Asks the file server: the kernel may remember an answer of one that hangs (`AT_STATX_FORCE_SYNC`).
        fn stat_path(path: &CStr) -> io::Result<()> {
            let mut facts = MaybeUninit::<libc::statx>::uninit();
            let flags = libc::AT_NO_AUTOMOUNT | libc::AT_STATX_FORCE_SYNC;
            let (here, basic) = (libc::AT_FDCWD, libc::STATX_BASIC_STATS);
            // SAFETY: a CStr ends in NUL, and statx writes one structure or fails.
            check(unsafe { libc::statx(here, path.as_ptr(), flags, basic, facts.as_mut_ptr()) })
                .map(drop)
        }
    } else {
        use crate::platform::unix::posix::{FileFacts, read_path_facts};
        use std::io;

        fn stat_path(path: &CStr) -> io::Result<FileFacts> {
            read_path_facts(path)
        }
    }
}
