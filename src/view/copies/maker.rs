//! Makes what is copied at its place in the jail, unless the jail has something of its own there, and
//! keeps the list of it.

use crate::jail::CheckedJail;
use crate::messages::ViewFault;
use crate::platform;
use crate::platform::{Identity, Ownership};
use crate::view::copies::file::NEW;
use crate::view::copies::manifest::Manifest;
use crate::view::copies::safe_dir::{SafeDir, folder_of};
use crate::view::mounts::plan::ProvideOutcome;
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Whether files are made, or only listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CopyPass {
    /// Listed.
    List,
    /// Made.
    Copy,
}

/// Whether there is a new file to put in its place.
pub(crate) enum NewFile {
    New(Identity),
    Nothing,
}

/// Makes files in one jail.
pub(crate) struct Maker<'a> {
    /// The jail.
    pub jail: &'a CheckedJail,
    /// Files that were made earlier.
    pub ours: &'a Manifest,
    /// Files that are made, or are to be.
    pub now: Manifest,
    pass: CopyPass,
}

impl<'a> Maker<'a> {
    /// One for `jail`, in which `ours` is what was made earlier.
    pub(crate) fn new(jail: &'a CheckedJail, ours: &'a Manifest, pass: CopyPass) -> Self {
        Self { jail, ours, now: Manifest::default(), pass }
    }

    /// Makes the folder `path` unless the jail has one of its own.
    ///
    /// # Errors
    /// Something on the way is not root's alone, or it cannot be made.
    pub(crate) fn folder(
        &mut self,
        path: &Path,
        manners: Ownership,
    ) -> Result<ProvideOutcome, ViewFault> {
        if self.is_jails_own(path)? {
            return Ok(ProvideOutcome::JailsOwn);
        }
        self.in_folder(path, |folder, name| folder.directory(name, manners))?;
        self.now.0.insert(path.to_owned());
        Ok(ProvideOutcome::Copied)
    }

    /// Has `make` make a file under a name of its own, and puts it at `path` then.
    ///
    /// # Errors
    /// As [`Self::folder`].
    pub(crate) fn place(
        &mut self,
        path: &Path,
        make: impl FnOnce(&SafeDir, &CStr) -> io::Result<NewFile>,
    ) -> Result<ProvideOutcome, ViewFault> {
        if self.is_jails_own(path)? {
            return Ok(ProvideOutcome::JailsOwn);
        }
        self.in_folder(path, |folder, name| {
            // Left by a process that was killed here.
            let _ = folder.remove(NEW);
            let made = make(folder, name).and_then(|made| match made {
                NewFile::New(made) => folder.rename(NEW, name, made),
                NewFile::Nothing => Ok(()),
            });
            made.inspect_err(|_| drop(folder.remove(NEW)))
        })?;
        self.now.0.insert(path.to_owned());
        Ok(ProvideOutcome::Copied)
    }

    /// Whether there is something at `path` that we have not put there.
    fn is_jails_own(&self, path: &Path) -> Result<bool, ViewFault> {
        if !Manifest::can_hold(path) {
            return Ok(true);
        }
        if self.ours.0.contains(path) || self.now.0.contains(path) {
            return Ok(false);
        }
        match folder_of(self.jail, path)? {
            Some((folder, name)) => Ok(platform::read_facts_at(folder.as_fd(), &name).is_ok()),
            None => Ok(false),
        }
    }

    fn in_folder(
        &self,
        path: &Path,
        act: impl FnOnce(&SafeDir, &CStr) -> io::Result<()>,
    ) -> Result<(), ViewFault> {
        if self.pass == CopyPass::List {
            return Ok(());
        }
        let gone = || ViewFault::Write(path.to_owned(), io::ErrorKind::NotFound.into());
        let (folder, name) = folder_of(self.jail, path)?.ok_or_else(gone)?;
        act(&folder, &name).map_err(|error| match error.kind() {
            // A directory, say, that the name of the draft is taken by.
            io::ErrorKind::AlreadyExists => {
                let draft = path.with_file_name(OsStr::from_bytes(NEW.to_bytes()));
                ViewFault::Write(draft, error)
            }
            _ => ViewFault::Write(path.to_owned(), error),
        })
    }
}
