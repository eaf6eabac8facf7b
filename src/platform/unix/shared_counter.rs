//! A number that this process and those that it forks can count up together.

use std::io;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// A counter in memory that is shared with forked processes.
#[derive(Debug)]
pub(crate) struct SharedCounter(NonNull<AtomicU64>);

// SAFETY: the memory belongs to the counter until it is dropped, and is only used by atomic operations.
unsafe impl Send for SharedCounter {}
// SAFETY: as above.
unsafe impl Sync for SharedCounter {}

impl SharedCounter {
    /// A counter that is 0.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call.
    pub(crate) fn new() -> io::Result<Self> {
        let (access, kind) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANON);
        // SAFETY: new memory of the system's choice, of which nothing else knows.
        let memory = unsafe { libc::mmap(null_mut(), SIZE, access, kind, -1, 0) };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let counter = NonNull::new(memory.cast());
        counter.map(Self).ok_or_else(|| io::Error::other("mmap returned no memory"))
    }

    /// Counts one up.
    pub(crate) fn add_one(&self) {
        self.cell().fetch_add(1, SeqCst);
    }

    /// The number.
    pub(crate) fn read(&self) -> u64 {
        self.cell().load(SeqCst)
    }

    /// Sets the number, as a process that shares it may.
    #[cfg(test)]
    pub(crate) fn set(&self, number: u64) {
        self.cell().store(number, SeqCst);
    }

    fn cell(&self) -> &AtomicU64 {
        // SAFETY: a page that is mapped until the counter is dropped, aligned, and zero at first.
        unsafe { self.0.as_ref() }
    }
}

/// Size of the memory.
const SIZE: usize = size_of::<AtomicU64>();

impl Drop for SharedCounter {
    fn drop(&mut self) {
        // SAFETY: the memory that was mapped above, which nothing uses any more.
        unsafe { libc::munmap(self.0.as_ptr().cast(), SIZE) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::run_attempt;

    #[test]
    fn a_forked_process_counts_in_the_same_memory() {
        let counter = SharedCounter::new().unwrap();
        counter.add_one();
        let seen = run_attempt(|| {
            counter.add_one();
            counter.read().to_ne_bytes().to_vec()
        });
        assert_eq!(seen.unwrap(), 2_u64.to_ne_bytes());
        assert_eq!(counter.read(), 2);
    }
}
