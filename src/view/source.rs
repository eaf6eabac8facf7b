#![forbid(unsafe_code)]
//! What a view is made of: files and directories of the host or of the jail, held open.

use super::tree::{Folder, Node, Source};
use crate::platform::{self, Facts, Forbidden, Kind, Manners};
use crate::walk::list_of;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// A file or directory, and what its mount will forbid.
#[derive(Debug)]
pub(super) struct Held {
    /// The file itself.
    pub file: OwnedFd,
    /// What it is.
    pub facts: Facts,
    /// What its mount forbids.
    pub forbidden: Forbidden,
}

/// Content of the administrator's or of the users': whatever it is, it gains no rights.
pub(super) const JAILS_OWN: Forbidden =
    Forbidden { writing: false, devices: true, setuid: true, executing: false };

/// What is shown of the host.
pub(super) const READ_ONLY: Forbidden =
    Forbidden { writing: true, devices: true, setuid: true, executing: false };

/// Device nodes: the one place where they work.
pub(super) const DEVICE: Forbidden =
    Forbidden { writing: false, devices: false, setuid: true, executing: true };

impl Held {
    /// Takes hold of `file`.
    ///
    /// # Errors
    /// The failing call's `errno`.
    pub(super) fn new(file: OwnedFd, forbidden: Forbidden) -> io::Result<Self> {
        let facts = platform::facts(file.as_raw_fd())?;
        Ok(Self { file, facts, forbidden })
    }

    /// The same file, held once more.
    ///
    /// # Errors
    /// The failing call's `errno`.
    pub(super) fn again(&self) -> io::Result<Self> {
        let Self { file, facts, forbidden } = self;
        Ok(Self { file: file.try_clone()?, facts: *facts, forbidden: *forbidden })
    }

    fn entry(&self, name: &CString) -> io::Result<Option<Node<Self>>> {
        let file = match platform::hold_at(self.file.as_fd(), name) {
            // Gone since it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let facts = platform::facts(file.as_raw_fd())?;
        if facts.kind == Kind::Link {
            let target = platform::read_link_at(self.file.as_fd(), name)?;
            return Ok(Some(Node::Link(target, manners(facts))));
        }
        Ok(Some(Node::Mount(Self { file, facts, forbidden: self.forbidden })))
    }
}

impl Source for Held {
    fn is_directory(&self) -> bool {
        self.facts.kind == Kind::Directory
    }

    fn take_apart(&self) -> io::Result<Folder<Self>> {
        let mut entries = BTreeMap::new();
        for name in platform::names_in(self.file.as_fd())? {
            if let Some(node) = self.entry(&name)? {
                entries.insert(name, node);
            }
        }
        let (manners, list) = (manners(self.facts), list_of(self.file.as_fd()));
        Ok(Folder { entries, manners, list, stands_for_one: true })
    }
}

/// Owner and mode, as they are.
pub(super) fn manners(facts: Facts) -> Manners {
    Manners { mode: facts.mode, user: facts.owner, group: facts.group }
}
