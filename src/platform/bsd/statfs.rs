//! The file system of a directory on FreeBSD, NetBSD and Darwin. NetBSD describes it in `struct statvfs`, the others
//! in `struct statfs`.

use crate::platform::unix::posix::check;
use crate::platform::{MountFlags, Support};
#[cfg(not(target_os = "netbsd"))]
use libc::{fstatfs, statfs};
#[cfg(target_os = "netbsd")]
use libc::{fstatvfs as fstatfs, statvfs as statfs};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Name of the type, such as `ufs`.
pub(in crate::platform) fn read_file_system(directory: BorrowedFd<'_>) -> io::Result<String> {
    let stat = read_statfs(directory)?;
    let bytes = stat.f_fstypename.iter().map(|&letter| letter.to_ne_bytes()[0]);
    let name: Vec<u8> = bytes.take_while(|&byte| byte != 0).collect();
    Ok(String::from_utf8_lossy(&name).into_owned())
}

pub(in crate::platform) fn read_mount_flags(directory: BorrowedFd<'_>) -> io::Result<MountFlags> {
    let stat = read_statfs(directory)?;
    Ok(MountFlags {
        read_only: is_set(&stat, libc::MNT_RDONLY),
        nosuid: is_set(&stat, libc::MNT_NOSUID),
        nodev: has_nodev(&stat),
        noexec: is_set(&stat, libc::MNT_NOEXEC),
    })
}

/// The system's own answer; it counts no file server, and FUSE only if the program that serves it is trusted.
#[allow(
    clippy::unnecessary_cast,
    trivial_numeric_casts,
    reason = "its type differs between the systems"
)]
pub(in crate::platform) fn is_local(directory: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(is_set(&read_statfs(directory)?, libc::MNT_LOCAL as libc::c_int))
}

/// FreeBSD has no such flag: device nodes work in devfs only.
#[cfg(target_os = "freebsd")]
fn has_nodev(_: &statfs) -> Support<bool> {
    Support::Unsupported
}

#[cfg(not(target_os = "freebsd"))]
fn has_nodev(stat: &statfs) -> Support<bool> {
    Support::Available(is_set(stat, libc::MNT_NODEV))
}

#[cfg(target_os = "netbsd")]
fn is_set(stat: &statfs, flag: libc::c_int) -> bool {
    stat.f_flag & flag as libc::c_ulong != 0
}

#[cfg(target_os = "freebsd")]
fn is_set(stat: &statfs, flag: libc::c_int) -> bool {
    stat.f_flags & flag as u64 != 0
}

#[cfg(target_os = "macos")]
fn is_set(stat: &statfs, flag: libc::c_int) -> bool {
    stat.f_flags & flag as u32 != 0
}

fn read_statfs(directory: BorrowedFd<'_>) -> io::Result<statfs> {
    let mut stat = MaybeUninit::<statfs>::uninit();
    // SAFETY: the descriptor is open while it is borrowed, and the call writes one structure or fails.
    check(unsafe { fstatfs(directory.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: the call has succeeded, so the structure is written.
    Ok(unsafe { stat.assume_init() })
}
