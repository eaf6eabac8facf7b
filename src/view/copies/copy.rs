//! Copies of host files in the jail, where there is no view: root's, each put in its place at once,
//! renewed at every start and restart, and taken away when it is not asked for any more. Nothing
//! inside the jail is followed, and nothing is replaced that is not ours. No copy lets anybody do what
//! its source does not.

use crate::config::ProvideItem;
use crate::jail::walk::with_way;
use crate::messages::ViewFault;
use crate::platform;
use crate::platform::{FileFacts, FileKind, Ownership};
use crate::provide::{ProvideRequest, RequestKind};
use crate::trust::rights::{Grant, manners};
use crate::view::copies::file::{NEW, is_same, reopened};
use crate::view::copies::link;
use crate::view::copies::maker::{Maker, NewFile};
use crate::view::copies::safe_dir::SafeDir;
use crate::view::gate::{Admitted, Gate, GateDecision};
use crate::view::mounts::plan::{ProvideOutcome, Provided};
use crate::view::mounts::tree::PLAIN;
use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Copies what is wanted into a jail, and remembers what became of it.
pub(crate) struct Copier<'a> {
    /// What is made, or is to be.
    pub maker: Maker<'a>,
    /// What may be copied, and what there is to say about it.
    pub gate: Gate<'a>,
    /// What became of each path that was wanted.
    pub provided: Vec<Provided>,
}

/// A file of the host that is to be copied.
#[derive(Clone, Copy)]
struct CopySource<'a> {
    wanted: &'a ProvideRequest,
    path: &'a Path,
    file: BorrowedFd<'a>,
    facts: FileFacts,
    /// To whom the folders on the way to it grant to pass.
    way: Grant,
}

impl<'a> Copier<'a> {
    /// One that has copied nothing yet.
    pub(crate) fn new(maker: Maker<'a>, gate: Gate<'a>) -> Self {
        Self { maker, gate, provided: Vec::new() }
    }

    /// Makes a link to the jail at `path`, unless there is one.
    ///
    /// # Errors
    /// Something else is there, or the jail cannot be written to.
    pub(crate) fn link(&mut self, path: &Path) -> Result<(), ViewFault> {
        let is_ours = self.maker.ours.0.contains(path);
        if !is_ours && link::is_there(self.maker.jail, path) {
            return Ok(());
        }
        self.parents(path)?;
        let make =
            |folder: &SafeDir, _: &CStr| folder.link(NEW, &link::target(path)).map(NewFile::New);
        match self.maker.place(path, make)? {
            ProvideOutcome::JailsOwn => Err(ViewFault::LinkTaken(path.to_owned())),
            _ => Ok(()),
        }
    }

    /// Makes the folders above `path`, so that they are listed too, each for those who may pass it
    /// outside.
    fn parents(&mut self, path: &Path) -> Result<(), ViewFault> {
        let mut parents: Vec<_> = path.ancestors().skip(1).collect();
        parents.retain(|parent| parent.components().count() > 1);
        for parent in parents.into_iter().rev() {
            let manners = self.of_host(parent);
            self.maker.folder(parent, manners)?;
        }
        Ok(())
    }

    /// What a folder is like that stands for the one that the host has at `path`, if it has one.
    fn of_host(&self, path: &Path) -> Ownership {
        let Ok((found, way)) = with_way(path) else { return PLAIN };
        if found.facts.kind != FileKind::Directory {
            return PLAIN;
        }
        let way = self.gate.passing(&way);
        let access = self.gate.access(found.file.as_fd(), found.facts, way);
        manners(access.read, access.pass, 0o7, self.gate.run_as())
    }

    /// Copies what the host has there.
    ///
    /// # Errors
    /// It is not there though asked for by name, or cannot be copied.
    pub(crate) fn provide(&mut self, wanted: &ProvideRequest) -> Result<(), ViewFault> {
        if matches!(wanted.origin, ProvideItem::Set(set) if !set.is_copyable()) {
            return Err(ViewFault::OnlyInView);
        }
        let outcome = match wanted.kind {
            RequestKind::Scratch => self.scratch(&wanted.path)?,
            RequestKind::Required | RequestKind::IfPresent => {
                match self.gate.admit(wanted, self.maker.jail)? {
                    // What is written to would be another file.
                    _ if wanted.is_writable() && is_real(wanted) => {
                        return Err(ViewFault::OnlyInView);
                    }
                    GateDecision::In(admitted) => self.admitted(wanted, &admitted)?,
                    GateDecision::Late(_) | GateDecision::Out => return Ok(()),
                }
            }
        };
        if let Some(outcome) = outcome {
            let (path, origin) = (wanted.path.clone(), wanted.origin.clone());
            self.provided.push(Provided { real: path.clone(), path, origin, outcome });
        }
        Ok(())
    }

