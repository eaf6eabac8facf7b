//! The draft of a proposal: each observation finds the line that shows it, or the reason against one.

use crate::config::{ProvideItem, ProvideSet};
use crate::learning::host::NodeKind;
use crate::learning::observation::{Observation, ObservationTable, Uses};
use crate::learning::places::{
    comes_along, find_line_objection, find_objection, find_writable, is_shared,
};
use crate::learning::program_rules::{is_of_start, is_users_of_python};
use crate::learning::proposal::{
    Proposal, ProposedLine, RuleFacts, ShownPath, UnproposedPath, can_be_written_down, rank,
};
use crate::learning::secret_search::{Content, find_own_folder};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lines that are made. An administrator reads no more, and a visitor could ask for any number of paths.
const MOST_LINES: usize = 300;

/// Links of Debian's choices between programs, which a view has with the program.
const ALTERNATIVES: &str = "/etc/alternatives";

/// Lines while they are collected.
pub(super) struct Draft<'a> {
    facts: &'a RuleFacts<'a>,
    table: &'a ObservationTable,
    /// Paths that the proposed programs bring.
    brought: Vec<PathBuf>,
    lines: BTreeMap<String, ProposedLine>,
    pub(super) unproposed: Vec<UnproposedPath>,
}

impl<'a> Draft<'a> {
    /// An empty draft. The proposed programs bring `brought`.
    pub(super) fn new(
        facts: &'a RuleFacts<'a>,
        table: &'a ObservationTable,
        brought: Vec<PathBuf>,
    ) -> Self {
        Self { facts, table, brought, lines: BTreeMap::new(), unproposed: Vec::new() }
    }

