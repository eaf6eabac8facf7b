//! Faults of paths that do not answer.

use crate::messages::{MessageText, Text};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// A path of the configuration that would make root wait.
#[derive(Debug)]
pub(crate) enum SilentFault {
    /// It does not answer within this time.
    Silent(PathBuf, Duration),
    /// No process could look.
    Untried(io::Error),
}

impl MessageText for SilentFault {
    fn id(&self) -> u16 {
        match self {
            Self::Silent(..) | Self::Untried(_) => 728,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Silent(path, patience) => Text::new(
                format!(
                    "\"{}\" does not answer (within {} seconds)",
                    path.display(),
                    patience.as_secs()
                ),
                "repair its disk or file server, or remove the path from the configuration",
            ),
            Self::Untried(error) => Text::new(
                format!("no process could look whether paths answer: {error}"),
                "unload the module that starts a thread in the parent, or raise the limit of processes",
            ),
        }
    }
}
