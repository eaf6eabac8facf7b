//! Descends from `/` to the jail by descriptor, asks [`crate::jail::judge`] about each component, and
//! is the base of the [`FoundJail`](crate::jail::FoundJail): what was judged is what is held, and later what is entered. On the way to a
//! jail every directory is judged: those that hold a symbolic link, those of its target, and `/`.
//!
//! Not promised: that the path still leads there a moment later. [`CheckedJail::enter`](crate::jail::CheckedJail::enter) asks again.

mod crossing;

pub(crate) use crossing::find_entry;

use crate::jail::judge::{Verdict, complaints, judge};
use crate::messages::{Complaint, WalkFault};
use crate::path::{Component, InsidePath, MOST_LINKS, components, joined};
use crate::platform;
use crate::platform::{AccessList, FileFacts, FoundName, Identity, Support, UserId};
use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Walks `path`, seen from outside, to a directory that is not the root, and judges every directory
/// on the way.
///
/// # Errors
/// Returns an error if a component is missing, no directory, unreadable or replaced meanwhile, or if the path leads
/// to `/`.
pub(crate) fn to_directory(path: &Path) -> Result<OpenedPath, WalkFault> {
    let found = descend(host_root()?, path, LastComponent::Directory)?;
    if found.is_root { Err(WalkFault::IsRoot) } else { Ok(found) }
}

/// The file that a walk leads to.
#[derive(Debug)]
pub(crate) struct OpenedPath {
    /// Where it is: absolute from the walk's root, without symbolic links.
    pub at: PathBuf,
    /// The file or directory itself.
    pub file: OwnedFd,
    /// Its facts.
    pub facts: FileFacts,
    /// The symbolic links on the way.
    pub links: Vec<SymbolicLink>,
    /// Changes that others than root could make on the way to a jail.
    pub complaints: Vec<Complaint>,
    /// True if it is the walk's root, in whatever spelling or mount.
    is_root: bool,
}

/// A directory on the way, in which a name was looked up.
#[derive(Debug, Clone)]
pub(crate) struct PassedDir {
    /// Where it is: absolute, without symbolic links.
    pub at: PathBuf,
    /// Its facts.
    pub facts: FileFacts,
    /// Its access control list.
    pub list: AccessList,
}

/// A symbolic link on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SymbolicLink {
    /// Where it lies: absolute, without symbolic links before it.
    pub at: PathBuf,
    /// Its target.
    pub target: Vec<u8>,
    /// Its owner among other things.
    pub facts: FileFacts,
}

/// Walks `path`, seen from outside, to a file of any kind.
///
/// # Errors
/// Returns an error as [`to_directory`] does, but for the last component, which may be any file.
pub(crate) fn on_host(path: &Path) -> Result<OpenedPath, WalkFault> {
    descend(host_root()?, path, LastComponent::Anything)
}

/// The same, with every directory that has to be passed on the way, each once: those that hold a
/// symbolic link, and those on the way to its target, too.
///
/// # Errors
/// Returns an error as [`on_host`] does.
pub(crate) fn walk_with_passed_dirs(
    path: &Path,
) -> Result<(OpenedPath, Vec<PassedDir>), WalkFault> {
    WalkSeries::default().walk(path)
}

/// Walks along several paths of the host, one after the other. A directory on the way that the path before had as well is
/// passed by the same descriptor: it is opened once, and its facts are read once.
#[derive(Debug, Default)]
pub(crate) struct WalkSeries {
    root: Option<WalkStep>,
    /// Directories that the last walk has passed without a symbolic link, from below the root on.
    kept: Vec<WalkStep>,
}

impl WalkSeries {
    /// As [`walk_with_passed_dirs`].
    ///
    /// # Errors
    /// Returns an error as [`on_host`] does.
    pub(crate) fn walk(&mut self, path: &Path) -> Result<(OpenedPath, Vec<PassedDir>), WalkFault> {
        let root = match &self.root {
            Some(root) => root.clone(),
            None => WalkStep::new(CString::default(), host_root()?),
        };
        let mut ahead: VecDeque<_> = components(path.as_os_str().as_bytes()).into();
        let mut trail = Descent { passed_dirs: Some(Vec::new()), ..Descent::below(root) };
        for kept in &self.kept {
            let is_next =
                matches!(ahead.front(), Some(Component::Name(name)) if *name == kept.name);
            if !is_next || ahead.len() < 2 {
                break;
            }
            trail.remember_here()?;
            trail.steps.push(kept.clone());
            ahead.pop_front();
        }
        trail.advance(ahead, LastComponent::Anything)?;
        let passed_dirs = trail.passed_dirs.take().unwrap_or_default();
        if trail.links.is_empty() && !trail.steps.is_empty() {
            self.kept = trail.steps[..trail.steps.len() - 1].to_vec();
            self.root = Some(trail.root.clone());
        }
        Ok((trail.finish()?, passed_dirs))
    }
}

