//! Files that the C libraries of FreeBSD and NetBSD read late, as far as they can be read earlier.
//!
//! Name services need nothing: all libraries that `nsswitch.conf` names are loaded by the first lookup of
//! any kind (`nss_configure`, `_nsconfig`), which the parent makes, and a file that is not there inside
//! is not read again.

use crate::platform::Support;
use std::ffi::{CStr, CString};
use std::io;

pub(crate) use crate::platform::unix::iconv::Conversion;

/// FreeBSD loads it when a thread ends, and continues without it. NetBSD does not.
pub(crate) fn find_thread_exit_library() -> Support<&'static CStr> {
    if cfg!(target_os = "freebsd") {
        Support::Available(c"libgcc_s.so.1")
    } else {
        Support::Unsupported
    }
}

pub(crate) fn find_name_service_library(_: &str) -> Support<Option<CString>> {
    Support::Unsupported
}

/// A type without values: `setlocale` reads its files again, even if `newlocale` has read them.
#[derive(Debug)]
pub(crate) enum Locale {}

impl Locale {
    /// There is none.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn open(_: &CStr) -> io::Result<Support<Self>> {
        Ok(Support::Unsupported)
    }
}

/// Whether `keep_name_servers` does anything.
pub(crate) const KEEPS_NAME_SERVERS: bool = false;

/// Nothing that is documented keeps a thread from reading `resolv.conf` again.
pub(crate) fn keep_name_servers() {}
