//! Files, by descriptor and by name, and the root directory.

use crate::platform::{SyscallError, backend};
use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// A user id; never `-1`, which `chown` and the like take for "leave as it is".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UserId(pub(crate) libc::uid_t);

/// A group id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) libc::gid_t);

/// Identity of a file: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// Whether both are on one file system.
    pub(crate) fn shares_device(self, other: Self) -> bool {
        self.device == other.device
    }

    /// The file with these numbers.
    #[cfg(target_os = "linux")]
    pub(in crate::platform) fn from_numbers(device: u64, inode: u64) -> Self {
        Self { device, inode }
    }

    /// The number of its device.
    pub(crate) fn device(self) -> u64 {
        self.device
    }

    /// The number of its device, as Linux lists it in its table of mounts.
    pub(crate) fn format_device(self) -> String {
        format_device(self.device)
    }
}

/// The number of a device, as Linux lists it in its table of mounts.
pub(crate) fn format_device(device: u64) -> String {
    let (high, low) = (device >> 32, device & 0xffff_ffff);
    let major = (low >> 8 & 0xfff) | (high & !0xfff);
    let minor = (low & 0xff) | (low >> 12 & 0xf_ff00);
    format!("{major}:{minor}")
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "device {:#x}, inode {}", self.device, self.inode)
    }
}

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A directory.
    Directory,
    /// A symbolic link, not followed.
    Link,
    /// A regular file.
    File,
    /// A device, FIFO, socket or what else the system knows.
    Other,
}

/// The answer of `fstat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileFacts {
    /// Its identity.
    pub identity: Identity,
    /// Its kind.
    pub kind: FileKind,
    /// Its permission bits, set-id and sticky bits among them.
    pub mode: u32,
    /// Its owner.
    pub owner: UserId,
    /// Its group.
    pub group: GroupId,
}

/// Turns the `-1` of a C call into its `errno`.
pub(in crate::platform) fn check(answer: libc::c_int) -> io::Result<libc::c_int> {
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

/// Opens the root directory of this process for walking down from it.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn open_root() -> io::Result<OwnedFd> {
    // SAFETY: the path is a literal that ends in NUL, and openat reads nothing else of ours.
    own(unsafe { libc::openat(libc::AT_FDCWD, c"/".as_ptr(), FLAGS) })
}

/// Opens the directory `name` in `parent`; a symbolic link is not followed.
///
/// # Errors
/// Returns `ELOOP` or `ENOTDIR` for a symbolic link, `ENOTDIR` for any other file, `ENOENT`, `EACCES`.
pub(crate) fn open_directory_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
    // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
    own_no_link(unsafe { libc::openat(parent.as_raw_fd(), name.as_ptr(), FLAGS) })
}

const FLAGS: libc::c_int = backend::WALK | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;

/// A descriptor that a call has just made.
pub(in crate::platform) fn own(answer: libc::c_int) -> io::Result<OwnedFd> {
    let fd = check(answer)?;
    // SAFETY: the call has just returned this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A descriptor that a call with `O_NOFOLLOW` has just made. POSIX has `ELOOP` for a symbolic link; FreeBSD and NetBSD have errors
/// of their own, of which one reads "Too many links".
pub(in crate::platform) fn own_no_link(answer: libc::c_int) -> io::Result<OwnedFd> {
    own(answer).map_err(|error| match error.raw_os_error() {
        Some(backend::REFUSED_LINK) => io::Error::from_raw_os_error(libc::ELOOP),
        _ => error,
    })
}

/// Facts about `fd`: `fstat`. A bare number, because it may belong to other code of this process; `EBADF` if it is closed.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_facts(fd: RawFd) -> io::Result<FileFacts> {
    read_stat(fd).map(|stat| facts_from(&stat))
}

pub(in crate::platform) fn read_stat(fd: RawFd) -> io::Result<libc::stat> {
    let mut stat = MaybeUninit::uninit();
    // SAFETY: fstat writes one `struct stat` where the pointer says, or fails; a number that is
    // no descriptor is an error, not undefined.
    check(unsafe { libc::fstat(fd, stat.as_mut_ptr()) })?;
    // SAFETY: fstat has succeeded, so the structure is written.
    Ok(unsafe { stat.assume_init() })
}

/// The number of the character device `fd`.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`; `ENODEV` if it is none.
pub(in crate::platform) fn device_number(fd: RawFd) -> io::Result<libc::dev_t> {
    let stat = read_stat(fd)?;
    if stat.st_mode & libc::S_IFMT == libc::S_IFCHR {
        Ok(stat.st_rdev)
    } else {
        Err(io::Error::from_raw_os_error(libc::ENODEV))
    }
}

/// Facts about `name` in `parent`; a symbolic link is not followed.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_facts_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<FileFacts> {
    stat_at(parent.as_raw_fd(), name, libc::AT_SYMLINK_NOFOLLOW).map(|stat| facts_from(&stat))
}

/// Facts about a path, symbolic links followed. For proofs only: files that are used are opened first.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_path_facts(path: &CStr) -> io::Result<FileFacts> {
    stat_at(libc::AT_FDCWD, path, 0).map(|stat| facts_from(&stat))
}

