//! Handlers that the C library calls when this process forks.
//!
//! mod_fcgid forks its process manager in its `post_config`, and calls mod_unixd itself instead of the
//! hook that makes children enter: jailed, but with every other right that a user has. So a fork while
//! that hook runs is known to be the manager's, and it enters like any other child before mod_fcgid goes
//! on; what mod_unixd finds then has given up root, and has no jail to enter any more. A manager that
//! dies makes mod_fcgid restart the whole server, so there is no other moment.

use crate::httpd::bindings as sys;
use crate::httpd::guard::{GO_ON, guard};
use crate::httpd::log::Level;
use crate::httpd::server::Server;
use crate::messages::Fault;
use crate::platform;
use crate::platform::{Attempt, SingleThread, Support};
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::SeqCst};

/// Time within which a child process shows whether forks are seen.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// The C library calls the handlers below. All of this is touched by one thread, before there are
/// others; the C library forgets the handlers when this code is unloaded.
static REGISTERED: AtomicBool = AtomicBool::new(false);
/// It did so in this process, a child.
static CALLED: AtomicBool = AtomicBool::new(false);
/// The way to enter, for a process that is forked to enter.
static ENTRY: OnceLock<ForkEntry> = OnceLock::new();
/// How often it did so in the parent.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// The server of which a process that is forked now is to enter the jail; null for none.
static ENTERS: AtomicPtr<sys::server_rec> = AtomicPtr::new(null_mut());

/// The way by which a process enters the jail of a server.
pub(crate) type ForkEntry = fn(Server) -> Result<(), Fault>;

/// Has the C library report forks. A process that is forked to enter does so by `entry`. Returns false if
/// this system does not report them.
pub(crate) fn register(entry: ForkEntry) -> bool {
    // The same function each time: the code that it is part of.
    let _ = ENTRY.set(entry);
    if !REGISTERED.load(SeqCst) {
        match platform::register_fork_handlers(counted, forked) {
            Ok(Support::Available(())) => REGISTERED.store(true, SeqCst),
            Ok(Support::Unsupported) | Err(_) => return false,
        }
    }
    let called = SingleThread::check()
        .and_then(|alone| Attempt::new(alone, PATIENCE).check_rule(|| CALLED.load(SeqCst)));
    called.unwrap_or(false)
}

/// How many forks there were in this process.
pub(crate) fn count() -> usize {
    COUNT.load(SeqCst)
}

/// From now on the next process that is forked enters the jail of `server`, or ends; with `None`, no more.
pub(crate) fn set_entering(server: Option<Server>) {
    ENTERS.store(server.map_or(null_mut(), Server::as_ptr), SeqCst);
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
    let enter = || ENTRY.get().map_or(Ok(()), |entry| entry(server));
    if guard(server.as_ptr(), Level::Alert, enter) != GO_ON {
        // The manager is not to run. mod_fcgid notices its end and restarts the server, which tries
        // again or refuses to serve.
        // SAFETY: _exit takes a number; nothing of this child is worth cleaning up.
        unsafe { libc::_exit(sys::APEXIT_CHILDFATAL) };
    }
}
