//! mod_wsgi's daemons: their directive `WSGIDaemonProcess`, and the accounts that they become.
//!
//! mod_wsgi forks each daemon as root, and has it call `setgid`, `setgroups` or `initgroups`, and
//! `setuid`. The daemon becomes the user and the groups that it asks for in these calls, but by the steps
//! of a child. The groups that `initgroups` would look up in the daemon are looked up before, in the
//! parent.

use crate::config::ServerInfo;
use crate::jail::account_lookup::AccountLookup;
use crate::jail::run_as::RunAs;
use crate::messages::{Fault, Place, WsgiFault};
use crate::platform;
use crate::platform::{GroupId, UserId};
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;

/// The name of the directive.
pub(crate) const DIRECTIVE: &str = "WSGIDaemonProcess";

/// Daemons of one name, as they are written.
#[derive(Debug, Clone)]
pub(crate) struct DaemonGroup {
    /// Their name.
    pub name: String,
    /// `option=value`, in order.
    pub options: Vec<(String, OsString)>,
    /// Where it is written.
    pub place: Place,
}

/// The requests of a daemon to the system, call by call.
#[derive(Debug, Default)]
pub(crate) struct RequestedAccount {
    /// `setgid`.
    pub group: Option<GroupId>,
    /// `setgroups`, the last of both.
    pub groups: Option<Vec<GroupId>>,
    /// `initgroups`, the last of both.
    pub name: Option<CString>,
}

/// Every account that a daemon may become, with its groups.
#[derive(Debug, Default)]
pub(crate) struct Accounts(Vec<(CString, RunAs)>);

impl DaemonGroup {
    /// The value of an option: mod_wsgi takes the last one.
    pub(crate) fn value(&self, option: &str) -> Option<&OsStr> {
        let found = self.options.iter().rev().find(|(name, _)| name == option);
        found.map(|(_, value)| value.as_os_str())
    }

    /// A fault of theirs.
    pub(crate) fn fault(&self, cause: WsgiFault) -> Fault {
        Fault::for_directive(DIRECTIVE, self.name.clone(), cause).with_place(&self.place)
    }

    /// The account that they become, with the server's user and group where they name none.
    ///
    /// # Errors
    /// Returns an error if an account cannot be looked up.
    pub(crate) fn run_as(
        &self,
        server: &ServerInfo,
        lookup: &AccountLookup,
    ) -> Result<RunAs, Fault> {
        let fault = |name: &OsStr| {
            let name = name.to_string_lossy().into_owned();
            move |error| self.fault(WsgiFault::Account(name, error))
        };
        let (user, written) = match self.value("user") {
            Some(name) => (user(name).map_err(fault(name))?, text(name)),
            None => (server.user, server.user_name.clone()),
        };
        let group = match self.value("group") {
            Some(name) => group(name).map_err(fault(name))?,
            None => server.group,
        };
        let Some(list) = self.value("supplementary-groups") else {
            let name = OsStr::from_bytes(written.to_bytes());
            return lookup.look_up(&written, user, group).map_err(fault(name));
        };
        let names = list.as_bytes().split(|&byte| byte == b',').filter(|name| !name.is_empty());
        let others = names.map(|name| self::group(OsStr::from_bytes(name)));
        let groups = std::iter::once(Ok(group)).chain(others).collect::<io::Result<_>>();
        Ok(RunAs::plain(user, group, groups.map_err(fault(list))?))
    }
}

impl Accounts {
    /// Looks up all of them: each user of `users` and of the daemons, with each group.
    ///
    /// # Errors
    /// Returns an error if the name service cannot be asked. A name that it does not know is left out: httpd has refused it.
    pub(crate) fn look_up(
        daemons: &[DaemonGroup],
        users: &[OsString],
        groups: &[OsString],
        server: &ServerInfo,
        lookup: &AccountLookup,
    ) -> io::Result<Self> {
        let of = |option| daemons.iter().filter_map(move |daemons| daemons.value(option));
        let written = users.iter().map(OsString::as_os_str).chain(of("user"));
        let mut users = vec![(server.user_name.clone(), server.user)];
        users.extend(written.filter_map(|name| Some((text(name), user(name).ok()?))));
        let written = groups.iter().map(OsString::as_os_str).chain(of("group"));
        let mut groups = vec![server.group];
        groups.extend(written.filter_map(|name| group(name).ok()));
        groups.sort_unstable();
        groups.dedup();
        let mut accounts = Self::default();
        for (name, user) in users {
            // mod_wsgi keeps the name that belongs to a number.
            let of_number =
                platform::find_user_name(user)?.filter(|_| name.to_bytes().starts_with(b"#"));
            for &group in &groups {
                let run_as = lookup.look_up(&name, user, group)?;
                let names = [Some(name.clone()), of_number.clone()].into_iter().flatten();
                accounts.0.extend(names.map(|name| (name, run_as.clone())));
            }
        }
        Ok(accounts)
    }

    /// All accounts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &RunAs> {
        self.0.iter().map(|(_, run_as)| run_as)
    }

    /// The account of a daemon that has asked for `asked`, and now asks to be `user`.
    ///
    /// # Errors
    /// Returns an error if it is no account that was looked up.
    pub(crate) fn find_account(
        &self,
        asked: &RequestedAccount,
        user: UserId,
    ) -> Result<RunAs, WsgiFault> {
        let name = asked.name.as_ref().map(|name| name.to_string_lossy().into_owned());
        let stranger = || {
            let group = asked.group.map_or_else(|| "none".to_owned(), |group| group.0.to_string());
            let name = name.clone().unwrap_or_default();
            WsgiFault::Stranger(format!("\"{name}\" (uid {}, gid {group})", user.0))
        };
        let group = asked.group.ok_or_else(stranger)?;
        if let Some(groups) = &asked.groups {
            return Ok(RunAs::plain(user, group, groups.clone()));
        }
        let wanted = asked.name.as_ref().ok_or_else(stranger)?;
        let is_meant = |run_as: &RunAs| (run_as.user, run_as.group) == (user, group);
        let found = self.0.iter().find(|(name, run_as)| name == wanted && is_meant(run_as));
        found.map(|(_, run_as)| run_as.clone()).ok_or_else(stranger)
    }
}

/// The user that httpd understands by `name` (`ap_uname2id`).
fn user(name: &OsStr) -> io::Result<UserId> {
    match number(name) {
        Some(number) => Ok(UserId(number)),
        None => platform::find_user_id(&name.to_string_lossy())?.map_or_else(unknown, Ok),
    }
}

/// The group that httpd understands by `name` (`ap_gname2id`).
fn group(name: &OsStr) -> io::Result<GroupId> {
    match number(name) {
        Some(number) => Ok(GroupId(number)),
        None => platform::find_group_id(&name.to_string_lossy())?.map_or_else(unknown, Ok),
    }
}

/// `#33`.
fn number(name: &OsStr) -> Option<u32> {
    std::str::from_utf8(name.as_bytes().strip_prefix(b"#")?).ok()?.parse().ok()
}

fn unknown<T>() -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::NotFound, "no such account"))
}

fn text(name: &OsStr) -> CString {
    CString::new(name.as_bytes()).unwrap_or_default()
}

#[cfg(test)]
#[path = "wsgi_tests.rs"]
mod tests;
