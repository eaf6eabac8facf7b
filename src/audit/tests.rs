//! The rules, with all possible facts.

use super::place::DirRole;
use super::rules::{Context, RULES, Resolved, find_grantee, find_hard_link, find_link, find_mount};
use crate::jail::run_as::RunAs;
use crate::messages::{Finding, FindingKind, MessageText, WritableBy};
use crate::platform::{Grantee, GroupId, Inode, InodeKind, UserId, read_path_inode};
use std::path::{Path, PathBuf};

const SORTS: [InodeKind; 7] = [
    InodeKind::Directory,
    InodeKind::File,
    InodeKind::Link,
    InodeKind::Block,
    InodeKind::Character,
    InodeKind::Socket,
    InodeKind::Other,
];
const PLACES: [DirRole; 5] =
    [DirRole::Top, DirRole::Usr, DirRole::Opt, DirRole::Library, DirRole::Elsewhere];
const ROOT: u32 = 0;
const ME: u32 = 33;
const OTHER: u32 = 1000;
const NULL: u64 = 0x103;

fn run_as() -> RunAs {
    RunAs::plain(UserId(ME), GroupId(ME), vec![GroupId(ME), GroupId(44)])
}

fn inode(sort: InodeKind, mode: u32, user: u32, group: u32) -> Inode {
    // The rules do not use the identity.
    let any = read_path_inode(c"/").unwrap();
    let (user, group) = (UserId(user), GroupId(group));
    Inode { sort, mode, user, group, links: 1, device: NULL, ..any }
}

/// Ids of the messages of the rules.
fn ids(inode: &Inode, place: DirRole) -> Vec<u16> {
    let run_as = run_as();
    let context = Context { accounts: &[run_as], harmless: vec![NULL] };
    let found = RULES.iter().filter_map(|rule| rule(inode, place, &context));
    found.map(|kind| Finding { path: "/x".into(), kind }.id()).collect()
}

/// Expected ids, derived in another way: from the actions that it would permit.
fn expected(inode: &Inode, place: DirRole) -> Vec<u16> {
    let Inode { sort, mode, user: UserId(user), group: GroupId(group), .. } = *inode;
    let member = [ME, 44].contains(&group);
    let has = |bits: u32| mode & bits == bits;
    let mut ids = vec![];
    if sort == InodeKind::Block || (sort == InodeKind::Character && inode.device != NULL) {
        ids.push(601);
    }
    if sort == InodeKind::File && ((has(0o4000) && user != ME) || (has(0o2010) && !member)) {
        ids.push(602);
    }
    if sort == InodeKind::Socket && user != ME {
        ids.push(605);
    }
    let may_write = user == ME || if member { has(0o020) } else { has(0o002) };
    if place == DirRole::Library
        && may_write
        && [InodeKind::File, InodeKind::Directory].contains(&sort)
    {
        ids.push(608);
    }
    ids
}

#[test]
fn every_mode_of_every_sort_and_owner_at_every_place_is_judged() {
    for sort in SORTS {
        for mode in 0..0o10000 {
            for (user, group) in [(ROOT, ROOT), (ROOT, 44), (ME, ME), (OTHER, OTHER), (OTHER, ME)] {
                let inode = inode(sort, mode, user, group);
                let all = PLACES.iter().all(|&place| ids(&inode, place) == expected(&inode, place));
                assert!(all, "{inode:?}");
            }
        }
    }
}

#[test]
fn a_device_that_is_not_one_of_the_harmless_is_found() {
    let kmem = Inode { device: 0x102, ..inode(InodeKind::Character, 0o640, ROOT, ROOT) };
    assert_eq!(ids(&kmem, DirRole::Elsewhere), [601]);
    let disk = Inode { device: NULL, ..inode(InodeKind::Block, 0o660, ROOT, ROOT) };
    assert_eq!(ids(&disk, DirRole::Elsewhere), [601]);
}

