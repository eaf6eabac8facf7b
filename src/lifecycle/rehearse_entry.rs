//! mod_fcgid forks its process manager itself, and has mod_unixd jail it by
//! `ap_unixd_setup_child()`. It does not look at the answer: if that fails, the manager and all
//! FastCGI programs go on as root, outside. So it is rehearsed, and must succeed, before mod_fcgid
//! gets its turn.

use crate::httpd::guard::{GO_ON, guard};
use crate::httpd::log::Level;
use crate::httpd::server::Server;
use crate::httpd::{fork_handlers, log, server, unixd};
use crate::jail::proof;
use crate::lifecycle::child;
use crate::lifecycle::state::{PreparedJail, State};
use crate::messages::{Advice, Notice, StartFault};
use crate::platform::{Attempt, SingleThread};
use std::io;
use std::time::Duration;

/// Time within which a process has entered.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tries, in a process that ends at once, whether the process manager will enter.
///
/// # Errors
/// Returns an error if it would not.
pub(crate) fn rehearse_fcgid(
    server: Server,
    state: &State,
    jail: &PreparedJail,
) -> Result<(), StartFault> {
    if !server::is_loaded(c"mod_fcgid.c") {
        return Ok(());
    }
    if !(fork_handlers::register(child::enter) && state.watch.has("mod_fcgid")) {
        let notice = Notice::Advice(Advice::ManagerUnhardened);
        server.log(&notice.about(jail.written()));
        return check_fcgid(server, jail);
    }
    let enters = || guard(server.as_ptr(), Level::Alert, || child::enter(server)) == GO_ON;
    check_rule_inside(server, jail, enters)
}

/// Lets a process, which has what a child needs to enter, see whether `rule` holds there.
///
/// # Errors
/// Returns an error if the rule does not hold, or could not be tried.
fn check_rule_inside(
    server: Server,
    ready: &PreparedJail,
    rule: impl FnOnce() -> bool,
) -> Result<(), StartFault> {
    match attempt(server, ready).and_then(|attempt| attempt.check_rule(rule)) {
        Ok(true) => Ok(()),
        Ok(false) => Err(StartFault::FcgidOutside),
        Err(error) => Err(StartFault::NoRehearsal(error)),
    }
}

/// An attempt that may use the jail and the error log.
///
/// # Errors
/// Returns an error if this process has more than one thread.
pub(crate) fn attempt(server: Server, ready: &PreparedJail) -> io::Result<Attempt> {
    let attempt = Attempt::new(SingleThread::check()?, PATIENCE).keep_open(ready.entrance);
    Ok(log::descriptor(server.as_ptr()).into_iter().fold(attempt, Attempt::keep_open))
}

/// Lets a process do what mod_fcgid's manager will do, and looks at the result.
///
/// # Errors
/// Returns an error if it is not jailed, or not the configured user.
fn check_fcgid(server: Server, ready: &PreparedJail) -> Result<(), StartFault> {
    let is_jailed = || {
        unixd::setup_child() == Some(true)
            && proof::is_inside(&ready.inside).is_ok()
            && proof::users(ready.run_as.user).is_ok()
    };
    check_rule_inside(server, ready, is_jailed)
}
