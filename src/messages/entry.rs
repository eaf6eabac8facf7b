//! Faults while a child enters.

use crate::platform::{DescriptorListError, SyscallError};
use std::fmt;
use std::io;

/// A step of the entry that did not succeed.
#[derive(Debug)]
pub(crate) enum EntryFault {
    /// A system call said no.
    Refused(SyscallError),
    /// An open descriptor cannot be judged or closed.
    Descriptors(io::Error),
    /// The open descriptors cannot be listed.
    Unlisted(DescriptorListError),
    /// This process has more threads than one: their names.
    Threads(Vec<String>),
    /// How many threads this process has cannot be told.
    ThreadsUnknown(io::Error),
    /// The terminal cannot be given up.
    Terminal(io::Error),
    /// The terminal was given up, and is there still.
    TerminalKept,
    /// This descriptor is a terminal that a log is written to.
    LogTerminal(i32),
    /// The path leads to another directory now than when the server started.
    Replaced {
        /// What was checked at start.
        checked: String,
        /// What is there now.
        found: String,
    },
    /// The descriptor that was opened at start is gone from this process.
    Gone,
}

impl EntryFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Refused(_) | Self::Descriptors(_) | Self::Gone => 401,
            Self::Unlisted(DescriptorListError::Unreadable(_)) => 401,
            Self::Replaced { .. } => 402,
            Self::Unlisted(DescriptorListError::Incomplete(_)) => 403,
            Self::Unlisted(DescriptorListError::Above(_)) => 404,
            Self::Threads(_) => 405,
            Self::ThreadsUnknown(_) => 406,
            Self::Terminal(_) | Self::TerminalKept => 407,
            Self::LogTerminal(_) => 408,
        }
    }
}

impl EntryFault {
    /// Faults of the process as it comes: its descriptors and threads.
    fn of_process(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlisted(DescriptorListError::Incomplete(why)) => write!(
                f,
                "the list of open descriptors is not complete ({why}); mount procfs on /proc, and \
                 nothing over it"
            ),
            Self::Unlisted(DescriptorListError::Above(error)) => write!(
                f,
                "there is no /proc, and descriptors above the limit of open files cannot be closed \
                 (close_range: {error}); mount procfs on /proc"
            ),
            Self::Threads(names) => write!(
                f,
                "this child has {} threads before it enters ({}), and what is taken from it would be \
                 left to the others; remove the module that starts them in a child (as agents and \
                 profilers do), or let it start them later",
                if names.is_empty() { "several".to_owned() } else { names.len().to_string() },
                if names.is_empty() { "without names".to_owned() } else { names.join(", ") }
            ),
            Self::ThreadsUnknown(error) => write!(
                f,
                "how many threads this child has cannot be told ({error}); mount procfs on /proc, or \
                 allow the system call unshare"
            ),
            _ => self.of_terminal(f),
        }
    }

    fn of_terminal(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Terminal(error) => write!(
                f,
                "the terminal that httpd was started in cannot be given up: {error}; start httpd \
                 without one: setsid httpd -DFOREGROUND </dev/null"
            ),
            Self::TerminalKept => write!(
                f,
                "the terminal that httpd was started in was given up, and is there still; start \
                 httpd without one: setsid httpd -DFOREGROUND </dev/null"
            ),
            Self::LogTerminal(fd) => write!(
                f,
                "descriptor {fd} is a terminal that a log is written to, and a program in the jail \
                 could change its settings; write ErrorLog \"|/bin/cat\" (and the same for other \
                 logs), or start httpd without a terminal (docker run without -t)"
            ),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for EntryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(SyscallError { call, error }) => write!(
                f,
                "{call} failed: {error}; see what denies it to root (capabilities, such as \
                 CapabilityBoundingSet of the service's unit; seccomp; a security module; \
                 kern.chroot_allow_open_directories)"
            ),
            Self::Descriptors(error) | Self::Unlisted(DescriptorListError::Unreadable(error)) => {
                write!(
                    f,
                    "the open descriptors cannot be listed and closed: {error}; mount /proc on Linux, \
                 or lower the limit of open files"
                )
            }
            Self::Replaced { checked, found } => write!(
                f,
                "is not the directory any more that was checked at start ({checked}; now {found}); \
                 put it back, or restart the server if that was meant"
            ),
            Self::Gone => write!(
                f,
                "this process has no jail to enter any more; please report which modules are loaded"
            ),
            _ => self.of_process(f),
        }
    }
}
