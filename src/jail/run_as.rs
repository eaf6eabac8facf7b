//! The account of the children.

use crate::jail::harden::Hardening;
use crate::platform::{GroupId, UserId};

/// The account of a process in the jail. Looked up by the parent, outside: no name service runs in the jail.
#[derive(Debug, Clone)]
pub(crate) struct RunAs {
    /// The user.
    pub user: UserId,
    /// The primary group.
    pub group: GroupId,
    /// All supplementary groups, the primary one among them.
    pub groups: Vec<GroupId>,
    /// Its other restrictions.
    pub hardening: Hardening,
}

impl RunAs {
    /// A user with its groups, and nothing else taken from it.
    pub(crate) fn plain(user: UserId, group: GroupId, groups: Vec<GroupId>) -> Self {
        Self { user, group, groups, hardening: Hardening::default() }
    }

    /// All groups, each once, in order.
    pub(crate) fn every_group(&self) -> Vec<GroupId> {
        let mut groups = self.groups.clone();
        groups.push(self.group);
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}
