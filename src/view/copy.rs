#![forbid(unsafe_code)]
//! Copies of host files in the jail, where there is no view: root's, each put in its place at once,
//! renewed at every start and restart, and taken away when it is not asked for any more. Nothing
//! inside the jail is followed, and nothing is replaced that is not ours.

use super::content::{NEW, is_same, reopened, write_copy};
use super::inside::{Missing, folder_of};
use super::link;
use super::manifest::Manifest;
use super::plan::{Outcome, Provided};
use super::wanted::{Wanted, What};
use crate::fault::ViewFault;
use crate::platform::{self, Facts, Kind};
use crate::walk::on_host;
use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
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

/// Makes files in a jail, and remembers which.
pub(super) struct Copier<'a> {
    jail: BorrowedFd<'a>,
    ours: &'a Manifest,
    pass: Pass,
    /// What is made, or is to be.
    pub now: Manifest,
    /// What became of each path that was wanted.
    pub provided: Vec<Provided>,
}

/// Whether there is a new file to put in its place.
enum Made {
    New,
    Nothing,
}

impl<'a> Copier<'a> {
    /// One for the directory `jail`, in which `ours` is what was made earlier.
    pub(super) fn new(jail: BorrowedFd<'a>, ours: &'a Manifest, pass: Pass) -> Self {
        Self { jail, ours, pass, now: Manifest::default(), provided: Vec::new() }
    }

