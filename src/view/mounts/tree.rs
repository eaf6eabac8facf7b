//! Tree of the places in a view, before anything is mounted. It reads no file, except for the names in a directory into which
//! another node has to be placed.

use crate::path::{Component, MOST_LINKS, components, joined};
use crate::platform::{AccessList, GroupId, Ownership, UserId};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file or directory that can be mounted. Two of them cannot share a place, but a directory can be split into its
/// entries.
pub(crate) trait Source: Sized {
    /// True for a directory.
    fn is_directory(&self) -> bool;

    /// Splits the directory into a folder with a node for each entry.
    ///
    /// # Errors
    /// Returns an error if the directory cannot be read.
    fn split(&self) -> io::Result<ViewFolder<Self>>;
}

/// Ownership of folders that the host does not have.
pub(crate) const DEFAULT_OWNERSHIP: Ownership =
    Ownership { mode: 0o755, user: UserId(0), group: GroupId(0) };

/// Node at one place of a view.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ViewNode<S> {
    /// A directory that is created for the view.
    Folder(ViewFolder<S>),
    /// A mount.
    Mount(S),
    /// A symbolic link, with its owner, which `SymLinksIfOwnerMatch` compares.
    Link(Vec<u8>, Ownership),
    /// A private, writable tmpfs.
    Scratch,
    /// An empty file on which a socket is mounted once it exists.
    Late,
    /// A file that is made for the view, with these contents.
    Made(Arc<[u8]>, Ownership),
}

/// A directory that is created for the view.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ViewFolder<S> {
    /// Nodes in it, by their names.
    pub entries: BTreeMap<CString, ViewNode<S>>,
    /// Owner, group and mode.
    pub ownership: Ownership,
    /// Access control list.
    pub list: AccessList,
    /// Whether it is a directory that was split, and has its ownership.
    pub is_split: bool,
}

/// Reason why a node cannot be placed.
#[derive(Debug)]
pub(crate) enum PlaceError {
    /// The jail has a file of its own there.
    Taken,
    /// The directory there cannot be read.
    Unreadable(PathBuf, io::Error),
}

/// Handling of a node that is at the place already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnConflict {
    /// The new node replaces it.
    Replace,
    /// The node that is there stays.
    Keep,
}

/// Handling of a folder that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MissingFolder {
    /// It is created.
    Create,
    /// The place counts as taken.
    Refuse,
}

