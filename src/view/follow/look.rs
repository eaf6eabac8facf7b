//! A look at paths of the host that waits for nothing: names are looked up in directories of local file systems only, and
//! the answers come from the kernel's memory. The result is one number, which differs if something has changed.

use crate::path::{Component, MOST_LINKS, components};
use crate::platform;
use crate::platform::{FileFacts, FileKind};
use crate::view::mounts::build::MOUNT_POINT;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::CString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Paths to look at, and the file systems in which that is safe.
#[derive(Debug)]
pub(crate) struct HostLook {
    /// The paths, in order.
    paths: Vec<PathBuf>,
    /// Numbers of local file systems.
    local: BTreeSet<u64>,
    /// Whether a change of contents counts: they are copied.
    contents: bool,
}

/// Limit of the file systems that are known: a host may mount more and more.
const MOST_LOCAL: usize = 256;

impl HostLook {
    /// A look at `paths`, which knows no file system yet.
    pub(crate) fn new(paths: Vec<PathBuf>, contents: bool) -> Self {
        Self { paths, local: BTreeSet::new(), contents }
    }

    /// Adds a local file system.
    pub(crate) fn add_local(&mut self, device: u64) {
        if self.local.len() < MOST_LOCAL {
            self.local.insert(device);
        }
    }

    /// Numbers of the local file systems.
    pub(crate) fn local(&self) -> impl Iterator<Item = u64> {
        self.local.iter().copied()
    }

    /// Finds out which file systems on the way to the paths are local. A file system that does not answer may make the caller
    /// wait, so this is for a process that may.
    pub(crate) fn survey(&mut self) {
        let mut local = std::mem::take(&mut self.local);
        let mut walk = PathWalk::new(|directory: BorrowedFd<'_>, device: u64| {
            let known = local.contains(&device);
            let is_local = known || platform::is_local(directory).unwrap_or_default();
            if is_local && local.len() < MOST_LOCAL {
                local.insert(device);
            }
            is_local
        });
        self.paths.iter().for_each(|path| walk.follow(path, self.contents));
        drop(walk);
        self.local = local;
    }

    /// A number for the state of all paths. Mounts of the view count too: the host may have mounted a file system in it.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut walk = PathWalk::new(|_: BorrowedFd<'_>, device: u64| self.local.contains(&device));
        self.paths.iter().for_each(|path| walk.follow(path, self.contents));
        if !self.contents {
            hash_view_mounts(&mut walk.hasher);
        }
        walk.hasher.finish()
    }
}

/// Adds the lines of the mount table about the view.
fn hash_view_mounts(hasher: &mut DefaultHasher) {
    let table = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    let place = [b" ", MOUNT_POINT.to_bytes()].concat();
    let is_ours = |line: &&[u8]| line.windows(place.len()).any(|part| part == place);
    table.split(|&byte| byte == b'\n').filter(is_ours).for_each(|line| line.hash(hasher));
}

/// A walk along all paths, one after the other. Directories that they have in common are visited once.
struct PathWalk<F> {
    root: Option<OwnedFd>,
    /// Directories from the root to the last one visited, without symbolic links.
    steps: Vec<(CString, OwnedFd)>,
    /// Whether names in a directory, which has the given device, may be looked up.
    may_enter: F,
    hasher: DefaultHasher,
}

impl<F: FnMut(BorrowedFd<'_>, u64) -> bool> PathWalk<F> {
    fn new(may_enter: F) -> Self {
        let root = platform::open_root().ok();
        let mut walk = Self { root, steps: Vec::new(), may_enter, hasher: DefaultHasher::new() };
        let root = walk.root.as_ref().map(AsFd::as_fd);
        let device = platform::read_path_facts(c"/").map(|facts| facts.identity.device());
        let is_safe =
            root.zip(device.ok()).is_some_and(|(root, device)| (walk.may_enter)(root, device));
        if !is_safe {
            walk.root = None;
        }
        walk
    }

    fn follow(&mut self, path: &Path, contents: bool) {
        let mut ahead: VecDeque<_> = components(path.as_os_str().as_bytes()).into();
        let (mut depth, mut links) = (0_usize, 0_usize);
        while let Some(component) = ahead.pop_front() {
            let Component::Name(name) = component else {
                depth = depth.saturating_sub(1);
                continue;
            };
            let is_last = ahead.is_empty();
            if !is_last && self.steps.get(depth).is_some_and(|(known, _)| *known == name) {
                depth += 1;
                continue;
            }
            self.steps.truncate(depth);
            match self.step(name, is_last, contents) {
                Step::Down => depth += 1,
                Step::Link(target) if links < MOST_LINKS => {
                    links += 1;
                    // An absolute target begins at the root.
                    depth *= usize::from(target.first() != Some(&b'/'));
                    components(&target).into_iter().rev().for_each(|part| ahead.push_front(part));
                }
                Step::Link(_) | Step::End => return,
            }
        }
    }

    fn step(&mut self, name: CString, is_last: bool, contents: bool) -> Step {
        let here = self.steps.last().map_or(self.root.as_ref(), |(_, directory)| Some(directory));
        let Some(here) = here else { return Step::End };
        let (facts, changed) = match platform::recall_facts_at(here.as_fd(), &name) {
            Ok(found) => found,
            Err(error) => {
                error.raw_os_error().hash(&mut self.hasher);
                return Step::End;
            }
        };
        let FileFacts { identity, kind, mode, owner, group } = facts;
        (identity, kind == FileKind::Directory).hash(&mut self.hasher);
        if kind == FileKind::Link {
            (owner.0, group.0).hash(&mut self.hasher);
            return platform::read_link_at(here.as_fd(), &name).map_or(Step::End, Step::Link);
        }
        if is_last && contents {
            changed.hash(&mut self.hasher);
        }
        if is_last || kind != FileKind::Directory {
            return Step::End;
        }
        (mode, owner.0, group.0).hash(&mut self.hasher);
        let Ok(inner) = platform::open_directory_at(here.as_fd(), &name) else { return Step::End };
        if !(self.may_enter)(inner.as_fd(), identity.device()) {
            return Step::End;
        }
        self.steps.push((name, inner));
        Step::Down
    }
}

/// Result of a step of a walk.
enum Step {
    /// Into a directory.
    Down,
    /// To a symbolic link with this target.
    Link(Vec<u8>),
    /// Nowhere.
    End,
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
