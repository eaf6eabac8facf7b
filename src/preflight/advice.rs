//! Advice: lines of `ChrootProvide` that were tried. The caller rehearses; this decides about the lines to be tried next,
//! and about those that are worth printing.

use crate::config::ProvideItem;
use crate::preflight::Basis;
use crate::preflight::verdict::JudgedFailure;

/// Limit of the rounds of one kind of evidence.
const MOST_ROUNDS: usize = 12;

/// One line of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AdvisedItem {
    item: ProvideItem,
    basis: Basis,
}

/// Lines that were tried.
#[derive(Debug, Default)]
pub(crate) struct AdvisedLines {
    lines: Vec<AdvisedItem>,
    /// Failures that came to light when the lines for others were tried.
    pub later: Vec<JudgedFailure>,
    /// Failures that are left with all lines.
    pub left: Vec<JudgedFailure>,
    /// Whether the time was up before all lines were tried.
    pub is_cut: bool,
}

/// A rehearsal with additional items: the failures that are left.
type Rehearsal<'a> = dyn FnMut(&[ProvideItem]) -> Option<Vec<JudgedFailure>> + 'a;

/// Finds the lines that cure the failures of a rehearsal, by trying them. `rehearse` returns nothing for lines that would be
/// refused. Evidence of directives comes first; `Likely` lines are added to what they have settled. No rehearsal begins once
/// `has_time` is false.
pub(crate) fn find_advice(
    first: &[JudgedFailure],
    rehearse: &mut Rehearsal<'_>,
    has_time: &dyn Fn() -> bool,
) -> AdvisedLines {
    let mut search = AdviceSearch {
        chosen: Vec::new(),
        refused: Vec::new(),
        now: first.to_vec(),
        seen: first.to_vec(),
        rehearse,
        has_time,
        is_cut: false,
    };
    search.settle(Basis::PhpDefault);
    search.settle(Basis::Likely);
    search.drop_useless();
    let later = search.seen.split_off(first.len());
    let mut lines = search.chosen;
    merge(&mut lines);
    AdvisedLines { lines, later, left: search.now, is_cut: search.is_cut }
}

struct AdviceSearch<'a, 'b> {
    chosen: Vec<AdvisedItem>,
    refused: Vec<ProvideItem>,
    /// Failures of the last rehearsal.
    now: Vec<JudgedFailure>,
    /// Failures of all rehearsals, each once.
    seen: Vec<JudgedFailure>,
    rehearse: &'a mut Rehearsal<'b>,
    has_time: &'a dyn Fn() -> bool,
    is_cut: bool,
}

impl AdviceSearch<'_, '_> {
    /// Tries lines of evidence up to `weakest`, until there are no new ones.
    fn settle(&mut self, weakest: Basis) {
        for _ in 0..MOST_ROUNDS {
            let next = self.list_next(weakest);
            if next.is_empty() || self.is_cut {
                return;
            }
            if !self.try_lines(&next) {
                self.try_each(next);
            }
        }
    }

    /// Tries the lines one by one, and remembers those that would be refused.
    fn try_each(&mut self, lines: Vec<AdvisedItem>) {
        for line in lines {
            if !self.try_lines(std::slice::from_ref(&line)) && !self.is_cut {
                self.refused.push(line.item);
            }
        }
    }

    /// Lines that the present failures need. Of those, the ones that may make others unnecessary come first.
    fn list_next(&self, weakest: Basis) -> Vec<AdvisedItem> {
        let mut next: Vec<AdvisedItem> = Vec::new();
        let failures = self.now.iter().filter(|failure| failure.basis <= weakest);
        let lines = failures.flat_map(|failure| {
            let line =
                |item: &ProvideItem| AdvisedItem { item: item.clone(), basis: failure.basis };
            failure.items.iter().map(line)
        });
        for line in lines.filter(|line| self.is_possible(&line.item)) {
            if !next.iter().any(|other| covers(&other.item, &line.item)) {
                next.push(line);
            }
        }
        let first = next.iter().map(|line| rank(&line.item)).min();
        next.retain(|line| Some(rank(&line.item)) == first);
        next
    }

    /// Whether a line is neither covered by the chosen ones, nor refused, nor impossible to write.
    fn is_possible(&self, item: &ProvideItem) -> bool {
        let is_covered = self.chosen.iter().any(|line| covers(&line.item, item));
        !is_covered && !self.refused.contains(item) && is_printable(item)
    }

    /// Adds the lines, unless they would be refused, or the time is up.
    fn try_lines(&mut self, lines: &[AdvisedItem]) -> bool {
        self.is_cut |= !(self.has_time)();
        if self.is_cut {
            return false;
        }
        let all: Vec<AdvisedItem> = self.chosen.iter().chain(lines).cloned().collect();
        let items: Vec<_> = all.iter().map(|line| line.item.clone()).collect();
        let Some(failures) = (self.rehearse)(&items) else { return false };
        let known = |new: &&JudgedFailure| !self.seen.iter().any(|old| old.is_same(new));
        let new: Vec<_> = failures.iter().filter(known).cloned().collect();
        self.seen.extend(new);
        (self.chosen, self.now) = (all, failures);
        true
    }

