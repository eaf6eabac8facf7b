//! Messages of the audit about itself: its refusals, and its progress.

use crate::messages::finding::show_path;
use crate::messages::fixes::advise_reading;
use crate::messages::{Message, MessageText, Text};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A refusal by the audit.
#[derive(Debug)]
pub(crate) enum AuditFault {
    /// Number of findings, under `strict`.
    Found(u64),
    /// The jail cannot be read at all.
    Unsearchable(io::Error),
    /// Part of the jail was not searched, under `strict`: number of the reasons, which were logged.
    Incomplete(usize),
    /// The search did not end, under `strict`.
    Hangs,
}

impl MessageText for AuditFault {
    fn id(&self) -> u16 {
        match self {
            Self::Unsearchable(_) => 632,
            Self::Found(_) => 634,
            Self::Incomplete(_) => 636,
            Self::Hangs => 637,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Found(count) => Text::new(
                format!("the jail holds files that it should not ({count} findings, named above)"),
                "remove the cause of each, or set \"ChrootAudit warn\"",
            ),
            Self::Incomplete(gaps) => Text::new(
                format!("not all of the jail was searched ({gaps} reasons, named above)"),
                "run httpd -t -D CHROOT_AUDIT for details, or set \"ChrootAudit warn\"",
            ),
            Self::Hangs => Text::new(
                "the search of the jail did not end in time",
                "look for a disk or a file server that does not answer, or set \"ChrootAudit warn\"",
            ),
            Self::Unsearchable(error) => Text::new(
                format!("the jail cannot be searched ({error})"),
                "run ls -ld on it as root; if a file server denies root, export it with no_root_squash",
            ),
        }
    }
}

/// A message of the audit about itself.
#[derive(Debug)]
pub(crate) enum AuditNotice {
    /// The search did not end.
    Hangs,
    /// The time was up.
    TimeUp {
        /// Time that it may take.
        budget: Duration,
        /// Number of names that were examined.
        names: u64,
        /// Number of directories that were read.
        directories: u64,
    },
    /// Files that could not be examined: their number, one of them, and its error.
    Unreadable(u64, PathBuf, String),
    /// File capabilities could not be read.
    NoCapabilities,
    /// Files with several names, beyond those that are counted.
    Uncounted(u64),
    /// Findings of one kind beyond those that are named: its id, and their number.
    More(u16, u64),
    /// Searched to the end.
    Searched {
        /// Number of names that were examined.
        names: u64,
        /// Number of directories that were read.
        directories: u64,
        /// Time that it took.
        took: Duration,
        /// Number of findings.
        findings: u64,
    },
    /// File systems that were not entered: their number, one of them, and its type.
    NotEntered(u64, PathBuf, String),
}

impl AuditNotice {
    /// A file or directory that could not be examined.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable(1, path.to_owned(), error.to_string())
    }

    /// The message under `ChrootAudit` with the word `mode`.
    pub(crate) fn about(&self, mode: &str) -> Message {
        Message::new("ChrootAudit", mode, self)
    }
}

impl MessageText for AuditNotice {
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

    #[allow(clippy::too_many_lines, reason = "a catalogue: one arm a message")]
    fn text(&self) -> Text {
        match self {
            Self::TimeUp { budget, names, directories } => Text::new(
                format!(
                    "not all of the jail was searched ({names} names in {directories} directories in \
                     {} s)",
                    budget.as_secs_f32()
                ),
                "run httpd -t -D CHROOT_AUDIT to search all of it",
            ),
            Self::Hangs => Text::new(
                "the search of the jail did not end in time",
                "look for a disk or a file server that does not answer",
            ),
            Self::Unreadable(count, path, error) => Text::new(
                format!(
                    "\"{}\" could not be examined ({error}; {count} such in all)",
                    show_path(path)
                ),
                advise_reading(path),
            ),
            Self::NoCapabilities => Text::new(
                "file capabilities were not looked for (no /proc)",
                "mount procfs on /proc, or run getcap -r on the jail",
            ),
            Self::Uncounted(count) => Text::new(
                format!(
                    "files with several names were not all looked for outside (too many by {count})"
                ),
                "run find -xdev -links +1 in the jail to list them",
            ),
            Self::More(_, count) => Text::new(
                format!("there are more of this kind ({count})"),
                "run httpd -t -D CHROOT_AUDIT to list all of them",
            ),
            Self::Searched { names, directories, took, findings } => Text::without_fix(format!(
                "searched to the end ({names} names in {directories} directories in {:.2} s, \
                 {findings} findings)",
                took.as_secs_f32()
            )),
            Self::NotEntered(count, path, kind) => Text::new(
                format!(
                    "\"{}\" is another file system and was not searched ({kind}; {count} such in all)",
                    show_path(path)
                ),
                "add -D CHROOT_AUDIT_MOUNTS to search them too",
            ),
        }
    }
}
