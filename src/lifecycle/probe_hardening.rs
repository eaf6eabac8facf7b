//! What is said and tried about the children while the parent makes ready: the hooks call it, and
//! decide nothing of it themselves.

use crate::config::{Check, Directive, Settings};
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::jail::harden::Hardening;
use crate::jail::run_as::RunAs;
use crate::jail::walk::{OpenedPath, on_host};
use crate::jail::{CheckedJail, judge, outside_processes, preconditions};
use crate::lifecycle::state::State;
use crate::lifecycle::wsgi;
use crate::messages::escape;
use crate::messages::{Advice, Complaint, Fault, HardenFault, Notice};
use crate::platform;
use crate::platform::{SingleThread, Support, UserId};
use std::collections::BTreeSet;
use std::os::fd::AsFd;

/// Says what others than root could change on the way to the jail, where that is not refused.
pub(crate) fn tell_complaints(jail: &CheckedJail) {
    let Some(server) = Server::main() else { return };
    for complaint in jail.complaints() {
        let notice = Notice::Advice(Advice::Unsafe(complaint.clone()));
        server.log(&notice.about(jail.written().as_path()));
    }
}

/// Tries what can be taken from the children, and says what will be.
pub(crate) fn make_ready(
    server: Server,
    state: &State,
    jail: &CheckedJail,
    run_as: &RunAs,
) -> Result<Hardening, Fault> {
    let (settings, accounts) = (&state.settings, wsgi::accounts(state, run_as)?);
    let hardening = tried(settings, jail)?;
    let written = jail.written().as_path();
    let tell = |advice| server.log(&Notice::Advice(advice).about(written));
    tell(hardening.notice());
    let directory = directory_of(jail)?;
    for complaint in writable(settings, jail, &directory, &accounts) {
        tell(Advice::Unsafe(complaint));
    }
    for notice in advice(&directory) {
        tell(notice);
    }
    let users: BTreeSet<_> = accounts.iter().map(|account| account.user).collect();
    let notices = users.into_iter().filter_map(|user| neighbours(jail, user, &hardening));
    notices.for_each(tell);
    Ok(hardening)
}

/// Tries what can be taken from the children that will enter `jail`.
///
/// # Errors
/// It cannot be tried; with `full`, something is not to be had.
pub(crate) fn tried(settings: &Settings, jail: &CheckedJail) -> Result<Hardening, Fault> {
    let plan = preconditions::plan(settings.harden, &server::circumstances(), server::is_loaded);
    let alone = SingleThread::check().map_err(HardenFault::Untried);
    alone.and_then(|alone| plan.tried(alone, jail.entrance())).map_err(|why| {
        let fault = Fault::of("ChrootHarden", settings.harden.word(), why);
        match settings.place(Directive::Harden) {
            Some(place) => fault.at(place),
            None => fault,
        }
    })
}

/// What others than root could change of `jail` and on the way to it, where that is not refused.
///
/// # Errors
/// The jail has gone meanwhile.
pub(crate) fn complaints(
    settings: &Settings,
    jail: &CheckedJail,
    accounts: &[RunAs],
) -> Result<Vec<String>, Fault> {
    let all = jail.complaints().iter().cloned();
    let all = all.chain(writable(settings, jail, &directory_of(jail)?, accounts));
    let message =
        |complaint| Notice::Advice(Advice::Unsafe(complaint)).about(jail.written().as_path());
    Ok(all.map(|complaint| message(complaint).to_string()).collect())
}

/// The children may enter by way of a view; what is advised is about the directory itself.
fn directory_of(jail: &CheckedJail) -> Result<OpenedPath, Fault> {
    on_host(jail.at()).map_err(|why| Fault::new(jail.written().as_path(), why))
}

/// Under `strict`, a jail that the children can write has been refused before.
fn writable(
    settings: &Settings,
    jail: &CheckedJail,
    directory: &OpenedPath,
    accounts: &[RunAs],
) -> Vec<Complaint> {
    if settings.check != Check::Warn {
        return Vec::new();
    }
    let writers = accounts.iter().filter(|account| writes(directory, account));
    let users: BTreeSet<_> = writers.map(|account| account.user.0).collect();
    users.into_iter().map(|user| Complaint::RunAs(jail.at().to_owned(), user)).collect()
}

fn writes(jail: &OpenedPath, run_as: &RunAs) -> bool {
    let list = match platform::read_acl_writers(jail.file.as_fd()) {
        Ok(Support::Available(list)) => list,
        _ => Vec::new(),
    };
    judge::can_write(jail.facts, &list, run_as)
}

fn advice(jail: &OpenedPath) -> Vec<Advice> {
    let mut notices = Vec::new();
    if let Ok(flags) = platform::read_mount_flags(jail.file.as_fd()) {
        let is_tight = flags.nosuid && flags.nodev != Support::Available(false);
        if !is_tight && !flags.read_only {
            notices.push(Advice::Mounted(flags));
        }
    }
    if matches!(platform::can_chroot_with_open_directories(), Ok(Support::Available(true))) {
        notices.push(Advice::DirectoriesTolerated);
    }
    notices
}

/// As many are named.
const NAMED: usize = 5;

fn neighbours(jail: &CheckedJail, user: UserId, hardening: &Hardening) -> Option<Advice> {
    match outside_processes::outside(jail.expected_root().root, user, std::process::id()) {
        Ok(Support::Available(strangers)) if strangers.is_empty() => None,
        Ok(Support::Available(strangers)) => {
            let more = strangers.len().saturating_sub(NAMED);
            let named = strangers.iter().take(NAMED);
            let named =
                named.map(|process| format!("{} (pid {})", escape::of(&process.name), process.pid));
            Some(Advice::Neighbours {
                uid: user.0,
                who: named.chain((more > 0).then(|| format!("{more} more"))).collect(),
                within_reach: !hardening.keeps_tracing_in(),
            })
        }
        Ok(Support::Unsupported) => None,
        Err(error) => Some(Advice::NeighboursUnknown {
            error: error.to_string(),
            within_reach: !hardening.keeps_tracing_in(),
        }),
    }
}
