//! Messages about files that nobody has used for a long time, in the private directory for temporary files.

use crate::messages::{Level, Message, MessageText, Text};
use std::path::Path;

/// A message about the private directory of a jail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AgeingNotice {
    /// This number of files was removed.
    Removed(usize),
    /// They cannot be removed, for this reason.
    Failed(String),
}

impl AgeingNotice {
    /// The message about `jail`.
    pub(crate) fn about(&self, jail: &Path) -> Message {
        Message::new("ChrootDir", jail.to_string_lossy(), self)
    }
}

impl MessageText for AgeingNotice {
    fn id(&self) -> u16 {
        match self {
            Self::Removed(_) => 745,
            Self::Failed(_) => 746,
        }
    }

    fn level(&self) -> Level {
        match self {
            Self::Removed(_) => Level::Info,
            Self::Failed(_) => Level::Warning,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Removed(count) => Text::without_fix(format!(
                "{count} files and directories that were not used for ten days were removed from the \
                 private /tmp"
            )),
            Self::Failed(cause) => Text::new(
                format!("files that were not used for ten days stay in the private /tmp ({cause})"),
                "fix the cause; it is tried again after a day, or stop and start the server, which empties it",
            ),
        }
    }
}
