//! Copies and links in a jail without a view: they are created, renewed and removed.

use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::messages::{Fault, Remark, RemarkKind, ViewFault};
use crate::provide::ProvideRequest;
use crate::view::copies::copy::Copier;
use crate::view::copies::maker::{CopyPass, Maker};
use crate::view::copies::manifest::Manifest;
use crate::view::copies::safe_dir::{SafeDir, open_folder_of};
use crate::view::gate::Gate;
use crate::view::mounts::outcome::Provided;
use crate::view::secrets::Secrets;
use std::path::{Path, PathBuf};

/// Result of a synchronisation, or of a list of its steps.
#[derive(Debug, Default)]
pub(crate) struct SyncResult {
    /// Results of the requests.
    pub provided: Vec<Provided>,
    /// Remarks for the log.
    pub remarks: Vec<Remark>,
}

/// Copies and links that a jail has to contain.
#[derive(Clone, Copy)]
pub(crate) struct SyncRequest<'a> {
    /// Paths of the host.
    pub requests: &'a [ProvideRequest],
    /// Paths of links to the root of the jail.
    pub links: &'a [PathBuf],
    /// Files that must not be copied.
    pub secrets: &'a Secrets<'a>,
    /// `PidFile` of this server.
    pub pid_file: &'a Path,
    /// The user and groups of the children.
    pub run_as: &'a RunAs,
}

/// Copies the requested files into `jail`, creates the links, and removes earlier copies that are not requested any more.
///
/// # Errors
/// Returns an error if a path that is requested by name is missing or cannot be copied, or the jail is not root's
/// alone although it has to be written to.
pub(crate) fn sync_copies(
    jail: &CheckedJail,
    request: SyncRequest<'_>,
) -> Result<SyncResult, Fault> {
    let fault = |fault: ViewFault| fault.for_jail(jail.written());
    let Ok(root) = SafeDir::open_jail(jail) else { return sync_unsafe_jail(jail, request) };
    let before = Manifest::read(&root).map_err(fault)?;
    refuse_other_server(&before, jail, request)?;
    // The list is written before the first file: a process that is killed in between leaves nothing
    // that the next start would take for the jail's own.
    let planned = run_pass(jail, &before, CopyPass::List, request)?.maker.made;
    let pid_file = Some(request.pid_file.to_owned());
    let files = before.files.union(&planned.files).cloned().collect();
    let listed = Manifest { files, pid_file };
    if listed != before {
        listed.write(&root).map_err(fault)?;
    }
    let Copier { maker, gate, provided } = run_pass(jail, &listed, CopyPass::Copy, request)?;
    remove_unlisted(jail, &listed, &maker.made);
    if maker.made.files != listed.files {
        let pid_file = listed.pid_file.clone();
        Manifest { pid_file, ..maker.made }.write(&root).map_err(fault)?;
    }
    Ok(SyncResult { provided, remarks: gate.into_remarks() })
}

/// Lists the steps of [`sync_copies`] without writing.
///
/// # Errors
/// Returns the errors of [`sync_copies`], except those of writing.
pub(crate) fn list_copies(
    jail: &CheckedJail,
    request: SyncRequest<'_>,
) -> Result<SyncResult, Fault> {
    let Ok(root) = SafeDir::open_jail(jail) else { return sync_unsafe_jail(jail, request) };
    let before = Manifest::read(&root).map_err(|fault| fault.for_jail(jail.written()))?;
    refuse_other_server(&before, jail, request)?;
    let Copier { gate, provided, .. } = run_pass(jail, &before, CopyPass::List, request)?;
    Ok(SyncResult { provided, remarks: gate.into_remarks() })
}

/// Refuses copies in a jail that holds those of another server, which runs.
fn refuse_other_server(
    before: &Manifest,
    jail: &CheckedJail,
    request: SyncRequest<'_>,
) -> Result<(), Fault> {
    match (before.find_other_server(request.pid_file), &before.pid_file) {
        (Some(pid), Some(pid_file)) => {
            Err(ViewFault::OtherServer(pid, pid_file.clone()).for_jail(jail.written()))
        }
        _ => Ok(()),
    }
}

/// Removes all copies and links of earlier starts from `jail`: a view needs none. Those of another server that runs
/// stay.
///
/// # Errors
/// Returns an error if the list of them cannot be read or written.
pub(crate) fn remove_all_copies(jail: &CheckedJail, pid_file: &Path) -> Result<Vec<Remark>, Fault> {
    let fault = |fault: ViewFault| fault.for_jail(jail.written());
    let Ok(root) = SafeDir::open_jail(jail) else { return Ok(report_leftovers(jail)) };
    let before = Manifest::read(&root).map_err(fault)?;
    if before.find_other_server(pid_file).is_some() {
        return Ok(Vec::new());
    }
    remove_unlisted(jail, &before, &Manifest::default());
    if before != Manifest::default() {
        Manifest::default().write(&root).map_err(fault)?;
    }
    Ok(Vec::new())
}

/// Handles a jail that others than root can change: nothing is created in it, which is an error only if something has to be.
fn sync_unsafe_jail(jail: &CheckedJail, request: SyncRequest<'_>) -> Result<SyncResult, Fault> {
    let none = Manifest::default();
    let Copier { gate, provided, .. } = run_pass(jail, &none, CopyPass::List, request)?;
    let remarks = report_leftovers(jail).into_iter().chain(gate.into_remarks()).collect();
    Ok(SyncResult { provided, remarks })
}

/// Reports copies of an earlier start that are left in a jail that others can change.
fn report_leftovers(jail: &CheckedJail) -> Vec<Remark> {
    let word = jail.written().to_string();
    let kind = RemarkKind::LeftBehind(jail.at().to_owned());
    let is_there = Manifest::exists_in(jail.entrance());
    is_there.then_some(Remark { word, place: None, kind }).into_iter().collect()
}

/// Creates, or only lists, all copies and links.
fn run_pass<'a>(
    jail: &'a CheckedJail,
    ours: &'a Manifest,
    pass: CopyPass,
    request: SyncRequest<'a>,
) -> Result<Copier<'a>, Fault> {
    let gate = Gate::new(request.secrets, request.run_as);
    let mut copier = Copier::new(Maker::new(jail, ours, pass), gate);
    for path in request.links {
        copier.create_link(path).map_err(|fault| fault.for_jail(jail.written()))?;
    }
    for one in request.requests {
        copier.copy_request(one).map_err(|cause| one.wrap_fault(cause))?;
    }
    Ok(copier)
}

/// Removes files that are listed in `before` but not in `now`, the deepest first.
fn remove_unlisted(jail: &CheckedJail, before: &Manifest, now: &Manifest) {
    for path in before.files.iter().rev().filter(|path| !now.files.contains(*path)) {
        // A file that is gone, or whose folder is not root's any more, is not ours to remove.
        let Ok(Some((folder, name))) = open_folder_of(jail, path) else { continue };
        if folder.remove(&name).is_err() {
            let _ = folder.remove_directory(&name);
        }
    }
}
