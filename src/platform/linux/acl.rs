//! Access control lists of Linux, parsed from their extended attributes. Pure.
//!
//! POSIX lists (`system.posix_acl_access`, `linux/posix_acl_xattr.h`) and those of NFS version 4
//! (`system.nfs4_acl`: the list of RFC 8881, 6.2.1, in XDR, as the kernel passes it on).

use crate::platform::{AccessList, Grantee, GroupId, Holder, ListEntry, PosixList, UserId};

const VERSION: u32 = 2;
const OWNER: u16 = 0x01;
const USER: u16 = 0x02;
const OWNING_GROUP: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHERS: u16 = 0x20;
const WRITE: u16 = 0x02;

/// Users and groups that may write besides the owner, the owning group and others; `None` if this is no such list. The
/// rights of the owning group and others are in the mode bits too.
pub(super) fn parse_posix_writers(list: &[u8]) -> Option<Vec<Grantee>> {
    let (version, entries) = list.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*version) != VERSION || entries.len() % 8 != 0 {
        return None;
    }
    let entries: Vec<_> = entries.chunks_exact(8).filter_map(parse_entry).collect();
    let mask = entries.iter().find(|(tag, ..)| *tag == MASK).map_or(u16::MAX, |(_, may, _)| *may);
    let writers = entries.iter().filter(|(_, may, _)| may & mask & WRITE != 0);
    let named = writers.filter_map(|&(tag, _, id)| match tag {
        USER if id != 0 => Some(Grantee::User(UserId(id))),
        GROUP => Some(Grantee::Group(GroupId(id))),
        _ => None,
    });
    Some(named.collect())
}

/// All of a POSIX list; `None` if this is no such list, or one with an entry of an unknown kind.
pub(super) fn parse_posix_list(list: &[u8]) -> Option<PosixList> {
    let (version, rest) = list.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*version) != VERSION || rest.len() % 8 != 0 {
        return None;
    }
    let entries = rest.chunks_exact(8).map(|bytes| {
        let (tag, may, id) = parse_entry(bytes)?;
        let holder = match tag {
            OWNER => Holder::Owner,
            USER => Holder::User(UserId(id)),
            OWNING_GROUP => Holder::OwningGroup,
            GROUP => Holder::Group(GroupId(id)),
            MASK => Holder::Mask,
            OTHERS => Holder::Others,
            _ => return None,
        };
        Some(ListEntry { holder, may: u32::from(may & 7) })
    });
    Some(PosixList { entries: entries.collect::<Option<_>>()?, raw: list.to_vec() })
}

fn parse_entry(bytes: &[u8]) -> Option<(u16, u16, u32)> {
    let (tag, rest) = bytes.split_first_chunk::<2>()?;
    let (may, rest) = rest.split_first_chunk::<2>()?;
    let id = rest.first_chunk::<4>()?;
    Some((u16::from_le_bytes(*tag), u16::from_le_bytes(*may), u32::from_le_bytes(*id)))
}

/// `ACE4_ACCESS_ALLOWED_ACE_TYPE`.
const ALLOW: u32 = 0;
/// `ADD_FILE`, `ADD_SUBDIRECTORY`, `DELETE_CHILD`, `WRITE_ACL`, `WRITE_OWNER`: each of them is enough
/// to put something else in the place of what was judged.
const CHANGE: u32 = 0x2 | 0x4 | 0x40 | 0x4_0000 | 0x8_0000;
/// `ACE4_INHERIT_ONLY_ACE`: does not apply to the directory itself.
const INHERIT_ONLY: u32 = 0x8;

/// Users and groups that may change the directory besides its owner and root; `None` if this is no such list. Denials are
/// ignored: every grant is listed.
pub(super) fn parse_nfs4_writers(list: &[u8]) -> Option<Vec<Grantee>> {
    let mut rest = list;
    let count = parse_word(&mut rest)?;
    let mut writers = Vec::new();
    for _ in 0..count {
        let (kind, flags, mask) =
            (parse_word(&mut rest)?, parse_word(&mut rest)?, parse_word(&mut rest)?);
        let who = parse_name(&mut rest)?;
        let is_root = matches!(who.split('@').next(), Some("OWNER" | "root" | "0"));
        if kind == ALLOW && flags & INHERIT_ONLY == 0 && mask & CHANGE != 0 && !is_root {
            writers.push(Grantee::Named(who));
        }
    }
    Some(writers)
}

/// Rights in a list of NFS version 4 beyond the mode bits; `None` if this is no such list. Each file has one; a list that
/// names no user or group is equal to the mode.
pub(super) fn parse_nfs4_list(list: &[u8]) -> Option<AccessList> {
    let mut rest = list;
    let count = parse_word(&mut rest)?;
    let mut is_plain = true;
    for _ in 0..count {
        let (_, _, _) = (parse_word(&mut rest)?, parse_word(&mut rest)?, parse_word(&mut rest)?);
        let who = parse_name(&mut rest)?;
        is_plain &= matches!(&*who, "OWNER@" | "GROUP@" | "EVERYONE@");
    }
    Some(if is_plain { AccessList::Plain } else { AccessList::Other })
}

fn parse_word(rest: &mut &[u8]) -> Option<u32> {
    let (word, tail) = rest.split_first_chunk::<4>()?;
    *rest = tail;
    Some(u32::from_be_bytes(*word))
}

