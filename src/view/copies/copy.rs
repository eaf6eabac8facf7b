//! Copies of host files in the jail, where there is no view. They belong to root, are put in place by a rename, renewed at
//! every start and restart, and removed when they are not requested any more. No symbolic link in the jail is followed, and
//! only our own files are replaced. A copy permits nothing that its source does not permit.

use crate::config::ProvideItem;
use crate::jail::walk::{find_entry, walk_with_passed_dirs};
use crate::messages::ViewFault;
use crate::platform;
use crate::platform::{FileFacts, FileKind, FoundName, Ownership};
use crate::provide::{ProvideRequest, RequestKind};
use crate::trust::rights::{Grant, compute_ownership};
use crate::trust::trusted::open_judged;
use crate::view::copies::file::{NEW, has_contents, is_up_to_date};
use crate::view::copies::link;
use crate::view::copies::maker::{Maker, NewFile};
use crate::view::copies::safe_dir::SafeDir;
use crate::view::gate::{Admitted, Gate, GateDecision};
use crate::view::mounts::outcome::{ProvideOutcome, Provided};
use crate::view::mounts::tree::DEFAULT_OWNERSHIP;
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Copies requested files into a jail, and collects the results.
pub(crate) struct Copier<'a> {
    /// Creates files, or only lists them.
    pub maker: Maker<'a>,
    /// Decides which files may be copied, and collects remarks.
    pub gate: Gate<'a>,
    /// Results of the requests.
    pub provided: Vec<Provided>,
}

/// A file of the host to copy.
#[derive(Clone, Copy)]
struct CopySource<'a> {
    request: &'a ProvideRequest,
    path: &'a Path,
    file: BorrowedFd<'a>,
    facts: FileFacts,
    /// Grant of the folders above it to pass through them.
    passage: Grant,
}

impl<'a> Copier<'a> {
    /// A copier without results.
    pub(crate) fn new(maker: Maker<'a>, gate: Gate<'a>) -> Self {
        Self { maker, gate, provided: Vec::new() }
    }

    /// Creates a link to the root of the jail at `path`, unless there is one.
    ///
    /// # Errors
    /// Returns an error if something else is there, or the jail cannot be written to.
    pub(crate) fn create_link(&mut self, path: &Path) -> Result<(), ViewFault> {
        let is_ours = self.maker.ours.files.contains(path);
        if !is_ours && link::has_link(self.maker.jail, path) {
            return Ok(());
        }
        self.create_parents(path)?;
        let make = |folder: &SafeDir, _: &CStr| {
            folder.create_link(NEW, &link::compose_target(path)).map(NewFile::New)
        };
        match self.maker.create_file(path, make)? {
            ProvideOutcome::JailsOwn => Err(ViewFault::LinkTaken(path.to_owned())),
            _ => Ok(()),
        }
    }

    /// Creates the folders above `path`, so that they are listed too. Each permits to pass as it does outside.
    fn create_parents(&mut self, path: &Path) -> Result<(), ViewFault> {
        let mut parents: Vec<_> = path.ancestors().skip(1).collect();
        parents.retain(|parent| parent.components().count() > 1);
        for parent in parents.into_iter().rev() {
            let ownership = self.compute_parent_ownership(parent);
            self.maker.create_folder(parent, ownership)?;
        }
        Ok(())
    }

    /// Computes the ownership of the folder at `path` from that of the host's folder there, if there is one.
    fn compute_parent_ownership(&self, path: &Path) -> Ownership {
        let Ok((found, passed_dirs)) = walk_with_passed_dirs(path) else {
            return DEFAULT_OWNERSHIP;
        };
        if found.facts.kind != FileKind::Directory {
            return DEFAULT_OWNERSHIP;
        }
        let passage = self.gate.compute_passage(&passed_dirs);
        let access = self.gate.compute_access(found.file.as_fd(), found.facts, passage);
        compute_ownership(access.read, access.pass, 0o7, self.gate.run_as())
    }

