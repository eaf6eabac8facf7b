//! Faults of the path from `/` down to the jail.

use crate::messages::fixes::advise_reading;
use crate::messages::{MessageText, Text};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A component of the jail's path that cannot be walked.
#[derive(Debug)]
pub(crate) enum WalkFault {
    /// The path leads to `/`, in any spelling.
    IsRoot,
    /// There is no such component.
    Missing(PathBuf),
    /// The component is not a directory, but of this type.
    NotDirectory(PathBuf, &'static str),
    /// A call about the component failed.
    Unreadable(PathBuf, io::Error),
    /// The component was another file when it was opened than when it was judged.
    Changed(PathBuf),
    /// The file system of the component could make root wait.
    Silent(PathBuf, SilentCause),
    /// More symbolic links than the system itself would follow.
    TooManyLinks(usize),
}

/// Reason why a file system could make root wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SilentCause {
    /// It does not answer within this time.
    Late(Duration),
    /// It is a program of the user with this number.
    OfProgram(u32),
}

impl WalkFault {
    /// Whether nothing is there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::NotDirectory(..))
    }
}

impl MessageText for WalkFault {
    fn id(&self) -> u16 {
        match self {
            Self::IsRoot => 201,
            Self::Missing(_) => 202,
            Self::NotDirectory(..) => 203,
            Self::Unreadable(..) | Self::Changed(_) | Self::Silent(..) => 204,
            Self::TooManyLinks(_) => 205,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::IsRoot => Text::new(
                "is the root directory \"/\", which is no jail",
                "name a directory below it, or set \"ChrootDir none\"",
            ),
            Self::Missing(path) => Text::new(
                format!("component \"{}\" does not exist", path.display()),
                format!("mkdir -m 0755 \"{}\", or correct the path", path.display()),
            ),
            Self::NotDirectory(path, kind) => Text::new(
                format!("component \"{}\" is not a directory but {kind}", path.display()),
                "name a directory",
            ),
            Self::Unreadable(path, error) => Text::new(
                format!("component \"{}\" cannot be examined: {error}", path.display()),
                advise_reading(path),
            ),
            Self::Changed(path) => Text::new(
                format!("component \"{}\" was replaced while it was examined", path.display()),
                "let only root rename the directories of this path",
            ),
            Self::Silent(path, cause) => cause.text(path),
            Self::TooManyLinks(most) => Text::new(
                format!("leads through more than {most} symbolic links"),
                "name the directory itself",
            ),
        }
    }
}

impl SilentCause {
    fn text(self, path: &Path) -> Text {
        let path = path.display();
        match self {
            Self::Late(patience) => Text::new(
                format!(
                    "component \"{path}\" cannot be examined: its file system does not answer (within {} seconds)",
                    patience.as_secs()
                ),
                "repair its disk or file server, or name another path",
            ),
            Self::OfProgram(user) => Text::new(
                format!(
                    "component \"{path}\" cannot be examined: a program of uid {user} serves its file system, and could make root wait"
                ),
                format!("umount \"{path}\", or name another path"),
            ),
        }
    }
}
