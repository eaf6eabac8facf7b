//! Judges one component of the jail's path. Pure: facts in, verdict out.
//!
//! The rule is OpenSSH's (`safely_chroot`), and more: it holds for the components of symbolic
//! links too, for `/`, and for what access control lists grant beyond the mode bits. A symbolic
//! link itself is not judged: it cannot be changed, only replaced by who may write its directory.

use crate::jail::run_as::RunAs;
use crate::messages::{Complaint, WalkFault};
use crate::platform::{FileFacts, FileKind, Grantee, UserId};
use std::path::Path;

/// The next step at a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Go into it.
    Descend,
    /// Follow it, and judge each component of its target too.
    Follow,
}

/// Judges the component `path`, about which `facts` are known.
///
/// # Errors
/// Returns an error if it is neither a directory nor a symbolic link.
pub(crate) fn judge(path: &Path, facts: FileFacts) -> Result<Verdict, WalkFault> {
    let kind = match facts.kind {
        FileKind::Directory => return Ok(Verdict::Descend),
        FileKind::Link => return Ok(Verdict::Follow),
        FileKind::File => "a regular file",
        FileKind::Other => "a device, FIFO or socket",
    };
    Err(WalkFault::NotDirectory(path.to_owned(), kind))
}

const ROOT: UserId = UserId(0);
const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// Changes that others than root can make in the directory `path`. `list` has those that an access control
/// list lets write.
pub(crate) fn complaints(path: &Path, facts: FileFacts, list: &[Grantee]) -> Vec<Complaint> {
    let path = || path.to_owned();
    let mut found = Vec::new();
    if facts.owner != ROOT {
        found.push(Complaint::Owner(path(), facts.owner.0));
    }
    if !list.is_empty() {
        found.push(Complaint::List(path(), list.to_vec()));
    } else if facts.mode & GROUP_WRITES != 0 {
        // With a list the group bits are the list's mask, and say nothing about the group.
        found.push(Complaint::Group(path(), facts.mode));
    }
    if facts.mode & OTHERS_WRITE != 0 {
        found.push(Complaint::Others(path(), facts.mode));
    }
    found
}

/// Whether `who` can write the directory: what the kernel would say, computed before there is a
/// process to ask it. A right that a list grants to a name instead of a number counts as granted.
pub(crate) fn can_write(facts: FileFacts, list: &[Grantee], account: &RunAs) -> bool {
    let groups = account.every_group();
    let by_mode = if facts.owner == account.user {
        facts.mode & 0o200 != 0
    } else if groups.contains(&facts.group) {
        facts.mode & GROUP_WRITES != 0 && list.is_empty()
    } else {
        facts.mode & OTHERS_WRITE != 0
    };
    by_mode
        || list.iter().any(|grantee| match grantee {
            Grantee::User(user) => *user == account.user,
            Grantee::Group(group) => groups.contains(group),
            Grantee::Named(_) => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{GroupId, read_path_facts};

    fn facts(kind: FileKind, owner: u32, group: u32, mode: u32) -> FileFacts {
        let identity = read_path_facts(c"/").unwrap().identity;
        FileFacts { identity, kind, owner: UserId(owner), group: GroupId(group), mode }
    }

    fn ids(complaints: Vec<Complaint>) -> Vec<String> {
        let id = |complaint| {
            crate::messages::Fault::new("/j", crate::messages::SanityFault(vec![complaint]))
        };
        complaints.into_iter().map(|complaint| id(complaint).to_string()[..6].to_string()).collect()
    }

    /// Every mode, of root and of another, with and without a list.
    #[test]
    fn a_directory_is_sane_exactly_if_only_root_can_write_it() {
        let list = [Grantee::User(UserId(1001))];
        for (mode, owner, list) in (0..0o10000)
            .flat_map(|mode| [0, 1000].map(|owner| (mode, owner)))
            .flat_map(|(mode, owner)| [&list[..0], &list].map(|list| (mode, owner, list)))
        {
            let mut wanted = vec![];
            if owner != 0 {
                wanted.push("CHR211");
            }
            if !list.is_empty() {
                wanted.push("CHR214");
            }
            if mode & 0o020 != 0 && list.is_empty() {
                wanted.push("CHR212");
            }
            if mode & 0o002 != 0 {
                wanted.push("CHR213");
            }
            let found =
                complaints(Path::new("/srv"), facts(FileKind::Directory, owner, 0, mode), list);
            assert_eq!(ids(found), wanted, "{mode:o} {owner} {list:?}");
        }
    }

    #[test]
    fn only_directories_and_links_can_be_walked_whatever_their_mode() {
        for mode in 0..0o10000 {
            for (kind, wanted) in [
                (FileKind::Directory, Some(Verdict::Descend)),
                (FileKind::Link, Some(Verdict::Follow)),
                (FileKind::File, None),
                (FileKind::Other, None),
            ] {
                let verdict = judge(Path::new("/srv"), facts(kind, 0, 0, mode)).ok();
                assert_eq!(verdict, wanted, "{kind:?} {mode:o}");
            }
        }
    }

    /// Against the rule of the kernel, in other words: the first class that fits decides.
    #[test]
    fn the_run_as_user_writes_exactly_if_its_class_may() {
        let account = RunAs::plain(UserId(33), GroupId(33), vec![GroupId(7)]);
        for mode in 0..0o1000 {
            for (owner, group, shift) in [(33, 33, 6), (0, 33, 3), (0, 7, 3), (0, 0, 0), (33, 0, 6)]
            {
                let wanted = mode >> shift & 2 != 0;
                let facts = facts(FileKind::Directory, owner, group, mode);
                assert_eq!(can_write(facts, &[], &account), wanted, "{mode:o} {owner} {group}");
            }
        }
        let locked = facts(FileKind::Directory, 0, 0, 0o755);
        assert!(can_write(locked, &[Grantee::User(UserId(33))], &account));
        assert!(can_write(locked, &[Grantee::Group(GroupId(7))], &account));
        assert!(!can_write(locked, &[Grantee::User(UserId(34))], &account));
    }

    #[test]
    fn nobody_is_told_to_take_the_write_bit_from_a_sticky_directory() {
        let of = |mode| {
            let found = complaints(Path::new("/tmp"), facts(FileKind::Directory, 0, 0, mode), &[]);
            found.iter().map(ToString::to_string).collect::<String>()
        };
        assert!(!of(0o1777 & !0o020).contains("chmod"));
        assert!(of(0o757).contains("chmod o-w \"/tmp\""));
    }
}