    /// Drops the lines that do not cure the failure they are for.
    fn drop_useless(&mut self) {
        let is_cured =
            |failure: &&JudgedFailure| !self.now.iter().any(|left| left.has_same_subject(failure));
        let helps = |line: &AdvisedItem| {
            let mut causes = self.seen.iter().filter(|failure| failure.items.contains(&line.item));
            causes.any(|failure| is_cured(&failure))
        };
        let (useful, useless): (Vec<_>, Vec<_>) = self.chosen.iter().cloned().partition(helps);
        if useless.is_empty() || self.is_cut || !(self.has_time)() {
            return;
        }
        let items: Vec<_> = useful.iter().map(|line| line.item.clone()).collect();
        let Some(failures) = (self.rehearse)(&items) else { return };
        let is_old = |new: &JudgedFailure| self.now.iter().any(|old| old.is_same(new));
        if failures.iter().all(is_old) {
            (self.chosen, self.now) = (useful, failures);
        }
    }
}

/// Order in which lines are tried: sets and programs bring paths that then need no line of their own.
fn rank(item: &ProvideItem) -> usize {
    match item {
        ProvideItem::Set(_) => 0,
        ProvideItem::Program(_) => 1,
        ProvideItem::Path { writable: false, .. } => 2,
        ProvideItem::Path { writable: true, .. } => 3,
    }
}

/// Whether `one` provides all that `other` does.
fn covers(one: &ProvideItem, other: &ProvideItem) -> bool {
    let (
        ProvideItem::Path { path, writable },
        ProvideItem::Path { path: below, writable: needs_writing },
    ) = (one, other)
    else {
        return one == other;
    };
    below.starts_with(path) && (*writable || !needs_writing)
}

/// Whether a line of the configuration can name it.
fn is_printable(item: &ProvideItem) -> bool {
    let word = item.to_string();
    !word.contains(|letter: char| letter.is_control() || letter == char::REPLACEMENT_CHARACTER)
        && !word.contains("${")
}

/// Drops lines that others cover. One that is certain makes the wider one certain.
fn merge(lines: &mut Vec<AdvisedItem>) {
    let all = lines.clone();
    let is_covered = |at: usize| {
        let wider = |(other, line): (usize, &AdvisedItem)| {
            let equal = line.item == all[at].item;
            other != at && covers(&line.item, &all[at].item) && (!equal || other < at)
        };
        all.iter().enumerate().any(wider)
    };
    for (at, line) in lines.iter_mut().enumerate() {
        let narrower = all.iter().filter(|other| covers(&all[at].item, &other.item));
        line.basis = narrower.map(|other| other.basis).fold(line.basis, Ord::min);
    }
    let mut at = 0;
    lines.retain(|_| {
        at += 1;
        !is_covered(at - 1)
    });
    lines.sort_by_key(|line| (line.basis == Basis::Likely, line.item.to_string()));
}

/// Heads of the two kinds of lines.
const CERTAIN: &str = "# mod_chroot: needed, and tried in a rehearsal.";
const LIKELY: &str = "# mod_chroot: likely needed. Leave out the lines that the site does without.";

/// Line in place of those that were not tried.
const CUT: &str = "# mod_chroot: more may be needed, but the time for rehearsals was up. Write the lines, and test again.";

impl AdvisedLines {
    /// Whether a line is due to a directive.
    pub(crate) fn has_certain(&self) -> bool {
        self.lines.iter().any(|line| line.basis != Basis::Likely)
    }

    /// Whether the item is among the lines, or a wider one is.
    pub(crate) fn has_item(&self, item: &ProvideItem) -> bool {
        self.lines.iter().any(|line| covers(&line.item, item))
    }

    /// The block, ready for a configuration file.
    pub(crate) fn format_block(&self) -> Vec<String> {
        let mut block = Vec::new();
        let is_likely = |line: &&AdvisedItem| line.basis == Basis::Likely;
        let (likely, certain): (Vec<_>, Vec<_>) = self.lines.iter().partition(is_likely);
        for (head, lines) in [(CERTAIN, certain), (LIKELY, likely)] {
            if !lines.is_empty() {
                block.push(head.to_owned());
            }
            block.extend(lines.into_iter().map(|line| format_line(&line.item)));
        }
        block.extend(self.is_cut.then(|| CUT.to_owned()));
        block
    }
}

/// The line of the configuration: quoted if httpd would read it otherwise.
fn format_line(item: &ProvideItem) -> String {
    let word = item.to_string();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/:._-+@%=,~".contains(letter);
    if word.chars().all(is_plain) {
        return format!("ChrootProvide {word}");
    }
    format!("ChrootProvide \"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
