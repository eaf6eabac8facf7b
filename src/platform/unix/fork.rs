//! Children of this process that try something and end: their beginning and their end.
//!
//! Such a child has a session of its own, so that neither a terminal nor a signal for the server's
//! process group reaches it; no environment, no input and no output; and no descriptor but those that it
//! needs. Its parent
//! never waits for it without a deadline: not even SIGKILL ends a process that waits in the kernel
//! for a disk or a file server.

use crate::platform::unix::posix;
use crate::platform::unix::posix::check;
use crate::platform::unix::single_thread::SingleThread;
use crate::platform::{Support, backend};
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Time after SIGKILL within which a child has ended, unless it waits in the kernel.
const REAPED_WITHIN: Duration = Duration::from_secs(2);

/// Seconds after the parent's deadline at which a child ends itself, should its parent be gone.
const ORPHANED_AFTER: u32 = 5;

/// A child that this process started, and has to end.
#[derive(Debug)]
#[must_use = "a child that is not ended outlives its parent's interest in it"]
pub(in crate::platform) struct ForkedChild(libc::pid_t);

/// Exit of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitKind {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// Unknown: the program that started httpd made it ignore SIGCHLD.
    Unknown,
}

impl ExitKind {
    /// Whether it is the exit of a child that failed.
    pub(in crate::platform) fn is_failure(self) -> bool {
        !matches!(self, Self::Status(0) | Self::Unknown)
    }
}

/// Start of a child.
#[derive(Debug, Clone, Copy)]
pub(in crate::platform) struct ForkOptions<'a> {
    /// Descriptors from 3 up that it keeps.
    pub keep: &'a [RawFd],
    /// Time that its parent gives it.
    pub patience: Duration,
    /// Its environment and its other descriptors.
    pub inherited: Inherited,
}

/// Environment of a child, and descriptors that it does not need by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::platform) enum Inherited {
    /// They are taken away.
    Nothing,
    /// They are those of its parent, as of a process that serves.
    Everything,
}

/// Runs `work` in a copy of this process, which ends when `work` returns or panics.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(in crate::platform) fn fork(
    _alone: SingleThread,
    beginning: ForkOptions<'_>,
    work: impl FnOnce(),
) -> io::Result<ForkedChild> {
    let parent = std::process::id();
    // SAFETY: the process has one thread, so the copy holds no lock of another one, and may do
    // whatever this process could do.
    let pid = check(unsafe { libc::fork() })?;
    if pid == 0 && std::process::id() == parent {
        // A sandbox answered 0 and did nothing: this process would do the work in place of a copy, and end.
        return Err(io::Error::other("fork succeeded, and made no process"));
    }
    if pid == 0 {
        let begun = || beginning.prepare().map(|()| work());
        let done = catch_unwind(AssertUnwindSafe(begun));
        let status = i32::from(!matches!(done, Ok(Ok(()))));
        // SAFETY: _exit takes a number, and runs nothing of what the copy has inherited.
        unsafe { libc::_exit(status) };
    }
    Ok(ForkedChild(pid))
}

/// Signals that are meant for the server: a process that serves it ends when its own work is done.
const OF_THE_SERVER: [libc::c_int; 6] =
    [libc::SIGTERM, libc::SIGHUP, libc::SIGUSR1, libc::SIGWINCH, libc::SIGINT, libc::SIGPIPE];

/// Runs `work` in a copy of this process that lives as long as `work` takes, with no descriptor but `keep`. Returns its
/// number: it is a child of this process, which waits for it like for others.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(in crate::platform) fn fork_service(
    alone: SingleThread,
    keep: &[RawFd],
    work: impl FnOnce() -> io::Result<()>,
) -> io::Result<u32> {
    // The alarm of a short-lived child is taken back.
    let patience = Duration::from_secs(0);
    let beginning = ForkOptions { keep, patience, inherited: Inherited::Nothing };
    let ForkedChild(pid) = fork(alone, beginning, || {
        // SAFETY: alarm takes a number.
        unsafe { libc::alarm(0) };
        for signal in OF_THE_SERVER {
            // SAFETY: signal takes two numbers.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
        }
        let _ = work();
    })?;
    Ok(pid as u32)
}

impl ForkOptions<'_> {
    /// Prepares the child, before anything else is done in it.
    fn prepare(self) -> io::Result<()> {
        // SAFETY: setsid takes nothing. The child was just forked, so it leads no group.
        check(unsafe { libc::setsid() })?;
        reset_signals();
        let seconds = u32::try_from(self.patience.as_secs()).unwrap_or(u32::MAX);
        // SAFETY: alarm takes a number; the signal ends the process, as has just been arranged.
        unsafe { libc::alarm(seconds.saturating_add(ORPHANED_AFTER)) };
        if self.inherited == Inherited::Everything {
            ignore_closed_pipes();
            return Ok(());
        }
        empty_environment();
        redirect_standard_streams(self.keep)?;
        close_all_but(self.keep)
    }
}

