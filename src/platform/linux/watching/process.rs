//! A watched process, files as it sees them, and the rights of the process that watches.

use crate::platform::linux::harden::forbid_new_privileges;
use crate::platform::linux::{Header, THIS_THREAD, VERSION_3, Word};
use crate::platform::unix::posix::{FileKind, check, own, read_facts};
use crate::platform::watching::JudgingAccount;
use crate::platform::{Access, FileFacts};
use std::ffi::CStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// A process that waits in a call.
#[derive(Debug)]
pub(crate) struct WatchedProcess<'a> {
    pub(super) number: u32,
    /// Its root directory, if that is not the host's.
    pub(super) root: Option<(PathBuf, OwnedFd)>,
    host: BorrowedFd<'a>,
}

/// A file, found and held, not opened.
#[derive(Debug)]
pub(crate) struct FoundFile(OwnedFd);

impl<'a> WatchedProcess<'a> {
    /// The process `number`, whose call was just reported.
    pub(super) fn find(number: u32, host: BorrowedFd<'a>) -> io::Result<Self> {
        let link = format!("/proc/{number}/root");
        let at = fs::read_link(&link)?;
        let root = if at.as_os_str() == "/" { None } else { Some((at, open_path(&link)?)) };
        Ok(Self { number, root, host })
    }

    /// Whether its root directory is another one than the host's.
    pub(crate) fn is_inside(&self) -> bool {
        self.root.is_some()
    }

    /// The program that it runs.
    pub(crate) fn program(&self) -> PathBuf {
        let program = fs::read_link(format!("/proc/{}/exe", self.number)).unwrap_or_default();
        match &self.root {
            // A program inside has the name that it has on the host.
            Some((root, _)) => match program.strip_prefix(root) {
                Ok(rest) => PathBuf::from("/").join(rest),
                Err(_) => program,
            },
            None => program,
        }
    }

    /// The file at `path` below its root directory, by the rights of the account.
    ///
    /// # Errors
    /// Returns an error if there is none, or the account may not reach it.
    pub(crate) fn find_inside(&self, path: &CStr, follows: bool) -> io::Result<FoundFile> {
        let root = self.root.as_ref().map_or(self.host, |(_, root)| root.as_fd());
        look_up(root, path, follows).map(FoundFile)
    }

    /// The file at `path` on the host, by the rights of the account.
    ///
    /// # Errors
    /// Returns an error if there is none, or the account may not reach it.
    pub(crate) fn find_on_host(&self, path: &CStr, follows: bool) -> io::Result<FoundFile> {
        look_up(self.host, path, follows).map(FoundFile)
    }
}

impl FoundFile {
    /// Checks that the account may use it so.
    ///
    /// # Errors
    /// Returns `EACCES`; `EROFS` for writing to a read-only mount.
    pub(crate) fn check_access(&self, access: Access) -> io::Result<()> {
        let mode = match access {
            Access::Read => libc::R_OK,
            Access::Write => libc::W_OK,
            Access::Pass => libc::X_OK,
        };
        let flags = libc::AT_EMPTY_PATH | libc::AT_EACCESS;
        // SAFETY: the descriptor is open, and the path is a literal that ends in NUL.
        let answer = unsafe {
            libc::syscall(libc::SYS_faccessat2, self.0.as_raw_fd(), c"".as_ptr(), mode, flags)
        };
        check(if answer == 0 { 0 } else { -1 }).map(drop)
    }

    /// Its path on the host, without symbolic links.
    ///
    /// # Errors
    /// Returns an error if procfs is not there.
    pub(crate) fn find_path(&self) -> io::Result<PathBuf> {
        fs::read_link(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }

    /// Facts about it.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn facts(&self) -> io::Result<FileFacts> {
        read_facts(self.0.as_raw_fd())
    }

    /// Opens it for reading, if it is a regular file: nothing else is ever opened, and nothing is waited for.
    ///
    /// # Errors
    /// Returns an error if it is another kind of file, or must not be read; `EWOULDBLOCK` if somebody holds a lease on it.
    pub(crate) fn open(&self) -> io::Result<File> {
        if self.facts()?.kind != FileKind::File {
            return Err(io::Error::from_raw_os_error(libc::EINVAL));
        }
        // The name of the descriptor leads to the very file that was examined. Its owner may hold a lease on it (F_SETLEASE),
        // and an open that waits would wait for him.
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
        let name = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        File::options().read(true).custom_flags(flags).open(name)
    }
}

/// `openat2` with `RESOLVE_IN_ROOT`: no link and no `..` leads out of `root`.
fn look_up(root: BorrowedFd<'_>, path: &CStr, follows: bool) -> io::Result<OwnedFd> {
    let no_follow = if follows { 0 } else { libc::O_NOFOLLOW };
    let flags = libc::O_PATH | libc::O_CLOEXEC | no_follow;
    let how = [u64::try_from(flags).unwrap_or(0), 0, RESOLVE_IN_ROOT];
    // SAFETY: the descriptor is open, the path ends in NUL, and `struct open_how` is three numbers of 64 bits: flags,
    // mode, resolve.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_openat2,
            root.as_raw_fd(),
            path.as_ptr(),
            how.as_ptr(),
            size_of_val(&how),
        )
    };
    own(libc::c_int::try_from(answer).unwrap_or(-1))
}

