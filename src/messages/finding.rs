//! Findings of the audit: files that should not be in a jail.

use crate::messages::{Message, MessageText, Text, escape};
use crate::platform::{Grantee, GroupId, Inode, InodeKind, UserId};
use std::path::{Path, PathBuf};

/// A file in the jail, seen from outside, and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Its path.
    pub path: PathBuf,
    /// The broken rule.
    pub kind: FindingKind,
}

/// A broken rule about files in a jail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FindingKind {
    /// A device that is not one of the harmless ones.
    Device(Inode),
    /// A program that runs as its owner or its group.
    SetId(Inode),
    /// A program that gives capabilities.
    Capability,
    /// A file that has names outside: the number of its names, and of those inside.
    HardLink(u64, u64),
    /// A socket of another user.
    Socket(UserId),
    /// A file system that shows or changes the system itself.
    Mount(String),
    /// A symbolic link: its target, and whether it climbs above the jail's root.
    Link {
        /// The target as written.
        target: PathBuf,
        /// Whether it has too many `..`.
        climbs: bool,
        /// Whether root made it.
        by_root: bool,
    },
    /// A part of the system that the children could change.
    Writable(Inode, WritableBy),
    /// A file that the server keeps for itself: the directive that names it.
    Own(&'static str),
}

/// A right by which the run-as user can write.
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
    /// The message under `ChrootAudit` with the word `mode`.
    pub(crate) fn about(&self, mode: &str) -> Message {
        Message::new("ChrootAudit", mode, self)
    }
}

impl MessageText for Finding {
    fn id(&self) -> u16 {
        match self.kind {
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

    fn text(&self) -> Text {
        let path = &show_path(&self.path);
        match &self.kind {
            FindingKind::Device(inode) => device(path, inode),
            FindingKind::SetId(inode) => set_id(path, inode),
            FindingKind::Capability => Text::new(
                format!(
                    "\"{path}\" gives capabilities to those who execute it (security.capability)"
                ),
                format!("setcap -r \"{path}\", or remove it"),
            ),
            FindingKind::HardLink(links, inside) => Text::new(
                format!(
                    "\"{path}\" is the same file as one outside ({links} names, {inside} in the jail)"
                ),
                "put a copy in its place",
            ),
            FindingKind::Socket(owner) => socket(path, *owner),
            FindingKind::Mount(kind) => Text::new(
                format!(
                    "\"{path}\" is a file system that shows or changes the system outside ({kind})"
                ),
                format!("umount \"{path}\""),
            ),
            FindingKind::Link { target, climbs, by_root } => link(path, target, *climbs, *by_root),
            FindingKind::Writable(inode, by) => writable(path, inode, by),
            FindingKind::Own(what) => Text::new(
                format!("\"{path}\" is the server's own, and its children can read it ({what})"),
                "move it out of the jail",
            ),
        }
    }
}

fn device(path: &str, inode: &Inode) -> Text {
    let sort = if inode.sort == InodeKind::Block { "block" } else { "character" };
    let Inode { device, mode, .. } = inode;
    Text::new(
        format!(
            "\"{path}\" is a {sort} device, which leads past the jail (number {device:#x}, mode {mode:04o})"
        ),
        format!("rm \"{path}\""),
    )
}

fn socket(path: &str, UserId(uid): UserId) -> Text {
    let whose = if uid == 0 { "root's" } else { "another user's" };
    Text::new(
        format!(
            "\"{path}\" is a socket of {whose}, which leads to a program that may run outside (uid {uid})"
        ),
        "remove it, unless the children need that program",
    )
}

fn set_id(path: &str, inode: &Inode) -> Text {
    let Inode { mode, user: UserId(uid), group: GroupId(gid), .. } = inode;
    let (as_whom, id) = if mode & 0o4000 != 0 { ("uid", uid) } else { ("gid", gid) };
    Text::new(
        format!("\"{path}\" runs with {as_whom} {id}, by any user (mode {mode:04o})"),
        format!("chmod ug-s \"{path}\", or remove it"),
    )
}

fn link(path: &str, target: &Path, climbs: bool, by_root: bool) -> Text {
    let is_named = by_root && target.is_absolute();
    let target = show_path(target);
    if climbs {
        return Text::new(
            format!(
                "\"{path}\" is a symbolic link that climbs above the jail (to \"{target}\"), and leads \
                 elsewhere inside"
            ),
            "set its target to a path in the jail",
        );
    }
    Text::new(
        format!("\"{path}\" is a symbolic link that leads nowhere inside (to \"{target}\")"),
        match is_named {
            true => format!(
                "add \"ChrootProvide {target}\", set its target to a path in the jail, or remove it"
            ),
            // The children may have made it: nobody should provide a path that they have chosen.
            false => "set its target to a path in the jail, or remove it".to_owned(),
        },
    )
}

fn writable(path: &str, inode: &Inode, by: &WritableBy) -> Text {
    let Inode { mode, user: UserId(uid), .. } = inode;
    let (right, fix) = match by {
        WritableBy::Owner => (format!("owner {uid}"), format!("chown root \"{path}\"")),
        WritableBy::Group(GroupId(gid)) => {
            (format!("group {gid}, mode {mode:04o}"), format!("chmod g-w \"{path}\""))
        }
        WritableBy::Others => (format!("mode {mode:04o}"), format!("chmod o-w \"{path}\"")),
        WritableBy::List(who) => (
            format!("access control list: {who}"),
            format!("remove {who} from its list (setfacl -x)"),
        ),
    };
    Text::new(
        format!(
            "\"{path}\" is a file that every program in the jail loads, and the children can change it \
             ({right})"
        ),
        fix,
    )
}

/// A name that others have chosen, escaped: nothing in it may end a line, control a terminal, or look like
/// something else than it is.
pub(crate) fn show_path(path: &Path) -> String {
    let mut shown = String::new();
    for letter in path.to_string_lossy().chars() {
        match letter {
            '"' | '\\' => shown.extend(['\\', letter]),
            letter if letter.is_control() => shown.extend(letter.escape_default()),
            letter => escape::push_escaped(&mut shown, letter),
        }
    }
    shown
}
