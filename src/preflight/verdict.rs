#![forbid(unsafe_code)]
//! What has failed inside, and whether that is the jail's fault.

use super::claim::{Claim, Known, Need, Remedy};
use super::names::look_up;
use super::report::{Failed, Told, read};
use crate::fault::{Lack, PreflightFault, Shortcoming};
use crate::settings::Set;
use crate::view::Way;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What claims are judged by.
pub(crate) struct Circumstance<'a> {
    /// How host paths stay true.
    pub way: Way,
    /// Who the children are.
    pub uid: u32,
    /// Whether the host has something at a path.
    pub exists: &'a dyn Fn(&Path) -> bool,
    /// Names of hosts that are known outside, by their claim.
    pub known_outside: &'a BTreeSet<usize>,
}

/// What a trial has told: what fails, and what was being tried when the time was up.
///
/// # Errors
/// The process that was to try was never inside.
pub(crate) fn failures(told: &[u8]) -> Result<Vec<Failed>, PreflightFault> {
    let mut failed = Vec::new();
    let mut trying = BTreeSet::new();
    let mut all = read(told).into_iter();
    match all.next() {
        Some(Told::Entered) => {}
        Some(Told::Refused(why)) => return Err(PreflightFault::Refused(why)),
        _ => {
            let ended = io::Error::other("a process that was to enter ended");
            return Err(PreflightFault::Untried(ended));
        }
    }
    for told in all {
        match told {
            Told::Entered | Told::Refused(_) => {}
            Told::Trying(claim) => drop(trying.insert(claim)),
            Told::Holds(claim) => drop(trying.remove(&claim)),
            Told::Failed(failure) => {
                trying.remove(&failure.claim);
                failed.push(failure);
            }
        }
    }
    let unresolved = |claim| Failed { claim, subject: PathBuf::new(), lack: Lack::Unresolved };
    failed.extend(trying.into_iter().map(unresolved));
    Ok(failed)
}

/// Whether names of hosts are among what failed.
pub(crate) fn has_names(claims: &[Claim], failed: &[Failed]) -> bool {
    let is_host = |failed: &Failed| {
        claims.get(failed.claim).is_some_and(|claim| matches!(claim.need, Need::Host(_)))
    };
    failed.iter().any(is_host)
}

/// Of the names that are unknown inside, looks up outside. In a process of its own.
///
/// # Errors
/// Who asked is gone.
pub(crate) fn names_known_outside(
    claims: &[Claim],
    failed: &[Failed],
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = |failed: &Failed| match &claims.get(failed.claim)?.need {
        Need::Host(name) if failed.lack == Lack::Unresolved => Some((failed.claim, name.clone())),
        _ => None,
    };
    look_up(failed.iter().filter_map(name).collect(), false, out)
}

/// The claims that were told to hold.
pub(crate) fn held(told: &[u8]) -> BTreeSet<usize> {
    let holds = |told| match told {
        Told::Holds(claim) => Some(claim),
        _ => None,
    };
    read(told).into_iter().filter_map(holds).collect()
}

/// What is to be said.
pub(crate) fn shortcomings(
    claims: &[Claim],
    known: &[Known],
    failed: Vec<Failed>,
    by: &Circumstance<'_>,
) -> Vec<Shortcoming> {
    let tried =
        failed.into_iter().filter_map(|failed| judged(claims.get(failed.claim)?, failed, by));
    let known = known.iter().map(|known| Shortcoming {
        directive: known.directive.clone(),
        value: known.value.clone(),
        place: known.place.clone(),
        breaks: known.breaks,
        subject: None,
        lack: Lack::Known(known.what),
        remedy: String::new(),
        more: 0,
    });
    let mut all: Vec<Shortcoming> = Vec::new();
    for one in tried.chain(known) {
        match all.iter_mut().find(|other| is_alike(other, &one)) {
            Some(other) => other.more += 1,
            None => all.push(one),
        }
    }
    all
}

/// Two that one word would mend, of one directive.
fn is_alike(one: &Shortcoming, other: &Shortcoming) -> bool {
    one.directive == other.directive
        && one.value == other.value
        && one.lack == other.lack
        && (one.remedy == other.remedy || matches!(one.lack, Lack::Library(_)))
        && !matches!(one.lack, Lack::Known(_))
}

/// One failure, unless it would fail outside as well and nobody expects otherwise.
fn judged(claim: &Claim, failed: Failed, by: &Circumstance<'_>) -> Option<Shortcoming> {
    let Failed { claim: index, subject, lack } = failed;
    let nowhere = lack == Lack::Missing && !exists(claim, &subject, by);
    if nowhere && claim.optional {
        return None;
    }
    // Inside paths say nothing about the host; what nobody has written is no such path.
    let gone = nowhere && (by.way != Way::Off || claim.place.is_none());
    if lack == Lack::Unresolved && !by.known_outside.contains(&index) {
        return None;
    }
    let remedy = if gone {
        "the host does not have it either: make it, or correct the path".to_owned()
    } else {
        remedy(claim, &subject, &lack, by)
    };
    let differs = !subject.as_os_str().is_empty() && subject != Path::new(&claim.value);
    Some(Shortcoming {
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

fn exists(claim: &Claim, subject: &Path, by: &Circumstance<'_>) -> bool {
    match &claim.need {
        Need::AnyFile(paths) => paths.iter().any(|path| (by.exists)(path)),
        _ => (by.exists)(subject),
    }
}

fn remedy(claim: &Claim, subject: &Path, lack: &Lack, by: &Circumstance<'_>) -> String {
    let provide = |word: &dyn std::fmt::Display| format!("write \"ChrootProvide {word}\"");
    let in_jail = || "put it into the jail, or use ChrootFixRoot view".to_owned();
    let path = subject.display();
    match (lack, &claim.remedy) {
        (Lack::Kind(_), _) => "correct the path".to_owned(),
        (Lack::Denied(_), _) => format!("let uid {} use it", by.uid),
        (Lack::Unwritable(why), _) if !why.contains("ead-only") => {
            format!("let uid {} write to it", by.uid)
        }
        (Lack::Interpreter(interpreter), _) => {
            provide(&format_args!("program:{}", interpreter.display()))
        }
        (Lack::Library(_), _) => provide(&format_args!("program:{path}")),
        (Lack::Users, _) => provide(&Set::Users.name()),
        (Lack::Unresolved, _) => provide(&Set::Dns.name()),
        (_, Remedy::Words(words)) => words.clone(),
        (Lack::Unwritable(_), _) => provide(&format_args!("rw:{path}")),
        (_, Remedy::Writable(_)) if by.way != Way::View => in_jail(),
        (_, Remedy::Set(Set::Config)) if by.way != Way::View && writes(&claim.need) => in_jail(),
        (_, Remedy::Set(set)) => provide(&set.name()),
        (_, Remedy::Path(path)) => provide(&path.display()),
        (_, Remedy::Writable(path)) => provide(&format_args!("rw:{}", path.display())),
        (_, Remedy::Program) => provide(&format_args!("program:{path}")),
    }
}

fn writes(need: &Need) -> bool {
    matches!(need, Need::WritableFolder(_) | Need::WritableFile(_) | Need::Socket(_))
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
