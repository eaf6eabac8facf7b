//! Summary of the events of a search: the first few of each kind, and their number.

use super::{SearchEvent, SearchExtent};
use crate::messages::{AuditNotice, Finding, MessageText};
use crate::platform::{GroupId, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Number of findings of one kind that the log names.
const FEW: usize = 5;

/// Collects events from several threads.
#[derive(Debug, Default)]
pub(crate) struct Report(Mutex<Tallies>);

#[derive(Debug, Default)]
struct Tallies {
    kinds: BTreeMap<u16, Tally<Finding>>,
    unreadable: Tally<(std::path::PathBuf, std::io::Error)>,
    not_entered: Tally<(std::path::PathBuf, String)>,
    users: BTreeSet<UserId>,
    groups: BTreeSet<GroupId>,
}

#[derive(Debug)]
struct Tally<T> {
    count: u64,
    first: Vec<T>,
}

impl<T> Default for Tally<T> {
    fn default() -> Self {
        Self { count: 0, first: Vec::new() }
    }
}

impl<T> Tally<T> {
    /// Keeps the first few in the order of `key`, so that the named ones do not depend on the scheduling of the
    /// threads.
    fn add<K: Ord>(&mut self, one: T, few: usize, key: impl Fn(&T) -> K) {
        self.count += 1;
        let at = self.first.partition_point(|other| key(other) < key(&one));
        if at < few {
            self.first.insert(at, one);
            self.first.truncate(few);
        }
    }
}

impl Report {
    /// Adds one event.
    pub(crate) fn add(&self, event: SearchEvent) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            SearchEvent::Found(finding) => {
                let tally = tallies.kinds.entry(finding.id()).or_default();
                tally.add(finding, FEW, |finding| finding.path.clone());
            }
            SearchEvent::Unreadable(path, error) => {
                tallies.unreadable.add((path, error), 1, |one| one.0.clone());
            }
            SearchEvent::NotEntered(path, kind) => {
                tallies.not_entered.add((path, kind), 1, |one| one.0.clone());
            }
            SearchEvent::Owners(users, groups) => {
                tallies.users = users;
                tallies.groups = groups;
            }
        }
    }

    /// Users and groups that own something in the jail.
    pub(crate) fn take_owners(&self) -> (BTreeSet<UserId>, BTreeSet<GroupId>) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut tallies.users), std::mem::take(&mut tallies.groups))
    }

    /// Number of findings.
    pub(crate) fn count_findings(&self) -> u64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .kinds
            .values()
            .map(|tally| tally.count)
            .sum()
    }

    /// Messages about findings, of `ChrootAudit` with the word `mode`.
    pub(crate) fn format_findings(&self, mode: &str) -> Vec<String> {
        let tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        for (&id, tally) in &tallies.kinds {
            lines.extend(tally.first.iter().map(|finding| finding.about(mode).to_string()));
            let more = tally.count - tally.first.len() as u64;
            if more > 0 {
                lines.push(AuditNotice::More(id, more).about(mode).to_string());
            }
        }
        lines
    }

    /// Notices about parts that were not searched, of a search that had the time `budget`.
    pub(crate) fn take_gaps(
        &self,
        extent: &SearchExtent,
        budget: Option<Duration>,
    ) -> Vec<AuditNotice> {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let SearchExtent { names, directories, .. } = *extent;
        let budget = budget.unwrap_or(extent.took);
        let late = || AuditNotice::TimeUp { budget, names, directories };
        let count = tallies.unreadable.count;
        let unreadable = tallies.unreadable.first.pop();
        [
            (!extent.complete).then(late),
            unreadable.map(|(path, error)| AuditNotice::Unreadable(count, path, error.to_string())),
            (!extent.capabilities).then_some(AuditNotice::NoCapabilities),
            (extent.uncounted > 0).then_some(AuditNotice::Uncounted(extent.uncounted)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Notices for information.
    pub(crate) fn take_remarks(&self, extent: &SearchExtent) -> Vec<AuditNotice> {
        let findings = self.count_findings();
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let SearchExtent { names, directories, took, .. } = *extent;
        let searched = || AuditNotice::Searched { names, directories, took, findings };
        let count = tallies.not_entered.count;
        let not_entered = tallies.not_entered.first.pop();
        [
            not_entered.map(|(path, kind)| AuditNotice::NotEntered(count, path, kind)),
            extent.complete.then(searched),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
