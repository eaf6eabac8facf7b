//! What is loaded before entry, because it cannot be loaded inside: the rules of [`crate::preload`], and
//! what only APR can load.

use crate::config::WarmUp;
use crate::httpd::pool::Pool;
use crate::httpd::server::Server;
use crate::httpd::{dbm, server};
use crate::jail::CheckedJail;
use crate::lifecycle::state::State;
use crate::messages::{Fault, Notice};
use crate::preload;
use crate::preload::{PreloadRequest, Preloaded};

/// Loads it, and remembers what each child has to do for itself.
///
/// # Errors
/// A `ChrootPreload` that cannot be done.
pub(crate) fn make_ready(
    state: &State,
    jail: &CheckedJail,
    ptemp: Pool,
) -> Result<Preloaded, Fault> {
    let asked = PreloadRequest {
        unasked: state.settings.warm_up,
        preload: &state.settings.preload,
        needs: &state.needs,
        jail,
        threaded: server::is_threaded(),
    };
    let mut warm = preload::make_ready(&asked)?;
    if state.needs_dbm && state.settings.warm_up == WarmUp::On {
        warm.tell(format!("DBM drivers ({})", dbm::load_drivers(ptemp).join(" ")));
    }
    Ok(warm)
}

/// Says what was loaded.
pub(crate) fn tell(server: Server, state: &State, jail: &CheckedJail) {
    for notice in state.warm.get().into_iter().flat_map(Preloaded::notices) {
        server.log(&Notice::Warm(notice).about(jail.written().as_path()));
    }
}
