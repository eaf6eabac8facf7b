//! The second half of the contract: rights beyond the mode bits, and rights that a process can give up
//! besides its user. The systems differ most here, so each answer may be [`Support::Unsupported`].

use crate::platform::{AccessList, GroupId, Identity, Support, UserId, backend};
use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;

/// Somebody whom an access control list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grantee {
    /// A user.
    User(UserId),
    /// A group.
    Group(GroupId),
    /// Somebody with a name instead of a number.
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

/// How the file system of a directory is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MountFlags {
    /// Nobody can write.
    pub read_only: bool,
    /// setuid and setgid bits mean nothing.
    pub nosuid: bool,
    /// Device nodes mean nothing; absent where they never mean anything outside devfs.
    pub nodev: Support<bool>,
    /// No program can be started.
    pub noexec: bool,
}

/// The domain that a process is to be confined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DomainRequest {
    /// No signal leaves it.
    pub signals: bool,
    /// No connection to an abstract socket leaves it.
    pub sockets: bool,
    /// No file but those beneath the jail's root is opened, however it is reached.
    pub files: bool,
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
    /// No file but those beneath the jail's root is opened.
    pub files: bool,
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
}

/// A process of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessOf {
    /// Its number.
    pub pid: u32,
    /// That of its parent.
    pub parent: u32,
    /// Its name, of any bytes.
    pub name: Vec<u8>,
    /// What it takes for `/`, if that can be seen.
    pub root: Option<Identity>,
}

/// A measure that the system has granted, asked back or tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MeasureState<T> {
    /// It did.
    InForce(T),
    /// It is not in force, and what shows that.
    NotInForce(String),
}

impl<T> MeasureState<T> {
    /// The same, described by `words`.
    pub(crate) fn map<U>(self, words: impl FnOnce(T) -> U) -> MeasureState<U> {
        match self {
            Self::InForce(it) => MeasureState::InForce(words(it)),
            Self::NotInForce(found) => MeasureState::NotInForce(found),
        }
    }
}

/// How many threads a process has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Threads {
    /// One.
    One,
    /// More, with their names as far as they can be seen.
    Several(Vec<Vec<u8>>),
}

/// A child of this process: with its birth, in the system's own measure, a number names one process
/// for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChildId {
    /// Its number.
    pub pid: u32,
    /// When it was born.
    pub born: u64,
}

/// A closer look at a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessInfo {
    /// Its name, of whatever bytes.
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
        /// The failing call's `errno`.
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
    /// All that an access control list says of `file`.
    fn read_access_list(file: BorrowedFd<'_>) -> Support<AccessList>;
    /// Takes away what `file`, which was made a moment ago and is open, has of such lists from the
    /// folder that it was made in.
    fn remove_access_list(file: BorrowedFd<'_>) -> ();
    /// How the file system of `directory` is mounted.
    fn read_mount_flags(directory: BorrowedFd<'_>) -> MountFlags;
    /// The threads of this process.
    fn count_threads() -> Support<Threads>;
    /// Whether this system lets a process chroot while it holds directories open.
    fn can_chroot_with_open_directories() -> Support<bool>;
    /// Takes all capabilities but those of `keep` out of what this process can ever have again.
    fn limit_capabilities(keep: u64) -> Support<()>;
    /// The capabilities that this process can ever have.
    fn read_capability_bound() -> Support<u64>;
    /// From now on no program gives this process a right that it lacks.
    fn forbid_new_privileges() -> Support<()>;
    /// Whether that holds.
    fn has_no_new_privileges() -> Support<bool>;
    /// Whether a security module gives programs another domain, which that would prevent.
    fn can_execve_change_domain() -> Support<bool>;
    /// Leaves the session keyring that this process was started with, for another one.
    fn leave_keyring() -> Support<MeasureState<libc::c_long>>;
    /// The session keyring of this process.
    fn read_session_keyring() -> libc::c_long;
    /// No other process traces this one. Has to be called again after the user has changed.
    fn refuse_tracers() -> Support<()>;
    /// Whether that holds.
    fn has_refused_tracers() -> Support<bool>;
    /// Confines this process, and all that it starts, as far as the system can; the files are those
    /// beneath `root`. Called outside, before the entry.
    fn confine_process(wanted: DomainRequest, root: BorrowedFd<'_>) -> Support<MeasureState<Domain>>;
    /// The filter of system calls that [`filter_calls`] takes, made for this machine.
    fn make_filter() -> Support<Filter>;
    /// Refuses from now on what the filter lists, to this process and all that it starts.
    fn filter_calls(filter: &Filter) -> Support<()>;
    /// A call that the filter lists, and that is not refused, if there is one.
    fn find_unrefused_call(filter: &Filter) -> Support<Option<&'static str>>;
    /// The processes that are `user`, out of the first `most` of the machine.
    fn list_processes(user: UserId, most: usize) -> Support<Vec<ProcessOf>>;
    /// Has `child` called in every child that this process forks from now on, and `parent` in this
    /// process after each, until this module is unloaded.
    fn register_fork_handlers(parent: extern "C" fn(), child: extern "C" fn()) -> Support<()>;
    /// The children of this process that still run.
    fn list_children() -> Support<Vec<ChildId>>;
    /// A closer look at one of them; `None` if it has ended.
    fn inspect_process(child: ChildId) -> Support<Option<ProcessInfo>>;
    /// Gives `mark` to whatever descends from this process from now on. Answers the mark before.
    fn mark_descendants(mark: u64) -> Support<u64>;
    /// Whether a descendant of this process whose parent ends becomes its child. Answers what held
    /// before.
    fn adopt_orphans(adopt: bool) -> Support<bool>;
}
