//! Files with several names, and the number of these names that are inside.

use super::trail::DirTrail;
use crate::platform::{Identity, Inode};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, PoisonError};

/// Limit of files that are counted, in some 20 MiB.
const MOST: usize = 100_000;

/// Files with several names that were found so far.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<LedgerState>);

#[derive(Debug, Default)]
struct LedgerState {
    entries: BTreeMap<Identity, LedgerEntry>,
    uncounted: u64,
}

#[derive(Debug)]
struct LedgerEntry {
    links: u64,
    inside: u64,
    trail: Arc<DirTrail>,
    name: CString,
}

impl Ledger {
    /// Counts one name of a file with several names.
    pub(super) fn add_name(&self, inode: &Inode, trail: &Arc<DirTrail>, name: &CStr) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = state.entries.get_mut(&inode.identity) {
            entry.inside += 1;
        } else if state.entries.len() < MOST {
            let entry = LedgerEntry {
                links: inode.links,
                inside: 1,
                trail: Arc::clone(trail),
                name: name.into(),
            };
            state.entries.insert(inode.identity, entry);
        } else {
            state.uncounted += 1;
        }
    }

    /// Calls `visit` for each file, with the number of its names, the number of those inside, and one of these. Returns the
    /// number of names that were not counted.
    pub(super) fn for_each(&self, mut visit: impl FnMut(u64, u64, &DirTrail, &CStr)) -> u64 {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for LedgerEntry { links, inside, trail, name } in state.entries.values() {
            visit(*links, *inside, trail, name);
        }
        state.uncounted
    }
}
