//! The only code that calls the kernel: one contract, and one folder for each system.
//!
//! The functions that this file exports are the contract. [`unix`] has those that all systems share; [`contract`] and the
//! functions below call the backend of the system, whose signatures the compiler compares with them.
//!
//! Promised: every function acts on descriptors or on the calling process, returns the `errno` of the call that failed, and
//! returns [`Support::Unsupported`] where a system lacks a facility. Ids are numbers of the system, modes are permission
//! bits, times are [`std::time::Duration`]. Not promised: policy. The callers decide how strict to be, and never learn the
//! system.

use std::ffi::CString;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

mod contract;
mod path_calls;
mod unix;
mod watching;

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        mod linux;
        use linux as backend;
        use linux::preload as preload_backend;
        pub(crate) use linux::mount::{MountLimits, MountNamespace};
    } else if #[cfg(target_os = "freebsd")] {
        mod bsd;
        mod unsupported;
        use bsd::freebsd as backend;
        use bsd::preload as preload_backend;
    } else if #[cfg(target_os = "netbsd")] {
        mod bsd;
        mod unsupported;
        use bsd::netbsd as backend;
        use bsd::preload as preload_backend;
    } else if #[cfg(target_os = "macos")] {
        mod bsd;
        mod darwin;
        mod unsupported;
        use darwin as backend;
        use darwin::preload as preload_backend;
        pub(crate) use darwin::imports::{Redirected, has_import, redirect_calls};
    } else {
        compile_error!(
            "mod_chroot knows how to build a jail on Linux, FreeBSD, NetBSD and Darwin only: \
             a backend for this system belongs in src/platform/"
        );
    }
}

#[cfg(not(target_os = "macos"))]
pub(crate) use unix::imports_elf::{Redirected, has_import, redirect_calls};
#[cfg(not(target_os = "linux"))]
pub(crate) use unsupported::mount::{MountLimits, MountNamespace};

pub(crate) use contract::{
    ChildId, Domain, DomainRequest, Filter, FilterRequest, Grantee, MeasureState, MountFlags,
    NoMounts, ProcessInfo, ProcessOf, Threads, TriedCalls, adopt_orphans,
    can_chroot_with_open_directories, can_execve_change_domain, can_users_leave_by_chroot,
    confine_process, count_threads, filter_calls, find_leading_descriptor, find_unrefused_call,
    forbid_new_privileges, has_no_new_privileges, has_refused_tracers, inspect_process,
    is_filtered, leave_keyring, limit_capabilities, list_children, list_filtered_calls,
    list_processes, make_filter, mark_descendants, read_access_list, read_acl_writers,
    read_capability_bound, read_mount_flags, read_session_keyring, refuse_tracers,
    register_fork_handlers, remove_access_list, try_calls,
};
pub(crate) use path_calls::{CallRow, Effect, find_path_call};
pub(crate) use unix::access::{Access, check_access, is_writable};
pub(crate) use unix::access_list::{AccessList, Holder, ListEntry, PosixList};
pub(crate) use unix::accounts::{
    AccountEntry, GroupEntry, read_account, read_group, read_named_account, visit_accounts,
};
#[cfg(test)]
pub(crate) use unix::attempt::run_attempt;
pub(crate) use unix::attempt::{Attempt, AttemptEnd, AttemptOutput};
pub(crate) use unix::descriptor_limit::RaisedDescriptorLimit;
pub(crate) use unix::files::{
    list_names, make_link_at, open_file_at, open_handle_at, open_regular_file, remove_directory_at,
    remove_file_at, rename_file_at,
};
pub(crate) use unix::fork::ExitKind;
pub(crate) use unix::handle::{
    DescriptorKind, UNKNOWN_FILE_SYSTEM, identify_file, inspect_descriptor, is_open, is_terminal,
    list_descriptors, open_dev_null, replace_descriptor,
};
pub(crate) use unix::ids::{
    effective_user, find_group_id, find_group_name, find_user_id, find_user_name, list_groups,
    read_groups, read_ids, set_groups, set_user, try_regain_root,
};
pub(crate) use unix::lock::{HeldLock, LockFile};
pub(crate) use unix::look::{
    AnswerTime, FoundName, find_answer_time, find_name_at, is_automounter, is_local, recall_facts,
    recall_facts_at,
};
pub(crate) use unix::made::{MadeDevice, MadeDirectory, MadeFile, Ownership};
pub(crate) use unix::objects::list_loaded_objects;
pub(crate) use unix::posix::{
    FileFacts, FileKind, GroupId, Identity, UserId, close_descriptor, end_server, format_device,
    is_running, kill_child, open_directory_at, open_root, read_facts, read_facts_at, read_link_at,
    read_path_facts, restart_server,
};
pub(crate) use unix::terminal::{give_up_terminal, has_terminal};

