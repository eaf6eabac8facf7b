//! Verdict on the failures of a trial: whether the jail is the cause, and the remedy.

use crate::config::ProvideItem;
use crate::messages::{Failure, PreflightFault, PreflightFinding};
use crate::preflight::host_names::look_up_names;
use crate::preflight::remedy::{Fix, choose_fix};
use crate::preflight::requirement::{Basis, KnownIssue, Requirement, Resource};
use crate::preflight::verdict_input::VerdictInput;
use crate::preflight::wire::{FailedRequirement, TrialEvent, read_events};
use crate::view::HostPathMode;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Limit of the items that the fix of one message names.
const MOST_NAMED: usize = 4;

/// Fix in place of a long list of items.
const ALL_LINES: &str = "add the lines that \"httpd -t -D CHROOT_ADVISE\" prints";

/// A failure for which the jail is the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JudgedFailure {
    /// The message about it.
    pub finding: PreflightFinding,
    /// Items of `ChrootProvide` that its fix names.
    pub items: Vec<ProvideItem>,
    /// The evidence.
    pub basis: Basis,
}

impl JudgedFailure {
    /// Whether both are about the same file, in the name of the same directive.
    pub(crate) fn has_same_subject(&self, other: &Self) -> bool {
        let (one, other) = (&self.finding, &other.finding);
        (&one.directive, &one.value, &one.subject)
            == (&other.directive, &other.value, &other.subject)
    }

    /// Whether the reason is the same, too.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.has_same_subject(other) && self.finding.failure_kind == other.finding.failure_kind
    }

    /// Counts another one of the same kind. A fix names all items, if they are few.
    fn join(&mut self, other: &Self) {
        self.finding.more += 1;
        let is_new = |item: &&ProvideItem| !self.items.contains(item);
        let new: Vec<_> = other.items.iter().filter(is_new).cloned().collect();
        if new.is_empty() || self.items.is_empty() {
            return;
        }
        self.items.extend(new);
        self.finding.remedy = match self.items.len() {
            0..=MOST_NAMED => Fix::provide(self.items.clone()).text,
            _ => ALL_LINES.to_owned(),
        };
    }

    /// Gives it another fix, without items.
    pub(crate) fn set_fix(&mut self, text: String) {
        self.finding.remedy = text;
        self.items = Vec::new();
    }
}

/// Failures in the report of a trial, and requirements that were being tried when the time was up.
///
/// # Errors
/// Returns an error if the trial process did not enter.
pub(crate) fn collect_failures(report: &[u8]) -> Result<Vec<FailedRequirement>, PreflightFault> {
    let mut failed = Vec::new();
    let mut trying = BTreeSet::new();
    let mut all = read_events(report).into_iter();
    match all.next() {
        Some(TrialEvent::Entered) => {}
        Some(TrialEvent::Refused(cause)) => return Err(PreflightFault::Refused(cause)),
        _ => {
            let ended = io::Error::other("a process that was to enter ended");
            return Err(PreflightFault::Untried(ended));
        }
    }
    for event in all {
        match event {
            TrialEvent::Entered | TrialEvent::Refused(_) | TrialEvent::Cut => {}
            TrialEvent::Trying(requirement) => drop(trying.insert(requirement)),
            TrialEvent::Holds(requirement) => drop(trying.remove(&requirement)),
            TrialEvent::Failed(failure) => {
                trying.remove(&failure.requirement);
                failed.push(failure);
            }
        }
    }
    let unresolved = |requirement| FailedRequirement {
        requirement,
        subject: PathBuf::new(),
        failure: Failure::Unresolved,
    };
    failed.extend(trying.into_iter().map(unresolved));
    Ok(failed)
}

/// Whether something was left out of a trial because the time was up.
pub(crate) fn is_cut(report: &[u8]) -> bool {
    read_events(report).contains(&TrialEvent::Cut)
}

/// Whether a host name is among the failures.
pub(crate) fn has_host_names(requirements: &[Requirement], failed: &[FailedRequirement]) -> bool {
    let is_host = |failed: &FailedRequirement| {
        requirements
            .get(failed.requirement)
            .is_some_and(|requirement| matches!(requirement.resource, Resource::Host(_)))
    };
    failed.iter().any(is_host)
}

/// Looks up outside the host names that are unknown inside, in a process of its own.
///
/// # Errors
/// Returns an error if the reader is gone.
pub(crate) fn look_up_outside(
    requirements: &[Requirement],
    failed: &[FailedRequirement],
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = |failed: &FailedRequirement| match &requirements.get(failed.requirement)?.resource {
        Resource::Host(name) if failed.failure == Failure::Unresolved => {
            Some((failed.requirement, name.clone()))
        }
        _ => None,
    };
    look_up_names(failed.iter().filter_map(name).collect(), false, out)
}

/// Requirements that hold according to the report.
pub(crate) fn list_known_names(report: &[u8]) -> BTreeSet<usize> {
    let holds = |event| match event {
        TrialEvent::Holds(requirement) => Some(requirement),
        _ => None,
    };
    read_events(report).into_iter().filter_map(holds).collect()
}

