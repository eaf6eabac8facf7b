//! Table of the system calls that use a path. The filter is made of it, and notifications are read by it.

use crate::platform::watching::CallKind;

/// Position of an argument.
type Argument = Option<u8>;

/// The argument with a directory, and the one with the path.
pub(super) type PathArguments = (Argument, u8);

/// Effect of a call on its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Always the same one.
    Always(CallKind),
    /// That of `open`, by the flags in this argument.
    OpenFlags(u8),
    /// That of `openat2`, by a structure to which this argument points.
    OpenHow(u8),
    /// That of `access`, by the mode in this argument.
    AccessMode(u8),
    /// That of `connect` or `bind`: the path is an address, whose length is in this argument.
    Address(u8, CallKind),
}

/// A watched call.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallRow {
    pub name: &'static str,
    pub effect: Effect,
    pub path: PathArguments,
    /// Another path that it changes.
    pub other: Option<PathArguments>,
    /// The argument with `AT_EMPTY_PATH` or `AT_SYMLINK_NOFOLLOW`.
    pub flags: Argument,
    /// Whether a symbolic link at the end is followed, if no flag says otherwise.
    pub follows: bool,
}

const LOOK: Effect = Effect::Always(CallKind::Look);
const CHANGE: Effect = Effect::Always(CallKind::Change);

const fn row(name: &'static str, effect: Effect, path: PathArguments) -> CallRow {
    CallRow { name, effect, path, other: None, flags: None, follows: true }
}

const fn entry(name: &'static str, path: PathArguments) -> CallRow {
    CallRow { follows: false, ..row(name, CHANGE, path) }
}

const fn two(
    name: &'static str,
    effect: Effect,
    path: PathArguments,
    other: PathArguments,
) -> CallRow {
    CallRow { other: Some(other), follows: false, ..row(name, effect, path) }
}

const fn flagged(name: &'static str, effect: Effect, path: PathArguments, flags: u8) -> CallRow {
    CallRow { flags: Some(flags), ..row(name, effect, path) }
}

const HERE: Argument = None;

/// All of them; a name that the architecture lacks has no effect there.
#[rustfmt::skip]
pub(super) const CALLS: &[CallRow] = &[
    row("open", Effect::OpenFlags(1), (HERE, 0)),
    row("openat", Effect::OpenFlags(2), (Some(0), 1)),
    row("openat2", Effect::OpenHow(2), (Some(0), 1)),
    row("creat", CHANGE, (HERE, 0)),
    row("stat", LOOK, (HERE, 0)),
    row("stat64", LOOK, (HERE, 0)),
    CallRow { follows: false, ..row("lstat", LOOK, (HERE, 0)) },
    CallRow { follows: false, ..row("lstat64", LOOK, (HERE, 0)) },
    flagged("newfstatat", LOOK, (Some(0), 1), 3),
    flagged("fstatat64", LOOK, (Some(0), 1), 3),
    flagged("statx", LOOK, (Some(0), 1), 2),
    row("statfs", LOOK, (HERE, 0)),
    row("statfs64", LOOK, (HERE, 0)),
    CallRow { follows: false, ..row("readlink", LOOK, (HERE, 0)) },
    CallRow { follows: false, ..row("readlinkat", LOOK, (Some(0), 1)) },
    row("chdir", LOOK, (HERE, 0)),
    row("inotify_add_watch", LOOK, (HERE, 1)),
    row("access", Effect::AccessMode(1), (HERE, 0)),
    row("faccessat", Effect::AccessMode(2), (Some(0), 1)),
    flagged("faccessat2", Effect::AccessMode(2), (Some(0), 1), 3),
    row("execve", Effect::Always(CallKind::Run), (HERE, 0)),
    flagged("execveat", Effect::Always(CallKind::Run), (Some(0), 1), 4),
    row("connect", Effect::Address(2, CallKind::Connect), (HERE, 1)),
    row("sendto", Effect::Address(5, CallKind::Connect), (HERE, 4)),
    CallRow { follows: false, ..row("bind", Effect::Address(2, CallKind::Change), (HERE, 1)) },
    row("truncate", CHANGE, (HERE, 0)),
    row("truncate64", CHANGE, (HERE, 0)),
    entry("mkdir", (HERE, 0)),
    entry("mkdirat", (Some(0), 1)),
    entry("rmdir", (HERE, 0)),
    entry("unlink", (HERE, 0)),
    entry("unlinkat", (Some(0), 1)),
    entry("mknod", (HERE, 0)),
    entry("mknodat", (Some(0), 1)),
    entry("symlink", (HERE, 1)),
    entry("symlinkat", (Some(1), 2)),
    two("rename", CHANGE, (HERE, 0), (HERE, 1)),
    two("renameat", CHANGE, (Some(0), 1), (Some(2), 3)),
    two("renameat2", CHANGE, (Some(0), 1), (Some(2), 3)),
    two("link", LOOK, (HERE, 0), (HERE, 1)),
    two("linkat", LOOK, (Some(0), 1), (Some(2), 3)),
    row("chmod", CHANGE, (HERE, 0)),
    row("fchmodat", CHANGE, (Some(0), 1)),
    flagged("fchmodat2", CHANGE, (Some(0), 1), 3),
    row("chown", CHANGE, (HERE, 0)),
    row("chown32", CHANGE, (HERE, 0)),
    entry("lchown", (HERE, 0)),
    entry("lchown32", (HERE, 0)),
    flagged("fchownat", CHANGE, (Some(0), 1), 4),
    row("utime", CHANGE, (HERE, 0)),
    row("utimes", CHANGE, (HERE, 0)),
    row("futimesat", CHANGE, (Some(0), 1)),
    flagged("utimensat", CHANGE, (Some(0), 1), 3),
    flagged("utimensat_time64", CHANGE, (Some(0), 1), 3),
    row("setxattr", CHANGE, (HERE, 0)),
    entry("lsetxattr", (HERE, 0)),
];

/// A call whose operations open files without another call: it is refused, so that programs open files by themselves.
pub(super) const REFUSED: &str = "io_uring_setup";

/// The call by which old 32-bit programs use sockets: the number of the call, and the address of its arguments.
pub(super) const SOCKET_CALL: &str = "socketcall";

/// `connect` and `bind` as numbers of [`SOCKET_CALL`], and the name of the row.
pub(super) const SOCKET_CALLS: [(u64, &str); 2] = [(3, "connect"), (2, "bind")];
