//! Marks of descendants, and adoption of orphans.

use crate::platform::Support;
use crate::platform::unix::posix::check;
use std::io;

/// A process whose parent has ended becomes a child of this one, not of init (since Linux 3.4).
pub(in crate::platform) fn adopt_orphans(adopt: bool) -> io::Result<Support<bool>> {
    let nothing: libc::c_ulong = 0;
    let mut before: libc::c_int = 0;
    // SAFETY: the operation writes one number where the pointer says.
    check(unsafe {
        libc::prctl(libc::PR_GET_CHILD_SUBREAPER, &raw mut before, nothing, nothing, nothing)
    })?;
    // SAFETY: the operation takes numbers only.
    check(unsafe {
        let adopt = libc::c_ulong::from(adopt);
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, adopt, nothing, nothing, nothing)
    })?;
    Ok(Support::Available(before != 0))
}

/// The mark is the soft limit of file locks ([`crate::platform::linux::children`]). A hard limit that is lower is an error.
#[allow(clippy::useless_conversion, reason = "a limit has 32 bits where a pointer has")]
pub(in crate::platform) fn mark_descendants(mark: u64) -> io::Result<Support<u64>> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: getrlimit writes one `struct rlimit` where the pointer says.
    check(unsafe { libc::getrlimit(libc::RLIMIT_LOCKS, &raw mut limit) })?;
    let before = limit.rlim_cur;
    let too_large = |_| io::Error::from(io::ErrorKind::InvalidInput);
    limit.rlim_cur = libc::rlim_t::try_from(mark).map_err(too_large)?;
    // SAFETY: setrlimit reads one.
    check(unsafe { libc::setrlimit(libc::RLIMIT_LOCKS, &raw const limit) })?;
    Ok(Support::Available(u64::from(before)))
}
