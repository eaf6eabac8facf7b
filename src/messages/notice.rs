//! What is told although nothing failed.

use crate::messages::{Advice, PreloadNotice, listed};
use std::fmt;
use std::path::PathBuf;

/// A message that does not keep the server from serving.
#[derive(Debug)]
pub(crate) enum Notice {
    /// Without root only the words of the configuration can be checked.
    Untried(u32),
    /// `httpd -X`: the only process enters the jail.
    OneProcess,
    /// The server has a known hole that a jail does not cover.
    OldServer(String),
    /// Descriptors that lead out of a jail and that somebody had left open, closed before entry, and
    /// what each of them was.
    Closed(Vec<(i32, String)>),
    /// The jail is ready for the children.
    Ready {
        /// Where it really is, without symbolic links.
        at: PathBuf,
        /// Which directory that is.
        identity: String,
        /// Who the children become.
        uid: u32,
        /// Their group.
        gid: u32,
        /// All of their groups.
        groups: Vec<u32>,
    },
    /// How host paths stay true.
    Way {
        /// The way in force.
        way: &'static str,
        /// Why, if it was not asked for by name.
        because: &'static str,
        /// What is within reach, and how.
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
    fn id(&self) -> u16 {
        match self {
            Self::Untried(_) => 301,
            Self::OneProcess => 306,
            Self::OldServer(_) => 307,
            Self::Closed(_) => 308,
            Self::Ready { .. } => 901,
            Self::NoJail => 902,
            Self::Advice(advice) => advice.id(),
            Self::Way { .. } => 903,
            Self::Warm(notice) => notice.id(),
        }
    }

    /// The whole message, about the jail written as `jail`.
    pub(crate) fn about(&self, jail: &std::path::Path) -> String {
        match self {
            Self::Advice(advice) if advice.of_harden().is_some() => {
                let word = advice.of_harden().unwrap_or_default();
                format!("CHR{}: ChrootHarden \"{word}\": {self}", self.id())
            }
            Self::Way { way, .. } => format!("CHR{}: ChrootFixRoot \"{way}\": {self}", self.id()),
            Self::Warm(notice) => {
                let (directive, value) = notice.about();
                format!("CHR{}: {directive} \"{value}\": {self}", self.id())
            }
            _ => format!("CHR{}: ChrootDir \"{}\": {self}", self.id(), jail.display()),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untried(uid) => write!(
                f,
                "checked with uid {uid}, which cannot enter a jail; run the check as root to try it"
            ),
            Self::OneProcess => write!(
                f,
                "one process (-X) is both parent and child, so it is jailed as a whole: it cannot \
                 restart, nor remove its PidFile; for debugging only"
            ),
            Self::OldServer(version) => write!(
                f,
                "httpd {version} lets a child take over the parent, which is root and outside \
                 (CVE-2019-0211); upgrade httpd to 2.4.39 or later"
            ),
            Self::Closed(all) => closed(all, f),
            Self::Ready { at, identity, uid, gid, groups } => write!(
                f,
                "children will run in \"{}\" ({identity}) with uid {uid}, gid {gid}, groups {}",
                at.display(),
                listed(groups)
            ),
            Self::Way { because, provided, .. } => {
                let because = if because.is_empty() { "" } else { &format!(", because {because}") };
                write!(f, "in force{because}; within reach: {provided}")
            }
            Self::NoJail => write!(
                f,
                "no jail is configured, so the children run outside; write ChrootDir with a path"
            ),
            Self::Advice(advice) => advice.fmt(f),
            Self::Warm(notice) => notice.fmt(f),
        }
    }
}

fn closed(all: &[(i32, String)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let each = all.iter().map(|(fd, what)| format!("{fd} ({what})"));
    write!(
        f,
        "descriptors {} were left open, lead out of the jail, and are closed now; find the module that \
         leaves them open",
        listed(&each.collect::<Vec<_>>())
    )
}
