//! Character sets, where `iconv` is part of the C library.

use crate::platform::Support;
use crate::platform::unix::posix::check;
use std::ffi::CStr;
use std::io;

/// A conversion that is open.
#[derive(Debug)]
pub(crate) struct Conversion(libc::iconv_t);

impl Conversion {
    /// Opens the conversion to `to` from `from`.
    ///
    /// # Errors
    /// Returns the call's `errno`: `EINVAL` if there is no such conversion.
    pub(crate) fn open(to: &CStr, from: &CStr) -> io::Result<Support<Self>> {
        // SAFETY: both names end in NUL.
        let opened = unsafe { libc::iconv_open(to.as_ptr(), from.as_ptr()) };
        check(if opened as isize == -1 { -1 } else { 0 })?;
        Ok(Support::Available(Self(opened)))
    }
}

// SAFETY: the handle is only kept, and closed once, by its owner; any thread may do that.
unsafe impl Send for Conversion {}

// SAFETY: as above: nothing reads through a shared reference.
unsafe impl Sync for Conversion {}

impl Drop for Conversion {
    fn drop(&mut self) {
        // SAFETY: iconv_open has made it, and it is not used again.
        unsafe { libc::iconv_close(self.0) };
    }
}
