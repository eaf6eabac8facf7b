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

use crate::daemons::wsgi::{Accounts, DaemonGroup, RequestedAccount};
use crate::httpd::guard::{GO_ON, guard};
use crate::httpd::log::Level;
use crate::httpd::pool::Pool;
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::httpd::wsgi_calls::{self, CALLS};
use crate::jail::account_lookup::AccountLookup;
use crate::jail::run_as::RunAs;
use crate::lifecycle::state::{PreparedJail, State};
use crate::lifecycle::{child, rehearse_entry};
use crate::messages::{Fault, WsgiFault};
use crate::platform;
use crate::platform::UserId;
use crate::provide::{Sockets, SocketsBy};
use std::path::PathBuf;

/// Whether there are daemons to be taken in.
fn are_wanted(state: &State) -> bool {
    !state.wsgi.is_empty() && !state.settings.allow_outside.allows("mod_wsgi")
}

/// The names of the sockets that mod_wsgi will bind: its own format, with the parent's number, the
/// generation of children or the daemon's user, and the number of the daemon.
pub(crate) fn sockets(state: &State, lookup: &AccountLookup) -> Vec<PathBuf> {
    let by_prefix = |it: &Sockets| match &it.by {
        SocketsBy::Wsgi(prefix) => Some(prefix.clone()),
        _ => None,
    };
    let Some(prefix) = state.configured.sockets.iter().find_map(by_prefix) else {
        return Vec::new();
    };
    let info = server::info();
    let second = |daemons: &DaemonGroup| match daemons.run_as(&info, lookup) {
        Ok(run_as) if !state.wsgi_rotates => format!("u{}", run_as.user.0),
        _ => server::generation().to_string(),
    };
    let name = |(number, daemons): (usize, &DaemonGroup)| {
        let mut name = prefix.as_os_str().to_owned();
        name.push(format!(".{}.{}.{number}.sock", std::process::id(), second(daemons)));
        PathBuf::from(name)
    };
    (1..).zip(&state.wsgi).map(name).collect()
}

/// The account of the children, and those of daemons that enter the jail, each once.
///
/// # Errors
/// Returns an error if an account of a daemon cannot be looked up.
pub(crate) fn accounts(
    state: &State,
    children: &RunAs,
    lookup: &AccountLookup,
) -> Result<Vec<RunAs>, Fault> {
    let mut accounts = vec![children.clone()];
    if are_wanted(state) {
        let info = server::info();
        for daemons in &state.wsgi {
            let account = daemons.run_as(&info, lookup)?;
            let is_known = |known: &RunAs| {
                (known.user, known.group, &known.groups)
                    == (account.user, account.group, &account.groups)
            };
            if !accounts.iter().any(is_known) {
                accounts.push(account);
            }
        }
    }
    Ok(accounts)
}

/// Whether mod_wsgi is one whose calls can be redirected.
///
/// # Errors
/// Returns an error if there are daemons, and it is not.
pub(crate) fn check(state: &State) -> Result<(), Fault> {
    let Some(record) = server::record_of(c"mod_wsgi.c") else { return Ok(()) };
    if !are_wanted(state) {
        return Ok(());
    }
    match CALLS.iter().find(|(call, is_needed)| *is_needed && !platform::has_import(record, call)) {
        Some((call, _)) => Err(wsgi_calls::unknown(call)),
        None => Ok(()),
    }
}

/// Looks up who daemons may become, tries whether each of them can enter, and has mod_wsgi's calls go to
/// the functions below until `pconf` ends.
///
/// # Errors
/// Returns an error if any of that fails.
pub(crate) fn take_over(
    server: Server,
    state: &State,
    jail: &PreparedJail,
    lookup: &AccountLookup,
    pconf: Pool,
) -> Result<(), Fault> {
    let Some(record) = server::record_of(c"mod_wsgi.c") else { return Ok(()) };
    if !are_wanted(state) {
        return Ok(());
    }
    let info = server::info();
    look_up_accounts(state, lookup)?;
    for daemons in &state.wsgi {
        let run_as = daemons.run_as(&info, lookup)?;
        let uid = run_as.user.0;
        let enters = || guard(server.as_ptr(), Level::Alert, || enter_as(server, &run_as)) == GO_ON;
        match rehearse_entry::attempt(server, jail).and_then(|attempt| attempt.check_rule(enters)) {
            Ok(true) => {}
            Ok(false) => return Err(daemons.fault(WsgiFault::Refused(uid))),
            Err(error) => return Err(daemons.fault(WsgiFault::Untried(error))),
        }
    }
    wsgi_calls::redirect(record, pconf, enter)
}

/// Looks up who daemons may become.
fn look_up_accounts(state: &State, lookup: &AccountLookup) -> Result<(), Fault> {
    let [users, groups] = &state.account_words;
    let accounts = Accounts::look_up(&state.wsgi, users, groups, &server::info(), lookup);
    let cause = |error| WsgiFault::Account("*".to_owned(), error);
    let accounts = accounts.map_err(|error| cause(error).for_module())?;
    // post_config is called once with each state.
    let _ = state.daemon_accounts.set(accounts);
    Ok(())
}

/// The same for daemons that stay outside, and are watched there.
///
/// # Errors
/// Returns an error if an account of theirs cannot be looked up, or mod_wsgi's calls cannot be redirected.
pub(crate) fn redirect_unjailed(
    state: &State,
    lookup: &AccountLookup,
    pconf: Pool,
) -> Result<(), Fault> {
    let Some(record) = server::record_of(c"mod_wsgi.c").filter(|_| are_wanted(state)) else {
        return Ok(());
    };
    look_up_accounts(state, lookup)?;
    wsgi_calls::redirect(record, pconf, enter)
}

/// The daemon becomes what it has asked for.
///
/// # Errors
/// Returns an error if it asked for no known account, or cannot enter: it must end.
fn enter(server: Option<Server>, asked: &RequestedAccount, user: UserId) -> Result<(), Fault> {
    let state = server.as_ref().and_then(State::find);
    let (Some(server), Some(state)) = (server, state) else {
        return Err(WsgiFault::Passed.for_module());
    };
    let accounts = state.daemon_accounts.get();
    let accounts = accounts.ok_or_else(|| WsgiFault::Passed.for_module())?;
    enter_as(server, &accounts.find_account(asked, user).map_err(WsgiFault::for_module)?)
}

fn enter_as(server: Server, run_as: &RunAs) -> Result<(), Fault> {
    // A daemon has a domain of its own: nobody inside has to signal it, and it signals nobody.
    child::enter_as(server, |children: &RunAs| {
        let mut hardening = children.hardening.clone();
        hardening.serves = false;
        RunAs { hardening, ..run_as.clone() }
    })
}
