//! Messages of the preflight: needs of the children that would not be met inside.

use crate::messages::{
    DistrustReason, KnownIssueKind, Level, Message, MessageText, Place, Text, show_path,
};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// An error of the system that another process met: its number, for decisions, and its text, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SystemError {
    /// `errno`, if the error comes from a system call.
    pub number: Option<i32>,
    /// Its text.
    pub text: String,
}

impl SystemError {
    /// Its kind, if it comes from a system call.
    pub(crate) fn kind(&self) -> Option<io::ErrorKind> {
        self.number.map(|number| io::Error::from_raw_os_error(number).kind())
    }
}

impl From<&io::Error> for SystemError {
    fn from(error: &io::Error) -> Self {
        Self { number: error.raw_os_error(), text: error.to_string() }
    }
}

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A reason for which a need of the configuration is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It does not exist inside.
    Missing,
    /// It exists, and may not be used.
    Denied(SystemError),
    /// It exists, and may not be written to.
    Unwritable(SystemError),
    /// It is of this type.
    Kind(String),
    /// A program's interpreter does not exist inside.
    Interpreter(PathBuf),
    /// A program's loader, or libraries, do not exist inside.
    Libraries {
        /// The loader.
        loader: PathBuf,
        /// Missing files: libraries by name, the loader by its path.
        names: Vec<String>,
    },
    /// It is a link that leads nowhere inside: its target.
    DeadLink(PathBuf),
    /// The host name is known outside only.
    Unresolved,
    /// No name of a user is known.
    Users,
    /// No directory for temporary files can be written to.
    Scratch,
    /// A symbolic link leads to this path, which does not exist inside.
    LeadsOut(PathBuf),
    /// The path is written in this file of an application, which is advice only.
    Mentioned(PathBuf),
    /// A program runs with the rights of its owner or group, which it cannot do inside.
    SetId,
    /// It is known not to work, without a trial.
    Known(KnownIssueKind),
}

impl Failure {
    fn id(&self) -> u16 {
        match self {
            Self::Missing => 801,
            Self::Denied(_) => 802,
            Self::Unwritable(_) => 803,
            Self::Kind(_) => 804,
            Self::Interpreter(_) => 805,
            Self::Libraries { .. } => 806,
            Self::Unresolved => 807,
            Self::Users => 808,
            Self::Scratch => 809,
            Self::LeadsOut(_) | Self::Mentioned(_) => 646,
            Self::SetId => 647,
            Self::DeadLink(_) => 853,
            Self::Known(issue) => issue.id(),
        }
    }

    /// Describes it, without its subject.
    pub(crate) fn fact(&self) -> String {
        match self {
            Self::Missing => "does not exist for the children".to_owned(),
            Self::Denied(error) => format!("cannot be used by the children ({error})"),
            Self::Unwritable(error) => format!("cannot be written to by the children ({error})"),
            Self::Kind(kind) => format!("is {kind} for the children"),
            Self::Interpreter(path) => format!(
                "needs \"{}\" to run, which does not exist for the children",
                path.display()
            ),
            Self::Libraries { names, .. } => describe_libraries(names),
            Self::DeadLink(target) => format!(
                "is a link that leads nowhere for the children (to \"{}\"), so access to its directory is denied",
                show_path(target)
            ),
            Self::Unresolved => {
                "is a host name that is known outside, and that the children cannot look up"
                    .to_owned()
            }
            Self::Users => "needs the names of users, which the children cannot look up".to_owned(),
            Self::Scratch => {
                "needs a directory for temporary files, and the children have none".to_owned()
            }
            Self::LeadsOut(target) => format!(
                "is a symbolic link to \"{}\", which does not exist for the children",
                target.display()
            ),
            Self::Mentioned(file) => {
                format!("is written in \"{}\", and does not exist for the children", file.display())
            }
            Self::SetId => {
                "runs with the rights of its owner or group, which it cannot do inside (set-id bit)"
                    .to_owned()
            }
            Self::Known(issue) => issue.text().fact,
        }
    }
}

fn describe_libraries(names: &[String]) -> String {
    let first = names.first().map_or("", |name| name);
    let more = match names.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    format!("needs the library \"{first}\"{more}, which does not exist for the children")
}

/// A need of the children that would not be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PreflightFinding {
    /// The directive that needs it.
    pub directive: String,
    /// Its value, as it is written.
    pub value: String,
    /// Its place.
    pub place: Option<Place>,
    /// Whether requests fail without it.
    pub breaks: bool,
    /// Whether the server does not start without it, under `warn` as well.
    pub refuses: bool,
    /// The path in question, if it is not the value.
    pub subject: Option<PathBuf>,
    /// The reason.
    pub failure_kind: Failure,
    /// The fix.
    pub remedy: String,
    /// Number of further findings with the same remedy.
    pub more: usize,
}

