//! Whether names of hosts can be looked up here.

use crate::messages::Failure;
use crate::preflight::wire::{FailedRequirement, TrialEvent, write};
use std::io::{self, Write};
use std::net::ToSocketAddrs;
use std::path::PathBuf;

/// Looks up one name after the other. The children of a threaded MPM do so in threads, and what the
/// C library remembers of the time before entry may be the first thread's alone.
///
/// # Errors
/// The reader is gone.
pub(crate) fn look_up(
    names: Vec<(usize, String)>,
    in_thread: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (claim, name) in names {
        write(out, &TrialEvent::Trying(claim))?;
        let known = move || (&*name, 0).to_socket_addrs().is_ok_and(|mut all| all.next().is_some());
        let known =
            if in_thread { std::thread::spawn(known).join().unwrap_or(false) } else { known() };
        let lack = FailedRequirement { claim, subject: PathBuf::new(), lack: Failure::Unresolved };
        write(out, &if known { TrialEvent::Holds(claim) } else { TrialEvent::Failed(lack) })?;
    }
    Ok(())
}
