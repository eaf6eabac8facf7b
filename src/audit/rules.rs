//! Rules that decide whether a fact about a file is a finding. They are pure functions.

use super::place::DirRole;
use crate::jail::run_as::RunAs;
use crate::messages::{FindingKind, WritableBy};
use crate::path::clean_lexically;
use crate::platform::{Grantee, Inode, InodeKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Context of the rules: the user of the children, and harmless devices.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// Accounts of the processes in the jail.
    pub accounts: &'a [RunAs],
    /// Numbers of devices without data of the host: null, zero and the like.
    pub harmless: Vec<u64>,
}

/// A rule that needs no more than the inode and the role of the directory.
type Rule = fn(&Inode, DirRole, &Context<'_>) -> Option<FindingKind>;

/// All rules of that kind.
pub(super) const RULES: [Rule; 4] = [find_device, find_set_id, find_socket, find_writable];

/// Finds devices, except for the harmless ones.
fn find_device(inode: &Inode, _: DirRole, context: &Context<'_>) -> Option<FindingKind> {
    match inode.sort {
        InodeKind::Block => Some(FindingKind::Device(*inode)),
        InodeKind::Character if !context.harmless.contains(&inode.device) => {
            Some(FindingKind::Device(*inode))
        }
        _ => None,
    }
}

/// Finds set-uid and set-gid programs, except for those of the children's own user and groups, from which they gain nothing.
/// A set-gid bit without the right to execute for the group is not counted: it used to mean mandatory locking.
fn find_set_id(inode: &Inode, _: DirRole, context: &Context<'_>) -> Option<FindingKind> {
    let gives_rights = |account: &RunAs| {
        let user = inode.mode & 0o4000 != 0 && inode.user != account.user;
        let group = inode.mode & 0o2010 == 0o2010 && !is_member(account, inode);
        user || group
    };
    let is_found = inode.sort == InodeKind::File && context.accounts.iter().any(gives_rights);
    is_found.then_some(FindingKind::SetId(*inode))
}

/// Finds sockets of other users. The children's own sockets are those of their daemons, which are inside.
fn find_socket(inode: &Inode, _: DirRole, context: &Context<'_>) -> Option<FindingKind> {
    let is_own = |account: &RunAs| inode.user == account.user;
    let foreign = inode.sort == InodeKind::Socket && !context.accounts.iter().any(is_own);
    foreign.then_some(FindingKind::Socket(inode.user))
}

/// Finds files of the loader and the C library that the children can write to. An owner can always give itself the right.
fn find_writable(inode: &Inode, place: DirRole, context: &Context<'_>) -> Option<FindingKind> {
    if !is_loaded(inode, place) {
        return None;
    }
    let cause = context.accounts.iter().find_map(|account| find_right(inode, account));
    cause.map(|cause| FindingKind::Writable(*inode, cause))
}

/// Finds the reason for which `account` can write.
fn find_right(inode: &Inode, account: &RunAs) -> Option<WritableBy> {
    if inode.user == account.user {
        Some(WritableBy::Owner)
    } else if is_member(account, inode) {
        (inode.mode & 0o020 != 0).then_some(WritableBy::Group(inode.group))
    } else {
        (inode.mode & 0o002 != 0).then_some(WritableBy::Others)
    }
}

/// Whether it is one of the files that every program loads. The mode of a symbolic link has no meaning.
fn is_loaded(inode: &Inode, place: DirRole) -> bool {
    place == DirRole::Library && matches!(inode.sort, InodeKind::File | InodeKind::Directory)
}

/// Whether an access control list has to be read, which takes longer than all the rest: the mode bits are no finding yet, and
/// there may be a list. The right to write in a POSIX list shows in the bits of the group, which are its mask; one in a list of
/// NFS version 4 need not show. Such lists are read of directories only, where they permit most.
pub(super) fn needs_list(inode: &Inode, place: DirRole, context: &Context<'_>) -> bool {
    let may_be = inode.sort == InodeKind::Directory || inode.mode & 0o020 != 0;
    may_be && is_loaded(inode, place) && find_writable(inode, place, context).is_none()
}

/// Finds one of the children in `list`, the grantees that may change a file that every program loads. A grantee with a name
/// instead of a number may be one.
pub(super) fn find_grantee(
    inode: &Inode,
    list: Vec<Grantee>,
    context: &Context<'_>,
) -> Option<FindingKind> {
    let is_one = |grantee: &Grantee| match grantee {
        Grantee::User(user) => context.accounts.iter().any(|account| account.user == *user),
        Grantee::Group(group) => {
            context.accounts.iter().any(|account| account.every_group().contains(group))
        }
        Grantee::Named(_) => true,
    };
    list.into_iter().find(is_one).map(|one| FindingKind::Writable(*inode, WritableBy::List(one)))
}

fn is_member(run_as: &RunAs, inode: &Inode) -> bool {
    run_as.group == inode.group || run_as.groups.contains(&inode.group)
}

/// Finds a file with `links` names of which only `inside` were found in the jail.
pub(super) fn find_hard_link(links: u64, inside: u64) -> Option<FindingKind> {
    (links > inside).then_some(FindingKind::HardLink(links, inside))
}

/// Finds file systems of the kernel, which show the system, by their `kind`.
pub(super) fn find_mount(kind: &str) -> Option<FindingKind> {
    const OF_KERNEL: [&str; 22] = [
        "proc",
        "procfs",
        "linprocfs",
        "sysfs",
        "linsysfs",
        "devfs",
        "devtmpfs",
        "devpts",
        "fdesc",
        "fdescfs",
        "kernfs",
        "ptyfs",
        "debugfs",
        "tracefs",
        "securityfs",
        "configfs",
        "cgroup",
        "cgroup2",
        "bpf",
        "efivarfs",
        "pstore",
        "selinuxfs",
    ];
    OF_KERNEL.contains(&kind).then(|| FindingKind::Mount(kind.into()))
}

/// Result of following a symbolic link with the jail as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resolved {
    /// Whether the target exists.
    pub exists: bool,
    /// Whether its path, or that of a link in it, is absolute.
    pub absolute: bool,
    /// Whether it has more `..` than there are directories above it.
    pub climbs: bool,
}

/// Finds links that may lead out; true for one that climbs. A relative link that is dangling inside is dangling outside too, and an
/// absolute one may well mean a file of the jail's own. One into a path that is provided leads where it does outside.
pub(super) fn find_link(resolved: Resolved, target: &Path, provided: &[PathBuf]) -> Option<bool> {
    let Resolved { exists, absolute, climbs } = resolved;
    let target = clean_lexically(target.as_os_str().as_bytes());
    let is_provided = absolute && provided.iter().any(|path| target.starts_with(path));
    (climbs || (absolute && !exists && !is_provided)).then_some(climbs)
}
