//! Mounts what a plan lays out, in this process's private namespace.

use crate::jail::walk::{complaints_of, walk_inside};
use crate::messages::ViewFault;
use crate::path::InsidePath;
use crate::platform;
use crate::platform::{
    AccessList, FileKind, GroupId, MadeDirectory, MadeFile, MountLimits, MountNamespace, Ownership,
    UserId,
};
use crate::trust::rights::without_list;
use crate::view::mounts::plan::ViewPlan;
use crate::view::mounts::private_tmp;
use crate::view::mounts::private_tmp::{Owner, PrivateDir};
use crate::view::mounts::source::HeldFile;
use crate::view::mounts::tree::{Source, ViewFolder, ViewNode};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// The directory that views are mounted on, each in a namespace of its own: outside, it is empty.
pub(crate) const MOUNT_POINT: &CStr = c"/run/mod_chroot";

/// More views than this do not lie on top of each other.
const MOST_EARLIER: usize = 100;

/// Nobody but root writes here, and what is made here is only the way to something.
const SKELETON: MountLimits =
    MountLimits { writing: true, devices: true, setuid: true, executing: false };

/// Mounts `plan` in place of any earlier view, and yields its root. The earlier view stays as it is
/// for the processes in it, which have a namespace of their own. The private temporary directory is
/// kept as long as it is that of `owner`.
///
/// # Errors
/// The first step that failed. The server must not start.
pub(crate) fn build(
    namespace: &MountNamespace,
    plan: &ViewPlan,
    owner: Owner<'_>,
) -> Result<OwnedFd, ViewFault> {
    let mut private = BTreeMap::new();
    for directory in [PrivateDir::Temporary, PrivateDir::SharedMemory] {
        let earlier = private_tmp::earlier(namespace, directory, owner);
        private.extend(earlier.map_err(ViewFault::MountPoint)?.map(|mount| (directory, mount)));
    }
    remove_earlier(namespace)?;
    let point = mount_point().map_err(ViewFault::MountPoint)?;
    let step = |call| move |error| ViewFault::Step(call, error);
    let root = namespace
        .create_tmpfs(&[(c"source", c"mod_chroot"), (c"mode", c"0755"), (c"size", c"64m")])
        .map_err(step("fsmount"))?;
    namespace.attach_mount(root.as_fd(), point.as_fd()).map_err(step("move_mount"))?;
    let mut builder = Builder { namespace, owner, private };
    builder.fill(root.as_fd(), &plan.root, Path::new("/"))?;
    for (path, held) in &plan.on_top {
        builder.cover(root.as_fd(), path, held)?;
    }
    let top = MadeDirectory::open_at(root.as_fd(), c".").map_err(step("openat"))?;
    builder.dress(&top, &plan.root).map_err(|error| ViewFault::Make("/".into(), error))?;
    drop(top);
    namespace.restrict_mount(root.as_fd(), SKELETON, false).map_err(step("mount_setattr"))?;
    Ok(root)
}

/// Opens the mount point, which is made where it is missing. It is root's, in a directory of root's.
fn mount_point() -> io::Result<OwnedFd> {
    let root = platform::open_root()?;
    let run = platform::open_directory_at(root.as_fd(), c"run")?;
    is_roots_alone(run.as_fd(), Path::new("/run"))?;
    match MadeDirectory::create_at(run.as_fd(), c"mod_chroot") {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made.map(OwnedFd::from),
    }
    let point = platform::open_directory_at(run.as_fd(), c"mod_chroot")?;
    is_roots_alone(point.as_fd(), Path::new("/run/mod_chroot"))?;
    Ok(point)
}

fn is_roots_alone(directory: BorrowedFd<'_>, path: &Path) -> io::Result<()> {
    match complaints_of(directory, path)?.first() {
        None => Ok(()),
        Some(complaint) => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, complaint.to_string()))
        }
    }
}

/// Unmounts the view before, which this namespace has a copy of.
fn remove_earlier(namespace: &MountNamespace) -> Result<(), ViewFault> {
    for _ in 0..MOST_EARLIER {
        match namespace.detach_mount(MOUNT_POINT) {
            Ok(()) => {}
            // Nothing is mounted there (any more), or there is no such directory yet.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOENT)) => {
                return Ok(());
            }
            Err(error) => return Err(ViewFault::Step("umount2", error)),
        }
    }
    let still = io::Error::other("it answers that it was done, and nothing is ever unmounted");
    Err(ViewFault::Step("umount2", still))
}

