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
use crate::httpd::{arguments, fork_handlers, server, watcher_process};
use crate::jail::account_lookup::AccountLookup;
use crate::jail::preconditions;
use crate::jail::run_as::RunAs;
use crate::learning::{LearnMode, Learner, ResultFolder, TEST_PATH, request};
use crate::lifecycle::learn_survey::LearnSurvey;
use crate::lifecycle::state::State;
use crate::lifecycle::{child, learn_result, learn_survey, wsgi};
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
const WRITE_PATIENCE: Duration = Duration::from_secs(10);

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
    /// Whether processes that are forked now are to be watched: rehearsals are not.
    is_armed: AtomicBool,
    /// Whether the watching process has ended: then its number may be another process'.
    has_ended: AtomicBool,
}

/// The kind of run that the command line asks for.
///
/// # Errors
/// Returns an error if it asks for both, or a file asks, which would do so at every start.
pub(crate) fn read_mode() -> Result<Option<LearnMode>, Fault> {
    let is_asked = |mode: LearnMode| {
        let is_defined = match mode {
            LearnMode::Outside => server::is_defined(c"CHROOT_LEARN"),
            LearnMode::Inside => server::is_defined(c"CHROOT_WATCH"),
        };
        if is_defined && !arguments::defines(arguments::words(), mode.define()) {
            return Err(fault(mode, LearnFault::InFile(mode.define())));
        }
        Ok(is_defined)
    };
    match (is_asked(LearnMode::Outside)?, is_asked(LearnMode::Inside)?) {
        (true, true) => Err(fault(LearnMode::Outside, LearnFault::Both)),
        (true, false) => Ok(Some(LearnMode::Outside)),
        (false, true) => Ok(Some(LearnMode::Inside)),
        (false, false) => Ok(None),
    }
}

/// Describes the state of the children, for the configuration dump.
pub(crate) fn describe_mode(mode: LearnMode) -> &'static str {
    match mode {
        LearnMode::Outside => "is not jailed, and records the paths that its children use",
        LearnMode::Inside => "records the paths that its children miss in the jail",
    }
}

/// A fault about the option on the command line.
pub(crate) fn fault(mode: LearnMode, cause: LearnFault) -> Fault {
    Fault::for_directive("-D", mode.define(), cause)
}

/// Refuses a configuration for which nothing can be learned. Returns whether the children of this start serve outside.
///
/// # Errors
/// There is no jail, or only one process.
pub(crate) fn check(state: &State) -> Result<bool, Fault> {
    let Some(mode) = read_mode()? else { return Ok(false) };
    if state.settings.jail.is_none() && state.pass.leads_to_serving() {
        return Err(fault(mode, LearnFault::NoJail));
    }
    if server::is_one_process() && state.pass.leads_to_serving() {
        return Err(fault(mode, LearnFault::OneProcess));
    }
    Ok(mode == LearnMode::Outside && state.pass.leads_to_serving())
}

/// Makes the children of this pass serve outside, watched.
///
/// # Errors
/// Returns the first reason for which that cannot be: then nothing serves.
pub(crate) fn serve_outside(
    server: Server,
    state: &State,
    setting: &JailSetting,
    pconf: Pool,
) -> Result<(), Fault> {
    let lookup = AccountLookup::default();
    let account = preconditions::run_as(&server::info(), &lookup);
    let account = account.map_err(|cause| Fault::new(setting.jail.as_path(), cause))?;
    let learning = start(state, setting, account, LearnMode::Outside, pconf)?;
    let Some(learning) = learning else {
        return Err(fault(LearnMode::Outside, LearnFault::Over));
    };
    let file = learning.folder.path_of(LearnMode::Outside.lines_name());
    server.log(&LearnNotice::Outside(file).about(LearnMode::Outside.define()));
    // post_config is called once with each state.
    let learning = state.learning.get_or_init(|| learning);
    server::set_unixd_jail(None);
    fork_handlers::register(child::enter);
    wsgi::redirect_unjailed(state, &lookup, pconf)?;
    learning.is_armed.store(true, SeqCst);
    Ok(())
}

