//! Files of the host that may be provided, for the remedies of messages.

use crate::jail::walk::{OpenedPath, SymbolicLink, on_host, to_directory};
use crate::messages::{DistrustReason, WalkFault};
use crate::platform::FileKind;
use crate::preflight::verdict_input::Provider;
use crate::programs::{find_acceptable, host_libraries, list_shown};
use crate::trust::trusted::Judge;
use std::path::{Component, Path, PathBuf};

/// The host, as root sees it.
#[derive(Debug)]
pub(crate) struct HostProvider {
    /// Judge of files that may be provided.
    pub judge: Judge,
    /// Whether folders are shown rather than files copied.
    pub in_view: bool,
}

impl Provider for HostProvider {
    fn exists(&self, path: &Path) -> bool {
        on_host(path).is_ok()
    }

    fn find_program(&self, named: &Path) -> Result<PathBuf, String> {
        if named.components().any(|part| part == Component::ParentDir) {
            return Err("its path leads up".into());
        }
        let path = find_acceptable(named, &self.judge).map_err(|fault| match fault.cause {
            DistrustReason::Walk(WalkFault::Missing(_)) => "the host does not have it".into(),
            _ => fault.to_string(),
        })?;
        let is_executable = |found: OpenedPath| found.facts.mode & 0o111 != 0;
        match on_host(&path).is_ok_and(is_executable) {
            true => Ok(path),
            false => Err("the host's file is not executable".into()),
        }
    }

    fn find_libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
        let (found, configured_by) = host_libraries(loader, names, &self.judge)?;
        let mut paths = list_shown(found, self.in_view);
        paths.extend(configured_by);
        let lacks_loader = names.iter().any(|name| Path::new(name) == loader);
        Some(lacks_loader.then(|| loader.to_owned()).into_iter().chain(paths).collect())
    }

    fn is_file(&self, path: &Path) -> bool {
        on_host(path).is_ok_and(|found| found.facts.kind == FileKind::File)
    }

    fn is_roots_link(&self, path: &Path, target: &Path) -> bool {
        let (Ok(from), Ok(to)) = (on_host(path), on_host(target)) else { return false };
        from.at == to.at && from.links.iter().chain(&to.links).all(is_roots_choice)
    }

    fn is_roots_file(&self, path: &Path) -> bool {
        self.judge.open_file(path).is_ok()
    }

    fn is_roots_script(&self, path: &Path) -> bool {
        Judge::default().open_file(path).is_ok()
    }
}

/// Whether root alone can change the folder in which the link is, and those above it.
fn is_roots_choice(link: &SymbolicLink) -> bool {
    let folder = link.at.parent().map(to_directory);
    folder.is_some_and(|found| found.is_ok_and(|found| found.complaints.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_link_of_others_behind_a_link_of_roots_is_not_roots() {
        let scene = tempfile::tempdir_in("/root").unwrap();
        let at = |name: &str| scene.path().join(name);
        for folder in ["app", "open"] {
            fs::create_dir(at(folder)).unwrap();
        }
        fs::write(at("secret"), "x").unwrap();
        symlink("../app/data", at("open/first")).unwrap();
        symlink("../open/data", at("app/first")).unwrap();
        symlink("../secret", at("app/data")).unwrap();
        symlink("../secret", at("open/data")).unwrap();
        fs::set_permissions(at("open"), Permissions::from_mode(0o777)).unwrap();
        let host = HostProvider { judge: Judge::default(), in_view: true };
        let is_roots = |link: &str, target: &str| host.is_roots_link(&at(link), &at(target));
        assert!(is_roots("app/data", "secret"));
        assert!(!is_roots("app/first", "secret"), "the second link is theirs");
        assert!(!is_roots("open/first", "secret"), "the first link is theirs");
        assert!(!is_roots("app/data", "open"), "it leads elsewhere by now");
        assert!(!is_roots("app/data", "missing"));
    }
}
