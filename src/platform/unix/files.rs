//! Files and directories, by descriptor and name, as the four systems do it alike.

use crate::platform::backend;
use crate::platform::unix::posix::{
    FileFacts, FileKind, check, own, own_no_link, read_facts, read_path_facts,
};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};

/// Opens a handle of the file `name` in `parent`, of any kind, without reading it; a symbolic link is not followed.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn open_handle_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
    // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
    own_no_link(unsafe {
        libc::openat(
            parent.as_raw_fd(),
            name.as_ptr(),
            backend::HOLD | libc::O_NOFOLLOW | libc::O_CLOEXEC,
        )
    })
}

/// Names in `directory`, without `.` and `..`, in no particular order.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn list_names(directory: BorrowedFd<'_>) -> io::Result<Vec<CString>> {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the descriptor is open, and the path is a literal that ends in NUL.
    let fd = own(unsafe { libc::openat(directory.as_raw_fd(), c".".as_ptr(), flags) })?;
    // SAFETY: the descriptor is open; from here on the stream owns it.
    let stream = unsafe { libc::fdopendir(fd.into_raw_fd()) };
    if stream.is_null() {
        return Err(io::Error::last_os_error());
    }
    let names = read_names(stream);
    // SAFETY: fdopendir has made the stream, and it is not used again.
    unsafe { libc::closedir(stream) };
    names
}

fn read_names(stream: *mut libc::DIR) -> io::Result<Vec<CString>> {
    let mut names = Vec::new();
    loop {
        // readdir tells its end from an error by errno alone.
        nix::errno::Errno::clear();
        // SAFETY: the stream is open, and only this thread reads it.
        let entry = unsafe { libc::readdir(stream) };
        // SAFETY: readdir answers null or an entry that lives until it is called again.
        let Some(entry) = (unsafe { entry.as_ref() }) else {
            return match nix::errno::Errno::last_raw() {
                0 => Ok(names),
                error => Err(io::Error::from_raw_os_error(error)),
            };
        };
        // SAFETY: the name ends in NUL and lives until the next call of readdir.
        let name = unsafe { CStr::from_ptr(entry.d_name.as_ptr()) };
        if name != c"." && name != c".." {
            names.push(name.to_owned());
        }
    }
}

/// Makes the symbolic link `name` in `parent`.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`: `EEXIST` if there is anything of that name.
pub(crate) fn make_link_at(parent: BorrowedFd<'_>, name: &CStr, target: &CStr) -> io::Result<()> {
    // SAFETY: `parent` is open for as long as it is borrowed, and both CStrs end in NUL.
    check(unsafe { libc::symlinkat(target.as_ptr(), parent.as_raw_fd(), name.as_ptr()) }).map(drop)
}

/// Removes the file or link `name` in `parent`; a directory is not removed.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn remove_file_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
    check(unsafe { libc::unlinkat(parent.as_raw_fd(), name.as_ptr(), 0) }).map(drop)
}

/// Opens the regular file `name` in `parent` for reading; a symbolic link is not followed, and a
/// FIFO is not waited for.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn open_file_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
    let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
    own_no_link(unsafe { libc::openat(parent.as_raw_fd(), name.as_ptr(), flags) })
}

/// Opens the regular file at `path` for reading, symbolic links followed. For a process that has given
/// up its rights: nothing but a regular file is opened, and nothing is waited for.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`; `EINVAL` for any other kind of file.
pub(crate) fn open_regular_file(path: &CStr) -> io::Result<File> {
    let is_regular = |facts: FileFacts| match facts.kind {
        FileKind::File => Ok(()),
        _ => Err(io::Error::from_raw_os_error(libc::EINVAL)),
    };
    // To open a device may already do something.
    is_regular(read_path_facts(path)?)?;
    let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: a CStr ends in NUL.
    let file = own(unsafe { libc::openat(libc::AT_FDCWD, path.as_ptr(), flags) })?;
    // Another one may lie there by now.
    is_regular(read_facts(file.as_raw_fd())?)?;
    Ok(file.into())
}

/// Renames the file `from` to `to`, both in `parent`, which replaces `to` atomically.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn rename_file_at(parent: BorrowedFd<'_>, from: &CStr, to: &CStr) -> io::Result<()> {
    let fd = parent.as_raw_fd();
    // SAFETY: `parent` is open for as long as it is borrowed, and both CStrs end in NUL.
    check(unsafe { libc::renameat(fd, from.as_ptr(), fd, to.as_ptr()) }).map(drop)
}

/// Removes the empty directory `name` in `parent`.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn remove_directory_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    let fd = parent.as_raw_fd();
    // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
    check(unsafe { libc::unlinkat(fd, name.as_ptr(), libc::AT_REMOVEDIR) }).map(drop)
}
