//! What is loaded before entry, because it cannot be loaded inside.

use super::bindings as sys;
use std::ffi::CStr;

/// The kinds of DBM that APR knows. Which one "default" is, APR alone can tell.
const KINDS: [&CStr; 5] = [c"default", c"sdbm", c"db", c"gdbm", c"ndbm"];

/// Has APR load the drivers of its DBMs, each a library that it would load at first use. They stay
/// loaded as long as the process lives. That one of them is not installed is no fault.
pub(super) fn dbm_drivers(pool: *mut sys::apr_pool_t) {
    for kind in KINDS {
        let (mut first, mut second) = (std::ptr::null(), std::ptr::null());
        // SAFETY: both strings end in NUL; APR copies what it answers into the pool that the hook
        // was called with, and needs the driver to know what to answer. No file is opened.
        unsafe {
            sys::apr_dbm_get_usednames_ex(
                pool,
                kind.as_ptr(),
                c"/".as_ptr(),
                &raw mut first,
                &raw mut second,
            );
        }
    }
}
