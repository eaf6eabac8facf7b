//! From observed paths to few lines of `ChrootProvide`. No system call is made here: facts about the host come from
//! [`HostFiles`], those about programs from the caller.
//!
//! Each line shows the highest folder that is an application's own; a folder that belongs to many is never shown as a
//! whole. A secret, a set-uid program, or a path that no jail shows is named, with the reason, and not proposed.

use crate::config::{ProvideItem, ProvideSet};
use crate::learning::host::{HostFiles, NodeKind};
use crate::learning::observation::{Observation, ObservationTable, Uses};
use crate::learning::places::{
    SecretSearch, comes_along, find_line_objection, find_objection, find_own_folder, find_writable,
    is_shared,
};
use crate::learning::program_rules::{choose_programs, is_of_start};
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
}

/// A proposed line, with the uses that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProposedLine {
    /// The word of `ChrootProvide`.
    pub item: ProvideItem,
    /// Uses, the most frequent first.
    pub uses: Vec<Observation>,
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
    /// Adds the set `config` for those of `files`, which the configuration names, that no line has.
    pub(crate) fn add_settings(&mut self, files: &[PathBuf]) {
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
            self.lines.insert(0, ProposedLine { item: config, uses: uses.collect() });
        }
    }
}

/// Proposes lines for everything in `table`.
pub(crate) fn propose(table: &ObservationTable, facts: &RuleFacts<'_>) -> Proposal {
    let programs = choose_programs(table, facts);
    let mut draft = Draft { facts, table, brought: programs.brought, ..Draft::new(facts, table) };
    for (item, uses) in programs.lines {
        uses.into_iter().for_each(|seen| draft.add(item.clone(), seen));
    }
    let mut needed = Vec::new();
    for seen in table.paths() {
        let before = draft.unproposed.len();
        draft.consider(seen);
        if draft.unproposed.len() == before && draft.is_needed(seen) {
            needed.push(seen.clone());
        }
    }
    draft.finish(needed)
}

/// Lines while they are collected.
struct Draft<'a> {
    facts: &'a RuleFacts<'a>,
    table: &'a ObservationTable,
    /// Paths that the proposed programs bring.
    brought: Vec<PathBuf>,
    lines: BTreeMap<String, ProposedLine>,
    unproposed: Vec<UnproposedPath>,
}

impl<'a> Draft<'a> {
    fn new(facts: &'a RuleFacts<'a>, table: &'a ObservationTable) -> Self {
        Self { facts, table, brought: Vec::new(), lines: BTreeMap::new(), unproposed: Vec::new() }
    }

    /// Considers one observation, and the target of a link on its way.
    fn consider(&mut self, origin: &Observation) {
        if is_of_start(origin, self.facts) {
            return;
        }
        let Some(base) = self.place(origin, origin) else { return };
        if origin.real != origin.path {
            if let Some(target) = self.find_target(origin, &base) {
                self.place(&target, origin);
            }
        }
    }

    /// Whether the use has to succeed in the jail: it still would outside, and no private folder is in its place.
    fn is_needed(&self, seen: &Observation) -> bool {
        let host = self.facts.host;
        let is_private = |shown: &ShownPath| shown.private && seen.path.starts_with(&shown.path);
        let is_small = [&seen.path, &seen.real].into_iter().any(|it| comes_along(it));
        if is_small || is_of_start(seen, self.facts) || self.is_way(seen) {
            return false;
        }
        if self.facts.shown.iter().any(is_private) {
            return false;
        }
        // A socket that the configuration provides may be that of a daemon, and end with this generation of children.
        let is_shown = |shown: &ShownPath| seen.path.starts_with(&shown.path);
        if seen.uses.has(Uses::CONNECT) && self.facts.shown.iter().any(is_shown) {
            return false;
        }
        let parent = seen.path.parent().unwrap_or(Path::new("/"));
        host.kind(&seen.path).is_some() || seen.uses.write() && host.may_write(parent)
    }

