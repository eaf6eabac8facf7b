#![forbid(unsafe_code)]
//! What is made in a jail without a view, and what is taken away again.

use super::copy::{Copier, Pass};
use super::inside::{Missing, folder_of};
use super::manifest::Manifest;
use super::plan::Provided;
use super::wanted::Wanted;
use crate::fault::{Fault, ViewFault};
use crate::jail::Jail;
use crate::platform;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;

/// Copies all of `wanted` into `jail`, makes `links` lead to its root, and takes away what was made
/// earlier and is not wanted.
///
/// # Errors
/// Something that is asked for by name is not there, cannot be copied, or there is no room.
pub(super) fn keep(
    jail: &Jail,
    wanted: &[Wanted],
    links: &[PathBuf],
) -> Result<Vec<Provided>, Fault> {
    let fault = |fault: ViewFault| fault.of(jail.written());
    let before = Manifest::read(jail.entrance()).map_err(fault)?;
    // The list is written before the first file is: whoever is killed in between leaves nothing
    // that the next start would take for the jail's own.
    let planned = pass(jail, &before, Pass::List, wanted, links)?.now;
    let listed = Manifest(before.0.union(&planned.0).cloned().collect());
    if listed != before {
        listed.write(jail.entrance()).map_err(fault)?;
    }
    let Copier { now, provided, .. } = pass(jail, &listed, Pass::Copy, wanted, links)?;
    take_away(jail.entrance(), &listed, &now);
    if now != listed {
        now.write(jail.entrance()).map_err(fault)?;
    }
    Ok(provided)
}

/// What [`keep`] would do, without doing it.
///
/// # Errors
/// As far as they show without writing.
pub(super) fn list(
    jail: &Jail,
    wanted: &[Wanted],
    links: &[PathBuf],
) -> Result<Vec<Provided>, Fault> {
    let before = Manifest::read(jail.entrance()).map_err(|fault| fault.of(jail.written()))?;
    Ok(pass(jail, &before, Pass::List, wanted, links)?.provided)
}

fn pass<'a>(
    jail: &'a Jail,
    ours: &'a Manifest,
    pass: Pass,
    wanted: &[Wanted],
    links: &[PathBuf],
) -> Result<Copier<'a>, Fault> {
    let mut copier = Copier::new(jail.entrance(), ours, pass);
    for path in links {
        copier.link(path).map_err(|fault| fault.of(jail.written()))?;
    }
    for wanted in wanted {
        copier.provide(wanted).map_err(|why| wanted.fault(why))?;
    }
    Ok(copier)
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