/// Puts `/dev/null` in the place of input, output and errors. Otherwise a program that reads the output of
/// httpd to its end would wait for a child that cannot be ended.
fn redirect_standard_streams(keep: &[RawFd]) -> io::Result<()> {
    // httpd opens it, too: a host without it runs no httpd.
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    // The error log may be one of them.
    for standard in (0..=2).filter(|fd| !keep.contains(fd)) {
        // SAFETY: dup2 takes two numbers. Nobody owns 0 to 2.
        check(unsafe { libc::dup2(nothing.as_raw_fd(), standard) })?;
    }
    // It may have been opened as one of them, if that was closed.
    if nothing.as_raw_fd() <= 2 {
        let _ = nothing.into_raw_fd();
    }
    Ok(())
}

/// Gives every signal its default effect, and blocks none: handlers of httpd, and signals that it was
/// started to ignore, are not for this child.
fn reset_signals() {
    const LAST: libc::c_int = 64;
    for signal in 1..=LAST {
        // SAFETY: signal takes two numbers; one that is no signal, or cannot be caught, is an error.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    let mut none = std::mem::MaybeUninit::uninit();
    // SAFETY: sigemptyset writes one set where the pointer says.
    unsafe { libc::sigemptyset(none.as_mut_ptr()) };
    // SAFETY: sigemptyset has written the set, and the call only reads it.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut()) };
}

/// Lets a write to a pipe without a reader fail, as in every child of httpd.
fn ignore_closed_pipes() {
    // SAFETY: signal takes two numbers.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

fn empty_environment() {
    for (name, _) in std::env::vars_os() {
        let Ok(name) = CString::new(name.as_bytes()) else { continue };
        // SAFETY: a CStr ends in NUL, and no other thread reads the environment: there is none.
        unsafe { libc::unsetenv(name.as_ptr()) };
    }
}

/// Closes every descriptor from 3 up that is not in `keep`.
fn close_all_but(keep: &[RawFd]) -> io::Result<()> {
    let mut keep: Vec<RawFd> = keep.iter().copied().filter(|&fd| fd > 2).collect();
    keep.sort_unstable();
    let mut first = 3;
    for last in keep.iter().map(|fd| fd - 1).chain([RawFd::MAX]) {
        if first <= last && backend::close_range(first, last)? == Support::Unsupported {
            return close_listed_but(&keep);
        }
        first = last.saturating_add(2);
    }
    Ok(())
}

fn close_listed_but(keep: &[RawFd]) -> io::Result<()> {
    let held = posix::open_root()?;
    let open = crate::platform::list_descriptors(held.as_fd())
        .map_err(|_| io::Error::other("not all descriptors can be listed"))?;
    let is_others = |fd: &RawFd| *fd > 2 && !keep.contains(fd) && *fd != held.as_raw_fd();
    for fd in open.into_iter().filter(is_others) {
        match posix::close_descriptor(fd) {
            // The list itself was read through a descriptor, which is closed by now.
            Err(error) if error.raw_os_error() == Some(libc::EBADF) => {}
            closed => closed?,
        }
    }
    Ok(())
}

impl ForkedChild {
    /// Waits until `deadline` for its end, and kills it then.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(in crate::platform) fn wait(self, deadline: Instant) -> io::Result<ExitKind> {
        match self.wait_until(deadline)? {
            Some(exit) => Ok(exit),
            None => self.kill().map(|_| ExitKind::Signal(libc::SIGKILL)),
        }
    }

    /// Kills it and its process group. Returns its exit, which may have been before; `None` if it does not end.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(in crate::platform) fn kill(self) -> io::Result<Option<ExitKind>> {
        let Self(pid) = self;
        for target in [-pid, pid] {
            // SAFETY: kill takes two numbers. The child was not reaped, so its number is its own, and
            // so is that of its group.
            unsafe { libc::kill(target, libc::SIGKILL) };
        }
        self.wait_until(Instant::now() + REAPED_WITHIN)
    }

    /// Its exit, if it ends before `deadline`.
    fn wait_until(&self, deadline: Instant) -> io::Result<Option<ExitKind>> {
        let mut pause = Duration::from_micros(100);
        loop {
            let exit = self.poll_exit()?;
            if exit.is_some() || Instant::now() >= deadline {
                return Ok(exit);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// Its exit, if it has ended.
    fn poll_exit(&self) -> io::Result<Option<ExitKind>> {
        let mut status = 0;
        // SAFETY: waitpid writes one number where the pointer says, and does not wait.
        let ended = check(unsafe { libc::waitpid(self.0, &raw mut status, libc::WNOHANG) });
        match ended.map_err(|error| (error.raw_os_error(), error)) {
            Ok(pid) if pid != self.0 => Ok(None),
            Ok(_) if libc::WIFEXITED(status) => {
                Ok(Some(ExitKind::Status(libc::WEXITSTATUS(status))))
            }
            Ok(_) => Ok(Some(ExitKind::Signal(libc::WTERMSIG(status)))),
            Err((Some(libc::EINTR), _)) => Ok(None),
            Err((Some(libc::ECHILD), _)) => Ok(Some(ExitKind::Unknown)),
            Err((_, error)) => Err(error),
        }
    }
}
