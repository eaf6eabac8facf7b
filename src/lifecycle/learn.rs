//! Learning: with `-D CHROOT_LEARN` the children serve outside of the jail, with `-D CHROOT_WATCH` inside, and a process
//! of its own sees the paths that they use. Only by the command line, never by a directive that would stay.
//!
//! The watching process is forked before the first child, and outlives restarts. It alone holds the listeners; while it
//! lives, every watched call waits for it. If it ends, calls of watched processes fail (`ENOSYS`), so learning ends then:
//! the server stops, or restarts in the jail.

use crate::config::JailSetting;
use crate::httpd::pool::Pool;
use crate::httpd::server::Server;
use crate::httpd::watcher_process::KeptWatcher;
use crate::httpd::{fork_handlers, server, watcher_process};
use crate::jail::account_lookup::AccountLookup;
use crate::jail::preconditions;
use crate::jail::run_as::RunAs;
use crate::learning::{LearnMode, Learner, ResultFolder, request};
use crate::lifecycle::learn_survey::LearnSurvey;
use crate::lifecycle::learning_run::{Learning, fault};
use crate::lifecycle::state::State;
use crate::lifecycle::{child, learn_result, wsgi};
use crate::messages::{Fault, LearnFault, LearnNotice};
use crate::platform;
use crate::platform::{JudgingAccount, SingleThread, Support};
use crate::trust::trusted::Judge;

/// Makes the children of this pass serve outside, watched.
///
/// # Errors
/// Returns the first reason for which that cannot be: then nothing serves.
pub(crate) fn serve_outside(
    server: Server,
    state: &State,
    setting: &JailSetting,
    lookup: &AccountLookup,
    pconf: Pool,
) -> Result<(), Fault> {
    let account = preconditions::run_as(&server::info(), lookup);
    let account = account.map_err(|cause| Fault::new(setting.jail.as_path(), cause))?;
    let learning = start(state, setting, account, LearnMode::Outside, pconf)?;
    let Some(learning) = learning else {
        return Err(fault(LearnMode::Outside, LearnFault::Over));
    };
    server.log(
        &LearnNotice::Outside(learning.folder.lines_path()).about(LearnMode::Outside.define()),
    );
    // post_config is called once with each state.
    let learning = state.learning.get_or_init(|| learning);
    server::set_unixd_jail(None);
    fork_handlers::register(child::enter);
    wsgi::redirect_unjailed(state, lookup, pconf)?;
    learning.watch_children();
    Ok(())
}

/// Prepares to watch children that enter the jail. [`watch_children`] begins, when the rehearsals are over.
///
/// # Errors
/// Returns the first reason for which that cannot be: then nothing serves.
pub(crate) fn prepare_inside(
    server: Server,
    state: &State,
    setting: &JailSetting,
    lookup: &AccountLookup,
    pconf: Pool,
) -> Result<(), Fault> {
    let mode = LearnMode::Inside;
    let account = preconditions::run_as(&server::info(), lookup);
    let account = account.map_err(|cause| Fault::new(setting.jail.as_path(), cause))?;
    // After the end of the watching process the server goes on unwatched.
    let Some(learning) = start(state, setting, account, mode, pconf)? else { return Ok(()) };
    server.log(&LearnNotice::Inside(learning.folder.lines_path()).about(mode.define()));
    let learning = state.learning.get_or_init(|| learning);
    state.watch.exempt(learning.watcher);
    Ok(())
}

/// Puts each process that enters from now on under watch.
pub(crate) fn watch_children(state: &State) {
    if let Some(learning) = state.learning.get() {
        learning.watch_children();
    }
}

