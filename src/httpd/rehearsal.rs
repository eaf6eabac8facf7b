//! mod_fcgid forks its process manager itself, and has mod_unixd jail it by
//! `ap_unixd_setup_child()`. It does not look at the answer: if that fails, the manager and all
//! FastCGI programs go on as root, outside. So it is rehearsed, and must succeed, before mod_fcgid
//! gets its turn.

use super::log;
use super::server::Server;
use super::state::Ready;
use crate::fault::StartFault;
use crate::platform::{Attempt, SingleThread};
use crate::proof;
use std::ffi::{c_int, c_void};
use std::io;
use std::time::Duration;

/// Time within which a process has entered.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lets a process, which has what a child needs to enter, see whether `rule` holds there.
///
/// # Errors
/// As [`StartFault`] tells of a rehearsal: the rule does not hold, or could not be tried.
pub(super) fn holds(
    server: Server,
    ready: &Ready,
    rule: impl FnOnce() -> bool,
) -> Result<(), StartFault> {
    match attempt(server, ready).and_then(|attempt| attempt.holds(rule)) {
        Ok(true) => Ok(()),
        Ok(false) => Err(StartFault::FcgidOutside),
        Err(error) => Err(StartFault::NoRehearsal(error)),
    }
}

/// An attempt that may use the jail and the error log.
///
/// # Errors
/// This process has more than one thread.
pub(super) fn attempt(server: Server, ready: &Ready) -> io::Result<Attempt> {
    let attempt = Attempt::new(SingleThread::checked()?, PATIENCE).keeping(ready.entrance);
    Ok(log::descriptor(server.as_ptr()).into_iter().fold(attempt, Attempt::keeping))
}

/// Lets a process do what mod_fcgid's manager will do, and looks at what has become of it.
///
/// # Errors
/// It is not jailed, or not the configured user.
pub(super) fn of_fcgid(server: Server, ready: &Ready) -> Result<(), StartFault> {
    let Some(setup_child) = setup_child() else { return Err(StartFault::FcgidOutside) };
    let is_jailed = || {
        // SAFETY: this is a process of its own, with one thread, that ends when the answer is had.
        let answer = unsafe { setup_child() };
        answer == 0
            && proof::is_inside(&ready.inside).is_ok()
            && proof::users(ready.run_as.user).is_ok()
    };
    holds(server, ready, is_jailed)
}

type SetupChild = unsafe extern "C" fn() -> c_int;

/// The function, by its name: it is in httpd itself or in mod_unixd, which may be loaded after this
/// module, so that this module cannot be linked to it.
fn setup_child() -> Option<SetupChild> {
    // SAFETY: the name is a literal that ends in NUL.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"ap_unixd_setup_child".as_ptr()) };
    // SAFETY: httpd has had a function of this name and type since 2.4.0 (unixd.h); an Option of a
    // function pointer has the layout of a pointer that may be null.
    unsafe { std::mem::transmute::<*mut c_void, Option<SetupChild>>(found) }
}
