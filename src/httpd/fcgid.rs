//! mod_fcgid's process manager. It is forked in mod_fcgid's `post_config`, and calls mod_unixd itself
//! instead of the hook that makes children enter: jailed, but with every other right that a user
//! has. So its fork is noticed, and it enters like any other child before mod_fcgid goes on; what
//! mod_unixd finds then has given up root, and has no jail to enter any more.
//!
//! The fork is told from all others (piped loggers, RewriteMap programs, mod_cgid, trials of ours) by
//! the moment: mod_fcgid's own hook is wrapped, and forks once while it runs. A manager that dies makes
//! mod_fcgid restart the whole server, so there is no other moment.

use super::bindings as sys;
use super::child;
use super::guard::guard;
use super::log::Level;
use super::server::Server;
use crate::platform::{self, Attempt, Presence, SingleThread};
use std::ffi::{CStr, c_int};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering::SeqCst};
use std::time::Duration;

/// Time within which a child says whether it was noticed.
const PATIENCE: Duration = Duration::from_secs(5);

type PostConfig = unsafe extern "C" fn(
    *mut sys::apr_pool_t,
    *mut sys::apr_pool_t,
    *mut sys::apr_pool_t,
    *mut sys::server_rec,
) -> c_int;

/// mod_fcgid's own hook, behind our wrapper. All of this is touched by one thread, before there are
/// others; it lives as long as this code does, and httpd's table of hooks is made anew after that.
static WRAPPED: AtomicPtr<()> = AtomicPtr::new(null_mut());
/// The server that the hook runs for; null while it does not run.
static RUNNING_FOR: AtomicPtr<sys::server_rec> = AtomicPtr::new(null_mut());
/// The C library calls `forked` in children.
static REGISTERED: AtomicBool = AtomicBool::new(false);
/// It did so in this process.
static CALLED: AtomicBool = AtomicBool::new(false);

/// Has the process manager enter by our way. False where the system cannot tell a child of its fork.
pub(super) fn take_over() -> bool {
    if !REGISTERED.load(SeqCst) {
        match platform::call_in_forked_children(forked) {
            Ok(Presence::Present(())) => REGISTERED.store(true, SeqCst),
            Ok(Presence::Absent) | Err(_) => return false,
        }
    }
    let is_called =
        || Attempt::new(SingleThread::checked()?, PATIENCE).holds(|| CALLED.load(SeqCst));
    if !is_called().unwrap_or(false) {
        return false;
    }
    for link in links() {
        let ours = link.pFunc.is_some_and(|hook| std::ptr::fn_addr_eq(hook, wrapper as PostConfig));
        if name(link.szName) == c"mod_fcgid.c" && !ours {
            WRAPPED.store(link.pFunc.map_or(null_mut(), |hook| hook as *mut ()), SeqCst);
            link.pFunc = Some(wrapper);
        }
    }
    !WRAPPED.load(SeqCst).is_null()
}

/// The hooks that httpd is about to call, in order.
fn links<'a>() -> &'a mut [sys::ap_LINK_post_config_t] {
    // SAFETY: httpd made the table when it sorted its hooks, before it called the first of them.
    let table = unsafe { sys::ap_hook_get_post_config() };
    // SAFETY: null, or that table.
    let Some(table) = (unsafe { table.as_ref() }) else { return &mut [] };
    let first = table.elts.cast::<sys::ap_LINK_post_config_t>();
    let count = usize::try_from(table.nelts).unwrap_or(0);
    if first.is_null() {
        return &mut [];
    }
    // SAFETY: the table holds `nelts` entries of this type (apr_hooks.h), httpd reads one after the
    // other in this thread, and no reference to them is kept beyond the caller.
    unsafe { std::slice::from_raw_parts_mut(first, count) }
}

fn name<'a>(text: *const std::ffi::c_char) -> &'a CStr {
    if text.is_null() {
        return c"";
    }
    // SAFETY: httpd names each hook after the record of its module, which is loaded.
    unsafe { CStr::from_ptr(text) }
}

/// In place of mod_fcgid's hook: the same, and while it runs a fork is known to be the manager's.
///
/// # Safety
/// httpd calls it, as it would call mod_fcgid's hook.
unsafe extern "C" fn wrapper(
    pconf: *mut sys::apr_pool_t,
    plog: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    let wrapped = WRAPPED.load(SeqCst);
    // SAFETY: `take_over` stored what the table held: null, or a function of this type.
    let Some(hook) = (unsafe { std::mem::transmute::<*mut (), Option<PostConfig>>(wrapped) })
    else {
        return super::guard::STOP;
    };
    RUNNING_FOR.store(server, SeqCst);
    // SAFETY: mod_fcgid's hook is called as httpd would call it, with httpd's own arguments.
    let answer = unsafe { hook(pconf, plog, ptemp, server) };
    RUNNING_FOR.store(null_mut(), SeqCst);
    answer
}

/// In every child of a fork, before `fork` returns in it.
extern "C" fn forked() {
    CALLED.store(true, SeqCst);
    let server = RUNNING_FOR.swap(null_mut(), SeqCst);
    // SAFETY: null, or the server that httpd gave the hook that is running.
    let Some(server) = (unsafe { Server::new(server) }) else { return };
    if guard(server.as_ptr(), Level::Alert, || child::enter(server)) != super::guard::GO_ON {
        // The manager is not to run. mod_fcgid notices its end and restarts the server, which tries
        // again or refuses to serve.
        // SAFETY: _exit takes a number; nothing of this child is worth cleaning up.
        unsafe { libc::_exit(sys::APEXIT_CHILDFATAL) };
    }
}
