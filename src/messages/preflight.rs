//! What the children would not find inside.

use crate::messages::{DistrustReason, KnownIssueKind, Place};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// What is wrong with something that the configuration needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is not there.
    Missing,
    /// It is there, and may not be used: why.
    Denied(String),
    /// It is there, and may not be written to: why.
    Unwritable(String),
    /// It is another kind of file: which.
    Kind(String),
    /// A program's interpreter is not there.
    Interpreter(PathBuf),
    /// A program's loader, or libraries, are not there.
    Libraries {
        /// The loader.
        loader: PathBuf,
        /// What is not there: libraries by name, the loader by its path.
        names: Vec<String>,
    },
    /// The name is known outside only.
    Unresolved,
    /// No name of a user is known.
    Users,
    /// No directory for temporary files can be written to.
    Scratch,
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
            Self::Known(trouble) => trouble.id(),
        }
    }
}

/// One thing that children need and would not find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PreflightFinding {
    /// The directive that needs it.
    pub directive: String,
    /// Its value, as it is written.
    pub value: String,
    /// Where it is written.
    pub place: Option<Place>,
    /// Whether requests fail without it.
    pub breaks: bool,
    /// The path that is meant, if that is not the value.
    pub subject: Option<PathBuf>,
    /// What is wrong with it.
    pub lack: Failure,
    /// What to do.
    pub remedy: String,
    /// How many more of the same there are.
    pub more: usize,
}

impl fmt::Display for PreflightFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CHR{}: {} \"{}\": ", self.lack.id(), self.directive, self.value)?;
        if let Failure::Known(trouble) = self.lack {
            trouble.fmt(f)?;
        } else {
            if let Some(path) = &self.subject {
                write!(f, "\"{}\" ", path.display())?;
            }
            self.lack.fmt(f)?;
            if self.more > 0 {
                write!(f, " (and {} more alike)", self.more)?;
            }
            write!(f, "; {}", self.remedy)?;
        }
        match &self.place {
            Some(place) => write!(f, " [{place}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "is not within reach of the children (not there inside)"),
            Self::Denied(why) => write!(f, "cannot be used by the children ({why})"),
            Self::Unwritable(why) => write!(f, "cannot be written to by the children ({why})"),
            Self::Kind(kind) => write!(f, "is {kind} for the children"),
            Self::Interpreter(path) => write!(
                f,
                "needs \"{}\" to run, which is not within reach of the children",
                path.display()
            ),
            Self::Libraries { names, .. } => {
                let (first, more) = (names.first().map_or("", |name| name), names.len().max(1) - 1);
                write!(f, "needs the library \"{first}\"")?;
                if more > 0 {
                    write!(f, " and {more} more")?;
                }
                write!(f, ", which is not within reach of the children")
            }
            Self::Unresolved => {
                write!(
                    f,
                    "is a host name that is known outside, and that the children cannot look up"
                )
            }
            Self::Users => write!(f, "needs the names of users, which the children cannot look up"),
            Self::Scratch => {
                write!(f, "needs a directory for temporary files, and the children have none")
            }
            Self::Known(trouble) => trouble.fmt(f),
        }
    }
}

/// Why the preflight keeps the server from serving.
#[derive(Debug)]
pub(crate) enum PreflightFault {
    /// That many requests would break, under `strict`.
    Breaks(usize),
    /// Nothing could be tried; under `warn` that is no more than a notice.
    Untried(io::Error),
    /// A process that enters as a child does was not let in: why.
    Refused(String),
}

impl PreflightFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Breaks(_) => 891,
            Self::Untried(_) => 892,
            Self::Refused(_) => 894,
        }
    }
}

impl fmt::Display for PreflightFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Breaks(count) => write!(
                f,
                "requests would fail ({count} reasons, named above); mend them, or write \
                 \"ChrootPreflight warn\""
            ),
            Self::Untried(error) => fmt::Display::fmt(&PreflightNotice::untried(error), f),
            Self::Refused(why) => write!(
                f,
                "a process that was to enter the jail as a child does could not ({why}); mend that: \
                 no child could enter, and nothing would be served"
            ),
        }
    }
}

/// What a preflight tells of itself.
#[derive(Debug)]
pub(crate) enum PreflightNotice {
    /// Nothing could be tried: why.
    Untried(String),
    /// The time was up.
    Unfinished,
    /// A file with settings is not read: why.
    Unread(PathBuf, DistrustReason),
    /// How much was tried, and how much of it failed.
    Tried(usize, usize),
}

impl PreflightNotice {
    /// Nothing could be tried.
    pub(crate) fn untried(error: &io::Error) -> Self {
        Self::Untried(error.to_string())
    }

    /// The whole message under `ChrootPreflight` with the word `mode`.
    pub(crate) fn about(&self, mode: &str) -> String {
        format!("CHR{}: ChrootPreflight \"{mode}\": {self}", self.id())
    }

    fn id(&self) -> u16 {
        match self {
            Self::Untried(_) => 892,
            Self::Unfinished => 893,
            Self::Unread(..) => 895,
            Self::Tried(..) => 951,
        }
    }
}

impl fmt::Display for PreflightNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untried(why) => write!(
                f,
                "nothing could be tried from inside ({why}); see to it that a process can enter the \
                 jail, or write off"
            ),
            Self::Unfinished => write!(
                f,
                "not everything was tried (the time was up); look for a file server or a name \
                 server that does not answer"
            ),
            Self::Unread(path, why) => {
                write!(f, "the settings in \"{}\" are not heeded: it {why}", path.display())
            }
            Self::Tried(all, failed) => write!(
                f,
                "tried from inside what the configuration needs ({all} things, {failed} would \
                 fail); nothing to do if there are none"
            ),
        }
    }
}
