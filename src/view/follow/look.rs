//! A look at paths of the host that waits for nothing: names are looked up in directories of local file systems only, and
//! the answers come from the kernel's memory. The result is one number, which differs if something has changed.
//!
//! The kernel gives the number of a file system that was unmounted to another one. So the numbers of the local file systems
//! are known for one state of the host's mount table, and found anew for the next.

use crate::path::{Component, MOST_LINKS, components};
use crate::platform;
use crate::platform::{AnswerTime, FileFacts, FileKind};
use crate::view::mounts::mount_point::MOUNT_POINT;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::{CStr, CString};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Paths to look at, and the file systems in which that is safe.
#[derive(Debug)]
pub(crate) struct HostLook {
    /// The paths, in order, each with whether a change of its contents counts.
    paths: Vec<(PathBuf, bool)>,
    /// Numbers of local file systems.
    local: BTreeSet<u64>,
    /// The state of the host's mount table for which they are known; `None` before the first survey.
    mounts: Option<u64>,
    /// Whether there is a view: its mounts count.
    in_view: bool,
}

/// Limit of the file systems that are known: a host may mount more and more.
const MOST_LOCAL: usize = 256;

impl HostLook {
    /// A look at `paths`, each with whether a change of its contents counts. It knows no file system yet.
    pub(crate) fn new(paths: Vec<(PathBuf, bool)>, in_view: bool) -> Self {
        Self { paths, local: BTreeSet::new(), mounts: None, in_view }
    }

    /// Whether the host's mount table has the state `mounts` for which the local file systems are known.
    pub(crate) fn is_known(&self, mounts: u64) -> bool {
        self.mounts == Some(mounts)
    }

    /// Replaces the local file systems by those of a survey, made at the state `mounts` of the mount table.
    pub(crate) fn set_local(&mut self, local: impl Iterator<Item = u64>, mounts: u64) {
        self.local = local.take(MOST_LOCAL).collect();
        self.mounts = Some(mounts);
    }

    /// Forgets the local file systems.
    pub(crate) fn forget_local(&mut self) {
        self.local.clear();
        self.mounts = None;
    }

    /// Finds out which file systems on the way to the paths are local, and reports each question and each answer at once. A
    /// file system that does not answer blocks the caller: call it in a process of its own. File systems in `silent` are not
    /// asked, nor are any that may wait for a server or a program unless `asks_all`.
    pub(crate) fn survey(
        &self,
        silent: &BTreeSet<u64>,
        asks_all: bool,
        report: &mut dyn FnMut(SurveyStep),
    ) {
        let mut local = BTreeSet::new();
        let mut walk =
            PathWalk::new(|parent: BorrowedFd<'_>, name: &CStr, device: u64, is_last| {
                if local.contains(&device) || silent.contains(&device) {
                    return local.contains(&device);
                }
                report(SurveyStep::Asked(device));
                let is_asked = may_be_asked(parent, name, asks_all);
                let is_local = is_asked && is_local_at(parent, name, device, is_last);
                report(if is_local {
                    SurveyStep::Local(device)
                } else {
                    SurveyStep::Other(device)
                });
                is_local && local.insert(device)
            });
        self.paths.iter().for_each(|(path, contents)| walk.follow(path, *contents));
    }

    /// Finds the paths that lie on, or lead through, a file system that is not known to be local: it may not answer.
    pub(crate) fn find_silent(&self) -> BTreeSet<PathBuf> {
        self.follow_all().1
    }

    /// A number for the state of all paths. Mounts of the view count too: the host may have mounted a file system in it.
    pub(crate) fn fingerprint(&self, mounts: MountTable) -> u64 {
        self.fingerprint_and_silent(mounts).0
    }

    /// The results of [`Self::fingerprint`] and of [`Self::find_silent`], by one walk.
    pub(crate) fn fingerprint_and_silent(&self, mounts: MountTable) -> (u64, BTreeSet<PathBuf>) {
        let (mut hasher, silent) = self.follow_all();
        if self.in_view {
            mounts.of_view.hash(&mut hasher);
        }
        (hasher.finish(), silent)
    }

    /// Walks along all paths on the file systems that are known to be local. Returns the state, and the paths that lead to
    /// another one.
    fn follow_all(&self) -> (DefaultHasher, BTreeSet<PathBuf>) {
        let may_enter = |_: BorrowedFd<'_>, _: &CStr, device: u64, _| self.local.contains(&device);
        let mut walk = PathWalk::new(may_enter);
        let mut silent = BTreeSet::new();
        for (path, contents) in &self.paths {
            walk.was_refused = false;
            walk.follow(path, *contents);
            if walk.was_refused {
                silent.insert(path.clone());
            }
        }
        (walk.hasher, silent)
    }
}

