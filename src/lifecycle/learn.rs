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
use crate::learning::{LearnMode, Learner, ResultFolder, TEST_PATH, request};
use crate::lifecycle::learn_mode::fault;
use crate::lifecycle::learn_survey::LearnSurvey;
use crate::lifecycle::state::State;
use crate::lifecycle::{child, learn_result, wsgi};
use crate::messages::{Fault, LearnFault, LearnNotice};
use crate::platform;
use crate::platform::{
    Attempt, JudgingAccount, SingleThread, Support, UserId, WatchFilter, ask_watcher,
};
use crate::trust::trusted::Judge;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Time within which the watching process answers.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Time within which it writes its list.
const WRITE_PATIENCE: Duration = Duration::from_secs(20);

/// Time within which the self-test ends.
const TEST_PATIENCE: Duration = Duration::from_secs(10);

/// A run that learns, in one configuration pass.
#[derive(Debug)]
pub(crate) struct Learning {
    /// Kind of the run.
    pub mode: LearnMode,
    filter: WatchFilter,
    /// This pass' own copy of the connection to the watching process; children take it.
    control: Mutex<Option<OwnedFd>>,
    original: RawFd,
    /// The watching process.
    watcher: u32,
    /// The account of the children.
    pub run_as: RunAs,
    /// The directory of the result.
    pub folder: ResultFolder,
    /// Whether processes that are forked now are put under watch: rehearsals are not.
    watches_children: AtomicBool,
    /// Whether the watching process has ended: then its number may be another process'.
    has_ended: AtomicBool,
}

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
    learning.watches_children.store(true, SeqCst);
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
        learning.watches_children.store(true, SeqCst);
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
    let learning = Learning {
        mode,
        filter,
        control: Mutex::new(Some(control)),
        original,
        watcher,
        run_as,
        folder,
        watches_children: AtomicBool::new(false),
        has_ended: AtomicBool::new(false),
    };
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

impl Learning {
    /// Tests the watching process: a process is put under watch, as the children will be, and its call must be seen.
    fn test_watcher(&self) -> Result<(), Fault> {
        let failed = |call| move |error| fault(self.mode, LearnFault::Failed(call, error));
        let alone = SingleThread::check().map_err(failed("fork"))?;
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(control) = control.as_ref() else { return Ok(()) };
        let attempt = Attempt::new(alone, TEST_PATIENCE).keep_open(control.as_raw_fd());
        let tried = attempt.read_answer(|| self.try_watched(control));
        match tried.map(String::from_utf8) {
            Ok(Ok(answer)) => match answer.parse().map(io::Error::from_raw_os_error) {
                Ok(error) => return Err(fault(self.mode, LearnFault::Refused(error))),
                Err(_) if answer.is_empty() => {}
                Err(_) => return Err(fault(self.mode, LearnFault::Blind(answer))),
            },
            Ok(Err(_)) => {}
            Err(error) => return Err(fault(self.mode, LearnFault::Blind(error.to_string()))),
        }
        match ask_watcher(control.as_fd(), request::TEST, PATIENCE) {
            Ok(answer) if answer == b"yes" => Ok(()),
            Ok(_) => {
                Err(fault(self.mode, LearnFault::Blind("its memory cannot be read".to_owned())))
            }
            Err(error) => Err(fault(self.mode, LearnFault::Blind(error.to_string()))),
        }
    }

    /// Makes the call of the trial, in its process. Returns the number of the error, or nothing.
    fn try_watched(&self, control: &OwnedFd) -> Vec<u8> {
        match platform::watch_this_process(&self.filter, control.as_fd()) {
            Ok(Support::Available(())) => {}
            Ok(Support::Unsupported) => return b"not supported".to_vec(),
            Err(error) => {
                return error
                    .raw_os_error()
                    .map_or_else(|| error.to_string(), |it| it.to_string())
                    .into_bytes();
            }
        }
        if let Err(error) = self.become_user(&self.run_as) {
            return error.into_bytes();
        }
        // Nothing is there; it is seen that this was asked.
        platform::probe_path(TEST_PATH);
        Vec::new()
    }

