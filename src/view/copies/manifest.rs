//! The list of the copies in a jail. It distinguishes them from the jail's own files, and names those to remove when they are
//! not requested any more.
//!
//! It also names the server that made the copies: another one that runs at the same time takes none of them away.
//!
//! It is `/.mod_chroot` in the jail, which belongs to root and is readable by root only. Only root can change the root
//! directory of the jail, and so the list.

use crate::messages::ViewFault;
use crate::platform;
use crate::platform::{Attempt, GroupId, InodeKind, Ownership, SingleThread, UserId};
use crate::view::copies::safe_dir::SafeDir;
use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const NAME: &CStr = c".mod_chroot";
const NEW: &CStr = c".mod_chroot.new";

/// Ownership of the list: for root only.
const ROOTS: Ownership = Ownership { mode: 0o600, user: UserId(0), group: GroupId(0) };

/// Limit of its length, in bytes.
const LONGEST: u64 = 16 << 20;

/// Limit of the length of a `PidFile`, in bytes.
const LONGEST_PID: u64 = 32;

/// Time in which a `PidFile` is read.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads the number in the `PidFile` of another server. It may be on a file system that does not answer, so another process
/// reads it.
fn read_pid(pid_file: &Path) -> Option<u32> {
    let path = CString::new(pid_file.as_os_str().as_bytes()).ok()?;
    let read = || {
        let mut text = Vec::new();
        let file = platform::open_regular_file(&path);
        let _ = file.and_then(|file| file.take(LONGEST_PID).read_to_end(&mut text));
        text
    };
    let text = Attempt::new(SingleThread::check().ok()?, PATIENCE).read_answer(read).ok()?;
    String::from_utf8(text).ok()?.trim().parse().ok()
}

/// A list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Inside paths of copies, in order: a folder comes before its entries.
    pub files: BTreeSet<PathBuf>,
    /// `PidFile` of the server that they belong to.
    pub pid_file: Option<PathBuf>,
}

/// Beginning of the line that names the server.
const OWNER: &str = "PidFile ";

impl Manifest {
    /// The process id of the server that the list belongs to, if that is another one than that with `own_pid_file`, and
    /// it runs. As httpd itself does, it is asked for the process that its `PidFile` names; one that cannot be read names
    /// none.
    pub(crate) fn find_other_server(&self, own_pid_file: &Path) -> Option<u32> {
        let pid_file = self.pid_file.as_ref().filter(|it| *it != own_pid_file)?;
        let pid = read_pid(pid_file)?;
        (pid != std::process::id() && platform::is_running(pid)).then_some(pid)
    }

    /// Reads the list of `jail`; an empty one if there is none.
    ///
    /// # Errors
    /// Returns an error if the file is not ours, or cannot be read.
    pub(crate) fn read(jail: &SafeDir) -> Result<Self, ViewFault> {
        let fault = |error| ViewFault::Read("/.mod_chroot".into(), error);
        let file = match platform::open_file_at(jail.as_fd(), NAME) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            file => file.map_err(fault)?,
        };
        // A file of root's that another user has linked here is not the list.
        let inode = platform::read_inode(file.as_fd()).map_err(fault)?;
        let is_roots = inode.user == UserId(0) && inode.mode & 0o077 == 0;
        if !is_roots || inode.sort != InodeKind::File || inode.links != 1 {
            return Err(ViewFault::NotRoots("/.mod_chroot".into()));
        }
        let mut text = String::new();
        File::from(file).take(LONGEST).read_to_string(&mut text).map_err(fault)?;
        Ok(Self::parse(&text))
    }

    /// Parses the lines of a list. A name may end in any byte except a line feed.
    pub(super) fn parse(text: &str) -> Self {
        let lines = || text.split('\n');
        Self {
            files: lines().filter(|line| line.starts_with('/')).map(PathBuf::from).collect(),
            pid_file: lines().find_map(|line| line.strip_prefix(OWNER)).map(PathBuf::from),
        }
    }

    /// Formats the lines of a list.
    pub(super) fn format(&self) -> String {
        let owner = self.pid_file.iter().filter(|path| Self::can_hold(path));
        let owner = owner.map(|path| format!("{OWNER}{}\n", path.display()));
        let files = self.files.iter().map(|path| format!("{}\n", path.display()));
        owner.chain(files).collect()
    }

    /// Whether `jail`, which others than root can change, seems to have a list.
    pub(crate) fn exists_in(jail: BorrowedFd<'_>) -> bool {
        platform::read_facts_at(jail, NAME).is_ok_and(|facts| facts.owner == UserId(0))
    }

    /// Replaces the list of `jail` by a rename; removes it if it is empty.
    ///
    /// # Errors
    /// Returns an error if it cannot be written. The old list is then still there.
    pub(crate) fn write(&self, jail: &SafeDir) -> Result<(), ViewFault> {
        let fault = |error| ViewFault::Write("/.mod_chroot".into(), error);
        if self.files.is_empty() {
            return match jail.remove(NAME) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault(error)),
                _ => Ok(()),
            };
        }
        self.write_new(jail).map_err(|error| {
            // A partly written list is of no use.
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
        let (file, made) = jail.create_file(NEW, &mut self.format().as_bytes(), ROOTS)?;
        file.sync_all()?;
        jail.rename(NEW, NAME, made)
    }

    /// Whether `path` can be a line of the list.
    pub(crate) fn can_hold(path: &Path) -> bool {
        path.to_str().is_some_and(|text| !text.contains('\n'))
    }
}
