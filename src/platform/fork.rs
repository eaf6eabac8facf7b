//! A short-lived child of this process, in which something irreversible can be tried.

use super::posix::check;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};

/// Seconds that a trial may take.
const PATIENCE: u32 = 10;

/// Runs `trial` in a copy of this process, which has one thread, and answers with what it answers
/// there. The copy ends without any cleanup, so nothing of it is felt here.
///
/// # Errors
/// The failing call's `errno`; a trial that panicked, hung or could not tell.
pub(crate) fn in_a_child(trial: impl FnOnce() -> Vec<u8>) -> io::Result<Vec<u8>> {
    match told_by_a_child(PATIENCE, |out| out.write_all(&trial()))? {
        (answer, true) => Ok(answer),
        (_, false) => Err(io::Error::other("a trial in a child process failed")),
    }
}

/// The same for a trial that tells one thing after the other, and may take `patience` seconds: what
/// it told, and whether it came to its end.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn told_by_a_child(
    patience: u32,
    trial: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<(Vec<u8>, bool)> {
    let (mut read, mut write) = pipe()?;
    let child = fork(|| {
        // A copy that hangs is not to keep the server from starting.
        // SAFETY: alarm takes a number; the signal ends the copy, which has no handler for it.
        unsafe { libc::alarm(patience) };
        trial(&mut write).is_ok()
    })?;
    drop(write);
    let mut told = Vec::new();
    let heard = read.read_to_end(&mut told);
    let ended = child.held().unwrap_or(false);
    heard?;
    Ok((told, ended))
}

/// Lets a copy of this process, which has one thread, say whether `rule` holds there.
///
/// # Errors
/// The failing call's `errno`; `ECHILD` if the copy did not end by itself.
pub(crate) fn try_in_child(rule: impl FnOnce() -> bool) -> io::Result<bool> {
    fork(rule)?.held()
}

/// A copy of this process that is to be waited for.
#[must_use]
struct Copy(libc::pid_t);

/// Lets a copy of this process, which has one thread, see whether `rule` holds there.
///
/// # Errors
/// The failing call's `errno`.
fn fork(rule: impl FnOnce() -> bool) -> io::Result<Copy> {
    // SAFETY: the process has one thread, as the caller promises, so the copy may do what it likes.
    let pid = check(unsafe { libc::fork() })?;
    if pid == 0 {
        let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(rule)).unwrap_or(false);
        // SAFETY: _exit takes a number, and runs nothing of what the copy has inherited.
        unsafe { libc::_exit(i32::from(!held)) };
    }
    Ok(Copy(pid))
}

impl Copy {
    /// Waits for its end, and answers whether the rule held.
    ///
    /// # Errors
    /// The failing call's `errno`; `ECHILD` if the copy did not end by itself.
    fn held(self) -> io::Result<bool> {
        let mut status = 0;
        loop {
            // SAFETY: waitpid writes one number where the pointer says.
            match check(unsafe { libc::waitpid(self.0, &raw mut status, 0) }) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                answer => {
                    answer?;
                    break;
                }
            }
        }
        if libc::WIFEXITED(status) {
            Ok(libc::WEXITSTATUS(status) == 0)
        } else {
            Err(io::Error::from_raw_os_error(libc::ECHILD))
        }
    }
}

fn pipe() -> io::Result<(File, File)> {
    let mut ends = [-1; 2];
    // SAFETY: two numbers are written.
    check(unsafe { libc::pipe(ends.as_mut_ptr()) })?;
    for end in ends {
        // A program that the copy starts is not to keep the pipe open.
        // SAFETY: the descriptor has just been made.
        check(unsafe { libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    }
    // SAFETY: pipe has just made this descriptor, and nobody else knows it.
    let read = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: as above.
    let write = unsafe { OwnedFd::from_raw_fd(ends[1]) };
    Ok((File::from(read), File::from(write)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_says_is_heard() {
        assert_eq!(in_a_child(|| b"yes".to_vec()).unwrap(), b"yes");
    }

    #[test]
    fn what_a_child_said_before_it_hung_is_heard() {
        let (told, ended) = told_by_a_child(1, |out| {
            out.write_all(&[b'x'; 100_000])?;
            std::thread::sleep(std::time::Duration::from_secs(60));
            Ok(())
        })
        .unwrap();
        assert_eq!((told.len(), ended), (100_000, false));
    }

    #[test]
    fn a_child_that_panics_is_an_error() {
        in_a_child(|| panic!("on purpose")).unwrap_err();
    }
}
