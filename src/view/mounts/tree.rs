//! What lies where in the view, before anything is mounted. Pure, but for asking a directory what
//! is in it when another thing has to lie beside that.

use crate::path::{Component, MOST_LINKS, components, joined};
use crate::platform::{AccessList, GroupId, Ownership, UserId};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Something that can be mounted. Two of them never share a place, but a directory can be taken
/// apart into what is in it.
pub(crate) trait Source: Sized {
    /// True for a directory.
    fn is_directory(&self) -> bool;

    /// What is in the directory, each entry as a node of its own.
    ///
    /// # Errors
    /// The directory cannot be read.
    fn take_apart(&self) -> io::Result<ViewFolder<Self>>;
}

/// For folders that stand for nothing but the way to something.
pub(crate) const PLAIN: Ownership = Ownership { mode: 0o755, user: UserId(0), group: GroupId(0) };

/// What lies at one place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ViewNode<S> {
    /// A directory made for the view.
    Folder(ViewFolder<S>),
    /// A mount.
    Mount(S),
    /// A symbolic link, with its owner, whom `SymLinksIfOwnerMatch` asks for.
    Link(Vec<u8>, Ownership),
    /// A private, writable tmpfs.
    Scratch,
    /// An empty file, on which a socket is mounted that is not there yet.
    Late,
}

/// A directory made for the view.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ViewFolder<S> {
    /// What is in it.
    pub entries: BTreeMap<CString, ViewNode<S>>,
    /// Its owner and mode.
    pub manners: Ownership,
    /// Its access control list.
    pub list: AccessList,
    /// Whether it stands for a directory that was taken apart, whose manners these are.
    pub stands_for_one: bool,
}

/// Why something cannot lie where it should.
#[derive(Debug)]
pub(crate) enum PlaceError {
    /// The jail has something of its own there.
    Taken,
    /// What is there cannot be looked into.
    Unreadable(PathBuf, io::Error),
}

/// Whether what is there already may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnConflict {
    /// The newcomer wins.
    Replace,
    /// What is there wins.
    Keep,
}

/// What a folder that is not there counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MissingFolder {
    /// It is made.
    IsMade,
    /// Nothing can be found in it.
    IsTaken,
}

impl<S: Source> ViewFolder<S> {
    /// One with nothing in it.
    pub(crate) fn empty() -> Self {
        let (entries, list) = (BTreeMap::new(), AccessList::Plain);
        Self { entries, manners: PLAIN, list, stands_for_one: false }
    }

    /// Lays `node` at `path`, making folders on the way and taking directories apart that lie in
    /// it. Symbolic links on the way are followed as the kernel will follow them: inside.
    ///
    /// # Errors
    /// The place is taken, or a directory on the way cannot be read.
    pub(crate) fn lay(
        &mut self,
        path: &Path,
        node: ViewNode<S>,
        precedence: OnConflict,
    ) -> Result<(), PlaceError> {
        let mut names = self.real_place(path)?;
        let Some(last) = names.pop() else { return Err(PlaceError::Taken) };
        let folder = self.descend(&names, MissingFolder::IsMade)?;
        let taken = folder.entries.contains_key(&last);
        if taken && precedence == OnConflict::Keep {
            return Err(PlaceError::Taken);
        }
        folder.entries.insert(last, node);
        Ok(())
    }

    /// `path` with every symbolic link before its last name resolved.
    fn real_place(&mut self, path: &Path) -> Result<Vec<CString>, PlaceError> {
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

    fn link_at(
        &mut self,
        names: &[CString],
        name: &CString,
    ) -> Result<Option<Vec<u8>>, PlaceError> {
        match self.descend(names, MissingFolder::IsTaken) {
            Ok(folder) => match folder.entries.get(name) {
                Some(ViewNode::Link(target, _)) => Ok(Some(target.clone())),
                _ => Ok(None),
            },
            Err(PlaceError::Taken) => Ok(None),
            Err(unreadable) => Err(unreadable),
        }
    }

    /// The folder at `names`; a directory on the way is taken apart.
    fn descend(
        &mut self,
        names: &[CString],
        missing: MissingFolder,
    ) -> Result<&mut Self, PlaceError> {
        let mut folder = self;
        for (depth, name) in names.iter().enumerate() {
            if missing == MissingFolder::IsTaken && !folder.entries.contains_key(name) {
                return Err(PlaceError::Taken);
            }
            let node = folder
                .entries
                .entry(name.clone())
                .or_insert_with(|| ViewNode::Folder(Self::empty()));
            if let ViewNode::Mount(source) = node {
                *node = ViewNode::Folder(apart(source, || joined(&names[..=depth]))?);
            }
            folder = match node {
                ViewNode::Folder(inner) => inner,
                _ => return Err(PlaceError::Taken),
            };
        }
        Ok(folder)
    }

    /// Shows `visit` every folder that is made for the view, with its place, and this one first.
    pub(crate) fn each_folder(&mut self, place: &Path, visit: &mut impl FnMut(&Path, &mut Self)) {
        visit(place, self);
        for (name, node) in &mut self.entries {
            if let ViewNode::Folder(inner) = node {
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
pub(crate) fn apart<S: Source>(
    source: &S,
    path: impl FnOnce() -> PathBuf,
) -> Result<ViewFolder<S>, PlaceError> {
    if !source.is_directory() {
        return Err(PlaceError::Taken);
    }
    source.take_apart().map_err(|error| PlaceError::Unreadable(path(), error))
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
