//! Files in directories in which every user can make files, such as `/tmp`. Any user of the host may make the name that the
//! configuration has before the right one does, so what is found there must not show more than that user's own: no link of
//! others is followed, and no file with several names is shown. The kernel has the same rules for itself
//! (`fs.protected_symlinks`, `fs.protected_hardlinks`), if they are enabled.

use crate::config::set_catalogue::TMP;
use crate::jail::walk::{OpenedPath, PassedDir, SymbolicLink};
use crate::messages::SharedRisk;
use crate::platform::{Inode, InodeKind, UserId};
use std::path::Path;

const OTHERS_WRITE: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// Whether every user can make files in `folder`.
fn is_shared(folder: &PassedDir) -> bool {
    folder.facts.mode & OTHERS_WRITE != 0
}

/// Whether `found` lies in such a directory itself.
pub(crate) fn is_in_shared(found: &OpenedPath, folders: &[PassedDir]) -> bool {
    folders.iter().any(|folder| is_shared(folder) && found.at.parent() == Some(&folder.at))
}

/// Finds a reason not to show `found`, which is `inode`, and which `folders` lead to. `writer` is the user of the children, if they
/// may write to it.
pub(crate) fn find_risk(
    found: &OpenedPath,
    inode: &Inode,
    folders: &[PassedDir],
    writer: Option<UserId>,
) -> Option<SharedRisk> {
    let shared: Vec<_> = folders.iter().filter(|folder| is_shared(folder)).collect();
    let is_below = |path: &Path| shared.iter().any(|folder| path.starts_with(&folder.at));
    let is_others = |link: &&SymbolicLink| is_below(&link.at) && link.facts.owner != UserId(0);
    if let Some(link) = found.links.iter().find(is_others) {
        return Some(SharedRisk::Link(link.at.clone(), link.facts.owner.0));
    }
    let is_loose = |folder: &&&PassedDir| {
        let is_roots = folder.facts.owner == UserId(0);
        let is_temporary = TMP.iter().any(|tmp| folder.at.starts_with(tmp));
        is_temporary && !(is_roots && folder.facts.mode & STICKY != 0)
    };
    if let Some(folder) = shared.iter().find(is_loose) {
        return Some(SharedRisk::NotSticky(folder.at.clone()));
    }
    if is_in_shared(found, folders) && inode.sort != InodeKind::Directory && inode.links != 1 {
        return Some(SharedRisk::Names(inode.links));
    }
    let is_strange = |user: UserId| inode.user != user && inode.user != UserId(0);
    let is_temporary = TMP.iter().any(|tmp| found.at.starts_with(tmp));
    let is_owned = writer.is_some_and(is_strange) && is_temporary && !shared.is_empty();
    is_owned.then_some(SharedRisk::Owner(inode.user.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jail::walk::walk_with_passed_dirs;
    use crate::platform;
    use std::fs;
    use std::os::fd::AsFd;
    use std::os::unix::fs::{PermissionsExt, lchown, symlink};
    use std::path::PathBuf;

    fn find(path: &Path, writer: Option<u32>) -> Option<SharedRisk> {
        let (found, folders) = walk_with_passed_dirs(path).unwrap();
        let inode = platform::read_inode(found.file.as_fd()).unwrap();
        find_risk(&found, &inode, &folders, writer.map(UserId))
    }

    /// A folder in which every user can make files, in `/tmp`, and this user's number.
    fn scene(mode: u32) -> (tempfile::TempDir, PathBuf, u32) {
        let scene = tempfile::tempdir_in("/tmp").unwrap();
        fs::set_permissions(scene.path(), fs::Permissions::from_mode(mode)).unwrap();
        let path = scene.path().join("app");
        fs::write(&path, "x").unwrap();
        (scene, path, platform::effective_user().0)
    }

    #[test]
    fn a_file_with_another_name_is_not_shown() {
        let (scene, path, me) = scene(0o755);
        assert_eq!(find(&path, None), None);
        fs::hard_link(&path, scene.path().join("other")).unwrap();
        assert_eq!(find(&path, None), None, "nobody else can make files there");
        fs::set_permissions(scene.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        if me == 0 {
            assert_eq!(find(&path, None), Some(SharedRisk::Names(2)));
        }
    }

    #[test]
    fn a_folder_in_which_others_can_rename_shows_nothing() {
        let (scene, path, _) = scene(0o777);
        assert_eq!(find(&path, None), Some(SharedRisk::NotSticky(scene.path().to_owned())));
    }

    #[test]
    fn a_link_counts_if_it_is_roots() {
        let (scene, path, me) = scene(0o755);
        let link = scene.path().join("link");
        symlink(&path, &link).unwrap();
        if me == 0 {
            assert_eq!(find(&link, None), None);
            lchown(&link, Some(4711), None).unwrap();
            assert_eq!(find(&link, None), Some(SharedRisk::Link(link, 4711)));
        } else {
            assert_eq!(find(&link, None), Some(SharedRisk::Link(link, me)));
        }
    }

    #[test]
    fn children_write_to_no_file_of_another_user() {
        let (_scene, path, me) = scene(0o755);
        assert_eq!(find(&path, Some(me)), None);
        assert_eq!(find(&path, Some(4711)), (me != 0).then_some(SharedRisk::Owner(me)));
    }
}
