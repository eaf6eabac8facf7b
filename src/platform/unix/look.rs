//! Facts about a name that the kernel can tell from memory: no disk and no file server is asked, so that nothing can make
//! the caller wait, as long as the name is looked up in a directory of a local file system.

use crate::platform::backend;
use crate::platform::unix::posix::{FileFacts, UserId};
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// Time of the last change of a file's contents or attributes: seconds and nanoseconds.
pub(crate) type ChangeTime = (i64, i64);

/// Facts about `name` in `parent`, as far as the kernel remembers them; a symbolic link is not followed, an automounter
/// not triggered.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn recall_facts_at(
    parent: BorrowedFd<'_>,
    name: &CStr,
) -> io::Result<(FileFacts, ChangeTime)> {
    recall(parent, name)
}

/// A name in a directory, found without a question to the file system that may be mounted on it.
#[derive(Debug)]
pub(crate) struct FoundName {
    /// Facts that the kernel remembers, where it can tell them from memory.
    pub facts: FileFacts,
    /// A handle of the file itself, where a system has handles of files of any kind, links among them.
    pub handle: Option<OwnedFd>,
}

/// Finds `name` in `parent`; a symbolic link is not followed, an automounter not triggered.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn find_name_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<FoundName> {
    find(parent, name)
}

/// Facts about `file` that the kernel remembers, where it can tell them from memory.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn recall_facts(file: BorrowedFd<'_>) -> io::Result<FileFacts> {
    recall_open(file)
}

/// Time in which a file system answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux can tell"))]
pub(crate) enum AnswerTime {
    /// At once: it is on a disk, or in memory.
    AtOnce,
    /// When the automounter has mounted another one.
    Mounted,
    /// When a program of this user answers, who is not root.
    OfProgram(UserId),
    /// Not known: a file server may have to answer.
    Unknown,
}

/// Finds out in what time the file system of `file` answers, without a question to it.
pub(crate) fn find_answer_time(file: BorrowedFd<'_>) -> AnswerTime {
    judge_answer_time(file)
}

/// Whether `directory`, whose file system answers, is one in which an automounter makes the names.
pub(crate) fn is_automounter(directory: BorrowedFd<'_>) -> bool {
    has_automounter(directory)
}

/// Whether the file system of `directory` is on this machine, and is no program's: a look at it waits for nobody.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn is_local(directory: BorrowedFd<'_>) -> io::Result<bool> {
    backend::is_local(directory)
}

const _: fn(BorrowedFd<'_>) -> io::Result<bool> = backend::is_local;

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        use crate::platform::unix::files::open_handle_at;
        use crate::platform::unix::posix::{GroupId, Identity, check, to_kind};
        use backend::{find_answer_time as judge_answer_time, is_automounter as has_automounter};
        use std::mem::MaybeUninit;
        use std::os::fd::AsFd;

        fn find(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<FoundName> {
            let handle = open_handle_at(parent, name)?;
            let facts = recall_open(handle.as_fd())?;
            Ok(FoundName { facts, handle: Some(handle) })
        }

        fn recall_open(file: BorrowedFd<'_>) -> io::Result<FileFacts> {
            recall_with(file, c"", libc::AT_EMPTY_PATH).map(|(facts, _)| facts)
        }

        fn recall(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<(FileFacts, ChangeTime)> {
            recall_with(parent, name, libc::AT_SYMLINK_NOFOLLOW)
        }

        fn recall_with(
            parent: BorrowedFd<'_>,
            name: &CStr,
            flags: libc::c_int,
        ) -> io::Result<(FileFacts, ChangeTime)> {
            let flags = flags | libc::AT_NO_AUTOMOUNT | libc::AT_STATX_DONT_SYNC;
            let mut facts = MaybeUninit::<libc::statx>::uninit();
            let (fd, basic) = (parent.as_raw_fd(), libc::STATX_BASIC_STATS);
            // SAFETY: a CStr ends in NUL, and statx writes one structure or fails.
            check(unsafe { libc::statx(fd, name.as_ptr(), flags, basic, facts.as_mut_ptr()) })?;
            // SAFETY: statx has succeeded, so the structure is written.
            let facts = unsafe { facts.assume_init() };
            let device = libc::makedev(facts.stx_dev_major, facts.stx_dev_minor);
            let mode = u32::from(facts.stx_mode);
            let file = FileFacts {
                identity: Identity::from_numbers(device, facts.stx_ino),
                kind: to_kind(mode),
                mode: mode & 0o7777,
                owner: UserId(facts.stx_uid),
                group: GroupId(facts.stx_gid),
            };
            Ok((file, (facts.stx_ctime.tv_sec, i64::from(facts.stx_ctime.tv_nsec))))
        }
    } else {
        use crate::platform::unix::posix::{facts_from, read_facts, stat_at};

        fn find(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<FoundName> {
            let stat = stat_at(parent.as_raw_fd(), name, libc::AT_SYMLINK_NOFOLLOW)?;
            Ok(FoundName { facts: facts_from(&stat), handle: None })
        }

        fn recall_open(file: BorrowedFd<'_>) -> io::Result<FileFacts> {
            read_facts(file.as_raw_fd())
        }

        /// There is no way to find a name without a question to its file system: it was asked before.
        fn judge_answer_time(_: BorrowedFd<'_>) -> AnswerTime {
            AnswerTime::AtOnce
        }

        fn has_automounter(_: BorrowedFd<'_>) -> bool {
            false
        }

        #[allow(
            clippy::unnecessary_cast,
            clippy::useless_conversion,
            reason = "the fields differ in width between the systems"
        )]
        fn recall(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<(FileFacts, ChangeTime)> {
            let stat = stat_at(parent.as_raw_fd(), name, libc::AT_SYMLINK_NOFOLLOW)?;
            #[cfg(target_os = "netbsd")]
            let nanoseconds = stat.st_ctimensec;
            #[cfg(not(target_os = "netbsd"))]
            let nanoseconds = stat.st_ctime_nsec;
            Ok((facts_from(&stat), (i64::from(stat.st_ctime), nanoseconds as i64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{open_root, read_facts_at};
    use std::os::fd::AsFd;

    #[test]
    fn the_kernel_remembers_what_it_answers() {
        let root = open_root().unwrap();
        let (facts, (seconds, _)) = recall_facts_at(root.as_fd(), c"usr").unwrap();
        assert_eq!(facts, read_facts_at(root.as_fd(), c"usr").unwrap());
        assert!(seconds > 0);
        let missing = recall_facts_at(root.as_fd(), c"no such name").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_disk_is_local() {
        assert!(is_local(open_root().unwrap().as_fd()).unwrap());
    }
}
