//! Darwin binds calls between libraries by other means than ELF, in pages that it signs.

use crate::platform::Support;
use std::ffi::{CStr, c_void};
use std::io;

/// Calls that go to a function of ours: a type without values.
#[derive(Debug)]
#[must_use]
pub(crate) enum Redirected {}

/// There is no way.
///
/// # Errors
/// Returns no error.
///
/// # Safety
/// Nothing is done.
pub(crate) unsafe fn redirect_calls(
    _: *const c_void,
    _: &CStr,
    _: *const c_void,
) -> io::Result<Support<Redirected>> {
    Ok(Support::Unsupported)
}

/// None that could be redirected.
pub(crate) fn has_import(_: *const c_void, _: &CStr) -> bool {
    false
}
