//! What should not be in a jail.

use crate::messages::escape;
use crate::platform::{Grantee, GroupId, Inode, InodeKind, UserId};
use std::fmt;
use std::path::{Path, PathBuf};

/// Something in the jail, seen from outside, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub what: FindingKind,
}

/// One broken rule about what a jail holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FindingKind {
    /// A device, but for the harmless ones.
    Device(Inode),
    /// A program that runs as its owner or its group.
    SetId(Inode),
    /// A program that gives capabilities.
    Capability,
    /// A file that has more names than the jail holds: how many, how many inside.
    HardLink(u64, u64),
    /// Somebody else's socket.
    Socket(UserId),
    /// A file system that shows or changes the system itself.
    Mount(String),
    /// A symbolic link: its target, and whether it climbs above the jail's root.
    Link {
        /// As written.
        target: PathBuf,
        /// By too many `..`.
        climbs: bool,
    },
    /// A part of the system that the children could change.
    Writable(Inode, WritableBy),
    /// A file that the server keeps for itself: which directive names it.
    Own(&'static str),
}

/// What lets the run-as user write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WritableBy {
    /// It is the owner.
    Owner,
    /// It is in the group.
    Group(GroupId),
    /// Everybody may.
    Others,
    /// An access control list names it.
    List(Grantee),
}

impl Finding {
    /// The number of its kind.
    pub(crate) fn id(&self) -> u16 {
        match self.what {
            FindingKind::Device(_) => 601,
            FindingKind::SetId(_) => 602,
            FindingKind::Capability => 603,
            FindingKind::HardLink(..) => 604,
            FindingKind::Socket(_) => 605,
            FindingKind::Mount(_) => 606,
            FindingKind::Link { .. } => 607,
            FindingKind::Writable(..) => 608,
            FindingKind::Own(_) => 609,
        }
    }

    /// The whole message under `ChrootAudit` with the word `mode`.
    pub(crate) fn about(&self, mode: &str) -> String {
        format!("CHR{}: ChrootAudit \"{mode}\": {self}", self.id())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &shown(&self.path);
        match &self.what {
            FindingKind::Device(inode) => device(f, path, inode),
            FindingKind::SetId(inode) => set_id(f, path, inode),
            FindingKind::Capability => write!(
                f,
                "\"{path}\" gives capabilities to who executes it (security.capability); setcap \
                 -r \"{path}\", or remove it"
            ),
            FindingKind::HardLink(links, inside) => write!(
                f,
                "\"{path}\" is the same file as one outside ({links} names, {inside} in the \
                 jail); put a copy in its place"
            ),
            FindingKind::Socket(owner) => socket(f, path, *owner),
            FindingKind::Mount(kind) => write!(
                f,
                "\"{path}\" is a file system that shows or changes the system outside ({kind}); \
                 umount \"{path}\""
            ),
            FindingKind::Link { target, climbs } => link(f, path, target, *climbs),
            FindingKind::Writable(inode, by) => writable(f, path, inode, by),
            FindingKind::Own(what) => write!(
                f,
                "\"{path}\" is the server's own and lies within reach of its children \
                 ({what}); move it out of the jail"
            ),
        }
    }
}

fn device(f: &mut fmt::Formatter<'_>, path: &str, inode: &Inode) -> fmt::Result {
    let sort = if inode.sort == InodeKind::Block { "block" } else { "character" };
    let Inode { device, mode, .. } = inode;
    write!(
        f,
        "\"{path}\" is a {sort} device (number {device:#x}, mode {mode:04o}), a way past the jail; \
         rm \"{path}\""
    )
}

fn socket(f: &mut fmt::Formatter<'_>, path: &str, UserId(uid): UserId) -> fmt::Result {
    let whose = if uid == 0 { "root's" } else { "another user's" };
    write!(
        f,
        "\"{path}\" is a socket of {whose}, a way to a program that may run outside (uid {uid}); \
         remove it, unless the children are meant to reach that program"
    )
}

fn set_id(f: &mut fmt::Formatter<'_>, path: &str, inode: &Inode) -> fmt::Result {
    let Inode { mode, user: UserId(uid), group: GroupId(gid), .. } = inode;
    let (as_whom, id) = if mode & 0o4000 != 0 { ("uid", uid) } else { ("gid", gid) };
    write!(
        f,
        "\"{path}\" runs with {as_whom} {id} whoever starts it (mode {mode:04o}); chmod ug-s \
         \"{path}\", or remove it"
    )
}

fn link(f: &mut fmt::Formatter<'_>, path: &str, target: &Path, climbs: bool) -> fmt::Result {
    let target = shown(target);
    if climbs {
        return write!(
            f,
            "\"{path}\" is a symbolic link that climbs above the jail, which means something else \
             inside (to \"{target}\"); let it lead to something in the jail"
        );
    }
    write!(
        f,
        "\"{path}\" is a symbolic link that leads nowhere inside (to \"{target}\"); let it lead to \
         something in the jail, or remove it"
    )
}

fn writable(f: &mut fmt::Formatter<'_>, path: &str, inode: &Inode, by: &WritableBy) -> fmt::Result {
    let Inode { mode, user: UserId(uid), .. } = inode;
    let what = "is part of what every program in the jail loads, and the children can change it";
    match by {
        WritableBy::Owner => write!(f, "\"{path}\" {what} (owner {uid}); chown root \"{path}\""),
        WritableBy::Group(GroupId(gid)) => {
            write!(f, "\"{path}\" {what} (group {gid}, mode {mode:04o}); chmod g-w \"{path}\"")
        }
        WritableBy::Others => {
            write!(f, "\"{path}\" {what} (mode {mode:04o}); chmod o-w \"{path}\"")
        }
        WritableBy::List(who) => {
            write!(f, "\"{path}\" {what} (access control list: {who}); take {who} out of its list")
        }
    }
}

/// A name that somebody else has chosen: nothing in it may end a line, talk to a terminal, or be read as
/// something else than it is.
pub(crate) fn shown(path: &Path) -> String {
    let mut shown = String::new();
    for letter in path.to_string_lossy().chars() {
        match letter {
            '"' | '\\' => shown.extend(['\\', letter]),
            letter if letter.is_control() => shown.extend(letter.escape_default()),
            letter => escape::push(&mut shown, letter),
        }
    }
    shown
}
