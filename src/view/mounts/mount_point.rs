//! The mount point of views, outside an empty directory.

use crate::jail::walk::read_complaints;
use crate::messages::ViewFault;
use crate::platform;
use crate::platform::{MadeDirectory, MountNamespace};
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Mount point of views, each in a namespace of its own: outside, the directory is empty.
pub(crate) const MOUNT_POINT: &CStr = c"/run/mod_chroot";

/// Limit of views that are mounted on top of each other.
const MOST_EARLIER: usize = 100;

/// Opens the mount point, and creates it if it is missing. It must be root's, in a directory of root's.
///
/// # Errors
/// Returns an error if a call fails, or another user can change the directory.
pub(super) fn open_mount_point() -> io::Result<OwnedFd> {
    let root = platform::open_root()?;
    let run = platform::open_directory_at(root.as_fd(), c"run")?;
    require_root_only(run.as_fd(), Path::new("/run"))?;
    match MadeDirectory::create_at(run.as_fd(), c"mod_chroot") {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made.map(OwnedFd::from),
    }
    let point = platform::open_directory_at(run.as_fd(), c"mod_chroot")?;
    require_root_only(point.as_fd(), Path::new("/run/mod_chroot"))?;
    Ok(point)
}

fn require_root_only(directory: BorrowedFd<'_>, path: &Path) -> io::Result<()> {
    match read_complaints(directory, path)?.first() {
        None => Ok(()),
        Some(complaint) => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, complaint.to_string()))
        }
    }
}

/// Unmounts earlier views, of which this namespace has copies.
///
/// # Errors
/// Returns an error if one cannot be unmounted.
pub(crate) fn unmount_earlier(namespace: &MountNamespace) -> Result<(), ViewFault> {
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
    let still = io::Error::other("it reports success, but earlier views stay mounted");
    Err(ViewFault::Step("umount2", still))
}
