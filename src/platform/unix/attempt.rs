//! Irreversible actions, tried in a short-lived copy of this process.

use crate::platform::unix::fork::{ExitKind, ForkOptions, Inherited, fork};
use crate::platform::unix::posix::check;
use crate::platform::unix::single_thread::SingleThread;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// Bytes that an attempt may report, unless more are asked for.
const MOST: usize = 1 << 20;

/// An attempt before it is made: its time limit, and the descriptors that it needs.
#[derive(Debug)]
pub(crate) struct Attempt {
    alone: SingleThread,
    patience: Duration,
    keep: Vec<RawFd>,
    inherited: Inherited,
}

/// Bytes that a child wrote, and its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AttemptOutput {
    /// All that arrived, also if it ended too early.
    pub bytes: Vec<u8>,
    /// Its end.
    pub end: AttemptEnd,
}

/// End of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptEnd {
    /// It did everything, and reported the end.
    Done,
    /// It panicked, failed, or was killed.
    Failed,
    /// It was ended because its time was up.
    OutOfTime,
    /// It was ended because it wrote too much.
    TooMuch,
    /// It has not ended soon after SIGKILL: it waits in the kernel, for a disk or a file server, or the machine is very busy. It is not
    /// waited for any more.
    Abandoned,
}

impl Attempt {
    /// An attempt by a copy of this process, which has one thread, in at most `patience`. The copy
    /// has a session of its own, no environment, and no descriptor above 2.
    pub(crate) fn new(alone: SingleThread, patience: Duration) -> Self {
        Self { alone, patience, keep: Vec::new(), inherited: Inherited::Nothing }
    }

    /// Keeps a descriptor open that the attempt needs.
    pub(crate) fn keep_open(mut self, needed: impl AsRawFd) -> Self {
        self.keep.push(needed.as_raw_fd());
        self
    }

    /// Keeps the environment and every descriptor, as a child of httpd does.
    pub(crate) fn keep_everything(self) -> Self {
        Self { inherited: Inherited::Everything, ..self }
    }

    /// Makes the attempt, and reads its report. This process is not changed: the copy ends without any cleanup.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn run(
        self,
        attempt: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<AttemptOutput> {
        self.run_to_exit(attempt).map(|(reported, _)| reported)
    }

    /// As [`Self::run`]. Also returns the exit of the copy; `None` if it cannot be ended.
    ///
    /// # Errors
    /// Returns an error as [`Self::run`] does.
    pub(crate) fn run_to_exit(
        self,
        attempt: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<(AttemptOutput, Option<ExitKind>)> {
        let deadline = Instant::now() + self.patience;
        let (read, write) = open_pipe()?;
        let mut keep = self.keep;
        keep.push(write.as_raw_fd());
        let beginning =
            ForkOptions { keep: &keep, patience: self.patience, inherited: self.inherited };
        let mut out = Chunks(&write);
        let child = fork(self.alone, beginning, || {
            if attempt(&mut out).is_ok() {
                // Without it, the parent takes the attempt for one that failed.
                let _ = out.finish();
            }
        })?;
        drop(write);
        let reported = read_output(&read, deadline, MOST, &mut ChunkReader::default());
        let exit = child.kill()?;
        let end = |read| if exit.is_some() { read } else { AttemptEnd::Abandoned };
        reported.map(|read| (AttemptOutput { end: end(read.end), ..read }, exit))
    }

    /// Makes the attempt. Returns what it returns.
    ///
    /// # Errors
    /// Returns an error as [`Self::run`] does; also if the attempt did not complete.
    pub(crate) fn read_answer(self, attempt: impl FnOnce() -> Vec<u8>) -> io::Result<Vec<u8>> {
        let reported = self.run(|out| out.write_all(&attempt()))?;
        match reported.end {
            AttemptEnd::Done => Ok(reported.bytes),
            end => Err(end.to_error()),
        }
    }

    /// Makes the attempt. Returns whether `rule` holds there.
    ///
    /// # Errors
    /// Returns an error as [`Self::read_answer`] does.
    pub(crate) fn check_rule(self, rule: impl FnOnce() -> bool) -> io::Result<bool> {
        Ok(self.read_answer(|| vec![u8::from(rule())])? == [1])
    }
}

/// Makes an attempt in a test, whose process has other threads. Returns what it returns.
#[cfg(test)]
pub(crate) fn run_attempt(attempt: impl FnOnce() -> Vec<u8>) -> io::Result<Vec<u8>> {
    Attempt::new(SingleThread::assume(), Duration::from_secs(10)).read_answer(attempt)
}

impl AttemptEnd {
    /// The error of an attempt that ended so.
    pub(crate) fn to_error(self) -> io::Error {
        io::Error::other(match self {
            Self::Done => "the attempt in a child process reported nothing",
            Self::Failed => "the attempt in a child process failed",
            Self::OutOfTime => "the attempt in a child process took too long, and was ended",
            Self::TooMuch => "the attempt in a child process wrote too much, and was ended",
            Self::Abandoned => {
                "a child process did not end within 2 seconds of SIGKILL: it waits in the kernel, or the machine is very busy"
            }
        })
    }
}

/// Reads what comes out of a pipe.
pub(in crate::platform) trait PipeReader {
    /// Adds the next bytes. True if they contain the end.
    fn push(&mut self, bytes: &[u8]) -> bool;
    /// The content so far, without lengths and the like.
    fn content(&mut self) -> &mut Vec<u8>;
    /// The end that a closed pipe stands for.
    const CLOSED: AttemptEnd;
}

/// Reads until the end, the deadline, or `most` bytes.
pub(in crate::platform) fn read_output<R: PipeReader>(
    pipe: &File,
    deadline: Instant,
    most: usize,
    reader: &mut R,
) -> io::Result<AttemptOutput> {
    let mut buffer = [0; 16 * 1024];
    let end = loop {
        if !is_readable(pipe, deadline)? {
            break AttemptEnd::OutOfTime;
        }
        match (&*pipe).read(&mut buffer) {
            Ok(0) => break R::CLOSED,
            Ok(count) if reader.push(&buffer[..count]) => break AttemptEnd::Done,
            Ok(_) if reader.content().len() > most => break AttemptEnd::TooMuch,
            Ok(_) => {}
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => {}
                _ => return Err(error),
            },
        }
    };
    let mut bytes = std::mem::take(reader.content());
    bytes.truncate(most);
    Ok(AttemptOutput { bytes, end })
}