/// Starts the watching process, or finds the one of an earlier pass; `None` if that has ended.
fn start(
    state: &State,
    setting: &JailSetting,
    run_as: RunAs,
    mode: LearnMode,
    pconf: Pool,
) -> Result<Option<Learning>, Fault> {
    let failed = |call| move |error| fault(mode, LearnFault::Failed(call, error));
    let filter = match platform::make_watch_filter().map_err(failed("seccomp"))? {
        Support::Available(filter) => filter,
        Support::Unsupported => {
            return Err(fault(mode, LearnFault::Unsupported(platform::OTHER_TOOL)));
        }
    };
    let folder = open_folder(mode)?;
    if watcher_process::find_kept(pconf).is_none() {
        let survey = LearnSurvey::make(state, setting, &folder.lines_path())?;
        spawn_watcher(mode, &folder, &run_as, survey, pconf)?;
    }
    let kept = watcher_process::find_kept(pconf);
    let lost = || fault(mode, LearnFault::Blind("the process that watches is lost".to_owned()));
    let KeptWatcher { number, control, original } = kept.ok_or_else(lost)?;
    let Some(watcher) = number else { return Ok(None) };
    watcher_process::notice_end(pconf, watcher, handle_watcher_end);
    watcher_process::call_before_cleanup(pconf, learn_result::write_result);
    let connection = (watcher, control, original);
    let learning = Learning::new(mode, filter, connection, run_as, folder);
    learning.test_watcher()?;
    Ok(Some(learning))
}

/// Opens the directory of the result: `ServerRoot`, which root alone can change.
fn open_folder(mode: LearnMode) -> Result<ResultFolder, Fault> {
    let root = server::server_root();
    let folder = match Judge::default().open_folder(&root) {
        Ok(folder) => folder.into_descriptor(),
        Err(refusal) => return Err(fault(mode, LearnFault::Folder(root, refusal.to_string()))),
    };
    let failed = |error| fault(mode, LearnFault::Failed("opening the lock of the result", error));
    ResultFolder::new(mode, root, folder).map_err(failed)
}

/// Forks the watching process.
fn spawn_watcher(
    mode: LearnMode,
    folder: &ResultFolder,
    run_as: &RunAs,
    survey: LearnSurvey,
    pconf: Pool,
) -> Result<(), Fault> {
    let failed = |call| move |error| fault(mode, LearnFault::Failed(call, error));
    let pair = platform::open_control_pair().map_err(failed("socketpair"))?;
    let Support::Available((control, watcher_end)) = pair else { return Ok(()) };
    let alone = SingleThread::check().map_err(failed("fork"))?;
    let RunAs { user, group, groups, .. } = run_as.clone();
    let account = JudgingAccount { user, group, groups };
    let writes = folder.read().map_err(failed("read"))?.writes;
    let own = folder.reopen().map_err(failed("open"))?;
    let keep = own.descriptors();
    let at_end = move |table: &_, folder: &_| {
        learn_result::write_untried_result(mode, &survey, table, folder);
    };
    let prepare = || Learner::new(mode, own, writes, Box::new(at_end));
    let number = platform::fork_watcher(alone, watcher_end, &keep, &account, prepare);
    watcher_process::keep(pconf, number.map_err(failed("fork"))?, control);
    Ok(())
}

/// Looks whether the watching process still answers. One that does not is killed, so that no request hangs.
pub(crate) fn check_watcher(server: Server, state: &State) {
    let Some(learning) = state.learning.get().filter(|it| it.has_watcher()) else { return };
    if learning.ask(request::STATE).is_err() {
        server.log(
            &LearnNotice::Silent(learning.mode == LearnMode::Outside).about(learning.mode.define()),
        );
        learning.kill_watcher();
    }
}

/// Handles the end of the watching process: an unjailed server stops, a jailed one goes on unwatched.
fn handle_watcher_end(server: Server) {
    let Some(learning) = State::find(&server).and_then(|state| state.learning.get()) else {
        return;
    };
    learning.note_watcher_end();
    watcher_process::forget();
    let is_outside = learning.mode == LearnMode::Outside;
    server.log(&LearnNotice::Ended(is_outside).about(learning.mode.define()));
    if is_outside { platform::end_server() } else { platform::restart_server() }
}
