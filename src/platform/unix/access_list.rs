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
    /// Somebody is named in a list of another kind: it grants and takes what is not known here.
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
    /// Whom it is about.
    pub holder: Holder,
    /// The rights that it grants, as three bits of a mode: the mask is not weighed yet.
    pub may: u32,
}

/// Whom an entry is about.
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
    /// That what was made a moment ago has none.
    ///
    /// # Errors
    /// It has one of the folder that it was made in.
    pub(in crate::platform) fn check_not_inherited(&self) -> io::Result<()> {
        let words = "the folder that it is made in gives it an access control list";
        if *self == Self::Plain { Ok(()) } else { Err(io::Error::other(words)) }
    }
}
