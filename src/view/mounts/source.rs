//! Sources of mounts: files and directories of the host or of the jail, held open.

use crate::jail::walk::read_access_list_or_other;
use crate::platform;
use crate::platform::{FileFacts, FileKind, FoundName, MountLimits, Ownership};
use crate::view::mounts::tree::{Source, ViewFolder, ViewNode};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// A file or directory that is held open, and the limits of its mount.
#[derive(Debug)]
pub(crate) struct HeldFile {
    /// The descriptor.
    pub file: OwnedFd,
    /// Its kind, owner and mode.
    pub facts: FileFacts,
    /// Limits of its mount.
    pub limits: MountLimits,
}

/// Limits for the contents of the jail: no devices, no set-uid programs.
pub(crate) const JAILS_OWN: MountLimits =
    MountLimits { writing: false, devices: true, setuid: true, executing: false };

impl HeldFile {
    /// Reads the facts of `file`.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call.
    pub(crate) fn new(file: OwnedFd, limits: MountLimits) -> io::Result<Self> {
        let facts = platform::read_facts(file.as_raw_fd())?;
        Ok(Self { file, facts, limits })
    }

    /// Duplicates the descriptor.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call.
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        let Self { file, facts, limits } = self;
        Ok(Self { file: file.try_clone()?, facts: *facts, limits: *limits })
    }

    fn open_entry(&self, name: &CString) -> io::Result<Option<ViewNode<Self>>> {
        // Another file system may be mounted on it, which is shown, but not asked anything.
        let FoundName { facts, handle } = match platform::find_name_at(self.file.as_fd(), name) {
            // Gone since it was listed, or a file system that only its own user can use.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
                ) =>
            {
                return Ok(None);
            }
            found => found?,
        };
        let Some(file) = handle else { return Ok(None) };
        if facts.kind == FileKind::Link {
            let target = platform::read_link_at(file.as_fd(), c"")?;
            return Ok(Some(ViewNode::Link(target, to_ownership(facts))));
        }
        Ok(Some(ViewNode::Mount(Self { file, facts, limits: self.limits })))
    }
}

impl Source for HeldFile {
    fn is_directory(&self) -> bool {
        self.facts.kind == FileKind::Directory
    }

    fn split(&self) -> io::Result<ViewFolder<Self>> {
        let mut entries = BTreeMap::new();
        for name in platform::list_names(self.file.as_fd())? {
            if let Some(node) = self.open_entry(&name)? {
                entries.insert(name, node);
            }
        }
        let (ownership, list) =
            (to_ownership(self.facts), read_access_list_or_other(self.file.as_fd()));
        Ok(ViewFolder { entries, ownership, list, is_split: true })
    }
}

/// Converts facts of a file to its ownership.
pub(crate) fn to_ownership(facts: FileFacts) -> Ownership {
    Ownership { mode: facts.mode, user: facts.owner, group: facts.group }
}
