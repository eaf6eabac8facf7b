//! Users and groups that own something in the jail.

use crate::platform::{GroupId, Inode, UserId};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// Users and groups, collected by several threads.
#[derive(Debug)]
pub(super) struct OwnerTally {
    found: Mutex<(BTreeSet<UserId>, BTreeSet<GroupId>)>,
    /// The pair that was added last: most files have the owners of their neighbours.
    last: AtomicU64,
}

/// Limit of the owners of each kind.
const MOST: usize = 10_000;

impl Default for OwnerTally {
    fn default() -> Self {
        // No file has the user and the group -1.
        Self { found: Mutex::default(), last: AtomicU64::new(u64::MAX) }
    }
}

impl OwnerTally {
    /// Adds the owners of a file.
    pub(super) fn add(&self, inode: &Inode) {
        let pair = u64::from(inode.user.0) << 32 | u64::from(inode.group.0);
        if self.last.load(Relaxed) == pair {
            return;
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let (users, groups) = &mut *found;
        if users.len() < MOST {
            users.insert(inode.user);
        }
        if groups.len() < MOST {
            groups.insert(inode.group);
        }
        self.last.store(pair, Relaxed);
    }

    /// The users and the groups.
    pub(super) fn into_sets(self) -> (BTreeSet<UserId>, BTreeSet<GroupId>) {
        self.found.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
