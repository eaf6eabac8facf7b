//! What is made of the events of a search: the first few of each kind, and how many there were.

use super::{SearchEvent, SearchExtent};
use crate::messages::{AuditNotice, Finding, MessageText};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many findings of one kind are named in the log.
const FEW: usize = 5;

/// Gathers events from several threads.
#[derive(Debug, Default)]
pub(crate) struct Report(Mutex<Tallies>);

#[derive(Debug, Default)]
struct Tallies {
    kinds: BTreeMap<u16, Tally<Finding>>,
    unreadable: Tally<(std::path::PathBuf, std::io::Error)>,
    not_entered: Tally<(std::path::PathBuf, String)>,
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
    /// Keeps the first few in the order of `key`, so that what is named does not depend on which
    /// thread was faster.
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
    /// Takes one event in.
    pub(crate) fn add(&self, event: SearchEvent) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            SearchEvent::Found(finding) => {
                let sum = sums.kinds.entry(finding.id()).or_default();
                sum.add(finding, FEW, |finding| finding.path.clone());
            }
            SearchEvent::Unreadable(path, error) => {
                sums.unreadable.add((path, error), 1, |one| one.0.clone());
            }
            SearchEvent::NotEntered(path, kind) => {
                sums.not_entered.add((path, kind), 1, |one| one.0.clone());
            }
        }
    }

    /// How many findings there are.
    pub(crate) fn findings(&self) -> u64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .kinds
            .values()
            .map(|sum| sum.count)
            .sum()
    }

    /// What there is to say about findings, under `ChrootAudit` with the word `mode`.
    pub(crate) fn lines(&self, mode: &str) -> Vec<String> {
        let sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        for (&id, sum) in &sums.kinds {
            lines.extend(sum.first.iter().map(|finding| finding.about(mode).to_string()));
            let more = sum.count - sum.first.len() as u64;
            if more > 0 {
                lines.push(AuditNotice::More(id, more).about(mode).to_string());
            }
        }
        lines
    }

    /// Messages about what was left out of a search that had the time `budget`.
    pub(crate) fn gaps(&self, extent: &SearchExtent, budget: Option<Duration>) -> Vec<AuditNotice> {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let SearchExtent { names, directories, .. } = *extent;
        let budget = budget.unwrap_or(extent.took);
        let late = || AuditNotice::TimeUp { budget, names, directories };
        let count = sums.unreadable.count;
        let unreadable = sums.unreadable.first.pop();
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

    /// What is worth to know about a search that left nothing out by mistake.
    pub(crate) fn remarks(&self, extent: &SearchExtent) -> Vec<AuditNotice> {
        let findings = self.findings();
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let SearchExtent { names, directories, took, .. } = *extent;
        let searched = || AuditNotice::Searched { names, directories, took, findings };
        let count = sums.not_entered.count;
        let not_entered = sums.not_entered.first.pop();
        [
            not_entered.map(|(path, kind)| AuditNotice::NotEntered(count, path, kind)),
            extent.complete.then(searched),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