#[cfg(any(test, fuzzing))]
pub(in crate::platform) fn find_in_root(
    root: BorrowedFd<'_>,
    path: &CStr,
) -> io::Result<crate::platform::Support<OwnedFd>> {
    look_up(root, path, true).map(crate::platform::Support::Available)
}

/// From `linux/openat2.h`.
const RESOLVE_IN_ROOT: u64 = 0x10;

/// Opens a handle of a file, of any kind.
pub(super) fn open_path(path: &str) -> io::Result<OwnedFd> {
    let file = File::options().read(true).custom_flags(libc::O_PATH).open(path)?;
    Ok(file.into())
}

/// The user by whose rights `number` uses files now.
pub(super) fn read_file_user(number: u32) -> io::Result<u32> {
    let mut text = String::new();
    // A bound; the line stands near the top.
    File::open(format!("/proc/{number}/status"))?.take(4096).read_to_string(&mut text)?;
    let line = text.lines().find_map(|line| line.strip_prefix("Uid:"));
    let user = line.and_then(|line| line.split_whitespace().nth(3)?.parse().ok());
    user.ok_or_else(|| io::Error::other("no Uid line"))
}

/// `CAP_SYS_PTRACE`, from `linux/capability.h`.
const SYS_PTRACE: u32 = 19;

pub(in crate::platform) fn become_watcher(account: &JudgingAccount) -> io::Result<()> {
    let groups: Vec<libc::gid_t> = account.groups.iter().map(|group| group.0).collect();
    // SAFETY: the pointer and the length are those of one vector.
    check(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) })?;
    // SAFETY: prctl reads a string that ends in NUL.
    unsafe { libc::prctl(libc::PR_SET_NAME, c"chroot-learn".as_ptr()) };
    use_files_as(account.user.0, account.group.0);
    // No program that it could be made to start gets back what it gives up.
    forbid_new_privileges()?;
    let only = 1_u32 << SYS_PTRACE;
    let words = [Word { effective: only, permitted: only, inheritable: 0 }, Word::default()];
    let header = Header { version: VERSION_3, ..THIS_THREAD };
    // SAFETY: header and data have the layout of version 3 of the interface (capset(2)), and the
    // kernel only reads them.
    let answer = unsafe { libc::syscall(libc::SYS_capset, &raw const header, words.as_ptr()) };
    check(if answer == 0 { 0 } else { -1 }).map(drop)
}

fn use_files_as(user: libc::uid_t, group: libc::gid_t) {
    nix::unistd::setfsgid(nix::unistd::Gid::from_raw(group));
    nix::unistd::setfsuid(nix::unistd::Uid::from_raw(user));
}

/// In a process of its own: without `CAP_SETUID` there is no way back to the account.
pub(in crate::platform) fn with_roots_files(
    act: impl FnOnce() -> io::Result<Vec<u8>>,
) -> io::Result<Vec<u8>> {
    let (mut mine, mut its) = UnixStream::pair()?;
    // SAFETY: the process that watches has one thread, so the copy may do whatever it could do.
    let child = check(unsafe { libc::fork() })?;
    if child == 0 {
        use_files_as(0, 0);
        let status = match act().and_then(|answer| its.write_all(&answer)) {
            Ok(()) => 0,
            Err(error) => error.raw_os_error().unwrap_or(libc::EIO),
        };
        // SAFETY: _exit takes a number, and runs nothing of what the copy has inherited.
        unsafe { libc::_exit(status) };
    }
    drop(its);
    let mut answer = Vec::new();
    let read = mine.read_to_end(&mut answer);
    let mut status = 0;
    // SAFETY: waitpid writes one number where the pointer says.
    while unsafe { libc::waitpid(child, &raw mut status, 0) } == -1 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    match libc::WEXITSTATUS(status) {
        0 if libc::WIFEXITED(status) => read.map(|_| answer),
        number => Err(io::Error::from_raw_os_error(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;
    use std::time::{Duration, Instant};

    #[test]
    fn a_lease_on_a_script_does_not_keep_the_watching_process_waiting() {
        let script = tempfile::NamedTempFile::new().unwrap();
        // SAFETY: fcntl takes three numbers.
        let leased =
            unsafe { libc::fcntl(script.as_file().as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK) };
        check(leased).unwrap();
        // SAFETY: the kernel asks for the lease by this signal, which would end the test.
        unsafe { libc::signal(libc::SIGIO, libc::SIG_IGN) };
        let host = open_path("/").unwrap();
        let path = CString::new(script.path().as_os_str().as_bytes()).unwrap();
        let found = FoundFile(look_up(host.as_fd(), &path, true).unwrap());
        let begin = Instant::now();
        let error = found.open().unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EWOULDBLOCK));
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
}
