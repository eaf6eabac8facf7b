//! mod_wsgi's daemons enter like children.
//!
//! mod_wsgi forks them itself: at the first start after `pre_mpm`, at a restart in its `post_config`,
//! and whenever one has ended, from APR's list of other children. Each then goes through one function,
//! `wsgi_setup_access`, which calls `setgid`, `setgroups` or `initgroups`, and `setuid`, as root, and
//! looks at nothing else of the system before. Neither the moment nor the process tells which daemon it
//! is, and so who it is to become: that is in structures of mod_wsgi's own, which differ from release to
//! release, and APR's list has no way in. But these very calls say it. So while mod_wsgi is loaded, its
//! calls of them go to functions of ours: they note what is asked for, and the last one, `setuid`, does
//! all the steps of a child. mod_wsgi finds its wish fulfilled, and has no right left to do more.
//!
//! Only the slots of mod_wsgi's own calls are written, and put back before anything is unloaded. If one
//! of them is not there, the server does not start. A daemon that gets as far as closing the listeners,
//! which comes next, without having entered is ended.

use super::bindings as sys;
use super::child;
use super::guard::{GO_ON, guard};
use super::log::Level;
use super::rehearsal;
use super::server::{self, Server};
use super::state::{Ready, State};
use super::wsgi_calls::{CALLS, ours};
use crate::fault::{Fault, WsgiFault};
use crate::platform::{self, Presence, Redirected, UserId};
use crate::run_as::RunAs;
use crate::view::{Sockets, SocketsBy};
use crate::wsgi::{Accounts, Asked, Daemons};
use std::ffi::{CStr, c_void};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The means to let them enter, for as long as a configuration lives.
#[derive(Debug, Default)]
pub(super) struct Taken {
    accounts: OnceLock<Accounts>,
    calls: Mutex<Vec<Redirected>>,
}

/// Whether there are daemons to be taken in.
fn are_wanted(state: &State) -> bool {
    !state.wsgi.is_empty() && !state.settings.allow_outside.allows("mod_wsgi")
}

/// The names of the sockets that mod_wsgi will bind: its own format, with the parent's number, the
/// generation of children or the daemon's user, and the number of the daemon.
pub(super) fn sockets(state: &State) -> Vec<PathBuf> {
    let by_prefix = |it: &Sockets| match &it.by {
        SocketsBy::Wsgi(prefix) => Some(prefix.clone()),
        _ => None,
    };
    let Some(prefix) = state.configured.sockets.iter().find_map(by_prefix) else {
        return Vec::new();
    };
    let circumstances = server::circumstances();
    let second = |daemons: &Daemons| match daemons.run_as(&circumstances) {
        Ok(run_as) if !state.wsgi_rotates => format!("u{}", run_as.user.0),
        _ => server::generation().to_string(),
    };
    let name = |(number, daemons): (usize, &Daemons)| {
        let mut name = prefix.as_os_str().to_owned();
        name.push(format!(".{}.{}.{number}.sock", std::process::id(), second(daemons)));
        PathBuf::from(name)
    };
    (1..).zip(&state.wsgi).map(name).collect()
}

/// Whether mod_wsgi is one whose calls can be redirected.
///
/// # Errors
/// There are daemons, and it is not.
pub(super) fn check(state: &State) -> Result<(), Fault> {
    let Some(record) = server::record_of(c"mod_wsgi.c") else { return Ok(()) };
    if !are_wanted(state) {
        return Ok(());
    }
    match CALLS.iter().find(|(call, is_needed)| *is_needed && !platform::calls(record, call)) {
        Some((call, _)) => Err(unknown(call)),
        None => Ok(()),
    }
}

