//! Messages of the preload.

use crate::messages::{Complaint, Message, MessageText, Place, Text, WalkFault};

/// A refusal of a value of `ChrootPreload`.
#[derive(Debug)]
pub(crate) enum PreloadFault {
    /// The file does not exist, or cannot be examined.
    Missing(WalkFault),
    /// It is not a regular file.
    NoFile,
    /// Others than root could change the library, or put another one in its place.
    Changeable(Vec<Complaint>),
    /// It is in the jail, whose path this is.
    InJail(String),
    /// It cannot be loaded: the loader's error.
    NotLoaded(String),
    /// There is no such character set: the error of `iconv_open`.
    Charset(std::io::Error),
    /// There is no such locale: the error of `newlocale`.
    Locale(std::io::Error),
    /// This system cannot keep it after the entry.
    Absent(&'static str),
}

impl MessageText for PreloadFault {
    fn id(&self) -> u16 {
        match self {
            Self::Missing(_) | Self::NoFile => 121,
            Self::Changeable(_) => 122,
            Self::InJail(_) => 123,
            Self::NotLoaded(_) => 124,
            Self::Charset(_) => 125,
            Self::Locale(_) => 126,
            Self::Absent(_) => 127,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Missing(WalkFault::Missing(path)) => Text::new(
                format!("\"{}\" does not exist", path.display()),
                "install the library, or correct the path",
            ),
            Self::Missing(fault) => fault.text(),
            Self::NoFile => Text::new("is not a regular file", "name a library"),
            Self::Changeable(complaints) => {
                let first = "others than root can change this library, which root would run: ";
                Complaint::join(first, complaints, Complaint::text)
            }
            Self::InJail(jail) => Text::new(
                format!("lies in the jail \"{jail}\", and root runs nothing from there"),
                "name a library of the host",
            ),
            Self::NotLoaded(error) => Text::new(
                format!("cannot be loaded ({error})"),
                "run ldd on it to see the libraries that it needs, or remove it",
            ),
            Self::Charset(error) => Text::new(
                format!("is no character set that iconv knows here ({error})"),
                "run iconv -l to list those that are, or install the package that has it",
            ),
            Self::Locale(error) => Text::new(
                format!("is no locale that is installed here ({error})"),
                "run locale -a to list those that are, or generate it (localedef)",
            ),
            Self::Absent(what) => Text::new(
                format!("names {what}, which this system cannot keep after the entry"),
                "put its files into the jail, and remove it here",
            ),
        }
    }
}

/// A message about the preload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PreloadNotice {
    /// List of what was loaded.
    Warmed(Vec<String>),
    /// Something was not loaded.
    Cold {
        /// The directive that asks for it, or `ChrootWarmUp`.
        directive: String,
        /// Its value.
        value: String,
        /// Its name.
        what: String,
        /// The system's error.
        cause: String,
        /// The place of the directive, if there is one.
        place: Option<Place>,
    },
}

impl PreloadNotice {
    /// The message about the directive that asks for it.
    pub(super) fn message(&self) -> Message {
        match self {
            Self::Warmed(_) => Message::new("ChrootWarmUp", "on", self),
            Self::Cold { directive, value, place, .. } => {
                Message::new(directive.clone(), value.clone(), self).with_place(place.as_ref())
            }
        }
    }
}

impl MessageText for PreloadNotice {
    fn id(&self) -> u16 {
        match self {
            Self::Warmed(_) => 941,
            Self::Cold { .. } => 942,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Warmed(what) => {
                Text::without_fix(format!("loaded before entry: {}", what.join("; ")))
            }
            Self::Cold { what, cause, .. } => Text::new(
                format!(
                    "{what} cannot be loaded before entry ({cause}), so children will not have it"
                ),
                "install it, or correct its name",
            ),
        }
    }
}
