//! Messages about the lists of users that are made for the jail.

use crate::messages::{Message, MessageText, Text};

/// A message about the set `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UsersNotice {
    /// The name service did not answer all questions, for this reason.
    Incomplete(String),
}

impl UsersNotice {
    /// The message.
    pub(crate) fn about(&self) -> Message {
        Message::new("ChrootProvide", "users", self)
    }
}

impl MessageText for UsersNotice {
    fn id(&self) -> u16 {
        match self {
            Self::Incomplete(_) => 854,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Incomplete(cause) => Text::new(
                format!(
                    "names of users and groups are missing inside, because the name service did not answer ({cause})"
                ),
                "run \"getent passwd 0\" until it answers, and then \"apachectl graceful\"",
            ),
        }
    }
}
