#![forbid(unsafe_code)]
//! Mounts what a plan lays out, in this process's private namespace.

use super::plan::Plan;
use super::source::Held;
use super::tree::{Folder, Node, Source};
use crate::fault::ViewFault;
use crate::platform::{self, Forbidden, GroupId, MountNamespace, UserId};
use crate::walk::{on_host, within};
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// The directory that views are mounted on, each in a namespace of its own: outside, it is empty.
const MOUNT_POINT: &CStr = c"/run/mod_chroot";

/// The name of the private temporary directory in the mount table: how the next view knows it.
const SCRATCH: &CStr = c"mod_chroot-tmp";

/// Nobody but root writes here, and what is made here is only the way to something.
const SKELETON: Forbidden =
    Forbidden { writing: true, devices: true, setuid: true, executing: false };

const TEMPORARY: Forbidden =
    Forbidden { writing: false, devices: true, setuid: true, executing: false };

/// Mounts `plan` in place of any earlier view, and yields its root. The earlier view stays as it is
/// for the processes in it, which have a namespace of their own.
///
/// # Errors
/// The first step that failed. The server must not start.
pub(super) fn build(namespace: &MountNamespace, plan: &Plan) -> Result<OwnedFd, ViewFault> {
    let scratch = earlier_scratch(namespace).map_err(ViewFault::MountPoint)?;
    remove_earlier(namespace)?;
    let point = mount_point().map_err(ViewFault::MountPoint)?;
    let step = |call| move |error| ViewFault::Step(call, error);
    let root = namespace
        .tmpfs(&[(c"source", c"mod_chroot"), (c"mode", c"0755"), (c"size", c"64m")])
        .map_err(step("fsmount"))?;
    namespace.attach(root.as_fd(), point.as_fd()).map_err(step("move_mount"))?;
    let mut builder = Builder { namespace, scratch };
    builder.fill(root.as_fd(), &plan.root, Path::new("/"))?;
    for (path, held) in &plan.on_top {
        builder.cover(root.as_fd(), path, held)?;
    }
    namespace.forbid(root.as_fd(), SKELETON, false).map_err(step("mount_setattr"))?;
    Ok(root)
}

/// Opens the mount point, which is made where it is missing. It is root's, in a directory of root's.
fn mount_point() -> io::Result<OwnedFd> {
    let root = platform::open_root()?;
    let run = platform::open_directory_at(root.as_fd(), c"run")?;
    match platform::make_directory_at(run.as_fd(), c"mod_chroot", 0o700) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    let point = platform::open_directory_at(run.as_fd(), c"mod_chroot")?;
    match platform::facts(point.as_raw_fd())? {
        facts if facts.owner == UserId(0) && facts.mode & 0o022 == 0 => Ok(point),
        _ => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is not root's, or others may write to it",
        )),
    }
}

/// Unmounts the view before, which this namespace has a copy of.
fn remove_earlier(namespace: &MountNamespace) -> Result<(), ViewFault> {
    loop {
        match namespace.detach(MOUNT_POINT) {
            Ok(()) => {}
            // Nothing is mounted there (any more), or there is no such directory yet.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOENT)) => {
                return Ok(());
            }
            Err(error) => return Err(ViewFault::Step("umount2", error)),
        }
    }
}

/// The temporary directory of the view before, so that a restart does not empty it.
fn earlier_scratch(namespace: &MountNamespace) -> io::Result<Option<OwnedFd>> {
    let Ok(mounts) = std::fs::read_to_string("/proc/self/mountinfo") else { return Ok(None) };
    let source = SCRATCH.to_string_lossy();
    let is_scratch = |line: &&str| {
        line.split_once(" - ").is_some_and(|(_, kind)| kind.split(' ').nth(1) == Some(&*source))
    };
    let place = mounts.lines().filter(is_scratch).find_map(|line| line.split(' ').nth(4));
    let Some(place) = place else { return Ok(None) };
    match on_host(Path::new(place)) {
        Ok(found) => namespace.copy_of(found.file.as_fd()).map(Some),
        Err(_) => Ok(None),
    }
}

struct Builder<'a> {
    namespace: &'a MountNamespace,
    scratch: Option<OwnedFd>,
}

impl Builder<'_> {
    fn fill(
        &mut self,
        directory: BorrowedFd<'_>,
        folder: &Folder<Held>,
        path: &Path,
    ) -> Result<(), ViewFault> {
        for (name, node) in &folder.entries {
            let path = path.join(&*name.to_string_lossy());
            self.make(directory, name, node, &path)?;
        }
        Ok(())
    }

    fn make(
        &mut self,
        directory: BorrowedFd<'_>,
        name: &CStr,
        node: &Node<Held>,
        path: &Path,
    ) -> Result<(), ViewFault> {
        let fault = |error| ViewFault::Make(path.to_owned(), error);
        let owner = match node {
            Node::Link(target, manners) => {
                let target = std::ffi::CString::new(&**target).unwrap_or_default();
                platform::make_link_at(directory, name, &target).map_err(fault)?;
                manners
            }
            Node::Folder(folder) => {
                let made = platform::make_directory_at(directory, name, 0o755).map_err(fault)?;
                self.fill(made.as_fd(), folder, path)?;
                platform::set_mode_at(directory, name, folder.manners.mode).map_err(fault)?;
                &folder.manners
            }
            Node::Mount(held) => return self.show(directory, name, held).map_err(fault),
            Node::Scratch => return self.scratch(directory, name).map_err(fault),
        };
        platform::set_owner_at(directory, name, UserId(owner.uid), GroupId(owner.gid))
            .map_err(fault)
    }

    /// Mounts a file or directory on what the view shows at `path` already.
    fn cover(&self, root: BorrowedFd<'_>, path: &Path, held: &Held) -> Result<(), ViewFault> {
        let target = within(root, path)?;
        self.mount(held, target.file.as_fd())
            .map_err(|error| ViewFault::Make(path.to_owned(), error))
    }

    /// Mounts a file or directory on a new one of its kind.
    fn show(&self, directory: BorrowedFd<'_>, name: &CStr, held: &Held) -> io::Result<()> {
        let target = if held.is_directory() {
            platform::make_directory_at(directory, name, 0o755)?
        } else {
            platform::make_file_at(directory, name, 0o644)?;
            platform::hold_at(directory, name)?
        };
        self.mount(held, target.as_fd())
    }

    fn mount(&self, held: &Held, target: BorrowedFd<'_>) -> io::Result<()> {
        let mount = self.namespace.copy_of(held.file.as_fd())?;
        self.namespace.forbid(mount.as_fd(), held.forbidden, true)?;
        self.namespace.attach(mount.as_fd(), target)
    }

    /// Mounts the temporary directory: the same one wherever it is asked for.
    fn scratch(&mut self, directory: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
        let target = platform::make_directory_at(directory, name, 0o755)?;
        let mount = match self.scratch.take() {
            Some(mount) => mount,
            None => self.new_scratch()?,
        };
        self.namespace.attach(mount.as_fd(), target.as_fd())?;
        self.scratch = Some(self.namespace.copy_of(mount.as_fd())?);
        Ok(())
    }

    fn new_scratch(&self) -> io::Result<OwnedFd> {
        let options = [(c"source", SCRATCH), (c"mode", c"1777"), (c"size", c"50%")];
        let mount = self.namespace.tmpfs(&options)?;
        self.namespace.forbid(mount.as_fd(), TEMPORARY, false)?;
        Ok(mount)
    }
}
