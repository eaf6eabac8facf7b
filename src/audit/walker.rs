//! The search itself: threads read directories and examine each name.
//!
//! Memory is bounded by the shape of the search: a directory is read in batches, a branch is
//! finished before the next one is begun, and at most a batch of names waits for each level.

use super::link::JailRoot;
use super::own::OwnFile;
use super::place::DirRole;
use super::queue::Queue;
use super::rules::Context;
use super::{SearchEvent, SearchExtent, SearchScope, rules};
use crate::messages::Finding;
use crate::path::components;
use crate::platform;
use crate::platform::{Identity, InodeKind, Names, OpenDirectory};
use ledger::Ledger;
use owners::OwnerTally;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use trail::DirTrail;

mod ledger;
mod look;
mod owners;
mod trail;

/// Number of names that a thread reads at a time.
const BATCH: usize = 512;

/// Limit of threads: more do not search a directory tree faster.
const MOST_THREADS: usize = 8;

/// Limit of depth: a tree that an attacker made deep would use up all descriptors.
const DEEPEST: usize = 256;

/// A directory that is being searched.
struct SearchedDir {
    open: OpenDirectory,
    trail: Arc<DirTrail>,
    place: DirRole,
    identity: Identity,
}

enum Task {
    /// Open the directory of this name, if it still has this identity.
    Open(Arc<SearchedDir>, CString, Identity),
    /// Read the next batch of this directory.
    Read(Arc<SearchedDir>),
}

struct Search<'a> {
    scope: &'a SearchScope<'a>,
    context: Context<'a>,
    inside: JailRoot<'a>,
    own: BTreeMap<Identity, OwnFile>,
    report: &'a (dyn Fn(SearchEvent) + Sync),
    queue: Queue<Task>,
    ledger: Ledger,
    deadline: Option<Instant>,
    time_is_up: AtomicBool,
    no_capabilities: AtomicBool,
    names: AtomicU64,
    directories: AtomicU64,
    owners: OwnerTally,
}

/// See [`super::search`].
pub(super) fn search(
    jail: BorrowedFd<'_>,
    scope: &SearchScope<'_>,
    (found, own): (Vec<Finding>, BTreeMap<Identity, OwnFile>),
    report: &(dyn Fn(SearchEvent) + Sync),
) -> io::Result<SearchExtent> {
    let begin = Instant::now();
    let top = OpenDirectory::open_at(jail, c".")?;
    let identity = platform::read_inode(top.as_fd())?.identity;
    found.into_iter().for_each(|finding| report(SearchEvent::Found(finding)));
    let trail = Arc::new(DirTrail::root());
    let search = Search {
        scope,
        context: Context { accounts: scope.accounts, harmless: read_harmless_devices() },
        inside: JailRoot { root: jail, identity, host_path: host_path(scope) },
        own,
        report,
        queue: Queue::new(Task::Read(Arc::new(SearchedDir {
            open: top,
            trail,
            place: DirRole::Top,
            identity,
        }))),
        ledger: Ledger::default(),
        deadline: scope.budget.map(|budget| begin + budget),
        time_is_up: AtomicBool::new(false),
        no_capabilities: AtomicBool::new(false),
        names: AtomicU64::new(0),
        directories: AtomicU64::new(1),
        owners: OwnerTally::default(),
    };
    search.run();
    let uncounted = search.report_hard_links();
    let (users, groups) = search.owners.into_sets();
    report(SearchEvent::Owners(users, groups));
    Ok(SearchExtent {
        directories: search.directories.into_inner(),
        names: search.names.into_inner(),
        took: begin.elapsed(),
        complete: !search.time_is_up.into_inner(),
        capabilities: !search.no_capabilities.into_inner(),
        uncounted,
    })
}

/// The devices of the host that are harmless in a jail.
fn read_harmless_devices() -> Vec<u64> {
    [c"/dev/null", c"/dev/zero", c"/dev/full", c"/dev/random", c"/dev/urandom"]
        .into_iter()
        .filter_map(|path| platform::read_path_inode(path).ok())
        .filter(|inode| inode.sort == InodeKind::Character)
        .map(|inode| inode.device)
        .collect()
}

fn host_path(scope: &SearchScope<'_>) -> Option<Vec<crate::path::Component>> {
    scope.host_paths.then(|| components(scope.at.as_os_str().as_bytes()))
}

impl Search<'_> {
    /// Searches with several threads. This thread works too: if no other can be started, it does everything.
    fn run(&self) {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        std::thread::scope(|scope| {
            for _ in 1..threads.clamp(2, MOST_THREADS) {
                let more = std::thread::Builder::new().name("chroot audit".into());
                let _ = more.stack_size(1 << 18).spawn_scoped(scope, || self.work());
            }
            self.work();
        });
    }

    fn work(&self) {
        let (mut names, mut below) = (Names::default(), Vec::new());
        while let Some((task, _guard)) = self.queue.next_task() {
            let folder = match task {
                Task::Read(folder) => Some(folder),
                Task::Open(parent, name, identity) => self.open_directory(&parent, &name, identity),
            };
            if let Some(folder) = folder {
                self.read_batch(&folder, &mut names, &mut below);
            }
            if self.time_is_up.load(Relaxed) {
                self.queue.clear();
            } else {
                self.queue.add_tasks(below.drain(..));
            }
        }
    }

    fn open_directory(
        &self,
        parent: &SearchedDir,
        name: &CStr,
        identity: Identity,
    ) -> Option<Arc<SearchedDir>> {
        let trail = parent.trail.child(name);
        let opened = OpenDirectory::open_at(parent.open.as_fd(), name).and_then(|open| {
            let same = platform::read_inode(open.as_fd())?.identity == identity;
            let replaced = || io::Error::other("replaced while it was searched");
            if same { Ok(open) } else { Err(replaced()) }
        });
        match opened {
            Ok(open) => {
                self.directories.fetch_add(1, Relaxed);
                let place = parent.place.child(name);
                Some(Arc::new(SearchedDir { open, trail, place, identity }))
            }
            Err(error) => {
                self.report_unreadable(parent, name, error);
                None
            }
        }
    }

    /// Reads a batch, queues the rest of the directory, and examines each name.
    fn read_batch(&self, folder: &Arc<SearchedDir>, names: &mut Names, below: &mut Vec<Task>) {
        names.clear();
        match folder.open.read_names(names, BATCH) {
            Ok(true) => self.queue.add_tasks([Task::Read(Arc::clone(folder))]),
            Ok(false) => {}
            Err(error) => self.report_unreadable(folder, c".", error),
        }
        let mut count = 0;
        for name in names.iter() {
            if self.is_late() {
                break;
            }
            count += 1;
            match platform::read_inode_at(folder.open.as_fd(), name) {
                Ok(inode) => {
                    self.owners.add(&inode);
                    self.examine(folder, name, &inode, below);
                }
                Err(error) => self.report_unreadable(folder, name, error),
            }
        }
        self.names.fetch_add(count, Relaxed);
    }

    /// Whether the time is up.
    fn is_late(&self) -> bool {
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if late {
            self.time_is_up.store(true, Relaxed);
        }
        late
    }

    /// Reports files that have more names than were found in the jail, once all names were read.
    fn report_hard_links(&self) -> u64 {
        if self.time_is_up.load(Relaxed) {
            return 0;
        }
        self.ledger.for_each(|links, inside, trail, name| {
            if let Some(kind) = rules::find_hard_link(links, inside) {
                (self.report)(SearchEvent::Found(Finding {
                    path: trail.path(self.scope.at, name),
                    kind,
                }));
            }
        })
    }
}
