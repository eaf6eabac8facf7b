//! What is known not to work in a jail, whatever can be tried.

use std::fmt;

/// A trouble with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownTrouble {
    /// `Mutex flock:` and `fcntl:` files that children open again.
    MutexFile,
}

impl KnownTrouble {
    pub(super) fn id(self) -> u16 {
        match self {
            Self::MutexFile => 821,
        }
    }
}

impl fmt::Display for KnownTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MutexFile => write!(
                f,
                "is a lock file that each child opens again, which it cannot inside; write pthread, \
                 sysvsem or default in its place"
            ),
        }
    }
}
