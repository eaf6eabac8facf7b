//! The content of an access control list, in full: grants beyond the mode bits, and restrictions.

use crate::platform::unix::posix::{GroupId, UserId};
#[cfg(not(target_os = "linux"))]
use std::io;

/// Content of a file's access control list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccessList {
    /// No more than the mode bits.
    Plain,
    /// The entries of a POSIX list (POSIX.1e, draft 17).
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere lists are not read"))]
    Posix(PosixList),
    /// A list of another kind that names a user or group, with rights that are not known here.
    Other,
}

/// A POSIX list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PosixList {
    /// Its entries.
    pub entries: Vec<ListEntry>,
    /// The list as the kernel takes it.
    pub raw: Vec<u8>,
}

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListEntry {
    /// The user or group.
    pub holder: Holder,
    /// The rights that it grants, as three bits of a mode, before the mask is applied.
    pub may: u32,
}

/// Users and groups of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere lists are not read"))]
pub(crate) enum Holder {
    /// The owner of the file.
    Owner,
    /// Another user.
    User(UserId),
    /// The group of the file.
    OwningGroup,
    /// Another group.
    Group(GroupId),
    /// All but the owner and all others: at most this.
    Mask,
    /// Everyone else.
    Others,
}

#[cfg(not(target_os = "linux"))]
impl AccessList {
    /// Checks that a file that was just created has no list.
    ///
    /// # Errors
    /// Returns an error if it has inherited one from its directory.
    pub(in crate::platform) fn check_not_inherited(&self) -> io::Result<()> {
        let words = "the folder that it is made in gives it an access control list";
        if *self == Self::Plain { Ok(()) } else { Err(io::Error::other(words)) }
    }
}
