#![forbid(unsafe_code)]
//! What lies where in the view, before anything is mounted. Pure, but for asking a directory what
//! is in it when another thing has to lie beside that.

use crate::path::{Component, MOST_LINKS, components, joined};
use crate::platform::{AccessList, GroupId, Manners, UserId};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Something that can be mounted. Two of them never share a place, but a directory can be taken
/// apart into what is in it.
pub(super) trait Source: Sized {
    /// True for a directory.
    fn is_directory(&self) -> bool;

    /// What is in the directory, each entry as a node of its own.
    ///
    /// # Errors
    /// The directory cannot be read.
    fn take_apart(&self) -> io::Result<Folder<Self>>;
}

/// For folders that stand for nothing but the way to something.
pub(super) const PLAIN: Manners = Manners { mode: 0o755, user: UserId(0), group: GroupId(0) };

/// What lies at one place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node<S> {
    /// A directory made for the view.
    Folder(Folder<S>),
    /// A mount.
    Mount(S),
    /// A symbolic link, with its owner, whom `SymLinksIfOwnerMatch` asks for.
    Link(Vec<u8>, Manners),
    /// A private, writable tmpfs.
    Scratch,
    /// An empty file, on which a socket is mounted that is not there yet.
    Late,
}

/// A directory made for the view.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Folder<S> {
    /// What is in it.
    pub entries: BTreeMap<CString, Node<S>>,
    /// Its owner and mode.
    pub manners: Manners,
    /// Its access control list.
    pub list: AccessList,
    /// Whether it stands for a directory that was taken apart, whose manners these are.
    pub stands_for_one: bool,
}

/// Why something cannot lie where it should.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// The jail has something of its own there.
    Taken,
    /// What is there cannot be looked into.
    Unreadable(PathBuf, io::Error),
}

/// Whether what is there already may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precedence {
    /// The newcomer wins.
    Mine,
    /// What is there wins.
    Theirs,
}

/// What a folder that is not there counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// It is made.
    IsMade,
    /// Nothing can be found in it.
    IsTaken,
}

impl<S: Source> Folder<S> {
    /// One with nothing in it.
    pub(super) fn empty() -> Self {
        let (entries, list) = (BTreeMap::new(), AccessList::Plain);
        Self { entries, manners: PLAIN, list, stands_for_one: false }
    }

    /// Lays `node` at `path`, making folders on the way and taking directories apart that lie in
    /// it. Symbolic links on the way are followed as the kernel will follow them: inside.
    ///
    /// # Errors
    /// The place is taken, or a directory on the way cannot be read.
    pub(super) fn lay(
        &mut self,
        path: &Path,
        node: Node<S>,
        precedence: Precedence,
    ) -> Result<(), Obstacle> {
        let mut names = self.real_place(path)?;
        let Some(last) = names.pop() else { return Err(Obstacle::Taken) };
        let folder = self.descend(&names, Missing::IsMade)?;
        let taken = folder.entries.contains_key(&last);
        if taken && precedence == Precedence::Theirs {
            return Err(Obstacle::Taken);
        }
        folder.entries.insert(last, node);
        Ok(())
    }

    /// `path` with every symbolic link before its last name resolved.
    fn real_place(&mut self, path: &Path) -> Result<Vec<CString>, Obstacle> {
        let mut ahead: VecDeque<_> = components(path.as_os_str().as_encoded_bytes()).into();
        let mut names: Vec<CString> = Vec::new();
        let mut links = 0;
        while let Some(component) = ahead.pop_front() {
            let Component::Name(name) = component else {
                names.pop();
                continue;
            };
            let target = if ahead.is_empty() { None } else { self.link_at(&names, &name)? };
            let Some(target) = target else {
                names.push(name);
                continue;
            };
            links += 1;
            if links > MOST_LINKS {
                return Err(Obstacle::Taken);
            }
            if target.first() == Some(&b'/') {
                names.clear();
            }
            for component in components(&target).into_iter().rev() {
                ahead.push_front(component);
            }
        }
        Ok(names)
    }

    fn link_at(&mut self, names: &[CString], name: &CString) -> Result<Option<Vec<u8>>, Obstacle> {
        match self.descend(names, Missing::IsTaken) {
            Ok(folder) => match folder.entries.get(name) {
                Some(Node::Link(target, _)) => Ok(Some(target.clone())),
                _ => Ok(None),
            },
            Err(Obstacle::Taken) => Ok(None),
            Err(unreadable) => Err(unreadable),
        }
    }

    /// The folder at `names`; a directory on the way is taken apart.
    fn descend(&mut self, names: &[CString], missing: Missing) -> Result<&mut Self, Obstacle> {
        let mut folder = self;
        for (depth, name) in names.iter().enumerate() {
            if missing == Missing::IsTaken && !folder.entries.contains_key(name) {
                return Err(Obstacle::Taken);
            }
            let node =
                folder.entries.entry(name.clone()).or_insert_with(|| Node::Folder(Self::empty()));
            if let Node::Mount(source) = node {
                *node = Node::Folder(apart(source, || joined(&names[..=depth]))?);
            }
            folder = match node {
                Node::Folder(inner) => inner,
                _ => return Err(Obstacle::Taken),
            };
        }
        Ok(folder)
    }

    /// Shows `visit` every folder that is made for the view, with its place, and this one first.
    pub(super) fn each_folder(&mut self, place: &Path, visit: &mut impl FnMut(&Path, &mut Self)) {
        visit(place, self);
        for (name, node) in &mut self.entries {
            if let Node::Folder(inner) = node {
                let name = OsStr::from_bytes(name.as_bytes());
                inner.each_folder(&place.join(name), visit);
            }
        }
    }
}

/// What lies in a directory, as a folder.
///
/// # Errors
/// It is none, or cannot be read.
pub(super) fn apart<S: Source>(
    source: &S,
    path: impl FnOnce() -> PathBuf,
) -> Result<Folder<S>, Obstacle> {
    if !source.is_directory() {
        return Err(Obstacle::Taken);
    }
    source.take_apart().map_err(|error| Obstacle::Unreadable(path(), error))
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
