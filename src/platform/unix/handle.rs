//! Kinds of open descriptors, and which of them may stay open in a jail.

use crate::platform::unix::posix;
use crate::platform::unix::posix::{FileKind, Identity, check};
use crate::platform::{DescriptorListError, backend};
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// Kind of a descriptor, with regard to the jail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DescriptorKind {
    /// Not open.
    Closed,
    /// Harmless in a jail: a regular file, a pipe, a socket, `/dev/null` and the like.
    Harmless,
    /// A terminal: typing into it, or changing its settings, is talking to a shell outside.
    Terminal {
        /// It was opened for writing only, as logs are.
        writes_only: bool,
    },
    /// Another kind, which is named here: a directory, a device, another process.
    Leading(String),
}

/// Beginning of the words for a regular file on a file system that is in no list: it may be the kernel itself, or a log.
pub(crate) const UNKNOWN_FILE_SYSTEM: &str = "a file of an unknown file system";

impl DescriptorKind {
    pub(in crate::platform) fn leading(what: &str) -> Self {
        Self::Leading(what.to_owned())
    }
}

/// Every open descriptor of this process, in no particular order, `held` among them. Descriptors above the numbers that
/// can be listed are closed.
///
/// # Errors
/// Returns an error if the list is not available or not complete.
pub(crate) fn list_descriptors(held: BorrowedFd<'_>) -> Result<Vec<RawFd>, DescriptorListError> {
    let list = backend::list_descriptors(held)?;
    if list.contains(&held.as_raw_fd()) {
        Ok(list)
    } else {
        Err(DescriptorListError::missing(held.as_raw_fd()))
    }
}

/// The kind of `fd`.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`; an unknown kind is not taken for harmless.
pub(crate) fn inspect_descriptor(fd: RawFd) -> io::Result<DescriptorKind> {
    match backend::inspect_descriptor(fd) {
        // A signal handler closed it meanwhile, as prefork's does with the listeners at a graceful restart.
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Ok(DescriptorKind::Closed),
        handle => handle,
    }
}

/// Identity and kind of the file `fd`; `None` if it is closed, or no file.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn identify_file(fd: RawFd) -> io::Result<Option<(Identity, FileKind)>> {
    match posix::read_facts(fd) {
        Ok(facts) => Ok(Some((facts.identity, facts.kind))),
        // Darwin: fstat does not work for a semaphore.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EBADF | libc::EOPNOTSUPP)) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether `fd` is open: `fcntl(F_GETFD)`, which works for every kind.
pub(crate) fn is_open(fd: RawFd) -> bool {
    // SAFETY: fcntl takes numbers only for this operation.
    unsafe { libc::fcntl(fd, libc::F_GETFD) != -1 }
}

/// Whether `fd` is a directory.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
#[cfg_attr(
    any(target_os = "linux", target_os = "freebsd"),
    allow(dead_code, reason = "the kernel's list has it, or there is none")
)]
pub(in crate::platform) fn is_directory(fd: RawFd) -> io::Result<bool> {
    Ok(identify_file(fd)?.is_some_and(|(_, kind)| kind == FileKind::Directory))
}

/// Whether `fd` is a terminal.
pub(crate) fn is_terminal(fd: RawFd) -> bool {
    // SAFETY: isatty takes a number; one that is no descriptor is an error, not undefined.
    unsafe { libc::isatty(fd) == 1 }
}

/// Flags with which `fd` was opened: `fcntl(F_GETFL)`.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(in crate::platform) fn read_flags(fd: RawFd) -> io::Result<libc::c_int> {
    // SAFETY: fcntl takes numbers only for this operation.
    check(unsafe { libc::fcntl(fd, libc::F_GETFL) })
}

/// A terminal, as it was opened.
pub(in crate::platform) fn describe_terminal(fd: RawFd) -> io::Result<DescriptorKind> {
    Ok(DescriptorKind::Terminal {
        writes_only: read_flags(fd)? & libc::O_ACCMODE == libc::O_WRONLY,
    })
}

/// A socket: of the families that servers use, and not one that sees or makes raw packets. One that cannot be asked is
/// an error: to close a socket that the server listens on would leave it without a word.
pub(in crate::platform) fn describe_socket(fd: RawFd) -> io::Result<DescriptorKind> {
    if read_socket_type(fd)? == libc::SOCK_RAW {
        return Ok(DescriptorKind::leading("a raw socket"));
    }
    Ok(match read_socket_family(fd) {
        Ok(libc::AF_UNIX | libc::AF_INET | libc::AF_INET6) => DescriptorKind::Harmless,
        Ok(libc::AF_UNSPEC) => return Err(io::Error::other("getsockname answers no family")),
        Ok(_) => DescriptorKind::leading("a socket of a family that no server uses"),
        // FreeBSD and Darwin: a socket that was shut down has no name.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) && !cfg!(target_os = "linux") => {
            DescriptorKind::leading("a socket that was shut down")
        }
        Err(error) => return Err(error),
    })
}

fn read_socket_family(fd: RawFd) -> io::Result<libc::c_int> {
    let mut address = MaybeUninit::<libc::sockaddr_storage>::zeroed();
    let mut size = libc::socklen_t::try_from(size_of_val(&address)).map_err(io::Error::other)?;
    // SAFETY: the kernel writes at most `size` bytes, which is what an address of any family needs.
    check(unsafe { libc::getsockname(fd, address.as_mut_ptr().cast(), &raw mut size) })?;
    // SAFETY: all of it is zero, or written by the kernel.
    Ok(libc::c_int::from(unsafe { address.assume_init() }.ss_family))
}

fn read_socket_type(fd: RawFd) -> io::Result<libc::c_int> {
    let mut value: libc::c_int = 0;
    let mut size = libc::socklen_t::try_from(size_of_val(&value)).map_err(io::Error::other)?;
    let place = (&raw mut value).cast();
    // SAFETY: one number is written, of which the size is passed.
    check(unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_TYPE, place, &raw mut size) })?;
    if value == 0 { Err(io::Error::other("getsockopt answers no type")) } else { Ok(value) }
}

/// Opens `/dev/null`, outside, to replace other descriptors.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn open_dev_null() -> io::Result<OwnedFd> {
    let options = File::options().read(true).write(true).open("/dev/null")?;
    Ok(options.into())
}

/// Makes the number `fd` another descriptor of `file`. It stays open across `execve` as it did.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn replace_descriptor(file: BorrowedFd<'_>, fd: RawFd) -> io::Result<()> {
    // SAFETY: fcntl takes numbers only for this operation.
    let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    // SAFETY: dup2 takes numbers; what `fd` was is closed, as the caller needs.
    check(unsafe { libc::dup2(file.as_raw_fd(), fd) })?;
    // SAFETY: as for F_GETFD.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, flags) }).map(drop)
}
