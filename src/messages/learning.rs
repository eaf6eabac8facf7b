//! Messages about learning (`-D CHROOT_LEARN`) and watching (`-D CHROOT_WATCH`).

use crate::messages::{Message, MessageText, Text, show_path};
use std::io;
use std::path::PathBuf;

/// A reason for which nothing can be learned here: the server does not start.
#[derive(Debug)]
pub(crate) enum LearnFault {
    /// The word is defined in a file.
    InFile(&'static str),
    /// The watching process has ended, and is not started again.
    Over,
    /// Both words are given.
    Both,
    /// No `ChrootDir` is set.
    NoJail,
    /// The configuration has inside paths.
    InsidePaths,
    /// One process is parent and child.
    OneProcess,
    /// The system cannot watch processes; another tool does.
    Unsupported(&'static str),
    /// The kernel does not let a process be watched.
    Refused(io::Error),
    /// A process was watched in a trial, and its calls were not seen.
    Blind(String),
    /// The directory of the result is not root's alone.
    Folder(PathBuf, String),
    /// The recording cannot be used.
    Trace(PathBuf, String),
    /// A system call failed.
    Failed(&'static str, io::Error),
    /// A child could not be watched.
    Unwatched(io::Error),
    /// A child did not become the user.
    NotUser,
}

const BOTH: &str = "the children cannot be outside of the jail and inside (both -D CHROOT_LEARN and -D CHROOT_WATCH)";

const NOT_USER: &str = "this child was made ready without being watched, or as root";

const ONE_PROCESS: &str = "one process (-X) is both parent and child, and cannot be watched";

const OVER: &str =
    "the process that watches the children has ended, and is started with the server only";

const NO_JAIL: &str = "there is no jail to learn for (ChrootDir is not set)";

const INSIDE_PATHS: &str = "the configuration has inside paths (ChrootFixRoot off), which lead nowhere outside of the \
                            jail, where the children would serve";

const INSTEAD: &str = "watch the children in the jail: apachectl -D CHROOT_WATCH -k start";

const SEE: &str = "run httpd with CAP_SYS_PTRACE (docker: --cap-add SYS_PTRACE), with /proc, and with \
                   kernel.yama.ptrace_scope below 3";

impl MessageText for LearnFault {
    fn id(&self) -> u16 {
        match self {
            Self::InFile(_)
            | Self::Over
            | Self::Both
            | Self::NoJail
            | Self::InsidePaths
            | Self::OneProcess
            | Self::Unsupported(_)
            | Self::Refused(_)
            | Self::Blind(_)
            | Self::Folder(..)
            | Self::Trace(..)
            | Self::Failed(..) => 943,
            Self::Unwatched(_) | Self::NotUser => 949,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::InFile(name) => describe_define(name),
            Self::Over
            | Self::Both
            | Self::NoJail
            | Self::InsidePaths
            | Self::OneProcess
            | Self::NotUser => self.describe_start(),
            Self::Unsupported(tool) => Text::new(
                "this system has no way to watch the children",
                format!(
                    "record their calls with \"{tool}\", and run httpd -t -D CHROOT_LEARN_FROM=FILE, as docs/LEARNING.md \
                     describes"
                ),
            ),
            Self::Refused(error) => {
                describe_refusal("the kernel does not let the children be watched", error)
            }
            Self::Blind(observed) => Text::new(
                format!(
                    "a process was watched in a trial, and its calls were not seen ({observed})"
                ),
                SEE,
            ),
            Self::Folder(path, reason) => Text::new(
                format!("the result would be written to \"{}\", and {reason}", path.display()),
                "set ServerRoot to a directory that root alone can change",
            ),
            Self::Trace(path, reason) => Text::new(
                format!("the recording \"{}\" cannot be used: {reason}", show_path(path)),
                "record the calls as docs/LEARNING.md describes, to a file that root alone can change",
            ),
            Self::Failed(call, error) => {
                Text::new(format!("{call}: {error}"), "start the server without this option")
            }
            Self::Unwatched(error) => describe_refusal("this child cannot be watched", error),
        }
    }
}

impl LearnFault {
    /// Text about a start that asks for something impossible.
    fn describe_start(&self) -> Text {
        let (fact, fix) = match self {
            Self::Over => (OVER, "stop the server, and start it again"),
            Self::Both => (BOTH, "start the server with one of them"),
            Self::NoJail => (NO_JAIL, "set ChrootDir to the directory that will be the jail"),
            Self::InsidePaths => (INSIDE_PATHS, INSTEAD),
            Self::OneProcess => (ONE_PROCESS, "start the server without -X"),
            _ => (NOT_USER, "start the server without this option"),
        };
        Text::new(fact, fix)
    }
}

fn describe_refusal(fact: &str, error: &io::Error) -> Text {
    let fix = "start the server without this option";
    Text::new(format!("{fact}: {error}{}", explain(error)), fix)
}

fn describe_define(name: &str) -> Text {
    Text::new(
        "a configuration file defines this, so every start would learn, not only this one",
        format!(
            "remove \"Define {name}\", and give the option on the command line: apachectl -D {name} -k start"
        ),
    )
}

/// The usual cause of an error of the kernel.
fn explain(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EBUSY) => {
            " (another program watches httpd by the same means, such as a container's manager)"
        }
        Some(libc::EACCES | libc::EPERM) => " (CAP_SYS_ADMIN is missing)",
        Some(libc::EINVAL | libc::ENOSYS) => " (it needs Linux 5.12)",
        _ => "",
    }
}

/// A message of a run that learns.
#[derive(Debug)]
pub(crate) enum LearnNotice {
    /// The children serve outside of the jail.
    Outside(PathBuf),
    /// The children are in the jail, and watched.
    Inside(PathBuf),
    /// The watching process has ended; true if the server stops now.
    Ended(bool),
    /// It did not answer in time, and was killed; true if the server stops then.
    Silent(bool),
    /// Some calls could not be read, or there were too many paths.
    Incomplete(u64),
    /// The result.
    Result(PathBuf, LearnResult),
    /// Lines were made of a recording, and are printed.
    Traced {
        /// Their number.
        lines: usize,
        /// Paths that they are for.
        paths: usize,
        /// Calls that are left out.
        unclear: u64,
        /// Uses that fail in the jail with the lines, or were not tried.
        failing: usize,
    },
}

/// The result of a run that learns.
#[derive(Debug)]
pub(crate) enum LearnResult {
    /// It is written: the number of lines, of paths, of uses that were tried, and of paths that are not proposed.
    Written(usize, usize, usize, usize),
    /// It is written, and some of the uses fail in the jail.
    Failing(usize, usize),
    /// It is written, and was not tried.
    Untried(String),
    /// It could not be written.
    Unwritten(String),
}

impl LearnNotice {
    /// The message about the option `-D define`.
    pub(crate) fn about(&self, define: &str) -> Message {
        Message::new("-D", define, self)
    }
}

impl MessageText for LearnNotice {
    fn id(&self) -> u16 {
        match self {
            Self::Outside(_) => 940,
            Self::Inside(_) => 948,
            Self::Ended(_) | Self::Silent(_) => 944,
            Self::Incomplete(_) => 947,
            Self::Result(_, LearnResult::Written(..)) => 945,
            Self::Traced { .. } => 950,
            Self::Result(..) => 946,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Outside(file) => Text::new(
                format!(
                    "the server is not in the jail: its children serve outside, and the paths that they use are recorded \
                     for \"{}\"",
                    file.display()
                ),
                "use the site on loopback or behind a password, then stop the server, and start it without this option",
            ),
            Self::Inside(file) => Text::new(
                format!(
                    "the children are in the jail, and the paths that they miss are recorded for \"{}\"; requests take \
                     longer",
                    file.display()
                ),
                "stop the server when the site was used, and start it without this option",
            ),
            Self::Ended(true) => Text::new(ENDED_OUTSIDE, "start the server again"),
            Self::Ended(false) => Text::new(ENDED_INSIDE, AGAIN),
            Self::Silent(true) => Text::new(SILENT, "start the server again"),
            Self::Silent(false) => Text::new(SILENT, AGAIN),
            Self::Incomplete(calls) => Text::new(
                format!("{calls} calls could not be recorded, so lines may be missing"),
                "use the site in parts, with a restart between them",
            ),
            Self::Result(file, result) => result.text(&file.display().to_string()),
            Self::Traced { lines, paths, unclear, failing } => Text::new(
                format!(
                    "the recording gives {lines} lines for {paths} paths; {failing} uses fail with them in the jail, or were \
                     not tried; {unclear} calls are left out, because their paths are cut short, or relative to a directory \
                     that the recording does not name"
                ),
                "read the lines, write them to a file, and include it",
            ),
        }
    }
}

const SILENT: &str = "the process that watches the children does not answer, and is killed, so that no request hangs";

const AGAIN: &str = "stop the server, and start it again, to watch it";

const ENDED_OUTSIDE: &str = "the process that watches the children has ended, so the server stops: its children are \
                             outside of the jail";

const ENDED_INSIDE: &str = "the process that watches the children has ended; the server restarts gracefully, in the jail \
                            and unwatched";

impl LearnResult {
    fn text(&self, file: &str) -> Text {
        match self {
            Self::Written(lines, paths, uses, refused) => Text::new(
                format!(
                    "\"{file}\" has {lines} lines for {paths} paths; {uses} uses were tried, and work in the jail with \
                     them; {refused} paths are not proposed, with the reason at the end of the file"
                ),
                format!(
                    "read it, add \"Include {file}\", run apachectl configtest, and start the server without this option"
                ),
            ),
            Self::Failing(failed, uses) => Text::new(
                format!(
                    "\"{file}\" is written, and {failed} of {uses} uses fail in the jail with its lines"
                ),
                format!("read the end of \"{file}\""),
            ),
            Self::Untried(reason) => Text::new(
                format!("\"{file}\" is written, and its lines were not tried: {reason}"),
                "remove the reason, and start and stop the server with this option again",
            ),
            Self::Unwritten(reason) => Text::new(
                format!("\"{file}\" could not be written: {reason}"),
                "remove the reason, and start the server with this option again",
            ),
        }
    }
}
