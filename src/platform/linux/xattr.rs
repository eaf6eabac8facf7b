//! Extended attributes of an open file or directory.

use crate::platform::linux::acl::{
    parse_nfs4_list, parse_nfs4_writers, parse_posix_list, parse_posix_writers,
};
use crate::platform::{AccessList, Grantee};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

const POSIX: &CStr = c"system.posix_acl_access";
const INHERITED: &CStr = c"system.posix_acl_default";
const NFS4: &CStr = c"system.nfs4_acl";

type XattrReader = fn(&[u8]) -> Option<Vec<Grantee>>;

/// Users and groups that a list of `directory` lets change it, beyond the mode bits.
pub(super) fn read_writers(directory: BorrowedFd<'_>) -> io::Result<Vec<Grantee>> {
    let readers: [(&CStr, XattrReader); 2] =
        [(POSIX, parse_posix_writers), (NFS4, parse_nfs4_writers)];
    let mut all = Vec::new();
    for (name, read) in readers {
        let Some(list) = read_attribute(directory, name)? else { continue };
        all.extend(read(&list).ok_or_else(malformed)?);
    }
    Ok(all)
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "an access list of unknown form")
}

/// Access control list of `file`.
pub(super) fn read_access_list(file: BorrowedFd<'_>) -> io::Result<AccessList> {
    if let Some(list) = read_attribute(file, POSIX)? {
        return parse_posix_list(&list).map(AccessList::Posix).ok_or_else(malformed);
    }
    match read_attribute(file, NFS4)? {
        Some(list) => parse_nfs4_list(&list).ok_or_else(malformed),
        None => Ok(AccessList::Plain),
    }
}

/// Removes every list that `file`, which is open, has inherited from its directory.
pub(super) fn remove_lists(file: BorrowedFd<'_>) -> io::Result<()> {
    for name in [POSIX, INHERITED] {
        // SAFETY: the descriptor is open while it is borrowed, and the name ends in NUL.
        let answer = unsafe { libc::fremovexattr(file.as_raw_fd(), name.as_ptr()) };
        match crate::platform::linux::check(answer).map_err(|error| (error.raw_os_error(), error)) {
            Ok(_) | Err((Some(libc::ENODATA | libc::EOPNOTSUPP | libc::ENOSYS), _)) => {}
            Err((_, error)) => return Err(error),
        }
    }
    Ok(())
}

/// Sets the list of `directory`, which is open, to `raw`.
pub(super) fn set_list(directory: BorrowedFd<'_>, raw: &[u8]) -> io::Result<()> {
    // SAFETY: the descriptor is open while it is borrowed, the name ends in NUL, and the kernel reads
    // as many bytes as the slice has.
    let answer = unsafe {
        libc::fsetxattr(directory.as_raw_fd(), POSIX.as_ptr(), raw.as_ptr().cast(), raw.len(), 0)
    };
    crate::platform::linux::check(answer).map(drop)
}

/// The attribute `name`; `None` where the file or its file system has none. Most have none, so its size
/// is asked for first.
fn read_attribute(file: BorrowedFd<'_>, name: &CStr) -> io::Result<Option<Vec<u8>>> {
    let size = match read_value(file, name, &mut []) {
        Ok(size) => size,
        Err(error) => match error.raw_os_error() {
            Some(libc::ENODATA | libc::EOPNOTSUPP | libc::ENOSYS) => return Ok(None),
            _ => return Err(error),
        },
    };
    let mut value = vec![0_u8; size];
    let length = read_value(file, name, &mut value)?;
    value.truncate(length);
    Ok(Some(value))
}

/// Reads the attribute into `value`, and returns its length; into an empty `value`, only the length.
fn read_value(file: BorrowedFd<'_>, name: &CStr, value: &mut [u8]) -> io::Result<usize> {
    let found =
        read_from_descriptor(file, name, value).or_else(|error| match error.raw_os_error() {
            Some(libc::EBADF) => read_by_proc_path(file, name, value),
            _ => Err(error),
        });
    found.or_else(|error| match error.raw_os_error() {
        // No procfs: the descriptor itself serves, once it is opened for reading.
        Some(libc::ENOENT | libc::ENOTDIR) => read_reopened(file, name, value),
        _ => Err(error),
    })
}

/// Reads the attribute of a file that was opened for reading or writing.
fn read_from_descriptor(file: BorrowedFd<'_>, name: &CStr, value: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the descriptor is open while it is borrowed, the name ends in NUL, and the kernel writes
    // at most `len` bytes to the slice.
    check_length(unsafe {
        libc::fgetxattr(file.as_raw_fd(), name.as_ptr(), value.as_mut_ptr().cast(), value.len())
    })
}

/// Reads the attribute by the name in procfs: `fgetxattr` refuses a descriptor with `O_PATH`.
fn read_by_proc_path(
    directory: BorrowedFd<'_>,
    name: &CStr,
    value: &mut [u8],
) -> io::Result<usize> {
    let path = CString::new(format!("/proc/self/fd/{}", directory.as_raw_fd()))?;
    // SAFETY: both names end in NUL, and the kernel writes at most `len` bytes to the slice.
    check_length(unsafe {
        libc::getxattr(path.as_ptr(), name.as_ptr(), value.as_mut_ptr().cast(), value.len())
    })
}

fn read_reopened(directory: BorrowedFd<'_>, name: &CStr, value: &mut [u8]) -> io::Result<usize> {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the descriptor is open while it is borrowed, and the path is a literal.
    let fd = unsafe { libc::openat(directory.as_raw_fd(), c".".as_ptr(), flags) };
    crate::platform::linux::check(fd)?;
    // SAFETY: openat has just returned this descriptor, and nobody else knows it.
    let readable = unsafe { OwnedFd::from_raw_fd(fd) };
    read_from_descriptor(readable.as_fd(), name, value)
}

fn check_length(answer: isize) -> io::Result<usize> {
    usize::try_from(answer).map_err(|_| io::Error::last_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_list_that_setfacl_wrote_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = CString::new(folder.path().to_str().unwrap()).unwrap();
        // SAFETY: the path ends in NUL.
        let fd = unsafe { libc::open(path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) };
        // SAFETY: open has just returned this descriptor.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        assert_eq!(read_writers(fd.as_fd()).unwrap(), vec![]);
        let set = Command::new("setfacl").args(["-m", "u:1001:rwx"]).arg(folder.path()).status();
        if !set.is_ok_and(|status| status.success()) {
            eprintln!("skipped: no setfacl, or a file system without lists");
            return;
        }
        let wanted = vec![Grantee::User(super::super::UserId(1001))];
        assert_eq!(read_writers(fd.as_fd()).unwrap(), wanted);
        let mut value = vec![0; 1024];
        let length = read_reopened(fd.as_fd(), c"system.posix_acl_access", &mut value).unwrap();
        assert_eq!(parse_posix_writers(&value[..length]), Some(wanted));
    }
}
