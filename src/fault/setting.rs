//! Faults in what is written.

use super::Place;
use std::fmt;

/// A broken rule of the `ChrootDir` directive.
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
    /// A path with a NUL byte, or not absolute where an absolute one is needed.
    NotAbsolute,
}

impl SettingFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Twice { .. } => 101,
            Self::InSection(_) => 102,
            Self::Words(_) | Self::NotAbsolute => 103,
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
                "takes exactly one word, not {count}; write a path (in quotes if it has spaces), \
                 SERVER_ROOT, DOCUMENT_ROOT or none"
            ),
            Self::NotAbsolute => write!(
                f,
                "is not an absolute path; write one that starts with \"/\", outside of sections \
                 that are generated while the configuration is processed"
            ),
        }
    }
}