/// A step of a survey, with the number of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SurveyStep {
    /// It is asked next, and may not answer.
    Asked(u64),
    /// It answered, and is local.
    Local(u64),
    /// It answered, and is no local one.
    Other(u64),
}

impl SurveyStep {
    /// The number, if the file system is local.
    pub(crate) fn local(self) -> Option<u64> {
        match self {
            Self::Local(device) => Some(device),
            Self::Asked(_) | Self::Other(_) => None,
        }
    }
}

/// Whether the file system of `name` may be asked. One that is the program of a user other than root is never asked: the user decides
/// when it answers.
fn may_be_asked(parent: BorrowedFd<'_>, name: &CStr, asks_all: bool) -> bool {
    // A handle asks nothing.
    let handle = platform::open_handle_at(parent, name);
    let time = handle.map(|handle| platform::find_answer_time(handle.as_fd()));
    match time {
        Ok(AnswerTime::AtOnce) => true,
        Ok(AnswerTime::OfProgram(_)) | Err(_) => false,
        Ok(_) => asks_all,
    }
}

/// Whether `name` is on a local file system, and that is `device`: an automounter may put another one there when a directory on the
/// way is opened. The last name of a path is not opened by a plan either.
fn is_local_at(parent: BorrowedFd<'_>, name: &CStr, device: u64, is_last: bool) -> bool {
    let opened = match is_last {
        true => platform::open_handle_at(parent, name),
        false => platform::open_directory_at(parent, name),
    };
    opened.is_ok_and(|file| {
        platform::is_local(file.as_fd()).unwrap_or_default()
            && platform::read_facts(file.as_raw_fd())
                .is_ok_and(|facts| facts.identity.device() == device)
    })
}

/// Numbers for the state of the mount table, read once for a look; always the same where the system lists no mounts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MountTable {
    /// For the mounts of the host.
    pub of_host: u64,
    /// For those of the view.
    pub of_view: u64,
}

impl MountTable {
    /// Reads the table.
    pub(crate) fn read() -> Self {
        let table = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
        let (mut of_host, mut of_view) = (DefaultHasher::new(), DefaultHasher::new());
        for line in table.split(|&byte| byte == b'\n') {
            // Number, parent, device, root, mount point.
            let place = line.split(|&byte| byte == b' ').nth(4).unwrap_or_default();
            let is_ours = place.starts_with(MOUNT_POINT.to_bytes());
            line.hash(if is_ours { &mut of_view } else { &mut of_host });
        }
        Self { of_host: of_host.finish(), of_view: of_view.finish() }
    }
}

/// Reads a number for the state of the mounts of the file system `device`.
pub(crate) fn read_device_state(device: u64) -> u64 {
    let table = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    let (mut hasher, wanted) = (DefaultHasher::new(), platform::format_device(device));
    for line in table.split(|&byte| byte == b'\n') {
        let numbers = line.split(|&byte| byte == b' ').nth(2).unwrap_or_default();
        if numbers == wanted.as_bytes() {
            line.hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// A walk along all paths, one after the other. Directories that they have in common are visited once.
struct PathWalk<F> {
    root: Option<OwnedFd>,
    /// Directories from the root to the last one visited, without symbolic links.
    steps: Vec<(CString, OwnedFd)>,
    /// Whether the file `name`, which has the given device, may be looked at; and names in it looked up, if it is not the last
    /// one.
    may_enter: F,
    /// Whether `may_enter` has denied something.
    was_refused: bool,
    hasher: DefaultHasher,
}

impl<F: FnMut(BorrowedFd<'_>, &CStr, u64, bool) -> bool> PathWalk<F> {
    fn new(may_enter: F) -> Self {
        let root = platform::open_root().ok();
        let (steps, hasher, was_refused) = Default::default();
        let mut walk = Self { root, steps, may_enter, was_refused, hasher };
        let root = walk.root.as_ref().map(AsFd::as_fd);
        let device = platform::read_path_facts(c"/").map(|facts| facts.identity.device());
        let is_safe = root
            .zip(device.ok())
            .is_some_and(|(root, device)| (walk.may_enter)(root, c".", device, false));
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
        let Some(here) = here else {
            self.was_refused = true;
            return Step::End;
        };
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
        let is_end = is_last || kind != FileKind::Directory;
        if !is_end {
            (mode, owner.0, group.0).hash(&mut self.hasher);
        }
        // Before it is opened: that wakes an automounter.
        let may_enter = (self.may_enter)(here.as_fd(), &name, identity.device(), is_end);
        self.was_refused |= !may_enter;
        if is_end || !may_enter {
            return Step::End;
        }
        let Ok(inner) = platform::open_directory_at(here.as_fd(), &name) else { return Step::End };
        // Another file system may be mounted there by now, and the next name would be a question to it.
        let is_same =
            platform::recall_facts(inner.as_fd()).is_ok_and(|now| now.identity == identity);
        if !is_same {
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
