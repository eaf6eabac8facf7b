//! What a fact about something in the jail means. Pure: facts in, finding or nothing out.

use super::place::DirRole;
use crate::jail::run_as::RunAs;
use crate::messages::{FindingKind, WritableBy};
use crate::platform::{Grantee, Inode, InodeKind};

/// Whom the jail is to hold, and what of the outside is harmless there.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// Accounts of the processes in the jail.
    pub accounts: &'a [RunAs],
    /// The numbers of devices that give nothing away: null, zero and their like.
    pub harmless: Vec<u64>,
}

/// A rule about what every name tells of itself.
type Rule = fn(&Inode, DirRole, &Context<'_>) -> Option<FindingKind>;

/// All of them.
pub(super) const RULES: [Rule; 4] = [device, set_id, socket, writable];

fn device(inode: &Inode, _: DirRole, context: &Context<'_>) -> Option<FindingKind> {
    match inode.sort {
        InodeKind::Block => Some(FindingKind::Device(*inode)),
        InodeKind::Character if !context.harmless.contains(&inode.device) => {
            Some(FindingKind::Device(*inode))
        }
        _ => None,
    }
}

/// What the children own already, or are a member of, gives them nothing. Without the right to
/// execute for the group, the second bit once meant mandatory locking.
fn set_id(inode: &Inode, _: DirRole, context: &Context<'_>) -> Option<FindingKind> {
    let gives_rights = |account: &RunAs| {
        let user = inode.mode & 0o4000 != 0 && inode.user != account.user;
        let group = inode.mode & 0o2010 == 0o2010 && !is_member(account, inode);
        user || group
    };
    let is_found = inode.sort == InodeKind::File && context.accounts.iter().any(gives_rights);
    is_found.then_some(FindingKind::SetId(*inode))
}

/// The children's own sockets are those of their daemons, which are inside.
fn socket(inode: &Inode, _: DirRole, context: &Context<'_>) -> Option<FindingKind> {
    let is_own = |account: &RunAs| inode.user == account.user;
    let foreign = inode.sort == InodeKind::Socket && !context.accounts.iter().any(is_own);
    foreign.then_some(FindingKind::Socket(inode.user))
}

/// The owner can always give itself the right. The mode of a link means nothing.
fn writable(inode: &Inode, place: DirRole, context: &Context<'_>) -> Option<FindingKind> {
    if !is_loaded(inode, place) {
        return None;
    }
    let by = context.accounts.iter().find_map(|account| writable_by(inode, account));
    by.map(|by| FindingKind::Writable(*inode, by))
}

fn writable_by(inode: &Inode, account: &RunAs) -> Option<WritableBy> {
    if inode.user == account.user {
        Some(WritableBy::Owner)
    } else if is_member(account, inode) {
        (inode.mode & 0o020 != 0).then_some(WritableBy::Group(inode.group))
    } else {
        (inode.mode & 0o002 != 0).then_some(WritableBy::Others)
    }
}

/// Part of what every program loads.
fn is_loaded(inode: &Inode, place: DirRole) -> bool {
    place == DirRole::Library && matches!(inode.sort, InodeKind::File | InodeKind::Directory)
}

/// Whether an access control list is to be asked for, which takes longer than all the rest: the mode
/// bits have not told it already, and there may be one. What a POSIX list lets anybody write shows
/// in the bits of the group, which are its mask; a list of NFS version 4 need not show, and is
/// asked for with directories only, where it opens most.
pub(super) fn is_list_wanted(inode: &Inode, place: DirRole, context: &Context<'_>) -> bool {
    let may_be = inode.sort == InodeKind::Directory || inode.mode & 0o020 != 0;
    may_be && is_loaded(inode, place) && writable(inode, place, context).is_none()
}

/// Who of `list`, which lets these change something that every program loads, is one of the
/// children. Somebody with a name instead of a number may be.
pub(super) fn listed(
    inode: &Inode,
    list: Vec<Grantee>,
    context: &Context<'_>,
) -> Option<FindingKind> {
    let is_one = |who: &Grantee| match who {
        Grantee::User(user) => context.accounts.iter().any(|account| account.user == *user),
        Grantee::Group(group) => {
            context.accounts.iter().any(|account| account.every_group().contains(group))
        }
        Grantee::Named(_) => true,
    };
    list.into_iter().find(is_one).map(|who| FindingKind::Writable(*inode, WritableBy::List(who)))
}

fn is_member(run_as: &RunAs, inode: &Inode) -> bool {
    run_as.group == inode.group || run_as.groups.contains(&inode.group)
}

/// A file with `links` names, `inside` of which were found.
pub(super) fn hard_link(links: u64, inside: u64) -> Option<FindingKind> {
    (links > inside).then_some(FindingKind::HardLink(links, inside))
}

/// A file system of this kind, mounted inside.
pub(super) fn mount(kind: &str) -> Option<FindingKind> {
    const TELLING: [&str; 22] = [
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
    TELLING.contains(&kind).then(|| FindingKind::Mount(kind.into()))
}

/// Where a symbolic link leads with the jail as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resolved {
    /// To something.
    pub exists: bool,
    /// By an absolute path, its own or that of a link on the way.
    pub absolute: bool,
    /// By more `..` than there are directories above it.
    pub climbs: bool,
}

/// What is wrong with such a link, if anything: whether it climbs. A relative link that leads
/// nowhere leads nowhere outside either, and an absolute one may well mean a file of the jail's own.
pub(super) fn link(resolved: Resolved) -> Option<bool> {
    let Resolved { exists, absolute, climbs } = resolved;
    (climbs || (absolute && !exists)).then_some(climbs)
}
