//! A place in a private directory of a view, as it is planned.

use crate::config::set_catalogue::{SHARED_MEMORY, TMP};
use crate::jail::walk::PassedDir;
use crate::platform::Ownership;
use crate::trust::rights::{Grant, compute_ownership};
use crate::view::gate::Gate;
use crate::view::mounts::source::HeldFile;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A place in a private directory.
#[derive(Debug)]
pub(crate) struct PrivatePlace {
    /// Its path in the view.
    pub path: PathBuf,
    /// The private directory.
    pub(super) directory: PathBuf,
    /// Folders from there to the place.
    pub(super) folders: Vec<(CString, Ownership)>,
    pub(super) name: CString,
    pub(super) content: PlaceContent,
}

/// Content of a place.
#[derive(Debug)]
pub(crate) enum PlaceContent {
    /// A file or directory of the host's.
    Host(HeldFile),
    /// An empty file on which a socket is mounted once it exists.
    Late,
    /// Nothing: the host has nothing there, or it must not be shown.
    Nothing,
}

/// Whether `path` lies in a directory that is private in most views.
pub(crate) fn is_below_private(path: &Path) -> bool {
    let mut all = TMP.iter().chain([&SHARED_MEMORY]).map(Path::new);
    all.any(|directory| path.starts_with(directory) && path != directory)
}

impl PrivatePlace {
    /// The place `names`, seen from the private directory `directory`. Children pass the folders on the way as they pass those of
    /// the host, `passed`. `None` without a name.
    pub(crate) fn new(
        (directory, mut names): (PathBuf, Vec<CString>),
        content: PlaceContent,
        passed: &[PassedDir],
        gate: &Gate<'_>,
    ) -> Option<Self> {
        let name = names.pop()?;
        let mut path = directory.clone();
        let mut folders = Vec::new();
        for folder in names {
            path.push(OsStr::from_bytes(folder.to_bytes()));
            let grant = compute_passage_to(&path, passed, gate);
            let ownership = compute_ownership(Grant::Nobody, grant, 0o7, gate.run_as());
            folders.push((folder, ownership));
        }
        path.push(OsStr::from_bytes(name.to_bytes()));
        Some(Self { path, directory, folders, name, content })
    }

    /// The first name of it in the private directory.
    pub(super) fn first_name(&self) -> &CString {
        self.folders.first().map_or(&self.name, |(name, _)| name)
    }
}

fn compute_passage_to(path: &Path, passed: &[PassedDir], gate: &Gate<'_>) -> Grant {
    let is_on_the_way = |folder: &&PassedDir| path.starts_with(&folder.at);
    let with_links =
        passed.iter().any(|folder| !is_on_the_way(&folder) && !folder.at.starts_with(path));
    let all = passed.iter().filter(|folder| with_links || is_on_the_way(folder)).cloned();
    gate.compute_passage(&all.collect::<Vec<_>>())
}