/// The access control list of `file`. One that cannot be read grants nothing that is known.
pub(crate) fn read_access_list_or_other(file: BorrowedFd<'_>) -> AccessList {
    match platform::read_access_list(file) {
        Ok(Support::Available(list)) => list,
        Ok(Support::Unsupported) => AccessList::Plain,
        Err(_) => AccessList::Other,
    }
}

/// Changes that others than root can make to `file`, which is at `path`: to its entries, if it is a
/// directory.
///
/// # Errors
/// Returns the failing call's `errno`.
pub(crate) fn read_complaints(file: BorrowedFd<'_>, path: &Path) -> io::Result<Vec<Complaint>> {
    let facts = platform::read_facts(file.as_raw_fd())?;
    let (list, unknown) = match platform::read_acl_writers(file) {
        Ok(Support::Available(list)) => (list, None),
        Ok(Support::Unsupported) => (Vec::new(), None),
        Err(error) => (Vec::new(), Some(Complaint::Unknown(path.to_owned(), error.to_string()))),
    };
    Ok(unknown.into_iter().chain(complaints(path, facts, &list)).collect())
}

/// Walks `path` as a process sees it whose root is `root`: neither `..` nor a symbolic link leads
/// out of it.
///
/// # Errors
/// Returns an error as [`on_host`] does.
pub(crate) fn walk_inside(
    root: BorrowedFd<'_>,
    path: InsidePath<'_>,
) -> Result<OpenedPath, WalkFault> {
    let root = root.try_clone_to_owned().map_err(unreadable_root)?;
    descend(root, path.for_walk(), LastComponent::Anything)
}

fn host_root() -> Result<OwnedFd, WalkFault> {
    platform::open_root().map_err(unreadable_root)
}

fn unreadable_root(error: io::Error) -> WalkFault {
    WalkFault::Unreadable("/".into(), error)
}

/// Kinds of file that the last component may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastComponent {
    Directory,
    Anything,
}

fn descend(root: OwnedFd, path: &Path, last: LastComponent) -> Result<OpenedPath, WalkFault> {
    let mut trail = Descent::below(WalkStep::new(CString::default(), root));
    trail.advance(components(path.as_os_str().as_bytes()).into(), last)?;
    trail.finish()
}

/// A file or directory that a walk has come to, held open.
#[derive(Debug, Clone)]
struct WalkStep {
    name: CString,
    file: Rc<OwnedFd>,
    /// Its facts, if a name was looked up in it and they were recorded.
    passed: Option<PassedDir>,
}

impl WalkStep {
    fn new(name: CString, file: OwnedFd) -> Self {
        Self { name, file: Rc::new(file), passed: None }
    }
}

/// Where a walk has come to: every directory on the way down, held open.
struct Descent {
    root: WalkStep,
    steps: Vec<WalkStep>,
    links: Vec<SymbolicLink>,
    judged: Vec<Identity>,
    complaints: Vec<Complaint>,
    passed_dirs: Option<Vec<PassedDir>>,
}

impl Descent {
    fn below(root: WalkStep) -> Self {
        let (steps, links, judged, complaints, passed_dirs) = Default::default();
        Self { root, steps, links, judged, complaints, passed_dirs }
    }

    fn advance(
        &mut self,
        mut ahead: VecDeque<Component>,
        last: LastComponent,
    ) -> Result<(), WalkFault> {
        let is_jail = last == LastComponent::Directory;
        if is_jail {
            self.judge_here()?;
        }
        while let Some(component) = ahead.pop_front() {
            let last = if ahead.is_empty() { last } else { LastComponent::Directory };
            self.remember_here()?;
            match self.step(component, last)? {
                Some(target) => self.turn(&target, &mut ahead)?,
                None if is_jail => self.judge_here()?,
                None => {}
            }
        }
        Ok(())
    }

    /// Has the walk go on with the target of a symbolic link.
    fn turn(&mut self, target: &[u8], ahead: &mut VecDeque<Component>) -> Result<(), WalkFault> {
        if self.links.len() > MOST_LINKS {
            return Err(WalkFault::TooManyLinks(MOST_LINKS));
        }
        if target.first() == Some(&b'/') {
            self.steps.clear();
        }
        components(target).into_iter().rev().for_each(|component| ahead.push_front(component));
        Ok(())
    }

    /// Puts the directory that the walk has come to among those that were passed, if they are recorded.
    fn remember_here(&mut self) -> Result<(), WalkFault> {
        let Some(mut passed_dirs) = self.passed_dirs.take() else { return Ok(()) };
        let known = self.steps.last().map_or(&self.root, |step| step).passed.clone();
        let passed = match known {
            Some(known) => known,
            None => self.read_here()?,
        };
        if !passed_dirs.iter().any(|other| other.facts.identity == passed.facts.identity) {
            passed_dirs.push(passed.clone());
        }
        self.steps.last_mut().unwrap_or(&mut self.root).passed = Some(passed);
        self.passed_dirs = Some(passed_dirs);
        Ok(())
    }

