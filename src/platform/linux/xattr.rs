//! Extended attributes of an open directory.

use super::super::Grantee;
use super::acl::{nfs4_writers, posix_writers};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

type Reader = fn(&[u8]) -> Option<Vec<Grantee>>;

/// Who, beyond the mode bits, a list of `directory` lets change it.
pub(super) fn writers(directory: BorrowedFd<'_>) -> io::Result<Vec<Grantee>> {
    let readers: [(&CStr, Reader); 2] =
        [(c"system.posix_acl_access", posix_writers), (c"system.nfs4_acl", nfs4_writers)];
    let mut all = Vec::new();
    for (name, read) in readers {
        let Some(list) = attribute(directory, name)? else { continue };
        let torn = || io::Error::new(io::ErrorKind::InvalidData, "an access list of unknown form");
        all.extend(read(&list).ok_or_else(torn)?);
    }
    Ok(all)
}

/// No list is longer (`XATTR_SIZE_MAX`).
const MOST: usize = 65536;

/// The attribute `name`; `None` where the file or its file system has none.
fn attribute(directory: BorrowedFd<'_>, name: &CStr) -> io::Result<Option<Vec<u8>>> {
    let mut value = vec![0_u8; MOST];
    match by_proc(directory, name, &mut value).or_else(|error| match error.raw_os_error() {
        // No procfs: the descriptor itself serves, once it is opened for reading.
        Some(libc::ENOENT | libc::ENOTDIR) => by_descriptor(directory, name, &mut value),
        _ => Err(error),
    }) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(error) => match error.raw_os_error() {
            Some(libc::ENODATA | libc::EOPNOTSUPP | libc::ENOSYS) => Ok(None),
            _ => Err(error),
        },
    }
}

/// The descriptor was opened with `O_PATH`, which `fgetxattr` refuses; its name in procfs does not.
fn by_proc(directory: BorrowedFd<'_>, name: &CStr, value: &mut [u8]) -> io::Result<usize> {
    let path = CString::new(format!("/proc/self/fd/{}", directory.as_raw_fd()))?;
    // SAFETY: both names end in NUL, and the kernel writes at most `len` bytes to the slice.
    length(unsafe {
        libc::getxattr(path.as_ptr(), name.as_ptr(), value.as_mut_ptr().cast(), value.len())
    })
}

fn by_descriptor(directory: BorrowedFd<'_>, name: &CStr, value: &mut [u8]) -> io::Result<usize> {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the descriptor is open while it is borrowed, and the path is a literal.
    let fd = unsafe { libc::openat(directory.as_raw_fd(), c".".as_ptr(), flags) };
    super::check(fd)?;
    // SAFETY: openat has just returned this descriptor, and nobody else knows it.
    let readable = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: the name ends in NUL, and the kernel writes at most `len` bytes to the slice.
    length(unsafe {
        libc::fgetxattr(readable.as_raw_fd(), name.as_ptr(), value.as_mut_ptr().cast(), value.len())
    })
}

fn length(answer: isize) -> io::Result<usize> {
    usize::try_from(answer).map_err(|_| io::Error::last_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::process::Command;

    #[test]
    fn a_list_that_setfacl_wrote_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = CString::new(folder.path().to_str().unwrap()).unwrap();
        // SAFETY: the path ends in NUL.
        let fd = unsafe { libc::open(path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) };
        // SAFETY: open has just returned this descriptor.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        assert_eq!(writers(fd.as_fd()).unwrap(), vec![]);
        let set = Command::new("setfacl").args(["-m", "u:1001:rwx"]).arg(folder.path()).status();
        if !set.is_ok_and(|status| status.success()) {
            eprintln!("skipped: no setfacl, or a file system without lists");
            return;
        }
        let wanted = vec![Grantee::User(super::super::UserId(1001))];
        assert_eq!(writers(fd.as_fd()).unwrap(), wanted);
        let mut value = vec![0; MOST];
        let length = by_descriptor(fd.as_fd(), c"system.posix_acl_access", &mut value).unwrap();
        assert_eq!(posix_writers(&value[..length]), Some(wanted));
    }
}
