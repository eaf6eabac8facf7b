//! The options that ask for a run that learns, and configurations for which there is none.

use crate::config::FixRoot;
use crate::httpd::{arguments, server};
use crate::learning::LearnMode;
use crate::lifecycle::learning_run::fault;
use crate::lifecycle::state::State;
use crate::messages::{Fault, LearnFault};

/// Reads the kind of run that the command line asks for.
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

/// Refuses a configuration for which nothing can be learned. Returns whether the children of this start serve outside.
///
/// # Errors
/// Returns an error if there is no jail, or only one process, or the configuration leads nowhere outside.
pub(crate) fn check(state: &State) -> Result<bool, Fault> {
    let Some(mode) = read_mode()? else { return Ok(false) };
    if state.settings.jail.is_none() && state.pass.leads_to_serving() {
        return Err(fault(mode, LearnFault::NoJail));
    }
    if server::is_one_process() && state.pass.leads_to_serving() {
        return Err(fault(mode, LearnFault::OneProcess));
    }
    let is_outside = mode == LearnMode::Outside && state.pass.leads_to_serving();
    if is_outside && has_inside_paths(state) {
        return Err(fault(mode, LearnFault::InsidePaths));
    }
    Ok(is_outside)
}

/// Whether the configuration has inside paths, which lead nowhere outside.
fn has_inside_paths(state: &State) -> bool {
    let fix_root = FixRoot::or_default(state.settings.fix_root, state.serves_root);
    fix_root == FixRoot::Off && (state.serves_root || state.inside_paths)
}
