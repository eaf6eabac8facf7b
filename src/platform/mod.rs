//! The only code that calls the kernel. One file per system, one contract for all of them.
//!
//! Promised: every function acts on descriptors or on the calling process, reports the
//! failing call's `errno`, and answers [`Support::Unsupported`] where a system lacks a facility.
//! Not promised: policy. Strictness is decided by the callers, which never learn the system that they
//! run on.

use std::ffi::CString;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

mod contract;
mod unix;

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        mod linux;
        use linux as imp;
        use linux::preload as preload_imp;
        pub(crate) use linux::mount::{MountLimits, MountNamespace};
    } else if #[cfg(target_os = "freebsd")] {
        mod bsd;
        mod unsupported;
        use bsd::freebsd as imp;
        use bsd::preload as preload_imp;
    } else if #[cfg(target_os = "netbsd")] {
        mod bsd;
        mod unsupported;
        use bsd::netbsd as imp;
        use bsd::preload as preload_imp;
    } else if #[cfg(target_os = "macos")] {
        mod bsd;
        mod darwin;
        mod unsupported;
        use darwin as imp;
        use darwin::preload as preload_imp;
        pub(crate) use darwin::imports::{Redirected, calls, redirect};
    } else {
        compile_error!(
            "mod_chroot knows how to build a jail on Linux, FreeBSD, NetBSD and Darwin only: \
             a backend for this system belongs in src/platform/"
        );
    }
}

#[cfg(not(target_os = "macos"))]
pub(crate) use unix::imports_elf::{Redirected, calls, redirect};
#[cfg(not(target_os = "linux"))]
pub(crate) use unsupported::mount::{MountLimits, MountNamespace};

pub(crate) use contract::{
    ChildId, Domain, DomainRequest, Filter, Grantee, MeasureState, MountFlags, ProcessInfo,
    ProcessOf, Threads, access_list, acl_writers, adopt_orphans, bound_capabilities, call_at_forks,
    call_not_refused, capability_bound, children, chroot_tolerates_directories, confine,
    execve_changes_domain, filter_calls, forbid_new_privileges, kin, leave_keyring, make_filter,
    mark_descendants, mount_flags, new_privileges_forbidden, processes_of, refuse_tracers,
    session_keyring, shed_access_list, threads, tracers_refused,
};
pub(crate) use unix::access::{Access, may, may_write};
pub(crate) use unix::access_list::{AccessList, Holder, ListEntry, PosixList};
#[cfg(test)]
pub(crate) use unix::attempt::attempted;
pub(crate) use unix::attempt::{Attempt, AttemptEnd, AttemptOutput};
pub(crate) use unix::files::{
    hold_at, make_link_at, names_in, open_file_at, open_regular, remove_at, remove_directory_at,
    rename_at,
};
pub(crate) use unix::handle::{
    DescriptorKind, descriptors, handle_of, is_terminal, open_file, open_nothing, put_in_place,
};
pub(crate) use unix::ids::{
    become_groups, become_user, effective_user, group_id, group_list, group_name, groups, ids,
    regain_root, user_id, user_name,
};
pub(crate) use unix::made::{MadeDevice, MadeDirectory, MadeFile, Ownership};
pub(crate) use unix::objects::loaded_objects;
pub(crate) use unix::posix::{
    FileFacts, FileKind, GroupId, Identity, UserId, close, facts, facts_at, facts_of_path,
    kill_child, open_directory_at, open_root, read_link_at,
};
pub(crate) use unix::terminal::{give_up_terminal, has_terminal};

pub(crate) use unix::errand::errand;
pub(crate) use unix::reach::look_at;
pub(crate) use unix::run::UnprivilegedCommand;
pub(crate) use unix::search::{
    Inode, InodeKind, Names, OpenDirectory, file_system, gives_capabilities, inode_at, inode_of,
    inode_of_path, open_path,
};
pub(crate) use unix::single_thread::SingleThread;

pub(crate) use unix::preload::{
    Charset, KEEPS_NAME_SERVERS, LOCAL_TIME, Locale, connect_to_syslog, keep_library,
    keep_name_servers, keep_zone, name_service_library, thread_exit_library,
};

