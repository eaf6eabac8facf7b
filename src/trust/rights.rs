//! Rights to a file, computed from its owner, mode and access control list: the rule of the
//! kernel, for a user who is not root and for everyone at once. Pure.
//!
//! A copy, or a folder that stands for one of the host's, grants no more than this. If a mode cannot express the same, it
//! grants less.

use crate::jail::run_as::RunAs;
use crate::platform::{
    AccessList, FileFacts, GroupId, Holder, ListEntry, Ownership, PosixList, UserId,
};

/// Bit of a mode to read a file, or to list a directory.
pub(crate) const READ: u32 = 0o4;
/// Bit of a mode to write to a file, or to create and remove names in a directory.
pub(crate) const WRITE: u32 = 0o2;
/// Bit of a mode to run a file, or to pass through a directory.
pub(crate) const PASS: u32 = 0o1;

const EVERY_BIT: u32 = 0o7;

/// Grant of a right, as far as the children are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// To every user.
    Everyone,
    /// To the children as members of this group, and to its other members.
    Group(GroupId),
    /// To the children for another reason, which others need not have.
    Children,
    /// Not to the children.
    Nobody,
}

impl Grant {
    /// Intersects two grants: a reader of a file has to pass every folder above it.
    pub(crate) fn intersect(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nobody, _) | (_, Self::Nobody) => Self::Nobody,
            (Self::Everyone, same) | (same, Self::Everyone) => same,
            (one, other) if one == other => one,
            _ => Self::Children,
        }
    }
}

/// Computes the grant of `bit` by a file with these `facts` and this `list`. A list of an unknown kind counts as granting
/// nothing.
pub(crate) fn compute_grant(
    facts: FileFacts,
    list: &AccessList,
    account: &RunAs,
    bit: u32,
) -> Grant {
    let AccessList::Posix(list) = convert_to_list(facts, list) else { return Grant::Nobody };
    let entries = apply_mask(&list);
    let has = |entry: &&ListEntry| entry.may & bit != 0;
    if entries.iter().all(|entry| has(&entry) || is_root(*entry, facts)) {
        return Grant::Everyone;
    }
    let groups = account.every_group();
    let by_user = |holder: &Holder| match holder {
        Holder::Owner => facts.owner == account.user,
        Holder::User(user) => *user == account.user,
        _ => false,
    };
    if let Some(entry) = entries.iter().find(|entry| by_user(&entry.holder)) {
        return if has(&entry) { Grant::Children } else { Grant::Nobody };
    }
    let group_of = |entry: &ListEntry| match entry.holder {
        Holder::OwningGroup => Some(facts.group),
        Holder::Group(group) => Some(group),
        _ => None,
    };
    let is_member = |entry: &&ListEntry| group_of(entry).is_some_and(|it| groups.contains(&it));
    let mine: Vec<_> = entries.iter().filter(is_member).collect();
    let others = entries.iter().filter(|entry| entry.holder == Holder::Others);
    match mine.iter().copied().find(has) {
        Some(entry) => compute_group_grant(group_of(entry), &entries, facts, bit),
        None if !mine.is_empty() => Grant::Nobody,
        None if others.clone().any(|entry| has(&entry)) => Grant::Children,
        None => Grant::Nobody,
    }
}

/// Computes the grant of an entry for a group: to all of its members, unless an entry for one user denies it.
fn compute_group_grant(
    group: Option<GroupId>,
    entries: &[ListEntry],
    facts: FileFacts,
    bit: u32,
) -> Grant {
    let takes = |entry: &ListEntry| {
        let is_of_one = matches!(entry.holder, Holder::Owner | Holder::User(_));
        is_of_one && entry.may & bit == 0 && !is_root(*entry, facts)
    };
    match group {
        Some(group) if !entries.iter().any(takes) => Grant::Group(group),
        _ => Grant::Children,
    }
}

/// Whether the entry is for root, which has every right.
fn is_root(entry: ListEntry, facts: FileFacts) -> bool {
    match entry.holder {
        Holder::Owner => facts.owner == UserId(0),
        Holder::User(user) => user == UserId(0),
        _ => false,
    }
}

