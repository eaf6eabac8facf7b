use super::*;
use crate::platform::{FileKind, GroupId, read_path_facts};
use proptest::prelude::*;

const ME: u32 = 33;
const MINE: [u32; 2] = [33, 7];

/// Somebody who is not root.
#[derive(Debug, Clone)]
struct Somebody {
    user: u32,
    groups: Vec<u32>,
}

fn me() -> RunAs {
    RunAs::plain(UserId(ME), GroupId(MINE[0]), MINE.map(GroupId).to_vec())
}

/// Everybody who matters to a file of one of these users and groups.
fn population() -> Vec<Somebody> {
    let users = [33, 50, 51];
    let groups: [&[u32]; 6] = [&[], &[33], &[7], &[33, 7], &[9], &[7, 9]];
    let with = |user| groups.iter().map(move |groups| Somebody { user, groups: groups.to_vec() });
    users.into_iter().flat_map(with).collect()
}

fn facts(mode: u32, owner: u32, group: u32) -> FileFacts {
    let identity = read_path_facts(c"/").unwrap().identity;
    FileFacts { identity, kind: FileKind::File, owner: UserId(owner), group: GroupId(group), mode }
}

fn of_manners(compute_ownership: Ownership) -> FileFacts {
    facts(compute_ownership.mode, compute_ownership.user.0, compute_ownership.group.0)
}

/// The rule of acl(5), in other words: the first that fits decides, and of groups any.
fn may(who: &Somebody, facts: FileFacts, list: &AccessList, bit: u32) -> bool {
    let AccessList::Posix(list) = list else {
        let shift = if facts.owner.0 == who.user {
            6
        } else if who.groups.contains(&facts.group.0) {
            3
        } else {
            0
        };
        return facts.mode >> shift & bit != 0;
    };
    let of = |holder: Holder| list.entries.iter().find(|entry| entry.holder == holder);
    let mask = of(Holder::Mask).map_or(7, |entry| entry.may);
    if facts.owner.0 == who.user {
        return of(Holder::Owner).is_some_and(|entry| entry.may & bit != 0);
    }
    if let Some(entry) = of(Holder::User(UserId(who.user))) {
        return entry.may & mask & bit != 0;
    }
    let owning = of(Holder::OwningGroup).filter(|_| who.groups.contains(&facts.group.0));
    let named = who.groups.iter().filter_map(|&group| of(Holder::Group(GroupId(group))));
    let matching: Vec<_> = owning.into_iter().chain(named).collect();
    if matching.is_empty() {
        return of(Holder::Others).is_some_and(|entry| entry.may & bit != 0);
    }
    matching.iter().any(|entry| entry.may & mask & bit != 0)
}

fn myself() -> Somebody {
    Somebody { user: ME, groups: MINE.to_vec() }
}

/// Each right that is granted is one that the kernel would grant.
fn is_granted_truly(facts: FileFacts, list: &AccessList) {
    for bit in [READ, PASS] {
        let granted = compute_grant(facts, list, &me(), bit);
        let shown = format!("{facts:?} {list:?} {bit} {granted:?}");
        assert_eq!(granted != Grant::Nobody, may(&myself(), facts, list, bit), "{shown}");
        for who in population() {
            let counts = match granted {
                Grant::Everyone => true,
                Grant::Group(group) => who.groups.contains(&group.0),
                Grant::Children | Grant::Nobody => false,
            };
            assert!(!counts || may(&who, facts, list, bit), "{who:?} {shown}");
        }
    }
}

/// A copy lets nobody do what its source does not; but for the group of the children, where nothing
/// but who they are lets them.
fn is_copied_truly(facts: FileFacts, list: &AccessList) {
    let [read, pass] = [READ, PASS].map(|bit| compute_grant(facts, list, &me(), bit));
    let copy = of_manners(compute_ownership(read, pass, 6, &me()));
    assert_eq!(copy.mode & !0o655, 0, "no other bits: {:o}", copy.mode);
    for (bit, granted) in [(READ, read), (PASS, pass)] {
        let shown =
            format!("{facts:?} {list:?} {bit} {granted:?} {:o} {:?}", copy.mode, copy.group);
        assert_eq!(
            may(&myself(), copy, &AccessList::Plain, bit),
            may(&myself(), facts, list, bit),
            "{shown}"
        );
        for who in population().iter().filter(|who| may(who, copy, &AccessList::Plain, bit)) {
            let excused = copy.group == me().group && who.groups.contains(&MINE[0]);
            let excused = excused && [read, pass].iter().any(|grant| *grant != Grant::Everyone);
            assert!(excused || may(who, facts, list, bit), "{who:?} {shown}");
        }
    }
}

#[test]
fn every_mode_grants_what_the_kernel_grants_and_a_copy_no_more() {
    for mode in 0..0o1000 {
        for (owner, group) in [(0, 0), (0, 33), (0, 7), (0, 9), (33, 33), (33, 9), (50, 7), (50, 9)]
        {
            is_granted_truly(facts(mode, owner, group), &AccessList::Plain);
            is_copied_truly(facts(mode, owner, group), &AccessList::Plain);
        }
    }
}

