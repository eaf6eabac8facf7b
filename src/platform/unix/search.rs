//! Calls for the search of a directory tree: names in batches, and facts about each. All of them work by descriptor, follow
//! no symbolic link, and open directories only.

use crate::platform::unix::posix;
use crate::platform::unix::posix::{GroupId, Identity, UserId, check};
use crate::platform::{Support, backend};
use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

/// Kind of an inode, in more detail than [`crate::platform::FileKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InodeKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A block device.
    Block,
    /// A character device.
    Character,
    /// A socket.
    Socket,
    /// A FIFO, or what else the system knows.
    Other,
}

/// Facts about an inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inode {
    /// Its identity.
    pub identity: Identity,
    /// Its kind.
    pub sort: InodeKind,
    /// The twelve bits that `chmod` sets.
    pub mode: u32,
    /// Its owner.
    pub user: UserId,
    /// Its group.
    pub group: GroupId,
    /// Number of its names.
    pub links: u64,
    /// Number of the device, if it is one.
    pub device: u64,
}

/// Names of one directory, kept together: a million of them are not a million allocations.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<u8>);

impl Names {
    /// Removes the names, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The names, one after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &CStr> {
        self.0
            .split_inclusive(|&byte| byte == 0)
            .filter_map(|name| CStr::from_bytes_with_nul(name).ok())
    }
}

/// An open directory that several threads may read and ask, each batch of names going to one.
#[derive(Debug)]
pub(crate) struct OpenDirectory {
    stream: NonNull<libc::DIR>,
    fd: RawFd,
    /// Whether the last name was read; locked while the stream is read.
    ended: Mutex<bool>,
}

// SAFETY: the stream is read only under the lock and closed only by the last owner; the number of
// its descriptor does not change.
unsafe impl Send for OpenDirectory {}
// SAFETY: as above.
unsafe impl Sync for OpenDirectory {}

impl OpenDirectory {
    /// Opens the directory `name` in `parent` for reading; a symbolic link is not followed.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`: `ELOOP` or `ENOTDIR` if it is no directory any more.
    pub(crate) fn open_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<Self> {
        const FLAGS: libc::c_int =
            libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
        // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
        Self::from_descriptor(posix::own_no_link(unsafe {
            libc::openat(parent.as_raw_fd(), name.as_ptr(), FLAGS)
        })?)
    }

    fn from_descriptor(directory: OwnedFd) -> io::Result<Self> {
        // SAFETY: the descriptor is open; fdopendir takes it only if it succeeds.
        let stream = unsafe { libc::fdopendir(directory.as_raw_fd()) };
        let stream = NonNull::new(stream).ok_or_else(io::Error::last_os_error)?;
        // From here on, closedir closes it.
        Ok(Self { stream, fd: directory.into_raw_fd(), ended: Mutex::new(false) })
    }

