//! Faults in what is written.

use crate::messages::Place;
use std::fmt;

/// A broken rule about a directive of ours.
#[derive(Debug)]
pub(crate) enum SettingFault {
    /// Two directives ask for different jails.
    Twice {
        /// What the other one asks for.
        other: String,
        /// Where the other one is written.
        at: Place,
    },
    /// The directive stands in a section such as `<VirtualHost>`.
    InSection(String),
    /// Not exactly one word.
    Words(usize),
    /// Not one of the words that the directive takes.
    Unknown(Vec<&'static str>),
    /// Would show too much of the host: what.
    Exposes(String),
    /// A `DocumentRoot` that is neither outside nor inside.
    NowhereToServe(String),
    /// Made by another module while the configuration was processed, too late to be considered.
    Generated,
    /// A path with a NUL byte, or not absolute where an absolute one is needed.
    NotAbsolute,
}

impl SettingFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Twice { .. } => 101,
            Self::InSection(_) => 102,
            Self::Words(_) | Self::NotAbsolute | Self::Generated => 103,
            Self::Unknown(_) => 104,
            Self::NowhereToServe(_) => 105,
            Self::Exposes(_) => 112,
        }
    }
}

impl fmt::Display for SettingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice { other, at } => {
                write!(f, "given twice, as \"{other}\" at {at} too; keep one of the two")
            }
            Self::InSection(section) => write!(
                f,
                "stands in {section}, but a jail holds the whole server; move it out of every \
                 section"
            ),
            Self::Words(count) => write!(
                f,
                "has {count} words, which it does not take; write one, in quotes if it has spaces"
            ),
            Self::Unknown(words) => {
                write!(f, "is not a word of this directive; write one of {}", words.join(", "))
            }
            Self::Exposes(what) => write!(
                f,
                "would put {what} within reach of the jail; name the files that are needed"
            ),
            Self::NowhereToServe(jail) => write!(
                f,
                "is a directory neither outside nor inside \"{jail}\"; mkdir it, or correct it"
            ),
            Self::Generated => write!(
                f,
                "is made while the configuration is processed, when the jail is settled already; \
                 write it into a configuration file"
            ),
            Self::NotAbsolute => {
                write!(f, "is not an absolute path; write one that starts with \"/\"")
            }
        }
    }
}
