//! Faults while what else a child could use is taken from it.

use std::fmt;

/// A measure that is not in force.
#[derive(Debug)]
pub(crate) enum HardenFault {
    /// It was in force when it was tried at start: what, and what the system says now.
    Lost(&'static str, String),
    /// `full` asks for it: what, and what the system says.
    Missing(&'static str, String),
    /// It could not be tried.
    Untried(std::io::Error),
    /// It was in force, and is not: what was found.
    Undone(&'static str, String),
}

impl HardenFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Lost(..) => 411,
            Self::Missing(..) => 412,
            Self::Untried(_) => 413,
            Self::Undone(..) => 511,
        }
    }
}

impl fmt::Display for HardenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(what, why) => write!(
                f,
                "{what} worked when it was tried at start, and does not in this child ({why}); \
                 restart the server, or write ChrootHarden off"
            ),
            Self::Missing(what, why) => write!(
                f,
                "{what} is not available here ({why}); write ChrootHarden auto to do without, or \
                 see what denies it to root"
            ),
            Self::Untried(error) => write!(
                f,
                "what this system offers cannot be tried in a child process: {error}; see why \
                 httpd cannot fork, or write ChrootHarden off"
            ),
            Self::Undone(what, found) => write!(
                f,
                "after entry {what} is not in force ({found}); find out what interferes with this \
                 process (LD_PRELOAD, a tracer, a module)"
            ),
        }
    }
}
