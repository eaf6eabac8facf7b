//! Accounts and groups of the name service: `/etc/passwd`, `/etc/group`, and what else the system is set to ask.

use crate::platform::unix::posix::{GroupId, UserId};
use std::ffi::{CStr, OsStr, c_char};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountEntry {
    /// Its name.
    pub name: String,
    /// Its number.
    pub user: UserId,
    /// Number of its primary group.
    pub group: GroupId,
    /// Its home directory.
    pub home: PathBuf,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupEntry {
    /// Its name.
    pub name: String,
    /// Its number.
    pub group: GroupId,
    /// Names of the accounts that have it as a supplementary group.
    pub members: Vec<String>,
}

impl From<nix::unistd::User> for AccountEntry {
    fn from(found: nix::unistd::User) -> Self {
        let (user, group) = (UserId(found.uid.as_raw()), GroupId(found.gid.as_raw()));
        Self { name: found.name, user, group, home: found.dir }
    }
}

/// The account with the number `user`; `None` if there is none.
///
/// # Errors
/// Returns an error if the name service fails, with its `errno`.
pub(crate) fn read_account(user: UserId) -> io::Result<Option<AccountEntry>> {
    Ok(nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(user.0))?.map(Into::into))
}

/// The account `name`; `None` if there is none.
///
/// # Errors
/// Returns an error as [`read_account`] does.
pub(crate) fn read_named_account(name: &str) -> io::Result<Option<AccountEntry>> {
    Ok(nix::unistd::User::from_name(name)?.map(Into::into))
}

/// The group with the number `group`; `None` if there is none.
///
/// # Errors
/// Returns an error as [`read_account`] does.
pub(crate) fn read_group(group: GroupId) -> io::Result<Option<GroupEntry>> {
    let found = nix::unistd::Group::from_gid(nix::unistd::Gid::from_raw(group.0))?;
    Ok(found.map(|found| GroupEntry { name: found.name, group, members: found.mem }))
}

/// Calls `visit` with each account that the name service lists, until it returns false. Some services list none. For a
/// process with one thread: the list is the process's.
pub(crate) fn visit_accounts(visit: &mut dyn FnMut(AccountEntry) -> bool) {
    // SAFETY: no other thread uses the list, as the caller promises.
    unsafe { libc::setpwent() };
    loop {
        // SAFETY: as above.
        let entry = unsafe { libc::getpwent() };
        // SAFETY: null, or an entry that stays as it is until the next call.
        let Some(entry) = (unsafe { entry.as_ref() }) else { break };
        let (user, group) = (UserId(entry.pw_uid), GroupId(entry.pw_gid));
        let (name, home) = (bytes(entry.pw_name), bytes(entry.pw_dir));
        let name = String::from_utf8_lossy(name).into_owned();
        let home = PathBuf::from(OsStr::from_bytes(home));
        if !visit(AccountEntry { name, user, group, home }) {
            break;
        }
    }
    // SAFETY: as for setpwent.
    unsafe { libc::endpwent() };
}

/// Bytes of a text of an entry; none for null.
fn bytes<'a>(text: *const c_char) -> &'a [u8] {
    if text.is_null() {
        return &[];
    }
    // SAFETY: a text of an entry ends in NUL, and stays as it is until the next call of getpwent.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::run_attempt;

    #[test]
    fn root_is_known_by_number_and_by_name() {
        let root = read_account(UserId(0)).unwrap().unwrap();
        assert_eq!(read_named_account(&root.name).unwrap(), Some(root));
        assert_eq!(read_named_account("no such account").unwrap(), None);
        assert_eq!(read_group(GroupId(0)).unwrap().unwrap().group, GroupId(0));
    }

    #[test]
    fn accounts_are_listed_until_the_visitor_has_enough() {
        let seen = run_attempt(|| {
            let mut seen = Vec::new();
            visit_accounts(&mut |entry| {
                seen.push(entry.user.0.to_string());
                entry.user != UserId(0)
            });
            seen.join(" ").into_bytes()
        });
        assert!(String::from_utf8(seen.unwrap()).unwrap().ends_with('0'));
    }
}
