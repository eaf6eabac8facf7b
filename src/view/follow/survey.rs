//! A survey of the host's file systems by another process. One that does not answer is left out, and the rest is surveyed
//! again: so it delays the paths on others for seconds only.

use crate::platform::{Attempt, AttemptEnd, SingleThread};
use crate::view::follow::look::{HostLook, MountTable, SurveyStep, read_device_state};
use crate::view::follow::report::{FollowEvent, read_events};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::io::Write;
use std::time::Duration;

/// Time in which the file systems on the way to the paths answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Limit of silent file systems. Each costs some seconds; with more, those that may not answer are not asked.
const MOST_SILENT: usize = 4;

/// Number of looks after which a silent file system is asked again: ten minutes, at ten seconds each. It doubles each time, up to a day:
/// a process that asked may never end.
const LOOKS_BETWEEN: u32 = 60;
const MOST_LOOKS: u32 = 8640;

/// File systems that did not answer.
#[derive(Debug, Default)]
pub(super) struct SilentDevices {
    /// Their numbers, each with the state of its own mounts.
    devices: BTreeMap<u64, u64>,
    looks_left: u32,
    pause: u32,
}

impl SilentDevices {
    /// Counts a look, and forgets file systems whose own mounts have changed, by `state`, and all of them when they may answer by now.
    /// Returns whether it has forgotten one.
    fn count_look(&mut self, state: impl Fn(u64) -> u64) -> bool {
        self.looks_left = self.looks_left.saturating_sub(1);
        let before = self.devices.len();
        match self.looks_left {
            0 => self.devices.clear(),
            _ => self.devices.retain(|device, known| state(*device) == *known),
        }
        self.devices.len() < before
    }

    /// Adds the file system that a survey asked last, if it is one more that may be waited for.
    fn add(&mut self, device: u64, state: u64) -> bool {
        if self.devices.len() >= MOST_SILENT || self.devices.contains_key(&device) {
            return false;
        }
        if self.looks_left == 0 {
            self.pause = self.pause.saturating_mul(2).clamp(LOOKS_BETWEEN, MOST_LOOKS);
            self.looks_left = self.pause;
        }
        self.devices.insert(device, state);
        true
    }

    fn numbers(&self) -> BTreeSet<u64> {
        self.devices.keys().copied().collect()
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
    let is_due = silent.count_look(read_device_state);
    if look.is_known(mounts.of_host) && !is_due {
        return Ok(());
    }
    // Numbers of another table are useless, even if the survey fails.
    look.forget_local();
    let mut local = BTreeSet::new();
    let mut asks_all = true;
    loop {
        let attempt = Attempt::new(alone()?, PATIENCE);
        let output = attempt.run(|out| write_survey(look, &silent.numbers(), asks_all, out))?;
        let steps = read_events(&output.bytes).into_iter().filter_map(|event| event.step());
        let steps: Vec<_> = steps.collect();
        local.extend(steps.iter().filter_map(|step| step.local()));
        match (output.end, steps.last()) {
            (AttemptEnd::Done, _) => break,
            (AttemptEnd::OutOfTime | AttemptEnd::Abandoned, Some(SurveyStep::Asked(device)))
                if asks_all =>
            {
                asks_all = silent.add(*device, read_device_state(*device));
            }
            (end, _) => return Err(end.to_error()),
        }
    }
    look.set_local(local.into_iter(), mounts.of_host);
    Ok(())
}

fn write_survey(
    look: &HostLook,
    silent: &BTreeSet<u64>,
    asks_all: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut sent = Ok(());
    look.survey(silent, asks_all, &mut |step| {
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
    fn a_few_silent_file_systems_are_left_out_until_their_mounts_change_or_ten_minutes_have_passed()
    {
        let mut silent = SilentDevices::default();
        assert!((0..4).all(|device| silent.add(device, 1)));
        assert!(!silent.add(4, 1), "one too many");
        assert!((1..LOOKS_BETWEEN).all(|_| !silent.count_look(|_| 1)));
        assert!(silent.count_look(|_| 1) && silent.devices.is_empty());
        assert!(silent.add(0, 1) && silent.add(1, 1));
        assert!(silent.count_look(|device| device + 1), "the mounts of 1 have changed");
        assert!(silent.numbers().into_iter().eq([0]));
        assert!(!silent.count_look(|_| 1), "those of 0 have not");
    }

    #[test]
    fn the_time_until_a_silent_file_system_is_asked_again_doubles_up_to_a_day() {
        let mut silent = SilentDevices::default();
        for expected in [60, 120, 240, 480, 960, 1920, 3840, 7680, 8640, 8640] {
            assert!(silent.add(1, 1));
            let looks = (1..).find(|_| silent.count_look(|_| 1));
            assert_eq!(looks, Some(expected));
        }
    }
}
