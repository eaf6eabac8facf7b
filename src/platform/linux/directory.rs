//! Facts about a file or directory that `fstat` does not have, on Linux.

use crate::platform::linux::{check, xattr};
use crate::platform::{AccessList, Grantee, MountFlags, Support};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};

pub(in crate::platform) fn read_acl_writers(
    directory: BorrowedFd<'_>,
) -> io::Result<Support<Vec<Grantee>>> {
    xattr::read_writers(directory).map(Support::Available)
}

pub(in crate::platform) fn read_access_list(
    file: BorrowedFd<'_>,
) -> io::Result<Support<AccessList>> {
    xattr::read_access_list(file).map(Support::Available)
}

pub(in crate::platform) fn remove_access_list(file: BorrowedFd<'_>) -> io::Result<()> {
    xattr::remove_lists(file)
}

pub(in crate::platform) fn set_access_list(file: BorrowedFd<'_>, raw: &[u8]) -> io::Result<()> {
    xattr::set_list(file, raw)
}

pub(in crate::platform) fn read_mount_flags(directory: BorrowedFd<'_>) -> io::Result<MountFlags> {
    let mut stat = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the descriptor is open while it is borrowed; one `struct statvfs` is written.
    check(unsafe { libc::fstatvfs(directory.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: fstatvfs has succeeded, so the structure is written.
    let flags = unsafe { stat.assume_init() }.f_flag;
    let is = |flag| flags & flag != 0;
    Ok(MountFlags {
        read_only: is(libc::ST_RDONLY),
        nosuid: is(libc::ST_NOSUID),
        nodev: Support::Available(is(libc::ST_NODEV)),
        noexec: is(libc::ST_NOEXEC),
    })
}
