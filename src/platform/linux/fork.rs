//! What is called in children of a fork.

use super::super::Presence;
use std::io;

unsafe extern "C" {
    /// The C library's own, which knows from which shared object it is called, and forgets the
    /// handler when that is unloaded (musl never unloads one).
    fn pthread_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
    ) -> libc::c_int;
}

pub(in crate::platform) fn call_in_forked_children(
    handler: extern "C" fn(),
) -> io::Result<Presence<()>> {
    // SAFETY: the handler is code of this shared object, and gone from the list before the code is.
    match unsafe { pthread_atfork(None, None, Some(handler)) } {
        0 => Ok(Presence::Present(())),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}
