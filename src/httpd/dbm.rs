//! Drivers of APR's DBMs.

use super::bindings as sys;
use super::pool::Pool;
use std::ffi::CStr;

/// The kinds of DBM that APR knows. Which one "default" is, APR alone can tell.
const KINDS: [&CStr; 5] = [c"default", c"sdbm", c"db", c"gdbm", c"ndbm"];

/// Has APR load the drivers of its DBMs, each a library that it would load at first use, and names
/// those that it has. They stay loaded as long as the process lives. A driver that is not
/// installed is left out.
pub(crate) fn load_drivers(pool: Pool) -> Vec<&'static str> {
    let is_there = |kind: &&CStr| {
        let (mut first, mut second) = (std::ptr::null(), std::ptr::null());
        // SAFETY: both strings end in NUL; APR copies what it answers into the pool that the hook
        // was called with, and needs the driver to know what to answer. No file is opened.
        let status = unsafe {
            sys::apr_dbm_get_usednames_ex(
                pool.as_ptr(),
                kind.as_ptr(),
                c"/".as_ptr(),
                &raw mut first,
                &raw mut second,
            )
        };
        status == 0
    };
    KINDS.into_iter().filter(is_there).filter_map(|kind| kind.to_str().ok()).collect()
}
