//! Faults in what is to be loaded before entry, and what is told of it.

use crate::messages::{Complaint, Place, WalkFault};
use std::fmt;

/// A `ChrootPreload` that cannot be done.
#[derive(Debug)]
pub(crate) enum PreloadFault {
    /// There is no such file, or none that can be examined.
    Missing(WalkFault),
    /// It is no regular file.
    NoFile,
    /// Others than root could change the library, or put another one in its place.
    Changeable(Vec<Complaint>),
    /// It lies in the jail.
    InJail(String),
    /// What the loader says.
    NotLoaded(String),
    /// No such character set, or what else `iconv_open` says.
    Charset(std::io::Error),
    /// No such locale, or what else `newlocale` says.
    Locale(std::io::Error),
    /// This system keeps no such thing.
    Absent(&'static str),
}

impl PreloadFault {
    pub(super) fn id(&self) -> u16 {
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
}

impl fmt::Display for PreloadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(WalkFault::Missing(path)) => write!(
                f,
                "\"{}\" does not exist; install the library, or correct the path",
                path.display()
            ),
            Self::Missing(fault) => fault.fmt(f),
            Self::NoFile => write!(f, "is not a regular file; name a library"),
            Self::Changeable(complaints) => changeable(complaints, f),
            Self::InJail(jail) => write!(
                f,
                "lies in the jail \"{jail}\", and nothing from there is ever run by root; name a \
                 library of the host"
            ),
            Self::NotLoaded(why) => {
                write!(f, "cannot be loaded ({why}); see what it needs (ldd), or take the line out")
            }
            Self::Charset(error) => write!(
                f,
                "is no character set that iconv knows here ({error}); see iconv -l, and install \
                 what brings it"
            ),
            Self::Locale(error) => write!(
                f,
                "is no locale that is installed here ({error}); see locale -a, and generate it \
                 (localedef)"
            ),
            Self::Absent(what) => write!(
                f,
                "names {what}, which this system cannot keep over the entry; put its files into \
                 the jail instead, and take the line out"
            ),
        }
    }
}

fn changeable(complaints: &[Complaint], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "others than root can change what would be run by root: ")?;
    for (position, complaint) in complaints.iter().enumerate() {
        if position > 0 {
            write!(f, "; and ")?;
        }
        write!(f, "{complaint}")?;
    }
    Ok(())
}

/// What is told of the warm-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PreloadNotice {
    /// What was loaded.
    Warmed(Vec<String>),
    /// What was not, and what said so.
    Cold {
        /// The directive that asks for it, or that of the warm-up.
        directive: String,
        /// Its value.
        value: String,
        /// What is missing.
        what: String,
        /// What the system says.
        why: String,
        /// Where that is written, if it is.
        place: Option<Place>,
    },
}

impl PreloadNotice {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Warmed(_) => 941,
            Self::Cold { .. } => 942,
        }
    }

    /// The directive that it is about, and its value.
    pub(super) fn about(&self) -> (&str, &str) {
        match self {
            Self::Warmed(_) => ("ChrootWarmUp", "on"),
            Self::Cold { directive, value, .. } => (directive, value),
        }
    }
}

impl fmt::Display for PreloadNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warmed(what) => write!(f, "loaded before entry: {}", what.join("; ")),
            Self::Cold { what, why, place, .. } => {
                write!(
                    f,
                    "{what} cannot be loaded before entry ({why}), so children will not have it; \
                     install it, or correct its name"
                )?;
                place.iter().try_for_each(|place| write!(f, " [{place}]"))
            }
        }
    }
}
