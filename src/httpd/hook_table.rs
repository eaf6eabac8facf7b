//! httpd's tables of hooks that are about to be called, in order.

use crate::httpd::bindings as sys;
use crate::httpd::server::Server;
use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;

/// A hook of the kind that both tables hold.
pub(crate) type Hook = unsafe extern "C" fn(
    *mut sys::apr_pool_t,
    *mut sys::apr_pool_t,
    *mut sys::apr_pool_t,
    *mut sys::server_rec,
) -> c_int;

/// An entry of a table.
pub(crate) type HookEntry = sys::ap_LINK_post_config_t;

// Both kinds of entries are made by one macro, with the same type of function (apr_hooks.h).
const _: () = assert!(size_of::<sys::ap_LINK_open_logs_t>() == size_of::<HookEntry>());
const _: fn(sys::ap_HOOK_open_logs_t) -> sys::ap_HOOK_post_config_t = |hook| hook;

/// Those of `open_logs`.
pub(crate) fn list_open_logs_hooks<'a>() -> &'a mut [HookEntry] {
    // SAFETY: httpd made the table when it sorted its hooks, before it called the first of them.
    let table = unsafe { sys::ap_hook_get_open_logs() };
    // SAFETY: null, or that table, whose entries have the type that is compared above.
    unsafe { entries(table) }
}

/// Those of `post_config`.
pub(crate) fn list_post_config_hooks<'a>() -> &'a mut [HookEntry] {
    // SAFETY: as above.
    let table = unsafe { sys::ap_hook_get_post_config() };
    // SAFETY: null, or that table.
    unsafe { entries(table) }
}

/// How many hooks there are that are called before the MPM forks its first child.
pub(crate) fn count_pre_mpm_hooks() -> c_int {
    // SAFETY: as above; a module may add one whenever it likes, in this thread.
    let table = unsafe { sys::ap_hook_get_pre_mpm() };
    // SAFETY: null, or that table.
    unsafe { table.as_ref() }.map_or(0, |table| table.nelts)
}

/// The hooks by which modules start in a child, in order, each with the name of its module.
pub(crate) fn list_child_hooks() -> Vec<(ChildHook, String)> {
    // SAFETY: as above.
    let table = unsafe { sys::ap_hook_get_child_init() };
    // SAFETY: null, or that table.
    let links = unsafe { entries::<sys::ap_LINK_child_init_t>(table) };
    let named = |link: &mut sys::ap_LINK_child_init_t| {
        Some((ChildHook(link.pFunc?), read_module_name(link.szName)))
    };
    links.iter_mut().filter_map(named).collect()
}

/// A hook by which a module starts in a child.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChildHook(unsafe extern "C" fn(*mut sys::apr_pool_t, *mut sys::server_rec));

impl ChildHook {
    /// Calls it in a process that has entered the jail as a child does, and that ends soon.
    pub(crate) fn call(self, server: Server) {
        let mut pool = null_mut();
        // SAFETY: APR makes a pool without a parent, and writes one pointer. It lives until the process ends.
        let made = unsafe { sys::apr_pool_create_ex(&raw mut pool, null_mut(), None, null_mut()) };
        if made == 0 {
            // SAFETY: httpd would call it in a child with a pool that lives as long as the child, and its main server.
            unsafe { self.0(pool, server.as_ptr()) };
        }
    }
}

/// # Safety
/// `table` is null, or a table of entries of this type that nobody else looks at before the answer is dropped.
unsafe fn entries<'a, T>(table: *mut sys::apr_array_header_t) -> &'a mut [T] {
    // SAFETY: null, or a table.
    let Some(table) = (unsafe { table.as_ref() }) else { return &mut [] };
    let first = table.elts.cast::<T>();
    let count = usize::try_from(table.nelts).unwrap_or(0);
    if first.is_null() {
        return &mut [];
    }
    // SAFETY: the table holds `nelts` entries of this type (apr_hooks.h), httpd reads one after the
    // other in this thread, and no reference to them is kept beyond the caller.
    unsafe { std::slice::from_raw_parts_mut(first, count) }
}

/// The name of the module that a hook is of.
pub(crate) fn module(link: &HookEntry) -> String {
    read_module_name(link.szName)
}

fn read_module_name(name: *const c_char) -> String {
    if name.is_null() {
        return String::new();
    }
    // SAFETY: httpd names each hook after the record of its module, which is loaded.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    crate::config::other_directives::module_name(&name).to_owned()
}