    fn become_user(&self, run_as: &RunAs) -> Result<(), String> {
        let groups = platform::set_groups(run_as.group, &run_as.groups);
        let became = groups.and_then(|()| platform::set_user(run_as.user));
        became.map_err(|error| format!("{}: {}", error.call, error.error))
    }

    /// Puts this process, a child, under watch, and closes its connection to the watching process.
    fn put_under_watch(&self) -> Result<(), LearnFault> {
        if !self.watches_children.load(SeqCst) {
            return Ok(());
        }
        let Some(control) = self.control.lock().unwrap_or_else(PoisonError::into_inner).take()
        else {
            return Ok(());
        };
        let watched = platform::watch_this_process(&self.filter, control.as_fd());
        // A child that keeps it could send a listener of its own.
        platform::close_descriptor(self.original).map_err(LearnFault::Unwatched)?;
        match watched.map_err(LearnFault::Unwatched)? {
            Support::Available(()) => Ok(()),
            Support::Unsupported => Err(LearnFault::NotUser),
        }
    }

    /// Whether this process is watched.
    fn is_watched(&self) -> bool {
        self.control.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Whether the watching process still runs, as far as is known.
    pub(crate) fn has_watcher(&self) -> bool {
        !self.has_ended.load(SeqCst)
    }

    /// Kills the watching process, unless it has ended.
    pub(crate) fn kill_watcher(&self) {
        if !self.has_ended.load(SeqCst) {
            platform::kill_child(self.watcher);
        }
    }

    /// Asks the watching process.
    ///
    /// # Errors
    /// Returns an error if it does not answer in time.
    pub(crate) fn ask(&self, asked: u8) -> io::Result<Vec<u8>> {
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let patience = if asked == request::STATE { PATIENCE } else { WRITE_PATIENCE };
        ask_watcher(control.as_ref().ok_or_else(gone)?.as_fd(), asked, patience)
    }
}

/// Puts this process, a child, under watch, if the server learns. Returns true if it serves outside, as the account that
/// `select_account` makes of that of the children: then it does not enter.
///
/// # Errors
/// Returns an error if it cannot be watched, or cannot become the user: it must end.
pub(crate) fn put_under_watch(
    state: &State,
    select_account: impl FnOnce(&RunAs) -> RunAs,
) -> Result<bool, Fault> {
    let Some(learning) = state.learning.get() else { return Ok(false) };
    learning.put_under_watch().map_err(|cause| fault(learning.mode, cause))?;
    if learning.mode == LearnMode::Inside {
        return Ok(false);
    }
    let account = select_account(&learning.run_as);
    let failed = |error| LearnFault::Failed("setuid", io::Error::other(error));
    learning.become_user(&account).map_err(|error| fault(learning.mode, failed(error)))?;
    Ok(true)
}

/// Whether this process, a child that serves outside, is watched and no longer root; `None` if the children are inside.
pub(crate) fn check_outside(state: &State) -> Option<Result<(), Fault>> {
    let learning = state.learning.get().filter(|learning| learning.mode == LearnMode::Outside)?;
    let is_fine = learning.is_watched() && platform::effective_user() != UserId(0);
    Some(if is_fine { Ok(()) } else { Err(fault(learning.mode, LearnFault::NotUser)) })
}

/// Whether the children of this pass serve outside.
pub(crate) fn is_outside(state: &State) -> bool {
    state.learning.get().is_some_and(|learning| learning.mode == LearnMode::Outside)
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
    learning.has_ended.store(true, SeqCst);
    watcher_process::forget();
    let is_outside = learning.mode == LearnMode::Outside;
    server.log(&LearnNotice::Ended(is_outside).about(learning.mode.define()));
    if is_outside { platform::end_server() } else { platform::restart_server() }
}
