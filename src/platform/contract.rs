//! The second half of the contract: rights beyond the mode bits, and rights that a process can give up besides its user.
//!
//! The systems differ most here, so almost every call returns [`Support`]: `Unsupported` means that the system has no
//! such facility and that nothing was done, never success. An error is the `errno` of the system call that failed.
//! Each function names the system calls or files that it reads on Linux; the other backends name theirs.

use crate::platform::{AccessList, GroupId, Identity, Support, UserId, backend};
use std::fmt;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

/// A user or group that an access control list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grantee {
    /// A user.
    User(UserId),
    /// A group.
    Group(GroupId),
    /// A user or group with a name instead of a number.
    Named(String),
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(UserId(uid)) => write!(f, "user {uid}"),
            Self::Group(GroupId(gid)) => write!(f, "group {gid}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Mount flags of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MountFlags {
    /// Writing is impossible.
    pub read_only: bool,
    /// setuid and setgid bits are ignored.
    pub nosuid: bool,
    /// Device nodes do not work; unsupported where they work in devfs only.
    pub nodev: Support<bool>,
    /// No program can be started.
    pub noexec: bool,
}

/// The domain that a process is to be confined to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DomainRequest {
    /// No signal leaves it.
    pub signals: bool,
    /// No connection to an abstract socket leaves it.
    pub sockets: bool,
    /// Only files beneath the jail's root can be opened, by any path or descriptor.
    pub files: bool,
    /// The only TCP ports that can be connected to; `None` for all.
    pub connect: Option<Vec<u16>>,
    /// No TCP port can be bound.
    pub bind: bool,
}

/// The domain that a process is in. Tracing never leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Domain {
    /// The kernel's version of the interface.
    pub abi: u32,
    /// No signal leaves it.
    pub signals: bool,
    /// No connection to an abstract socket leaves it.
    pub sockets: bool,
    /// Only files beneath the jail's root can be opened.
    pub files: bool,
    /// Only the requested TCP ports can be connected to.
    pub connect: bool,
    /// No TCP port can be bound.
    pub bind: bool,
}

/// A filter of system calls, as the kernel takes it, and calls that prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code, reason = "only Linux makes one")]
pub(crate) struct Filter {
    pub(super) program: Vec<u8>,
    pub(super) probes: Vec<Probe>,
}

/// A call that a filter refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code, reason = "only Linux makes one")]
pub(crate) struct Probe {
    pub(super) call: &'static str,
    pub(super) number: i32,
    pub(super) words: [libc::c_long; 6],
    pub(super) errno: libc::c_int,
}

/// Choices of the administrator about a filter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux makes a filter"))]
pub(crate) struct FilterRequest {
    /// Names of calls that it is to let pass.
    pub allowed: Vec<String>,
    /// Connections that a domain would not see are refused, too.
    pub guards_connections: bool,
}

/// Reason for which a process has no private mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "each system has reasons of its own")]
pub(crate) enum NoMounts {
    /// The system has none.
    System,
    /// `mount_setattr` does not exist: the kernel is older than 5.12, or a filter hides the call (`ENOSYS`).
    Call,
    /// This process lacks `CAP_SYS_ADMIN`.
    Capability,
    /// `unshare` is denied, although the process has the capability.
    Namespace,
    /// `mount` is denied, although the process has the capability.
    Mount,
}

/// Groups of system calls, to be tried under a filter that httpd was started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux has such filters"))]
pub(crate) struct TriedCalls {
    /// Those that make a view.
    pub view: bool,
    /// Those that harden a child, and those by which a child proves it.
    pub hardening: bool,
}

/// A process of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessOf {
    /// Its number.
    pub pid: u32,
    /// Number of its parent.
    pub parent: u32,
    /// Its name, of any bytes.
    pub name: Vec<u8>,
    /// Its root directory, if that can be read.
    pub root: Option<Identity>,
}

/// State of a measure after it was applied, as read back or tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MeasureState<T> {
    /// It is in force.
    InForce(T),
    /// It is not in force, for this reason.
    NotInForce(String),
}

impl<T> MeasureState<T> {
    /// Converts the value by `words`.
    pub(crate) fn map<U>(self, words: impl FnOnce(T) -> U) -> MeasureState<U> {
        match self {
            Self::InForce(it) => MeasureState::InForce(words(it)),
            Self::NotInForce(found) => MeasureState::NotInForce(found),
        }
    }
}

/// Threads of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Threads {
    /// One.
    One,
    /// Several, with those names that can be read.
    Several(Vec<Vec<u8>>),
}

/// A child of this process. The number together with the time of birth is never used for another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChildId {
    /// Its number.
    pub pid: u32,
    /// Time of birth, in the system's own unit (Linux: clock ticks since boot).
    pub born: u64,
}

/// Facts about a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessInfo {
    /// Its name, of any bytes.
    pub name: Vec<u8>,
    /// The directory that is its root, if that can be seen.
    pub root: Option<Identity>,
    /// Whether it runs the same program as this process, if that can be seen: it was forked, and has
    /// started none.
    pub is_copy: Option<bool>,
    /// Whether its standard input is a pipe that this process writes to, as that of a piped log is.
    pub listens: bool,
    /// The mark that was given to descendants of this process when it was born, if that can be seen.
    pub mark: Option<u64>,
}

