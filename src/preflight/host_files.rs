//! Files of the host that may be provided, for the remedies of messages.

use crate::jail::walk::on_host;
use crate::messages::{DistrustReason, WalkFault};
use crate::platform::FileKind;
use crate::preflight::verdict::Provider;
use crate::programs::{find_acceptable, host_libraries};
use crate::trust::trusted::Judge;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The host, as root sees it.
#[derive(Debug)]
pub(crate) struct HostProvider {
    /// Judge of files that may be provided.
    pub judge: Judge,
    /// Whether folders are shown rather than files copied.
    pub in_view: bool,
}

impl Provider for HostProvider {
    fn find_program(&self, named: &Path) -> Result<PathBuf, String> {
        find_acceptable(named, &self.judge).map_err(|fault| match fault.cause {
            DistrustReason::Walk(WalkFault::Missing(_)) => "the host does not have it".into(),
            _ => fault.to_string(),
        })
    }

    fn find_libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
        let (found, configured_by) = host_libraries(loader, names, &self.judge)?;
        let mut paths: BTreeSet<_> = found.into_iter().map(|it| it.shown(self.in_view)).collect();
        paths.extend(configured_by);
        let lacks_loader = names.iter().any(|name| Path::new(name) == loader);
        Some(lacks_loader.then(|| loader.to_owned()).into_iter().chain(paths).collect())
    }

    fn is_file(&self, path: &Path) -> bool {
        on_host(path).is_ok_and(|found| found.facts.kind == FileKind::File)
    }

    fn is_roots_link(&self, path: &Path) -> bool {
        path.parent().is_some_and(|folder| self.judge.open_folder(folder).is_ok())
    }

    fn is_roots_file(&self, path: &Path) -> bool {
        self.judge.open_file(path).is_ok()
    }
}

/// A host of which nothing is looked up, because part of it does not answer.
#[derive(Debug)]
pub(crate) struct NoHost;

impl Provider for NoHost {
    fn find_program(&self, _: &Path) -> Result<PathBuf, String> {
        Err("some of the host does not answer".into())
    }

    fn find_libraries(&self, _: &Path, _: &[String]) -> Option<Vec<PathBuf>> {
        None
    }

    fn is_file(&self, _: &Path) -> bool {
        false
    }

    fn is_roots_link(&self, _: &Path) -> bool {
        false
    }

    fn is_roots_file(&self, _: &Path) -> bool {
        false
    }
}
