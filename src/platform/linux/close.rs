//! Closing many descriptors at once.

use crate::platform::Support;
use std::io;
use std::os::fd::RawFd;

/// `close_range(2)`, Linux 5.9. Absent where the kernel, or a filter of system calls, does not have it.
pub(in crate::platform) fn close_range(first: RawFd, last: RawFd) -> io::Result<Support<()>> {
    // SAFETY: the call takes three numbers. The caller knows that nobody uses the descriptors.
    match unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } {
        0 => Ok(Support::Available(())),
        _ => Ok(Support::Unsupported),
    }
}