struct Builder<'a> {
    namespace: &'a MountNamespace,
    owner: Owner<'a>,
    /// Private directories that are mounted already, or that the view before had.
    private: BTreeMap<PrivateDir, OwnedFd>,
}

impl Builder<'_> {
    fn fill(
        &mut self,
        directory: BorrowedFd<'_>,
        folder: &ViewFolder<HeldFile>,
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
        node: &ViewNode<HeldFile>,
        path: &Path,
    ) -> Result<(), ViewFault> {
        let fault = |error| ViewFault::Make(path.to_owned(), error);
        match node {
            ViewNode::Link(target, manners) => {
                self.link(directory, name, target, *manners).map_err(fault)
            }
            ViewNode::Folder(folder) => {
                let made = MadeDirectory::create_at(directory, name).map_err(fault)?;
                self.fill(made.as_fd(), folder, path)?;
                self.dress(&made, folder).map_err(fault)
            }
            ViewNode::Mount(held) => self.show(directory, name, held).map_err(fault),
            ViewNode::Scratch => {
                self.mount_private(directory, name, PrivateDir::at(path)).map_err(fault)
            }
            ViewNode::Late => Self::reserve_socket(directory, name).map_err(fault),
        }
    }

    /// Makes a file on which a socket will be mounted. Until then a connection is refused (`ECONNREFUSED`),
    /// and clients such as mod_cgid try again; without the right to write it would be `EACCES`, and they
    /// give up. The file is empty, and on a read-only file system.
    fn reserve_socket(directory: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
        let file = MadeFile::create_at(directory, name)?;
        file.set_ownership(Ownership { mode: 0o666, user: UserId(0), group: GroupId(0) })
    }

    /// Makes a link with the owner that it has outside.
    fn link(
        &self,
        directory: BorrowedFd<'_>,
        name: &CStr,
        target: &[u8],
        manners: Ownership,
    ) -> io::Result<()> {
        let target = CString::new(target).unwrap_or_default();
        platform::make_link_at(directory, name, &target)?;
        let link = platform::open_handle_at(directory, name)?;
        if platform::read_facts(link.as_raw_fd())?.kind != FileKind::Link {
            return Err(io::Error::other("it is no link any more"));
        }
        self.namespace.set_owner(link.as_fd(), manners)
    }

    /// Gives a folder that was made its owner, mode and list. Where the list is not available, the mode says
    /// less.
    fn dress(&self, made: &MadeDirectory, folder: &ViewFolder<HeldFile>) -> io::Result<()> {
        let mode = without_list(folder.manners.mode, &folder.list) & 0o1777;
        made.set_ownership(Ownership { mode, ..folder.manners })?;
        let AccessList::Posix(list) = &folder.list else { return Ok(()) };
        match self.namespace.set_access_list(made.as_fd(), &list.raw) {
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => Ok(()),
            given => given,
        }
    }

    /// Mounts a file or directory on what the view shows at `path` already.
    fn cover(&self, root: BorrowedFd<'_>, path: &Path, held: &HeldFile) -> Result<(), ViewFault> {
        let target = walk_inside(root, InsidePath::same_as_host(path))?;
        self.mount(held, target.file.as_fd())
            .map_err(|error| ViewFault::Make(path.to_owned(), error))
    }

    /// Mounts a file or directory on a new one of its kind.
    fn show(&self, directory: BorrowedFd<'_>, name: &CStr, held: &HeldFile) -> io::Result<()> {
        if held.is_directory() {
            self.mount(held, MadeDirectory::create_at(directory, name)?.as_fd())
        } else {
            self.mount(held, MadeFile::create_at(directory, name)?.as_fd())
        }
    }

    fn mount(&self, held: &HeldFile, target: BorrowedFd<'_>) -> io::Result<()> {
        let mount = self.namespace.copy_mount(held.file.as_fd())?;
        self.namespace.restrict_mount(mount.as_fd(), held.forbidden, true)?;
        self.namespace.attach_mount(mount.as_fd(), target)
    }

    /// Mounts a private directory: the same one at each of its places.
    fn mount_private(
        &mut self,
        parent: BorrowedFd<'_>,
        name: &CStr,
        directory: PrivateDir,
    ) -> io::Result<()> {
        let target = MadeDirectory::create_at(parent, name)?;
        let mount = match self.private.remove(&directory) {
            Some(mount) => mount,
            None => private_tmp::new(self.namespace, directory, self.owner)?,
        };
        self.namespace.attach_mount(mount.as_fd(), target.as_fd())?;
        self.private.insert(directory, self.namespace.copy_mount(mount.as_fd())?);
        Ok(())
    }
}
