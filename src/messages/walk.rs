//! Faults on the way from `/` down to the jail.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A component of the jail's path that cannot be walked.
#[derive(Debug)]
pub(crate) enum WalkFault {
    /// The path leads to `/`, in whatever spelling.
    IsRoot,
    /// There is no such component.
    Missing(PathBuf),
    /// The component is something else than a directory.
    NotDirectory(PathBuf, &'static str),
    /// A call about the component failed.
    Unreadable(PathBuf, io::Error),
    /// The component was another file when it was opened than when it was judged.
    Changed(PathBuf),
    /// More symbolic links than the system itself would follow.
    TooManyLinks(usize),
}

impl WalkFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::IsRoot => 201,
            Self::Missing(_) => 202,
            Self::NotDirectory(..) => 203,
            Self::Unreadable(..) | Self::Changed(_) => 204,
            Self::TooManyLinks(_) => 205,
        }
    }
}

impl fmt::Display for WalkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IsRoot => write!(
                f,
                "is the root directory \"/\", which jails nobody; name a directory below it, or \
                 write none"
            ),
            Self::Missing(path) => write!(
                f,
                "component \"{0}\" does not exist; mkdir -m 0755 \"{0}\", or correct the path",
                path.display()
            ),
            Self::NotDirectory(path, kind) => write!(
                f,
                "component \"{}\" is not a directory but {kind}; name a directory",
                path.display()
            ),
            Self::Unreadable(path, error) => write!(
                f,
                "component \"{}\" cannot be examined: {error}; see to it that root can search it",
                path.display()
            ),
            Self::Changed(path) => write!(
                f,
                "component \"{}\" was replaced while it was examined; find out by whom, and see \
                 to it that only root can",
                path.display()
            ),
            Self::TooManyLinks(most) => write!(
                f,
                "leads through more than {most} symbolic links; name the directory itself"
            ),
        }
    }
}
