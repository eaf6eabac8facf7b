//! Messages although nothing failed.

use crate::messages::{Advice, Level, Message, MessageText, PreloadNotice, Text, join_list};
use crate::platform::UNKNOWN_FILE_SYSTEM;
use std::path::{Path, PathBuf};

/// A message that does not keep the server from serving.
#[derive(Debug)]
pub(crate) enum Notice {
    /// Without root only the directives can be checked.
    Untried(u32),
    /// This user may not walk to the jail.
    Closed {
        /// The user.
        uid: u32,
        /// The first component that it may not open.
        component: PathBuf,
    },
    /// `httpd -X`: the only process enters the jail.
    OneProcess,
    /// The server has a known hole that a jail does not cover.
    OldServer(String),
    /// Descriptors that led out of a jail and were closed before entry, each with its type.
    ClosedDescriptors(Vec<(i32, String)>),
    /// The jail is ready for the children.
    Ready {
        /// Its path without symbolic links.
        at: PathBuf,
        /// Its device and inode.
        identity: String,
        /// The user of the children.
        uid: u32,
        /// Their group.
        gid: u32,
        /// All their groups.
        groups: Vec<u32>,
    },
    /// The way in which host paths are kept valid.
    Way {
        /// The way in force.
        mode: &'static str,
        /// The reason, if no word asks for it.
        because: &'static str,
        /// Words of `ChrootProvide` that provide something.
        provided: String,
    },
    /// No jail is configured.
    NoJail,
    /// About the strength of the jail.
    Advice(Advice),
    /// About what was loaded before entry.
    Warm(PreloadNotice),
}

impl Notice {
    /// The message about the jail that the configuration names `jail`.
    pub(crate) fn about(&self, jail: &Path) -> Message {
        match self {
            Self::Way { mode, .. } => Message::new("ChrootFixRoot", *mode, self),
            Self::Warm(notice) => notice.message(),
            Self::Advice(advice) => match advice.harden_word() {
                Some(word) => Message::new("ChrootHarden", word, self),
                None => Message::new("ChrootDir", jail.to_string_lossy(), self),
            },
            _ => Message::new("ChrootDir", jail.to_string_lossy(), self),
        }
    }
}

impl MessageText for Notice {
    fn id(&self) -> u16 {
        match self {
            Self::Untried(_) | Self::Closed { .. } => 301,
            Self::OneProcess => 306,
            Self::OldServer(_) => 307,
            Self::ClosedDescriptors(_) => 308,
            Self::Ready { .. } => 901,
            Self::NoJail => 902,
            Self::Advice(advice) => advice.id(),
            Self::Way { .. } => 903,
            Self::Warm(notice) => notice.id(),
        }
    }

    fn level(&self) -> Level {
        match self {
            Self::Untried(_) | Self::Closed { .. } | Self::OneProcess | Self::OldServer(_) => {
                Level::Warning
            }
            // It may be a log.
            Self::ClosedDescriptors(all) if all.iter().any(is_of_unknown_file_system) => {
                Level::Warning
            }
            Self::ClosedDescriptors(_) | Self::Warm(_) => Level::Info,
            Self::Ready { .. } | Self::NoJail | Self::Way { .. } => Level::Notice,
            Self::Advice(advice) => advice.level(),
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Untried(uid) => Text::new(
                format!("checked with uid {uid}, which cannot enter a jail"),
                "run the check as root to try it",
            ),
            Self::Closed { uid, component } => closed_path(*uid, component),
            Self::OneProcess => Text::new(
                "one process (-X) is both parent and child, so it is jailed as a whole: it cannot restart, \
                 nor remove its PidFile",
                "use -X for debugging only",
            ),
            Self::OldServer(version) => Text::new(
                format!(
                    "httpd {version} lets a child take over the parent, which is root and outside \
                     (CVE-2019-0211)"
                ),
                "upgrade httpd to 2.4.39 or later",
            ),
            Self::ClosedDescriptors(all) => closed(all),
            Self::Ready { at, identity, uid, gid, groups } => Text::without_fix(format!(
                "children will run in \"{}\" ({identity}) with uid {uid}, gid {gid}, groups {}",
                at.display(),
                join_list(groups)
            )),
            Self::Way { because, provided, .. } => {
                let because = if because.is_empty() { "" } else { &format!(", because {because}") };
                Text::without_fix(format!("in force{because}; provided: {provided}"))
            }
            Self::NoJail => Text::new(
                "no jail is configured, so the children run outside",
                "set ChrootDir to a path to have one",
            ),
            Self::Advice(advice) => advice.text(),
            Self::Warm(notice) => notice.text(),
        }
    }
}

fn closed_path(uid: u32, component: &Path) -> Text {
    Text::new(
        format!(
            "uid {uid} may not open \"{}\", so nothing about the jail was checked",
            component.display()
        ),
        "run the check as root",
    )
}

fn is_of_unknown_file_system((_, kind): &(i32, String)) -> bool {
    kind.starts_with(UNKNOWN_FILE_SYSTEM)
}

fn closed(all: &[(i32, String)]) -> Text {
    let each = all.iter().map(|(fd, what)| format!("{fd} ({what})"));
    Text::new(
        format!(
            "descriptors {} were open, lead out of the jail, and are closed now",
            join_list(&each.collect::<Vec<_>>())
        ),
        "run ls -l /proc/PID/fd of the parent to find the module that leaves them open",
    )
}
