//! What Darwin's C library reads late: names are asked of mDNSResponder by its socket, and `iconv` is a
//! library of its own, so there is nothing to load here.

use super::Presence;
use std::ffi::{CStr, CString};
use std::io;

pub(crate) fn thread_exit_library() -> Presence<&'static CStr> {
    Presence::Absent
}

pub(crate) fn name_service_library(_: &str) -> Presence<Option<CString>> {
    Presence::Absent
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
    /// Never.
    pub(crate) fn open(_: &CStr, _: &CStr) -> io::Result<Presence<Self>> {
        Ok(Presence::Absent)
    }
}

/// A type without values.
#[derive(Debug)]
pub(crate) enum Locale {}

impl Locale {
    /// There is none.
    ///
    /// # Errors
    /// Never.
    pub(crate) fn open(_: &CStr) -> io::Result<Presence<Self>> {
        Ok(Presence::Absent)
    }
}
