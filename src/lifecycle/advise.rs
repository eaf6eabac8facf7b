//! Advice of a configtest: lines of `ChrootProvide` are tried in further rehearsals, until nothing changes.

use crate::config::{Provide, ProvideItem};
use crate::httpd::server::Server;
use crate::lifecycle::run_preflight::{Judgement, log_findings};
use crate::lifecycle::state::State;
use crate::messages::{Fault, PreflightFinding, Remark, RemarkKind};
use crate::preflight;
use crate::preflight::{AdvisedLines, Basis, JudgedFailure};
use std::io::Write;
use std::time::{Duration, Instant};

/// Time in which further rehearsals may begin: each has a limit of its own.
const PATIENCE: Duration = Duration::from_secs(20);

/// Result of a further rehearsal.
pub(crate) struct Rehearsed {
    /// Failures that are left.
    pub failures: Vec<JudgedFailure>,
    /// Remarks about the paths that were provided.
    pub remarks: Vec<Remark>,
}

/// Tries the lines that the failures of a rehearsal suggest, logs the failures, and keeps the lines for the end of the
/// configtest. Returns the messages.
///
/// # Errors
/// Returns an error under `ChrootPreflight strict` if requests would fail.
pub(crate) fn log_advice(
    server: Server,
    state: &State,
    judgement: Judgement,
    rehearse: impl Fn(&Provide) -> Result<Rehearsed, Fault>,
) -> Result<Vec<String>, Fault> {
    let Judgement { mut failures, known, count } = judgement;
    let mut try_items = |items: &[ProvideItem]| {
        let rehearsed = rehearse(&extend(state, items)?).ok()?;
        let is_bad = |remark: &Remark| {
            items.iter().any(|item| item.to_string() == remark.word) && !is_harmless(remark)
        };
        (!rehearsed.remarks.iter().any(is_bad)).then_some(rehearsed.failures)
    };
    let begin = Instant::now();
    let advice = preflight::find_advice(&failures, &mut try_items, &|| begin.elapsed() < PATIENCE);
    failures.iter_mut().for_each(|failure| withdraw_useless(failure, &advice));
    let mut found = preflight::build_findings(&failures, &known);
    found.extend(preflight::build_findings(&advice.later, &[]).into_iter().map(soften));
    let only_advice = state.pass.prints_advice_only();
    let is_printed = advice.has_certain() || advice.is_cut || only_advice;
    let block = if is_printed { advice.format_block() } else { Vec::new() };
    let logged = match only_advice {
        true => Ok(Vec::new()),
        false => log_findings(server, state.settings.preflight, count, &found),
    };
    if logged.is_err() {
        // The configtest ends here.
        print_lines(&block);
    }
    // check_config is called once in each pass.
    let _ = state.advice.set(block);
    logged
}

/// Prints lines on the standard output. A reader that closed the pipe is no error of the configuration.
pub(crate) fn print_lines(lines: &[String]) {
    if !lines.is_empty() {
        let _ = writeln!(std::io::stdout(), "{}", lines.join("\n"));
    }
}

/// Whether a remark is no reason against a line: packages keep their part of httpd's configuration beside their own.
fn is_harmless(remark: &Remark) -> bool {
    matches!(&remark.kind, RemarkKind::Shown(own) if own.directive == "configuration")
}

/// `ChrootProvide` with further items, in the name of `ChrootDir`; `None` without a jail.
fn extend(state: &State, items: &[ProvideItem]) -> Option<Provide> {
    let place = &state.settings.jail.as_ref()?.place;
    let mut provide = state.settings.provide.clone();
    provide.requested.extend(items.iter().map(|item| (item.clone(), place.clone())));
    Some(provide)
}

/// Withdraws a fix that did not help.
fn withdraw_useless(failure: &mut JudgedFailure, advice: &AdvisedLines) {
    let is_left = advice.left.iter().any(|left| left.is_same(failure));
    let is_tried = failure.items.iter().all(|item| advice.has_item(item));
    let is_refused = !is_tried && !advice.is_cut;
    if is_left && !failure.items.is_empty() && is_refused && failure.basis != Basis::Likely {
        failure.set_fix("put it into the jail: no line of ChrootProvide makes it available".into());
    }
}

/// A finding about a line that is not written yet stops nothing.
fn soften(finding: PreflightFinding) -> PreflightFinding {
    PreflightFinding { breaks: false, ..finding }
}