    /// Copies the requested path of the host.
    ///
    /// # Errors
    /// Returns an error if the path is requested by name and missing, or cannot be copied.
    pub(crate) fn copy_request(&mut self, request: &ProvideRequest) -> Result<(), ViewFault> {
        if matches!(request.origin, ProvideItem::Set(set) if !set.is_copyable()) {
            return Err(ViewFault::OnlyInView);
        }
        let outcome = match request.kind {
            RequestKind::Scratch => self.create_scratch(&request.path)?,
            RequestKind::Required | RequestKind::IfPresent => {
                match self.gate.admit(request, self.maker.jail)? {
                    // Writes to a copy would not reach the file.
                    _ if request.is_writable() && is_file(request) => {
                        return Err(ViewFault::OnlyInView);
                    }
                    GateDecision::Admit(admitted) => match &request.contents {
                        Some(contents) => self.write_made(request, contents, &admitted)?,
                        None => self.copy_admitted(request, &admitted)?,
                    },
                    GateDecision::Later(_) | GateDecision::Omit => return Ok(()),
                }
            }
        };
        if let Some(outcome) = outcome {
            let (path, origin) = (request.path.clone(), request.origin.clone());
            self.provided.push(Provided { real: path.clone(), path, origin, outcome });
        }
        Ok(())
    }

    fn copy_admitted(
        &mut self,
        request: &ProvideRequest,
        Admitted { path, found, folders }: &Admitted,
    ) -> Result<Option<ProvideOutcome>, ViewFault> {
        let (file, facts) = (found.file.as_fd(), found.facts);
        let passage = self.gate.compute_passage(folders);
        let source = CopySource { request, path, file, facts, passage };
        if !self.check_access(source) {
            return Ok(None);
        }
        self.create_parents(path)?;
        self.copy_node(source).map(Some)
    }

    /// Writes a file that is made in place of the host's.
    fn write_made(
        &mut self,
        request: &ProvideRequest,
        contents: &[u8],
        Admitted { path, found, folders }: &Admitted,
    ) -> Result<Option<ProvideOutcome>, ViewFault> {
        let Some(ownership) = self.gate.choose_ownership(request, found, folders) else {
            return Ok(None);
        };
        self.create_parents(path)?;
        let outcome = self.maker.create_file(path, |folder, name| {
            if has_contents(contents, folder, name, ownership)? {
                return Ok(NewFile::Nothing);
            }
            let (_, made) = folder.create_file(NEW, &mut &*contents, ownership)?;
            Ok(NewFile::New(made))
        })?;
        let is_own = outcome == ProvideOutcome::JailsOwn;
        Ok(Some(if is_own { outcome } else { ProvideOutcome::Composed }))
    }

    fn create_scratch(&mut self, path: &Path) -> Result<Option<ProvideOutcome>, ViewFault> {
        self.create_parents(path)?;
        let outcome =
            self.maker.create_folder(path, Ownership { mode: 0o1777, ..DEFAULT_OWNERSHIP })?;
        Ok(Some(if outcome == ProvideOutcome::JailsOwn { outcome } else { ProvideOutcome::Made }))
    }

    /// Checks whether the children can use `source` outside, and adds a remark if not.
    fn check_access(&mut self, source: CopySource<'_>) -> bool {
        let access = self.gate.compute_access(source.file, source.facts, source.passage);
        let needed = match source.facts.kind {
            FileKind::Directory => access.pass,
            FileKind::File | FileKind::Link => access.read,
            FileKind::Other => return true,
        };
        if needed == Grant::Nobody {
            self.gate.report_closed(source.request, source.path, source.file);
        }
        needed != Grant::Nobody
    }

