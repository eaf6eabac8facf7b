//! The kind of a descriptor by `fstat`, on FreeBSD, NetBSD and Darwin.

use crate::platform::read_file_system;
use crate::platform::unix::handle::{
    DescriptorKind, UNKNOWN_FILE_SYSTEM, describe_socket, describe_terminal, is_terminal,
};
use crate::platform::unix::posix;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

/// By its type, its device and its file system. A file of another type is not known.
pub(in crate::platform) fn describe_by_stat(fd: RawFd) -> io::Result<DescriptorKind> {
    let stat = match posix::read_stat(fd) {
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => {
            return Ok(DescriptorKind::Closed);
        }
        stat => stat?,
    };
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFDIR => Ok(DescriptorKind::leading("a directory")),
        libc::S_IFREG => describe_file(fd),
        libc::S_IFIFO => Ok(DescriptorKind::Harmless),
        libc::S_IFSOCK => describe_socket(fd),
        libc::S_IFCHR => describe_device(fd),
        libc::S_IFBLK => Ok(DescriptorKind::leading("a block device")),
        _ => Ok(DescriptorKind::leading("of an unknown kind")),
    }
}

/// File systems whose files are not content, but the kernel itself or other processes.
const KERNELS_OWN: [&str; 6] = ["procfs", "linprocfs", "linsysfs", "kernfs", "fdescfs", "fdesc"];

/// File systems with content, of all these systems.
const CONTENT: [&str; 45] = [
    "acfs", "afpfs", "apfs", "autofs", "cd9660", "chfs", "efs", "exfat", "ext2fs", "ffs",
    "filecore", "fusefs", "hammer2", "hfs", "lfs", "lifs", "macfuse", "mfs", "msdos", "msdosfs",
    "nfs", "nilfs", "ntfs", "null", "nullfs", "osxfuse", "overlay", "p9fs", "smbfs", "squashfs",
    "sysvbfs", "tarfs", "tmpfs", "udf", "ufs", "umap", "umapfs", "union", "unionfs", "v7fs",
    "virtiofs", "webdav", "zfs", "perfuse", "refuse",
];

/// Beginning of the names of file systems in userland on NetBSD and FreeBSD, such as `puffs|psshfs` and `fusefs.sshfs`.
const USERLAND: [&str; 2] = ["puffs|", "fusefs."];

fn describe_file(fd: RawFd) -> io::Result<DescriptorKind> {
    // SAFETY: the caller has just seen that the descriptor is open, and this process has one thread.
    let name = read_file_system(unsafe { BorrowedFd::borrow_raw(fd) })?;
    let has_content =
        CONTENT.contains(&&*name) || USERLAND.iter().any(|start| name.starts_with(start));
    Ok(match KERNELS_OWN.contains(&&*name) {
        _ if has_content => DescriptorKind::Harmless,
        true => DescriptorKind::Leading(format!("a file of {name}")),
        false => DescriptorKind::Leading(format!("{UNKNOWN_FILE_SYSTEM}, {name}")),
    })
}

/// Devices that give a process nothing. Their numbers are not the same everywhere.
const DEVICES: [&std::ffi::CStr; 5] =
    [c"/dev/null", c"/dev/zero", c"/dev/full", c"/dev/random", c"/dev/urandom"];

fn describe_device(fd: RawFd) -> io::Result<DescriptorKind> {
    if is_terminal(fd) {
        return describe_terminal(fd);
    }
    // SAFETY: as in `file`.
    let device = crate::platform::read_inode(unsafe { BorrowedFd::borrow_raw(fd) })?.device;
    let is_it = |path: &&std::ffi::CStr| {
        let inode = crate::platform::read_path_inode(path);
        inode.is_ok_and(|inode| {
            inode.sort == crate::platform::InodeKind::Character && inode.device == device
        })
    };
    let is_harmless = DEVICES.iter().any(is_it);
    Ok(if is_harmless { DescriptorKind::Harmless } else { DescriptorKind::leading("a device") })
}