/// Converts the mode bits to a list, if there is none.
fn convert_to_list(facts: FileFacts, list: &AccessList) -> AccessList {
    if *list != AccessList::Plain {
        return list.clone();
    }
    let entry = |holder, shift: u32| ListEntry { holder, may: facts.mode >> shift & EVERY_BIT };
    let entries =
        vec![entry(Holder::Owner, 6), entry(Holder::OwningGroup, 3), entry(Holder::Others, 0)];
    AccessList::Posix(PosixList { entries, raw: Vec::new() })
}

/// Applies the mask to the entries, and removes it.
fn apply_mask(list: &PosixList) -> Vec<ListEntry> {
    let is_mask = |entry: &&ListEntry| entry.holder == Holder::Mask;
    let mask = list.entries.iter().find(is_mask).map_or(EVERY_BIT, |entry| entry.may);
    let masked = |entry: &ListEntry| match entry.holder {
        Holder::Owner | Holder::Others => *entry,
        _ => ListEntry { may: entry.may & mask, ..*entry },
    };
    list.entries.iter().filter(|entry| !is_mask(entry)).map(masked).collect()
}

/// Computes owner, group and mode of a file of root's that grants these rights and no more; `owner` are the bits of root
/// itself. Rights that the children have for another reason than a group go to their own group.
pub(crate) fn compute_ownership(
    read: Grant,
    pass: Grant,
    owner: u32,
    account: &RunAs,
) -> Ownership {
    let together = match (read, pass) {
        (Grant::Nobody, other) | (other, Grant::Nobody) => other,
        (read, pass) => read.intersect(pass),
    };
    let group = match together {
        Grant::Group(group) => group,
        Grant::Children => account.group,
        Grant::Everyone | Grant::Nobody => GroupId(0),
    };
    let bits = |grants: fn(Grant) -> bool| {
        (if grants(read) { READ } else { 0 }) | (if grants(pass) { PASS } else { 0 })
    };
    let mode = owner << 6
        | bits(|grant| grant != Grant::Nobody) << 3
        | bits(|grant| grant == Grant::Everyone);
    Ownership { mode, user: UserId(0), group }
}

/// Narrows `mode` to the bits that grant nobody more than `list`, for a copy that cannot have the list.
pub(crate) fn narrow_mode(mode: u32, list: &AccessList) -> u32 {
    let list = match list {
        AccessList::Plain => return mode,
        AccessList::Other => return mode & 0o700,
        AccessList::Posix(list) => apply_mask(list),
    };
    let of_others = |holder: &Holder| !matches!(holder, Holder::Owner);
    let all = list.iter().filter(|entry| of_others(&entry.holder));
    let every = all.fold(EVERY_BIT, |bits, entry| bits & entry.may);
    let of_named = list.iter().filter(|entry| matches!(entry.holder, Holder::User(_)));
    let of_named = of_named.fold(EVERY_BIT, |bits, entry| bits & entry.may);
    let of_group = list.iter().find(|entry| entry.holder == Holder::OwningGroup);
    let group = of_group.map_or(0, |entry| entry.may) & of_named;
    mode & 0o700 | group << 3 | every
}

/// Intersects the ownership of two folders: a user who cannot use one of them cannot use the result. It has the owner and
/// group of the first.
pub(crate) fn intersect_ownership(first: Ownership, second: Ownership) -> Ownership {
    let class = |mode: u32, shift: u32| mode >> shift & EVERY_BIT;
    let of_owner = if second.user == UserId(0) { EVERY_BIT } else { class(second.mode, 6) };
    let everyone = of_owner & class(second.mode, 3) & class(second.mode, 0);
    let same = (first.user, first.group) == (second.user, second.group);
    let also = |shift| if same { class(second.mode, shift) } else { everyone };
    let bits = |shift| (class(first.mode, shift) & also(shift)) << shift;
    Ownership { mode: bits(6) | bits(3) | bits(0), ..first }
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;
