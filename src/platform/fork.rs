//! A short-lived child of this process, in which something irreversible can be tried.

use super::posix::{check, try_in_child};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};

/// Seconds that a trial may take.
const PATIENCE: libc::c_uint = 10;

/// Runs `trial` in a copy of this process, which has one thread, and answers with what it answers
/// there: no more than a pipe holds. The copy ends without any cleanup, so nothing of it is felt here.
///
/// # Errors
/// The failing call's `errno`; a trial that panicked, hung or could not tell.
pub(crate) fn in_a_child(trial: impl FnOnce() -> Vec<u8>) -> io::Result<Vec<u8>> {
    let (mut read, write) = pipe()?;
    let told = try_in_child(|| {
        // A copy that hangs is not to keep the server from starting.
        // SAFETY: alarm takes a number; the signal ends the copy.
        unsafe { libc::alarm(PATIENCE) };
        (&write).write_all(&trial()).is_ok()
    })?;
    drop(write);
    if !told {
        return Err(io::Error::other("a trial in a child process failed"));
    }
    let mut answer = Vec::new();
    read.read_to_end(&mut answer)?;
    Ok(answer)
}

fn pipe() -> io::Result<(File, File)> {
    let mut ends = [-1; 2];
    // SAFETY: two numbers are written.
    check(unsafe { libc::pipe(ends.as_mut_ptr()) })?;
    // SAFETY: pipe has just made this descriptor, and nobody else knows it.
    let read = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: as above.
    let write = unsafe { OwnedFd::from_raw_fd(ends[1]) };
    Ok((File::from(read), File::from(write)))
}

#[cfg(test)]
mod tests {
    use super::in_a_child;

    #[test]
    fn what_a_child_says_is_heard() {
        assert_eq!(in_a_child(|| b"yes".to_vec()).unwrap(), b"yes");
    }

    #[test]
    fn a_child_that_panics_is_an_error() {
        in_a_child(|| panic!("on purpose")).unwrap_err();
    }
}
