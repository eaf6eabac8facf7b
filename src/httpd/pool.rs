//! httpd's memory pools.

use super::bindings as sys;
use std::ptr::NonNull;

/// A pool that httpd handed to a hook.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pool(NonNull<sys::apr_pool_t>);

impl Pool {
    /// The pool behind a pointer of httpd's; `None` for null.
    ///
    /// # Safety
    /// `pool` is null or one that httpd keeps alive while the handle is used.
    pub(crate) unsafe fn new(pool: *mut sys::apr_pool_t) -> Option<Self> {
        NonNull::new(pool).map(Self)
    }

    /// The pointer, for calls of httpd and APR.
    pub(crate) fn as_ptr(self) -> *mut sys::apr_pool_t {
        self.0.as_ptr()
    }
}
