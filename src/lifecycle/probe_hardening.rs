//! Hardening as this system grants it, tried while the parent prepares, and what the log says about it.

use crate::config::{Directive, Settings};
use crate::httpd::pool::Pool;
use crate::httpd::server::Server;
use crate::httpd::{config_tree, server};
use crate::jail::harden::Hardening;
use crate::jail::run_as::RunAs;
use crate::jail::{CheckedJail, outside_processes, preconditions};
use crate::lifecycle::directory::DirectoryFindings;
use crate::messages::escape;
use crate::messages::{Advice, Fault, HardenFault, Notice};
use crate::platform::{SingleThread, Support, UserId};
use std::collections::BTreeSet;

/// Logs changes that others than root could make on the way to the jail, where they are not refused.
pub(crate) fn log_complaints(jail: &CheckedJail) {
    let Some(server) = Server::main() else { return };
    for complaint in jail.complaints() {
        let notice = Notice::Advice(Advice::Unsafe(complaint.clone()));
        server.log(&notice.about(jail.written().as_path()));
    }
}

/// Tries the restrictions of the children that will enter `jail`.
///
/// # Errors
/// Returns an error if they cannot be tried, or, with `full`, if one of them is not granted.
pub(crate) fn probe(
    settings: &Settings,
    jail: &CheckedJail,
    pool: Pool,
) -> Result<Hardening, Fault> {
    // A connection of mod_proxy then is bound to an address before it is made.
    let binds = !config_tree::foreign(&["ProxySourceAddress"], pool).is_empty();
    try_hardening(settings, jail, binds)
}

/// Tries the restrictions of processes that will enter `jail`; `binds`: they bind TCP ports.
///
/// # Errors
/// Returns an error if they cannot be tried, or, with `full`, if one of them is not granted.
pub(crate) fn try_hardening(
    settings: &Settings,
    jail: &CheckedJail,
    binds: bool,
) -> Result<Hardening, Fault> {
    let info = server::info();
    let plan = preconditions::plan_hardening(settings, binds, &info, server::is_loaded);
    let alone = SingleThread::check().map_err(HardenFault::Untried);
    alone.and_then(|alone| plan.tried(alone, jail.entrance())).map_err(|cause| {
        let (directive, value) = match cause {
            HardenFault::NoConnectRules(..) => (Directive::Connect, settings.connect.words()),
            _ => (Directive::Harden, settings.harden.word().to_owned()),
        };
        let fault = Fault::for_directive(directive.name(), value, cause);
        match settings.place(directive) {
            Some(place) => fault.with_place(place),
            None => fault,
        }
    })
}

/// Logs the restrictions of the children, and everything that weakens the jail.
pub(crate) fn log(
    server: Server,
    jail: &CheckedJail,
    accounts: &[RunAs],
    hardening: &Hardening,
    found: DirectoryFindings,
) {
    let written = jail.written().as_path();
    let log = |advice| server.log(&Notice::Advice(advice).about(written));
    log(hardening.notice());
    for complaint in found.writable {
        log(Advice::Unsafe(complaint));
    }
    for advice in found.advice {
        log(advice);
    }
    let users: BTreeSet<_> = accounts.iter().map(|account| account.user).collect();
    for user in users {
        find_processes_outside(jail, user, hardening).into_iter().for_each(log);
    }
}

/// Number of processes that the log names.
const NAMED: usize = 5;

/// Processes of the same user outside.
fn find_processes_outside(
    jail: &CheckedJail,
    user: UserId,
    hardening: &Hardening,
) -> Option<Advice> {
    match outside_processes::list_outside(jail.expected_root().root, user, std::process::id()) {
        Ok(Support::Available(strangers)) if strangers.is_empty() => None,
        Ok(Support::Available(strangers)) => {
            let more = strangers.len().saturating_sub(NAMED);
            let named = strangers.iter().take(NAMED);
            let named = named.map(|process| {
                format!("{} (pid {})", escape::escape_bytes(&process.name), process.pid)
            });
            Some(Advice::Neighbours {
                uid: user.0,
                processes: named.chain((more > 0).then(|| format!("{more} more"))).collect(),
                is_traceable: !hardening.keeps_tracing_in(),
            })
        }
        Ok(Support::Unsupported) => None,
        Err(error) => Some(Advice::NeighboursUnknown {
            error: error.to_string(),
            is_traceable: !hardening.keeps_tracing_in(),
        }),
    }
}