impl<S: Source> ViewFolder<S> {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let (entries, list) = (BTreeMap::new(), AccessList::Plain);
        Self { entries, ownership: DEFAULT_OWNERSHIP, list, is_split: false }
    }

    /// Places `node` at `path`; creates folders above it, and splits directories there. Symbolic links in the path are followed as
    /// the kernel will follow them: inside.
    ///
    /// # Errors
    /// Returns an error if the place is taken, or a directory above it cannot be read.
    pub(crate) fn place_node(
        &mut self,
        path: &Path,
        node: ViewNode<S>,
        on_conflict: OnConflict,
    ) -> Result<(), PlaceError> {
        let mut names = self.resolve_place(path)?;
        let Some(last) = names.pop() else { return Err(PlaceError::Taken) };
        let folder = self.descend(&names, MissingFolder::Create)?;
        let taken = folder.entries.contains_key(&last);
        if taken && on_conflict == OnConflict::Keep {
            return Err(PlaceError::Taken);
        }
        folder.entries.insert(last, node);
        Ok(())
    }

    /// Finds the private directory that `path` lies in: its place, and the names from there.
    ///
    /// # Errors
    /// Returns an error if a directory above it cannot be read.
    pub(crate) fn find_private(
        &mut self,
        path: &Path,
    ) -> Result<Option<(PathBuf, Vec<CString>)>, PlaceError> {
        let mut names = self.resolve_place(path)?;
        let mut folder = &*self;
        for depth in 1..names.len() {
            folder = match names.get(depth - 1).and_then(|name| folder.entries.get(name)) {
                Some(ViewNode::Folder(inner)) => inner,
                Some(ViewNode::Scratch) => {
                    let below = names.split_off(depth);
                    return Ok(Some((joined(&names), below)));
                }
                _ => return Ok(None),
            };
        }
        Ok(None)
    }

    /// Resolves every symbolic link in `path` before its last name.
    fn resolve_place(&mut self, path: &Path) -> Result<Vec<CString>, PlaceError> {
        let mut ahead: VecDeque<_> = components(path.as_os_str().as_encoded_bytes()).into();
        let mut names: Vec<CString> = Vec::new();
        let mut links = 0;
        while let Some(component) = ahead.pop_front() {
            let Component::Name(name) = component else {
                names.pop();
                continue;
            };
            let target = if ahead.is_empty() { None } else { self.read_link(&names, &name)? };
            let Some(target) = target else {
                names.push(name);
                continue;
            };
            links += 1;
            if links > MOST_LINKS {
                return Err(PlaceError::Taken);
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

    /// Reads the symbolic link `name` in the folder at `names`, if it is one.
    fn read_link(
        &mut self,
        names: &[CString],
        name: &CString,
    ) -> Result<Option<Vec<u8>>, PlaceError> {
        match self.descend(names, MissingFolder::Refuse) {
            Ok(folder) => match folder.entries.get(name) {
                Some(ViewNode::Link(target, _)) => Ok(Some(target.clone())),
                _ => Ok(None),
            },
            Err(PlaceError::Taken) => Ok(None),
            Err(unreadable) => Err(unreadable),
        }
    }

    /// Descends to the folder at `names`; splits directories above it.
    fn descend(
        &mut self,
        names: &[CString],
        missing: MissingFolder,
    ) -> Result<&mut Self, PlaceError> {
        let mut folder = self;
        for (depth, name) in names.iter().enumerate() {
            if missing == MissingFolder::Refuse && !folder.entries.contains_key(name) {
                return Err(PlaceError::Taken);
            }
            let node = folder
                .entries
                .entry(name.clone())
                .or_insert_with(|| ViewNode::Folder(Self::empty()));
            if let ViewNode::Mount(source) = node {
                *node = ViewNode::Folder(split_directory(source, || joined(&names[..=depth]))?);
            }
            folder = match node {
                ViewNode::Folder(inner) => inner,
                _ => return Err(PlaceError::Taken),
            };
        }
        Ok(folder)
    }

    /// Whether a node at `path`, which has no symbolic link in it, shows something: it is no empty folder, and no link.
    pub(crate) fn has_contents(&self, path: &Path) -> bool {
        let names = components(path.as_os_str().as_bytes());
        let mut folder = self;
        for component in names {
            let Component::Name(name) = component else { return false };
            folder = match folder.entries.get(&name) {
                Some(ViewNode::Folder(inner)) => inner,
                Some(
                    ViewNode::Mount(_) | ViewNode::Scratch | ViewNode::Late | ViewNode::Made(..),
                ) => return true,
                Some(ViewNode::Link(..)) | None => return false,
            };
        }
        !folder.entries.is_empty()
    }

    /// Calls `visit` for every folder that is created for the view, this one first, with its place.
    pub(crate) fn visit_folders(&mut self, place: &Path, visit: &mut impl FnMut(&Path, &mut Self)) {
        visit(place, self);
        for (name, node) in &mut self.entries {
            if let ViewNode::Folder(inner) = node {
                let name = OsStr::from_bytes(name.as_bytes());
                inner.visit_folders(&place.join(name), visit);
            }
        }
    }
}

/// Splits a directory into a folder with a node for each entry.
///
/// # Errors
/// Returns an error if it is no directory, or cannot be read.
pub(crate) fn split_directory<S: Source>(
    source: &S,
    path: impl FnOnce() -> PathBuf,
) -> Result<ViewFolder<S>, PlaceError> {
    if !source.is_directory() {
        return Err(PlaceError::Taken);
    }
    source.split().map_err(|error| PlaceError::Unreadable(path(), error))
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