/// Whether a system has a facility, and what it then reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support<T> {
    /// The system has it, and this is what it says.
    Available(T),
    /// The system has no such thing: never to be read as "done".
    Unsupported,
}

impl<T> Support<T> {
    /// The same, described by `words`.
    pub(crate) fn map<U>(self, words: impl FnOnce(T) -> U) -> Support<U> {
        match self {
            Self::Available(it) => Support::Available(words(it)),
            Self::Unsupported => Support::Unsupported,
        }
    }
}

/// The capability sets of the calling thread, one bit per capability (`capabilities(7)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// What may be made effective.
    pub permitted: u64,
    /// What the kernel honours now.
    pub effective: u64,
    /// What survives an `execve` of a file with inheritable capabilities.
    pub inheritable: u64,
    /// What survives every `execve`.
    pub ambient: u64,
}

impl Capabilities {
    /// True if no set holds any capability.
    pub(crate) fn none(self) -> bool {
        self.permitted | self.effective | self.inheritable | self.ambient == 0
    }
}

/// Makes the directory behind `jail` the root and the working directory of this process.
///
/// # Errors
/// The name of the call that failed with its `errno`: `EPERM` without the right to chroot.
pub(crate) fn enter(jail: BorrowedFd<'_>) -> Result<(), SyscallError> {
    imp::enter(jail)
}

/// Empties the permitted, effective, inheritable and ambient capability sets of this thread.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn drop_capabilities() -> io::Result<()> {
    imp::drop_capabilities()
}

/// The capabilities that this thread holds.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn capabilities() -> io::Result<Support<Capabilities>> {
    imp::capabilities()
}

/// A path that names the very directory behind `directory` for as long as the descriptor is open,
/// in this process and in those forked from it.
pub(crate) fn descriptor_path(directory: BorrowedFd<'_>) -> Support<CString> {
    imp::descriptor_path(directory)
}

/// Why the open descriptors of this process are not known.
#[derive(Debug)]
pub(crate) enum DescriptorListError {
    /// The list cannot be read.
    Unreadable(io::Error),
    /// The list is not complete: what is wrong with it.
    Incomplete(String),
    #[allow(dead_code, reason = "only Linux can be without a list")]
    /// There is no list, and what lies above the limit of open files cannot be closed.
    Above(io::Error),
}

impl DescriptorListError {
    /// The list lacks a descriptor that is open.
    fn missing(fd: RawFd) -> Self {
        Self::Incomplete(format!("descriptor {fd} is open, and not in the list"))
    }
}

/// A system call that said no.
#[derive(Debug)]
pub(crate) struct SyscallError {
    /// The call, as its manual page is named.
    pub call: &'static str,
    /// Its `errno`.
    pub error: io::Error,
}

impl SyscallError {
    /// For `map_err`: remembers which call it was.
    pub(crate) fn by(call: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self { call, error }
    }
}

// The contract, checked by the compiler: a backend whose signature drifts does not build.
const _: fn(BorrowedFd<'_>) -> Result<(), SyscallError> = imp::enter;
const _: fn(BorrowedFd<'_>) -> Result<Vec<RawFd>, DescriptorListError> = imp::descriptors;
const _: fn(RawFd) -> io::Result<DescriptorKind> = imp::handle_of;
const _: fn() -> io::Result<Support<bool>> = imp::has_terminal;
const _: fn() -> io::Result<()> = imp::drop_capabilities;
const _: fn() -> io::Result<Support<Capabilities>> = imp::capabilities;
const _: fn(BorrowedFd<'_>) -> Support<CString> = imp::descriptor_path;
/// How many groups `setgroups` takes, as the system counts them.
pub(crate) type GroupCount = imp::GroupCount;
const _: unsafe extern "C" fn(GroupCount, *const libc::gid_t) -> libc::c_int = libc::setgroups;

const _: libc::c_int = imp::WALK;
const _: libc::c_int = imp::HOLD;
