//! A short-lived child of this process, in which something irreversible can be tried.

use super::posix::check;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Seconds that a trial may take.
const PATIENCE: libc::c_uint = 10;

/// Runs `trial` in a child process, and answers with what it answers there. The child ends without
/// any cleanup, so nothing of it is felt here. For a process with one thread.
///
/// # Errors
/// A failing call's `errno`; a trial that panicked.
pub(crate) fn in_a_child(trial: impl FnOnce() -> Vec<u8>) -> io::Result<Vec<u8>> {
    let (mut read, write) = pipe()?;
    // SAFETY: httpd's parent has one thread while it makes its configuration; the child does not
    // return from the arm below.
    match check(unsafe { libc::fork() })? {
        0 => {
            drop(read);
            // A child that hangs is not to keep the server from starting.
            // SAFETY: alarm takes a number; the signal ends this child.
            unsafe { libc::alarm(PATIENCE) };
            let answer = catch_unwind(AssertUnwindSafe(trial)).ok();
            let told = answer.is_some_and(|answer| { &write }.write_all(&answer).is_ok());
            // SAFETY: _exit takes a number; nothing of this child is worth cleaning up.
            unsafe { libc::_exit(i32::from(!told)) }
        }
        child => {
            drop(write);
            let mut answer = Vec::new();
            let answered = read.read_to_end(&mut answer);
            let status = wait_for(child)?;
            answered?;
            if status != 0 {
                return Err(io::Error::other("a trial in a child process failed"));
            }
            Ok(answer)
        }
    }
}

fn wait_for(child: libc::pid_t) -> io::Result<libc::c_int> {
    let mut status = 0;
    loop {
        // SAFETY: one number is written.
        match check(unsafe { libc::waitpid(child, &raw mut status, 0) }) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            answer => return answer.map(|_| status),
        }
    }
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
