//! What is loaded before entry, because it cannot be loaded inside: the rules of [`crate::warm`], and
//! what only APR can load.

use super::bindings as sys;
use super::log::Level;
use super::server::{self, Server};
use super::state::State;
use crate::fault::{Fault, Notice};
use crate::jail::Jail;
use crate::settings::WarmUp;
use crate::warm::{self, Asked, Warm};
use std::ffi::CStr;

/// Loads it, and remembers what each child has to do for itself.
///
/// # Errors
/// A `ChrootPreload` that cannot be done.
pub(super) fn make_ready(
    state: &State,
    jail: &Jail,
    ptemp: *mut sys::apr_pool_t,
) -> Result<Warm, Fault> {
    let asked = Asked {
        unasked: state.settings.warm_up,
        preload: &state.settings.preload,
        needs: &state.needs,
        jail,
        threaded: server::is_threaded(),
    };
    let mut warm = warm::make_ready(&asked)?;
    if state.needs_dbm && state.settings.warm_up == WarmUp::On {
        warm.tell(format!("DBM drivers ({})", dbm_drivers(ptemp).join(" ")));
    }
    Ok(warm)
}

/// Says what was loaded.
pub(super) fn tell(server: Server, state: &State, jail: &Jail) {
    for notice in state.warm.get().into_iter().flat_map(Warm::notices) {
        server.tell(Level::Info, jail.written().as_path(), &Notice::Warm(notice));
    }
}

/// The kinds of DBM that APR knows. Which one "default" is, APR alone can tell.
const KINDS: [&CStr; 5] = [c"default", c"sdbm", c"db", c"gdbm", c"ndbm"];

/// Has APR load the drivers of its DBMs, each a library that it would load at first use, and names
/// those that it has. They stay loaded as long as the process lives. That one of them is not installed
/// is no fault.
fn dbm_drivers(pool: *mut sys::apr_pool_t) -> Vec<&'static str> {
    let is_there = |kind: &&CStr| {
        let (mut first, mut second) = (std::ptr::null(), std::ptr::null());
        // SAFETY: both strings end in NUL; APR copies what it answers into the pool that the hook
        // was called with, and needs the driver to know what to answer. No file is opened.
        let status = unsafe {
            sys::apr_dbm_get_usednames_ex(
                pool,
                kind.as_ptr(),
                c"/".as_ptr(),
                &raw mut first,
                &raw mut second,
            )
        };
        status == 0
    };
    KINDS.into_iter().filter(is_there).filter_map(|kind| kind.to_str().ok()).collect()
}
