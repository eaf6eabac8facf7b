//! Messages about the strength of a jail: measures in force, and measures that could be.

use crate::messages::fixes::add_to_unit;
use crate::messages::{Complaint, Level, MessageText, Text, join_list};
use crate::platform::{MountFlags, Support};

/// A message about the strength of a jail.
#[derive(Debug)]
pub(crate) enum Advice {
    /// Others than root can change the path, under `ChrootCheck warn`.
    Unsafe(Complaint),
    /// The jail's file system is mounted with more rights than it needs.
    Mounted(MountFlags),
    /// Measures of hardening.
    Hardened {
        /// The word of `ChrootHarden`.
        asked: &'static str,
        /// Measures in force.
        in_force: Vec<String>,
        /// Absent measures, with the reasons.
        not: Vec<String>,
        /// Lines of a service's unit that allow those that something denies to root.
        denied: Vec<&'static str>,
    },
    /// mod_fcgid's manager does not enter by this module.
    ManagerUnhardened,
    /// FreeBSD lets a process chroot that holds directories open.
    DirectoriesTolerated,
    /// Processes of the same user run outside.
    Neighbours {
        /// The user.
        uid: u32,
        /// Names and numbers of the processes.
        processes: Vec<String>,
        /// Whether the children can trace them.
        is_traceable: bool,
    },
    /// It is unknown whether there are such processes.
    NeighboursUnknown {
        /// The error.
        error: String,
        /// Whether the children could trace them.
        is_traceable: bool,
    },
}

impl Advice {
    /// The word of `ChrootHarden`, if the message is about that directive.
    pub(super) fn harden_word(&self) -> Option<&'static str> {
        match self {
            Self::Hardened { asked, .. } => Some(asked),
            _ => None,
        }
    }
}

impl MessageText for Advice {
    fn id(&self) -> u16 {
        match self {
            Self::Unsafe(complaint) => complaint.id(),
            Self::Mounted(_) => 216,
            Self::Hardened { .. } => 911,
            Self::ManagerUnhardened => 913,
            Self::DirectoriesTolerated => 914,
            Self::Neighbours { .. } => 921,
            Self::NeighboursUnknown { .. } => 922,
        }
    }

    fn level(&self) -> Level {
        match self {
            Self::Mounted(_) | Self::DirectoriesTolerated => Level::Info,
            Self::Unsafe(_)
            | Self::Neighbours { is_traceable: true, .. }
            | Self::NeighboursUnknown { is_traceable: true, .. } => Level::Warning,
            _ => Level::Notice,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Unsafe(complaint) => complaint.text(),
            Self::Mounted(flags) => mounted(*flags),
            Self::Hardened { asked: "off", .. } => Text::new(
                "the children lose root's rights, and no others",
                "set \"ChrootHarden auto\" to restrict them further",
            ),
            Self::Hardened { in_force, not, denied, .. } => hardened(in_force, not, denied),
            Self::ManagerUnhardened => Text::new(
                "mod_fcgid's process manager is jailed by mod_unixd on this system, so it and its \
                 applications are not hardened",
                "use mod_proxy_fcgid instead to have them hardened",
            ),
            Self::DirectoriesTolerated => Text::new(
                "the kernel lets a process enter a jail while it holds directories open",
                "run sysctl kern.chroot_allow_open_directories=0 for a second guard",
            ),
            Self::Neighbours { uid, processes, is_traceable } => {
                let can = if *is_traceable { "can trace" } else { "shares its files with" };
                Text::new(
                    format!(
                        "uid {uid} has processes outside, which a program in the jail {can}: {}",
                        processes.join(", ")
                    ),
                    "set User to a user of the server's own",
                )
            }
            Self::NeighboursUnknown { error, .. } => Text::new(
                format!("it is unknown whether User has processes outside ({error})"),
                "set User to a user of the server's own",
            ),
        }
    }
}

fn hardened(in_force: &[String], not: &[String], denied: &[&str]) -> Text {
    let nothing = ["nothing".to_owned()];
    let in_force = if in_force.is_empty() { &nothing[..] } else { in_force };
    let mut fact = format!("children have: {}", in_force.join("; "));
    if !not.is_empty() {
        fact += &format!("; absent: {}", not.join("; "));
    }
    if denied.is_empty() {
        Text::without_fix(fact)
    } else {
        Text::new(fact, allow_measures(denied))
    }
}

/// The fix where root may not use a facility of its kernel.
fn allow_measures(lines: &[&str]) -> String {
    let lines = lines.join("\" and \"");
    format!(
        "{}, or run the container with \"--cap-add SETPCAP --security-opt seccomp=FILE\"",
        add_to_unit(&lines)
    )
}

fn mounted(flags: MountFlags) -> Text {
    let nodev = flags.nodev == Support::Available(false);
    let lacks = [("nosuid", !flags.nosuid), ("nodev", nodev)];
    let lacks: Vec<_> = lacks.iter().filter(|(_, it)| *it).map(|(name, _)| name).collect();
    let lacks = join_list(&lacks);
    Text::new(
        format!("the file system that holds it is mounted without {lacks}"),
        format!("mount a file system of its own for the jail, with {lacks}"),
    )
}
