//! Files that are loaded before entry, because they cannot be loaded inside: by the rules of [`crate::preload`], and
//! by APR.

use crate::config::{JailSetting, WarmUp};
use crate::httpd::pool::Pool;
use crate::httpd::server::Server;
use crate::httpd::{dbm, server};
use crate::jail::CheckedJail;
use crate::lifecycle::state::State;
use crate::messages::{Fault, Notice};
use crate::preload;
use crate::preload::{PreloadRequest, Preloaded};

/// Loads them. The result has what each child has to load for itself.
///
/// # Errors
/// Returns an error if a `ChrootPreload` cannot be carried out.
pub(crate) fn load(state: &State, jail: &CheckedJail, ptemp: Pool) -> Result<Preloaded, Fault> {
    let request = PreloadRequest {
        warm_up: state.settings.warm_up,
        preload: &state.settings.preload,
        needs: &state.needs,
        jail,
        threaded: server::is_threaded(),
    };
    let mut preloaded = preload::preload_all(&request)?;
    if state.needs_dbm && state.settings.warm_up == WarmUp::On {
        preloaded.add_fact(format!("DBM drivers ({})", dbm::load_drivers(ptemp).join(" ")));
    }
    Ok(preloaded)
}

/// Logs what was loaded.
pub(crate) fn log_loaded(server: Server, setting: &JailSetting, preloaded: &Preloaded) {
    for notice in preloaded.notices() {
        server.log(&Notice::Warm(notice).about(setting.jail.as_path()));
    }
}
