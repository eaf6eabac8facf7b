//! Faults in keeping host paths true.

use crate::messages::{Fault, FaultKind, ProgramFault, WalkFault};
use crate::path::JailPath;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// What stands against showing the jail at its host path, or something of the host inside.
#[derive(Debug)]
pub(crate) enum ViewFault {
    /// `view` is asked for where there is none.
    Absent,
    /// The directory that views are mounted on cannot be used.
    MountPoint(io::Error),
    /// A call about mounts failed.
    Step(&'static str, io::Error),
    /// A place in the view cannot be made.
    Make(PathBuf, io::Error),
    /// A directory or file cannot be read.
    Read(PathBuf, io::Error),
    /// What is to be provided cannot be walked to.
    Walk(WalkFault),
    /// What is to be provided would show too much of the host: what.
    Exposes(String),
    /// What is asked for by its path is no file and no directory, but this.
    Special(&'static str),
    /// The link's place in the jail is taken by something that is not ours.
    LinkTaken(PathBuf),
    /// Something on the way to a place in the jail is not a directory of root's.
    NotRoots(PathBuf),
    /// Others than root can change the jail's root directory: which that is, and how they can.
    JailNotRoots(PathBuf, String),
    /// A file inside the jail cannot be made.
    Write(PathBuf, io::Error),
    /// This word has no meaning without a view.
    OnlyInView,
    /// A program that root must not look into.
    Program(ProgramFault),
}

impl ViewFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Absent => 701,
            Self::MountPoint(_) => 702,
            Self::Step(..) => 703,
            Self::Make(..) => 704,
            Self::Read(..) => 705,
            Self::Walk(_) => 113,
            Self::Exposes(_) => 112,
            Self::Special(_) => 114,
            Self::LinkTaken(_) => 711,
            Self::NotRoots(_) | Self::JailNotRoots(..) => 712,
            Self::Write(..) => 713,
            Self::OnlyInView => 714,
            Self::Program(fault) => fault.id(),
        }
    }

    /// This fault, of the jail written as `jail`.
    pub(crate) fn of(self, jail: &JailPath) -> Fault {
        Fault::new(jail.as_path(), FaultKind::View(self))
    }
}

impl From<WalkFault> for ViewFault {
    fn from(fault: WalkFault) -> Self {
        Self::Walk(fault)
    }
}

impl fmt::Display for ViewFault {
    #[allow(clippy::too_many_lines, reason = "a catalogue: one arm a message")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => write!(
                f,
                "this system, container or service has no private mounts (CAP_SYS_ADMIN, Linux 5.12 \
                 and mount namespaces are needed; see RestrictNamespaces of the service's unit); \
                 allow them, or write ChrootFixRoot on or link"
            ),
            Self::MountPoint(error) => write!(
                f,
                "/run/mod_chroot, on which the view is mounted, cannot be used: {error}; remove what \
                 is there, so that root can make the directory, or write ChrootFixRoot link"
            ),
            Self::Step(call, error) => write!(
                f,
                "the view cannot be mounted: {call}: {error}; see what denies it to root, or write \
                 ChrootFixRoot link"
            ),
            Self::Make(path, error) => write!(
                f,
                "\"{}\" cannot be shown in the view: {error}; let root read it, or do not provide it",
                path.display()
            ),
            Self::Read(path, error) => {
                write!(f, "\"{}\" cannot be read: {error}; let root read it", path.display())
            }
            Self::Walk(fault) => fault.fmt(f),
            Self::Program(fault) => fault.fmt(f),
            Self::Exposes(what) => write!(
                f,
                "leads to what would put {what} within reach of the jail; name the files that are \
                 needed"
            ),
            Self::LinkTaken(path) => write!(
                f,
                "\"{}\" in the jail is not the link that would keep host paths true, and is left \
                 as it is; move it away, or write ChrootFixRoot view or off",
                path.display()
            ),
            Self::Special(what) => write!(
                f,
                "is {what}; leave it out (the set \"devices\" has the devices that a jail needs)"
            ),
            Self::JailNotRoots(jail, how) => write!(
                f,
                "\"{0}\" can be changed by others than root ({how}), so nothing is copied or linked into \
                 it; chown root \"{0}\" and chmod go-w \"{0}\" (setfacl -b \"{0}\" for a list), and give \
                 its user directories in it, or use a view",
                jail.display()
            ),
            Self::NotRoots(path) => write!(
                f,
                "\"{}\" in the jail is not a directory of root's that only root can write to; \
                 chown root and chmod go-w it",
                path.display()
            ),
            Self::Write(path, error) if error.kind() == io::ErrorKind::AlreadyExists => write!(
                f,
                "\"{}\" is in the way in the jail, and cannot be replaced ({error}); remove it",
                path.display()
            ),
            Self::Write(path, error) => write!(
                f,
                "\"{}\" cannot be made in the jail: {error}; make room, mount it writable, or \
                 write ChrootFixRoot view or off",
                path.display()
            ),
            Self::OnlyInView => write!(
                f,
                "cannot be copied into a jail; write ChrootFixRoot view, or move it into the jail"
            ),
        }
    }
}
