//! The jail follows the host while the server runs: httpd calls the parent about every ten seconds.
//!
//! The parent only compares. If a path has changed, a process that ends at once brings the jail up to date, by the rules of
//! a start and with a time limit, so that no disk and no file server can make the parent wait for longer.

use crate::config::JailSetting;
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::jail::CheckedJail;
use crate::lifecycle::state::{PreparedJail, State};
use crate::lifecycle::user_files;
use crate::messages::{EntryFault, Fault, FollowNotice};
use crate::platform::{Attempt, AttemptEnd, SingleThread};
use crate::view;
use crate::view::{ChangeKind, FollowEvent, PlaceChange, RefreshScope};
use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Time within which the jail is up to date.
const PATIENCE: Duration = Duration::from_secs(5);

/// Brings the jail up to date, if a path that it shows or copies has changed on the host.
///
/// # Errors
/// Returns no error: a jail that is not up to date serves as before.
pub(crate) fn follow_host(server: Server) -> Result<(), Fault> {
    let Some(state) = State::find(&server) else { return Ok(()) };
    let (Some(setting), Some(ready)) = (&state.settings.jail, state.ready.get()) else {
        return Ok(());
    };
    if server::is_one_process() || ready.is_taken() {
        return Ok(());
    }
    let failed = |error: io::Error| vec![FollowEvent::Ended(error.to_string())];
    let (seen, events) = match ready.follower.find_change(SingleThread::check) {
        Ok(None) => return Ok(()),
        Ok(Some(seen)) => (seen, refresh(state, setting, ready).unwrap_or_else(failed)),
        Err(error) => (0, failed(error)),
    };
    for event in &events {
        if let FollowEvent::Changed(change) = event {
            server.log(&to_notice(change).about(&change.path));
        }
    }
    for failure in ready.follower.take_report(seen, &events) {
        server.log(&FollowNotice::Failed(failure).about(setting.jail.as_path()));
    }
    Ok(())
}

fn to_notice(change: &PlaceChange) -> FollowNotice {
    match change.kind {
        ChangeKind::Shown => FollowNotice::Shown,
        ChangeKind::Renewed => FollowNotice::Renewed,
        ChangeKind::Removed => FollowNotice::Removed,
    }
}

/// Has a process bring the jail up to date, and reads its report.
fn refresh(
    state: &State,
    setting: &JailSetting,
    ready: &PreparedJail,
) -> io::Result<Vec<FollowEvent>> {
    let attempt = Attempt::new(SingleThread::check()?, PATIENCE).keep_open(ready.entrance);
    let output = attempt.run(|out| {
        let refreshed = ready.with_entrance(|root| refresh_in_child(state, setting, ready, root));
        refreshed.into_iter().flatten().try_for_each(|event| event.write(out))
    })?;
    let mut events = view::read_events(&output.bytes);
    if output.end != AttemptEnd::Done {
        events.push(FollowEvent::Ended(output.end.to_error().to_string()));
    }
    Ok(events)
}

fn refresh_in_child(
    state: &State,
    setting: &JailSetting,
    ready: &PreparedJail,
    root: BorrowedFd<'_>,
) -> Vec<FollowEvent> {
    let jail = match find_same_jail(state, setting, ready) {
        Ok(jail) => jail,
        Err(fault) => return vec![FollowEvent::Failed(fault.to_string())],
    };
    // Without an answer the lists stay those of the start, and all else is brought up to date.
    let asked = state.user_needs.get().map(user_files::ask_again).transpose();
    let failed = asked.as_ref().err().map(|error| FollowEvent::Failed(error.to_string()));
    let users = asked.unwrap_or_default();
    let (mode, inside_paths, users) = (ready.mode, state.inside_paths, users.as_ref());
    let scope = RefreshScope { mode, inside_paths, own: &state.own, run_as: &ready.run_as, users };
    let refreshed = view::refresh_host_paths(&ready.follower, &jail, root, scope);
    failed.into_iter().chain(refreshed).collect()
}

/// The jail that the children are in, walked and judged again.
fn find_same_jail(
    state: &State,
    setting: &JailSetting,
    ready: &PreparedJail,
) -> Result<CheckedJail, Fault> {
    let jail = state.find_jail(setting)?;
    let (found, checked) = (jail.identity(), ready.inside.jail());
    if found == checked {
        return Ok(jail);
    }
    let (checked, found) = (checked.to_string(), found.to_string());
    Err(Fault::new(setting.jail.as_path(), EntryFault::Replaced { checked, found }))
}
