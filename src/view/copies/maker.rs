//! Creates copies at their places in the jail, unless the jail has a file of its own there, and keeps the list of them.

use crate::jail::CheckedJail;
use crate::messages::ViewFault;
use crate::platform;
use crate::platform::{Identity, Ownership};
use crate::view::copies::file::NEW;
use crate::view::copies::manifest::Manifest;
use crate::view::copies::safe_dir::{SafeDir, open_folder_of};
use crate::view::mounts::outcome::ProvideOutcome;
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Purpose of a pass over the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CopyPass {
    /// To list the files.
    List,
    /// To create them.
    Copy,
}

/// Result of writing a file.
pub(crate) enum NewFile {
    /// A new file, to be renamed to its place.
    New(Identity),
    /// Nothing was written: the copy is up to date.
    Nothing,
}

/// Creates files in one jail.
pub(crate) struct Maker<'a> {
    /// The jail.
    pub jail: &'a CheckedJail,
    /// Files that earlier passes created.
    pub ours: &'a Manifest,
    /// Files that this pass created or listed.
    pub made: Manifest,
    pass: CopyPass,
}

impl<'a> Maker<'a> {
    /// A maker for `jail`, in which earlier passes created `ours`.
    pub(crate) fn new(jail: &'a CheckedJail, ours: &'a Manifest, pass: CopyPass) -> Self {
        Self { jail, ours, made: Manifest::default(), pass }
    }

    /// Creates the folder `path` unless the jail has one of its own.
    ///
    /// # Errors
    /// Returns an error if a folder above it is not root's alone, or it cannot be created.
    pub(crate) fn create_folder(
        &mut self,
        path: &Path,
        ownership: Ownership,
    ) -> Result<ProvideOutcome, ViewFault> {
        if self.is_jails_own(path)? {
            return Ok(ProvideOutcome::JailsOwn);
        }
        self.run_in_folder(path, |folder, name| folder.create_directory(name, ownership))?;
        self.made.files.insert(path.to_owned());
        Ok(ProvideOutcome::Copied)
    }

    /// Calls `write` to create a file under a temporary name, and renames it to `path`.
    ///
    /// # Errors
    /// Returns the errors of [`Self::create_folder`].
    pub(crate) fn create_file(
        &mut self,
        path: &Path,
        write: impl FnOnce(&SafeDir, &CStr) -> io::Result<NewFile>,
    ) -> Result<ProvideOutcome, ViewFault> {
        if self.is_jails_own(path)? {
            return Ok(ProvideOutcome::JailsOwn);
        }
        self.run_in_folder(path, |folder, name| {
            // Left by a process that was killed here.
            let _ = folder.remove(NEW);
            let made = write(folder, name).and_then(|made| match made {
                NewFile::New(made) => folder.rename(NEW, name, made),
                NewFile::Nothing => Ok(()),
            });
            made.inspect_err(|_| drop(folder.remove(NEW)))
        })?;
        self.made.files.insert(path.to_owned());
        Ok(ProvideOutcome::Copied)
    }

    /// Whether there is a file at `path` that we did not create.
    fn is_jails_own(&self, path: &Path) -> Result<bool, ViewFault> {
        if !Manifest::can_hold(path) {
            return Ok(true);
        }
        if self.ours.files.contains(path) || self.made.files.contains(path) {
            return Ok(false);
        }
        match open_folder_of(self.jail, path)? {
            Some((folder, name)) => Ok(platform::read_facts_at(folder.as_fd(), &name).is_ok()),
            None => Ok(false),
        }
    }

    fn run_in_folder(
        &self,
        path: &Path,
        act: impl FnOnce(&SafeDir, &CStr) -> io::Result<()>,
    ) -> Result<(), ViewFault> {
        if self.pass == CopyPass::List {
            return Ok(());
        }
        let gone = || ViewFault::Write(path.to_owned(), io::ErrorKind::NotFound.into());
        let (folder, name) = open_folder_of(self.jail, path)?.ok_or_else(gone)?;
        act(&folder, &name).map_err(|error| match error.kind() {
            // Such as a directory with the temporary name.
            io::ErrorKind::AlreadyExists => {
                let draft = path.with_file_name(OsStr::from_bytes(NEW.to_bytes()));
                ViewFault::Write(draft, error)
            }
            _ => ViewFault::Write(path.to_owned(), error),
        })
    }
}