    /// Makes a link to the jail at `path`, unless there is one.
    ///
    /// # Errors
    /// Something else is there, or the jail cannot be written to.
    pub(super) fn link(&mut self, path: &Path) -> Result<(), ViewFault> {
        self.parents(path)?;
        let make = |folder: BorrowedFd<'_>, _: &CStr| {
            platform::make_link_at(folder, NEW, &link::target(path)).map(|()| Made::New)
        };
        if self.place(path, make)? != Outcome::JailsOwn {
            return Ok(());
        }
        let found = folder_of(self.jail, path, Missing::IsLeft)?;
        let leads = found.is_some_and(|(folder, name)| {
            link::leads_to_root(folder.as_fd(), &name, path).unwrap_or(false)
        });
        if leads { Ok(()) } else { Err(ViewFault::LinkTaken(path.to_owned())) }
    }

    /// Makes the folders above `path`, so that they are listed too.
    fn parents(&mut self, path: &Path) -> Result<(), ViewFault> {
        let mut parents: Vec<_> = path.ancestors().skip(1).collect();
        parents.retain(|parent| parent.components().count() > 1);
        for parent in parents.into_iter().rev() {
            self.folder(parent)?;
        }
        Ok(())
    }

    /// Copies what the host has there.
    ///
    /// # Errors
    /// It is not there though asked for by name, or cannot be copied.
    pub(super) fn provide(&mut self, wanted: &Wanted) -> Result<(), ViewFault> {
        // A socket means what listens on it, and that is outside.
        if ["sockets", "syslog"].contains(&&*wanted.word) {
            return Err(ViewFault::OnlyInView);
        }
        let outcome = match wanted.what {
            What::Scratch => self.scratch(&wanted.path)?,
            What::Required | What::IfPresent if !wanted.forbidden.writing && is_real(wanted) => {
                return Err(ViewFault::OnlyInView);
            }
            What::Required | What::IfPresent => match on_host(&wanted.path) {
                Err(fault) if wanted.may_lack(&fault) => return Ok(()),
                found => {
                    let found = found?;
                    self.parents(&wanted.path)?;
                    self.file(found.file.as_fd(), found.facts, &wanted.path)?
                }
            },
        };
        let (path, word) = (wanted.path.clone(), wanted.word.clone());
        self.provided.push(Provided { real: path.clone(), path, word, outcome });
        Ok(())
    }

    fn scratch(&mut self, path: &Path) -> Result<Outcome, ViewFault> {
        self.parents(path)?;
        if self.folder(path)? == Outcome::JailsOwn {
            return Ok(Outcome::JailsOwn);
        }
        self.in_folder(path, |folder, name| platform::set_mode_at(folder, name, 0o1777))?;
        Ok(Outcome::Made)
    }

    /// Copies `file`, which is what the host has at `path`, with all that is in it.
    fn file(
        &mut self,
        file: BorrowedFd<'_>,
        facts: Facts,
        path: &Path,
    ) -> Result<Outcome, ViewFault> {
        let read = |error| ViewFault::Read(path.to_owned(), error);
        match facts.kind {
            Kind::Directory => {
                let outcome = self.folder(path)?;
                if outcome == Outcome::JailsOwn {
                    return Ok(outcome);
                }
                for name in platform::names_in(file).map_err(read)? {
                    self.entry(file, &name, &path.join(OsStr::from_bytes(name.to_bytes())))?;
                }
                Ok(outcome)
            }
            Kind::File => self.place(path, |folder, name| {
                let source = reopened(file, path)?;
                if is_same(&source, folder, name)? {
                    return Ok(Made::Nothing);
                }
                write_copy(folder, source, facts).map(|()| Made::New)
            }),
            Kind::Other => self.place(path, |folder, _| {
                platform::make_device_at(folder, NEW, file).map(|()| Made::New)
            }),
            Kind::Link => Err(ViewFault::OnlyInView),
        }
    }

    fn entry(&mut self, folder: BorrowedFd<'_>, name: &CStr, path: &Path) -> Result<(), ViewFault> {
        let read = |error| ViewFault::Read(path.to_owned(), error);
        let facts = platform::facts_at(folder, name).map_err(read)?;
        match facts.kind {
            Kind::Link => {
                let target = platform::read_link_at(folder, name).map_err(read)?;
                let target = CString::new(target).unwrap_or_default();
                self.place(path, |folder, _| {
                    platform::make_link_at(folder, NEW, &target).map(|()| Made::New)
                })?;
            }
            Kind::Directory | Kind::File => {
                let file = platform::hold_at(folder, name).map_err(read)?;
                self.file(file.as_fd(), facts, path)?;
            }
            // Sockets and the like mean nothing as copies.
            Kind::Other => {}
        }
        Ok(())
    }

    /// Makes the folder `path` unless the jail has one of its own.
    fn folder(&mut self, path: &Path) -> Result<Outcome, ViewFault> {
        if self.is_jails_own(path)? {
            return Ok(Outcome::JailsOwn);
        }
        self.in_folder(path, |folder, name| {
            match platform::make_directory_at(folder, name, 0o755) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                made => made.map(drop),
            }
        })?;
        self.now.0.insert(path.to_owned());
        Ok(Outcome::Copied)
    }

    /// Has `make` make a file under a name of its own, and puts it at `path` then.
    fn place(
        &mut self,
        path: &Path,
        make: impl FnOnce(BorrowedFd<'_>, &CStr) -> io::Result<Made>,
    ) -> Result<Outcome, ViewFault> {
        if self.is_jails_own(path)? {
            return Ok(Outcome::JailsOwn);
        }
        self.in_folder(path, |folder, name| {
            // Left by a process that was killed here.
            let _ = platform::remove_at(folder, NEW);
            let made = make(folder, name).and_then(|made| match made {
                Made::New => platform::rename_at(folder, NEW, name),
                Made::Nothing => Ok(()),
            });
            made.inspect_err(|_| drop(platform::remove_at(folder, NEW)))
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
        match folder_of(self.jail, path, Missing::IsLeft)? {
            Some((folder, name)) => Ok(platform::facts_at(folder.as_fd(), &name).is_ok()),
            None => Ok(false),
        }
    }

    fn in_folder(
        &self,
        path: &Path,
        act: impl FnOnce(BorrowedFd<'_>, &CStr) -> io::Result<()>,
    ) -> Result<(), ViewFault> {
        if self.pass == Pass::List {
            return Ok(());
        }
        let Some((folder, name)) = folder_of(self.jail, path, Missing::IsMade)? else {
            return Ok(());
        };
        act(folder.as_fd(), &name).map_err(|error| ViewFault::Write(path.to_owned(), error))
    }
}

/// Devices may be written to, and are copied all the same.
fn is_real(wanted: &Wanted) -> bool {
    wanted.forbidden.devices
}
