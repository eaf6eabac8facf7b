//! The audit itself: why it refuses, and how far it came.

use crate::messages::finding::shown;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why an audit keeps the server from serving.
#[derive(Debug)]
pub(crate) enum AuditFault {
    /// That many findings, under `strict`.
    Found(u64),
    /// The jail cannot be read at all.
    Unsearchable(io::Error),
    /// Part of the jail was not searched, under `strict`: so many reasons were logged.
    Incomplete(usize),
    /// The search did not end, under `strict`.
    Hangs,
}

impl AuditFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Unsearchable(_) => 632,
            Self::Found(_) => 634,
            Self::Incomplete(_) => 636,
            Self::Hangs => 637,
        }
    }
}

impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(count) => write!(
                f,
                "the jail holds what it should not ({count} findings, named above); remove the cause of \
                 each, or set \"ChrootAudit warn\""
            ),
            Self::Incomplete(gaps) => write!(
                f,
                "not all of the jail was searched ({gaps} reasons, named above), and strict serves only \
                 what was; find out more with httpd -t -D CHROOT_AUDIT, or set \"ChrootAudit warn\""
            ),
            Self::Hangs => write!(
                f,
                "the search of the jail did not end in time, and strict serves only what was searched; \
                 look for a disk or a file server that does not answer, or set \"ChrootAudit warn\""
            ),
            Self::Unsearchable(error) => {
                write!(f, "the jail cannot be searched ({error}); let root read it")
            }
        }
    }
}

/// What an audit tells of itself.
#[derive(Debug)]
pub(crate) enum AuditNotice {
    /// The search did not end.
    Hangs,
    /// The time was up.
    TimeUp {
        /// How long it may take.
        budget: Duration,
        /// How many names were looked at.
        names: u64,
        /// How many directories were read.
        directories: u64,
    },
    /// This many could not be looked at; one of them, and why.
    Unreadable(u64, PathBuf, String),
    /// File capabilities could not be asked for.
    NoCapabilities,
    /// Too many files with several names.
    Uncounted(u64),
    /// More findings of one kind than are named.
    More(u16, u64),
    /// Searched to the end.
    Searched {
        /// How many names were looked at.
        names: u64,
        /// How many directories were read.
        directories: u64,
        /// How long it took.
        took: Duration,
        /// How much was found.
        findings: u64,
    },
    /// File systems that were not entered; one of them, and its kind.
    NotEntered(u64, PathBuf, String),
}

impl AuditNotice {
    /// One thing that could not be looked at.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable(1, path.to_owned(), error.to_string())
    }

    /// The whole message under `ChrootAudit` with the word `mode`.
    pub(crate) fn about(&self, mode: &str) -> String {
        format!("CHR{}: ChrootAudit \"{mode}\": {self}", self.id())
    }

    fn id(&self) -> u16 {
        match self {
            Self::TimeUp { .. } => 631,
            Self::Hangs => 637,
            Self::Unreadable(..) => 632,
            Self::NoCapabilities => 633,
            Self::Uncounted(_) => 635,
            Self::More(id, _) => *id,
            Self::Searched { .. } => 931,
            Self::NotEntered(..) => 932,
        }
    }
}

impl fmt::Display for AuditNotice {
    #[allow(clippy::too_many_lines, reason = "a catalogue: one arm a message")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimeUp { budget, names, directories } => write!(
                f,
                "not all of the jail was searched ({names} names in {directories} directories in \
                 {} s); search the whole with httpd -t -D CHROOT_AUDIT",
                budget.as_secs_f32()
            ),
            Self::Hangs => write!(
                f,
                "the search of the jail did not end in time; look for a disk or a file server that does \
                 not answer"
            ),
            Self::Unreadable(count, path, error) => write!(
                f,
                "\"{}\" could not be looked at ({error}; {count} such in all); let root read it",
                shown(path)
            ),
            Self::NoCapabilities => write!(
                f,
                "file capabilities were not looked for (no /proc); mount it, or try getcap -r"
            ),
            Self::Uncounted(count) => write!(
                f,
                "files with several names were not all looked for outside (too many by {count}); \
                 find -xdev -links +1 lists them"
            ),
            Self::More(_, count) => write!(
                f,
                "there are more of this kind ({count}); httpd -t -D CHROOT_AUDIT names them all"
            ),
            Self::Searched { names, directories, took, findings } => write!(
                f,
                "searched to the end ({names} names in {directories} directories in {:.2} s, \
                 {findings} findings); nothing to do if there are none",
                took.as_secs_f32()
            ),
            Self::NotEntered(count, path, kind) => write!(
                f,
                "\"{}\" is another file system and was not searched ({kind}; {count} such in all); \
                 -D CHROOT_AUDIT_MOUNTS searches them too",
                shown(path)
            ),
        }
    }
}
