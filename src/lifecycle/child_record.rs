//! Record of the children of one configuration pass: which have ended soon after their start, before they could serve.
//!
//! Each child that has started all modules counts a shared number up, which every child can write: it decides about a
//! message, and about nothing else. The parent compares the number with the ends that httpd reports.

use crate::platform::SharedCounter;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time after its start in which a child that ends has ended at once.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Number of children in a row that is no accident.
const TOO_MANY: usize = 4;

/// Time after the start of the first child in which the start of one may be tried.
const AT_START: Duration = Duration::from_secs(60);

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
    pub(crate) fn note_end(&self, pid: i32, now: Instant) -> Option<usize> {
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

    /// Notes the start of a child.
    pub(crate) fn note_start(&self, pid: i32, now: Instant) {
        let complete = self.complete.as_ref().map_or(0, SharedCounter::read);
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.has_counted |= complete > 0;
        record.started.insert(pid, now);
        record.first.get_or_insert(now);
    }

    /// Notes that this process, a child, has started all modules.
    pub(crate) fn note_complete(&self) {
        self.complete.iter().for_each(SharedCounter::add_one);
    }

    /// Whether the server has just started, and none has started all modules yet.
    pub(crate) fn is_start(&self, now: Instant) -> bool {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let since = |first| now.saturating_duration_since(first);
        !record.has_counted && record.first.is_some_and(|first| since(first) <= AT_START)
    }
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