pub(in crate::platform) fn stat_at(
    parent: RawFd,
    name: &CStr,
    flags: libc::c_int,
) -> io::Result<libc::stat> {
    let mut stat = MaybeUninit::uninit();
    // SAFETY: a CStr ends in NUL, and fstatat writes one `struct stat` or fails.
    check(unsafe { libc::fstatat(parent, name.as_ptr(), stat.as_mut_ptr(), flags) })?;
    // SAFETY: fstatat has succeeded, so the structure is written.
    Ok(unsafe { stat.assume_init() })
}

#[allow(
    clippy::unnecessary_cast,
    clippy::useless_conversion,
    reason = "dev_t and ino_t differ in width and sign between the systems; all 64 bits are kept"
)]
pub(in crate::platform) fn facts_from(stat: &libc::stat) -> FileFacts {
    let kind = to_kind(u32::from(stat.st_mode));
    FileFacts {
        identity: identity_from(stat),
        kind,
        mode: u32::from(stat.st_mode) & 0o7777,
        owner: UserId(stat.st_uid),
        group: GroupId(stat.st_gid),
    }
}

/// The kind of file that the bits of `st_mode` stand for.
#[allow(clippy::useless_conversion, reason = "mode_t has 16 bits on some systems")]
pub(in crate::platform) fn to_kind(mode: u32) -> FileKind {
    let kind = |bits: libc::mode_t| u32::from(bits);
    match mode & kind(libc::S_IFMT) {
        bits if bits == kind(libc::S_IFDIR) => FileKind::Directory,
        bits if bits == kind(libc::S_IFLNK) => FileKind::Link,
        bits if bits == kind(libc::S_IFREG) => FileKind::File,
        _ => FileKind::Other,
    }
}

#[allow(
    clippy::unnecessary_cast,
    reason = "dev_t and ino_t differ in width and sign between the systems; all 64 bits are kept"
)]
pub(in crate::platform) fn identity_from(stat: &libc::stat) -> Identity {
    Identity { device: stat.st_dev as u64, inode: stat.st_ino as u64 }
}

/// The target of the symbolic link `name` in `parent`, as it is written.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`; `ENAMETOOLONG` for a target that does not fit a path.
pub(crate) fn read_link_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<Vec<u8>> {
    let mut target = vec![0_u8; libc::PATH_MAX as usize];
    // SAFETY: a CStr ends in NUL; readlinkat writes at most `len` bytes into the vector.
    let length = unsafe {
        libc::readlinkat(
            parent.as_raw_fd(),
            name.as_ptr(),
            target.as_mut_ptr().cast(),
            target.len(),
        )
    };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    if length == target.len() {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    target.truncate(length);
    Ok(target)
}

/// Makes the directory behind `directory` the working directory: `fchdir`.
///
/// # Errors
/// Returns an error if a call fails, with its name and `errno`.
#[cfg_attr(target_os = "netbsd", allow(dead_code, reason = "NetBSD has fchroot"))]
pub(in crate::platform) fn change_directory(directory: BorrowedFd<'_>) -> Result<(), SyscallError> {
    // SAFETY: the descriptor is open for as long as it is borrowed.
    let answer = unsafe { libc::fchdir(directory.as_raw_fd()) };
    check(answer).map(drop).map_err(SyscallError::for_call("fchdir"))
}

/// Makes the working directory the root directory: `chroot(".")`.
///
/// # Errors
/// Returns an error if a call fails, with its name and `errno`.
#[cfg_attr(target_os = "netbsd", allow(dead_code, reason = "NetBSD has fchroot"))]
pub(in crate::platform) fn chroot_here() -> Result<(), SyscallError> {
    // SAFETY: the path is a literal that ends in NUL.
    check(unsafe { libc::chroot(c".".as_ptr()) })
        .map(drop)
        .map_err(SyscallError::for_call("chroot"))
}

/// Makes the root directory the working directory.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(in crate::platform) fn change_to_root() -> Result<(), SyscallError> {
    // SAFETY: the path is a literal that ends in NUL.
    check(unsafe { libc::chdir(c"/".as_ptr()) }).map(drop).map_err(SyscallError::for_call("chdir"))
}

/// Closes a descriptor that belongs to other code of this process.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn close_descriptor(fd: RawFd) -> io::Result<()> {
    // SAFETY: closing a number is always defined; that no one of ours owns it is what the caller
    // promises by naming it.
    check(unsafe { libc::close(fd) }).map(drop)
}

/// Ends the child of this process that has the number `pid`, by `SIGKILL`. It must not have been waited
/// for: until then the number is its own.
pub(crate) fn kill_child(pid: u32) {
    // SAFETY: kill takes two numbers.
    unsafe { libc::kill(pid as libc::pid_t, libc::SIGKILL) };
}

/// Ends this process, the server, as an administrator would.
pub(crate) fn end_server() {
    // SAFETY: raise takes a number.
    unsafe { libc::raise(libc::SIGTERM) };
}

/// Restarts this process, the server, gracefully.
pub(crate) fn restart_server() {
    // SAFETY: raise takes a number.
    unsafe { libc::raise(libc::SIGUSR1) };
}

/// Whether there is a process `pid`, of whatever user.
pub(crate) fn is_running(pid: u32) -> bool {
    let Ok(pid) = libc::pid_t::try_from(pid) else { return false };
    // 0 and negative numbers stand for groups of processes.
    // SAFETY: kill takes two numbers, and sends nothing for the signal 0.
    pid > 0
        && check(unsafe { libc::kill(pid, 0) }).map_err(|it| it.raw_os_error())
            != Err(Some(libc::ESRCH))
}
