//! Children that end before they could serve, one after the other. httpd forks them again and again, no request is
//! answered, and httpd itself says nothing about one that ends with a status.
//!
//! If several have ended soon after their start ([`child_record`](super::child_record)), the parent tries the start of one
//! child, module by module, and names the module in whose start the trial ended. The trial is a child like the others,
//! inside and without root, but it never serves. It is made while the server starts, once: later, a child that serves
//! could bring it about, as it can end the others.

use crate::config::Preflight;
use crate::httpd::hook_table;
use crate::httpd::pass::Pass;
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::lifecycle::child;
use crate::lifecycle::state::State;
use crate::messages::{ChildrenFault, Fault, PreflightFault, PreflightNotice, StartTrial};
use crate::platform::{Attempt, AttemptEnd, SingleThread};
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Time that the start of all modules may take in a trial.
const PATIENCE: Duration = Duration::from_secs(10);

/// The MPM has forked a child.
pub(crate) fn note_start(server: Server, pid: i32) {
    if let Some(state) = State::find(&server).filter(|state| state.ready.get().is_some()) {
        state.children.note_start(pid, Instant::now());
    }
}

/// The child has started all modules.
pub(crate) fn note_complete(server: Server) {
    if let Some(state) = State::find(&server) {
        state.children.note_complete();
    }
}

const ONLY_AT_START: &str = "it is made in the first minute only, and before a child has served";

/// A child of the MPM has ended. If it is one of many, finds out why.
///
/// # Errors
/// Returns an error if several in a row have ended before they could serve.
pub(crate) fn note_end(server: Server, pid: i32) -> Result<(), Fault> {
    let Some(state) = State::find(&server) else { return Ok(()) };
    if server::is_one_process() || server::is_stopping() || state.learning.get().is_some() {
        return Ok(());
    }
    match state.children.note_end(pid, Instant::now()) {
        None => Ok(()),
        Some(count) => {
            let trial = match state.children.is_start(Instant::now()) {
                true => try_start(server),
                false => StartTrial::Untried(ONLY_AT_START.to_owned()),
            };
            Err(describe(state, &trial, |trial| ChildrenFault::Ended { count, trial }))
        }
    }
}

/// Under `ChrootPreflight strict`, tries the start of one child before the server serves, if this is the configuration pass
/// `pass`.
///
/// # Errors
/// Returns an error if the child would end.
pub(crate) fn rehearse_start(server: Server, pass: Pass) -> Result<(), Fault> {
    let Some(state) = State::find(&server).filter(|state| state.ready.get().is_some()) else {
        return Ok(());
    };
    let mode = state.settings.preflight;
    let is_moment = state.pass == pass && state.learning.get().is_none();
    if mode != Preflight::Strict || !is_moment || server::is_one_process() {
        return Ok(());
    }
    match try_start(server) {
        StartTrial::Passed => Ok(()),
        trial @ StartTrial::Ended { .. } => Err(describe(state, &trial, ChildrenFault::Rehearsed)),
        // A restart takes down a server that serves; it is not refused for want of time.
        StartTrial::Untried(reason) if pass != Pass::Restart => {
            let cause = PreflightFault::Incomplete(reason);
            Err(Fault::for_directive("ChrootPreflight", mode.word(), cause))
        }
        StartTrial::Untried(_) => {
            server.log(&PreflightNotice::Unfinished.about(mode.word()));
            Ok(())
        }
    }
}

/// The fault, about the module in whose start the trial ended, or about the jail.
fn describe(
    state: &State,
    trial: &StartTrial,
    fault: impl FnOnce(StartTrial) -> ChildrenFault,
) -> Fault {
    if let StartTrial::Ended { module: Some(module), .. } = trial {
        return Fault::for_directive("LoadModule", module.clone(), fault(trial.clone()));
    }
    let jail = state.settings.jail.as_ref().map(|setting| setting.jail.as_path());
    Fault::new(jail.unwrap_or_else(|| std::path::Path::new("")), fault(trial.clone()))
}

/// Modules whose start in a child is not tried. The threads of mod_watchdog do work that only one child may do, and
/// hold a lock of all children for it.
const NOT_TRIED: [&str; 2] = ["mod_watchdog", "mod_chroot"];

/// Starts one child that ends at once, module by module.
fn try_start(server: Server) -> StartTrial {
    let start = |out: &mut dyn Write| {
        child::enter_to_serve(server).map_err(|fault| io::Error::other(fault.to_string()))?;
        for (hook, module) in hook_table::list_child_hooks() {
            if !NOT_TRIED.contains(&module.as_str()) {
                out.write_all(format!("{module}\n").as_bytes())?;
                hook.call(server);
            }
        }
        Ok(())
    };
    let attempt = |alone| Attempt::new(alone, PATIENCE).keep_everything().run_to_exit(start);
    match SingleThread::check().and_then(attempt) {
        Err(error) => StartTrial::Untried(error.to_string()),
        Ok((reported, exit)) => match reported.end {
            AttemptEnd::Done => StartTrial::Passed,
            AttemptEnd::Failed => {
                StartTrial::Ended { module: read_last_line(&reported.bytes), exit }
            }
            end => StartTrial::Untried(end.to_error().to_string()),
        },
    }
}

/// The module whose start was begun last.
fn read_last_line(report: &[u8]) -> Option<String> {
    String::from_utf8_lossy(report).lines().last().map(str::to_owned)
}
