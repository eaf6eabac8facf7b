//! Faults while a child enters.

use crate::platform::Refused;
use std::fmt;
use std::io;

/// A step of the entry that did not succeed.
#[derive(Debug)]
pub(crate) enum EntryFault {
    /// A system call said no.
    Refused(Refused),
    /// The open descriptors cannot be listed or closed.
    Descriptors(io::Error),
    /// The path leads to another directory now than when the server started.
    Replaced {
        /// What was checked at start.
        checked: String,
        /// What is there now.
        found: String,
    },
    /// The descriptor that was opened at start is gone from this process.
    Gone,
}

impl EntryFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Refused(_) | Self::Descriptors(_) | Self::Gone => 401,
            Self::Replaced { .. } => 402,
        }
    }
}

impl fmt::Display for EntryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(Refused { call, error }) => write!(
                f,
                "{call} failed: {error}; see what denies it to root (capabilities, such as \
                 CapabilityBoundingSet of the service's unit; seccomp; a security module; \
                 kern.chroot_allow_open_directories)"
            ),
            Self::Descriptors(error) => write!(
                f,
                "the open descriptors cannot be listed and closed: {error}; mount /proc on Linux, \
                 or lower the limit of open files"
            ),
            Self::Replaced { checked, found } => write!(
                f,
                "is not the directory any more that was checked at start ({checked}; now {found}); \
                 put it back, or restart the server if that was meant"
            ),
            Self::Gone => write!(
                f,
                "this process has no jail to enter any more; please report which modules are loaded"
            ),
        }
    }
}
