//! Handlers that the C library calls at forks, on Linux and FreeBSD.

use crate::platform::Support;
use std::io;

unsafe extern "C" {
    /// The C library's own, which knows from which shared object it is called, and forgets the
    /// handlers when that is unloaded (glibc; FreeBSD: lib/libthr/thread/thr_fork.c,
    /// `__pthread_cxa_finalize`). musl never unloads one.
    fn pthread_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
    ) -> libc::c_int;
}

pub(in crate::platform) fn register_fork_handlers(
    parent: extern "C" fn(),
    child: extern "C" fn(),
) -> io::Result<Support<()>> {
    // SAFETY: the handlers are code of this shared object, and gone from the list before the code is.
    match unsafe { pthread_atfork(None, Some(parent), Some(child)) } {
        0 => Ok(Support::Available(())),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}
