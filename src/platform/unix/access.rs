//! Access of this process to a path, as the kernel decides by ids, lists and mounts.

use crate::platform::unix::posix::check;
use std::ffi::CStr;
use std::io;

/// Whether this process may write to `path`, its effective ids and all lists considered.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`: an unknown answer is not taken for "no".
pub(crate) fn is_writable(path: &CStr) -> io::Result<bool> {
    match access(path, libc::W_OK) {
        Ok(()) => Ok(true),
        Err(error) => match error.raw_os_error() {
            Some(libc::EACCES | libc::EPERM | libc::EROFS) => Ok(false),
            _ => Err(error),
        },
    }
}

/// A use of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read it.
    Read,
    /// Write to it.
    Write,
    /// Run it, or pass through it.
    Pass,
}

/// Checks that this process may use `path` so.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`: `EACCES`, `EROFS`, `ENOENT`.
pub(crate) fn check_access(path: &CStr, access: Access) -> io::Result<()> {
    self::access(
        path,
        match access {
            Access::Read => libc::R_OK,
            Access::Write => libc::W_OK,
            Access::Pass => libc::X_OK,
        },
    )
}

fn access(path: &CStr, mode: libc::c_int) -> io::Result<()> {
    // SAFETY: a CStr ends in NUL.
    check(unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), mode, libc::AT_EACCESS) })
        .map(drop)
}
