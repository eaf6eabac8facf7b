//! Sockets that are created after the view. mod_cgid's daemon creates its socket as root whenever it starts; the parent creates
//! those of mod_wsgi's daemons once. If the directory of a socket must not be shown, for example because the server keeps a log
//! there, the daemon mounts the socket in the view before it enters, or the parent does before it forks the first child.

use crate::jail::walk::{OpenedPath, on_host, walk_inside};
use crate::messages::ViewFault;
use crate::path::InsidePath;
use crate::platform;
use crate::platform::{FileKind, InodeKind, MountLimits, MountNamespace, UserId};
use crate::view::mounts::mount_point::MOUNT_POINT;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Sockets to mount in the view once they exist.
#[derive(Debug)]
pub(crate) struct LateSockets {
    namespace: Arc<MountNamespace>,
    sockets: Vec<PathBuf>,
}

/// Limits for sockets: they can be connected to, and nothing else.
const SOCKET: MountLimits =
    MountLimits { writing: false, devices: true, setuid: true, executing: true };

impl LateSockets {
    /// Remembers that these `sockets` have a place in the view.
    pub(crate) fn new(namespace: Arc<MountNamespace>, sockets: Vec<PathBuf>) -> Self {
        Self { namespace, sockets }
    }

    /// Whether `path` is one of them.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.sockets.iter().any(|socket| socket == path)
    }

    /// Mounts those that exist by now in the view whose root is `root`, if they belong to `user`.
    ///
    /// # Errors
    /// Returns the error of the first that cannot be mounted; the others are mounted.
    pub(crate) fn mount_sockets(
        &self,
        root: BorrowedFd<'_>,
        user: UserId,
    ) -> Result<(), ViewFault> {
        let mount = |path: &PathBuf| {
            self.mount_socket(root, path, user)
                .map_err(|error| ViewFault::Make(path.clone(), error))
        };
        let all: Vec<_> = self.sockets.iter().map(mount).collect();
        all.into_iter().collect()
    }

    fn mount_socket(&self, root: BorrowedFd<'_>, path: &Path, user: UserId) -> io::Result<()> {
        // It does not exist until a daemon starts.
        let Ok(found) = on_host(path) else { return Ok(()) };
        if is_mounted(root, path, &found) {
            return Ok(());
        }
        let inode = platform::read_inode(found.file.as_fd())?;
        // A user who can write to the directory could put another socket there.
        if (inode.sort, inode.user, inode.links) != (InodeKind::Socket, user, 1) {
            return Err(io::Error::other("it is not a socket of the children's daemon"));
        }
        let mount = self.namespace.copy_mount(found.file.as_fd())?;
        self.namespace.restrict_mount(mount.as_fd(), SOCKET, false)?;
        self.unmount_earlier(path)?;
        let target = walk_inside(root, InsidePath::same_as_host(path))
            .map_err(|_| io::ErrorKind::NotFound)?;
        // Nothing must be mounted on a mounted socket: its own name outside would be busy. The place is an empty file of root's.
        if target.facts.kind != FileKind::File || target.facts.owner != UserId(0) {
            return Err(io::Error::other("another socket is mounted in its place"));
        }
        self.namespace.attach_mount(mount.as_fd(), target.file.as_fd())
    }

    /// Unmounts an earlier socket.
    fn unmount_earlier(&self, path: &Path) -> io::Result<()> {
        let place = [MOUNT_POINT.to_bytes(), path.as_os_str().as_bytes()].concat();
        match self.namespace.detach_mount(&CString::new(place)?) {
            Err(error) if error.raw_os_error() != Some(libc::EINVAL) => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether the view whose root is `root` has that very file at `path` already: it stays, for children may
/// connect to it at this moment.
fn is_mounted(root: BorrowedFd<'_>, path: &Path, found: &OpenedPath) -> bool {
    walk_inside(root, InsidePath::same_as_host(path))
        .is_ok_and(|inside| inside.facts.identity == found.facts.identity)
}
