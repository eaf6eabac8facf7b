//! What may become of a server in which a call goes wrong, told apart by rules, not by hand.

use std::collections::BTreeSet;
use std::fmt;

use super::call::{Fault, Moment};
use super::claims::{Outside, last};
use super::play::{End, Play, Step, play};
use super::scene::Scene;
use crate::harness::identity::GROUPS;

/// One of the outcomes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// It does not start, and the module says why.
    Refused(BTreeSet<String>),
    /// It does not start, or hangs, and does no better without the module.
    Httpd,
    /// It runs, jailed and as it says, and nobody gets an answer; it does no better without the module.
    Mute,
    /// It is not ready within a minute, and nobody gets an answer; without the module it serves.
    Hangs,
    /// It ends before it serves, with these words of somebody else's.
    Ends(String),
    /// It serves, jailed and as it says.
    Serves(String),
    /// It serves so, and at the restart it ends and the module says why.
    EndsLater(BTreeSet<String>),
    /// None of these.
    Broken(String),
}

impl Class {
    /// Whether such a server keeps its promises.
    pub(crate) fn is_safe(&self) -> bool {
        !matches!(self, Class::Broken(_))
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = |ids: &BTreeSet<String>| ids.iter().cloned().collect::<Vec<_>>().join(", ");
        match self {
            Class::Refused(said) => write!(f, "refused: {}", ids(said)),
            Class::Httpd => f.write_str("httpd itself fails"),
            Class::Mute => f.write_str("httpd answers nobody"),
            Class::Hangs => f.write_str("hangs, and answers nobody"),
            Class::Ends(words) => write!(f, "ends: {words}"),
            Class::Serves(how) if how.is_empty() => f.write_str("serves"),
            Class::Serves(how) => write!(f, "serves ({how})"),
            Class::EndsLater(said) => write!(f, "serves; ends at the restart: {}", ids(said)),
            Class::Broken(why) => write!(f, "BROKEN: {why}"),
        }
    }
}

/// Plays the scene and tells the outcome. What may have come of a busy machine is played once more.
pub(crate) fn of(scene: Scene, fault: &Fault, outside: &Outside) -> Class {
    match once(scene, fault, outside) {
        Class::Broken(why) if !why.contains(NOT_AS_SAID) => once(scene, fault, outside),
        class => class,
    }
}

const NOT_AS_SAID: &str = "serves, and is not what it says";

fn once(scene: Scene, fault: &Fault, outside: &Outside) -> Class {
    let seen = play(scene, true, fault, outside);
    if let Some(why) = &seen.fault {
        return Class::Broken(format!("{NOT_AS_SAID}: {why}"));
    }
    let said = alarms(&seen.log);
    match seen.end {
        End::Stopped => Class::Serves(how(&seen.log)),
        End::Ended(Step::Start) if !said.is_empty() => Class::Refused(said),
        End::Ended(_) if !said.is_empty() => Class::EndsLater(said),
        End::Ended(_) | End::Mute(_) | End::Hung(_) => compared(scene, fault, outside, &seen),
    }
}

/// A server that ended without a word of ours, or does not answer, is httpd's own affair if one without the module
/// does no better.
fn compared(scene: Scene, fault: &Fault, outside: &Outside, seen: &Play) -> Class {
    let without = play(scene, false, fault, outside).end;
    let starts = |end: &End| {
        !matches!(end, End::Ended(Step::Start) | End::Mute(Step::Start) | End::Hung(Step::Start))
    };
    if without != End::Stopped && starts(&without) <= starts(&seen.end) {
        return if matches!(seen.end, End::Mute(_)) { Class::Mute } else { Class::Httpd };
    }
    let words = seen.log.lines().rev().find(|line| !line.starts_with('[') && !line.is_empty());
    match (&seen.end, words, seen.signal) {
        (End::Hung(Step::Start), ..) => Class::Hangs,
        (End::Ended(Step::Start), Some(words), _) => Class::Ends(words.to_owned()),
        // A child that Rust's library ends by itself, each time that httpd starts another one.
        (End::Mute(Step::Start), Some(words), _) if words.starts_with(ABORTS) => {
            Class::Ends(format!("each child: {words}"))
        }
        (End::Ended(Step::Start), None, Some(_)) if fault.concerns(&MEMORY) => {
            Class::Ends("a signal: the C library has no memory".to_owned())
        }
        (end, ..) => {
            let log = seen.log.lines().rev().take(6).collect::<Vec<_>>().join(" | ");
            Class::Broken(format!(
                "{end:?}, without a reason (without the module: {without:?}): {log}"
            ))
        }
    }
}

/// The first words of Rust's library when it ends a process: here that a descriptor which it was lied about is not open.
const ABORTS: &str = "fatal runtime error";

/// The calls by which a C library gets memory: who is lied to about these cannot go on, nor say anything.
const MEMORY: [&str; 4] = ["brk", "mmap", "mprotect", "munmap"];

/// The ids of ours that say why nothing is served. Before there is a log, messages have no level: there the last one
/// before httpd says that it gives up is the reason.
fn alarms(log: &str) -> BTreeSet<String> {
    const LOUD: [&str; 4] = ["[chroot:emerg]", "[chroot:alert]", "[chroot:crit]", "[chroot:error]"];
    let is_loud = |line: &&str| LOUD.iter().any(|level| line.contains(level));
    let mut found: BTreeSet<String> = log.lines().filter(is_loud).filter_map(id).collect();
    let given_up = (13..=20).filter_map(|number| log.find(&format!("AH000{number}: "))).min();
    if let Some(end) = given_up {
        found.extend(
            log[..end].lines().rev().find_map(|line| line.strip_prefix("CHR").and(id(line))),
        );
    }
    found
}

fn id(line: &str) -> Option<String> {
    let rest = &line[line.find("CHR")?..];
    let id: String = rest.chars().take(6).collect();
    id[3..].bytes().all(|byte| byte.is_ascii_digit()).then_some(id)
}

/// What a server that serves says it lacks.
fn how(log: &str) -> String {
    let mut words = Vec::new();
    if last(log, "CHR903").is_some_and(|line| line.contains("\"link\": in force, because")) {
        words.push("by a link".to_owned());
    }
    let groups = last(log, "CHR901").and_then(|line| line.split_once(", groups "));
    if groups.is_some_and(|(_, groups)| groups.split(',').count() < GROUPS.len()) {
        words.push("with fewer groups, as said".to_owned());
    }
    let absent = last(log, "CHR911").and_then(|line| line.split_once("; absent: "));
    if let Some((_, absent)) = absent {
        let absent = absent.split("; add \"").next().unwrap_or_default();
        let names = absent.split("; ").filter_map(|one| one.split(" (").next());
        words.push(format!("without: {}", names.collect::<Vec<_>>().join(", ")));
    }
    words.join("; ")
}

/// The outcomes of a call that goes wrong from the first moment on; where httpd itself fails, from the next one on,
/// too, at which less of httpd is concerned.
pub(crate) fn cell(scene: Scene, mut fault: Fault, outside: &Outside) -> Vec<(Moment, Class)> {
    let mut found = Vec::new();
    loop {
        let class = of(scene, &fault, outside);
        let is_httpds = class == Class::Httpd;
        found.push((fault.from, class));
        match fault.from.next().filter(|_| is_httpds) {
            Some(next) => fault.from = next,
            None => return found,
        }
    }
}
