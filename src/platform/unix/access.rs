//! What this process may do with a path, answered by the kernel: ids, lists and mounts considered.

use crate::platform::unix::posix::check;
use std::ffi::CStr;
use std::io;

/// Whether this process may write to `path`, its effective ids and all lists considered.
///
/// # Errors
/// The failing call's `errno`: what cannot be told is not taken for "no".
pub(crate) fn is_writable(path: &CStr) -> io::Result<bool> {
    match access(path, libc::W_OK) {
        Ok(()) => Ok(true),
        Err(error) => match error.raw_os_error() {
            Some(libc::EACCES | libc::EPERM | libc::EROFS) => Ok(false),
            _ => Err(error),
        },
    }
}

/// What a process would do with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Write to it.
    Write,
    /// Run it, or pass through it.
    Pass,
}

/// Whether this process may do that: the same question, answered by the kernel in its own words.
///
/// # Errors
/// The failing call's `errno`: `EACCES`, `EROFS`, `ENOENT`.
pub(crate) fn check_access(path: &CStr, access: Access) -> io::Result<()> {
    self::access(
        path,
        match access {
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
