//! Lookup of host names by this process.

use crate::messages::Failure;
use crate::preflight::wire::{FailedRequirement, TrialEvent, write_event};
use std::io::{self, Write};
use std::net::ToSocketAddrs;
use std::path::PathBuf;

/// Looks up one name after the other. The children of a threaded MPM do so in threads, and the C library may keep the
/// name servers that it read before entry for the first thread alone.
///
/// # Errors
/// Returns an error if the reader is gone.
pub(crate) fn look_up_names(
    names: Vec<(usize, String)>,
    in_thread: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (requirement, name) in names {
        write_event(out, &TrialEvent::Trying(requirement))?;
        let known = move || (&*name, 0).to_socket_addrs().is_ok_and(|mut all| all.next().is_some());
        let known =
            if in_thread { std::thread::spawn(known).join().unwrap_or(false) } else { known() };
        let failed = FailedRequirement {
            requirement,
            subject: PathBuf::new(),
            failure: Failure::Unresolved,
        };
        write_event(
            out,
            &if known { TrialEvent::Holds(requirement) } else { TrialEvent::Failed(failed) },
        )?;
    }
    Ok(())
}