pub(crate) use unix::probe::{probe_file, probe_path, wake_automounter};
pub(crate) use unix::records::{split_records, write_record};
pub(crate) use unix::reopen::reopen_file;
pub(crate) use unix::run::{NO_ACCOUNT, UnprivilegedCommand};
#[allow(unused_imports, reason = "for the contract test")]
pub(crate) use unix::search::open_directory;
pub(crate) use unix::search::{
    Inode, InodeKind, Names, OpenDirectory, has_file_capabilities, read_file_system, read_inode,
    read_inode_at, read_path_inode,
};
pub(crate) use unix::shared_counter::SharedCounter;
pub(crate) use unix::single_thread::SingleThread;
pub(crate) use unix::thread::run_on_fresh_thread;
pub(crate) use watching::{
    CallKind, CallObserver, FoundFile, JudgingAccount, OTHER_TOOL, WatchFilter, WatchedCall,
    WatchedProcess, ask_watcher, fork_watcher, make_watch_filter, open_control_pair,
    watch_this_process, with_roots_files,
};

#[cfg(any(test, fuzzing))]
pub(crate) use watching::{check_socket_address, find_in_root};

pub(crate) use unix::preload::{
    Charset, KEEPS_NAME_SERVERS, LOCAL_TIME, Locale, connect_to_syslog, find_name_service_library,
    find_thread_exit_library, keep_library, keep_name_servers, keep_time_zone,
};

/// Result of a facility that a system may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support<T> {
    /// The system has it, and returned this value.
    Available(T),
    /// The system lacks it, and nothing was done: never to be taken for success.
    Unsupported,
}

impl<T> Support<T> {
    /// Converts the value by `words`.
    pub(crate) fn map<U>(self, words: impl FnOnce(T) -> U) -> Support<U> {
        match self {
            Self::Available(it) => Support::Available(words(it)),
            Self::Unsupported => Support::Unsupported,
        }
    }
}

/// The capability sets of the calling thread, one bit per capability (`read_capabilities(7)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// Capabilities that may be made effective.
    pub permitted: u64,
    /// Capabilities in force.
    pub effective: u64,
    /// Capabilities kept by an `execve` of a file with inheritable capabilities.
    pub inheritable: u64,
    /// Capabilities kept by every `execve`.
    pub ambient: u64,
}

impl Capabilities {
    /// Whether all sets are empty.
    pub(crate) fn is_empty(self) -> bool {
        self.permitted | self.effective | self.inheritable | self.ambient == 0
    }
}

/// Makes the directory behind `jail` the root and the working directory of this process, and closes `jail`.
///
/// # Errors
/// Returns an error if a call fails, with its name and `errno`: `EPERM` without the right to chroot.
pub(crate) fn change_root(jail: OwnedFd) -> Result<(), SyscallError> {
    backend::change_root(jail)
}

/// Empties the permitted, effective, inheritable and ambient capability sets of this thread.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn drop_capabilities() -> io::Result<()> {
    backend::drop_capabilities()
}

/// The capabilities that this thread holds.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_capabilities() -> io::Result<Support<Capabilities>> {
    backend::read_capabilities()
}

/// Path of the directory `directory` that is valid as long as the descriptor is open, in this process and in those
/// forked from it.
pub(crate) fn find_descriptor_path(directory: BorrowedFd<'_>) -> Support<CString> {
    backend::find_descriptor_path(directory)
}

/// Reason for which the open descriptors of this process are not known.
#[derive(Debug)]
pub(crate) enum DescriptorListError {
    /// The list cannot be read.
    Unreadable(io::Error),
    /// The list is not complete, for this reason.
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

/// A system call that failed.
#[derive(Debug)]
pub(crate) struct SyscallError {
    /// The call, as its manual page is named.
    pub call: &'static str,
    /// Its error, an `errno`.
    pub error: io::Error,
}

impl SyscallError {
    /// Adds the name of the call, for `map_err`.
    pub(crate) fn for_call(call: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self { call, error }
    }
}

// The contract, checked by the compiler: a backend whose signature drifts does not build.
const _: fn(OwnedFd) -> Result<(), SyscallError> = backend::change_root;
const _: fn(BorrowedFd<'_>) -> Result<Vec<RawFd>, DescriptorListError> = backend::list_descriptors;
const _: fn(RawFd) -> io::Result<DescriptorKind> = backend::inspect_descriptor;
const _: fn() -> io::Result<Support<bool>> = backend::has_terminal;
const _: fn() -> io::Result<()> = backend::drop_capabilities;
const _: fn() -> io::Result<Support<Capabilities>> = backend::read_capabilities;
const _: fn(BorrowedFd<'_>) -> Support<CString> = backend::find_descriptor_path;
/// Type of the number of groups that `setgroups` takes.
pub(crate) type GroupCount = backend::GroupCount;
const _: unsafe extern "C" fn(GroupCount, *const libc::gid_t) -> libc::c_int = libc::setgroups;

const _: libc::c_int = backend::WALK;
const _: libc::c_int = backend::REFUSED_LINK;
const _: libc::c_int = backend::HOLD;
