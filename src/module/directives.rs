//! The directives. All of them are read from the configuration tree before any is processed
//! ([`crate::module::hooks::pre_config`]): they need each other, and mod_unixd, which has a `ChrootDir` too,
//! must see a resolved path. Here only those are found that were not in the tree.

use crate::httpd::bindings as sys;
use crate::httpd::guard::caught;
use crate::lifecycle::read_config;
use crate::messages::{Fault, SettingFault};
use std::ffi::{CStr, c_char, c_void};

/// Every directive of ours. httpd adds file and line to what it refuses.
///
/// # Safety
/// httpd calls it, with the parameters of the directive and its arguments.
pub(crate) unsafe extern "C" fn accept(
    parms: *mut sys::cmd_parms,
    _: *mut c_void,
    words: *const c_char,
) -> *const c_char {
    // SAFETY: httpd calls a directive with parameters that live as long as the call.
    let parms = unsafe { &*parms };
    // SAFETY: httpd gives a RAW_ARGS directive a string that ends in NUL.
    let words = unsafe { CStr::from_ptr(words) };
    match caught(|| check_was_read(parms, words)) {
        Ok(()) => std::ptr::null(),
        Err(fault) => copy_text(parms.pool, &fault),
    }
}

/// The directive was in the tree. Other modules can make more while it is processed (`<Perl>`).
fn check_was_read(parms: &sys::cmd_parms, words: &CStr) -> Result<(), Fault> {
    let node = parms.directive as usize;
    if read_config::has_read(node) {
        return Ok(());
    }
    Err(Fault::for_directive(
        directive_name(parms),
        words.to_string_lossy(),
        SettingFault::Generated,
    ))
}

fn directive_name(parms: &sys::cmd_parms) -> &'static str {
    // SAFETY: httpd points to the entry of our own table that it calls.
    let Some(command) = (unsafe { parms.cmd.as_ref() }) else { return "ChrootDir" };
    // SAFETY: the names in that table are literals that end in NUL.
    unsafe { CStr::from_ptr(command.name) }.to_str().unwrap_or("ChrootDir")
}

/// The fault as a string that lives in `pool`.
fn copy_text(pool: *mut sys::apr_pool_t, fault: &Fault) -> *const c_char {
    let text = fault.to_string();
    // SAFETY: the copy is as long as the string, ends in NUL and lives in httpd's pool.
    unsafe { sys::apr_pstrmemdup(pool, text.as_ptr().cast(), text.len()) }
}