/// Waits for data, or for the other end to be closed. False at the deadline; signals do not extend it.
fn is_readable(pipe: &File, deadline: Instant) -> io::Result<bool> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        let mut wanted = libc::pollfd { fd: pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let milliseconds = libc::c_int::try_from(left.as_millis() + 1).unwrap_or(libc::c_int::MAX);
        // SAFETY: one structure is read and written where the pointer says.
        match check(unsafe { libc::poll(&raw mut wanted, 1, milliseconds) }) {
            Ok(0) => {}
            Ok(_) => return Ok(true),
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Content in pieces, each with its length before it; nothing, with a length of 0, is the end. So
/// the end is known although another process may hold the pipe open.
struct Chunks<'a>(&'a File);

/// Bytes that the length of a piece takes.
const LENGTH: usize = 4;

impl Chunks<'_> {
    fn finish(&mut self) -> io::Result<()> {
        self.0.write_all(&[0; LENGTH])
    }
}

impl Write for Chunks<'_> {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        let content = &content[..content.len().min(MOST)];
        if !content.is_empty() {
            let length = u32::try_from(content.len()).map_err(io::Error::other)?;
            self.0.write_all(&length.to_ne_bytes())?;
            self.0.write_all(content)?;
        }
        Ok(content.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug, Default)]
struct ChunkReader {
    content: Vec<u8>,
    /// The beginning of the next length.
    length: Vec<u8>,
    /// Bytes of the present piece that are still missing.
    left: usize,
}

impl ChunkReader {
    /// True for the last byte of the last piece.
    fn push_byte(&mut self, byte: u8) -> bool {
        if self.left > 0 {
            self.content.push(byte);
            self.left -= 1;
            return false;
        }
        self.length.push(byte);
        let Ok(length) = <[u8; LENGTH]>::try_from(&*self.length) else { return false };
        self.length.clear();
        self.left = u32::from_ne_bytes(length) as usize;
        self.left == 0
    }
}

impl PipeReader for ChunkReader {
    /// Only the last piece marks the end.
    const CLOSED: AttemptEnd = AttemptEnd::Failed;

    fn push(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().any(|&byte| self.push_byte(byte))
    }

    fn content(&mut self) -> &mut Vec<u8> {
        &mut self.content
    }
}

/// A pipe; its first end, for reading, makes nobody wait.
pub(in crate::platform) fn open_pipe() -> io::Result<(File, File)> {
    let mut ends = [-1; 2];
    // SAFETY: two numbers are written.
    check(unsafe { libc::pipe(ends.as_mut_ptr()) })?;
    // SAFETY: pipe has just made this descriptor, and nobody else knows it.
    let read = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: as above.
    let write = unsafe { OwnedFd::from_raw_fd(ends[1]) };
    for end in [&read, &write] {
        // SAFETY: the descriptor is open, and the call takes numbers.
        check(unsafe { libc::fcntl(end.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) })?;
    }
    // SAFETY: as above.
    check(unsafe { libc::fcntl(read.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) })?;
    Ok((File::from(read), File::from(write)))
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
