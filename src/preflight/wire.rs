//! Report of a trial, as bytes: another process writes it.

use crate::messages::{Failure, SystemError};
use crate::platform::{split_records, write_record};
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// One record of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TrialEvent {
    /// The process is inside.
    Entered,
    /// The process could not enter, for this reason.
    Refused(String),
    /// A requirement is being tried that may take long.
    Trying(usize),
    /// The requirement holds.
    Holds(usize),
    /// The requirement failed.
    Failed(FailedRequirement),
    /// Not all directories were searched: the time was up.
    Cut,
}

/// A requirement that does not hold inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailedRequirement {
    /// Number of the requirement, counted from 0.
    pub requirement: usize,
    /// The path that failed, which may lie below the required one.
    pub subject: PathBuf,
    /// The reason.
    pub failure: Failure,
}

/// Writes a record.
///
/// # Errors
/// Returns an error if the reader is gone.
pub(crate) fn write_event(out: &mut dyn Write, event: &TrialEvent) -> io::Result<()> {
    let nothing = (Path::new(""), Vec::new());
    let (tag, requirement, (subject, detail)) = match event {
        TrialEvent::Entered => ("entered", &0, nothing),
        TrialEvent::Cut => ("cut", &0, nothing),
        TrialEvent::Refused(cause) => ("refused", &0, (Path::new(""), cause.clone().into_bytes())),
        TrialEvent::Trying(requirement) => ("trying", requirement, nothing),
        TrialEvent::Holds(requirement) => ("holds", requirement, nothing),
        TrialEvent::Failed(FailedRequirement { requirement, subject, failure }) => {
            let (tag, detail) = encode_failure(failure);
            (tag, requirement, (&**subject, detail))
        }
    };
    let number = requirement.to_string();
    let subject = subject.as_os_str().as_bytes();
    write_record(out, &[number.as_bytes(), tag.as_bytes(), subject, &detail])
}

fn encode_failure(failure: &Failure) -> (&'static str, Vec<u8>) {
    match failure {
        Failure::Missing => ("missing", Vec::new()),
        Failure::Denied(error) => ("denied", encode_error(error)),
        Failure::Unwritable(error) => ("unwritable", encode_error(error)),
        Failure::Kind(kind) => ("kind", kind.clone().into_bytes()),
        Failure::Interpreter(path) => ("interpreter", path.as_os_str().as_bytes().to_vec()),
        Failure::DeadLink(target) => ("dead link", target.as_os_str().as_bytes().to_vec()),
        Failure::Libraries { loader, names } => {
            let lines = [loader.as_os_str().as_bytes()].into_iter();
            let lines = lines.chain(names.iter().map(String::as_bytes));
            let plain = |line: &[u8]| line.iter().copied().filter(|&it| it != b'\n').collect();
            ("libraries", lines.map(plain).collect::<Vec<Vec<u8>>>().join(&b'\n'))
        }
        Failure::Unresolved | Failure::Known(_) => ("unresolved", Vec::new()),
        Failure::Users => ("users", Vec::new()),
        Failure::Scratch => ("scratch", Vec::new()),
        Failure::LeadsOut(target) => ("leads out", target.as_os_str().as_bytes().to_vec()),
        Failure::Mentioned(file) => ("mentioned", file.as_os_str().as_bytes().to_vec()),
        Failure::SetId => ("set-id", Vec::new()),
    }
}

/// The number and the text of an error, with a line feed between them.
fn encode_error(error: &SystemError) -> Vec<u8> {
    let number = error.number.map(|number| number.to_string()).unwrap_or_default();
    format!("{number}\n{}", error.text).into_bytes()
}

fn decode_error(detail: &str) -> SystemError {
    let (number, text) = detail.split_once('\n').unwrap_or(("", detail));
    SystemError { number: number.parse().ok(), text: text.to_owned() }
}

/// Reads a report. An incomplete last record is left out.
pub(crate) fn read_events(bytes: &[u8]) -> Vec<TrialEvent> {
    split_records(bytes).into_iter().filter_map(parse_event).collect()
}

