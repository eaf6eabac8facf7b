//! Table of the system calls that use a path, of all systems. Linux' filter is made of it, and its notifications are read
//! by it; so are recordings of tracing tools.

use crate::platform::watching::CallKind;

/// Position of an argument.
type ArgumentPlace = Option<u8>;

/// The argument with a directory, and the one with the path.
pub(crate) type PathArguments = (ArgumentPlace, u8);

/// Effect of a call on its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "the length of an address is read from memory, on Linux only")]
pub(crate) enum Effect {
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
#[allow(dead_code, reason = "a tool prints the result; only Linux looks up the path itself")]
pub(crate) struct CallRow {
    /// Its name.
    pub name: &'static str,
    /// The effect on the path.
    pub effect: Effect,
    /// Arguments with the path.
    pub path: PathArguments,
    /// Another path that it changes.
    pub other: Option<PathArguments>,
    /// The argument with `AT_EMPTY_PATH` or `AT_SYMLINK_NOFOLLOW`.
    pub flags: ArgumentPlace,
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

const HERE: ArgumentPlace = None;

/// All of them; a name that the architecture lacks has no effect there.
#[rustfmt::skip]
pub(crate) const CALLS: &[CallRow] = &[
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
    // Those that Linux does not have.
    flagged("fstatat", LOOK, (Some(0), 1), 3),
    row("eaccess", Effect::AccessMode(1), (HERE, 0)),
    row("pathconf", LOOK, (HERE, 0)),
    row("getattrlist", LOOK, (HERE, 0)),
    row("statvfs", LOOK, (HERE, 0)),
    row("posix_spawn", Effect::Always(CallKind::Run), (HERE, 1)),
    row("chflags", CHANGE, (HERE, 0)),
    entry("lchmod", (HERE, 0)),
    entry("lutimes", (HERE, 0)),
    entry("mkfifo", (HERE, 0)),
    entry("mkfifoat", (Some(0), 1)),
];

/// The row of a call by the name that a tool prints: with the version of its interface (`__stat50`, `freebsd11_stat`), or
/// with the variant that signals do not interrupt (`open_nocancel`).
pub(crate) fn find_path_call(name: &str) -> Option<&'static CallRow> {
    let find = |name: &str| CALLS.iter().find(|row| row.name == name);
    let name = name.strip_suffix("_nocancel").unwrap_or(name);
    let versioned = name.strip_prefix("freebsd").or_else(|| name.strip_prefix("compat_"));
    let versioned = versioned.and_then(|rest| rest.split_once('_')).map_or(name, |(_, rest)| rest);
    let plain = versioned.trim_start_matches('_');
    let bare = plain.trim_end_matches(|letter: char| letter.is_ascii_digit());
    [name, versioned, plain, bare].into_iter().find_map(find)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_by_the_names_of_all_systems() {
        for (name, known) in [
            ("openat", "openat"),
            ("__stat50", "stat"),
            ("__lstat50", "lstat"),
            ("freebsd11_stat", "stat"),
            ("open_nocancel", "open"),
            ("stat64", "stat64"),
            ("faccessat2", "faccessat2"),
        ] {
            assert_eq!(find_path_call(name).map(|row| row.name), Some(known), "{name}");
        }
        for name in ["read", "fstat", "__fstat50", "dup2", ""] {
            assert!(find_path_call(name).is_none(), "{name}");
        }
    }
}
