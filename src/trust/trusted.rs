//! Files that root may read, run or provide: those that root alone can change.
//!
//! A file is root's alone if it belongs to root, nobody else may write to it, the same holds for every
//! directory above it, those of symbolic links and of their targets too, and it does not lie in the
//! jail. Everything that root reads on behalf of a directive is a [`RootOwnedFile`] or a
//! [`RootOwnedDir`], which only [`Judge`] creates: a file that was not judged cannot be read.

use crate::jail::CheckedJail;
use crate::jail::judge::complaints;
use crate::jail::walk::{OpenedPath, on_host, to_directory};
use crate::messages::{Complaint, DistrustReason, WalkFault};
use crate::platform;
use crate::platform::{FileKind, Support};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A regular file that was judged, open for reading.
#[derive(Debug)]
pub(crate) struct RootOwnedFile {
    at: PathBuf,
    file: File,
}

/// A directory that was judged, held open.
#[derive(Debug)]
pub(crate) struct RootOwnedDir {
    at: PathBuf,
    folder: OwnedFd,
}

/// Judges files of the host, and caches the judgements of their directories.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    /// Real path of the jail, and its configured one.
    jail: Option<(PathBuf, String)>,
    folders: RefCell<BTreeMap<PathBuf, Rc<[Complaint]>>>,
}

impl Judge {
    /// A judge that trusts no file in `jail`.
    pub(crate) fn outside(jail: &CheckedJail) -> Self {
        let jail = (jail.at().to_owned(), jail.written().to_string());
        Self { jail: Some(jail), ..Self::default() }
    }

    /// Opens the regular file at `path`, which is absolute, for reading, without waiting.
    ///
    /// # Errors
    /// Returns an error if it is missing, or not root's alone.
    pub(crate) fn open_file(&self, path: &Path) -> Result<RootOwnedFile, DistrustReason> {
        let found = on_host(path)?;
        self.require_outside(&found)?;
        if found.facts.kind != FileKind::File {
            return Err(DistrustReason::Kind(describe_kind(found.facts.kind)));
        }
        let mut complaints = judge_file(&found);
        let links = found.links.iter().map(|link| &*link.at);
        for step in [path, &*found.at].into_iter().chain(links) {
            let folder = self.judge_folder(step.parent().unwrap_or(Path::new("/")))?;
            let is_new = |complaint: &&Complaint| !complaints.contains(*complaint);
            let new: Vec<_> = folder.iter().filter(is_new).cloned().collect();
            complaints.extend(new);
        }
        if !complaints.is_empty() {
            return Err(DistrustReason::Changeable(complaints));
        }
        let unreadable = |error| DistrustReason::Unreadable(found.at.clone(), error);
        let file = open_judged(found.file.as_fd(), &found.at).map_err(unreadable)?;
        Ok(RootOwnedFile { at: found.at, file })
    }

    /// Opens the directory at `path`, which is absolute.
    ///
    /// # Errors
    /// Returns an error if it is missing, or not root's alone.
    pub(crate) fn open_folder(&self, path: &Path) -> Result<RootOwnedDir, DistrustReason> {
        let found = to_directory(path)?;
        self.require_outside(&found)?;
        if !found.complaints.is_empty() {
            return Err(DistrustReason::Changeable(found.complaints));
        }
        Ok(RootOwnedDir { at: found.at, folder: found.file })
    }

    fn require_outside(&self, found: &OpenedPath) -> Result<(), DistrustReason> {
        match &self.jail {
            Some((at, written)) if found.at.starts_with(at) => {
                Err(DistrustReason::InJail(written.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Collects the complaints about a directory and those above it.
    fn judge_folder(&self, path: &Path) -> Result<Rc<[Complaint]>, DistrustReason> {
        if let Some(known) = self.folders.borrow().get(path) {
            return Ok(Rc::clone(known));
        }
        let complaints: Rc<[Complaint]> = match to_directory(path) {
            Ok(found) => found.complaints.into(),
            // Only this walk ends at the root directory. If that were not root's, nothing would be safe.
            Err(WalkFault::IsRoot) => Rc::default(),
            Err(fault) => return Err(fault.into()),
        };
        self.folders.borrow_mut().insert(path.to_owned(), Rc::clone(&complaints));
        Ok(complaints)
    }
}

/// Collects the complaints about the file itself.
fn judge_file(found: &OpenedPath) -> Vec<Complaint> {
    let list = match platform::read_acl_writers(found.file.as_fd()) {
        Ok(Support::Available(list)) => list,
        Ok(Support::Unsupported) => Vec::new(),
        Err(error) => return vec![Complaint::Unknown(found.at.clone(), error.to_string())],
    };
    complaints(&found.at, found.facts, &list)
}

/// Opens the regular file `held`, which was found at `path`, for reading, and no other.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`, or if another file is in its place and its handle cannot be opened.
pub(crate) fn open_judged(held: BorrowedFd<'_>, path: &Path) -> io::Result<File> {
    let find_name = || {
        let changed = || io::Error::other("another file took its place after it was judged");
        let found = on_host(path).map_err(|_| changed())?;
        let (Some(parent), Some(name)) = (found.at.parent(), found.at.file_name()) else {
            return Err(changed());
        };
        let parent = on_host(parent).map_err(|_| changed())?;
        Ok((parent.file, CString::new(name.as_bytes())?))
    };
    platform::reopen_file(held, find_name).map(File::from)
}

fn describe_kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Directory => "a directory",
        FileKind::Link => "a symbolic link",
        FileKind::File => "a regular file",
        FileKind::Other => "a device, FIFO or socket",
    }
}

impl RootOwnedFile {
    /// Real path: absolute, without symbolic links.
    pub(crate) fn at(&self) -> &Path {
        &self.at
    }

    /// The open file.
    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// Reads the contents, of at most `most` bytes.
    ///
    /// # Errors
    /// Returns an error if there are more, or the `errno` of the failing call.
    pub(crate) fn read_contents(self, most: u64) -> Result<Vec<u8>, DistrustReason> {
        let unreadable = |error| DistrustReason::Unreadable(self.at.clone(), error);
        let mut content = Vec::new();
        let count = self.file.take(most + 1).read_to_end(&mut content).map_err(unreadable)?;
        if count as u64 > most {
            return Err(unreadable(io::Error::other(format!("it has more than {most} bytes"))));
        }
        Ok(content)
    }
}

impl RootOwnedDir {
    /// The descriptor by which it is held.
    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.folder
    }

    /// Real path: absolute, without symbolic links.
    pub(crate) fn at(&self) -> &Path {
        &self.at
    }

    /// Lists the names in it, each with the kind of file; symbolic links are not followed. Empty if it cannot be read.
    pub(crate) fn list_entries(&self) -> Vec<(CString, FileKind)> {
        let folder = self.folder.as_fd();
        let names = platform::list_names(folder).unwrap_or_default().into_iter();
        let entry =
            |name: CString| platform::read_facts_at(folder, &name).map(|facts| (name, facts.kind));
        names.filter_map(|name| entry(name).ok()).collect()
    }
}

#[cfg(test)]
#[path = "trusted_tests.rs"]
mod tests;
