//! Report of the process that brings a jail up to date, as bytes: its parent reads it.

use crate::platform::{split_records, write_record};
use crate::view::follow::look::SurveyStep;
use crate::view::mounts::change::{ChangeKind, PlaceChange};
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// One record of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FollowEvent {
    /// A requested path has changed inside.
    Changed(PlaceChange),
    /// A step failed, for this reason.
    Failed(String),
    /// A path is not shown, for this reason, which is not tried again before something changes.
    Refused(String),
    /// A step of a survey of the file systems.
    Surveyed(SurveyStep),
    /// The process failed, or was ended before it could do everything.
    Ended(String),
}

impl FollowEvent {
    /// Writes the record.
    ///
    /// # Errors
    /// Returns an error if the reader is gone.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (tag, field) = match self {
            Self::Changed(PlaceChange { path, kind }) => {
                (tag_of(*kind), path.as_os_str().as_bytes().to_vec())
            }
            Self::Failed(cause) => ("failed", cause.clone().into_bytes()),
            Self::Refused(cause) => ("refused", cause.clone().into_bytes()),
            Self::Surveyed(step) => {
                let (tag, device) = describe_step(*step);
                (tag, device.to_string().into_bytes())
            }
            Self::Ended(cause) => ("ended", cause.clone().into_bytes()),
        };
        write_record(out, &[tag.as_bytes(), &field])
    }

    /// Whether it is to be tried again.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Ended(_))
    }

    /// Whether some work was left undone because of it.
    pub(crate) fn is_early_end(&self) -> bool {
        matches!(self, Self::Ended(_))
    }

    /// The reason, if something is not as on the host.
    pub(crate) fn cause(&self) -> Option<String> {
        match self {
            Self::Failed(cause) | Self::Refused(cause) | Self::Ended(cause) => Some(cause.clone()),
            _ => None,
        }
    }

    /// The step, if it is one of a survey.
    pub(crate) fn step(&self) -> Option<SurveyStep> {
        match self {
            Self::Surveyed(step) => Some(*step),
            _ => None,
        }
    }
}

fn describe_step(step: SurveyStep) -> (&'static str, u64) {
    match step {
        SurveyStep::Asked(device) => ("asked", device),
        SurveyStep::Local(device) => ("local", device),
        SurveyStep::Other(device) => ("other", device),
    }
}

fn tag_of(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Shown => "shown",
        ChangeKind::Renewed => "renewed",
        ChangeKind::Removed => "removed",
    }
}

/// Reads a report. An incomplete last record is left out.
pub(crate) fn read_events(bytes: &[u8]) -> Vec<FollowEvent> {
    split_records(bytes).into_iter().filter_map(parse_event).collect()
}

fn parse_event([tag, field]: [&[u8]; 2]) -> Option<FollowEvent> {
    let text = || String::from_utf8_lossy(field).into_owned();
    let survey_step =
        |step: fn(u64) -> SurveyStep| text().parse().ok().map(step).map(FollowEvent::Surveyed);
    let kind = match tag {
        b"shown" => ChangeKind::Shown,
        b"renewed" => ChangeKind::Renewed,
        b"removed" => ChangeKind::Removed,
        b"failed" => return Some(FollowEvent::Failed(text())),
        b"refused" => return Some(FollowEvent::Refused(text())),
        b"ended" => return Some(FollowEvent::Ended(text())),
        b"asked" => return survey_step(SurveyStep::Asked),
        b"local" => return survey_step(SurveyStep::Local),
        b"other" => return survey_step(SurveyStep::Other),
        _ => return None,
    };
    let path = PathBuf::from(OsString::from_vec(field.to_vec()));
    Some(FollowEvent::Changed(PlaceChange { path, kind }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = FollowEvent> {
        let kind = prop_oneof![
            Just(ChangeKind::Shown),
            Just(ChangeKind::Renewed),
            Just(ChangeKind::Removed)
        ];
        let path = proptest::collection::vec(1_u8..=255, 0..20);
        let path = path.prop_map(|bytes| PathBuf::from(OsString::from_vec(bytes)));
        prop_oneof![
            (path, kind).prop_map(|(path, kind)| FollowEvent::Changed(PlaceChange { path, kind })),
            "[^\0]*".prop_map(FollowEvent::Failed),
            "[^\0]*".prop_map(FollowEvent::Refused),
            "[^\0]*".prop_map(FollowEvent::Ended),
            any::<u64>().prop_map(|it| FollowEvent::Surveyed(SurveyStep::Asked(it))),
            any::<u64>().prop_map(|it| FollowEvent::Surveyed(SurveyStep::Local(it))),
            any::<u64>().prop_map(|it| FollowEvent::Surveyed(SurveyStep::Other(it))),
        ]
    }

    proptest! {
        #[test]
        fn a_written_report_is_read(all in proptest::collection::vec(event(), 0..8)) {
            let mut bytes = Vec::new();
            all.iter().for_each(|event| event.write(&mut bytes).unwrap());
            prop_assert_eq!(read_events(&bytes), all);
        }

        #[test]
        fn arbitrary_bytes_are_read_without_panic(bytes: Vec<u8>) {
            read_events(&bytes);
        }
    }
}
