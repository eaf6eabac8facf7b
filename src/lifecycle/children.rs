//! Children that end before they could serve, one after the other. httpd forks them again and again, no request is
//! answered, and httpd itself says nothing about one that ends with a status.
//!
//! Each child that has started all modules counts a shared number up, which every child can write: it decides about a
//! message, and about nothing else. The parent compares: if several have ended soon
//! after their start, and none has counted, it tries the start of one child, module by module, and names the module in
//! whose start the trial ended. The trial is a child like the others, inside and without root, but it never serves. It is
//! made while the server starts, once: later, a child that serves could bring it about, as it can end the others.

use crate::config::Preflight;
use crate::httpd::hook_table;
use crate::httpd::pass::Pass;
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::lifecycle::child;
use crate::lifecycle::state::State;
use crate::messages::{ChildrenFault, Fault, PreflightFault, PreflightNotice, StartTrial};
use crate::platform::{Attempt, AttemptEnd, SharedCounter, SingleThread};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time after its start in which a child that ends has ended at once.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Number of children in a row that is no accident.
const TOO_MANY: usize = 4;

/// Time after the start of the first child in which the start of one may be tried.
const AT_START: Duration = Duration::from_secs(60);

/// Time that the start of all modules may take in a trial.
const PATIENCE: Duration = Duration::from_secs(10);

/// Children of one configuration pass.
#[derive(Debug, Default)]
pub(crate) struct Children {
    /// Number of children that have started all modules; `None` if there is no memory for it.
    complete: Option<SharedCounter>,
    record: Mutex<ChildRecord>,
}

/// Knowledge of the parent about them.
#[derive(Debug, Default)]
struct ChildRecord {
    /// Those that live, with the time of their start.
    started: BTreeMap<i32, Instant>,
    /// The start of the first one.
    first: Option<Instant>,
    /// The shared number when it was read last.
    complete: u64,
    /// Those of them whose end has not been noted.
    unended: u64,
    /// Whether the shared number was ever seen above 0: a child may set it back.
    has_counted: bool,
    /// Number of children in a row that have ended at once.
    in_a_row: usize,
    /// Whether the message was logged.
    is_reported: bool,
}

impl Children {
    /// A record for children that will be forked.
    pub(crate) fn new() -> Self {
        Self { complete: SharedCounter::new().ok(), ..Self::default() }
    }

    /// Notes the end of a child. Returns the number of those in a row, once, when it is no accident any more.
    fn note_end(&self, pid: i32, now: Instant) -> Option<usize> {
        let complete = self.complete.as_ref()?.read();
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let started = record.started.remove(&pid)?;
        // Several may have started all modules since the last end: as many ends are none of those that are counted.
        record.unended = record.unended.saturating_add(complete.saturating_sub(record.complete));
        record.complete = complete;
        record.has_counted |= complete > 0;
        if record.unended > 0 {
            record.unended -= 1;
            record.in_a_row = 0;
            return None;
        }
        if now.saturating_duration_since(started) > AT_ONCE {
            return None;
        }
        record.in_a_row += 1;
        if record.in_a_row < TOO_MANY || record.is_reported {
            return None;
        }
        record.is_reported = true;
        Some(record.in_a_row)
    }

    fn note_start(&self, pid: i32, now: Instant) {
        let complete = self.complete.as_ref().map_or(0, SharedCounter::read);
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.has_counted |= complete > 0;
        record.started.insert(pid, now);
        record.first.get_or_insert(now);
    }

    /// Whether the server has just started, and none has started all modules yet.
    fn is_start(&self, now: Instant) -> bool {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let since = |first| now.saturating_duration_since(first);
        !record.has_counted && record.first.is_some_and(|first| since(first) <= AT_START)
    }
}

/// The MPM has forked a child.
pub(crate) fn note_start(server: Server, pid: i32) {
    if let Some(state) = State::find(&server).filter(|state| state.ready.get().is_some()) {
        state.children.note_start(pid, Instant::now());
    }
}

/// The child has started all modules.
pub(crate) fn note_complete(server: Server) {
    let complete = State::find(&server).and_then(|state| state.children.complete.as_ref());
    complete.into_iter().for_each(SharedCounter::add_one);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of children in a row that were reported, of children that end after so many seconds.
    fn report(children: &Children, seconds: &[u64], completes: bool) -> Vec<usize> {
        let now = Instant::now();
        let end = |(pid, lived): (usize, &u64)| {
            let pid = i32::try_from(pid).unwrap();
            children.note_start(pid, now);
            if completes {
                children.complete.as_ref().unwrap().add_one();
            }
            children.note_end(pid, now + Duration::from_secs(*lived))
        };
        seconds.iter().enumerate().filter_map(end).collect()
    }

    /// A child can write any number there.
    #[test]
    fn a_number_that_was_set_back_makes_no_start() {
        let children = Children::new();
        let now = Instant::now();
        children.note_start(1, now);
        assert!(children.is_start(now));
        children.complete.as_ref().unwrap().add_one();
        children.note_start(2, now);
        children.complete.as_ref().unwrap().set(0);
        children.note_end(1, now);
        assert!(!children.is_start(now));
        for number in [u64::MAX, 0, u64::MAX] {
            children.complete.as_ref().unwrap().set(number);
            children.note_start(3, now);
            children.note_end(3, now);
        }
    }

    #[test]
    fn four_children_in_a_row_that_end_at_once_are_reported_once() {
        let children = Children::new();
        assert_eq!(report(&children, &[0, 1, 0], false), Vec::<usize>::new());
        assert_eq!(report(&children, &[2, 0, 0, 0, 0], false), [4]);
    }

    #[test]
    fn children_that_have_started_all_modules_are_not_counted() {
        let children = Children::new();
        assert_eq!(report(&children, &[0; 20], true), Vec::<usize>::new());
        assert_eq!(report(&children, &[0; 3], false), Vec::<usize>::new());
        assert_eq!(report(&children, &[0], true), Vec::<usize>::new());
        assert_eq!(report(&children, &[0; 3], false), Vec::<usize>::new());
    }

    #[test]
    fn a_start_is_tried_only_while_the_server_starts_and_before_a_child_has_served() {
        let (children, now) = (Children::new(), Instant::now());
        assert!(!children.is_start(now), "no child yet");
        report(&children, &[0; 4], false);
        assert!(children.is_start(now));
        assert!(!children.is_start(now + AT_START + AT_ONCE));
        report(&children, &[0], true);
        report(&children, &[0; 4], false);
        assert!(!children.is_start(now), "one has served");
    }

    #[test]
    fn children_that_have_started_all_modules_and_end_together_are_not_counted() {
        let (children, now) = (Children::new(), Instant::now());
        (0..8).for_each(|pid| children.note_start(pid, now));
        (0..8).for_each(|_| children.complete.as_ref().unwrap().add_one());
        assert!((0..8).all(|pid| children.note_end(pid, now).is_none()));
    }

    #[test]
    fn children_that_have_lived_are_not_counted() {
        assert_eq!(report(&Children::new(), &[60; 20], false), Vec::<usize>::new());
    }

    #[test]
    fn children_of_another_generation_are_not_counted() {
        let children = Children::new();
        let now = Instant::now();
        assert!((0..20).all(|pid| children.note_end(pid, now).is_none()));
    }
}
