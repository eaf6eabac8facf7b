//! A record of what other modules do while httpd starts, and of children while it runs.
//!
//! While it starts, orphans become children of httpd. So a process that a module has forked twice, and
//! whose own parent has ended, is seen like the others. But other orphans become children as well: those
//! of a piped log of the earlier configuration that ends now, or of a CGI program. So each process that
//! descends from httpd in this time carries a mark, and only those are judged.

use crate::httpd::hook_table::Hook;
use crate::platform;
use crate::platform::{ChildId, ProcessInfo, Support};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The record of one configuration pass.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Children that existed before: of an earlier configuration, or of the program that executed httpd.
    before: BTreeSet<ChildId>,
    /// The hooks of others, in the order in which httpd calls them.
    hooks: OnceLock<Vec<(Hook, String)>>,
    /// How many of them httpd has called.
    called: AtomicUsize,
    /// The record of their actions.
    seen: Mutex<WatchRecord>,
    /// A process of this module's own.
    own: OnceLock<u32>,
    /// The mark of what descends from this process while it is watched; 0 if there is none.
    mark: u64,
    /// The state to restore at the end: the mark before, and whether orphans were adopted.
    lent: Mutex<Option<(Support<u64>, Support<bool>)>>,
}

/// Actions of the modules.
#[derive(Debug, Default)]
pub(crate) struct WatchRecord {
    /// Which module has started a child; `None` if it was there before any of them was called.
    pub by: BTreeMap<ChildId, Option<String>>,
    /// Modules that are called again before the MPM starts.
    pub late: Vec<String>,
    /// Modules that have forked, and how often.
    pub forked: Vec<(String, usize)>,
    /// Children that were found inside.
    pub inside: BTreeSet<ChildId>,
    /// Copies of httpd that were outside at the last look while httpd runs, and at how many before.
    pub suspects: BTreeMap<ChildId, usize>,
}

impl Watch {
    /// Begins, before a directive is processed.
    pub(crate) fn begin() -> Self {
        // Where they cannot be listed now, all are judged later.
        let before = match platform::list_children() {
            Ok(Support::Available(all)) => all.into_iter().collect(),
            Ok(Support::Unsupported) | Err(_) => BTreeSet::new(),
        };
        // Another one in each pass, below the highest limit that a process can have.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let mark = now.map_or(1, |now| now.as_nanos() as u64 >> 1);
        let watch = Self { before, ..Self::default() };
        let is_marked = watch.resume(mark);
        Self { mark: if is_marked { mark } else { 0 }, ..watch }
    }

    /// From now on descendants are marked, and orphans among them become children. True if both work.
    fn resume(&self, mark: u64) -> bool {
        let marked =
            if mark == 0 { Ok(Support::Unsupported) } else { platform::mark_descendants(mark) };
        let marked = marked.unwrap_or(Support::Unsupported);
        let adopted = platform::adopt_orphans(true).unwrap_or(Support::Unsupported);
        let mut lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        lent.get_or_insert((marked, adopted));
        marked != Support::Unsupported
    }

    /// The process `number` is this module's own.
    pub(crate) fn exempt(&self, number: u32) {
        let _ = self.own.set(number);
    }

    /// Goes on after [`Watch::stop`].
    pub(crate) fn continue_watching(&self) {
        self.resume(self.mark);
    }

    /// Ends that.
    pub(crate) fn stop(&self) {
        let lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((Support::Available(mark), _)) = lent {
            let _ = platform::mark_descendants(mark);
        }
        if let Some((_, Support::Available(adopted))) = lent {
            let _ = platform::adopt_orphans(adopted);
        }
    }

    /// Whether a process descends from this one, and was born while it was watched. One that nothing is
    /// known of does.
    pub(crate) fn is_ours(&self, kin: &ProcessInfo) -> bool {
        self.mark == 0 || kin.mark.is_none_or(|mark| mark == self.mark)
    }

    /// Whether a module's hook is called by way of ours.
    pub(crate) fn has(&self, module: &str) -> bool {
        self.hooks.get().is_some_and(|hooks| hooks.iter().any(|(_, name)| name == module))
    }

    /// Their actions, locked for as long as the answer lives.
    pub(crate) fn seen(&self) -> MutexGuard<'_, WatchRecord> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The hook that httpd is about to call.
    pub(crate) fn take_next_hook(&self) -> Option<&(Hook, String)> {
        self.hooks.get()?.get(self.called.fetch_add(1, SeqCst))
    }

    /// Children that were not there before.
    ///
    /// # Errors
    /// Returns an error if they cannot be listed.
    pub(crate) fn children(&self) -> io::Result<Support<Vec<ChildId>>> {
        Ok(match platform::list_children()? {
            Support::Available(all) => Support::Available(
                all.into_iter()
                    .filter(|child| !self.before.contains(child))
                    .filter(|child| self.own.get() != Some(&child.pid))
                    .collect(),
            ),
            Support::Unsupported => Support::Unsupported,
        })
    }

    /// Notes the actions of `module`, which was just called.
    pub(crate) fn record_actions(&self, module: &str, forks: usize, is_late: bool) {
        let mut seen = self.seen();
        if forks > 0 {
            seen.forked.push((module.to_owned(), forks));
        }
        if is_late {
            seen.late.push(module.to_owned());
        }
        if let Ok(Support::Available(children)) = self.children() {
            for child in children {
                seen.by.entry(child).or_insert_with(|| Some(module.to_owned()));
            }
        }
    }

    /// From now on hooks are called by way of ours.
    pub(crate) fn wrap(&self, hooks: Vec<(Hook, String)>) {
        if let Ok(Support::Available(children)) = self.children() {
            self.seen().by = children.into_iter().map(|child| (child, None)).collect();
        }
        // check_config is called once in each pass.
        let _ = self.hooks.set(hooks);
    }

    /// Whether they are.
    pub(crate) fn is_on(&self) -> bool {
        self.hooks.get().is_some()
    }
}
