//! Users and groups: a child has what was set, on every release, and cannot go back.

use crate::jail::proof;
use crate::platform;
use crate::platform::{GroupId, Support, UserId};
use crate::scene::{Played, Scene, as_anyone, as_root, at, check, in_copy};
use crate::workplace::{GROUP, USER};
use std::collections::BTreeSet;

pub(crate) const SCENES: &[Scene] = &[
    as_root("the_groups_are_those_that_were_set_in_any_order", sets_groups),
    as_root("more_groups_than_the_system_sets_are_an_error", refuses_groups),
    as_root("a_user_that_was_given_up_does_not_come_back", gives_up_root),
    as_root("a_user_that_is_only_the_effective_one_is_noticed", notices_effective),
    as_anyone("the_groups_of_an_account_have_the_primary_one", lists_groups),
    as_root("no_capability_is_left", drops_capabilities),
];

/// Releases differ in whether `getgroups` has the primary group, and in the order: sets are compared.
fn sets_groups() -> Played {
    in_copy(|| {
        for others in [vec![], vec![GROUP], vec![33, 4243, 9000].into_iter().map(GroupId).collect()]
        {
            platform::set_groups(GROUP, &others)
                .map_err(|refused| format!("{others:?}: {refused:?}"))?;
            let ids = platform::read_ids().map_err(at("the ids"))?;
            check(ids.groups.iter().all(|&group| group == GROUP), || {
                format!("{others:?}: {ids:?}")
            })?;
            let listed = platform::read_groups().map_err(at("getgroups"))?;
            let have: BTreeSet<_> = listed.iter().copied().chain(ids.groups).collect();
            let asked: BTreeSet<_> = others.iter().copied().chain([GROUP]).collect();
            check(have == asked, || format!("set {asked:?}, have {have:?}"))?;
        }
        Ok("also where the primary group was not the first of the list".into())
    })
}

fn set_many(count: u32) -> Result<(), platform::SyscallError> {
    let groups: Vec<_> = (0..count).map(|number| GroupId(10_000 + number)).collect();
    platform::set_groups(GroupId(10_000), &groups)
}

fn refuses_groups() -> Played {
    in_copy(|| {
        let sizes = (0..18).map(|power| 1_u32 << power);
        let refused = sizes.filter_map(|count| Some((count, set_many(count).err()?))).next();
        let (mut fails, refused) = refused.ok_or("131072 groups were set")?;
        let error = refused.error.raw_os_error();
        check(error == Some(libc::EINVAL), || format!("{fails} groups: {refused:?}"))?;
        let mut works = fails / 2;
        while fails - works > 1 {
            let middle = works + (fails - works) / 2;
            let limit = if set_many(middle).is_ok() { &mut works } else { &mut fails };
            *limit = middle;
        }
        Ok(format!("{works} groups are set, {fails} are EINVAL"))
    })
}

fn gives_up_root() -> Played {
    in_copy(|| {
        platform::set_groups(GROUP, &[GROUP]).map_err(|refused| format!("{refused:?}"))?;
        platform::set_user(USER).map_err(|refused| format!("{refused:?}"))?;
        let ids = platform::read_ids().map_err(at("the ids"))?;
        check(ids.users.iter().all(|&user| user == USER), || format!("{ids:?}"))?;
        check(!platform::try_regain_root(), || "root was regained".into())?;
        proof::users(USER).map_err(|fault| format!("{fault:?}"))?;
        Ok(format!("{} ids are read", ids.users.len()))
    })
}

fn notices_effective() -> Played {
    in_copy(|| {
        nix::unistd::seteuid(nix::unistd::Uid::from_raw(USER.0)).map_err(at("seteuid"))?;
        check(proof::users(USER).is_err(), || "the proof does not notice it".into())?;
        check(platform::try_regain_root(), || "root cannot be regained, but should be".into())?;
        Ok("the proof refuses it".into())
    })
}

fn lists_groups() -> Played {
    let list = |name, primary| platform::list_groups(name, primary).map_err(at("getgrouplist"));
    let found = list(c"root", GroupId(4243)).and_then(|groups| {
        check(groups.contains(&GroupId(4243)), || format!("{groups:?}"))?;
        let nobody = list(c"no-such-user-here", GROUP)?;
        check(nobody == [GROUP], || format!("of nobody: {nobody:?}"))?;
        Ok(format!("root is in {} groups", groups.len()))
    });
    crate::scene::holds(found)
}

fn drops_capabilities() -> Played {
    if platform::read_capabilities().is_ok_and(|sets| sets == Support::Unsupported) {
        return Played::NotRun("the system has no capabilities of this kind".into());
    }
    in_copy(|| {
        platform::set_user(USER).map_err(|refused| format!("{refused:?}"))?;
        platform::drop_capabilities().map_err(at("capset"))?;
        match platform::read_capabilities().map_err(at("capget"))? {
            Support::Available(left) if left.is_empty() => Ok("all four sets are empty".into()),
            left => Err(format!("{left:?}")),
        }
    })
}