#[test]
fn the_reason_for_the_right_to_write_is_named() {
    let run_as = run_as();
    let context = Context { accounts: &[run_as], harmless: vec![] };
    let by = |mode, user, group| {
        let inode = inode(InodeKind::File, mode, user, group);
        let finding = RULES.iter().find_map(|rule| rule(&inode, DirRole::Library, &context));
        match finding {
            Some(FindingKind::Writable(_, by)) => Some(by),
            None => None,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(by(0o444, ME, ROOT), Some(WritableBy::Owner));
    assert_eq!(by(0o664, ROOT, 44), Some(WritableBy::Group(GroupId(44))));
    assert_eq!(by(0o646, ROOT, ROOT), Some(WritableBy::Others));
    // Of a file's classes only one holds for a user.
    assert_eq!(by(0o646, ROOT, 44), None);
    assert_eq!(by(0o664, ROOT, ROOT), None);
}

#[test]
fn a_list_that_names_one_of_the_children_is_found() {
    let library = inode(InodeKind::File, 0o644, ROOT, ROOT);
    let context = Context { accounts: &[run_as()], harmless: vec![] };
    let is_found = |who: Grantee| find_grantee(&library, vec![who], &context).is_some();
    assert!(is_found(Grantee::User(UserId(ME))) && is_found(Grantee::Group(GroupId(44))));
    assert!(!is_found(Grantee::User(UserId(OTHER))) && !is_found(Grantee::Group(GroupId(OTHER))));
    assert!(is_found(Grantee::Named("www@example.org".into())));
}

/// Each account has its own rights: a file that is nothing to one of them may be all to another.
#[test]
fn a_file_is_judged_for_every_account_in_the_jail() {
    let daemon = RunAs::plain(UserId(OTHER), GroupId(OTHER), vec![]);
    let context = Context { accounts: &[run_as(), daemon], harmless: vec![] };
    let found = |inode: &Inode, place| RULES.iter().find_map(|rule| rule(inode, place, &context));
    let library = |user, group| inode(InodeKind::File, 0o664, user, group);
    for (user, group) in [(ME, ROOT), (ROOT, 44), (OTHER, ROOT), (ROOT, OTHER)] {
        let found = found(&library(user, group), DirRole::Library);
        assert!(matches!(found, Some(FindingKind::Writable(..))), "{user} {group}: {found:?}");
    }
    assert_eq!(found(&library(ROOT, ROOT), DirRole::Library), None);
    for owner in [ME, OTHER] {
        let set_uid = inode(InodeKind::File, 0o4755, owner, ROOT);
        assert!(found(&set_uid, DirRole::Elsewhere).is_some(), "set-uid file of {owner}");
        let socket = inode(InodeKind::Socket, 0o666, owner, ROOT);
        assert_eq!(found(&socket, DirRole::Elsewhere), None, "socket of {owner}");
    }
}

#[test]
fn more_names_than_were_found_inside_lead_outside() {
    for links in 1..20 {
        for inside in 1..20 {
            let found = find_hard_link(links, inside) == Some(FindingKind::HardLink(links, inside));
            assert_eq!(found, inside < links, "{links} {inside}");
        }
    }
}

#[test]
fn a_link_is_found_if_it_climbs_or_is_absolute_and_leads_nowhere() {
    for bits in 0..8 {
        let [exists, absolute, climbs] = [bits & 1 != 0, bits & 2 != 0, bits & 4 != 0];
        let resolved = Resolved { exists, absolute, climbs };
        let found = find_link(resolved, Path::new("/opt/x"), &[]);
        assert_eq!(found.is_some(), climbs || (absolute && !exists), "{bits}");
        assert_eq!(found == Some(true), climbs, "{bits}");
        let provided = [PathBuf::from("/opt")];
        let found = find_link(resolved, Path::new("/opt/./x"), &provided);
        assert_eq!(found, climbs.then_some(true), "provided: {bits}");
        let elsewhere = find_link(resolved, Path::new("/opt/../etc"), &provided);
        assert_eq!(elsewhere.is_some(), climbs || (absolute && !exists), "{bits}");
    }
}

#[test]
fn file_systems_of_the_kernel_are_distinguished_from_those_with_files() {
    for kind in ["proc", "sysfs", "devtmpfs", "devfs", "procfs", "linprocfs", "kernfs", "cgroup2"] {
        assert!(find_mount(kind).is_some(), "{kind}");
    }
    for kind in ["tmpfs", "ext4", "0xef53", "ufs", "zfs", "ffs", "apfs", "nfs", ""] {
        assert!(find_mount(kind).is_none(), "{kind}");
    }
}

#[test]
fn a_name_cannot_end_its_line_or_talk_to_a_terminal() {
    let path = "/srv/a\nCHR931: \x1b[2J\"".into();
    let message = Finding { path, kind: FindingKind::Capability }.about("warn").to_string();
    assert!(
        message.starts_with("CHR603: ChrootAudit \"warn\": \"/srv/a\\nCHR931: \\u{1b}[2J\\\"\"")
    );
    assert!(!message.contains(char::is_control), "{message}");
}