    /// Considers one observation, and the target of a link on its way.
    pub(super) fn consider(&mut self, origin: &Observation) {
        if self.is_of_start(origin) {
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
    pub(super) fn is_needed(&self, seen: &Observation) -> bool {
        let host = self.facts.host;
        let is_private = |shown: &ShownPath| shown.private && seen.path.starts_with(&shown.path);
        let is_small = [&seen.path, &seen.real].into_iter().any(|it| comes_along(it));
        if is_small || self.is_of_start(seen) || self.is_way(seen) {
            return false;
        }
        // `User` may not write to it outside either.
        if seen.uses.write() && host.kind(&seen.path).is_some() && !self.must_write(seen) {
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

    /// Whether an interpreter uses the path when it starts, and can work without it.
    fn is_of_start(&self, seen: &Observation) -> bool {
        is_of_start(seen, self.facts) || is_users_of_python(seen, self.table, self.facts)
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
            return self.reject(reason, origin);
        }
        if let Some(set) = self.find_set(path).filter(|_| !self.must_write(seen)) {
            self.add(ProvideItem::Set(set), origin.clone());
            return None;
        }
        if self.is_name_of_brought(seen) {
            return None;
        }
        let brought = self.brought.iter().find(|it| path.starts_with(it));
        if let Some(brought) = brought.filter(|_| !self.must_write(seen)) {
            return Some(brought.clone());
        }
        if !self.facts.in_view && seen.uses.has(Uses::CONNECT) {
            return self.reject(NO_COPY_OF_SOCKET, origin);
        }
        if !self.facts.in_view && self.must_write(seen) {
            return self.reject(NO_COPY_TO_WRITE, origin);
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
            self.reject(reason, origin);
        }
    }

    /// Whether it is a choice of the host's that leads to a program which a line brings: with the program, a view has the links
    /// to it.
    fn is_name_of_brought(&self, seen: &Observation) -> bool {
        let is_choice = self.facts.in_view
            && seen.uses.only_look()
            && seen.path.parent() == Some(Path::new(ALTERNATIVES));
        is_choice
            && self.facts.host.find_real(&seen.path).is_some_and(|real| {
                let is_same = |it: &PathBuf| self.facts.host.find_real(it).as_ref() == Some(&real);
                self.brought.iter().any(is_same)
            })
    }

    /// Names the use, with the reason against a line.
    fn reject(&mut self, reason: &str, origin: &Observation) -> Option<PathBuf> {
        self.unproposed.push(UnproposedPath { reason: reason.to_owned(), seen: origin.clone() });
        None
    }

    /// The set that has `path`, and that is not provided by default.
    fn find_set(&self, path: &Path) -> Option<ProvideSet> {
        let in_view = self.facts.in_view;
        let is_of_use =
            |set: &ProvideSet| if in_view { !set.is_default() } else { set.is_copyable() };
        ProvideSet::ALL.iter().copied().filter(is_of_use).find(|set| set.has_path(path))
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
        // The folder may hold more than sockets.
        let RuleFacts { keeps, host, secrets, .. } = self.facts;
        let is_own = !is_shared(folder) && secrets.is_fit(folder, keeps, *host);
        let path = if is_own { folder.to_owned() } else { seen.path.clone() };
        self.add_path(path, false, origin)
    }

    fn find_content(&self, folder: &Path) -> Content {
        self.facts.secrets.find_content(folder, self.facts.host)
    }

    /// The application's own folder; for writing, the highest one in it that `User` may write to.
    fn place_file(&mut self, seen: &Observation, origin: &Observation) -> Option<PathBuf> {
        let RuleFacts { keeps, host, secrets, .. } = self.facts;
        let top = find_own_folder(&seen.path, keeps, *host, secrets);
        if !self.must_write(seen) {
            return self.add_path(top, false, origin);
        }
        // A file that is not there yet is made in a folder; one with many files is searched by nobody, but User's own.
        let folder = seen.path.parent().filter(|folder| {
            host.kind(&seen.path).is_none() && host.may_write(folder) && !is_shared(folder)
        });
        let writable = find_writable(&top, &seen.path, *host);
        match writable.or_else(|| folder.map(Path::to_owned)) {
            Some(path) => self.add_path(path, true, origin),
            None => self.add_path(top, false, origin),
        }
    }

    /// Adds a line for `path`, unless there is a reason against it: then it is named only.
    fn add_path(&mut self, path: PathBuf, writable: bool, origin: &Observation) -> Option<PathBuf> {
        let item = ProvideItem::Path { path: path.clone(), writable };
        if !self.lines.contains_key(&item.to_string()) {
            let objection = find_line_objection(&path, self.facts.keeps, self.facts.host);
            let is_folder = || self.facts.host.kind(&path) == Some(NodeKind::Directory);
            let reason = match objection {
                Some(reason) => Some(reason),
                None if self.lines.len() >= MOST_LINES => Some(TOO_MANY_LINES),
                None if !is_folder() => None,
                None => self.find_content(&path).find_objection(writable),
            };
            if let Some(reason) = reason {
                return self.reject(reason, origin);
            }
        }
        self.add(item, origin.clone());
        Some(path)
    }

    /// Adds a line, or a use to a line.
    pub(super) fn add(&mut self, item: ProvideItem, seen: Observation) {
        let line = self.lines.entry(item.to_string());
        line.or_insert_with(|| ProposedLine { item, uses: Vec::new() }).uses.push(seen);
    }

    /// Drops lines that others include, and sorts.
    pub(super) fn finish(self, needed: Vec<Observation>) -> Proposal {
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
            line.uses.sort_by_key(|seen| (Reverse(seen.count), seen.path.clone()));
        }
        Proposal { lines, unproposed: self.unproposed, needed }
    }
}

const TOO_MANY_LINES: &str = "a path beyond the lines for 300 others";

const NO_COPY_OF_SOCKET: &str =
    "a socket, of which a copy is of no use: set ChrootFixRoot view, or move it into the jail";

const NO_COPY_TO_WRITE: &str = "a file that is written to, so no copy of it is made: set ChrootFixRoot view, or move it into the jail";