fn parse_event([requirement, tag, subject, detail]: [&[u8]; 4]) -> Option<TrialEvent> {
    let requirement = std::str::from_utf8(requirement).ok()?.parse().ok()?;
    let path = |bytes: &[u8]| PathBuf::from(OsString::from_vec(bytes.to_vec()));
    let text = || String::from_utf8_lossy(detail).into_owned();
    let failure = match tag {
        b"entered" => return Some(TrialEvent::Entered),
        b"cut" => return Some(TrialEvent::Cut),
        b"refused" => return Some(TrialEvent::Refused(text())),
        b"trying" => return Some(TrialEvent::Trying(requirement)),
        b"holds" => return Some(TrialEvent::Holds(requirement)),
        b"missing" => Failure::Missing,
        b"denied" => Failure::Denied(decode_error(&text())),
        b"unwritable" => Failure::Unwritable(decode_error(&text())),
        b"kind" => Failure::Kind(text()),
        b"interpreter" => Failure::Interpreter(path(detail)),
        b"dead link" => Failure::DeadLink(path(detail)),
        b"libraries" => {
            let mut lines = detail.split(|&byte| byte == b'\n');
            let loader = path(lines.next()?);
            let names = lines.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
            Failure::Libraries { loader, names }
        }
        b"unresolved" => Failure::Unresolved,
        b"users" => Failure::Users,
        b"scratch" => Failure::Scratch,
        b"leads out" => Failure::LeadsOut(path(detail)),
        b"mentioned" => Failure::Mentioned(path(detail)),
        b"set-id" => Failure::SetId,
        _ => return None,
    };
    Some(TrialEvent::Failed(FailedRequirement { requirement, subject: path(subject), failure }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error() -> impl Strategy<Value = SystemError> {
        (any::<Option<i32>>(), "[^\0]*").prop_map(|(number, text)| SystemError { number, text })
    }

    fn event() -> impl Strategy<Value = TrialEvent> {
        let bytes = proptest::collection::vec(1_u8..=255, 0..20);
        let path = bytes.prop_map(|bytes| PathBuf::from(OsString::from_vec(bytes)));
        let failure = prop_oneof![
            Just(Failure::Missing),
            Just(Failure::Users),
            Just(Failure::Scratch),
            Just(Failure::SetId),
            Just(Failure::Unresolved),
            error().prop_map(Failure::Denied),
            error().prop_map(Failure::Unwritable),
            "[^\0]*".prop_map(Failure::Kind),
            ("[^\0\n]*", proptest::collection::vec("[^\0\n]*", 0..4))
                .prop_map(|(loader, names)| Failure::Libraries { loader: loader.into(), names }),
            path.clone().prop_map(Failure::Interpreter),
            path.clone().prop_map(Failure::LeadsOut),
            path.clone().prop_map(Failure::Mentioned),
            path.clone().prop_map(Failure::DeadLink),
        ];
        let failed =
            (0..10_000_usize, path, failure).prop_map(|(requirement, subject, failure)| {
                TrialEvent::Failed(FailedRequirement { requirement, subject, failure })
            });
        prop_oneof![
            failed,
            Just(TrialEvent::Entered),
            Just(TrialEvent::Cut),
            "[^\0]*".prop_map(TrialEvent::Refused),
            any::<usize>().prop_map(TrialEvent::Trying),
            any::<usize>().prop_map(TrialEvent::Holds)
        ]
    }

    proptest! {
        #[test]
        fn a_written_report_is_read(all in proptest::collection::vec(event(), 0..8)) {
            let mut bytes = Vec::new();
            all.iter().for_each(|event| write_event(&mut bytes, event).unwrap());
            prop_assert_eq!(read_events(&bytes), all);
        }

        #[test]
        fn arbitrary_bytes_are_read_without_panic(bytes: Vec<u8>) {
            read_events(&bytes);
        }

        #[test]
        fn an_incomplete_record_is_left_out(all in proptest::collection::vec(event(), 1..5), cut in 1..5_usize) {
            let mut bytes = Vec::new();
            all.iter().for_each(|event| write_event(&mut bytes, event).unwrap());
            bytes.truncate(bytes.len() - cut.min(bytes.len()));
            let read = read_events(&bytes);
            prop_assert!(read.len() < all.len());
            prop_assert_eq!(&all[..read.len()], &read[..]);
        }
    }
}
