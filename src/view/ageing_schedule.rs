//! Times at which old files are removed from the private `/tmp`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Time from a start or restart to the first cleaning, and from one to the next, as systemd has them.
const FIRST: Duration = Duration::from_secs(15 * 60);
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// The time of the next cleaning.
#[derive(Debug)]
pub(crate) struct AgeingSchedule(Mutex<SystemTime>);

impl Default for AgeingSchedule {
    fn default() -> Self {
        Self(Mutex::new(SystemTime::now() + FIRST))
    }
}

impl AgeingSchedule {
    /// Whether it is time; then the next one is a day later. A date in the far future, of a clock that was wrong, does not count.
    pub(crate) fn is_due(&self, now: SystemTime) -> bool {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = next.duration_since(now).unwrap_or_default();
        if wait.is_zero() || wait > INTERVAL {
            *next = now + INTERVAL;
        }
        wait.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleaning_is_due_once_a_day() {
        let schedule = AgeingSchedule::default();
        let now = SystemTime::now();
        assert!(!schedule.is_due(now));
        let later = now + FIRST + Duration::from_secs(1);
        assert!(schedule.is_due(later));
        assert!(!schedule.is_due(later + Duration::from_secs(60)));
        assert!(schedule.is_due(later + INTERVAL));
        assert!(!schedule.is_due(now), "the clock was wrong");
        assert!(schedule.is_due(now + INTERVAL));
    }
}
