//! Calls of mod_wsgi that go to functions of this module: `lifecycle::wsgi` says why.

use crate::daemons::wsgi::RequestedAccount;
use crate::httpd::bindings as sys;
use crate::httpd::guard::{GO_ON, guard};
use crate::httpd::log::Level;
use crate::httpd::pool::Pool;
use crate::httpd::server::Server;
use crate::messages::{Fault, WsgiFault};
use crate::platform;
use crate::platform::{GroupCount, GroupId, Redirected, Support, UserId};
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Seconds between the entry that failed and the end of the daemon, for mod_wsgi forks another one as soon
/// as one has ended. Longer than the server waits for it when it starts, so that it does not start.
const PAUSE: c_uint = 15;

/// State of a daemon that mod_wsgi has forked. Set in daemons only, which have one thread then; a daemon
/// that has entered does not call these functions any more.
static IS_DAEMON: AtomicBool = AtomicBool::new(false);
static HAS_ENTERED: AtomicBool = AtomicBool::new(false);
static ASKED: Mutex<RequestedAccount> =
    Mutex::new(RequestedAccount { group: None, groups: None, name: None });

/// The calls that are redirected, and to what. All of them must be there but one of `setgroups` and
/// `initgroups`, and `chroot`, which releases before 2.0 lack.
pub(crate) const CALLS: [(&CStr, bool); 7] = [
    (c"apr_proc_fork", true),
    (c"setgid", true),
    (c"setgroups", false),
    (c"initgroups", true),
    (c"setuid", true),
    (c"chroot", false),
    (c"ap_close_listeners", true),
];

/// The way by which a daemon becomes the account that it asked for, in the jail.
pub(crate) type DaemonEntry = fn(Option<Server>, &RequestedAccount, UserId) -> Result<(), Fault>;

static ENTRY: OnceLock<DaemonEntry> = OnceLock::new();

fn enter(server: Option<Server>, asked: &RequestedAccount, user: UserId) -> Result<(), Fault> {
    match ENTRY.get() {
        Some(entry) => entry(server, asked, user),
        None => Err(WsgiFault::Passed.for_module()),
    }
}

/// Has the calls of mod_wsgi, whose record is `record`, go to the functions below until `pconf` ends.
///
/// # Errors
/// Returns an error if a call that is needed is missing, or its slot cannot be written.
pub(crate) fn redirect(
    record: *const c_void,
    pconf: Pool,
    entry: DaemonEntry,
) -> Result<(), Fault> {
    // The same function each time: the code that it is part of.
    let _ = ENTRY.set(entry);
    let mut calls = Vec::new();
    for (call, is_needed) in CALLS {
        // SAFETY: each function below has the type of the one whose name it has. The slots are put back
        // when the vector is dropped: by the cleanup that is registered next, before mod_wsgi or this
        // code is unloaded; hooks run in one thread.
        match unsafe { platform::redirect_calls(record, call, ours(call)) } {
            Ok(Support::Available(redirected)) => calls.push(redirected),
            Ok(Support::Unsupported) if !is_needed => {}
            Ok(Support::Unsupported) => return Err(unknown(call)),
            Err(error) => return Err(WsgiFault::Untaken(error).for_module()),
        }
    }
    let calls = Box::into_raw(Box::new(calls));
    // SAFETY: `pconf` is the pool that post_config is called with. It ends, and this is called once,
    // before any module is unloaded, which was registered before.
    unsafe {
        sys::apr_pool_cleanup_register(
            pconf.as_ptr(),
            calls.cast(),
            Some(put_back),
            Some(sys::apr_pool_cleanup_null),
        );
    }
    Ok(())
}

/// # Safety
/// The pool calls it, once, with what `redirect` registered.
unsafe extern "C" fn put_back(calls: *mut c_void) -> sys::apr_status_t {
    // SAFETY: `redirect` made this pointer from a Box, and the pool calls this once.
    drop(unsafe { Box::from_raw(calls.cast::<Vec<Redirected>>()) });
    0
}

/// The fault of a mod_wsgi that does not make `call`.
pub(crate) fn unknown(call: &CStr) -> Fault {
    WsgiFault::Unknown(call.to_string_lossy().into_owned()).for_module()
}

/// The function that takes the place of `call`.
fn ours(call: &CStr) -> *const c_void {
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

fn note(note: impl FnOnce(&mut RequestedAccount)) -> c_int {
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
    if guard(pointer, Level::Alert, || enter(server, &asked, UserId(user))) != GO_ON {
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
    let passed = || Err(WsgiFault::Passed.for_module());
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
