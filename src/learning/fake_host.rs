//! A host in memory, for tests of the rules.

use crate::learning::host::{HostFiles, NodeKind};
use crate::learning::proposal::BroughtFiles;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

#[derive(Debug, Clone)]
enum Node {
    Link { target: PathBuf, foreign: bool },
    Entry { kind: NodeKind, write: bool, read: bool, mark: &'static str },
}

/// Files by their path; folders above them exist too.
#[derive(Debug, Default)]
pub(super) struct FakeHost {
    nodes: BTreeMap<PathBuf, Node>,
    /// Files that `program:` brings.
    pub(super) programs: BTreeMap<PathBuf, BroughtFiles>,
}

impl FakeHost {
    /// A host with these files: `PATH`, `PATH w` (writable), `PATH -r` (not readable), `PATH +x` (a program), `PATH +k` (with a private key),
    /// `PATH +s` (a set-uid program), `PATH -> TARGET`, `PATH ~> TARGET` (a link that strangers can set); a path that ends in `/` is a folder.
    pub(super) fn new(entries: &[&str]) -> Self {
        let mut host = Self::default();
        entries.iter().for_each(|entry| host.add(entry));
        host
    }

    pub(super) fn add(&mut self, entry: &str) {
        let foreign = entry.contains(" ~> ");
        let (path, node) = match entry.split_once(if foreign { " ~> " } else { " -> " }) {
            Some((path, target)) => (path, Node::Link { target: target.into(), foreign }),
            None => {
                let path = ["w", "-r", "+x", "+k", "+s"]
                    .iter()
                    .find_map(|mark| entry.strip_suffix(&format!(" {mark}")))
                    .unwrap_or(entry);
                let kind = match path {
                    _ if entry.ends_with(" +x") || entry.ends_with(" +s") => NodeKind::Program,
                    _ if path.ends_with('/') => NodeKind::Directory,
                    _ if path.ends_with(".sock") => NodeKind::Special,
                    _ => NodeKind::File,
                };
                let (write, read) = (entry.ends_with(" w"), !entry.ends_with(" -r"));
                let mark = ["+k", "+s"].into_iter().find(|mark| entry.ends_with(mark));
                (path, Node::Entry { kind, write, read, mark: mark.unwrap_or("") })
            }
        };
        let path = PathBuf::from(path.trim_end_matches('/'));
        for folder in path.ancestors().skip(1) {
            let is_folder =
                Node::Entry { kind: NodeKind::Directory, write: false, read: true, mark: "" };
            let above = self.nodes.entry(folder.to_owned()).or_insert_with(|| is_folder.clone());
            if let Node::Entry { kind, .. } = above {
                *kind = NodeKind::Directory;
            }
        }
        self.nodes.entry(path).or_insert(node);
    }

    pub(super) fn brings(&mut self, program: &str, libraries: &[&str], modules: &[&str]) {
        let paths = |all: &[&str]| all.iter().map(PathBuf::from).collect::<Vec<_>>();
        let (libraries, modules) = (paths(libraries), paths(modules));
        let paths = [libraries, modules.clone()].concat();
        let data = Vec::new();
        self.programs.insert(program.into(), BroughtFiles { paths, modules, data });
    }

    /// The real path, and whether the way to it has a link that strangers can set.
    fn walk(&self, path: &Path) -> Option<(PathBuf, bool)> {
        let (mut at, mut passes) = (PathBuf::from("/"), false);
        for part in path.components() {
            let Component::Normal(name) = part else { continue };
            at.push(name);
            if let Node::Link { target, foreign } = self.nodes.get(&at)? {
                let (real, others) = self.walk(target)?;
                (at, passes) = (real, passes || *foreign || others);
            }
        }
        self.nodes.contains_key(&at).then_some((at, passes))
    }

    fn find(&self, path: &Path) -> Option<&Node> {
        self.nodes.get(&self.find_real(path)?)
    }
}

impl HostFiles for FakeHost {
    fn kind(&self, path: &Path) -> Option<NodeKind> {
        match self.find(path)? {
            Node::Entry { kind, .. } => Some(*kind),
            Node::Link { .. } => None,
        }
    }

    fn find_real(&self, path: &Path) -> Option<PathBuf> {
        self.walk(path).map(|(real, _)| real)
    }

    fn passes_foreign_link(&self, path: &Path) -> bool {
        self.walk(path).is_none_or(|(_, passes)| passes)
    }

    fn may_write(&self, path: &Path) -> bool {
        matches!(self.find(path), Some(Node::Entry { write: true, .. }))
    }

    fn may_read(&self, path: &Path) -> bool {
        matches!(self.find(path), Some(Node::Entry { read: true, .. }))
    }

    fn holds_key(&self, path: &Path) -> bool {
        matches!(self.find(path), Some(Node::Entry { mark: "+k", .. }))
    }

    fn has_set_id(&self, path: &Path) -> bool {
        matches!(self.find(path), Some(Node::Entry { mark: "+s", .. }))
    }

    fn list(&self, path: &Path) -> Vec<(PathBuf, bool)> {
        let Some(real) = self.find_real(path) else { return Vec::new() };
        let below = self.nodes.iter().filter(|(it, _)| it.parent() == Some(&real));
        let is_folder = |node: &Node| matches!(node, Node::Entry { kind: NodeKind::Directory, .. });
        below.map(|(path, node)| (path.clone(), is_folder(node))).collect()
    }
}
