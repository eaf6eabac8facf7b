//! From observed paths to few lines of `ChrootProvide`. No system call is made here: facts about the host come from
//! [`HostFiles`](crate::learning::host::HostFiles), those about programs from the caller.
//!
//! Each line shows the highest folder that is an application's own; a folder that belongs to many is never shown as a
//! whole. A secret, a set-uid program, or a path that no jail shows is named, with the reason, and not proposed.

use crate::learning::draft::Draft;
use crate::learning::observation::ObservationTable;
use crate::learning::program_rules::choose_programs;
use crate::learning::proposal::{Proposal, RuleFacts};

/// Proposes lines for everything in `table`.
pub(crate) fn propose(table: &ObservationTable, facts: &RuleFacts<'_>) -> Proposal {
    let programs = choose_programs(table, facts);
    let mut draft = Draft::new(facts, table, programs.brought);
    for (item, uses) in programs.lines {
        uses.into_iter().for_each(|seen| draft.add(item.clone(), seen));
    }
    let mut needed = Vec::new();
    for seen in table.paths() {
        let before = draft.unproposed.len();
        draft.consider(seen);
        if draft.unproposed.len() == before && draft.is_needed(seen) {
            needed.push(seen.clone());
        }
    }
    draft.finish(needed)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
