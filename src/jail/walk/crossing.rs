//! Arrival of a walk on another file system, which may make root wait for ever. A path that was probed before may lead
//! elsewhere by now, if others than root can change a folder on the way. So the file that the walk holds is what is judged,
//! before its file system is asked anything.

use crate::messages::{SilentCause, WalkFault};
use crate::platform;
use crate::platform::{AnswerTime, Attempt, AttemptEnd, FoundName, SingleThread, UserId};
use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time in which a file system answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// Time for which an answer counts, and the most answers that are known at once.
const VALID: Duration = Duration::from_secs(10);
const MOST_ANSWERS: usize = 64;

/// Devices of file systems that were asked, with the time, and whether they answered.
static ASKED: Mutex<Vec<(u64, Instant, bool)>> = Mutex::new(Vec::new());

/// Finds `name`, which is at `path`, in `folder`. A file system of a program of another user than root is refused, as it
/// could answer now and not later. Any other one that is not known to answer at once is asked by a process with a deadline.
/// An automounter has its time, too.
///
/// # Errors
/// Returns an error if there is no such name, or its file system does not answer.
pub(crate) fn find_entry(
    folder: BorrowedFd<'_>,
    name: &CStr,
    path: &Path,
) -> Result<FoundName, WalkFault> {
    let fault = |error| super::classify_fault(error, path);
    // A child of httpd may wait: its requests are its own.
    if platform::effective_user() != UserId(0) {
        return platform::find_name_at(folder, name).map_err(fault);
    }
    let here = platform::recall_facts(folder).map_err(fault)?;
    let find = || {
        let found = platform::find_name_at(folder, name).map_err(fault)?;
        let time = match &found.handle {
            Some(handle) if !found.facts.identity.shares_device(here.identity) => {
                platform::find_answer_time(handle.as_fd())
            }
            _ => AnswerTime::AtOnce,
        };
        Ok((found, time))
    };
    // A name in the folder of an automounter may be made by a look at it.
    if platform::is_automounter(folder) {
        wake(folder, name, path)?;
    }
    let (found, time) = match find()? {
        (_, AnswerTime::Mounted) => {
            wake(folder, name, path)?;
            find()?
        }
        found => found,
    };
    match (time, &found.handle) {
        (AnswerTime::OfProgram(user), _) => {
            Err(WalkFault::Silent(path.to_owned(), SilentCause::OfProgram(user.0)))
        }
        (AnswerTime::Unknown, Some(handle)) => {
            ask(handle.as_fd(), found.facts.identity.device(), path)?;
            Ok(found)
        }
        _ => Ok(found),
    }
}

/// Has a process wait for an automounter.
fn wake(folder: BorrowedFd<'_>, name: &CStr, path: &Path) -> Result<(), WalkFault> {
    require(try_apart(folder, || platform::wake_automounter(folder, name)), path)
}

/// Has a process ask the file system of `file`, unless it was asked a moment ago.
fn ask(file: BorrowedFd<'_>, device: u64, path: &Path) -> Result<(), WalkFault> {
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    asked.retain(|(_, time, _)| time.elapsed() < VALID);
    if let Some((_, _, answered)) = asked.iter().find(|(known, ..)| *known == device) {
        return require(*answered, path);
    }
    let answered = try_apart(file, || platform::probe_file(file));
    if asked.len() < MOST_ANSWERS {
        asked.push((device, Instant::now(), answered));
    }
    require(answered, path)
}

fn require(answered: bool, path: &Path) -> Result<(), WalkFault> {
    let silent = || WalkFault::Silent(path.to_owned(), SilentCause::Late(PATIENCE));
    answered.then_some(()).ok_or_else(silent)
}

/// Whether `look`, which needs the descriptor `file`, ends in time in a process of its own.
fn try_apart(file: BorrowedFd<'_>, look: impl FnOnce()) -> bool {
    let attempt = SingleThread::check().and_then(|alone| {
        Attempt::new(alone, PATIENCE).keep_open(file).run(|_| {
            look();
            Ok(())
        })
    });
    attempt.is_ok_and(|output| output.end == AttemptEnd::Done)
}