/// Looks up who daemons may become, tries whether each of them can enter, and has mod_wsgi's calls go to
/// the functions below until `pconf` ends.
///
/// # Errors
/// Any of that fails.
pub(super) fn take_over(
    server: Server,
    state: &State,
    pconf: *mut sys::apr_pool_t,
) -> Result<(), Fault> {
    let Some(record) = server::record_of(c"mod_wsgi.c") else { return Ok(()) };
    if !are_wanted(state) {
        return Ok(());
    }
    let Some(ready) = state.ready.get() else { return Ok(()) };
    let circumstances = server::circumstances();
    let [users, groups] = &state.accounts;
    let accounts = Accounts::look_up(&state.wsgi, users, groups, &circumstances);
    let why = |error| WsgiFault::Account("*".to_owned(), error);
    let accounts = accounts.map_err(|error| of_module(why(error)))?;
    // post_config is called once with each state.
    let _ = state.taken.accounts.set(accounts);
    for daemons in &state.wsgi {
        let run_as = daemons.run_as(&circumstances)?;
        let uid = run_as.user.0;
        let enters = || guard(server.as_ptr(), Level::Alert, || enter_as(server, &run_as)) == GO_ON;
        match rehearsal::attempt(server, ready).and_then(|attempt| attempt.holds(enters)) {
            Ok(true) => {}
            Ok(false) => return Err(daemons.fault(WsgiFault::Refused(uid))),
            Err(error) => return Err(daemons.fault(WsgiFault::Untried(error))),
        }
    }
    redirect(state, record, pconf)
}

fn redirect(
    state: &State,
    record: *const c_void,
    pconf: *mut sys::apr_pool_t,
) -> Result<(), Fault> {
    let mut calls = state.taken.calls.lock().unwrap_or_else(PoisonError::into_inner);
    for (call, is_needed) in CALLS {
        // SAFETY: each function below has the type of the one whose name it has. The slots are put back
        // by the cleanup that is registered next, before mod_wsgi or this code is unloaded; hooks run
        // in one thread.
        match unsafe { platform::redirect(record, call, ours(call)) } {
            Ok(Presence::Present(redirected)) => calls.push(redirected),
            Ok(Presence::Absent) if !is_needed => {}
            Ok(Presence::Absent) => return Err(unknown(call)),
            Err(error) => return Err(of_module(WsgiFault::Untaken(error))),
        }
    }
    drop(calls);
    // SAFETY: `pconf` is the pool that post_config is called with. It ends, and this is called, before
    // the state does, and before any module is unloaded: both were registered before.
    unsafe {
        sys::apr_pool_cleanup_register(
            pconf,
            (&raw const state.taken).cast_mut().cast(),
            Some(give_back),
            Some(sys::apr_pool_cleanup_null),
        );
    }
    Ok(())
}

/// # Safety
/// The pool calls it, with what `redirect` registered.
unsafe extern "C" fn give_back(taken: *mut c_void) -> sys::apr_status_t {
    // SAFETY: `redirect` registered a part of the state, which is ended later by the same pool.
    let taken = unsafe { &*taken.cast::<Taken>() };
    taken.calls.lock().unwrap_or_else(PoisonError::into_inner).clear();
    0
}

fn unknown(call: &CStr) -> Fault {
    of_module(WsgiFault::Unknown(call.to_string_lossy().into_owned()))
}

/// A fault of mod_wsgi as it is.
pub(super) fn of_module(why: WsgiFault) -> Fault {
    Fault::of("LoadModule", "mod_wsgi", why)
}

/// The daemon becomes what it has asked for.
///
/// # Errors
/// It asked for nobody that is known, or cannot enter: it must end.
pub(super) fn enter(server: Option<Server>, asked: &Asked, user: UserId) -> Result<(), Fault> {
    let state = server.as_ref().and_then(Server::state);
    let (Some(server), Some(state)) = (server, state) else {
        return Err(of_module(WsgiFault::Passed));
    };
    let accounts = state.taken.accounts.get();
    let accounts = accounts.ok_or_else(|| of_module(WsgiFault::Passed))?;
    enter_as(server, &accounts.of(asked, user).map_err(of_module)?)
}

fn enter_as(server: Server, run_as: &RunAs) -> Result<(), Fault> {
    // A daemon has a domain of its own: nobody inside has to signal it, and it signals nobody.
    child::enter_as(server, |ready: &Ready| {
        let mut hardening = ready.run_as.hardening.clone();
        hardening.serves = false;
        RunAs { hardening, ..run_as.clone() }
    })
}
