//! The jail's part of mod_status' pages. The hook is optional in APR's sense: it is known by its name
//! only, so this module can be loaded with or without mod_status, before or after it.

use crate::httpd::bindings as sys;
use crate::httpd::guard::{GO_ON, caught};
use crate::httpd::log::{Level, write};
use crate::lifecycle::status_block;
use std::ffi::c_int;

/// Has mod_status, if it is loaded, call [`show`].
pub(crate) fn register() {
    // The type is that of mod_status' header; APR keeps functions of all types as one.
    let hook: sys::ap_HOOK_status_hook_t = Some(show);
    // SAFETY: an Option of a function pointer has the same layout for every type of function; who
    // finds it by this name calls it with the type that is written above.
    let untyped = unsafe {
        std::mem::transmute::<sys::ap_HOOK_status_hook_t, Option<unsafe extern "C" fn()>>(hook)
    };
    let (name, none) = (c"status_hook".as_ptr(), std::ptr::null());
    // SAFETY: httpd calls this while it loads the module; the name and the function live as long as
    // the module is loaded, which is longer than APR's table of hooks.
    unsafe { sys::apr_optional_hook_add(name, untyped, none, none, sys::APR_HOOK_MIDDLE) };
}

/// A page of mod_status is written.
///
/// # Safety
/// mod_status calls it, with the request that it answers.
unsafe extern "C" fn show(request: *mut sys::request_rec, flags: c_int) -> c_int {
    let to_programs = flags & sys::AP_STATUS_SHORT != 0;
    match caught(|| Ok(status_block(to_programs))) {
        Ok(text) => put(request, &text),
        // The page goes on without: it is a report, and nobody's way in.
        Err(fault) => write(std::ptr::null(), Level::Alert, &fault.to_string()),
    }
    GO_ON
}

fn put(request: *mut sys::request_rec, text: &str) {
    let Ok(length) = c_int::try_from(text.len()) else { return };
    // SAFETY: the bytes are those of one string that outlives the call, which copies them; the
    // request is the one that mod_status answers. A client that has gone is no concern of ours.
    unsafe { sys::ap_rwrite(text.as_ptr().cast(), length, request) };
}
