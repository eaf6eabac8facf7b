//! Users and groups of this process.

use crate::platform::unix::posix::{GroupId, UserId, check};
use crate::platform::{SyscallError, backend};
use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::io;

/// Real, effective and, where a system reports them, saved ids of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ids {
    /// The user ids: real, effective, and saved where the system can be asked.
    pub users: Vec<UserId>,
    /// The group ids, likewise.
    pub groups: Vec<GroupId>,
}

/// The effective user of this process.
pub(crate) fn effective_user() -> UserId {
    // SAFETY: geteuid takes nothing and cannot fail.
    UserId(unsafe { libc::geteuid() })
}

/// Name of `user` in the name service (`/etc/passwd` and others); `None` if it has no such user.
///
/// # Errors
/// Returns an error if the name service fails, with its `errno`.
pub(crate) fn find_user_name(user: UserId) -> io::Result<Option<CString>> {
    let found = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(user.0))?;
    Ok(found.and_then(|user| CString::new(user.name).ok()))
}

/// Id of the user `name` in the name service; `None` if it has no such user.
///
/// # Errors
/// Returns an error as [`find_user_name`] does.
pub(crate) fn find_user_id(name: &str) -> io::Result<Option<UserId>> {
    Ok(nix::unistd::User::from_name(name)?.map(|user| UserId(user.uid.as_raw())))
}

/// Id of the group `name` in the name service; `None` if it has no such group.
///
/// # Errors
/// Returns an error as [`find_user_name`] does.
pub(crate) fn find_group_id(name: &str) -> io::Result<Option<GroupId>> {
    Ok(nix::unistd::Group::from_name(name)?.map(|group| GroupId(group.gid.as_raw())))
}

/// Name of `group` in the name service; `None` if it has no such group.
///
/// # Errors
/// Returns an error as [`find_user_name`] does.
pub(crate) fn find_group_name(group: GroupId) -> io::Result<Option<CString>> {
    let found = nix::unistd::Group::from_gid(nix::unistd::Gid::from_raw(group.0))?;
    Ok(found.and_then(|group| CString::new(group.name).ok()))
}

/// All groups of the user `name`, `primary` among them, as `initgroups` would set them.
///
/// # Errors
/// Returns `E2BIG` if the list does not end: more groups than any system has.
pub(crate) fn list_groups(name: &CStr, primary: GroupId) -> io::Result<Vec<GroupId>> {
    let mut room: libc::c_int = 64;
    while room <= 1 << 20 {
        let mut list: Vec<backend::GroupListEntry> = vec![0; usize::try_from(room).unwrap_or(0)];
        let mut count = room;
        // SAFETY: a CStr ends in NUL; `list` has room for `count` entries, which is what
        // getgrouplist may write.
        let answer = unsafe {
            libc::getgrouplist(
                name.as_ptr(),
                primary.0 as backend::GroupListEntry,
                list.as_mut_ptr(),
                &raw mut count,
            )
        };
        if answer != -1 {
            list.truncate(usize::try_from(count).unwrap_or(0));
            return Ok(list.into_iter().map(|gid| GroupId(gid as libc::gid_t)).collect());
        }
        room = count.max(room.saturating_mul(2));
    }
    Err(io::Error::from_raw_os_error(libc::E2BIG))
}

/// Makes `primary` the real, effective and saved group, and `all` the supplementary groups, `primary` among them.
///
/// # Errors
/// Returns an error if a call fails, with its name and `errno`; `EINVAL` for more groups than the system sets.
pub(crate) fn set_groups(primary: GroupId, all: &[GroupId]) -> Result<(), SyscallError> {
    // FreeBSD before 15 makes the first group of the list the effective one.
    let mut seen = BTreeSet::from([primary.0]);
    let others = all.iter().map(|group| group.0).filter(|&group| seen.insert(group));
    let list: Vec<libc::gid_t> = std::iter::once(primary.0).chain(others).collect();
    // SAFETY: setgid takes a number. As root it sets all three ids.
    check(unsafe { libc::setgid(primary.0) }).map_err(SyscallError::for_call("setgid"))?;
    // SAFETY: the pointer and the length are those of one vector that lives here.
    let answer = unsafe { libc::setgroups(list.len() as _, list.as_ptr()) };
    check(answer).map(drop).map_err(SyscallError::for_call("setgroups"))
}

/// Makes `user` the real, effective and saved user.
///
/// # Errors
/// Returns an error if a call fails, with its name and `errno`.
pub(crate) fn set_user(user: UserId) -> Result<(), SyscallError> {
    // SAFETY: setuid takes a number. As root it sets all three ids.
    check(unsafe { libc::setuid(user.0) }).map(drop).map_err(SyscallError::for_call("setuid"))
}

/// Tries `setuid`, `seteuid` and `setreuid` to become root again. True if one succeeds: the process must then end.
pub(crate) fn try_regain_root() -> bool {
    // SAFETY: the calls take numbers; whatever they do to the ids is what is asked here.
    let by_setuid = unsafe { libc::setuid(0) } == 0;
    // SAFETY: as above.
    let by_seteuid = unsafe { libc::seteuid(0) } == 0;
    // SAFETY: as above.
    let by_setreuid = unsafe { libc::setreuid(0, 0) } == 0;
    by_setuid || by_seteuid || by_setreuid || effective_user() == UserId(0)
}

/// The ids of this process.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_ids() -> io::Result<Ids> {
    backend::read_ids()
}

/// Real and effective ids, for systems that do not report the saved ones.
#[cfg_attr(
    any(target_os = "linux", target_os = "freebsd"),
    allow(dead_code, reason = "these systems have getresuid")
)]
pub(in crate::platform) fn read_real_and_effective_ids() -> Ids {
    // SAFETY: the four calls take nothing and cannot fail.
    let (user, effective_user) = (unsafe { libc::getuid() }, unsafe { libc::geteuid() });
    // SAFETY: as above.
    let (group, effective_group) = (unsafe { libc::getgid() }, unsafe { libc::getegid() });
    Ids {
        users: vec![UserId(user), UserId(effective_user)],
        groups: vec![GroupId(group), GroupId(effective_group)],
    }
}

/// The supplementary groups of this process.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn read_groups() -> io::Result<Vec<GroupId>> {
    // SAFETY: with room for none, getgroups writes nothing and answers how many there are.
    let count = check(unsafe { libc::getgroups(0, std::ptr::null_mut()) })?;
    let mut list: Vec<libc::gid_t> = vec![0; usize::try_from(count).unwrap_or(0)];
    // SAFETY: the vector has room for `count` groups.
    let count = check(unsafe { libc::getgroups(count, list.as_mut_ptr()) })?;
    list.truncate(usize::try_from(count).unwrap_or(0));
    Ok(list.into_iter().map(GroupId).collect())
}
