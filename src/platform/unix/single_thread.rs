//! Proof that this process has one thread.
//!
//! A copy made by `fork` has the calling thread alone, and every lock as it was: one that another
//! thread held at that moment is never released in the copy. So only a process with one thread may
//! make a copy that does more than the few calls that POSIX allows (`fork(2)`, async-signal-safe).

use crate::platform::{Support, Threads, backend};
use std::io;
use std::marker::PhantomData;
use std::time::Duration;

/// Proof that this process had one thread a moment ago. Each fork consumes one, and it stays in the thread that asked.
#[derive(Debug)]
pub(crate) struct SingleThread(PhantomData<*const ()>);

/// A thread that was joined may be listed a little longer: the kernel wakes the thread that joins
/// before it takes the other one off its list.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(5);

impl SingleThread {
    /// Counts the threads of this process.
    ///
    /// # Errors
    /// Returns an error if there are several, or if the system does not count them.
    pub(crate) fn check() -> io::Result<Self> {
        for _ in 0..TRIES {
            match backend::count_threads()? {
                Support::Available(Threads::Several(_)) => std::thread::sleep(PAUSE),
                Support::Available(Threads::One) => return Ok(Self(PhantomData)),
                Support::Unsupported => {
                    return Err(io::Error::other("this system does not count threads"));
                }
            }
        }
        Err(io::Error::other(
            "this process has several threads, and must have one while it starts children",
        ))
    }

    /// Assumes it: the test harness has threads, none of which holds a lock for long.
    #[cfg(test)]
    pub(crate) fn assume() -> Self {
        Self(PhantomData)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_thread_is_seen() {
        let (send, wait) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || wait.recv());
        assert!(matches!(
            backend::count_threads().unwrap(),
            Support::Available(Threads::Several(_))
        ));
        let error = SingleThread::check().unwrap_err();
        assert!(error.to_string().contains("threads"), "{error}");
        drop(send);
        other.join().unwrap().unwrap_err();
    }
}