    /// Reads facts about the directory that the walk has come to.
    fn read_here(&self) -> Result<PassedDir, WalkFault> {
        let at = self.at();
        let facts = platform::read_facts(self.here().as_raw_fd())
            .map_err(|error| WalkFault::Unreadable(at.clone(), error))?;
        Ok(PassedDir { at, facts, list: read_access_list_or_other(self.here()) })
    }

    /// Records changes that others than root can make in the directory that the walk has come to, the first
    /// time that it comes there.
    fn judge_here(&mut self) -> Result<(), WalkFault> {
        let path = self.at();
        let facts = platform::read_facts(self.here().as_raw_fd())
            .map_err(|error| WalkFault::Unreadable(path.clone(), error))?;
        if self.judged.contains(&facts.identity) {
            return Ok(());
        }
        self.judged.push(facts.identity);
        let complaints = read_complaints(self.here(), &path)
            .map_err(|error| WalkFault::Unreadable(path.clone(), error))?;
        self.complaints.extend(complaints);
        Ok(())
    }

    /// Goes one component further, or answers with the target of the symbolic link that is there.
    fn step(
        &mut self,
        component: Component,
        last: LastComponent,
    ) -> Result<Option<Vec<u8>>, WalkFault> {
        let Component::Name(name) = component else {
            self.steps.pop();
            return Ok(None);
        };
        let path = self.path_with(&name);
        let fault = |error| classify_fault(error, &path);
        let FoundName { facts, handle } = find_entry(self.here(), &name, &path)?;
        // Its file system answers.
        let facts = match &handle {
            Some(handle) => platform::read_facts(handle.as_raw_fd()).map_err(fault)?,
            None => facts,
        };
        let opened = match (judge(&path, facts), handle) {
            (Ok(Verdict::Follow), handle) => {
                let target = match &handle {
                    Some(link) => platform::read_link_at(link.as_fd(), c""),
                    None => platform::read_link_at(self.here(), &name),
                };
                let target = target.map_err(fault)?;
                self.links.push(SymbolicLink { at: path, target: target.clone(), facts });
                return Ok(Some(target));
            }
            // The handle that was judged is entered: to open the name again could wake an automounter.
            (Ok(Verdict::Descend), Some(handle)) if platform::effective_user() == UserId(0) => {
                Ok(handle)
            }
            (Ok(Verdict::Descend), _) => platform::open_directory_at(self.here(), &name),
            (Err(_), Some(handle)) if last == LastComponent::Anything => Ok(handle),
            (Err(_), None) if last == LastComponent::Anything => {
                platform::open_handle_at(self.here(), &name)
            }
            (Err(refused), _) => return Err(refused),
        };
        let opened = opened.map_err(fault)?;
        same(&opened, facts, &path)?;
        self.steps.push(WalkStep::new(name, opened));
        Ok(None)
    }

    fn finish(mut self) -> Result<OpenedPath, WalkFault> {
        let at = self.at();
        let fault = |error| WalkFault::Unreadable(at.clone(), error);
        let root = platform::read_facts(self.root.file.as_raw_fd()).map_err(fault)?;
        let file = self.steps.pop().unwrap_or(self.root).file;
        let file = Rc::try_unwrap(file).or_else(|file| file.try_clone()).map_err(fault)?;
        let facts = platform::read_facts(file.as_raw_fd()).map_err(fault)?;
        let is_root = facts.identity == root.identity;
        let (links, complaints) = (self.links, self.complaints);
        Ok(OpenedPath { at, file, facts, links, complaints, is_root })
    }

    fn here(&self) -> BorrowedFd<'_> {
        self.steps.last().map_or(self.root.file.as_fd(), |step| step.file.as_fd())
    }

    fn at(&self) -> PathBuf {
        joined(self.steps.iter().map(|step| &step.name))
    }

    fn path_with(&self, name: &CStr) -> PathBuf {
        joined(self.steps.iter().map(|step| &step.name).chain([&name.to_owned()]))
    }
}

/// Checks that the open file is the one that was judged a moment ago.
fn same(opened: &OwnedFd, judged: FileFacts, path: &Path) -> Result<(), WalkFault> {
    match platform::recall_facts(opened.as_fd()) {
        Ok(now) if (now.identity, now.kind) == (judged.identity, judged.kind) => Ok(()),
        Ok(_) => Err(WalkFault::Changed(path.to_owned())),
        Err(error) => Err(WalkFault::Unreadable(path.to_owned(), error)),
    }
}

fn classify_fault(error: io::Error, path: &Path) -> WalkFault {
    if error.kind() == io::ErrorKind::NotFound {
        WalkFault::Missing(path.to_owned())
    } else {
        WalkFault::Unreadable(path.to_owned(), error)
    }
}

#[cfg(any(test, fuzzing))]
pub(crate) mod properties;

#[cfg(test)]
mod tests;
