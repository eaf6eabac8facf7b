//! A file by which processes exclude each other. It is held by descriptor, and free again when its holder has ended.

use crate::platform::effective_user;
use crate::platform::unix::posix::{FileKind, own_no_link, read_facts};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// Time between two attempts to hold a lock.
const STEP: Duration = Duration::from_millis(20);

/// An open lock. Copies of its descriptor, also in other processes, are the same holder.
#[derive(Debug)]
pub(crate) struct LockFile(OwnedFd);

/// A lock that this process holds, until it is dropped.
#[derive(Debug)]
pub(crate) struct HeldLock {
    _file: Flock<OwnedFd>,
}

impl LockFile {
    /// Opens the lock `name` in `parent`, and makes it if it is not there. Nobody but this user can open it, and so nobody
    /// else can hold it.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`; `EPERM` if others can open it, or it is no regular file.
    pub(crate) fn open_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<Self> {
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let (flags, mode): (_, libc::c_uint) = (flags | libc::O_CLOEXEC, 0o600);
        // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
        let file =
            own_no_link(unsafe { libc::openat(parent.as_raw_fd(), name.as_ptr(), flags, mode) })?;
        let facts = read_facts(file.as_raw_fd())?;
        let is_private = facts.owner == effective_user() && facts.mode & 0o077 == 0;
        if facts.kind == FileKind::File && is_private {
            Ok(Self(file))
        } else {
            Err(io::Error::from_raw_os_error(libc::EPERM))
        }
    }

    /// Holds the lock, once nobody else does.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`; `EWOULDBLOCK` if somebody else holds it for longer than `patience`.
    pub(crate) fn hold(&self, patience: Duration) -> io::Result<HeldLock> {
        let (mut file, deadline) = (self.0.try_clone()?, Instant::now() + patience);
        loop {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(_file) => return Ok(HeldLock { _file }),
                Err((free, Errno::EAGAIN | Errno::EINTR)) if Instant::now() < deadline => {
                    file = free;
                    std::thread::sleep(STEP);
                }
                Err((_, error)) => return Err(error.into()),
            }
        }
    }
}

impl AsRawFd for LockFile {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, Permissions, set_permissions};
    use std::os::fd::AsFd;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn one_holder_excludes_the_other_until_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let parent = File::open(folder.path()).unwrap();
        let open = || LockFile::open_at(parent.as_fd(), c"lock").unwrap();
        let (first, second) = (open(), open());
        let held = first.hold(Duration::ZERO).unwrap();
        let error = second.hold(STEP).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(held);
        second.hold(Duration::ZERO).unwrap();
    }

    #[test]
    fn a_lock_that_others_can_open_or_a_link_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let parent = File::open(folder.path()).unwrap();
        let at = folder.path().join("lock");
        File::create(&at).unwrap();
        set_permissions(&at, Permissions::from_mode(0o604)).unwrap();
        assert!(LockFile::open_at(parent.as_fd(), c"lock").is_err());
        std::os::unix::fs::symlink("lock", folder.path().join("link")).unwrap();
        assert!(LockFile::open_at(parent.as_fd(), c"link").is_err());
    }
}
