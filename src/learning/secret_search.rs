//! The search of folders for secrets, before one is proposed as a whole.

use crate::learning::host::HostFiles;
use crate::learning::places::{find_line_objection, find_objection, holds_key, is_shared};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Entries that are examined: of a folder with settings, of another folder, and of all folders.
const MOST_SETTINGS: usize = 2000;
const MOST_FILES: usize = 60_000;
const MOST_EXAMINED: usize = 400_000;

/// Folders with settings, where a file that `User` may not read counts as a secret too.
const SETTINGS: [&str; 5] =
    ["/etc", "/private/etc", "/usr/local/etc", "/usr/pkg/etc", "/opt/local/etc"];

/// Result of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// It holds no secret.
    Free,
    /// It holds a key, or, if it is one of settings, a file that `User` may not read.
    Secret,
    /// It has too many entries.
    Unknown,
}

impl Content {
    /// The reason against a line for such a folder. Of one with many entries, in which `User` may write, most are made by
    /// `User`.
    pub(crate) fn find_objection(self, writable: bool) -> Option<&'static str> {
        match self {
            Self::Free => None,
            Self::Secret => Some("a folder with a key, or with a file that User may not read"),
            Self::Unknown if writable => None,
            Self::Unknown => Some("a folder with too many files to be searched for keys"),
        }
    }
}

/// A search of folders for secrets. Each folder is searched once.
#[derive(Debug)]
pub(crate) struct SecretSearch {
    known: RefCell<BTreeMap<PathBuf, Content>>,
    fit: RefCell<BTreeMap<PathBuf, bool>>,
    left: Cell<usize>,
}

impl Default for SecretSearch {
    fn default() -> Self {
        let (known, fit) = (RefCell::default(), RefCell::default());
        Self { known, fit, left: Cell::new(MOST_EXAMINED) }
    }
}

impl SecretSearch {
    /// Whether there is no reason against a line for `folder`, and it holds no secret.
    pub(super) fn is_fit(&self, folder: &Path, keeps: &[PathBuf], host: &dyn HostFiles) -> bool {
        if let Some(known) = self.fit.borrow().get(folder) {
            return *known;
        }
        let is_fit = find_line_objection(folder, keeps, host).is_none()
            && self.find_content(folder, host) == Content::Free;
        self.fit.borrow_mut().insert(folder.to_owned(), is_fit);
        is_fit
    }

    /// Searches `folder`, unless that was done before.
    pub(super) fn find_content(&self, folder: &Path, host: &dyn HostFiles) -> Content {
        if let Some(known) = self.known.borrow().get(folder) {
            return *known;
        }
        let content = self.search(folder, host);
        self.known.borrow_mut().insert(folder.to_owned(), content);
        content
    }

    fn search(&self, folder: &Path, host: &dyn HostFiles) -> Content {
        let of_settings = SETTINGS.iter().any(|settings| folder.starts_with(settings));
        let most = if of_settings { MOST_SETTINGS } else { MOST_FILES };
        let is_secret = |path: &Path, is_folder: bool| {
            let is_closed = || !host.may_read(path) && host.kind(path).is_some();
            (of_settings || !is_folder) && find_objection(path).is_some()
                || !is_folder && holds_key(path, host)
                || of_settings && is_closed()
        };
        let (mut ahead, mut left) = (vec![folder.to_owned()], most.min(self.left.get()));
        while let Some(folder) = ahead.pop() {
            let entries = host.list(&folder);
            self.left.set(self.left.get().saturating_sub(entries.len()));
            if entries.iter().take(left).any(|(path, is_folder)| is_secret(path, *is_folder)) {
                return Content::Secret;
            }
            if entries.len() >= left {
                return Content::Unknown;
            }
            left -= entries.len();
            ahead.extend(entries.into_iter().filter(|(_, is_folder)| *is_folder).map(|it| it.0));
        }
        Content::Free
    }
}

/// The highest folder above `path` that is an application's own; `path` itself if all folders above it are everybody's,
/// or hold something that must not be shown. `keeps` are files that the server keeps for itself.
pub(crate) fn find_own_folder(
    path: &Path,
    keeps: &[PathBuf],
    host: &dyn HostFiles,
    secrets: &SecretSearch,
) -> PathBuf {
    let mut above: Vec<_> = path.ancestors().collect();
    above.reverse();
    let is_fine = |folder: &Path| !is_shared(folder) && secrets.is_fit(folder, keeps, host);
    let folders = above.into_iter().filter(|folder| *folder != path);
    let own = folders.filter(|folder| is_fine(folder)).map(Path::to_owned).next();
    own.unwrap_or_else(|| path.to_owned())
}