/// An exact group is kept, and is no wider than its source for anybody.
#[test]
fn a_file_of_a_group_of_the_children_keeps_that_group() {
    let source = facts(0o640, 0, 7);
    let [read, pass] =
        [READ, PASS].map(|bit| compute_grant(source, &AccessList::Plain, &me(), bit));
    let copy = compute_ownership(read, pass, 6, &me());
    assert_eq!((copy.mode, copy.user, copy.group), (0o640, UserId(0), GroupId(7)));
    let public = compute_ownership(Grant::Everyone, Grant::Nobody, 6, &me());
    assert_eq!((public.mode, public.group), (0o644, GroupId(0)));
    let own = facts(0o600, 33, 9);
    let copy = compute_ownership(
        compute_grant(own, &AccessList::Plain, &me(), READ),
        Grant::Nobody,
        6,
        &me(),
    );
    assert_eq!((copy.mode, copy.user, copy.group), (0o640, UserId(0), GroupId(33)));
}

#[test]
fn a_list_that_nobody_here_understands_grants_nothing() {
    let open = facts(0o777, 0, 0);
    assert_eq!(compute_grant(open, &AccessList::Other, &me(), READ), Grant::Nobody);
    assert_eq!(narrow_mode(0o777, &AccessList::Other), 0o700);
}

fn list() -> impl Strategy<Value = AccessList> {
    let named = || proptest::option::of(0..8_u32);
    let all = (0..8_u32, named(), named(), 0..8_u32, named(), named(), 0..8_u32, 0..8_u32);
    all.prop_map(|(owner, me, other, group, mine, others, mask, rest)| {
        let entry = |holder, may| ListEntry { holder, may };
        let named = [
            me.map(|may| entry(Holder::User(UserId(ME)), may)),
            other.map(|may| entry(Holder::User(UserId(50)), may)),
            Some(entry(Holder::OwningGroup, group)),
            mine.map(|may| entry(Holder::Group(GroupId(7)), may)),
            others.map(|may| entry(Holder::Group(GroupId(9)), may)),
        ];
        let mut entries = vec![entry(Holder::Owner, owner)];
        entries.extend(named.into_iter().flatten());
        entries.extend([entry(Holder::Mask, mask), entry(Holder::Others, rest)]);
        AccessList::Posix(PosixList { entries, raw: Vec::new() })
    })
}

/// The mode that the kernel shows of a file with that list.
fn mode_of(list: &AccessList) -> u32 {
    let AccessList::Posix(list) = list else { return 0 };
    let of = |holder| list.entries.iter().find(|it| it.holder == holder).map_or(0, |it| it.may);
    of(Holder::Owner) << 6 | of(Holder::Mask) << 3 | of(Holder::Others)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn every_list_grants_what_the_kernel_grants_and_a_copy_no_more(
        list in list(),
        owner in prop::sample::select(vec![0, 33, 50]),
        group in prop::sample::select(vec![0, 33, 7, 9]),
    ) {
        let facts = facts(mode_of(&list), owner, group);
        is_granted_truly(facts, &list);
        is_copied_truly(facts, &list);
    }

    #[test]
    fn a_mode_in_the_place_of_a_list_gives_nobody_more(
        list in list(),
        owner in prop::sample::select(vec![0, 33, 50]),
        group in prop::sample::select(vec![0, 33, 7, 9]),
    ) {
        let with = facts(mode_of(&list), owner, group);
        let without = FileFacts { mode: narrow_mode(with.mode, &list), ..with };
        for (who, bit) in population().iter().flat_map(|who| [(who, READ), (who, PASS), (who, 2)]) {
            prop_assert!(
                !may(who, without, &AccessList::Plain, bit) || may(who, with, &list, bit),
                "{:?} {:?} {:o}", who, list, without.mode
            );
        }
    }

    #[test]
    fn what_one_grants_and_another_is_what_both_grant(
        all in proptest::collection::vec(
            prop::sample::select(vec![
                Grant::Everyone, Grant::Group(GroupId(7)), Grant::Group(GroupId(33)),
                Grant::Children, Grant::Nobody,
            ]),
            0..5,
        ),
    ) {
        let both = all.iter().fold(Grant::Everyone, |one, &other| one.intersect(other));
        prop_assert_eq!(both == Grant::Nobody, all.contains(&Grant::Nobody));
        prop_assert_eq!(both == Grant::Everyone, all.iter().all(|it| *it == Grant::Everyone));
        if let Grant::Group(_) = both {
            prop_assert!(all.iter().all(|it| *it == both || *it == Grant::Everyone));
        }
        let reversed = all.iter().rev().fold(Grant::Everyone, |one, &other| one.intersect(other));
        prop_assert_eq!(both, reversed);
    }
}

#[test]
fn a_folder_that_stands_for_two_lets_nobody_pass_whom_one_of_them_stops() {
    let owners = [(0, 0), (0, 33), (0, 9), (33, 33), (50, 9)];
    let modes = [0o700, 0o710, 0o711, 0o750, 0o755, 0o707, 0o770, 0o070, 0o007, 0o1777, 0o2755];
    let all: Vec<_> = owners
        .iter()
        .flat_map(|&(user, group)| modes.map(|mode| (user, group, mode)))
        .map(|(user, group, mode)| Ownership { mode, user: UserId(user), group: GroupId(group) })
        .collect();
    for (&first, &second) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
        let both = intersect_ownership(first, second);
        assert_eq!((both.user, both.group), (first.user, first.group));
        for (who, bit) in population().iter().flat_map(|who| [(who, READ), (who, PASS), (who, 2)]) {
            let [both, first, second] = [both, first, second].map(|compute_ownership| {
                may(who, of_manners(compute_ownership), &AccessList::Plain, bit)
            });
            assert!(!both || (first && second), "{who:?} {first:?} {second:?} {bit}");
        }
    }
    let usual = Ownership { mode: 0o755, user: UserId(0), group: GroupId(0) };
    assert_eq!(intersect_ownership(usual, usual), usual);
}
