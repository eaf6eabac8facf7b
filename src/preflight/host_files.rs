//! Files of the host that may be provided, for the remedies of messages.

use crate::messages::{DistrustReason, WalkFault};
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
}
