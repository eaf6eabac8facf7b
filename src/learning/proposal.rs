//! A proposal of lines, and the facts that it is made of.

use crate::config::{ProvideItem, ProvideSet};
use crate::learning::host::HostFiles;
use crate::learning::observation::Observation;
use crate::learning::secret_search::SecretSearch;
use crate::messages::escape::is_visible;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A path that is available in the jail already: by a default, by a line, or by the jail itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownPath {
    /// The path.
    pub path: PathBuf,
    /// Whether children may write to it.
    pub writable: bool,
    /// Whether it is an empty folder of its own, which shows nothing of the host.
    pub private: bool,
}

/// Files that `program:` provides for a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BroughtFiles {
    /// Its interpreter, its loader, and folders of its libraries and modules.
    pub paths: Vec<PathBuf>,
    /// Folders of the modules of an interpreter, which are among them.
    pub modules: Vec<PathBuf>,
    /// Settings and data of a well-known program, which need not exist.
    pub data: Vec<PathBuf>,
}

/// Facts about the configuration and the host.
pub(crate) struct RuleFacts<'a> {
    /// Paths that are available already, the jail among them.
    pub shown: &'a [ShownPath],
    /// Files that the server keeps for itself.
    pub keeps: &'a [PathBuf],
    /// Programs that `program:` accepts, each with the files that it brings. Interpreters that may run inside httpd are
    /// among them.
    pub programs: &'a BTreeMap<PathBuf, BroughtFiles>,
    /// The host.
    pub host: &'a dyn HostFiles,
    /// Folders that were searched for secrets.
    pub secrets: SecretSearch,
    /// Whether the children get a view; else files are copied into the jail.
    pub in_view: bool,
    /// Whether Python looks up its own user at each start, because `HOME` is not set.
    pub python_looks_up: bool,
}

/// A proposed line, with the uses that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProposedLine {
    /// The word of `ChrootProvide`.
    pub item: ProvideItem,
    /// Uses, the most frequent first.
    pub uses: Vec<Observation>,
}

impl ProposedLine {
    /// Whether all of its uses are of paths in `shown`, each with whether it is writable. A link in one of them may lead out of it.
    fn comes_with(&self, shown: &[(PathBuf, bool)]) -> bool {
        let ProvideItem::Path { writable, .. } = &self.item else { return false };
        let is_shown = |used: &PathBuf| {
            let has = |(path, is_writable): &(PathBuf, bool)| {
                (*is_writable || !writable) && used.starts_with(path)
            };
            shown.iter().any(has)
        };
        self.uses.iter().all(|seen| is_shown(&seen.path) && is_shown(&seen.real))
    }
}

/// A path that is not proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnproposedPath {
    /// The reason.
    pub reason: String,
    /// Its use.
    pub seen: Observation,
}

/// Lines, and paths that are named only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// Lines: sets, programs, read-only paths, writable paths.
    pub lines: Vec<ProposedLine>,
    /// Paths that are not proposed.
    pub unproposed: Vec<UnproposedPath>,
    /// Observed paths that have to be usable with these lines.
    pub needed: Vec<Observation>,
}

impl Proposal {
    /// Adds the set `config` for those of `files`, which the configuration names, that no line has; and drops lines for paths that
    /// come with it. `all` is the whole set, each with whether it is writable.
    pub(crate) fn add_settings(&mut self, files: &[PathBuf], all: &[(PathBuf, bool)]) {
        let config = ProvideItem::Set(ProvideSet::Config);
        let has = |path: &Path| {
            self.lines.iter().any(|line| match &line.item {
                ProvideItem::Path { path: shown, .. } => path.starts_with(shown),
                item => *item == config,
            })
        };
        let named: Vec<_> = files.iter().filter(|path| !has(path)).collect();
        if !named.is_empty() {
            let uses = named.into_iter().map(|path| Observation::named_by_configuration(path));
            let uses = uses.collect();
            self.lines.retain(|line| !line.comes_with(all));
            self.lines.insert(0, ProposedLine { item: config, uses });
        }
    }
}

impl ProvideItem {
    /// The path, if children may write to it.
    pub(super) fn writable_path(&self) -> Option<&Path> {
        match self {
            Self::Path { path, writable: true } => Some(path),
            _ => None,
        }
    }

    /// Whether it is another item, and shows `path` with the same rights or more.
    pub(super) fn includes(&self, path: &Path, is_writable: bool) -> bool {
        match self {
            Self::Path { path: folder, writable } => {
                (folder.as_path(), *writable) != (path, is_writable)
                    && path.starts_with(folder)
                    && (*writable || !is_writable)
            }
            _ => false,
        }
    }
}

/// The order of lines.
pub(super) fn rank(item: &ProvideItem) -> u8 {
    match item {
        ProvideItem::Set(_) => 0,
        ProvideItem::Program(_) => 1,
        ProvideItem::Path { writable: false, .. } => 2,
        ProvideItem::Path { writable: true, .. } => 3,
    }
}

/// Whether a configuration file can hold the name: it is text on one line, httpd changes nothing in it, and people
/// see all of it.
pub(crate) fn can_be_written_down(path: &Path) -> bool {
    let is_plain = |text: &str| text.chars().all(is_visible) && !text.contains("${");
    path.to_str().is_some_and(is_plain)
}
