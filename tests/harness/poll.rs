//! Waiting without sleeping blindly: ask again until the answer is there, for a bounded time.

use std::time::{Duration, Instant};

use super::runner::Runner;

/// How long any single thing may take on a slow, busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(10);

/// Asks until there is an answer; fail the test, naming what never happened, when there is none in time.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    match within(PATIENCE, &mut ask) {
        Some(answer) => answer,
        None => panic!("not within {PATIENCE:?}: {what}"),
    }
}

/// Asks until there is an answer, or give up after `limit`, or longer where everything is slower.
pub(crate) fn within<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit * Runner::slowness();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}
