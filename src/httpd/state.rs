//! What the module remembers between hooks, in its slot of the main server's configuration: made
//! by httpd's configuration pool and ended with it, so nothing outlives a restart.

use super::bindings as sys;
use crate::audit::OwnFile;
use crate::configured::Foreign;
use crate::jail::Jail;
use crate::proof::Inside;
use crate::run_as::RunAs;
use crate::settings::Settings;
use crate::view::{Configured, Way};
use crate::warm::{Needs, Warm};
use std::ffi::{CString, c_void};
use std::path::PathBuf;

/// One configuration pass.
#[derive(Debug, Default)]
pub(super) struct State {
    /// What the directives ask for.
    pub settings: Settings,
    /// What the directives of other modules name.
    pub configured: Configured,
    /// The directives of other modules that matter.
    pub foreign: Vec<Foreign>,
    /// `DefaultRuntimeDir`, absolute.
    pub runtime_dir: PathBuf,
    /// What they need that is loaded late.
    pub needs: Needs,
    /// What was loaded.
    pub warm: Option<Warm>,
    /// Whether children will open a DBM.
    pub needs_dbm: bool,
    /// Whether a `DocumentRoot` is the root directory.
    pub serves_root: bool,
    /// Whether a `DocumentRoot` is only found inside.
    pub inside_paths: bool,
    /// The nodes of the configuration tree that they were read from.
    pub seen: Vec<usize>,
    /// The files that the server keeps for itself.
    pub own: Vec<OwnFile>,
    /// What `-D DUMP_CHROOT` prints, one fact a line.
    pub dump: Vec<String>,
    /// What post_config made ready for the children.
    pub ready: Option<Ready>,
}

/// A jail that children can enter.
#[derive(Debug)]
pub(super) struct Ready {
    /// Held by the parent; taken by the child that enters.
    pub jail: Option<Jail>,
    /// How host paths stay true in it.
    pub way: Way,
    /// What a child finds that has entered.
    pub inside: Inside,
    /// Who the children become.
    pub run_as: RunAs,
    /// The name of the jail that mod_unixd is given; it keeps only a pointer.
    pub for_unixd: CString,
}

/// httpd's `create_server_config`: an empty state that dies with `pool`.
///
/// # Safety
/// httpd calls it, with its configuration pool.
pub(super) unsafe extern "C" fn create(
    pool: *mut sys::apr_pool_t,
    _: *mut sys::server_rec,
) -> *mut c_void {
    let state = Box::into_raw(Box::new(State::default()));
    // SAFETY: `pool` is the configuration pool that httpd calls this with; `end` is called once,
    // with the pointer that is given here, before the module can be unloaded (mod_so registers the
    // unloading earlier in the same pool, and pools clean up in reverse order).
    unsafe {
        sys::apr_pool_cleanup_register(
            pool,
            state.cast(),
            Some(end),
            Some(sys::apr_pool_cleanup_null),
        );
    }
    state.cast()
}

/// # Safety
/// The pool calls it, once, with what `create` registered.
unsafe extern "C" fn end(state: *mut c_void) -> sys::apr_status_t {
    // SAFETY: `create` made this pointer from a Box, and the pool calls this once.
    drop(unsafe { Box::from_raw(state.cast::<State>()) });
    0
}