/// Parses a length, as many bytes, and the padding of the last word.
fn parse_name(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(parse_word(rest)?).ok()?;
    let name = rest.get(..length)?;
    *rest = rest.get(length.checked_next_multiple_of(4)?..)?;
    Some(String::from_utf8_lossy(name).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn posix(entries: &[(u16, u16, u32)]) -> Vec<u8> {
        let mut list = VERSION.to_le_bytes().to_vec();
        for (tag, may, id) in entries {
            list.extend(tag.to_le_bytes());
            list.extend(may.to_le_bytes());
            list.extend(id.to_le_bytes());
        }
        list
    }

    fn nfs4(entries: &[(u32, u32, u32, &str)]) -> Vec<u8> {
        let mut list = u32::try_from(entries.len()).unwrap().to_be_bytes().to_vec();
        for (kind, flags, mask, who) in entries {
            for word in [*kind, *flags, *mask, u32::try_from(who.len()).unwrap()] {
                list.extend(word.to_be_bytes());
            }
            list.extend(who.bytes());
            list.resize(list.len().next_multiple_of(4), 0);
        }
        list
    }

    /// Every combination of one named user's and one named group's rights and of the mask.
    #[test]
    fn a_named_entry_writes_if_the_mask_lets_it() {
        for (user, group, mask) in (0..512).map(|n: u16| (n & 7, n >> 3 & 7, n >> 6)) {
            let list = posix(&[
                (OWNER, 7, u32::MAX),
                (USER, user, 1001),
                (OWNING_GROUP, 5, u32::MAX),
                (GROUP, group, 50),
                (MASK, mask, u32::MAX),
                (OTHERS, 5, u32::MAX),
            ]);
            let mut wanted = vec![];
            if user & mask & 2 != 0 {
                wanted.push(Grantee::User(UserId(1001)));
            }
            if group & mask & 2 != 0 {
                wanted.push(Grantee::Group(GroupId(50)));
            }
            assert_eq!(parse_posix_writers(&list), Some(wanted), "{user} {group} {mask}");
        }
    }

    #[test]
    fn root_may_write_and_a_list_without_named_entries_grants_nothing_more() {
        assert_eq!(parse_posix_writers(&posix(&[(USER, 7, 0), (MASK, 7, u32::MAX)])), Some(vec![]));
        let three = [(OWNER, 7, u32::MAX), (OWNING_GROUP, 7, u32::MAX), (OTHERS, 7, u32::MAX)];
        assert_eq!(parse_posix_writers(&posix(&three)), Some(vec![]));
    }

    #[test]
    fn malformed_lists_are_not_taken_for_empty_ones() {
        assert_eq!(parse_posix_writers(b""), None);
        assert_eq!(parse_posix_writers(&[3, 0, 0, 0]), None);
        assert_eq!(parse_posix_writers(&posix(&[(USER, 7, 1)])[..10]), None);
        assert_eq!(parse_nfs4_writers(b"\0\0"), None);
        assert_eq!(parse_nfs4_writers(&nfs4(&[(0, 0, 2, "x@y")])[..18]), None);
    }

    #[test]
    fn nfs_lists_grant_by_name() {
        let list = nfs4(&[
            (0, 0, 0x1f_01ff, "OWNER@"),
            (0, 0x40, 0x12_00a9, "GROUP@"),
            (1, 0, 0x2, "mallory@example.org"),
            (0, 0, 0x2, "alice@example.org"),
            (0, INHERIT_ONLY, 0x2, "heir@example.org"),
            (0, 0, 0x8_0000, "EVERYONE@"),
        ]);
        let wanted = ["alice@example.org", "EVERYONE@"].map(|who| Grantee::Named(who.into()));
        assert_eq!(parse_nfs4_writers(&list), Some(wanted.to_vec()));
    }

    #[test]
    fn a_list_is_read_entry_by_entry_and_kept_as_it_is() {
        let raw = posix(&[(OWNER, 7, u32::MAX), (USER, 4, 33), (GROUP, 5, 8), (MASK, 4, u32::MAX)]);
        let read = parse_posix_list(&raw).unwrap();
        let holders = [
            (Holder::Owner, 7),
            (Holder::User(UserId(33)), 4),
            (Holder::Group(GroupId(8)), 5),
            (Holder::Mask, 4),
        ];
        let wanted = holders.map(|(holder, may)| ListEntry { holder, may });
        assert_eq!((read.entries, read.raw), (wanted.to_vec(), raw));
        assert_eq!(parse_posix_list(&posix(&[(0x40, 7, 1)])), None, "an unknown kind of entry");
    }

    #[test]
    fn a_list_of_nfs_without_names_is_equal_to_the_mode() {
        let plain = nfs4(&[(0, 0, 2, "OWNER@"), (1, 0x40, 2, "GROUP@"), (0, 0, 1, "EVERYONE@")]);
        assert_eq!(parse_nfs4_list(&plain), Some(AccessList::Plain));
        for kind in [0, 1] {
            let named = nfs4(&[(0, 0, 2, "OWNER@"), (kind, 0, 1, "alice@example.org")]);
            assert_eq!(parse_nfs4_list(&named), Some(AccessList::Other), "{kind}");
        }
        assert_eq!(parse_nfs4_list(b"\0\0"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_panic(list in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = (parse_posix_writers(&list), parse_nfs4_writers(&list));
            let _ = (parse_posix_list(&list), parse_nfs4_list(&list));
        }
    }
}
