//! What is made in a jail without a view, and what is taken away again.

use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::messages::{Fault, Remark, RemarkKind, ViewFault};
use crate::provide::ProvideRequest;
use crate::view::copies::copy::Copier;
use crate::view::copies::maker::{CopyPass, Maker};
use crate::view::copies::manifest::Manifest;
use crate::view::copies::safe_dir::{SafeDir, folder_of};
use crate::view::gate::Gate;
use crate::view::mounts::plan::Provided;
use crate::view::secrets::Secrets;
use std::path::PathBuf;

/// What was made, or is to be, and what there is to say about it.
#[derive(Debug, Default)]
pub(crate) struct SyncResult {
    /// What became of each path that was wanted.
    pub provided: Vec<Provided>,
    /// What there is to say.
    pub remarks: Vec<Remark>,
}

/// What is to be made in a jail.
#[derive(Clone, Copy)]
pub(crate) struct SyncRequest<'a> {
    /// Paths of the host.
    pub wanted: &'a [ProvideRequest],
    /// Links to the jail's root.
    pub links: &'a [PathBuf],
    /// What must not be copied.
    pub secrets: &'a Secrets<'a>,
    /// Who the children become.
    pub run_as: &'a RunAs,
}

/// Copies all that is wanted into `jail`, makes the links, and takes away what was made earlier and is
/// not wanted.
///
/// # Errors
/// Something that is asked for by name is not there, cannot be copied, or there is no room; or the jail
/// is not root's alone, so that nothing can be made in it.
pub(crate) fn keep(jail: &CheckedJail, wish: SyncRequest<'_>) -> Result<SyncResult, Fault> {
    let fault = |fault: ViewFault| fault.for_jail(jail.written());
    let Ok(root) = SafeDir::of_jail(jail) else { return nothing_made(jail, wish) };
    let before = Manifest::read(&root).map_err(fault)?;
    // The list is written before the first file is: whoever is killed in between leaves nothing
    // that the next start would take for the jail's own.
    let planned = pass(jail, &before, CopyPass::List, wish)?.maker.now;
    let listed = Manifest(before.0.union(&planned.0).cloned().collect());
    if listed != before {
        listed.write(&root).map_err(fault)?;
    }
    let Copier { maker, gate, provided } = pass(jail, &listed, CopyPass::Copy, wish)?;
    take_away(jail, &listed, &maker.now);
    if maker.now != listed {
        maker.now.write(&root).map_err(fault)?;
    }
    Ok(SyncResult { provided, remarks: gate.into_remarks() })
}

/// What [`keep`] would do, without doing it.
///
/// # Errors
/// As far as they show without writing.
pub(crate) fn list(jail: &CheckedJail, wish: SyncRequest<'_>) -> Result<SyncResult, Fault> {
    let Ok(root) = SafeDir::of_jail(jail) else { return nothing_made(jail, wish) };
    let before = Manifest::read(&root).map_err(|fault| fault.for_jail(jail.written()))?;
    let Copier { gate, provided, .. } = pass(jail, &before, CopyPass::List, wish)?;
    Ok(SyncResult { provided, remarks: gate.into_remarks() })
}

/// Takes away what an earlier start has made in `jail`, where a view needs nothing there.
///
/// # Errors
/// The list of it cannot be read or written.
pub(crate) fn take_all_away(jail: &CheckedJail) -> Result<Vec<Remark>, Fault> {
    let fault = |fault: ViewFault| fault.for_jail(jail.written());
    let Ok(root) = SafeDir::of_jail(jail) else { return Ok(left_behind(jail)) };
    let before = Manifest::read(&root).map_err(fault)?;
    take_away(jail, &before, &Manifest::default());
    if before != Manifest::default() {
        Manifest::default().write(&root).map_err(fault)?;
    }
    Ok(Vec::new())
}

/// Others than root can change the jail, so nothing is made in it: which is well as long as nothing has to
/// be.
fn nothing_made(jail: &CheckedJail, wish: SyncRequest<'_>) -> Result<SyncResult, Fault> {
    let none = Manifest::default();
    let Copier { gate, provided, .. } = pass(jail, &none, CopyPass::List, wish)?;
    let remarks = left_behind(jail).into_iter().chain(gate.into_remarks()).collect();
    Ok(SyncResult { provided, remarks })
}

fn left_behind(jail: &CheckedJail) -> Vec<Remark> {
    let word = jail.written().to_string();
    let what = RemarkKind::LeftBehind(jail.at().to_owned());
    let is_there = Manifest::is_in(jail.entrance());
    is_there.then_some(Remark { word, place: None, what }).into_iter().collect()
}

fn pass<'a>(
    jail: &'a CheckedJail,
    ours: &'a Manifest,
    pass: CopyPass,
    wish: SyncRequest<'a>,
) -> Result<Copier<'a>, Fault> {
    let gate = Gate::new(wish.secrets, wish.run_as);
    let mut copier = Copier::new(Maker::new(jail, ours, pass), gate);
    for path in wish.links {
        copier.link(path).map_err(|fault| fault.for_jail(jail.written()))?;
    }
    for wanted in wish.wanted {
        copier.provide(wanted).map_err(|why| wanted.wrap_fault(why))?;
    }
    Ok(copier)
}

/// Removes what is listed in `before` only, the deepest first.
fn take_away(jail: &CheckedJail, before: &Manifest, now: &Manifest) {
    for path in before.0.iter().rev().filter(|path| !now.0.contains(*path)) {
        // What is gone already, or no place of root's any more, is not ours to remove.
        let Ok(Some((folder, name))) = folder_of(jail, path) else { continue };
        if folder.remove(&name).is_err() {
            let _ = folder.remove_directory(&name);
        }
    }
}
