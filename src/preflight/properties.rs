//! Properties of the records that a trial sends to the parent.

use crate::preflight::host_answers::HostAnswers;
use crate::preflight::rules::properties::collect_samples;
use crate::preflight::verdict::{
    build_findings, collect_failures, is_cut, judge_failures, list_known_names,
};
use crate::preflight::verdict_input::VerdictInput;
use crate::preflight::wire::{read_events, write_event};
use crate::view::HostPathMode;

/// Length up to which a report is cut off at each byte.
const SHORT: usize = 512;

/// `input` is a report. It is read equal when it is written again; a part of it has a part of its events; and the verdict
/// is about requirements that exist.
pub(crate) fn check_trial(input: &[u8]) {
    let events = read_events(input);
    let mut written = Vec::new();
    for event in &events {
        assert!(write_event(&mut written, event).is_ok());
    }
    assert_eq!(read_events(&written), events);
    for end in 0..written.len().min(SHORT) {
        assert!(events.starts_with(&read_events(&written[..end])), "{end} of {written:?}");
    }
    is_cut(input);
    let known_outside = list_known_names(input);
    let Ok(failed) = collect_failures(input) else { return };
    let requirements = collect_samples();
    let count = failed.len();
    let input = VerdictInput {
        mode: HostPathMode::View,
        uid: 33,
        known_outside: &known_outside,
        programs: &HostAnswers::default(),
    };
    let judged = judge_failures(&requirements, failed, &input);
    assert!(judged.len() <= count);
    for finding in build_findings(&judged, &[]) {
        let is_of = requirements.iter().any(|one| one.directive == finding.directive);
        assert!(is_of, "{finding:?}");
    }
}