    /// Copies `source`, a directory with everything in it.
    fn copy_node(&mut self, source: CopySource<'_>) -> Result<ProvideOutcome, ViewFault> {
        let CopySource { path, file, facts, .. } = source;
        match facts.kind {
            // A jail in a provided directory is not copied into itself.
            FileKind::Directory if facts.identity == self.maker.jail.identity() => {
                Ok(ProvideOutcome::Copied)
            }
            FileKind::Directory => self.copy_directory(source),
            FileKind::File => self.copy_regular_file(source),
            FileKind::Other if is_file(source.request) => Err(ViewFault::OnlyInView),
            FileKind::Other => {
                let for_all = facts.mode & 0o6;
                let mode = 0o600 | for_all << 3 | for_all;
                self.maker.create_file(path, |folder, _| {
                    folder.create_device(NEW, file, mode).map(NewFile::New)
                })
            }
            FileKind::Link => Err(ViewFault::OnlyInView),
        }
    }

    fn copy_directory(&mut self, source: CopySource<'_>) -> Result<ProvideOutcome, ViewFault> {
        let read = |error| ViewFault::Read(source.path.to_owned(), error);
        let access = self.gate.compute_access(source.file, source.facts, source.passage);
        let ownership = compute_ownership(access.read, access.pass, 0o7, self.gate.run_as());
        let outcome = self.maker.create_folder(source.path, ownership)?;
        if outcome == ProvideOutcome::JailsOwn {
            return Ok(outcome);
        }
        for name in platform::list_names(source.file).map_err(read)? {
            let path = source.path.join(OsStr::from_bytes(name.to_bytes()));
            self.copy_entry(CopySource { path: &path, passage: access.pass, ..source }, &name)?;
        }
        Ok(outcome)
    }

    fn copy_regular_file(&mut self, source: CopySource<'_>) -> Result<ProvideOutcome, ViewFault> {
        let gate = &self.gate;
        self.maker.create_file(source.path, |folder, name| {
            let mut opened = open_judged(source.file, source.path)?;
            let facts = platform::read_facts(opened.as_raw_fd())?;
            let access = gate.compute_access(opened.as_fd(), facts, source.passage);
            let owner = if facts.mode & 0o111 == 0 { 0o6 } else { 0o7 };
            let ownership = compute_ownership(access.read, access.pass, owner, gate.run_as());
            if is_up_to_date(&opened, folder, name, ownership)? {
                return Ok(NewFile::Nothing);
            }
            let (_, made) = folder.create_file(NEW, &mut opened, ownership)?;
            Ok(NewFile::New(made))
        })
    }

    /// Copies the entry `name` of a directory: the file of `source` is the directory, its path that of the entry.
    fn copy_entry(&mut self, source: CopySource<'_>, name: &CStr) -> Result<(), ViewFault> {
        let CopySource { path, file: folder, .. } = source;
        let read = |error| ViewFault::Read(path.to_owned(), error);
        let FoundName { facts, handle } = find_entry(folder, name, path)?;
        match facts.kind {
            FileKind::Link => {
                let target = platform::read_link_at(folder, name).map_err(read)?;
                let target = CString::new(target).unwrap_or_default();
                self.maker.create_file(path, |folder, _| {
                    folder.create_link(NEW, &target).map(NewFile::New)
                })?;
            }
            FileKind::Directory | FileKind::File => {
                let file = match handle {
                    Some(file) => file,
                    None => platform::open_handle_at(folder, name).map_err(read)?,
                };
                let facts = platform::read_facts(file.as_raw_fd()).map_err(read)?;
                let source = CopySource { file: file.as_fd(), facts, ..source };
                if self.check_access(source) {
                    self.copy_node(source)?;
                }
            }
            // Copies of sockets and FIFOs are of no use.
            FileKind::Other => {}
        }
        Ok(())
    }
}

/// Whether `request` is for files, not for devices, which may be written to and are copied all the same.
fn is_file(request: &ProvideRequest) -> bool {
    request.limits.devices
}