    /// The link's target, if it lies outside of what `base` shows: then it needs a line of its own.
    fn find_target(&self, seen: &Observation, base: &Path) -> Option<Observation> {
        let shown = self.facts.host.find_real(base)?;
        let is_inside = seen.real.starts_with(&shown);
        (!is_inside).then(|| Observation { path: seen.real.clone(), ..seen.clone() })
    }

    /// Puts the observation, or the target of a link of `origin`, into a line. Returns the path that shows it, if there is
    /// one.
    fn place(&mut self, seen: &Observation, origin: &Observation) -> Option<PathBuf> {
        let path = seen.path.as_path();
        if let Some(shown) = self.facts.shown.iter().find(|it| path.starts_with(&it.path)) {
            if shown.private {
                self.reject_private(seen, origin);
                return None;
            }
            if shown.writable || !self.must_write(seen) {
                return Some(shown.path.clone());
            }
        }
        if comes_along(path) || self.is_way(seen) {
            return None;
        }
        if let Some(reason) = self.find_reason(seen) {
            self.unproposed.push(UnproposedPath { reason: reason.into(), seen: origin.clone() });
            return None;
        }
        if let Some(set) = find_set(path) {
            self.add(ProvideItem::Set(set), origin.clone());
            return None;
        }
        let brought = self.brought.iter().find(|it| path.starts_with(it));
        if let Some(brought) = brought.filter(|_| !self.must_write(seen)) {
            return Some(brought.clone());
        }
        if seen.uses.has(Uses::CONNECT) {
            return self.place_socket(seen, origin);
        }
        if self.lines.contains_key(&format!("program:{}", path.display())) {
            return Some(path.to_owned());
        }
        self.place_file(seen, origin)
    }

    /// In a private folder nothing of the host is found: a socket there is not available, and other files are made anew.
    fn reject_private(&mut self, seen: &Observation, origin: &Observation) {
        if seen.uses.has(Uses::CONNECT) {
            let reason =
                "a socket in a folder that is private in the jail; name another folder for it";
            self.unproposed.push(UnproposedPath { reason: reason.into(), seen: origin.clone() });
        }
    }

    /// Whether the observation is a step on the way to another one, or an empty wish.
    fn is_way(&self, seen: &Observation) -> bool {
        if !seen.uses.only_look() {
            return false;
        }
        let is_folder = self.facts.host.kind(&seen.path) == Some(NodeKind::Directory);
        is_folder && (is_shared(&seen.path) || self.table.has_below(&seen.path))
    }

