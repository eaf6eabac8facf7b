//! Files that root has just created, by descriptor: owner and mode are set on the descriptor, never by name. Each is
//! created for root alone, without following a link, and is checked before its owner is set; so anyone who could exchange
//! the name in between gains nothing.

use crate::platform::unix::files;
use crate::platform::unix::posix::{GroupId, UserId, check, device_number, own, own_no_link};
use crate::platform::unix::search::{Inode, InodeKind, read_inode};
use crate::platform::{effective_user, remove_access_list};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// Owner, group and permission bits; never more than these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ownership {
    /// Permission bits.
    pub mode: u32,
    /// Owning user.
    pub user: UserId,
    /// Owning group.
    pub group: GroupId,
}

/// A regular file, made a moment ago, that only this process has open.
#[derive(Debug)]
pub(crate) struct MadeFile(OwnedFd);

/// A directory, made a moment ago or earlier, that is this user's.
#[derive(Debug)]
pub(crate) struct MadeDirectory(OwnedFd);

/// A character device, made a moment ago.
#[derive(Debug)]
pub(crate) struct MadeDevice(OwnedFd);

impl MadeFile {
    /// Makes the empty file `name` in `parent`, for this user alone, and opens it for writing.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`: `EEXIST` if there is anything of that name.
    pub(crate) fn create_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<Self> {
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW;
        let (flags, mode): (_, libc::c_uint) = (flags | libc::O_CLOEXEC, 0o600);
        // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
        let file = own(unsafe { libc::openat(parent.as_raw_fd(), name.as_ptr(), flags, mode) })?;
        is_ours(&read_inode(file.as_fd())?, InodeKind::File)?;
        Ok(Self(file))
    }

    /// The file, to be written to.
    pub(crate) fn as_file(&self) -> io::Result<std::fs::File> {
        self.0.try_clone().map(std::fs::File::from)
    }

    /// Sets owner, group and mode.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn set_ownership(&self, manners: Ownership) -> io::Result<()> {
        apply_ownership(self.0.as_fd(), manners)
    }
}

impl AsFd for MadeFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl MadeDirectory {
    /// Makes the directory `name` in `parent`, for this user alone, and opens it.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`: `EEXIST` if there is anything of that name; also if it was replaced since.
    pub(crate) fn create_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<Self> {
        // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
        check(unsafe { libc::mkdirat(parent.as_raw_fd(), name.as_ptr(), 0o700) })?;
        let made = Self::open_at(parent, name)?;
        let mode = read_inode(made.as_fd())?.mode;
        let is_new = mode & 0o077 == 0 && files::list_names(made.as_fd())?.is_empty();
        if is_new { Ok(made) } else { Err(replaced()) }
    }

    /// Opens the directory `name` in `parent`, which was made earlier; a symbolic link is not followed.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`; also if it belongs to another user.
    pub(crate) fn open_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<Self> {
        let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
        // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
        let made = own_no_link(unsafe { libc::openat(parent.as_raw_fd(), name.as_ptr(), flags) })?;
        is_ours(&read_inode(made.as_fd())?, InodeKind::Directory)?;
        Ok(Self(made))
    }

    /// Opens `directory` itself, which was made earlier, and may have been given to another user since. Only for a file system
    /// on which this user alone makes directories.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn reopen(directory: BorrowedFd<'_>) -> io::Result<Self> {
        let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
        // SAFETY: the descriptor is open, and the path is a literal that ends in NUL.
        own(unsafe { libc::openat(directory.as_raw_fd(), c".".as_ptr(), flags) }).map(Self)
    }

    /// Sets the permission bits; the owner stays.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn set_mode(&self, mode: u32) -> io::Result<()> {
        set_mode(self.0.as_fd(), mode)
    }

    /// Sets owner, group and mode.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn set_ownership(&self, manners: Ownership) -> io::Result<()> {
        apply_ownership(self.0.as_fd(), manners)
    }
}

impl AsFd for MadeDirectory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<MadeDirectory> for OwnedFd {
    fn from(made: MadeDirectory) -> Self {
        made.0
    }
}

impl From<MadeFile> for OwnedFd {
    fn from(made: MadeFile) -> Self {
        made.0
    }
}

impl MadeDevice {
    /// Makes the character device `name` in `parent`, the same one as the device `like`.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`; `ENODEV` if `like` is no character device; also if it was replaced since.
    pub(crate) fn create_at(
        parent: BorrowedFd<'_>,
        name: &CStr,
        like: BorrowedFd<'_>,
    ) -> io::Result<Self> {
        let number = device_number(like.as_raw_fd())?;
        let mode = libc::S_IFCHR | 0o600;
        // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
        check(unsafe { libc::mknodat(parent.as_raw_fd(), name.as_ptr(), mode, number) })?;
        let made = files::open_handle_at(parent, name)?;
        is_ours(&read_inode(made.as_fd())?, InodeKind::Character)?;
        if device_number(made.as_raw_fd())? == number { Ok(Self(made)) } else { Err(replaced()) }
    }

    /// Sets the permission bits; the owner stays this user.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn set_mode(&self, mode: u32) -> io::Result<()> {
        set_mode(self.0.as_fd(), mode)
    }
}

impl AsFd for MadeDevice {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Checks that this is the file that this process has just created. The number of links of a directory depends on its
/// file system.
fn is_ours(inode: &Inode, sort: InodeKind) -> io::Result<()> {
    let one_name = sort == InodeKind::Directory || inode.links == 1;
    if inode.sort == sort && inode.user == effective_user() && one_name {
        Ok(())
    } else {
        Err(replaced())
    }
}

fn replaced() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "somebody has put something else in its place")
}

/// Sets owner and mode. A list inherited from the directory would grant more than the mode, so it is removed first. The
/// owner comes before the mode: a change of owner clears set-id bits.
fn apply_ownership(
    made: BorrowedFd<'_>,
    Ownership { mode, user, group }: Ownership,
) -> io::Result<()> {
    remove_access_list(made)?;
    // SAFETY: the descriptor is open for as long as it is borrowed.
    check(unsafe { libc::fchown(made.as_raw_fd(), user.0, group.0) })?;
    set_mode(made, mode)
}

/// Sets the mode. For a handle (`O_PATH`), `fchmod` fails with `EBADF`; procfs has a name that leads to that file alone.
fn set_mode(made: BorrowedFd<'_>, mode: u32) -> io::Result<()> {
    let mode = mode as libc::mode_t;
    // SAFETY: the descriptor is open for as long as it is borrowed.
    match check(unsafe { libc::fchmod(made.as_raw_fd(), mode) }) {
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => {}
        done => return done.map(drop),
    }
    let name = CString::new(format!("/proc/self/fd/{}", made.as_raw_fd()))?;
    // SAFETY: a CString ends in NUL.
    check(unsafe { libc::chmod(name.as_ptr(), mode) }).map(drop)
}
