//! Files that have several names: how many of them are inside.

use super::trail::DirTrail;
use crate::platform::{Identity, Inode};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, PoisonError};

/// So many files are kept in mind, in some 20 MiB.
const MOST: usize = 100_000;

/// The files with several names that were met so far.
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
    /// One name of a file with several.
    pub(super) fn enter(&self, inode: &Inode, trail: &Arc<DirTrail>, name: &CStr) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = book.entries.get_mut(&inode.identity) {
            entry.inside += 1;
        } else if book.entries.len() < MOST {
            let entry = LedgerEntry {
                links: inode.links,
                inside: 1,
                trail: Arc::clone(trail),
                name: name.into(),
            };
            book.entries.insert(inode.identity, entry);
        } else {
            book.uncounted += 1;
        }
    }

    /// Tells of each file how many names it has, how many of them are inside, and one of these;
    /// answers how many names were too many to be kept in mind.
    pub(super) fn settle(&self, mut tell: impl FnMut(u64, u64, &DirTrail, &CStr)) -> u64 {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for LedgerEntry { links, inside, trail, name } in book.entries.values() {
            tell(*links, *inside, trail, name);
        }
        book.uncounted
    }
}