impl PreflightFinding {
    /// The message, which refuses if the server must not start with such a finding.
    pub(crate) fn message(&self, refuses: bool) -> Message {
        let level = if refuses { Level::Refused } else { Level::Warning };
        let message = Message::new(self.directive.clone(), self.value.clone(), self);
        message.with_place(self.place.as_ref()).with_level(level)
    }
}

impl MessageText for PreflightFinding {
    fn id(&self) -> u16 {
        self.failure_kind.id()
    }

    fn text(&self) -> Text {
        if let Failure::Known(issue) = self.failure_kind {
            return issue.text();
        }
        let path = self.subject.iter().map(|path| format!("\"{}\" ", path.display()));
        let path: String = path.collect();
        let more = match self.more {
            0 => String::new(),
            more => format!(" (and {more} more alike)"),
        };
        Text::new(format!("{path}{}{more}", self.failure_kind.fact()), self.remedy.clone())
    }
}

/// A refusal by the preflight.
#[derive(Debug)]
pub(crate) enum PreflightFault {
    /// Number of reasons for which requests would fail, under `strict`.
    Breaks(usize),
    /// Number of files that decide about access, or without which no child lives, and that only the children lack.
    Opens(usize),
    /// Nothing could be tried; under `warn` that is a warning.
    Untried(io::Error),
    /// Not everything was tried, under `strict`, for this reason.
    Incomplete(String),
    /// A process that enters as a child does could not: the message of its fault.
    Refused(String),
}

impl MessageText for PreflightFault {
    fn id(&self) -> u16 {
        match self {
            Self::Breaks(_) => 891,
            Self::Opens(_) => 852,
            Self::Untried(_) => 892,
            Self::Incomplete(_) => 896,
            Self::Refused(_) => 894,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Breaks(count) => Text::new(
                format!("requests would fail ({count} reasons, named above)"),
                "remove the reasons, or set \"ChrootPreflight warn\"",
            ),
            Self::Opens(count) => Text::new(
                format!(
                    "the children lack files that decide about access, or without which every child ends \
                     ({count} reasons, named above)"
                ),
                "apply the fixes of the messages above, or set \"ChrootPreflight off\"",
            ),
            Self::Untried(error) => PreflightNotice::untried(error).text(),
            Self::Incomplete(reason) => Text::new(
                format!("not everything was tried ({reason})"),
                "look for a file server or a name server that does not answer, or set \"ChrootPreflight warn\"",
            ),
            Self::Refused(cause) => Text::new(
                format!(
                    "a process that was to enter the jail as a child does could not, and neither could a \
                     child ({cause})"
                ),
                "apply the fix of the message in parentheses",
            ),
        }
    }
}

/// A message of the preflight about itself.
#[derive(Debug)]
pub(crate) enum PreflightNotice {
    /// Nothing could be tried: the error.
    Untried(String),
    /// The time was up.
    Unfinished,
    /// A file with settings is not read: its path, and the reason.
    Unread(PathBuf, DistrustReason),
    /// Numbers of the needs that were tried, and of those that failed.
    Tried(usize, usize),
}

impl PreflightNotice {
    /// A notice that nothing could be tried, because of `error`.
    pub(crate) fn untried(error: &io::Error) -> Self {
        Self::Untried(error.to_string())
    }

    /// The message under `ChrootPreflight` with the word `mode`.
    pub(crate) fn about(&self, mode: &str) -> Message {
        Message::new("ChrootPreflight", mode, self)
    }
}

impl MessageText for PreflightNotice {
    fn id(&self) -> u16 {
        match self {
            Self::Untried(_) => 892,
            Self::Unfinished => 893,
            Self::Unread(..) => 895,
            Self::Tried(..) => 951,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Untried(error) => Text::new(
                format!("nothing could be tried from inside ({error})"),
                "let a process enter the jail, or set \"ChrootPreflight off\"",
            ),
            Self::Unfinished => Text::new(
                "not everything was tried (the time was up)",
                "look for a file server or a name server that does not answer",
            ),
            Self::Unread(path, cause) => {
                let Text { fact, fix } = cause.text();
                Text::new(
                    format!("the settings in \"{}\" are ignored: it {fact}", path.display()),
                    fix,
                )
            }
            Self::Tried(all, failed) => Text::without_fix(format!(
                "tried from inside what the configuration needs ({all} needs, {failed} would fail)"
            )),
        }
    }
}
