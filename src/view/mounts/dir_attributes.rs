//! Folders that a view makes are like those of the host that they stand for: a user who cannot pass outside
//! cannot pass inside, on the way to whatever is provided and to the jail.

use crate::jail::walk::{list_of, with_way};
use crate::messages::WalkFault;
use crate::platform::{AccessList, FileKind, GroupId, Ownership, UserId};
use crate::trust::rights::{narrower, without_list};
use crate::view::mounts::source::{HeldFile, manners};
use crate::view::mounts::tree::ViewFolder;
use std::os::fd::AsFd;
use std::path::Path;

/// Owner, group, mode and access control list.
type DirAttributes = (Ownership, AccessList);

/// Where it is not known who may pass: root.
const SHUT: DirAttributes =
    (Ownership { mode: 0o700, user: UserId(0), group: GroupId(0) }, AccessList::Plain);

/// Gives every folder below `root` that is made for the view, and `root` itself, the guise of the host's
/// folder at its place, if there is one.
pub(crate) fn imitate(root: &mut ViewFolder<HeldFile>) {
    root.each_folder(Path::new("/"), &mut |place, folder| {
        let Some(host) = of_host(place) else { return };
        let is_jails = folder.stands_for_one;
        let own = std::mem::replace(&mut folder.list, AccessList::Plain);
        (folder.manners, folder.list) = match is_jails {
            true => of_both(host, (folder.manners, own)),
            false => host,
        };
    });
}

/// Owner, mode and list of the host's folder at `place`, in one guise for all those that have to be passed if
/// symbolic links lead to it that the view does not have; `None` if the host has none there.
fn of_host(place: &Path) -> Option<DirAttributes> {
    let (found, way) = match with_way(place) {
        Ok(walked) => walked,
        Err(WalkFault::Missing(_) | WalkFault::NotDirectory(..)) => return None,
        Err(_) => return Some(SHUT),
    };
    if found.facts.kind != FileKind::Directory {
        return None;
    }
    let itself = (manners(found.facts), list_of(found.file.as_fd()));
    if found.at == place {
        return Some(itself);
    }
    let passed = way.into_iter().map(|passed| (manners(passed.facts), passed.list));
    Some(passed.fold(itself, of_both))
}

/// A guise that lets nobody do what one of the two does not let him do, with the owner of the first.
fn of_both(first: DirAttributes, second: DirAttributes) -> DirAttributes {
    if first == second {
        return first;
    }
    let plain = |(manners, list): DirAttributes| Ownership {
        mode: without_list(manners.mode, &list),
        ..manners
    };
    (narrower(plain(first), plain(second)), AccessList::Plain)
}
