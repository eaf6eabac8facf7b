//! The module's slot in the configuration of each server: its number, and what it holds.

use crate::httpd::bindings as sys;
use std::any::Any;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering::SeqCst};

/// The module record, in which httpd writes the answer.
static RECORD: AtomicPtr<sys::module> = AtomicPtr::new(null_mut());

/// From now on the slot is that of `record`, which lives as long as this code is loaded.
pub(crate) fn set_record(record: *mut sys::module) {
    RECORD.store(record, SeqCst);
}

/// The slot; -1 before httpd has given one.
pub(crate) fn index() -> c_int {
    // SAFETY: null, or the record, which httpd writes when it loads the module, before it calls a
    // hook or a directive of it, and not again before it unloads it.
    unsafe { RECORD.load(SeqCst).as_ref() }.map_or(-1, |record| record.module_index)
}

/// Value in the slot of one server: empty until it is set, once in each configuration pass. Threads share it.
pub(crate) type Slot = OnceLock<Box<dyn Any + Send + Sync>>;

/// httpd's `create_server_config`: an empty slot that dies with `pool`.
///
/// # Safety
/// httpd calls it, with its configuration pool.
pub(crate) unsafe extern "C" fn create(
    pool: *mut sys::apr_pool_t,
    _: *mut sys::server_rec,
) -> *mut c_void {
    let slot = Box::into_raw(Box::new(Slot::new()));
    // SAFETY: `pool` is the configuration pool that httpd calls this with; `end` is called once,
    // with the pointer that is given here, before the module can be unloaded (mod_so registers the
    // unloading earlier in the same pool, and pools clean up in reverse order).
    unsafe {
        sys::apr_pool_cleanup_register(
            pool,
            slot.cast(),
            Some(end),
            Some(sys::apr_pool_cleanup_null),
        );
    }
    slot.cast()
}

/// # Safety
/// The pool calls it, once, with the pointer that `create` registered.
unsafe extern "C" fn end(slot: *mut c_void) -> sys::apr_status_t {
    // SAFETY: `create` made this pointer from a Box, and the pool calls this once.
    drop(unsafe { Box::from_raw(slot.cast::<Slot>()) });
    0
}
