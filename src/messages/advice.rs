//! What is told about the strength of a jail: what is in force, and what could be.

use crate::messages::{Complaint, listed};
use crate::platform::{MountFlags, Support};
use std::fmt;

/// A message about what the jail keeps in, and what it does not.
#[derive(Debug)]
pub(crate) enum Advice {
    /// Others than root can change the path, and that was to be said only.
    Unsafe(Complaint),
    /// The jail's file system is mounted so that it means more than it need.
    Mounted(MountFlags),
    /// What is taken from the children besides root, and what is not.
    Hardened {
        /// What is asked for.
        asked: &'static str,
        /// In words.
        in_force: Vec<String>,
        /// In words.
        not: Vec<String>,
    },
    /// mod_fcgid's manager does not enter by way of this module.
    ManagerUnhardened,
    /// FreeBSD lets a process chroot that holds directories open.
    DirectoriesTolerated,
    /// Processes of the same user run outside.
    Neighbours {
        /// Which user.
        uid: u32,
        /// Their names and numbers.
        who: Vec<String>,
        /// Whether the children can trace them.
        within_reach: bool,
    },
    /// Whether there are any cannot be told.
    NeighboursUnknown(String),
}

impl Advice {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Unsafe(complaint) => complaint.id(),
            Self::Mounted(_) => 216,
            Self::Hardened { .. } => 911,
            Self::ManagerUnhardened => 913,
            Self::DirectoriesTolerated => 914,
            Self::Neighbours { .. } => 921,
            Self::NeighboursUnknown(_) => 922,
        }
    }

    /// The value of the directive that it is about, if that is not the jail.
    pub(super) fn of_harden(&self) -> Option<&'static str> {
        match self {
            Self::Hardened { asked, .. } => Some(asked),
            _ => None,
        }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsafe(complaint) => complaint.fmt(f),
            Self::Mounted(flags) => mounted(*flags, f),
            Self::Hardened { asked: "off", .. } => {
                write!(f, "only root is taken from the children; write auto for more than that")
            }
            Self::Hardened { in_force, not, .. } => {
                write!(f, "children have: {}", in_force.join("; "))?;
                if not.is_empty() { Ok(()) } else { write!(f, "; absent: {}", not.join("; ")) }
            }
            Self::ManagerUnhardened => write!(
                f,
                "mod_fcgid's process manager is jailed by mod_unixd on this system, so it and its \
                 applications are not hardened; prefer mod_proxy_fcgid"
            ),
            Self::DirectoriesTolerated => write!(
                f,
                "the kernel lets a process that holds directories open enter a jail; sysctl \
                 kern.chroot_allow_open_directories=0 makes it a second guard"
            ),
            Self::Neighbours { uid, who, within_reach } => {
                let can = if *within_reach { "can trace" } else { "shares its files with" };
                write!(
                    f,
                    "uid {uid} has processes outside, which a program in the jail {can}: {}; give \
                     the server a user of its own",
                    who.join(", ")
                )
            }
            Self::NeighboursUnknown(why) => write!(
                f,
                "whether its user has processes outside cannot be told ({why}); give the server a \
                 user of its own"
            ),
        }
    }
}

fn mounted(flags: MountFlags, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let nodev = flags.nodev == Support::Available(false);
    let lacks = [("nosuid", !flags.nosuid), ("nodev", nodev)];
    let lacks: Vec<_> = lacks.iter().filter(|(_, it)| *it).map(|(name, _)| name).collect();
    write!(
        f,
        "the file system that holds it is mounted without {0}; give the jail one of its own, with \
         {0}",
        listed(&lacks)
    )
}
