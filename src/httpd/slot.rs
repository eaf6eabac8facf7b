//! Which slot of each configuration vector is the module's: httpd's answer to loading it.

use super::bindings as sys;
use std::ffi::c_int;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering::SeqCst};

/// The module record, in which httpd writes the answer.
static RECORD: AtomicPtr<sys::module> = AtomicPtr::new(null_mut());

/// From now on the slot is that of `record`, which lives as long as this code is loaded.
pub(super) fn of(record: *mut sys::module) {
    RECORD.store(record, SeqCst);
}

/// The slot; -1 before httpd has given one.
pub(super) fn index() -> c_int {
    // SAFETY: null, or the record, which httpd writes when it loads the module, before it calls a
    // hook or a directive of it, and not again before it unloads it.
    unsafe { RECORD.load(SeqCst).as_ref() }.map_or(-1, |record| record.module_index)
}
