//! What a child does: it goes in, and proves it.

use super::log::Level;
use super::server::{self, Server};
use crate::fault::{EntryFault, Fault, Notice, ProofFault};
use crate::proof;

/// The child, root and outside, with one thread: goes in, and proves it.
pub(super) fn enter(server: Server) -> Result<(), Fault> {
    let Some(state) = server.state() else { return Ok(()) };
    let Some(asked) = &state.settings.jail else { return Ok(()) };
    let gone = || Fault::new(asked.jail.as_path(), EntryFault::Gone);
    let ready = state.ready.as_mut().ok_or_else(gone)?;
    let jail = ready.jail.take().ok_or_else(gone)?;
    ready.run_as.hardening.serves = server::is_serving_child();
    if let Some(warm) = &state.warm {
        warm.before_entry();
    }
    let jailed = jail.enter(&ready.run_as)?;
    // mod_unixd comes next: without root and without a directory it has nothing left to do.
    server::tell_unixd(None);
    if !jailed.closed.is_empty() {
        server.tell(Level::Info, asked.jail.as_path(), &Notice::Closed(jailed.closed));
    }
    Ok(())
}

/// The child, before it serves: still inside, still nobody. Guards against a server that never
/// asked it to enter.
pub(super) fn look_again(server: Server) -> Result<(), Fault> {
    let Some(state) = server.state() else { return Ok(()) };
    let Some(asked) = &state.settings.jail else { return Ok(()) };
    let fault = |why: ProofFault| Fault::new(asked.jail.as_path(), why);
    match &state.ready {
        Some(ready) if ready.jail.is_none() => {
            proof::is_inside(&ready.inside).map_err(fault)?;
            proof::users(ready.run_as.user).map_err(fault)
        }
        _ => Err(fault(ProofFault::NeverEntered)),
    }
}
