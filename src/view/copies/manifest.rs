//! The list of what was copied into a jail: it tells our copies from the jail's own files, and what
//! to take away when it is not asked for any more.
//!
//! It lies in the jail, as `/.mod_chroot`, root's and readable by root only. Whoever could change it
//! could change the jail's root directory, and is root.

use crate::messages::ViewFault;
use crate::platform;
use crate::platform::{GroupId, InodeKind, Ownership, UserId};
use crate::view::copies::safe_dir::SafeDir;
use std::collections::BTreeSet;
use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

const NAME: &CStr = c".mod_chroot";
const NEW: &CStr = c".mod_chroot.new";

/// Root's business alone.
const ROOTS: Ownership = Ownership { mode: 0o600, user: UserId(0), group: GroupId(0) };

/// No list of ours is longer.
const LONGEST: u64 = 16 << 20;

/// What was copied: paths as they are inside, in order, so that a folder comes before what is in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest(pub BTreeSet<PathBuf>);

impl Manifest {
    /// Reads the list of `jail`; an empty one if there is none.
    ///
    /// # Errors
    /// There is something else of that name, or it cannot be read.
    pub(crate) fn read(jail: &SafeDir) -> Result<Self, ViewFault> {
        let fault = |error| ViewFault::Read("/.mod_chroot".into(), error);
        let file = match platform::open_file_at(jail.as_fd(), NAME) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            file => file.map_err(fault)?,
        };
        // A file of root's that somebody has linked here would be another list, or none.
        let inode = platform::read_inode(file.as_fd()).map_err(fault)?;
        let is_roots = inode.user == UserId(0) && inode.mode & 0o077 == 0;
        if !is_roots || inode.sort != InodeKind::File || inode.links != 1 {
            return Err(ViewFault::NotRoots("/.mod_chroot".into()));
        }
        let mut text = String::new();
        File::from(file).take(LONGEST).read_to_string(&mut text).map_err(fault)?;
        Ok(Self(text.lines().filter(|line| line.starts_with('/')).map(PathBuf::from).collect()))
    }

    /// Whether there seems to be a list in `jail`, which is nobody's in particular.
    pub(crate) fn is_in(jail: BorrowedFd<'_>) -> bool {
        platform::read_facts_at(jail, NAME).is_ok_and(|facts| facts.owner == UserId(0))
    }

    /// Writes the list of `jail`, at once; an empty list is no file.
    ///
    /// # Errors
    /// It cannot be written; the old one is then still there.
    pub(crate) fn write(&self, jail: &SafeDir) -> Result<(), ViewFault> {
        let fault = |error| ViewFault::Write("/.mod_chroot".into(), error);
        if self.0.is_empty() {
            return match jail.remove(NAME) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault(error)),
                _ => Ok(()),
            };
        }
        self.write_new(jail).map_err(|error| {
            // What is half written is of no use to anybody.
            let _ = jail.remove(NEW);
            match error.kind() {
                io::ErrorKind::AlreadyExists => ViewFault::Write("/.mod_chroot.new".into(), error),
                _ => fault(error),
            }
        })
    }

    fn write_new(&self, jail: &SafeDir) -> io::Result<()> {
        // Left by a process that was killed here.
        let _ = jail.remove(NEW);
        let lines: String = self.0.iter().map(|path| format!("{}\n", path.display())).collect();
        let (file, made) = jail.file(NEW, &mut lines.as_bytes(), ROOTS)?;
        file.sync_all()?;
        jail.rename(NEW, NAME, made)
    }

    /// Whether `path` can be written as a line.
    pub(crate) fn can_hold(path: &Path) -> bool {
        path.to_str().is_some_and(|text| !text.contains('\n'))
    }
}
