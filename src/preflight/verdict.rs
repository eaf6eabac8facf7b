//! Failures inside, whether they are the fault of the jail, and the remedy.

use crate::config::{ProvideSet, exposes};
use crate::messages::{Failure, PreflightFault, PreflightFinding};
use crate::preflight::names::look_up;
use crate::preflight::requirement::{KnownIssue, Remedy, Requirement, Resource};
use crate::preflight::wire::{FailedRequirement, TrialEvent, read};
use crate::view::HostPathMode;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Circumstances by which claims are judged.
pub(crate) struct VerdictInput<'a> {
    /// How host paths stay true.
    pub way: HostPathMode,
    /// The user of the children.
    pub uid: u32,
    /// Whether the host has something at a path.
    pub exists: &'a dyn Fn(&Path) -> bool,
    /// Names of hosts that are known outside, by their claim.
    pub known_outside: &'a BTreeSet<usize>,
    /// Programs and libraries of the host.
    pub programs: &'a dyn Provider,
}

/// Programs and libraries of the host, as far as they may be provided.
pub(crate) trait Provider {
    /// The path by which `program:` brings a program, or one that is found by its name alone.
    ///
    /// # Errors
    /// The reason for which it would be refused, and the fix.
    fn program(&self, named: &Path) -> Result<PathBuf, String>;

    /// The paths that bring a loader, and libraries that it would load; `None` if it is not the loader of
    /// this system, or does not find them.
    fn libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>>;
}

/// The failures in the report of a trial, and the claims that were being tried when the time was up.
///
/// # Errors
/// The process that was to try was never inside.
pub(crate) fn failures(told: &[u8]) -> Result<Vec<FailedRequirement>, PreflightFault> {
    let mut failed = Vec::new();
    let mut trying = BTreeSet::new();
    let mut all = read(told).into_iter();
    match all.next() {
        Some(TrialEvent::Entered) => {}
        Some(TrialEvent::Refused(why)) => return Err(PreflightFault::Refused(why)),
        _ => {
            let ended = io::Error::other("a process that was to enter ended");
            return Err(PreflightFault::Untried(ended));
        }
    }
    for told in all {
        match told {
            TrialEvent::Entered | TrialEvent::Refused(_) => {}
            TrialEvent::Trying(claim) => drop(trying.insert(claim)),
            TrialEvent::Holds(claim) => drop(trying.remove(&claim)),
            TrialEvent::Failed(failure) => {
                trying.remove(&failure.claim);
                failed.push(failure);
            }
        }
    }
    let unresolved =
        |claim| FailedRequirement { claim, subject: PathBuf::new(), lack: Failure::Unresolved };
    failed.extend(trying.into_iter().map(unresolved));
    Ok(failed)
}

/// Whether names of hosts are among what failed.
pub(crate) fn has_names(claims: &[Requirement], failed: &[FailedRequirement]) -> bool {
    let is_host = |failed: &FailedRequirement| {
        claims.get(failed.claim).is_some_and(|claim| matches!(claim.need, Resource::Host(_)))
    };
    failed.iter().any(is_host)
}

/// Of the names that are unknown inside, looks up outside. In a process of its own.
///
/// # Errors
/// The reader is gone.
pub(crate) fn names_known_outside(
    claims: &[Requirement],
    failed: &[FailedRequirement],
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = |failed: &FailedRequirement| match &claims.get(failed.claim)?.need {
        Resource::Host(name) if failed.lack == Failure::Unresolved => {
            Some((failed.claim, name.clone()))
        }
        _ => None,
    };
    look_up(failed.iter().filter_map(name).collect(), false, out)
}

/// The claims that hold according to the report.
pub(crate) fn held(told: &[u8]) -> BTreeSet<usize> {
    let holds = |told| match told {
        TrialEvent::Holds(claim) => Some(claim),
        _ => None,
    };
    read(told).into_iter().filter_map(holds).collect()
}

/// Paths that the host is asked about, for advice about what failed.
pub(crate) fn paths_of(claims: &[Requirement], failed: &[FailedRequirement]) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = failed.iter().map(|failed| failed.subject.clone()).collect();
    for FailedRequirement { claim, lack, .. } in failed {
        paths.extend(match lack {
            Failure::Interpreter(path) | Failure::Libraries { loader: path, .. } => {
                Some(path.clone())
            }
            _ => None,
        });
        if let Some(Resource::AnyFile(any)) = claims.get(*claim).map(|claim| &claim.need) {
            paths.extend(any.iter().cloned());
        }
    }
    paths.retain(|path| path.is_absolute());
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// The messages about failed and known claims.
pub(crate) fn shortcomings(
    claims: &[Requirement],
    known: &[KnownIssue],
    failed: Vec<FailedRequirement>,
    by: &VerdictInput<'_>,
) -> Vec<PreflightFinding> {
    let tried =
        failed.into_iter().filter_map(|failed| judged(claims.get(failed.claim)?, failed, by));
    let known = known.iter().map(|known| PreflightFinding {
        directive: known.directive.clone(),
        value: known.value.clone(),
        place: known.place.clone(),
        breaks: known.breaks,
        subject: None,
        lack: Failure::Known(known.what),
        remedy: String::new(),
        more: 0,
    });
    let mut all: Vec<PreflightFinding> = Vec::new();
    for one in tried.chain(known) {
        match all.iter_mut().find(|other| is_alike(other, &one)) {
            Some(other) => other.more += 1,
            None => all.push(one),
        }
    }
    all
}

