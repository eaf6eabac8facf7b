//! Answers of the contract that FreeBSD, NetBSD and Darwin have in common.

#[cfg(not(target_os = "macos"))]
use crate::platform::bsd::acl;
#[cfg(target_os = "macos")]
use crate::platform::darwin::acl;
use crate::platform::{AccessList, Grantee, Support};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::BorrowedFd;

/// No name reaches a directory by its descriptor. FreeBSD would need fdescfs, mounted with `linrdlnk`.
pub(in crate::platform) fn find_descriptor_path(_: BorrowedFd<'_>) -> Support<CString> {
    Support::Unsupported
}

/// Flag of `fstatat`: none, as it triggers no automounter here.
pub(in crate::platform) const NO_AUTOMOUNT: libc::c_int = 0;

/// False for every file: these systems have no file capabilities.
pub(in crate::platform) fn has_file_capabilities(
    _: BorrowedFd<'_>,
    _: &CStr,
) -> io::Result<Support<bool>> {
    Ok(Support::Available(false))
}

pub(in crate::platform) fn read_acl_writers(
    directory: BorrowedFd<'_>,
) -> io::Result<Support<Vec<Grantee>>> {
    acl::read_writers(directory).map(Support::Available)
}

pub(in crate::platform) fn read_access_list(
    file: BorrowedFd<'_>,
) -> io::Result<Support<AccessList>> {
    acl::read_access_list(file).map(Support::Available)
}

pub(in crate::platform) fn remove_access_list(file: BorrowedFd<'_>) -> io::Result<()> {
    acl::read_access_list(file)?.check_not_inherited()
}
