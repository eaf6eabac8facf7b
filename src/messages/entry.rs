//! Faults of the entry of a child.

use crate::messages::fixes::add_to_unit;
use crate::messages::{MessageText, Text};
use crate::platform::{DescriptorListError, SyscallError};
use std::io;

/// A step of the entry that did not succeed.
#[derive(Debug)]
pub(crate) enum EntryFault {
    /// A system call failed.
    Refused(SyscallError),
    /// The system does not set so many groups: their number, and the error.
    TooManyGroups(usize, io::Error),
    /// An open descriptor cannot be judged or closed.
    Descriptors(io::Error),
    /// The open descriptors cannot be listed.
    Unlisted(DescriptorListError),
    /// This process has more threads than one: their names.
    Threads(Vec<String>),
    /// The number of threads of this process is unknown.
    ThreadsUnknown(io::Error),
    /// The terminal cannot be given up.
    Terminal(io::Error),
    /// The terminal was given up, and is still there.
    TerminalKept,
    /// This descriptor is a terminal that a log is written to.
    LogTerminal(i32),
    /// The path leads to another directory than when the server started.
    Replaced {
        /// The directory that was checked at start.
        checked: String,
        /// The directory that is there now.
        found: String,
    },
    /// The descriptor that was opened at start is not open in this process.
    Gone,
}

impl MessageText for EntryFault {
    fn id(&self) -> u16 {
        match self {
            Self::Refused(_) | Self::TooManyGroups(..) | Self::Descriptors(_) | Self::Gone => 401,
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

    fn text(&self) -> Text {
        match self {
            Self::Refused(SyscallError { call, error }) => {
                Text::new(format!("{call} failed: {error}"), explain_refusal(call, error))
            }
            Self::TooManyGroups(count, error) => Text::new(
                format!("setgroups failed: {error} (User is in {count} groups)"),
                "run getconf NGROUPS_MAX, and remove User from groups, or set User to another user",
            ),
            Self::Descriptors(error) | Self::Unlisted(DescriptorListError::Unreadable(error)) => {
                Text::new(
                    format!("the open descriptors cannot be listed and closed: {error}"),
                    "mount procfs on /proc (Linux), or lower the limit of open files (ulimit -n)",
                )
            }
            Self::Replaced { checked, found } => Text::new(
                format!(
                    "is another directory than the one that was checked at start ({checked}; now \
                     {found})"
                ),
                "move the checked one back, or restart httpd to use the new one",
            ),
            Self::Gone => Text::new(
                "the directory that was opened at start is not open in this process",
                "report this, with the list of loaded modules (httpd -M)",
            ),
            _ => self.process_text(),
        }
    }
}

impl EntryFault {
    /// Words about the state of the process: its descriptors, threads and terminal.
    fn process_text(&self) -> Text {
        match self {
            Self::Unlisted(DescriptorListError::Incomplete(cause)) => Text::new(
                format!("the list of open descriptors is not complete ({cause})"),
                "mount procfs on /proc, and nothing over it",
            ),
            Self::Unlisted(DescriptorListError::Above(error)) => Text::new(
                format!(
                    "there is no /proc, and descriptors above the limit of open files cannot be closed \
                     (close_range: {error})"
                ),
                "mount procfs on /proc",
            ),
            Self::Threads(names) => threads(names),
            Self::ThreadsUnknown(error) => Text::new(
                format!("the number of threads of this child is unknown ({error})"),
                "mount procfs on /proc, or allow the system call unshare",
            ),
            _ => self.terminal_text(),
        }
    }

    fn terminal_text(&self) -> Text {
        const WITHOUT: &str = "start httpd without one: setsid httpd -DFOREGROUND </dev/null";
        match self {
            Self::Terminal(error) => Text::new(
                format!("the terminal that httpd was started in cannot be given up: {error}"),
                WITHOUT,
            ),
            Self::TerminalKept => Text::new(
                "the terminal that httpd was started in was given up, and is still there",
                WITHOUT,
            ),
            Self::LogTerminal(fd) => Text::new(
                format!(
                    "descriptor {fd} is a terminal that a log is written to, and a program in the jail \
                     could change its settings"
                ),
                "set ErrorLog \"|/bin/cat\" (and the same for other logs), or start httpd without a \
                 terminal (docker run without -t)",
            ),
            _ => Text::without_fix(""),
        }
    }
}

/// The fix for a call that the system refuses to root.
fn explain_refusal(call: &str, error: &io::Error) -> String {
    let (capability, set) = match call {
        "setgid" | "setgroups" => ("CAP_SETGID", "@setuid"),
        "setuid" => ("CAP_SETUID", "@setuid"),
        _ => ("CAP_SYS_CHROOT", "@mount"),
    };
    match error.raw_os_error() {
        // A user namespace without this id.
        Some(libc::EINVAL) if set == "@setuid" => {
            "remove PrivateUsers= from the service's unit, or map User and Group in the container"
                .to_owned()
        }
        // A filter hides the call.
        Some(libc::ENOSYS) => {
            format!(
                "{}, or allow it to the container",
                add_to_unit(&format!("SystemCallFilter={set}"))
            )
        }
        _ => format!(
            "{} or \"SystemCallFilter={set}\", whichever denies it, or allow it to the container (a security \
             module may deny it, too)",
            add_to_unit(&format!("CapabilityBoundingSet={capability}"))
        ),
    }
}

fn threads(names: &[String]) -> Text {
    let (count, list) = match names.len() {
        0 => ("several".to_owned(), "without names".to_owned()),
        count => (count.to_string(), names.join(", ")),
    };
    Text::new(
        format!(
            "this child has {count} threads before it enters ({list}), and restrictions would not hold \
             for the others"
        ),
        "unload the module that starts them in a child (an agent, a profiler), or have it start them later",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_groups_are_counted_and_named_as_the_reason() {
        let error = io::Error::from_raw_os_error(libc::EINVAL);
        let text = EntryFault::TooManyGroups(1024, error).text();
        assert!(text.fact.contains("User is in 1024 groups"), "{text}");
        assert!(text.fix.contains("getconf NGROUPS_MAX"), "{text}");
    }
}
