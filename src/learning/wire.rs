//! A proposal on its way from the process that has made it, with the rights of `User`, to the parent. It names
//! observations by their number, and the parent, which has them, judges each line once more.

use crate::config::ProvideItem;
use crate::learning::observation::{Observation, ObservationTable};
use crate::learning::places::{find_objection, is_shared};
use crate::learning::proposal::{Proposal, ProposedLine, UnproposedPath, can_be_written_down};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Uses of one line, and paths that are not proposed, of which the parent reads no more.
const MOST_NAMED: usize = 1000;

/// Uses that are tried in the jail.
const MOST_TRIED: usize = 20_000;

/// Formats a proposal that was made of `table`.
pub(crate) fn format_proposal(proposal: &Proposal, table: &ObservationTable) -> String {
    let numbers: BTreeMap<&Path, usize> =
        table.paths().zip(0..).map(|(seen, number)| (seen.path.as_path(), number)).collect();
    let list = |uses: &[Observation]| {
        let known = uses.iter().filter_map(|seen| numbers.get(seen.path.as_path()));
        known.map(ToString::to_string).collect::<Vec<_>>().join(",")
    };
    let mut text = String::new();
    for line in &proposal.lines {
        // A name with a line break is never proposed, and writing into a String cannot fail.
        let uses = &line.uses[..line.uses.len().min(MOST_NAMED)];
        let _ = writeln!(text, "line\t{}\t{}", list(uses), line.item);
    }
    for path in proposal.unproposed.iter().take(MOST_NAMED) {
        let _ = writeln!(text, "not\t{}\t{}", list(std::slice::from_ref(&path.seen)), path.reason);
    }
    let needed = &proposal.needed[..proposal.needed.len().min(MOST_TRIED)];
    let _ = writeln!(text, "needed\t{}\t", list(needed));
    text
}

/// Reads it. A line that would show what is never shown is left out.
pub(crate) fn read_proposal(text: &[u8], table: &ObservationTable) -> Proposal {
    let all: Vec<_> = table.paths().collect();
    let find = |numbers: &str| -> Vec<Observation> {
        let numbers = numbers.split(',').filter_map(|number| number.parse::<usize>().ok());
        numbers.filter_map(|number| all.get(number).map(|seen| (*seen).clone())).collect()
    };
    let mut proposal = Proposal::default();
    for line in String::from_utf8_lossy(text).lines() {
        let mut fields = line.splitn(3, '\t');
        let (Some(kind), Some(numbers), Some(rest)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let uses = find(numbers);
        match kind {
            "line" => {
                let item = ProvideItem::parse(OsStr::new(rest)).filter(is_acceptable);
                proposal.lines.extend(item.map(|item| ProposedLine { item, uses }));
            }
            "not" => {
                let seen = uses.into_iter().next();
                let unproposed = |seen| UnproposedPath { reason: rest.to_owned(), seen };
                proposal.unproposed.extend(seen.map(unproposed));
            }
            "needed" => proposal.needed = uses,
            _ => {}
        }
    }
    proposal
}

fn is_acceptable(item: &ProvideItem) -> bool {
    let is_fine = |path: &PathBuf| find_objection(path).is_none() && can_be_written_down(path);
    match item {
        ProvideItem::Set(_) => true,
        ProvideItem::Program(path) => is_fine(path),
        ProvideItem::Path { path, .. } => is_fine(path) && !is_shared(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::observation::Uses;

    #[test]
    fn a_proposal_arrives_as_it_was_sent_but_for_lines_that_show_a_secret() {
        let seen = |path: &str| Observation {
            path: path.into(),
            real: path.into(),
            program: "/p".into(),
            uses: Uses::READ,
            count: 1,
            set_id: false,
        };
        let mut table = ObservationTable::default();
        let all = ["/srv/a b", "/c\nline\t0\t/etc", "/etc/shadow"].map(seen);
        all.iter().for_each(|seen| table.add(seen.clone()));
        let line = |path: &str| ProposedLine {
            item: ProvideItem::Path { path: path.into(), writable: true },
            uses: vec![all[0].clone()],
        };
        let proposal = Proposal {
            lines: vec![line("/srv/a b")],
            unproposed: vec![UnproposedPath { reason: "a secret".into(), seen: all[2].clone() }],
            needed: vec![all[0].clone(), all[1].clone()],
        };
        let text = format_proposal(&proposal, &table);
        assert_eq!(read_proposal(text.as_bytes(), &table), proposal);
        let wide = Proposal {
            lines: vec![line("/etc/shadow"), line("/usr"), line("/srv/a b")],
            ..proposal.clone()
        };
        let text = format_proposal(&wide, &table);
        assert_eq!(read_proposal(text.as_bytes(), &table), proposal);
    }
}
