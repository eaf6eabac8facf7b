//! A run that learns, in one configuration pass: the connection to the watching process, and the children's way under its watch.

use crate::jail::run_as::RunAs;
use crate::learning::{LearnMode, ResultFolder, TEST_PATH, request};
use crate::messages::{Fault, LearnFault};
use crate::platform;
use crate::platform::{Attempt, SingleThread, Support, WatchFilter, ask_watcher};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Time within which the watching process answers.
const PATIENCE: Duration = Duration::from_secs(2);

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
    /// The number of the watching process.
    pub watcher: u32,
    /// The account of the children.
    pub run_as: RunAs,
    /// The directory of the result.
    pub folder: ResultFolder,
    /// Whether processes that are forked now are put under watch: rehearsals are not.
    watches_children: AtomicBool,
    /// Whether the watching process has ended: then its number may be another process'.
    has_ended: AtomicBool,
}

impl Learning {
    /// A run of the watching process `watcher`, with this pass' own copy of the connection to it, and the `original` that is closed in
    /// children.
    pub(crate) fn new(
        mode: LearnMode,
        filter: WatchFilter,
        (watcher, control, original): (u32, OwnedFd, RawFd),
        run_as: RunAs,
        folder: ResultFolder,
    ) -> Self {
        Self {
            mode,
            filter,
            control: Mutex::new(Some(control)),
            original,
            watcher,
            run_as,
            folder,
            watches_children: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
        }
    }

    /// Puts each child that is forked from now on under watch: rehearsals are over.
    pub(crate) fn watch_children(&self) {
        self.watches_children.store(true, SeqCst);
    }

    /// Notes that the watching process has ended.
    pub(crate) fn note_watcher_end(&self) {
        self.has_ended.store(true, SeqCst);
    }

    /// Tests the watching process: a process is put under watch, as the children will be, and its call must be seen.
    ///
    /// # Errors
    /// Returns an error if the call was not seen.
    pub(crate) fn test_watcher(&self) -> Result<(), Fault> {
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

    /// Becomes the account, without entering.
    ///
    /// # Errors
    /// Returns an error with the call that failed.
    pub(crate) fn become_user(&self, run_as: &RunAs) -> Result<(), String> {
        let groups = platform::set_groups(run_as.group, &run_as.groups);
        let became = groups.and_then(|()| platform::set_user(run_as.user));
        became.map_err(|error| format!("{}: {}", error.call, error.error))
    }

    /// Puts this process, a child, under watch, and closes its connection to the watching process.
    ///
    /// # Errors
    /// Returns an error if it is not watched.
    pub(crate) fn put_under_watch(&self) -> Result<(), LearnFault> {
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
    pub(crate) fn is_watched(&self) -> bool {
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

/// A fault about the option on the command line.
pub(crate) fn fault(mode: LearnMode, cause: LearnFault) -> Fault {
    Fault::for_directive("-D", mode.define(), cause)
}
