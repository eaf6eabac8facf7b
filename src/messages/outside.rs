//! Faults of processes that would handle requests outside the jail.

use crate::messages::{Message, MessageText, Text, escape};
use std::fmt;
use std::io;

/// A process that stays outside the jail, or may.
#[derive(Debug)]
pub(crate) enum OutsideFault {
    /// A module whose processes never enter: its name, and the processes.
    Known(&'static str, &'static str),
    /// Modules one of which has started a process that stays outside.
    Stays(Vec<String>, OutsideProcess),
    /// A process stays outside, and no module is known to have started it.
    Unattributed(OutsideProcess),
    /// A module forks while httpd starts, on a system that does not list processes: its name, and how
    /// often.
    Unseen(String, usize),
    /// The processes that httpd has started cannot be listed.
    Unlisted(io::Error),
}

/// A process that stays outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutsideProcess {
    /// Its number.
    pub pid: u32,
    /// Its name, of whatever bytes.
    pub name: Vec<u8>,
    /// Whether it is a copy of httpd, if that can be seen.
    pub is_copy: Option<bool>,
}

impl fmt::Display for OutsideProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} (\"{}\"", self.pid, escape::escape_bytes(&self.name))?;
        match self.is_copy {
            Some(true) => f.write_str(", a copy of httpd)"),
            Some(false) => f.write_str(", a program of its own)"),
            None => f.write_str(")"),
        }
    }
}

impl MessageText for OutsideFault {
    fn id(&self) -> u16 {
        match self {
            Self::Known(..) => 312,
            Self::Stays(..) | Self::Unattributed(_) => 313,
            Self::Unseen(..) | Self::Unlisted(_) => 314,
        }
    }

    fn text(&self) -> Text {
        let unload = |modules: &str| format!("unload it, or add \"ChrootAllowOutside {modules}\"");
        match self {
            Self::Known(module, processes) => Text::new(
                format!("{processes} handle requests, and run outside the jail"),
                unload(module),
            ),
            Self::Stays(modules, process) => Text::new(
                format!("it has started {process}, which stays outside the jail"),
                unload(&modules.join(" ")),
            ),
            Self::Unattributed(process) => Text::new(
                format!(
                    "{process} was started while the configuration was read, and stays outside the jail"
                ),
                "start it as a service of its own",
            ),
            Self::Unseen(module, forks) => Text::new(
                format!(
                    "it forks while httpd starts ({forks} times), and this system does not show whether \
                     such a process stays outside the jail"
                ),
                unload(module),
            ),
            Self::Unlisted(error) => Text::new(
                format!("the processes that modules start cannot be listed: {error}"),
                "mount procfs on /proc, and let root read it",
            ),
        }
    }
}

/// A message about processes outside that does not refuse anything.
#[derive(Debug)]
pub(crate) enum OutsideNotice {
    /// A module's processes may run outside.
    Allowed,
    /// A module that is permitted to do so is not loaded.
    NotLoaded,
    /// `chroot=` names the jail, and is left out.
    RootLeftOut(String),
    /// A process was found outside while the server runs, and ended.
    Ended(OutsideProcess),
}

impl OutsideNotice {
    /// The message about `value` of `directive`.
    pub(crate) fn about(&self, directive: &str, value: &str) -> Message {
        Message::new(directive, value, self)
    }
}

impl MessageText for OutsideNotice {
    fn id(&self) -> u16 {
        match self {
            Self::Ended(_) => 319,
            Self::Allowed => 320,
            Self::NotLoaded => 321,
            Self::RootLeftOut(_) => 322,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Allowed => Text::new(
                "processes of this module run outside the jail, with all rights of their user",
                "remove the name to have them refused",
            ),
            Self::NotLoaded => {
                Text::new("no module of this name is loaded", "correct the name, or remove it")
            }
            Self::RootLeftOut(root) => Text::new(
                format!(
                    "chroot={} is left out, because the daemon enters the jail without it",
                    escape::escape_line(root)
                ),
                "remove it",
            ),
            Self::Ended(process) => Text::new(
                format!("{process} ran outside the jail, and is ended"),
                "unload the module that starts such a process while httpd runs",
            ),
        }
    }
}
