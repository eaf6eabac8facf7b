//! Reasons for which root does not read a file, run it, or provide it.

use crate::messages::{Complaint, WalkFault};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A reason against a file or directory.
#[derive(Debug)]
pub(crate) enum DistrustReason {
    /// It is not there, or cannot be walked to.
    Walk(WalkFault),
    /// It is another kind of file than the one that is needed: which.
    Kind(&'static str),
    /// It lies in the jail, written so.
    InJail(String),
    /// Others than root could change it, or put another one in its place.
    Changeable(Vec<Complaint>),
    /// It cannot be read.
    Unreadable(PathBuf, io::Error),
}

impl From<WalkFault> for DistrustReason {
    fn from(fault: WalkFault) -> Self {
        Self::Walk(fault)
    }
}

/// The reason as the rest of a sentence that begins with the path: "is a directory, ...".
impl fmt::Display for DistrustReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Walk(WalkFault::Missing(path)) => write!(
                f,
                "is not there (\"{}\" does not exist); install it, or correct the path",
                path.display()
            ),
            Self::Walk(fault) => write!(f, "cannot be reached: {fault}"),
            Self::Kind(kind) => write!(f, "is {kind}, and not a regular file; name a regular file"),
            Self::InJail(jail) => write!(
                f,
                "lies in the jail \"{jail}\", where root reads nothing; it is available inside already, so \
                 provide only its interpreter, or the directory of its libraries"
            ),
            Self::Changeable(complaints) => changeable(complaints, f),
            Self::Unreadable(path, error) => {
                write!(f, "cannot be read (\"{}\": {error}); let root read it", path.display())
            }
        }
    }
}

fn changeable(complaints: &[Complaint], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "is not root's alone, so root does not read it: ")?;
    for (position, complaint) in complaints.iter().enumerate() {
        if position > 0 {
            write!(f, "; and ")?;
        }
        one(complaint, f)?;
    }
    Ok(())
}

/// The same facts as about the way to a jail, with what to do about a file.
fn one(complaint: &Complaint, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match complaint {
        Complaint::Owner(path, uid) => write!(
            f,
            "\"{0}\" belongs to uid {uid}; chown root \"{0}\", or install it as root elsewhere",
            path.display()
        ),
        Complaint::Others(path, mode) if mode & 0o1000 != 0 => write!(
            f,
            "\"{}\" can be written by everybody (mode {mode:04o}); install it elsewhere",
            path.display()
        ),
        Complaint::Others(path, mode) => write!(
            f,
            "\"{0}\" can be written by everybody (mode {mode:04o}); chmod o-w \"{0}\"",
            path.display()
        ),
        other => fmt::Display::fmt(other, f),
    }
}