/// Whether one word would fix both, of one directive.
fn is_alike(one: &PreflightFinding, other: &PreflightFinding) -> bool {
    one.directive == other.directive
        && one.value == other.value
        && one.lack == other.lack
        && (one.remedy == other.remedy || matches!(one.lack, Failure::Libraries { .. }))
        && !matches!(one.lack, Failure::Known(_))
}

/// One failure, unless it would fail outside as well and nobody expects otherwise.
fn judged(
    claim: &Requirement,
    failed: FailedRequirement,
    by: &VerdictInput<'_>,
) -> Option<PreflightFinding> {
    let FailedRequirement { claim: index, subject, lack } = failed;
    let nowhere = lack == Failure::Missing && !exists(claim, &subject, by);
    let subject = match &claim.need {
        // Of several names, the one that the host has.
        Resource::AnyFile(paths) => {
            paths.iter().find(|it| (by.exists)(it)).cloned().unwrap_or(subject)
        }
        _ => subject,
    };
    if nowhere && claim.optional {
        return None;
    }
    // Inside paths say nothing about the host; what nobody has written is no such path.
    let gone = nowhere && (by.way != HostPathMode::Off || claim.place.is_none());
    if lack == Failure::Unresolved && !by.known_outside.contains(&index) {
        return None;
    }
    let remedy = if gone {
        "the host does not have it either: make it, or correct the path".to_owned()
    } else {
        remedy(claim, &subject, &lack, by)
    };
    let differs = !subject.as_os_str().is_empty() && subject != Path::new(&claim.value);
    Some(PreflightFinding {
        directive: claim.directive.clone(),
        value: claim.value.clone(),
        place: claim.place.clone(),
        breaks: claim.breaks,
        subject: differs.then_some(subject),
        lack,
        remedy,
        more: 0,
    })
}

fn exists(claim: &Requirement, subject: &Path, by: &VerdictInput<'_>) -> bool {
    match &claim.need {
        Resource::AnyFile(paths) => paths.iter().any(|path| (by.exists)(path)),
        _ => (by.exists)(subject),
    }
}

fn remedy(claim: &Requirement, subject: &Path, lack: &Failure, by: &VerdictInput<'_>) -> String {
    let set = |set: ProvideSet| format!("write \"ChrootProvide {}\"", set.word());
    let in_jail = || "put it into the jail, or use ChrootFixRoot view".to_owned();
    match (lack, &claim.remedy) {
        (Failure::Kind(_), _) => "correct the path".to_owned(),
        (Failure::Denied(_), _) => format!("let uid {} use it", by.uid),
        (Failure::Unwritable(error), _)
            if error.kind() != Some(io::ErrorKind::ReadOnlyFilesystem) =>
        {
            format!("let uid {} write to it", by.uid)
        }
        (Failure::Interpreter(interpreter), _) => program(interpreter, by),
        (Failure::Libraries { loader, names }, _) => libraries(subject, loader, names, by),
        (Failure::Users, _) => set(ProvideSet::Users),
        (Failure::Unresolved, _) => set(ProvideSet::Dns),
        (_, Remedy::Words(words)) => words.clone(),
        (Failure::Unwritable(_), _) => provide("rw:", &[subject]),
        (_, Remedy::Writable(_)) if by.way != HostPathMode::View => in_jail(),
        (_, Remedy::Set(ProvideSet::Config))
            if by.way != HostPathMode::View && writes(&claim.need) =>
        {
            in_jail()
        }
        (_, Remedy::Set(named)) => set(*named),
        (_, Remedy::Path(path)) => provide("", &[path]),
        (_, Remedy::Writable(path)) => provide("rw:", &[path]),
        (_, Remedy::Program) => program(subject, by),
    }
}

/// The line that brings these paths, if it would be accepted.
fn provide(kind: &str, paths: &[impl AsRef<Path>]) -> String {
    let mut line = "ChrootProvide".to_owned();
    for path in paths.iter().map(AsRef::as_ref) {
        if let Some(what) = exposes(path) {
            return format!("put it into the jail (to provide it would show {what})");
        }
        let word = format!("{kind}{}", path.display());
        // Within the quotes of a message.
        let quote = if word.contains(char::is_whitespace) { "'" } else { "" };
        line.push_str(&format!(" {quote}{word}{quote}"));
    }
    format!("write \"{line}\"")
}

/// The remedy that brings a program: never a word that would be refused.
fn program(named: &Path, by: &VerdictInput<'_>) -> String {
    match by.programs.program(named) {
        Ok(path) => provide("program:", &[path]),
        Err(why) => format!("put it into the jail with its libraries ({why})"),
    }
}

/// The remedy that brings the libraries of a program: the word for the program if root may read it; else
/// the paths of the libraries.
fn libraries(subject: &Path, loader: &Path, names: &[String], by: &VerdictInput<'_>) -> String {
    if let Ok(path) = by.programs.program(subject) {
        return provide("program:", &[path]);
    }
    match by.programs.libraries(loader, names) {
        Some(paths) => provide("", &paths),
        None => "put its loader and its libraries into the jail, or link it statically".to_owned(),
    }
}

fn writes(need: &Resource) -> bool {
    matches!(need, Resource::WritableFolder(_) | Resource::WritableFile(_) | Resource::Socket(_))
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
