//! Faults of the module's own directives.

use crate::messages::{MessageText, Place, Text};

/// A broken rule about a directive of the module.
#[derive(Debug)]
pub(crate) enum SettingFault {
    /// Two directives with different values.
    Twice {
        /// The value of the other one.
        other: String,
        /// The place of the other one.
        at: Place,
    },
    /// The directive is in a section such as `<VirtualHost>`.
    InSection(String),
    /// Not exactly one word.
    Words(usize),
    /// Not one of the words that the directive takes.
    Unknown(Vec<&'static str>),
    /// Would show too much of the host: the name of that part.
    Exposes(String),
    /// A `DocumentRoot` that is neither outside nor inside.
    NowhereToServe(String),
    /// Made by another module while the configuration was processed, too late to be considered.
    Generated,
    /// Restricts connections, which only hardening can.
    NeedsHardening,
    /// A path with a NUL byte, or not absolute where an absolute one is needed.
    NotAbsolute,
}

impl MessageText for SettingFault {
    fn id(&self) -> u16 {
        match self {
            Self::Twice { .. } => 101,
            Self::InSection(_) => 102,
            Self::Words(_) | Self::NotAbsolute | Self::Generated => 103,
            Self::Unknown(_) => 104,
            Self::NowhereToServe(_) => 105,
            Self::Exposes(_) => 112,
            Self::NeedsHardening => 106,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Twice { other, at } => Text::new(
                format!("is set twice, with the value \"{other}\" at {at}"),
                "remove one of the two",
            ),
            Self::InSection(section) => Text::new(
                format!("is in {section}, but a jail holds the whole server"),
                "move it out of every section",
            ),
            Self::Words(count) => Text::new(
                format!("has {count} words, and the directive takes another number"),
                "set it with one word, in quotes if it has spaces",
            ),
            Self::Unknown(words) => Text::new(
                "is not a word of this directive",
                format!("set it to one of {}", words.join(", ")),
            ),
            Self::Exposes(what) => Text::new(
                format!("would show {what} to the children"),
                "list the needed files instead",
            ),
            Self::NowhereToServe(jail) => Text::new(
                format!("is a directory neither outside nor inside \"{jail}\""),
                "mkdir it, or correct the path",
            ),
            Self::NeedsHardening => Text::new(
                "restricts connections, but \"ChrootHarden off\" restricts nothing",
                "set \"ChrootHarden auto\"",
            ),
            Self::Generated => Text::new(
                "was made while the configuration was processed, after the jail was settled",
                "set it in a configuration file",
            ),
            Self::NotAbsolute => {
                Text::new("is not an absolute path", "set a path that begins with \"/\"")
            }
        }
    }
}