    /// The reason against a line for this path.
    fn find_reason(&self, seen: &Observation) -> Option<&'static str> {
        if let Some(reason) = [&seen.path, &seen.real].into_iter().find_map(|it| find_objection(it))
        {
            return Some(reason);
        }
        if self.facts.keeps.contains(&seen.path) || self.facts.keeps.contains(&seen.real) {
            return Some("a file that this server keeps for itself");
        }
        if seen.set_id {
            return Some("a set-uid or set-gid program, which has no effect in the jail");
        }
        if !can_be_written_down(&seen.path) {
            return Some("a name that no configuration file can hold");
        }
        let kind = self.facts.host.kind(&seen.path);
        if kind == Some(NodeKind::Directory) && is_shared(&seen.path) {
            return Some("a folder that belongs to many programs");
        }
        let is_alone = seen.uses.only_look() && seen.path.parent().is_some_and(is_shared);
        match kind {
            Some(NodeKind::Program) if is_alone => {
                Some("a program that was looked for, and not run")
            }
            Some(NodeKind::File) if is_alone => Some("a file that was looked for, and not read"),
            _ => None,
        }
    }

    /// Whether the path has to be writable: it was written to, or that was asked, and `User` may do it.
    fn must_write(&self, seen: &Observation) -> bool {
        let parent = seen.path.parent().unwrap_or(Path::new("/"));
        let host = self.facts.host;
        seen.uses.write() && (host.may_write(&seen.path) || host.may_write(parent))
    }

    /// The folder of the socket as it is spelled, unless that is everybody's.
    fn place_socket(&mut self, seen: &Observation, origin: &Observation) -> Option<PathBuf> {
        let folder = seen.path.parent().unwrap_or(Path::new("/"));
        let objection = find_line_objection(folder, self.facts.keeps, self.facts.host);
        let is_own = !is_shared(folder) && objection.is_none();
        let path = if is_own { folder.to_owned() } else { seen.path.clone() };
        self.add_path(path, false, origin)
    }

    /// The application's own folder; for writing, the highest one in it that `User` may write to.
    fn place_file(&mut self, seen: &Observation, origin: &Observation) -> Option<PathBuf> {
        let top =
            find_own_folder(&seen.path, self.facts.keeps, self.facts.host, &self.facts.secrets);
        let writable =
            self.must_write(seen).then(|| find_writable(&top, &seen.path, self.facts.host));
        match writable.flatten() {
            Some(path) => self.add_path(path, true, origin),
            None => self.add_path(top, false, origin),
        }
    }

    /// Adds a line for `path`, unless there is a reason against it: then it is named only.
    fn add_path(&mut self, path: PathBuf, writable: bool, origin: &Observation) -> Option<PathBuf> {
        let item = ProvideItem::Path { path: path.clone(), writable };
        if !self.lines.contains_key(&item.to_string()) {
            if let Some(reason) = find_line_objection(&path, self.facts.keeps, self.facts.host) {
                let (reason, seen) = (reason.to_owned(), origin.clone());
                self.unproposed.push(UnproposedPath { reason, seen });
                return None;
            }
        }
        self.add(item, origin.clone());
        Some(path)
    }

    fn add(&mut self, item: ProvideItem, seen: Observation) {
        let line = self.lines.entry(item.to_string());
        line.or_insert_with(|| ProposedLine { item, uses: Vec::new() }).uses.push(seen);
    }

    /// Drops lines that others include, and sorts.
    fn finish(self, needed: Vec<Observation>) -> Proposal {
        let host = self.facts.host;
        let all: Vec<_> = self.lines.into_values().collect();
        let writable: Vec<_> = all.iter().filter_map(|line| line.item.writable_path()).collect();
        let writable: Vec<_> =
            writable.into_iter().filter_map(|path| host.find_real(path)).collect();
        let is_included = |line: &ProposedLine| {
            let ProvideItem::Path { path, writable: is_writable } = &line.item else {
                return false;
            };
            // Everything that was used in a read-only folder may lie in writable folders of it.
            let is_shown = |seen: &Observation| writable.iter().any(|it| seen.real.starts_with(it));
            !is_writable && line.uses.iter().all(is_shown)
                || all.iter().any(|other| other.item.includes(path, *is_writable))
        };
        let mut lines: Vec<_> = all.iter().filter(|line| !is_included(line)).cloned().collect();
        lines.sort_by_key(|line| (rank(&line.item), line.item.to_string()));
        for line in &mut lines {
            line.uses.sort_by_key(|seen| (std::cmp::Reverse(seen.count), seen.path.clone()));
        }
        Proposal { lines, unproposed: self.unproposed, needed }
    }
}

impl ProvideItem {
    /// The path, if children may write to it.
    fn writable_path(&self) -> Option<&Path> {
        match self {
            Self::Path { path, writable: true } => Some(path),
            _ => None,
        }
    }

    /// Whether it is another item, and shows `path` with the same rights or more.
    fn includes(&self, path: &Path, is_writable: bool) -> bool {
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
fn rank(item: &ProvideItem) -> u8 {
    match item {
        ProvideItem::Set(_) => 0,
        ProvideItem::Program(_) => 1,
        ProvideItem::Path { writable: false, .. } => 2,
        ProvideItem::Path { writable: true, .. } => 3,
    }
}

/// The set on request that has `path`.
fn find_set(path: &Path) -> Option<ProvideSet> {
    ProvideSet::ALL.iter().copied().find(|set| !set.is_default() && set.has_path(path))
}

/// Whether a configuration file can hold the name: it is text on one line, httpd changes nothing in it, and people
/// see all of it.
pub(crate) fn can_be_written_down(path: &Path) -> bool {
    let is_plain = |text: &str| text.chars().all(is_visible) && !text.contains("${");
    path.to_str().is_some_and(is_plain)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
