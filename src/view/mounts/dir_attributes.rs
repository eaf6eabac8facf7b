//! Attributes of the folders that are created for a view: those of the host's folder at the same path. A user who cannot pass
//! a folder outside cannot pass it inside.

use crate::jail::walk::{read_access_list_or_other, walk_with_passed_dirs};
use crate::messages::WalkFault;
use crate::platform::{AccessList, FileKind, GroupId, Ownership, UserId};
use crate::trust::rights::{intersect_ownership, narrow_mode};
use crate::view::mounts::source::{HeldFile, to_ownership};
use crate::view::mounts::tree::ViewFolder;
use std::os::fd::AsFd;
use std::path::Path;

/// Owner, group, mode and access control list.
type DirAttributes = (Ownership, AccessList);

/// Attributes where those of the host are not known: for root only.
const ROOT_ONLY: DirAttributes =
    (Ownership { mode: 0o700, user: UserId(0), group: GroupId(0) }, AccessList::Plain);

/// Copies the attributes of the host's folders to those that are created for the view: `root` and all below it.
pub(crate) fn copy_host_attributes(root: &mut ViewFolder<HeldFile>) {
    root.visit_folders(Path::new("/"), &mut |place, folder| {
        let Some(host) = read_host_attributes(place) else { return };
        let is_jails = folder.is_split;
        let own = std::mem::replace(&mut folder.list, AccessList::Plain);
        (folder.ownership, folder.list) = match is_jails {
            true => intersect(host, (folder.ownership, own)),
            false => host,
        };
    });
}

/// Reads the attributes of the host's folder at `place`. If symbolic links that the view does not have lead to it, they are
/// combined with those of all folders that have to be passed. `None` if the host has no folder there.
fn read_host_attributes(place: &Path) -> Option<DirAttributes> {
    let (found, passed_dirs) = match walk_with_passed_dirs(place) {
        Ok(walked) => walked,
        Err(WalkFault::Missing(_) | WalkFault::NotDirectory(..)) => return None,
        Err(_) => return Some(ROOT_ONLY),
    };
    if found.facts.kind != FileKind::Directory {
        return None;
    }
    let itself = (to_ownership(found.facts), read_access_list_or_other(found.file.as_fd()));
    if found.at == place {
        return Some(itself);
    }
    let passed = passed_dirs.into_iter().map(|passed| (to_ownership(passed.facts), passed.list));
    Some(passed.fold(itself, intersect))
}

/// Attributes that permit only what both permit, with the owner of the first.
fn intersect(first: DirAttributes, second: DirAttributes) -> DirAttributes {
    if first == second {
        return first;
    }
    let plain = |(ownership, list): DirAttributes| Ownership {
        mode: narrow_mode(ownership.mode, &list),
        ..ownership
    };
    (intersect_ownership(plain(first), plain(second)), AccessList::Plain)
}
