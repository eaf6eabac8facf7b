//! The self-link: `<jail>/srv/www -> ..`, so that `/srv/www/htdocs` means `/htdocs` inside.
//!
//! It leads to the jail from inside and from outside. `-> /` would work inside; but a server without a jail, because the module
//! was switched off, would serve the whole host through it.

use crate::jail::CheckedJail;
use crate::path::components;
use crate::platform;
use crate::platform::{FileKind, UserId};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Composes the target of the link at `path` of the jail: from the folder of the link up to the jail.
pub(crate) fn compose_target(path: &Path) -> CString {
    let up = vec![".."; count_folders_above(path)];
    let up = if up.is_empty() { ".".to_owned() } else { up.join("/") };
    CString::new(up).unwrap_or_default()
}

/// Counts the folders of the jail above the link at `path`.
fn count_folders_above(path: &Path) -> usize {
    let names = path.components().filter(|part| matches!(part, Component::Normal(_)));
    names.count().saturating_sub(1)
}

/// Lists the host paths of the jail: the real one, and the configured one if it differs by symbolic links.
pub(crate) fn list_host_paths(jail: &CheckedJail) -> Vec<PathBuf> {
    let mut paths = vec![jail.at().to_owned()];
    let written = jail.written().as_path();
    let is_plain = !written.components().any(|part| part == Component::ParentDir);
    let clean: PathBuf = written.components().collect();
    if is_plain && !paths.contains(&clean) {
        paths.push(clean);
    }
    paths
}

/// Whether the jail has a link to its root at `path`, which is then used as it is. Nothing is written, so the owners of the
/// folders above it do not matter.
pub(crate) fn has_link(jail: &CheckedJail, path: &Path) -> bool {
    let names = |path: &Path| components(path.as_os_str().as_bytes());
    let Some((crate::path::Component::Name(last), above)) = names(path).pop().zip(path.parent())
    else {
        return false;
    };
    let Ok(mut folder) = jail.entrance().try_clone_to_owned() else { return false };
    for component in names(above) {
        let crate::path::Component::Name(name) = component else { return false };
        folder = match platform::open_directory_at(folder.as_fd(), &name) {
            Ok(inner) => inner,
            Err(_) => return false,
        };
    }
    leads_to_root(folder.as_fd(), &last, path).unwrap_or(false)
}

/// Whether `name` in `folder`, which is at `path` of the jail, is a link of root's to the root directory.
///
/// # Errors
/// Returns the `errno` of the failing call.
fn leads_to_root(folder: BorrowedFd<'_>, name: &CStr, path: &Path) -> io::Result<bool> {
    let facts = platform::read_facts_at(folder, name)?;
    if facts.kind != FileKind::Link || facts.owner != UserId(0) {
        return Ok(false);
    }
    Ok(is_path_to_root(&platform::read_link_at(folder, name)?, path))
}

/// Whether `target` leads to the root directory inside, from the link at `path`. The parent of the root is the root.
fn is_path_to_root(target: &[u8], path: &Path) -> bool {
    let parts = || target.split(|&byte| byte == b'/');
    let up = parts().filter(|part| part == b"..").count();
    !target.is_empty()
        && parts().all(|part| [&b""[..], b".", b".."].contains(&part))
        && (target.starts_with(b"/") || up >= count_folders_above(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    #[test]
    fn the_link_leads_to_the_jail_outside_too() {
        let jail = tempfile::tempdir().unwrap();
        for (path, words) in [("/j", "."), ("/srv/www", ".."), ("/a/b/c/d", "../../..")] {
            let target = compose_target(Path::new(path));
            assert_eq!(target.to_str().unwrap(), words);
            assert!(is_path_to_root(target.as_bytes(), Path::new(path)));
            let link = jail.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(words, &link).unwrap();
            let numbers = [&link, jail.path()].map(|path| fs::metadata(path).unwrap().ino());
            assert_eq!(numbers[0], numbers[1]);
        }
    }

    #[test]
    fn links_of_others_are_judged_by_their_target() {
        let path = Path::new("/srv/www");
        let leads = |target: &str| is_path_to_root(target.as_bytes(), path);
        assert!(
            ["/", "//", "/.", "/..", "..", "../", "../.", "./..", "../.."]
                .iter()
                .all(|it| leads(it))
        );
        assert!(
            !["", ".", "./", "/srv", "srv", "../srv", "...", "/..."].iter().any(|it| leads(it))
        );
    }
}