    /// The directory itself.
    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the stream keeps the descriptor open for as long as this value lives.
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }

    /// Puts up to `most` further names into `names`; false if there are none behind them.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`; the names that were read before are in `names`.
    pub(crate) fn read_names(&self, names: &mut Names, most: usize) -> io::Result<bool> {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..most {
            if *ended || !self.read_name(names).inspect_err(|_| *ended = true)? {
                *ended = true;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads a name, under the lock. False at the end.
    fn read_name(&self, names: &mut Names) -> io::Result<bool> {
        // The only way to tell the end from an error.
        nix::errno::Errno::clear();
        // SAFETY: the stream is open, and the caller holds its lock.
        let entry = unsafe { libc::readdir(self.stream.as_ptr()) };
        if entry.is_null() {
            let error = io::Error::last_os_error();
            return if error.raw_os_error() == Some(0) { Ok(false) } else { Err(error) };
        }
        // SAFETY: the entry is valid until the stream is read again. Only the address of the name
        // is taken: the entry may be shorter than its type says.
        let name = unsafe { &raw const (*entry).d_name };
        // SAFETY: the name of an entry ends in NUL.
        let name = unsafe { CStr::from_ptr(name.cast()) };
        if !matches!(name.to_bytes(), b"." | b"..") {
            names.0.extend_from_slice(name.to_bytes_with_nul());
        }
        Ok(true)
    }
}

impl Drop for OpenDirectory {
    fn drop(&mut self) {
        // SAFETY: the stream is open, and nobody else has it any more.
        unsafe { libc::closedir(self.stream.as_ptr()) };
    }
}

/// Inode of `name` in `parent`; a symbolic link is not followed, an automounter not triggered.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_inode_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<Inode> {
    let flags = libc::AT_SYMLINK_NOFOLLOW | backend::NO_AUTOMOUNT;
    let mut stat = MaybeUninit::uninit();
    // SAFETY: a CStr ends in NUL, and fstatat writes one `struct stat` or fails.
    check(unsafe { libc::fstatat(parent.as_raw_fd(), name.as_ptr(), stat.as_mut_ptr(), flags) })?;
    // SAFETY: fstatat has succeeded, so the structure is written.
    Ok(inode_from(&unsafe { stat.assume_init() }))
}

/// Inode of `file`.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_inode(file: BorrowedFd<'_>) -> io::Result<Inode> {
    let mut stat = MaybeUninit::uninit();
    // SAFETY: the descriptor is open, and fstat writes one `struct stat` or fails.
    check(unsafe { libc::fstat(file.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: fstat has succeeded, so the structure is written.
    Ok(inode_from(&unsafe { stat.assume_init() }))
}

/// Inode of a path, symbolic links followed. For files of the administrator, never for names found in a jail.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_path_inode(path: &CStr) -> io::Result<Inode> {
    let mut stat = MaybeUninit::uninit();
    // SAFETY: a CStr ends in NUL, and stat writes one `struct stat` or fails.
    check(unsafe { libc::stat(path.as_ptr(), stat.as_mut_ptr()) })?;
    // SAFETY: stat has succeeded, so the structure is written.
    Ok(inode_from(&unsafe { stat.assume_init() }))
}

/// Opens the directory at `path`, symbolic links followed.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "for procfs and the contract test"))]
pub(crate) fn open_directory(path: &CStr) -> io::Result<OwnedFd> {
    const FLAGS: libc::c_int = backend::WALK | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: a CStr ends in NUL.
    posix::own(unsafe { libc::openat(libc::AT_FDCWD, path.as_ptr(), FLAGS) })
}

#[allow(
    clippy::unnecessary_cast,
    clippy::cast_sign_loss,
    trivial_numeric_casts,
    reason = "the fields differ in width and sign between the systems; all bits are kept"
)]
fn inode_from(stat: &libc::stat) -> Inode {
    let sort = match stat.st_mode & libc::S_IFMT {
        libc::S_IFDIR => InodeKind::Directory,
        libc::S_IFREG => InodeKind::File,
        libc::S_IFLNK => InodeKind::Link,
        libc::S_IFBLK => InodeKind::Block,
        libc::S_IFCHR => InodeKind::Character,
        libc::S_IFSOCK => InodeKind::Socket,
        _ => InodeKind::Other,
    };
    Inode {
        identity: posix::identity_from(stat),
        sort,
        mode: stat.st_mode as u32 & 0o7777,
        user: UserId(stat.st_uid),
        group: GroupId(stat.st_gid),
        links: stat.st_nlink as u64,
        device: stat.st_rdev as u64,
    }
}

/// Whether the regular file `name` in `parent` has file capabilities. The file is not opened. Unsupported where the system
/// has no way to read them.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn has_file_capabilities(
    parent: BorrowedFd<'_>,
    name: &CStr,
) -> io::Result<Support<bool>> {
    backend::has_file_capabilities(parent, name)
}

/// Type of the file system of `directory`, by the name that `mount` knows.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_file_system(directory: BorrowedFd<'_>) -> io::Result<String> {
    backend::read_file_system(directory)
}

// The contract, checked by the compiler.
const _: fn(BorrowedFd<'_>, &CStr) -> io::Result<Support<bool>> = backend::has_file_capabilities;
const _: fn(BorrowedFd<'_>) -> io::Result<String> = backend::read_file_system;
const _: libc::c_int = backend::NO_AUTOMOUNT;
