//! The calls of mod_wsgi that go to functions of ours: [`super::wsgi`] says why.

use super::bindings as sys;
use super::guard::{GO_ON, guard};
use super::log::Level;
use super::server::Server;
use super::wsgi;
use crate::fault::WsgiFault;
use crate::platform::{GroupCount, GroupId, UserId};
use crate::wsgi::Asked;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};

/// Seconds between the entry that failed and the end of the daemon, for mod_wsgi forks another one as soon
/// as one has ended. Longer than the server waits for it when it starts, so that it does not start.
const PAUSE: c_uint = 15;

/// State of a daemon that mod_wsgi has forked. Set in daemons only, which have one thread then; a daemon
/// that has entered does not call these functions any more.
static IS_DAEMON: AtomicBool = AtomicBool::new(false);
static HAS_ENTERED: AtomicBool = AtomicBool::new(false);
static ASKED: Mutex<Asked> = Mutex::new(Asked { group: None, groups: None, name: None });

/// The calls that are redirected, and to what. All of them must be there but one of `setgroups` and
/// `initgroups`, and `chroot`, which releases before 2.0 lack.
pub(super) const CALLS: [(&CStr, bool); 7] = [
    (c"apr_proc_fork", true),
    (c"setgid", true),
    (c"setgroups", false),
    (c"initgroups", true),
    (c"setuid", true),
    (c"chroot", false),
    (c"ap_close_listeners", true),
];

/// The function that takes the place of `call`.
pub(super) fn ours(call: &CStr) -> *const c_void {
    let function = match call.to_bytes() {
        b"apr_proc_fork" => proc_fork as *const (),
        b"setgid" => setgid as *const (),
        b"setgroups" => setgroups as *const (),
        b"initgroups" => initgroups as *const (),
        b"setuid" => setuid as *const (),
        b"chroot" => chroot as *const (),
        _ => close_listeners as *const (),
    };
    function.cast()
}

/// Whether this process is a daemon that has not entered yet.
fn is_to_enter() -> bool {
    IS_DAEMON.load(SeqCst) && !HAS_ENTERED.load(SeqCst)
}

fn note(note: impl FnOnce(&mut Asked)) -> c_int {
    note(&mut ASKED.lock().unwrap_or_else(PoisonError::into_inner));
    0
}

/// # Safety
/// mod_wsgi calls it as it would call `apr_proc_fork`.
unsafe extern "C" fn proc_fork(
    process: *mut sys::apr_proc_t,
    pool: *mut sys::apr_pool_t,
) -> sys::apr_status_t {
    // SAFETY: the arguments are mod_wsgi's own.
    let status = unsafe { sys::apr_proc_fork(process, pool) };
    if status == sys::APR_INCHILD {
        IS_DAEMON.store(true, SeqCst);
    }
    status
}

extern "C" fn setgid(group: libc::gid_t) -> c_int {
    if is_to_enter() {
        return note(|asked| asked.group = Some(GroupId(group)));
    }
    // SAFETY: setgid takes a number.
    unsafe { libc::setgid(group) }
}

/// # Safety
/// mod_wsgi calls it as it would call `setgroups`.
unsafe extern "C" fn setgroups(count: GroupCount, list: *const libc::gid_t) -> c_int {
    if !is_to_enter() {
        // SAFETY: the arguments are mod_wsgi's own.
        return unsafe { libc::setgroups(count, list) };
    }
    let groups = if list.is_null() {
        &[]
    } else {
        #[allow(clippy::useless_conversion, reason = "the BSDs count groups in int")]
        let count = usize::try_from(count).unwrap_or(0);
        // SAFETY: mod_wsgi gives a list of that length, which lives as long as the call.
        unsafe { std::slice::from_raw_parts(list, count) }
    };
    let groups = groups.iter().copied().map(GroupId).collect();
    note(|asked| (asked.groups, asked.name) = (Some(groups), None))
}

/// # Safety
/// mod_wsgi calls it as it would call `initgroups`.
unsafe extern "C" fn initgroups(name: *const c_char, group: libc::gid_t) -> c_int {
    if !is_to_enter() {
        // SAFETY: the arguments are mod_wsgi's own.
        return unsafe { libc::initgroups(name, group as _) };
    }
    let name = if name.is_null() {
        CString::default()
    } else {
        // SAFETY: mod_wsgi gives a name that ends in NUL and lives as long as the call.
        unsafe { CStr::from_ptr(name) }.to_owned()
    };
    note(|asked| (asked.groups, asked.name) = (None, Some(name)))
}

extern "C" fn setuid(user: libc::uid_t) -> c_int {
    if !is_to_enter() {
        // SAFETY: setuid takes a number.
        return unsafe { libc::setuid(user) };
    }
    let server = Server::main();
    let pointer = server.map_or(std::ptr::null_mut(), Server::as_ptr);
    let asked = std::mem::take(&mut *ASKED.lock().unwrap_or_else(PoisonError::into_inner));
    if guard(pointer, Level::Alert, || wsgi::enter(server, &asked, UserId(user))) != GO_ON {
        end();
    }
    HAS_ENTERED.store(true, SeqCst);
    0
}

/// # Safety
/// mod_wsgi calls it as it would call `chroot`.
unsafe extern "C" fn chroot(path: *const c_char) -> c_int {
    if !is_to_enter() {
        // SAFETY: the argument is mod_wsgi's own.
        return unsafe { libc::chroot(path) };
    }
    // `chroot=` is refused or left out when the configuration is read: this one is made later.
    pass()
}

extern "C" fn close_listeners() {
    if is_to_enter() {
        pass();
    }
    // SAFETY: httpd's function takes nothing, and mod_wsgi was about to call it.
    unsafe { sys::ap_close_listeners() };
}

/// Ends a daemon that did not ask for what is known.
fn pass() -> ! {
    let pointer = Server::main().map_or(std::ptr::null_mut(), Server::as_ptr);
    let passed = || Err(wsgi::of_module(WsgiFault::Passed));
    guard(pointer, Level::Alert, passed);
    end()
}

/// Ends this process, but not at once, for another one takes its place.
fn end() -> ! {
    // SAFETY: the handler is the system's own.
    unsafe { libc::signal(libc::SIGTERM, libc::SIG_DFL) };
    // SAFETY: sleep takes a number.
    unsafe { libc::sleep(PAUSE) };
    // Not a status that makes the MPM end the server: others may serve.
    // SAFETY: _exit takes a number; nothing of this process is worth cleaning up.
    unsafe { libc::_exit(1) }
}