/// Judges failed requirements.
pub(crate) fn judge_failures(
    requirements: &[Requirement],
    failed: Vec<FailedRequirement>,
    input: &VerdictInput<'_>,
) -> Vec<JudgedFailure> {
    // A link of an access control file is reported as that.
    let is_access_file =
        |failed: &&FailedRequirement| matches!(failed.failure, Failure::DeadLink(_));
    let dead: BTreeSet<_> =
        failed.iter().filter(is_access_file).map(|failed| failed.subject.clone()).collect();
    let is_twice = |failed: &FailedRequirement| {
        matches!(failed.failure, Failure::LeadsOut(_)) && dead.contains(&failed.subject)
    };
    failed
        .into_iter()
        .filter(|failed| !is_twice(failed))
        .filter_map(|failed| judge_failure(requirements.get(failed.requirement)?, failed, input))
        .collect()
}

/// Findings about failures and known issues; those with the same fix are one.
pub(crate) fn build_findings(
    failures: &[JudgedFailure],
    known: &[KnownIssue],
) -> Vec<PreflightFinding> {
    let evident = failures.iter().filter(|failure| failure.basis != Basis::Likely);
    let mut all: Vec<JudgedFailure> = Vec::new();
    for one in evident {
        match all.iter_mut().find(|other| has_same_fix(&other.finding, &one.finding)) {
            Some(other) => other.join(one),
            None => all.push(one.clone()),
        }
    }
    let known = known.iter().map(|known| PreflightFinding {
        directive: known.directive.clone(),
        value: known.value.clone(),
        place: known.place.clone(),
        breaks: known.breaks,
        refuses: false,
        subject: None,
        failure_kind: Failure::Known(known.kind),
        remedy: String::new(),
        more: 0,
    });
    all.into_iter().map(|judged| judged.finding).chain(known).collect()
}

/// Whether both findings are about one directive, and have the same fix.
fn has_same_fix(one: &PreflightFinding, other: &PreflightFinding) -> bool {
    let is_alike = |one: &Failure, other: &Failure| match (one, other) {
        (Failure::LeadsOut(_), Failure::LeadsOut(_)) => true,
        (one, other) => one == other,
    };
    one.directive == other.directive
        && one.value == other.value
        && is_alike(&one.failure_kind, &other.failure_kind)
        && (one.remedy == other.remedy || matches!(one.failure_kind, Failure::Libraries { .. }))
        && !matches!(one.failure_kind, Failure::Known(_))
}

/// Finding about a failure; `None` if it would fail outside as well and may.
fn judge_failure(
    requirement: &Requirement,
    failed: FailedRequirement,
    input: &VerdictInput<'_>,
) -> Option<JudgedFailure> {
    let FailedRequirement { requirement: index, subject, failure } = failed;
    let is_missing =
        matches!(failure, Failure::Missing | Failure::LeadsOut(_) | Failure::Mentioned(_));
    let nowhere = is_missing && !exists_on_host(requirement, &subject, input);
    let subject = match &requirement.resource {
        // The name that the host has, out of several.
        Resource::AnyFile(paths) => {
            paths.iter().find(|it| input.programs.exists(it)).cloned().unwrap_or(subject)
        }
        _ => subject,
    };
    if nowhere && requirement.optional {
        return None;
    }
    // Inside paths say nothing about the host; a default of a module is no inside path.
    let gone = nowhere && (input.mode != HostPathMode::Off || requirement.place.is_none());
    if failure == Failure::Unresolved && !input.known_outside.contains(&index) {
        return None;
    }
    let Fix { text: remedy, items } = if gone {
        "the host does not have it either: make it, or correct the path".into()
    } else {
        choose_fix(requirement, &subject, &failure, input)
    };
    let differs = !subject.as_os_str().is_empty() && subject != Path::new(&requirement.value);
    let finding = PreflightFinding {
        directive: requirement.directive.clone(),
        value: requirement.value.clone(),
        place: requirement.place.clone(),
        breaks: requirement.breaks,
        refuses: requirement.refuses && is_lacking(&failure) && !nowhere,
        subject: differs.then_some(subject),
        failure_kind: failure,
        remedy,
        more: 0,
    };
    let is_mention = matches!(finding.failure_kind, Failure::Mentioned(_));
    let basis = if is_mention { Basis::Likely } else { requirement.basis };
    Some(JudgedFailure { finding, items, basis })
}

/// Whether children lack what a decision needs: the file, a part of the program, or the list of users.
fn is_lacking(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Missing | Failure::Interpreter(_) | Failure::Libraries { .. } | Failure::Users
    )
}

fn exists_on_host(requirement: &Requirement, subject: &Path, input: &VerdictInput<'_>) -> bool {
    match &requirement.resource {
        Resource::AnyFile(paths) => paths.iter().any(|path| input.programs.exists(path)),
        _ => input.programs.exists(subject),
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
