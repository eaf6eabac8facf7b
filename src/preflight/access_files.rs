//! Search of the directories that are served for access control files (`.htaccess`) that are links which lead nowhere
//! inside: their directories are closed when the server runs.

use crate::messages::Failure;
use crate::preflight::access_check::{PathFailure, PlannedFiles};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Time for all directories together.
const BUDGET: Duration = Duration::from_secs(1);

/// Number of links that are reported.
const MOST: usize = 10;

/// Levels of directories.
const DEEPEST: usize = 40;

/// A search, over several directories.
#[derive(Debug)]
pub(crate) struct AccessFileSearch {
    begin: Instant,
    /// Links that were found.
    found: BTreeSet<PathBuf>,
    /// Whether the time was up.
    pub is_cut: bool,
}

impl Default for AccessFileSearch {
    fn default() -> Self {
        Self { begin: Instant::now(), found: BTreeSet::new(), is_cut: false }
    }
}

impl AccessFileSearch {
    /// Searches `folder` for links of one of `names` that lead nowhere, each once.
    pub(crate) fn search(
        &mut self,
        folder: &Path,
        names: &[OsString],
        planned: &PlannedFiles,
    ) -> Vec<PathFailure> {
        // At configtest the host path of the jail may be a link that is not made yet.
        let at = planned.resolve_link(folder).filter(|_| !folder.exists());
        let mut failures = Vec::new();
        let mut ahead = vec![(at.unwrap_or_else(|| folder.to_owned()), 0)];
        while let Some((place, depth)) = ahead.pop() {
            if self.begin.elapsed() > BUDGET {
                self.is_cut = true;
                break;
            }
            let links = names.iter().map(|name| place.join(name));
            let dead = links.filter_map(|link| Some((find_dead_target(&link, planned)?, link)));
            let dead: Vec<_> = dead.filter(|(_, link)| self.is_new(link)).collect();
            failures.extend(dead.into_iter().map(|(to, link)| (link, Failure::DeadLink(to))));
            if depth < DEEPEST {
                ahead.extend(list_folders(&place).into_iter().map(|inner| (inner, depth + 1)));
            }
        }
        failures
    }

    /// Whether `link` is to be reported: it is not yet, and there are not too many.
    fn is_new(&mut self, link: &Path) -> bool {
        self.found.len() < MOST && self.found.insert(link.to_owned())
    }
}

/// Directories in `place`, without those that are links.
fn list_folders(place: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    entries.filter_map(Result::ok).filter(is_folder).map(|entry| entry.path()).collect()
}

/// The target of `link`, if it is a link that leads nowhere, and will when the planned copies are there.
fn find_dead_target(link: &Path, planned: &PlannedFiles) -> Option<PathBuf> {
    let target = fs::read_link(link).ok()?;
    let is_missing = |error: io::Error| {
        matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
    };
    if !fs::metadata(link).is_err_and(is_missing) {
        return None;
    }
    let target = link.parent().unwrap_or(Path::new("/")).join(target);
    (!planned.will_exist(&target)).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_that_lead_nowhere_are_found_at_every_level() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/b/c")).unwrap();
        fs::write(at("file"), "").unwrap();
        symlink("../file", at("a/.htaccess")).unwrap();
        symlink("../no/where", at("a/b/.htaccess")).unwrap();
        symlink("/no/where", at("a/b/c/.ht")).unwrap();
        symlink("/no/where", at("a/b/c/other")).unwrap();
        let names = [".htaccess".into(), ".ht".into()];
        let mut search = AccessFileSearch::default();
        let found = search.search(folder.path(), &names, &PlannedFiles::default());
        let dead = |link: &str, target: PathBuf| (at(link), Failure::DeadLink(target));
        let wanted =
            [dead("a/b/.htaccess", at("a/b/../no/where")), dead("a/b/c/.ht", "/no/where".into())];
        assert_eq!(found, wanted);
        assert_eq!(search.search(&at("a"), &names, &PlannedFiles::default()), []);
        assert!(!search.is_cut);
    }

    #[test]
    fn a_link_to_a_file_that_will_be_copied_is_none() {
        let folder = tempfile::tempdir().unwrap();
        symlink("/no/where", folder.path().join(".htaccess")).unwrap();
        let copies = [("/no/where".into(), false)].into();
        let planned = PlannedFiles { copies, ..PlannedFiles::default() };
        let found =
            AccessFileSearch::default().search(folder.path(), &[".htaccess".into()], &planned);
        assert_eq!(found, []);
    }
}
