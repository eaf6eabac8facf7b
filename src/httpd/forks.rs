//! Handlers that the C library calls when this process forks.
//!
//! mod_fcgid forks its process manager in its `post_config`, and calls mod_unixd itself instead of the
//! hook that makes children enter: jailed, but with every other right that a user has. So a fork while
//! that hook runs is known to be the manager's, and it enters like any other child before mod_fcgid goes
//! on; what mod_unixd finds then has given up root, and has no jail to enter any more. A manager that
//! dies makes mod_fcgid restart the whole server, so there is no other moment.

use super::bindings as sys;
use super::child;
use super::guard::{GO_ON, guard};
use super::log::Level;
use super::server::Server;
use crate::platform::{self, Attempt, Presence, SingleThread};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::SeqCst};

/// Time within which a child process shows whether forks are seen.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// The C library calls the handlers below. All of this is touched by one thread, before there are
/// others; the C library forgets the handlers when this code is unloaded.
static REGISTERED: AtomicBool = AtomicBool::new(false);
/// It did so in this process, a child.
static CALLED: AtomicBool = AtomicBool::new(false);
/// How often it did so in the parent.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// The server of which a process that is forked now is to enter the jail; null for none.
static ENTERS: AtomicPtr<sys::server_rec> = AtomicPtr::new(null_mut());

/// Whether this system lets forks be seen.
pub(super) fn are_seen() -> bool {
    if !REGISTERED.load(SeqCst) {
        match platform::call_at_forks(counted, forked) {
            Ok(Presence::Present(())) => REGISTERED.store(true, SeqCst),
            Ok(Presence::Absent) | Err(_) => return false,
        }
    }
    let called = SingleThread::checked()
        .and_then(|alone| Attempt::new(alone, PATIENCE).holds(|| CALLED.load(SeqCst)));
    called.unwrap_or(false)
}

/// How many forks there were in this process.
pub(super) fn count() -> usize {
    COUNT.load(SeqCst)
}

/// From now on a process that is forked enters the jail of `server`, or ends; with null, no more.
pub(super) fn enter(server: *mut sys::server_rec) {
    ENTERS.store(server, SeqCst);
}

/// In this process, after each fork.
extern "C" fn counted() {
    COUNT.fetch_add(1, SeqCst);
}

/// In every child of a fork, before `fork` returns in it.
extern "C" fn forked() {
    CALLED.store(true, SeqCst);
    let server = ENTERS.swap(null_mut(), SeqCst);
    // SAFETY: null, or the server that httpd gave the hook that is running.
    let Some(server) = (unsafe { Server::new(server) }) else { return };
    if guard(server.as_ptr(), Level::Alert, || child::enter(server)) != GO_ON {
        // The manager is not to run. mod_fcgid notices its end and restarts the server, which tries
        // again or refuses to serve.
        // SAFETY: _exit takes a number; nothing of this child is worth cleaning up.
        unsafe { libc::_exit(sys::APEXIT_CHILDFATAL) };
    }
}
