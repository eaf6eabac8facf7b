//! Files that a killed request leaves in the private `/tmp` do not stay for ever: once a day, a process that enters the jail as a child
//! does removes what nobody has used for ten days. Root removes nothing, and waits for a bounded time only.

use crate::config::JailSetting;
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::jail::run_as::RunAs;
use crate::lifecycle::state::{PreparedJail, State};
use crate::messages::{AgeingNotice, Fault};
use crate::platform::{Attempt, AttemptEnd, SingleThread};
use crate::view::{HostPathMode, MountedTmp, Owner};
use std::io;
use std::time::{Duration, Instant, SystemTime};

/// Time within which a process has cleaned; it stops by itself a little earlier.
const PATIENCE: Duration = Duration::from_secs(2);
const WORK: Duration = Duration::from_millis(1500);

/// Removes old files from the private `/tmp`, if it is time.
///
/// # Errors
/// Returns no error: a directory that is not cleaned is in the log.
pub(crate) fn remove_old_files(server: Server) -> Result<(), Fault> {
    let Some(state) = State::find(&server) else { return Ok(()) };
    let (Some(setting), Some(ready)) = (&state.settings.jail, state.ready.get()) else {
        return Ok(());
    };
    let is_for_it = ready.mode == HostPathMode::View && !server::is_one_process();
    if !is_for_it || ready.is_taken() || !ready.ageing.is_due(SystemTime::now()) {
        return Ok(());
    }
    let mut removed: usize = 0;
    for account in list_accounts(state, ready) {
        match clean_as(setting, ready, &account) {
            Ok(count) => removed = removed.saturating_add(count),
            Err(error) => {
                let notice = AgeingNotice::Failed(error.to_string());
                server.log(&notice.about(setting.jail.as_path()));
            }
        }
    }
    if removed > 0 {
        server.log(&AgeingNotice::Removed(removed).about(setting.jail.as_path()));
    }
    Ok(())
}

/// The accounts that files in the directory may belong to, each user once. Nobody can remove the files of another one.
fn list_accounts(state: &State, ready: &PreparedJail) -> Vec<RunAs> {
    let mut all = vec![ready.run_as.clone()];
    for account in state.daemon_accounts.get().into_iter().flat_map(|accounts| accounts.iter()) {
        if all.iter().all(|known| known.user != account.user) {
            let hardening = ready.run_as.hardening.clone();
            all.push(RunAs { hardening, ..account.clone() });
        }
    }
    all
}

/// Has a process enter as `account` and remove what is old. Returns the number of files.
fn clean_as(setting: &JailSetting, ready: &PreparedJail, account: &RunAs) -> io::Result<usize> {
    let (now, end) = (SystemTime::now(), Instant::now() + WORK);
    let attempt = Attempt::new(SingleThread::check()?, PATIENCE).keep_open(ready.entrance);
    let output = attempt.run(|out| {
        let owner = Owner { user: ready.run_as.user, jail: setting.jail.as_path() };
        // There is none where the jail has a directory of its own.
        let Some(tmp) = MountedTmp::find(owner) else { return Ok(()) };
        ready.enter(account).map_err(|fault| io::Error::other(fault.to_string()))?;
        write!(out, "{}", tmp.remove_unused(now, end)?)
    })?;
    match output.end {
        AttemptEnd::Done => Ok(String::from_utf8_lossy(&output.bytes).parse().unwrap_or_default()),
        end => Err(end.to_error()),
    }
}
