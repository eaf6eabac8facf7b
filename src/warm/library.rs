#![forbid(unsafe_code)]
//! Whether a library may be run by root: nobody else can change it, or put another one in its place.

use crate::fault::{Complaint, WalkFault, WarmFault};
use crate::jail::Jail;
use crate::platform::{self, Kind, Presence};
use crate::verdict::complaints;
use crate::walk::{Found, on_host, to_directory};
use std::os::fd::AsFd;
use std::path::Path;

/// Judges the library at `path`, which is absolute: the file, and every directory on the way to it,
/// those of symbolic links and of their targets too.
///
/// # Errors
/// It is not there, or not to be trusted.
pub(super) fn judge(path: &Path, jail: &Jail) -> Result<(), WarmFault> {
    let found = on_host(path).map_err(WarmFault::Missing)?;
    if found.facts.kind != Kind::File {
        return Err(WarmFault::NoFile);
    }
    if found.at.starts_with(jail.at()) {
        return Err(WarmFault::InJail(jail.written().to_string()));
    }
    let mut against = of_file(&found);
    let links = found.links.iter().map(|link| &*link.at);
    for step in [path, &*found.at].into_iter().chain(links) {
        for complaint in of_directory(step)? {
            if !against.contains(&complaint) {
                against.push(complaint);
            }
        }
    }
    if against.is_empty() { Ok(()) } else { Err(WarmFault::Changeable(against)) }
}

fn of_file(found: &Found) -> Vec<Complaint> {
    let list = match platform::acl_writers(found.file.as_fd()) {
        Ok(Presence::Present(list)) => list,
        Ok(Presence::Absent) => Vec::new(),
        Err(error) => return vec![Complaint::Unknown(found.at.clone(), error.to_string())],
    };
    complaints(&found.at, found.facts, &list)
}

/// What stands against the directory that `path` lies in, and against those above it.
fn of_directory(path: &Path) -> Result<Vec<Complaint>, WarmFault> {
    match to_directory(path.parent().unwrap_or(Path::new("/"))) {
        Ok(found) => Ok(found.complaints),
        // No walk but this one ends at the root: root's own, or nothing is safe.
        Err(WalkFault::IsRoot) => Ok(Vec::new()),
        Err(fault) => Err(WarmFault::Missing(fault)),
    }
}
