//! What a view is made of: files and directories of the host or of the jail, held open.

use crate::jail::walk::list_of;
use crate::platform;
use crate::platform::{FileFacts, FileKind, MountLimits, Ownership};
use crate::view::mounts::tree::{Source, ViewFolder, ViewNode};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// A file or directory, and what its mount will forbid.
#[derive(Debug)]
pub(crate) struct HeldFile {
    /// The file itself.
    pub file: OwnedFd,
    /// What it is.
    pub facts: FileFacts,
    /// What its mount forbids.
    pub forbidden: MountLimits,
}

/// Content of the administrator's or of the users': whatever it is, it gains no rights.
pub(crate) const JAILS_OWN: MountLimits =
    MountLimits { writing: false, devices: true, setuid: true, executing: false };

impl HeldFile {
    /// Takes hold of `file`.
    ///
    /// # Errors
    /// The failing call's `errno`.
    pub(crate) fn new(file: OwnedFd, forbidden: MountLimits) -> io::Result<Self> {
        let facts = platform::read_facts(file.as_raw_fd())?;
        Ok(Self { file, facts, forbidden })
    }

    /// The same file, held once more.
    ///
    /// # Errors
    /// The failing call's `errno`.
    pub(crate) fn again(&self) -> io::Result<Self> {
        let Self { file, facts, forbidden } = self;
        Ok(Self { file: file.try_clone()?, facts: *facts, forbidden: *forbidden })
    }

    fn entry(&self, name: &CString) -> io::Result<Option<ViewNode<Self>>> {
        let file = match platform::open_handle_at(self.file.as_fd(), name) {
            // Gone since it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let facts = platform::read_facts(file.as_raw_fd())?;
        if facts.kind == FileKind::Link {
            let target = platform::read_link_at(self.file.as_fd(), name)?;
            return Ok(Some(ViewNode::Link(target, manners(facts))));
        }
        Ok(Some(ViewNode::Mount(Self { file, facts, forbidden: self.forbidden })))
    }
}

impl Source for HeldFile {
    fn is_directory(&self) -> bool {
        self.facts.kind == FileKind::Directory
    }

    fn take_apart(&self) -> io::Result<ViewFolder<Self>> {
        let mut entries = BTreeMap::new();
        for name in platform::list_names(self.file.as_fd())? {
            if let Some(node) = self.entry(&name)? {
                entries.insert(name, node);
            }
        }
        let (manners, list) = (manners(self.facts), list_of(self.file.as_fd()));
        Ok(ViewFolder { entries, manners, list, stands_for_one: true })
    }
}

/// Owner and mode, as they are.
pub(crate) fn manners(facts: FileFacts) -> Ownership {
    Ownership { mode: facts.mode, user: facts.owner, group: facts.group }
}
