//! Preload on Darwin: names are looked up through mDNSResponder's socket, and `iconv` is a separate library, so there is
//! nothing to load.

use crate::platform::Support;
use std::ffi::{CStr, CString};
use std::io;

pub(crate) fn find_thread_exit_library() -> Support<&'static CStr> {
    Support::Unsupported
}

pub(crate) fn find_name_service_library(_: &str) -> Support<Option<CString>> {
    Support::Unsupported
}

/// Whether `keep_name_servers` does anything.
pub(crate) const KEEPS_NAME_SERVERS: bool = false;

pub(crate) fn keep_name_servers() {}

/// A type without values.
#[derive(Debug)]
pub(crate) enum Conversion {}

impl Conversion {
    /// There is none.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn open(_: &CStr, _: &CStr) -> io::Result<Support<Self>> {
        Ok(Support::Unsupported)
    }
}

/// A type without values.
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
