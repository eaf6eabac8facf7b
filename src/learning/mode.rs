//! The two kinds of a run that learns, with their names.

use std::ffi::CStr;

/// Kind of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LearnMode {
    /// `-D CHROOT_LEARN`: the children serve outside of the jail, and all uses that succeed are kept.
    Outside,
    /// `-D CHROOT_WATCH`: the children are inside, and the paths that they miss are kept.
    Inside,
}

impl LearnMode {
    /// The name of the raw list.
    pub(crate) const fn list_name(self) -> &'static CStr {
        match self {
            Self::Outside => c"chroot-learned.paths",
            Self::Inside => c"chroot-watched.paths",
        }
    }

    /// The name of the file with proposed lines.
    pub(crate) const fn lines_name(self) -> &'static CStr {
        match self {
            Self::Outside => c"chroot-learned.conf",
            Self::Inside => c"chroot-watched.conf",
        }
    }

    /// The name of the lock.
    pub(crate) const fn lock_name(self) -> &'static CStr {
        match self {
            Self::Outside => c"chroot-learned.lock",
            Self::Inside => c"chroot-watched.lock",
        }
    }

    /// The origin of the paths.
    pub(crate) const fn origin(self) -> &'static str {
        match self {
            Self::Outside => "used while the server ran with -D CHROOT_LEARN",
            Self::Inside => "missed while the server ran with -D CHROOT_WATCH",
        }
    }

    /// The name after `-D`.
    pub(crate) const fn define(self) -> &'static str {
        match self {
            Self::Outside => "CHROOT_LEARN",
            Self::Inside => "CHROOT_WATCH",
        }
    }
}
