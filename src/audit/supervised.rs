//! The search in a process of its own, with a deadline that does not depend on it: a disk or a file server that does
//! not answer cannot keep the server's parent waiting.

use super::{Report, SearchScope, search};
use crate::platform::{Attempt, GroupId, SingleThread, UserId, split_records, write_record};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Time beyond the budget of the search after which it is taken to hang: it looks at the clock between two names.
const GRACE: Duration = Duration::from_secs(3);

/// Result of a search, in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Searched {
    /// Messages about findings.
    pub lines: Vec<String>,
    /// Messages about what was not searched, each a reason why the search is not complete.
    pub gaps: Vec<String>,
    /// Messages for information.
    pub remarks: Vec<String>,
    /// Number of findings.
    pub findings: u64,
    /// Error that kept the jail from being searched at all.
    pub unsearchable: Option<String>,
    /// Whether the search came to its end and reported it.
    pub ended: bool,
    /// Users that own something in the jail.
    pub users: BTreeSet<UserId>,
    /// Groups likewise.
    pub groups: BTreeSet<GroupId>,
}

/// Kinds of record that the process writes: a byte, a text without NUL, a NUL.
const LINE: u8 = b'L';
const GAP: u8 = b'G';
const REMARK: u8 = b'R';
const FINDINGS: u8 = b'F';
const UNSEARCHABLE: u8 = b'U';
const USER: u8 = b'u';
const GROUP: u8 = b'g';
const END: u8 = b'E';

/// Searches the directory `jail` in a child process. Messages are those of `ChrootAudit` with the word `mode`.
///
/// # Errors
/// Returns an error if the process or the pipe to it cannot be created.
pub(crate) fn search_in_child(
    jail: BorrowedFd<'_>,
    scope: &SearchScope<'_>,
    mode: &str,
) -> io::Result<Searched> {
    let budget = scope.budget.unwrap_or(super::BUDGET);
    let attempt = Attempt::new(SingleThread::check()?, budget + GRACE).keep_open(jail);
    let reported = attempt.run(|out| write_report(jail, scope, mode, out))?;
    Ok(read_records(&reported.bytes))
}

/// Searches, and writes the records.
fn write_report(
    jail: BorrowedFd<'_>,
    scope: &SearchScope<'_>,
    mode: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let report = Report::default();
    let extent = match search(jail, scope, &|event| report.add(event)) {
        Ok(extent) => extent,
        Err(error) => return write_item(out, UNSEARCHABLE, &error.to_string()),
    };
    write_item(out, FINDINGS, &report.count_findings().to_string())?;
    for line in report.format_findings(mode) {
        write_item(out, LINE, &line)?;
    }
    for gap in report.take_gaps(&extent, scope.budget) {
        write_item(out, GAP, &gap.about(mode).to_string())?;
    }
    for remark in report.take_remarks(&extent) {
        write_item(out, REMARK, &remark.about(mode).to_string())?;
    }
    let (users, groups) = report.take_owners();
    for UserId(number) in users {
        write_item(out, USER, &number.to_string())?;
    }
    for GroupId(number) in groups {
        write_item(out, GROUP, &number.to_string())?;
    }
    write_item(out, END, "")
}

fn write_item(out: &mut dyn Write, kind: u8, text: &str) -> io::Result<()> {
    write_record(out, &[&[&[kind], text.as_bytes()].concat()])
}

/// Reads the records. One that was cut off is left out.
fn read_records(written: &[u8]) -> Searched {
    let mut searched = Searched::default();
    for [record] in split_records(written) {
        let Some((kind, text)) = record.split_first() else { continue };
        let text = String::from_utf8_lossy(text).into_owned();
        match *kind {
            LINE => searched.lines.push(text),
            GAP => searched.gaps.push(text),
            REMARK => searched.remarks.push(text),
            FINDINGS => searched.findings = text.parse().unwrap_or(u64::MAX),
            USER => searched.users.extend(text.parse().ok().map(UserId)),
            GROUP => searched.groups.extend(text.parse().ok().map(GroupId)),
            UNSEARCHABLE => searched.unsearchable = Some(text),
            END => searched.ended = true,
            _ => {}
        }
    }
    searched
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_result_that_was_cut_off_is_no_complete_one(
            lines in proptest::collection::vec("[^\0]*", 0..4),
            gaps in proptest::collection::vec("[^\0]*", 0..4),
            cut in 0..200_usize,
        ) {
            let mut written = Vec::new();
            write_item(&mut written, FINDINGS, &lines.len().to_string()).unwrap();
            lines.iter().for_each(|line| write_item(&mut written, LINE, line).unwrap());
            gaps.iter().for_each(|gap| write_item(&mut written, GAP, gap).unwrap());
            write_item(&mut written, END, "").unwrap();
            let whole = read_records(&written);
            prop_assert!(whole.ended);
            prop_assert_eq!((whole.findings, &whole.lines, &whole.gaps), (lines.len() as u64, &lines, &gaps));
            let cut = read_records(&written[..written.len() - 1 - cut % written.len()]);
            prop_assert!(!cut.ended);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes: Vec<u8>) {
            read_records(&bytes);
        }
    }
}
