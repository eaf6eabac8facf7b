//! A survey of the host's file systems by another process. One that does not answer is left out, and the rest is surveyed
//! again: so it delays the paths on others for seconds only.

use crate::platform::{Attempt, AttemptEnd, SingleThread};
use crate::view::follow::look::{HostLook, MountTable, SurveyStep};
use crate::view::follow::report::{FollowEvent, read_events};
use std::collections::BTreeSet;
use std::io;
use std::io::Write;
use std::time::Duration;

/// Time in which the file systems on the way to the paths answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Limit of silent file systems. Each costs two seconds; paths behind further ones are not followed.
const MOST_SILENT: usize = 4;

/// Number of looks after which a silent file system is asked again: ten minutes, at ten seconds each.
const LOOKS_BETWEEN: u32 = 60;

/// File systems that did not answer.
#[derive(Debug, Default)]
pub(super) struct SilentDevices {
    devices: BTreeSet<u64>,
    /// The state of the host's mount table for which their numbers are known.
    mounts: Option<u64>,
    looks_left: u32,
}

impl SilentDevices {
    /// Counts a look, and forgets file systems of another mount table, and those that may answer by now. Returns whether it has
    /// forgotten one.
    fn count_look(&mut self, mounts: u64) -> bool {
        self.looks_left = self.looks_left.saturating_sub(1);
        let is_over = self.mounts != Some(mounts) || self.looks_left == 0;
        let is_due = is_over && !self.devices.is_empty();
        if is_due {
            self.devices.clear();
        }
        is_due
    }

    /// Adds the file system that a survey asked last, if it is one more that may be waited for.
    fn add(&mut self, device: u64, mounts: u64) -> bool {
        (self.mounts, self.looks_left) = (Some(mounts), LOOKS_BETWEEN);
        self.devices.len() < MOST_SILENT && self.devices.insert(device)
    }
}

/// Runs a process that finds the local file systems, if the host's mount table has changed since that was done. Those that do not
/// answer are added to `silent`.
///
/// # Errors
/// Returns an error if the process could not be made, or ended for another reason.
pub(super) fn survey_apart(
    look: &mut HostLook,
    silent: &mut SilentDevices,
    mounts: MountTable,
    alone: impl Fn() -> io::Result<SingleThread>,
) -> io::Result<()> {
    let is_due = silent.count_look(mounts.of_host);
    if look.is_known(mounts.of_host) && !is_due {
        return Ok(());
    }
    // Numbers of another table are useless, even if the survey fails.
    look.forget_local();
    let mut local = BTreeSet::new();
    loop {
        let attempt = Attempt::new(alone()?, PATIENCE);
        let output = attempt.run(|out| write_survey(look, &silent.devices, out))?;
        let steps = read_events(&output.bytes).into_iter().filter_map(|event| event.step());
        let steps: Vec<_> = steps.collect();
        local.extend(steps.iter().filter_map(|step| step.local()));
        match (output.end, steps.last()) {
            (AttemptEnd::Done, _) => break,
            (AttemptEnd::OutOfTime | AttemptEnd::Abandoned, Some(SurveyStep::Asked(device))) => {
                if !silent.add(*device, mounts.of_host) {
                    break;
                }
            }
            (end, _) => return Err(end.to_error()),
        }
    }
    look.set_local(local.into_iter(), mounts.of_host);
    Ok(())
}

fn write_survey(look: &HostLook, silent: &BTreeSet<u64>, out: &mut dyn Write) -> io::Result<()> {
    let mut sent = Ok(());
    look.survey(silent, &mut |step| {
        let event = FollowEvent::Surveyed(step);
        sent = std::mem::replace(&mut sent, Ok(())).and_then(|()| event.write(out));
    });
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_file_systems_are_forgotten_when_the_mount_table_changes() {
        let paths = || vec![("/usr/bin".into(), true)];
        let mut look = HostLook::new(paths(), false);
        let mounts = MountTable::read();
        look.set_local([1, 2, 3].into_iter(), mounts.of_host.wrapping_add(1));
        let no_process = || Err(io::Error::other("no process"));
        survey_apart(&mut look, &mut SilentDevices::default(), mounts, no_process).unwrap_err();
        let unknown = HostLook::new(paths(), false);
        assert_eq!(look.fingerprint(mounts), unknown.fingerprint(mounts));
    }

    #[test]
    fn a_few_silent_file_systems_are_left_out_until_the_mounts_change_or_ten_minutes_have_passed() {
        let mut silent = SilentDevices::default();
        assert!((0..4).all(|device| silent.add(device, 1)));
        assert!(!silent.add(4, 1), "one too many");
        assert!((1..LOOKS_BETWEEN).all(|_| !silent.count_look(1)));
        assert!(silent.count_look(1) && silent.devices.is_empty());
        assert!(silent.add(0, 1) && silent.count_look(2));
        assert!(!silent.count_look(2), "there is none");
    }
}
