//! Paths that do not answer.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// A path of the configuration that root would look at, and wait.
#[derive(Debug)]
pub(crate) enum SilentFault {
    /// It does not answer within this time.
    Silent(PathBuf, Duration),
    /// No process could look.
    Untried(io::Error),
}

impl SilentFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Silent(..) | Self::Untried(_) => 728,
        }
    }
}

impl fmt::Display for SilentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(path, patience) => write!(
                f,
                "\"{}\" does not answer (within {} seconds); see what its disk or file server waits \
                 for, or take the path out of the configuration",
                path.display(),
                patience.as_secs()
            ),
            Self::Untried(error) => write!(
                f,
                "no process could look whether paths answer: {error}; unload the module that starts a thread \
                 in the parent, or see why httpd cannot fork"
            ),
        }
    }
}