/// Prepares to watch children that enter the jail. [`arm`] begins, when the rehearsals are over.
///
/// # Errors
/// Returns the first reason for which that cannot be: then nothing serves.
pub(crate) fn prepare_inside(
    server: Server,
    state: &State,
    setting: &JailSetting,
    pconf: Pool,
) -> Result<(), Fault> {
    let mode = LearnMode::Inside;
    let account = preconditions::run_as(&server::info(), &AccountLookup::default());
    let account = account.map_err(|cause| Fault::new(setting.jail.as_path(), cause))?;
    // After the end of the watching process the server goes on unwatched.
    let Some(learning) = start(state, setting, account, mode, pconf)? else { return Ok(()) };
    let file = learning.folder.path_of(mode.lines_name());
    server.log(&LearnNotice::Inside(file).about(mode.define()));
    let learning = state.learning.get_or_init(|| learning);
    state.watch.exempt(learning.watcher);
    Ok(())
}

/// From now on each process that enters is watched.
pub(crate) fn arm(state: &State) {
    if let Some(learning) = state.learning.get() {
        learning.is_armed.store(true, SeqCst);
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
        let survey = learn_survey::survey(state, setting, &folder.path_of(mode.lines_name()))?;
        spawn(mode, &folder, &run_as, survey, pconf)?;
    }
    let kept = watcher_process::find_kept(pconf);
    let lost = || fault(mode, LearnFault::Blind("the process that watches is lost".to_owned()));
    let KeptWatcher { number, control, original } = kept.ok_or_else(lost)?;
    let Some(watcher) = number else { return Ok(None) };
    watcher_process::notice_end(pconf, watcher, after_end);
    watcher_process::call_before_cleanup(pconf, learn_result::conclude);
    let control = Mutex::new(Some(control));
    let (is_armed, has_ended) = (AtomicBool::new(false), AtomicBool::new(false));
    let learning =
        Learning { mode, filter, control, original, watcher, run_as, folder, is_armed, has_ended };
    learning.test()?;
    Ok(Some(learning))
}

/// Opens the directory of the result: `ServerRoot`, which root alone can change.
fn open_folder(mode: LearnMode) -> Result<ResultFolder, Fault> {
    let root = server::server_root();
    match Judge::default().open_folder(&root) {
        Ok(folder) => Ok(ResultFolder::new(root, folder.into_descriptor())),
        Err(why) => Err(fault(mode, LearnFault::Folder(root, why.to_string()))),
    }
}

/// Forks the watching process.
fn spawn(
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
    let held = folder.as_fd();
    let table = folder.read_list(mode).map_err(failed("read"))?;
    let copy = held.try_clone_to_owned().map_err(failed("dup"))?;
    let copy = ResultFolder::new(folder.path_of(c""), copy);
    let keep = [copy.as_fd().as_raw_fd()];
    let at_end =
        move |table: &_, folder: &_| learn_result::finish_alone(mode, &survey, table, folder);
    let prepare = || Learner::new(mode, table, copy, Box::new(at_end));
    let number = platform::fork_watcher(alone, watcher_end, &keep, &account, prepare);
    watcher_process::keep(pconf, number.map_err(failed("fork"))?, control);
    Ok(())
}

impl Learning {
    /// Has a process watched in a trial, as the children will be: its call must be seen.
    fn test(&self) -> Result<(), Fault> {
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

    /// In the process of the trial: the number of the error, or nothing.
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

    /// Has this process, a child, watched. It loses the connection to the watching process.
    fn go_under(&self) -> Result<(), LearnFault> {
        if !self.is_armed.load(SeqCst) {
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
    fn is_under(&self) -> bool {
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
        let patience = if asked == request::WRITE { WRITE_PATIENCE } else { PATIENCE };
        ask_watcher(control.as_ref().ok_or_else(gone)?.as_fd(), asked, patience)
    }
}

/// Has this process, a child, watched, if the server learns. Returns true if it serves outside, as `run_as`: then there is
/// nothing more to do.
///
/// # Errors
/// It cannot be watched, or not become the user: it must end.
pub(crate) fn go_under(
    state: &State,
    select_account: impl FnOnce(&RunAs) -> RunAs,
) -> Result<bool, Fault> {
    let Some(learning) = state.learning.get() else { return Ok(false) };
    learning.go_under().map_err(|cause| fault(learning.mode, cause))?;
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
    let is_fine = learning.is_under() && platform::effective_user() != UserId(0);
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

/// The watching process has ended: an unjailed server stops, a jailed one goes on unwatched.
fn after_end(server: Server) {
    let Some(learning) = State::find(&server).and_then(|state| state.learning.get()) else {
        return;
    };
    learning.has_ended.store(true, SeqCst);
    watcher_process::forget();
    let is_outside = learning.mode == LearnMode::Outside;
    server.log(&LearnNotice::Ended(is_outside).about(learning.mode.define()));
    if is_outside { platform::end_server() } else { platform::restart_server() }
}
