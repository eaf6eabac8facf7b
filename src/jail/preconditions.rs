//! Preconditions of a jail: the user that starts the server, the account of its children, the other modules
//! that are loaded.

use crate::config::{BIND, ServerInfo, Settings, Version};
use crate::jail::CheckedJail;
use crate::jail::account_lookup::AccountLookup;
use crate::jail::harden::HardeningPlan;
use crate::jail::run_as::RunAs;
use crate::jail::walk::to_directory;
use crate::messages::{Notice, StartFault, WalkFault, escape};
use crate::platform;
use crate::platform::{GroupId, Support, UserId};
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// CVE-2019-0211 is fixed in this version.
const SAFE_SCOREBOARD: Version = Version(2, 4, 39);

/// Modules that keep their children able to become root: the very thing a jail must take away.
const INCOMPATIBLE: [(&CStr, &str); 2] = [(c"mpm_itk.c", "mpm_itk"), (c"mod_ruid2.c", "mod_ruid2")];

/// Validates how httpd was started. `to_serve` is false at configtest, which anybody may run.
///
/// # Errors
/// Returns an error if a jail is impossible or worthless.
pub(crate) fn check(
    circumstances: &ServerInfo,
    to_serve: bool,
    is_loaded: impl Fn(&CStr) -> bool,
) -> Result<Vec<Notice>, StartFault> {
    let mut notices = Vec::new();
    let starter = circumstances.started_as;
    if starter != UserId(0) {
        if to_serve {
            return Err(StartFault::NotRoot(starter.0));
        }
        notices.push(Notice::Untried(starter.0));
    }
    ordinary(circumstances)?;
    if let Some((_, name)) = INCOMPATIBLE.into_iter().find(|(file, _)| is_loaded(file)) {
        return Err(StartFault::Incompatible(name));
    }
    if circumstances.suexec && is_loaded(c"mod_fcgid.c") {
        return Err(StartFault::FcgidWithSuexec);
    }
    if circumstances.one_process {
        notices.push(Notice::OneProcess);
    }
    let Version(major, minor, patch) = circumstances.version;
    if circumstances.version < SAFE_SCOREBOARD {
        notices.push(Notice::OldServer(format!("{major}.{minor}.{patch}")));
    }
    Ok(notices)
}

/// The component of the path to a jail that an ordinary user may pass by name, and not open: NetBSD and Darwin open a
/// directory only for those who may read it.
pub(crate) fn find_closed_component(jail: &Path) -> Option<PathBuf> {
    let name = CString::new(jail.as_os_str().as_bytes()).ok()?;
    if platform::effective_user() == UserId(0) || platform::read_path_facts(&name).is_err() {
        return None;
    }
    match to_directory(jail) {
        Err(WalkFault::Unreadable(component, error))
            if error.kind() == io::ErrorKind::PermissionDenied =>
        {
            Some(component)
        }
        _ => None,
    }
}

/// Rejects root and unset users. httpd uses -1 for "none".
fn ordinary(circumstances: &ServerInfo) -> Result<(), StartFault> {
    let UserId(uid) = circumstances.user;
    if uid == 0 || uid == u32::MAX {
        let name = circumstances.user_name.to_string_lossy().into_owned();
        return Err(StartFault::BadUser { name, uid });
    }
    match circumstances.group {
        GroupId(u32::MAX) => Err(StartFault::BadGroup(u32::MAX)),
        GroupId(_) => Ok(()),
    }
}

/// Looks up the account of the children, outside.
///
/// # Errors
/// Returns an error if the name service cannot be asked.
pub(crate) fn run_as(
    circumstances: &ServerInfo,
    lookup: &AccountLookup,
) -> Result<RunAs, StartFault> {
    let ServerInfo { user_name, user, group, .. } = circumstances;
    lookup
        .look_up(user_name, *user, *group)
        .map_err(|error| StartFault::Groups(user_name.to_string_lossy().into_owned(), error))
}

/// The restrictions of the children, as far as the server allows them; `binds`: the configuration has children bind TCP
/// ports.
pub(crate) fn plan_hardening(
    settings: &Settings,
    binds: bool,
    circumstances: &ServerInfo,
    is_loaded: impl Fn(&CStr) -> bool,
) -> HardeningPlan {
    // httpd asks these for another user, and only then starts suexec.
    let suexec = is_loaded(c"mod_suexec.c") || is_loaded(c"mod_userdir.c");
    let allowed = settings.allowed_calls.clone();
    HardeningPlan {
        asked: settings.harden,
        connect: settings.connect.clone(),
        // An active FTP connection comes back to a port of the proxy.
        binds: binds || is_loaded(c"mod_proxy_ftp.c") || allowed.iter().any(|name| name == BIND),
        allowed,
        suexec: circumstances.suexec && suexec,
        cgid: is_loaded(c"mod_cgid.c"),
        domains: matches!(platform::can_execve_change_domain(), Ok(Support::Available(true))),
        cores: circumstances.cores,
    }
}

/// The notice that the jail is prepared.
pub(crate) fn describe_ready(jail: &CheckedJail, run_as: &RunAs) -> Notice {
    Notice::Ready {
        at: jail.at().to_owned(),
        identity: jail.identity().to_string(),
        uid: run_as.user.0,
        gid: run_as.group.0,
        groups: run_as.every_group().into_iter().map(|group| group.0).collect(),
    }
}

/// The user of the children in words: the number, and the name if it has one.
pub(crate) fn describe_user(user: UserId) -> String {
    named(user.0, platform::find_user_name(user))
}

/// One of their groups, likewise.
pub(crate) fn describe_group(group: GroupId) -> String {
    named(group.0, platform::find_group_name(group))
}

/// A number without a name, or without a name service to ask, stands for itself.
fn named(number: u32, name: io::Result<Option<CString>>) -> String {
    match name {
        Ok(Some(name)) => format!("{number} ({})", escape::escape_bytes(name.as_bytes())),
        Ok(None) | Err(_) => number.to_string(),
    }
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
