//! The watching process, as httpd knows it: kept in the pool of the process, which outlives restarts and the unloading of
//! this module, and on httpd's list of other children, by which its end is noticed.

use crate::httpd::bindings as sys;
use crate::httpd::pool::Pool;
use crate::httpd::server::Server;
use std::ffi::{CStr, c_int, c_void};
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use std::ptr::{null, null_mut};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::SeqCst};

/// The key in the pool; the pool copies it.
const KEY: &CStr = c"mod_chroot-watcher";

/// Numbers that are kept. Plain memory of the pool, as the code that reads it next may be another copy of this module.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
struct KeptNumbers {
    parent: u32,
    watcher: u32,
    control: RawFd,
}

/// The watching process of this httpd.
#[derive(Debug)]
pub(crate) struct KeptWatcher {
    /// Its number; `None` if it has ended, and is not started again.
    pub number: Option<u32>,
    /// A copy of the connection to it.
    pub control: OwnedFd,
    /// The connection itself, which children have to close.
    pub original: RawFd,
}

/// The pool of the process, which `pconf` is made in.
fn process_pool(pconf: Pool) -> *mut sys::apr_pool_t {
    // SAFETY: the pool is alive while a hook runs.
    unsafe { sys::apr_pool_parent_get(pconf.as_ptr()) }
}

/// The watching process that this httpd has started earlier.
pub(crate) fn find_kept(pconf: Pool) -> Option<KeptWatcher> {
    let mut data: *mut c_void = null_mut();
    // SAFETY: APR writes one pointer, and the key ends in NUL.
    unsafe { sys::apr_pool_userdata_get(&raw mut data, KEY.as_ptr(), process_pool(pconf)) };
    NUMBERS.store(data.cast(), SeqCst);
    // SAFETY: null, or numbers that `keep` has put there, in memory that lives as long as the process.
    let kept = unsafe { data.cast::<KeptNumbers>().as_ref() }?;
    if kept.parent != std::process::id() {
        return None;
    }
    // SAFETY: the connection stays open in the parent for as long as it lives: `keep` gave it to the pool.
    let control = unsafe { BorrowedFd::borrow_raw(kept.control) }.try_clone_to_owned().ok()?;
    let number = (kept.watcher != 0).then_some(kept.watcher);
    Some(KeptWatcher { number, control, original: kept.control })
}

/// Keeps the watching process `watcher`, and the connection to it, until httpd ends.
pub(crate) fn keep(pconf: Pool, watcher: u32, control: OwnedFd) {
    use std::os::fd::IntoRawFd;
    let control = control.into_raw_fd();
    let numbers = KeptNumbers { parent: std::process::id(), watcher, control };
    let pool = process_pool(pconf);
    let start = (&raw const numbers).cast();
    // SAFETY: the pointer and the length are those of one structure, of which APR makes a copy in the pool.
    let copy = unsafe { sys::apr_pmemdup(pool, start, size_of::<KeptNumbers>()) };
    // SAFETY: the copy lives as long as the pool; the key is copied.
    unsafe { sys::apr_pool_userdata_set(copy, KEY.as_ptr(), None, pool) };
    NUMBERS.store(copy.cast(), SeqCst);
}

/// The moment at which a configuration ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CleanupMoment {
    /// The server restarts.
    Restart,
    /// The server ends.
    Stop,
}

/// The numbers in the pool.
static NUMBERS: AtomicPtr<KeptNumbers> = AtomicPtr::new(null_mut());
/// Functions for the callbacks, which are called in the parent, by one thread.
static AT_END: OnceLock<fn(Server)> = OnceLock::new();
static BEFORE_CLEANUP: OnceLock<fn(Server, CleanupMoment)> = OnceLock::new();
static PARENT: AtomicU32 = AtomicU32::new(0);

/// Calls `at_end` when the process `number` has ended, unless the configuration ends first.
pub(crate) fn notice_end(pconf: Pool, number: u32, at_end: fn(Server)) {
    // The same function each time: the code that it is part of.
    let _ = AT_END.set(at_end);
    let process = sys::apr_proc_t {
        pid: number as libc::pid_t,
        in_: null_mut(),
        out: null_mut(),
        err: null_mut(),
    };
    let start = (&raw const process).cast();
    // SAFETY: the pointer and the length are those of one structure, of which APR makes a copy in the pool.
    let copy = unsafe { sys::apr_pmemdup(pconf.as_ptr(), start, size_of::<sys::apr_proc_t>()) };
    // SAFETY: the copy lives as long as the pool, and APR takes the process off its list when the pool is cleared.
    unsafe {
        sys::apr_proc_other_child_register(
            copy.cast(),
            Some(ended),
            copy,
            null_mut(),
            pconf.as_ptr(),
        );
    }
}

/// # Safety
/// APR calls it in the parent, with the pointer that was registered.
unsafe extern "C" fn ended(reason: c_int, process: *mut c_void, _: c_int) {
    if reason != sys::APR_OC_REASON_DEATH as c_int && reason != sys::APR_OC_REASON_LOST as c_int {
        return;
    }
    // SAFETY: the pointer is the one that was registered.
    unsafe { sys::apr_proc_other_child_unregister(process) };
    if let Some(act) = AT_END.get() {
        call(act);
    }
}

fn call(act: impl FnOnce(Server)) {
    if let Some(server) = Server::main() {
        // A panic must not reach APR; there is nobody to report it to but the log.
        let _ = crate::httpd::guard::caught(|| {
            act(server);
            Ok(())
        });
    }
}

/// Notes that the watching process has ended, and must not be started again.
pub(crate) fn forget() {
    // SAFETY: null, or the numbers in the pool of the process; no other reference to them is alive.
    if let Some(kept) = unsafe { NUMBERS.load(SeqCst).as_mut() } {
        kept.watcher = 0;
    }
}

/// Calls `act` in the parent before this configuration ends: at a restart, and at the end of the server, while its log is
/// still open.
pub(crate) fn call_before_cleanup(pconf: Pool, act: fn(Server, CleanupMoment)) {
    let _ = BEFORE_CLEANUP.set(act);
    PARENT.store(std::process::id(), SeqCst);
    let (pool, process) = (pconf.as_ptr(), process_pool(pconf));
    // SAFETY: both pools are alive; the second registration is taken back by the function of the first, which runs before
    // this module is unloaded.
    unsafe {
        sys::apr_pool_cleanup_register(
            pool,
            process.cast(),
            Some(at_restart),
            Some(sys::apr_pool_cleanup_null),
        )
    };
    // SAFETY: as above. The pool of the process calls it before it destroys the pools in it, among them that of the log.
    unsafe { sys::apr_pool_pre_cleanup_register(process, null(), Some(at_stop)) };
}

/// # Safety
/// The pool of the configuration calls it, with the pool of the process.
unsafe extern "C" fn at_restart(process: *mut c_void) -> sys::apr_status_t {
    // SAFETY: the pool outlives that of the configuration.
    unsafe { sys::apr_pool_cleanup_kill(process.cast(), null(), Some(at_stop)) };
    finish(CleanupMoment::Restart);
    0
}

/// # Safety
/// The pool of the process calls it.
unsafe extern "C" fn at_stop(_: *mut c_void) -> sys::apr_status_t {
    finish(CleanupMoment::Stop);
    0
}

/// Children have a copy of the pools, and clear it when they end. The parent does this once.
fn finish(moment: CleanupMoment) {
    if PARENT.compare_exchange(std::process::id(), 0, SeqCst, SeqCst).is_err() {
        return;
    }
    if let Some(act) = BEFORE_CLEANUP.get() {
        call(|server| act(server, moment));
    }
}