macro_rules! contract {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $kind:ty),*) -> $answer:ty;)+) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// Returns an error if a system call fails, with its `errno`.
        pub(crate) fn $name($($arg: $kind),*) -> io::Result<$answer> {
            backend::$name($($arg),*)
        }
        // A backend whose signature drifts does not build.
        const _: fn($($kind),*) -> io::Result<$answer> = backend::$name;
    )+};
}

contract! {
    /// Users and groups besides root that an access control list lets change `directory`, beyond the mode bits.
    fn read_acl_writers(directory: BorrowedFd<'_>) -> Support<Vec<Grantee>>;
    /// Access control list of `file`, in full.
    fn read_access_list(file: BorrowedFd<'_>) -> Support<AccessList>;
    /// Removes the lists that `file`, which was just created and is open, has inherited from its directory. Where they
    /// cannot be removed, an inherited list is an error.
    fn remove_access_list(file: BorrowedFd<'_>) -> ();
    /// Mount flags of the file system of `directory`.
    fn read_mount_flags(directory: BorrowedFd<'_>) -> MountFlags;
    /// Threads of this process: `unshare(CLONE_VM)` and /proc/self/task.
    fn count_threads() -> Support<Threads>;
    /// Whether a process can chroot while it has directories open (FreeBSD: `kern.chroot_allow_open_directories`).
    fn can_chroot_with_open_directories() -> Support<bool>;
    /// Whether a process of an ordinary user can leave a jail that this process is about to enter, by another `chroot`
    /// (FreeBSD: `security.bsd.unprivileged_chroot`, where this process is in a FreeBSD jail or a chroot already).
    fn can_users_leave_by_chroot() -> Support<bool>;
    /// A descriptor that leads out of a jail, with its kind, by a list of the kernel that needs no file. Root asks it inside.
    fn find_leading_descriptor() -> Support<Option<(RawFd, String)>>;
    /// Removes all capabilities except the bits of `keep` from the bounding set of this thread.
    fn limit_capabilities(keep: u64) -> Support<MeasureState<()>>;
    /// Bounding set of this thread, one bit for each capability.
    fn read_capability_bound() -> Support<u64>;
    /// Sets no_new_privs: from now on no program gives this process a right that it lacks.
    fn forbid_new_privileges() -> Support<()>;
    /// Whether no_new_privs is set.
    fn has_no_new_privileges() -> Support<bool>;
    /// Whether a security module gives programs another domain, which no_new_privs would prevent.
    fn can_execve_change_domain() -> Support<bool>;
    /// Replaces the session keyring of this process by a new, empty one. Returns its number.
    fn leave_keyring() -> Support<MeasureState<libc::c_long>>;
    /// Number of the session keyring of this process.
    fn read_session_keyring() -> libc::c_long;
    /// Makes this process untraceable. The effect ends when the user changes.
    fn refuse_tracers() -> Support<()>;
    /// Whether this process is untraceable.
    fn has_refused_tracers() -> Support<bool>;
    /// Confines this process and its future children by Landlock, as far as the kernel can; the files are those beneath
    /// `root`. To be called outside, before the entry.
    fn confine_process(request: &DomainRequest, root: BorrowedFd<'_>) -> Support<MeasureState<Domain>>;
    /// Builds the filter of system calls for [`filter_calls`], for this machine's architecture.
    fn make_filter(request: &FilterRequest) -> Support<Filter>;
    /// Names of the system calls that a filter refuses unless they are allowed.
    fn list_filtered_calls() -> Support<Vec<&'static str>>;
    /// Installs the filter in this process and its future children.
    fn filter_calls(filter: &Filter) -> Support<()>;
    /// A system call of the filter that is not refused, if there is one.
    fn find_unrefused_call(filter: &Filter) -> Support<Option<&'static str>>;
    /// Whether this process was started under a filter of system calls (Linux: `Seccomp:` in /proc/thread-self/status).
    fn is_filtered() -> Support<bool>;
    /// Names each call of `calls`, and the call of the entry, to `report`, and makes it with arguments with which nothing
    /// happens. A filter may end this process.
    fn try_calls(calls: TriedCalls, report: &mut dyn FnMut(&str) -> io::Result<()>) -> Support<()>;
    /// Processes with a user id `user`, among the first `most` processes of the machine.
    fn list_processes(user: UserId, most: usize) -> Support<Vec<ProcessOf>>;
    /// Registers `child`, which is called in every process that this process forks, and `parent`, which is called in this
    /// process after each fork, until this module is unloaded.
    fn register_fork_handlers(parent: extern "C" fn(), child: extern "C" fn()) -> Support<()>;
    /// Children of this process that still run.
    fn list_children() -> Support<Vec<ChildId>>;
    /// Facts about a child; `None` if it has ended.
    fn inspect_process(child: ChildId) -> Support<Option<ProcessInfo>>;
    /// Marks all future descendants of this process with `mark`. Returns the previous mark.
    fn mark_descendants(mark: u64) -> Support<u64>;
    /// Sets whether a descendant of this process becomes its child when its parent ends. Returns the previous value.
    fn adopt_orphans(adopt: bool) -> Support<bool>;
}