    fn admitted(
        &mut self,
        wanted: &ProvideRequest,
        Admitted { path, found, way }: &Admitted,
    ) -> Result<Option<ProvideOutcome>, ViewFault> {
        let (file, facts) = (found.file.as_fd(), found.facts);
        let way = self.gate.passing(way);
        let source = CopySource { wanted, path, file, facts, way };
        if !self.is_open(source) {
            return Ok(None);
        }
        self.parents(path)?;
        self.file(source).map(Some)
    }

    fn scratch(&mut self, path: &Path) -> Result<Option<ProvideOutcome>, ViewFault> {
        self.parents(path)?;
        let outcome = self.maker.folder(path, Ownership { mode: 0o1777, ..PLAIN })?;
        Ok(Some(if outcome == ProvideOutcome::JailsOwn { outcome } else { ProvideOutcome::Made }))
    }

    /// Whether the children have `source` outside; says so if not.
    fn is_open(&mut self, source: CopySource<'_>) -> bool {
        let access = self.gate.access(source.file, source.facts, source.way);
        let needed = match source.facts.kind {
            FileKind::Directory => access.pass,
            FileKind::File | FileKind::Link => access.read,
            FileKind::Other => return true,
        };
        if needed == Grant::Nobody {
            self.gate.is_closed(source.wanted, source.path, source.file);
        }
        needed != Grant::Nobody
    }

    /// Copies `source`, with all that is in it.
    fn file(&mut self, source: CopySource<'_>) -> Result<ProvideOutcome, ViewFault> {
        let CopySource { path, file, facts, .. } = source;
        match facts.kind {
            // A jail in what is provided is not copied into itself.
            FileKind::Directory if facts.identity == self.maker.jail.identity() => {
                Ok(ProvideOutcome::Copied)
            }
            FileKind::Directory => self.directory(source),
            FileKind::File => self.regular(source),
            FileKind::Other if is_real(source.wanted) => Err(ViewFault::OnlyInView),
            FileKind::Other => {
                let for_all = facts.mode & 0o6;
                let mode = 0o600 | for_all << 3 | for_all;
                self.maker.place(path, |folder, _| folder.device(NEW, file, mode).map(NewFile::New))
            }
            FileKind::Link => Err(ViewFault::OnlyInView),
        }
    }

    fn directory(&mut self, source: CopySource<'_>) -> Result<ProvideOutcome, ViewFault> {
        let read = |error| ViewFault::Read(source.path.to_owned(), error);
        let access = self.gate.access(source.file, source.facts, source.way);
        let manners = manners(access.read, access.pass, 0o7, self.gate.run_as());
        let outcome = self.maker.folder(source.path, manners)?;
        if outcome == ProvideOutcome::JailsOwn {
            return Ok(outcome);
        }
        for name in platform::list_names(source.file).map_err(read)? {
            let path = source.path.join(OsStr::from_bytes(name.to_bytes()));
            self.entry(CopySource { path: &path, way: access.pass, ..source }, &name)?;
        }
        Ok(outcome)
    }

    fn regular(&mut self, source: CopySource<'_>) -> Result<ProvideOutcome, ViewFault> {
        let gate = &self.gate;
        self.maker.place(source.path, |folder, name| {
            let opened = reopened(source.file, source.path)?;
            let facts = platform::read_facts(opened.as_raw_fd())?;
            let access = gate.access(opened.as_fd(), facts, source.way);
            let owner = if facts.mode & 0o111 == 0 { 0o6 } else { 0o7 };
            let manners = manners(access.read, access.pass, owner, gate.run_as());
            if is_same(&opened, folder, name, manners)? {
                return Ok(NewFile::Nothing);
            }
            let (_, made) = folder.file(NEW, &mut File::from(opened), manners)?;
            Ok(NewFile::New(made))
        })
    }

    /// Copies what is called `name` in the directory that `source` says, whose path is that of the entry.
    fn entry(&mut self, source: CopySource<'_>, name: &CStr) -> Result<(), ViewFault> {
        let CopySource { path, file: folder, .. } = source;
        let read = |error| ViewFault::Read(path.to_owned(), error);
        let facts = platform::read_facts_at(folder, name).map_err(read)?;
        match facts.kind {
            FileKind::Link => {
                let target = platform::read_link_at(folder, name).map_err(read)?;
                let target = CString::new(target).unwrap_or_default();
                self.maker.place(path, |folder, _| folder.link(NEW, &target).map(NewFile::New))?;
            }
            FileKind::Directory | FileKind::File => {
                let file = platform::open_handle_at(folder, name).map_err(read)?;
                let facts = platform::read_facts(file.as_raw_fd()).map_err(read)?;
                let source = CopySource { file: file.as_fd(), facts, ..source };
                if self.is_open(source) {
                    self.file(source)?;
                }
            }
            // Sockets and the like mean nothing as copies.
            FileKind::Other => {}
        }
        Ok(())
    }
}

/// Devices may be written to, and are copied all the same.
fn is_real(wanted: &ProvideRequest) -> bool {
    wanted.limits.devices
}
