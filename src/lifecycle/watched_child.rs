//! A child of a server that learns: it comes under watch before it enters, or serves outside.

use crate::jail::run_as::RunAs;
use crate::learning::LearnMode;
use crate::lifecycle::learning_run::fault;
use crate::lifecycle::state::State;
use crate::messages::{Fault, LearnFault};
use crate::platform;
use crate::platform::UserId;
use std::io;

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
