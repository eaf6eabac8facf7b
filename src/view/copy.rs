#![forbid(unsafe_code)]
//! Copies of host files in the jail, where there is no view: root's, each put in its place at once,
//! renewed at every start and restart, and taken away when it is not asked for any more. Nothing
//! inside the jail is followed, and nothing is replaced that is not ours.

use super::inside::{Missing, folder_of};
use super::manifest::Manifest;
use super::plan::{Outcome, Provided};
use super::wanted::{Wanted, What};
use crate::fault::{Fault, ViewFault, WalkFault};
use crate::jail::Jail;
use crate::platform::{self, Facts, Kind, UserId};
use crate::walk::on_host;
use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Copies all of `wanted` into `jail`, and takes away what was copied earlier and is not wanted.
///
/// # Errors
/// Something that is asked for by name is not there, cannot be copied, or there is no room.
pub(super) fn copy(jail: &Jail, wanted: &[Wanted]) -> Result<Vec<Provided>, Fault> {
    let fault = |fault: ViewFault| fault.of(jail.written());
    let before = Manifest::read(jail.entrance()).map_err(fault)?;
    // The list is written before the first file is: whoever is killed in between leaves nothing
    // that the next start would take for the jail's own.
    let (planned, _) = pass(jail, &before, wanted, Pass::List)?;
    let listed = Manifest(before.0.union(&planned.0).cloned().collect());
    if listed != before {
        listed.write(jail.entrance()).map_err(fault)?;
    }
    let (now, provided) = pass(jail, &listed, wanted, Pass::Copy)?;
    take_away(jail.entrance(), &listed, &now);
    if now != listed {
        now.write(jail.entrance()).map_err(fault)?;
    }
    Ok(provided)
}

/// Whether files are made, or only listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    List,
    Copy,
}

fn pass(
    jail: &Jail,
    ours: &Manifest,
    wanted: &[Wanted],
    pass: Pass,
) -> Result<(Manifest, Vec<Provided>), Fault> {
    let (now, provided) = (Manifest::default(), Vec::new());
    let mut copier = Copier { jail: jail.entrance(), ours, pass, now, provided };
    for wanted in wanted {
        copier.provide(wanted).map_err(|why| wanted.fault(why))?;
    }
    Ok((copier.now, copier.provided))
}

/// Removes what is listed in `before` only, the deepest first.
fn take_away(jail: BorrowedFd<'_>, before: &Manifest, now: &Manifest) {
    for path in before.0.iter().rev().filter(|path| !now.0.contains(*path)) {
        // What is gone already, or no place of root's any more, is not ours to remove.
        let Ok(Some((folder, name))) = folder_of(jail, path, Missing::IsLeft) else { continue };
        if platform::remove_at(folder.as_fd(), &name).is_err() {
            let _ = platform::remove_directory_at(folder.as_fd(), &name);
        }
    }
}

struct Copier<'a> {
    jail: BorrowedFd<'a>,
    ours: &'a Manifest,
    pass: Pass,
    now: Manifest,
    provided: Vec<Provided>,
}

/// Whether there is a new file to put in its place.
enum Made {
    New,
    Nothing,
}

/// The name under which a file is written before it takes its place.
const NEW: &CStr = c".mod_chroot.copy";

impl Copier<'_> {
    fn provide(&mut self, wanted: &Wanted) -> Result<(), ViewFault> {
        let outcome = match wanted.what {
            What::Scratch => self.scratch(&wanted.path)?,
            What::Required | What::IfPresent if !wanted.forbidden.writing && is_real(wanted) => {
                return Err(ViewFault::OnlyInView);
            }
            What::Required | What::IfPresent => match on_host(&wanted.path) {
                Err(WalkFault::Missing(_)) if wanted.what == What::IfPresent => return Ok(()),
                found => {
                    let found = found?;
                    self.file(found.file.as_fd(), found.facts, &wanted.path)?
                }
            },
        };
        let (path, word) = (wanted.path.clone(), wanted.word.clone());
        self.provided.push(Provided { path, word, outcome });
        Ok(())
    }

    fn scratch(&mut self, path: &Path) -> Result<Outcome, ViewFault> {
        let outcome = self.folder(path)?;
        if outcome != Outcome::JailsOwn {
            self.in_folder(path, |folder, name| platform::set_mode_at(folder, name, 0o1777))?;
        }
        Ok(outcome)
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
        Ok(Outcome::ReadOnly)
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
        Ok(Outcome::ReadOnly)
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

/// The file behind `held`, open for reading: the very one.
fn reopened(held: BorrowedFd<'_>, path: &Path) -> io::Result<OwnedFd> {
    let changed = || io::Error::other("it was replaced while it was read");
    let facts = platform::facts(held.as_raw_fd())?;
    let found = on_host(path).map_err(|_| changed())?;
    let (Some(parent), Some(name)) = (found.at.parent(), found.at.file_name()) else {
        return Err(changed());
    };
    let parent = on_host(parent).map_err(|_| changed())?;
    let name = CString::new(name.as_bytes()).map_err(|_| changed())?;
    let file = platform::open_file_at(parent.file.as_fd(), &name)?;
    if platform::facts(file.as_raw_fd())?.identity == facts.identity {
        Ok(file)
    } else {
        Err(changed())
    }
}

fn write_copy(folder: BorrowedFd<'_>, source: OwnedFd, facts: Facts) -> io::Result<()> {
    let mode = if facts.mode & 0o111 == 0 { 0o644 } else { 0o755 };
    let mut copy = File::from(platform::make_file_at(folder, NEW, 0o600)?);
    io::copy(&mut File::from(source), &mut copy)?;
    platform::set_mode_at(folder, NEW, mode)
}

/// Whether the copy `name` in `folder` has what `source` has: then it need not be written again.
fn is_same(source: &OwnedFd, folder: BorrowedFd<'_>, name: &CStr) -> io::Result<bool> {
    let Ok(copy) = platform::open_file_at(folder, name) else { return Ok(false) };
    let facts = platform::facts(copy.as_raw_fd())?;
    if facts.kind != Kind::File || facts.owner != UserId(0) || facts.mode & 0o022 != 0 {
        return Ok(false);
    }
    let (mut here, mut there) = (Vec::new(), Vec::new());
    File::from(copy).take(LARGEST_COMPARED).read_to_end(&mut here)?;
    File::from(source.try_clone()?).take(LARGEST_COMPARED).read_to_end(&mut there)?;
    let same = here == there && (here.len() as u64) < LARGEST_COMPARED;
    File::from(source.try_clone()?).rewind()?;
    Ok(same)
}

/// Larger files, in bytes, are copied again rather than compared.
const LARGEST_COMPARED: u64 = 1 << 20;
