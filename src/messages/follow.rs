//! Messages about a jail that follows the host while the server runs.

use crate::messages::{Level, Message, MessageText, Text};
use std::path::Path;

/// A message about one path of the host, or about the jail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FollowNotice {
    /// The path exists now.
    Shown,
    /// Another file or directory is at the path.
    Renewed,
    /// The path does not exist any more.
    Removed,
    /// The jail is not up to date, for this reason.
    Failed(String),
}

impl FollowNotice {
    /// The message about `path`; a failure is about the jail.
    pub(crate) fn about(&self, path: &Path) -> Message {
        let directive = match self {
            Self::Failed(_) => "ChrootDir",
            _ => "ChrootProvide",
        };
        Message::new(directive, path.to_string_lossy(), self)
    }
}

impl MessageText for FollowNotice {
    fn id(&self) -> u16 {
        match self {
            Self::Shown => 730,
            Self::Renewed => 731,
            Self::Removed => 732,
            Self::Failed(_) => 733,
        }
    }

    fn level(&self) -> Level {
        match self {
            Self::Shown | Self::Removed => Level::Notice,
            Self::Renewed => Level::Info,
            Self::Failed(_) => Level::Warning,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Shown => Text::without_fix("exists on the host now, and is provided from now on"),
            Self::Renewed => {
                Text::without_fix("was replaced on the host, and the new one is provided")
            }
            Self::Removed => {
                Text::without_fix("is not provided any more, because the host has it no longer")
            }
            Self::Failed(cause) => Text::new(
                format!("a change on the host has no effect inside yet ({cause})"),
                "fix the cause; it is tried again, or run \"apachectl graceful\"",
            ),
        }
    }
}
