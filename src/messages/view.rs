//! Faults of host paths: of a view, of copies, of the link.

use crate::messages::fixes::{add_to_unit, advise_reading};
use crate::messages::{Fault, MessageText, ProgramFault, Text, WalkFault, show_path};
use crate::path::JailPath;
use crate::platform::NoMounts;
use std::io;
use std::path::PathBuf;

/// A reason against showing the jail at its host path, or a file of the host inside.
#[derive(Debug)]
pub(crate) enum ViewFault {
    /// `view` is set where there is none, for this reason.
    Absent(NoMounts),
    /// The directory that views are mounted on cannot be used.
    MountPoint(io::Error),
    /// A call about mounts failed.
    Step(&'static str, io::Error),
    /// A place in the view cannot be made.
    Make(PathBuf, io::Error),
    /// A directory or file cannot be read.
    Read(PathBuf, io::Error),
    /// A path to be provided cannot be walked.
    Walk(WalkFault),
    /// A path would show too much of the host: the name of that part.
    Exposes(String),
    /// A path leads through this symbolic link, which children can replace.
    ReplaceableLink(PathBuf),
    /// A path is neither a file nor a directory, but this.
    Special(&'static str),
    /// The link's place in the jail is taken by another file.
    LinkTaken(PathBuf),
    /// A directory on the path to a place in the jail is not root's alone.
    NotRoots(PathBuf),
    /// Others than root can change the jail's root directory: its path, and their right.
    JailNotRoots(PathBuf, String),
    /// A file inside the jail cannot be made.
    Write(PathBuf, io::Error),
    /// The word has no effect without a view.
    OnlyInView,
    /// A program that root must not read.
    Program(ProgramFault),
    /// The jail holds links and copies of another server that runs: its process id, and its `PidFile`.
    OtherServer(u32, PathBuf),
}

impl ViewFault {
    /// Converts it to a fault of the jail that the configuration names `jail`.
    pub(crate) fn for_jail(self, jail: &JailPath) -> Fault {
        Fault::new(jail.as_path(), self)
    }
}

impl MessageText for ViewFault {
    fn id(&self) -> u16 {
        match self {
            Self::Absent(_) => 701,
            Self::MountPoint(_) => 702,
            Self::Step(..) => 703,
            Self::Make(..) => 704,
            Self::Read(..) => 705,
            Self::Walk(_) => 113,
            Self::Exposes(_) => 112,
            Self::Special(_) => 114,
            Self::ReplaceableLink(_) => 734,
            Self::LinkTaken(_) => 711,
            Self::NotRoots(_) | Self::JailNotRoots(..) => 712,
            Self::Write(..) => 713,
            Self::OnlyInView => 714,
            Self::Program(fault) => fault.id(),
            Self::OtherServer(..) => 741,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Walk(fault) => fault.text(),
            Self::Program(fault) => fault.text(),
            Self::OtherServer(pid, pid_file) => Text::new(
                format!(
                    "it holds links and copies of another server that runs (process {pid}, PidFile \"{}\")",
                    show_path(pid_file)
                ),
                "set a ChrootDir of its own for each server, or \"ChrootFixRoot view\" for this one",
            ),
            Self::Exposes(what) => Text::new(
                format!("leads to a path that would show {what} to the children"),
                "list the needed files instead",
            ),
            Self::ReplaceableLink(link) => Text::new(
                format!(
                    "leads through the symbolic link \"{}\", which the children can replace",
                    link.display()
                ),
                "set the path that it leads to (readlink -f prints it)",
            ),
            Self::Special(what) => Text::new(
                format!("is {what}"),
                "remove it (the set \"devices\" has the devices that a jail needs)",
            ),
            Self::Read(path, error) => Text::new(
                format!("\"{}\" cannot be read: {error}", path.display()),
                advise_reading(path),
            ),
            Self::OnlyInView => Text::new(
                "cannot be copied into a jail",
                "set \"ChrootFixRoot view\", or move it into the jail",
            ),
            Self::Absent(_) | Self::MountPoint(_) | Self::Step(..) | Self::Make(..) => {
                self.mount_text()
            }
            Self::LinkTaken(_) | Self::NotRoots(_) | Self::JailNotRoots(..) | Self::Write(..) => {
                self.jail_text()
            }
        }
    }
}

impl ViewFault {
    /// Words about the mounts of a view.
    fn mount_text(&self) -> Text {
        match self {
            Self::Absent(cause) => Text::new(describe_no_mounts(*cause), allow_view(*cause)),
            Self::MountPoint(error) => Text::new(
                format!("/run/mod_chroot, on which the view is mounted, cannot be used: {error}"),
                "remove the file that is there, so that root can make the directory, or set \
                 \"ChrootFixRoot link\"",
            ),
            Self::Step(call, error) => Text::new(
                format!("the view cannot be mounted: {call}: {error}"),
                format!(
                    "{}, allow it to root (a container, a security module, fs.mount-max), or set \
                     \"ChrootFixRoot link\"",
                    add_to_unit("SystemCallFilter=@mount")
                ),
            ),
            Self::Make(path, error) if is_denied_call(error) => Text::new(
                format!(
                    "\"{}\" cannot be shown in the view: {error}, which a filter of system calls returns, or a \
                     security module",
                    path.display()
                ),
                format!(
                    "{}, allow it to the container, or set \"ChrootFixRoot link\"",
                    add_to_unit("SystemCallFilter=@mount @chown")
                ),
            ),
            Self::Make(path, error) => Text::new(
                format!("\"{}\" cannot be shown in the view: {error}", path.display()),
                format!("{}; or do not provide it", advise_reading(path)),
            ),
            _ => Text::without_fix(""),
        }
    }

    /// Words about files that are made in the jail.
    fn jail_text(&self) -> Text {
        match self {
            Self::LinkTaken(path) => Text::new(
                format!(
                    "\"{}\" in the jail is not the link that would keep host paths valid, and is not \
                     changed",
                    path.display()
                ),
                "move it away, or set \"ChrootFixRoot view\" or \"off\"",
            ),
            Self::JailNotRoots(jail, how) => Text::new(
                format!(
                    "\"{}\" can be changed by others than root ({how}), so nothing is copied or linked \
                     into it",
                    jail.display()
                ),
                format!(
                    "chown root \"{0}\" and chmod go-w \"{0}\" (setfacl -b \"{0}\" for a list), and give \
                     its user directories in it, or use a view",
                    jail.display()
                ),
            ),
            Self::NotRoots(path) => Text::new(
                format!(
                    "\"{}\" in the jail is not a directory of root's that only root can write to",
                    path.display()
                ),
                "chown root and chmod go-w it",
            ),
            Self::Write(path, error) if error.kind() == io::ErrorKind::AlreadyExists => Text::new(
                format!("\"{}\" in the jail cannot be replaced ({error})", path.display()),
                "remove it",
            ),
            Self::Write(path, error) => Text::new(
                format!("\"{}\" cannot be made in the jail: {error}", path.display()),
                "run df and free space on it, mount it writable, or set \"ChrootFixRoot view\" or \"off\"",
            ),
            _ => Text::without_fix(""),
        }
    }
}

/// The reason for which there is no view, which begins with "a view needs".
pub(crate) fn describe_no_mounts(cause: NoMounts) -> &'static str {
    match cause {
        NoMounts::System => "a view needs private mounts, which this system does not have",
        NoMounts::Call => {
            "a view needs mount_setattr, which does not exist here: Linux 5.12 has it, and \
             SystemCallFilter= of the service's unit or a container can hide it"
        }
        NoMounts::Capability => {
            "a view needs CAP_SYS_ADMIN, which httpd does not have (CapabilityBoundingSet= of the \
             service's unit, or the container)"
        }
        NoMounts::Namespace => {
            "a view needs a mount namespace, and unshare is denied (RestrictNamespaces= or \
             SystemCallFilter= of the service's unit, or the container)"
        }
        NoMounts::Mount => {
            "a view needs mount, which is denied (SystemCallFilter= of the service's unit, a security \
             module, or the container)"
        }
    }
}

/// The fix where there is no view, and one is required.
fn allow_view(cause: NoMounts) -> String {
    let line = match cause {
        NoMounts::System => return "set \"ChrootFixRoot on\" or \"link\"".to_owned(),
        NoMounts::Call | NoMounts::Mount => "SystemCallFilter=@mount",
        NoMounts::Capability => "CapabilityBoundingSet=CAP_SYS_ADMIN",
        NoMounts::Namespace => "RestrictNamespaces=mnt",
    };
    let line = add_to_unit(line);
    format!("{line}, allow it to the container, or set \"ChrootFixRoot on\" or \"link\"")
}

/// Whether root gets this error from a filter or a security module: a file system denies a file to root by `EACCES`.
fn is_denied_call(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EPERM | libc::ENOSYS))
}

impl From<WalkFault> for ViewFault {
    fn from(fault: WalkFault) -> Self {
        Self::Walk(fault)
    }
}
