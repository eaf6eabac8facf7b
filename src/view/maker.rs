#![forbid(unsafe_code)]
//! Makes what is copied at its place in the jail, unless the jail has something of its own there, and
//! keeps the list of it.

use super::content::NEW;
use super::inside::{RootsFolder, folder_of};
use super::manifest::Manifest;
use super::plan::Outcome;
use crate::fault::ViewFault;
use crate::jail::Jail;
use crate::platform::{self, Identity, Manners};
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Whether files are made, or only listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Listed.
    List,
    /// Made.
    Copy,
}

/// Whether there is a new file to put in its place.
pub(super) enum Made {
    New(Identity),
    Nothing,
}

/// Makes files in one jail.
pub(super) struct Maker<'a> {
    /// The jail.
    pub jail: &'a Jail,
    /// Files that were made earlier.
    pub ours: &'a Manifest,
    /// Files that are made, or are to be.
    pub now: Manifest,
    pass: Pass,
}

impl<'a> Maker<'a> {
    /// One for `jail`, in which `ours` is what was made earlier.
    pub(super) fn new(jail: &'a Jail, ours: &'a Manifest, pass: Pass) -> Self {
        Self { jail, ours, now: Manifest::default(), pass }
    }

    /// Makes the folder `path` unless the jail has one of its own.
    ///
    /// # Errors
    /// Something on the way is not root's alone, or it cannot be made.
    pub(super) fn folder(&mut self, path: &Path, manners: Manners) -> Result<Outcome, ViewFault> {
        if self.is_jails_own(path)? {
            return Ok(Outcome::JailsOwn);
        }
        self.in_folder(path, |folder, name| folder.directory(name, manners))?;
        self.now.0.insert(path.to_owned());
        Ok(Outcome::Copied)
    }

    /// Has `make` make a file under a name of its own, and puts it at `path` then.
    ///
    /// # Errors
    /// As [`Self::folder`].
    pub(super) fn place(
        &mut self,
        path: &Path,
        make: impl FnOnce(&RootsFolder, &CStr) -> io::Result<Made>,
    ) -> Result<Outcome, ViewFault> {
        if self.is_jails_own(path)? {
            return Ok(Outcome::JailsOwn);
        }
        self.in_folder(path, |folder, name| {
            // Left by a process that was killed here.
            let _ = folder.remove(NEW);
            let made = make(folder, name).and_then(|made| match made {
                Made::New(made) => folder.rename(NEW, name, made),
                Made::Nothing => Ok(()),
            });
            made.inspect_err(|_| drop(folder.remove(NEW)))
        })?;
        self.now.0.insert(path.to_owned());
        Ok(Outcome::Copied)
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
            Some((folder, name)) => Ok(platform::facts_at(folder.as_fd(), &name).is_ok()),
            None => Ok(false),
        }
    }

    fn in_folder(
        &self,
        path: &Path,
        act: impl FnOnce(&RootsFolder, &CStr) -> io::Result<()>,
    ) -> Result<(), ViewFault> {
        if self.pass == Pass::List {
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
