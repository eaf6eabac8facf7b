//! Reasons for which root does not read a file, run it, or provide it.

use crate::messages::fixes::advise_reading;
use crate::messages::{Complaint, MessageText, Text, WalkFault};
use std::io;
use std::path::PathBuf;

/// A reason against a file or directory.
#[derive(Debug)]
pub(crate) enum DistrustReason {
    /// It does not exist, or cannot be walked to.
    Walk(WalkFault),
    /// It is of this type, and a regular file is needed.
    Kind(&'static str),
    /// It is in the jail, whose path this is.
    InJail(String),
    /// Others than root could change it, or replace it.
    Changeable(Vec<Complaint>),
    /// It cannot be read.
    Unreadable(PathBuf, io::Error),
}

impl From<WalkFault> for DistrustReason {
    fn from(fault: WalkFault) -> Self {
        Self::Walk(fault)
    }
}

impl DistrustReason {
    /// The reason as the rest of a sentence that begins with the path: "is a directory", and the fix.
    pub(crate) fn text(&self) -> Text {
        match self {
            Self::Walk(WalkFault::Missing(path)) => Text::new(
                format!("is not there (\"{}\" does not exist)", path.display()),
                "install it, or correct the path",
            ),
            Self::Walk(fault) => {
                let Text { fact, fix } = fault.text();
                Text::new(format!("cannot be reached: {fact}"), fix)
            }
            Self::Kind(kind) => {
                Text::new(format!("is {kind}, and not a regular file"), "name a regular file")
            }
            Self::InJail(jail) => Text::new(
                format!(
                    "lies in the jail \"{jail}\", where root reads nothing, and is available inside already"
                ),
                "provide its interpreter, or the directory of its libraries, instead",
            ),
            Self::Changeable(complaints) => {
                let first = "is not root's alone, so root does not read it: ";
                Complaint::join(first, complaints, describe_file)
            }
            Self::Unreadable(path, error) => Text::new(
                format!("cannot be read (\"{}\": {error})", path.display()),
                advise_reading(path),
            ),
        }
    }
}

/// A complaint about a file, with the fix for a file in place of that for a jail.
fn describe_file(complaint: &Complaint) -> Text {
    match complaint {
        Complaint::Owner(path, uid) => Text::new(
            format!("\"{}\" belongs to uid {uid}", path.display()),
            format!("chown root \"{}\", or install it as root elsewhere", path.display()),
        ),
        Complaint::Others(path, mode) => Text::new(
            format!("\"{}\" can be written by everybody (mode {mode:04o})", path.display()),
            match mode & 0o1000 {
                0 => format!("chmod o-w \"{}\"", path.display()),
                _ => "install it elsewhere".to_owned(),
            },
        ),
        other => other.text(),
    }
}
