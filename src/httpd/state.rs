//! State of one configuration pass, in the module's slot of the main server's configuration: made
//! by httpd's configuration pool and ended with it, so nothing outlives a restart.
//!
//! Hooks share the state, and none can change it: each part is set once, by the hook that knows it.

use super::bindings as sys;
use super::watch::Watch;
use super::wsgi::Taken;
use crate::audit::OwnFile;
use crate::configured::Foreign;
use crate::jail::Jail;
use crate::proof::Inside;
use crate::run_as::RunAs;
use crate::settings::Settings;
use crate::view::{Configured, Late, Way};
use crate::warm::{Needs, Warm};
use crate::wsgi::Daemons;
use std::ffi::{CString, OsString, c_void};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The slot of one server: empty until `pre_config` has read the configuration tree.
pub(super) type Slot = OnceLock<State>;

/// One configuration pass.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Whether this httpd only sends a signal to a running one (`-k stop`): there is no jail then, and
    /// nothing may serve.
    pub only_signals: bool,
    /// Settings of the module's directives.
    pub settings: Settings,
    /// What the directives of other modules name.
    pub configured: Configured,
    /// The directives of other modules that matter.
    pub foreign: Vec<Foreign>,
    /// `DefaultRuntimeDir`, absolute.
    pub runtime_dir: PathBuf,
    /// What they need that is loaded late.
    pub needs: Needs,
    /// Libraries and tables that were loaded before entry: set by `post_config`.
    pub warm: OnceLock<Warm>,
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
    /// Lines that `-D DUMP_CHROOT` prints: set by `check_config`.
    pub dump: OnceLock<Vec<String>>,
    /// The jail that children enter: set by `post_config`.
    pub ready: OnceLock<Ready>,
    /// What other modules start.
    pub watch: Watch,
    /// mod_wsgi's daemons, as they are written.
    pub wsgi: Vec<Daemons>,
    /// Whether the names of their sockets change with each generation of children.
    pub wsgi_rotates: bool,
    /// The words of `User`, and those of `Group`.
    pub accounts: [Vec<OsString>; 2],
    /// What lets those daemons enter: set by `post_config`.
    pub taken: Taken,
}

// Threads of a child share the state (mod_status' page), so everything in it must allow that.
const _: fn() = || {
    fn shared_by_threads<T: Sync + Send>() {}
    shared_by_threads::<State>();
};

/// A jail that children can enter.
#[derive(Debug)]
pub(super) struct Ready {
    /// Held by the parent; taken by the child that enters.
    jail: Mutex<Option<Jail>>,
    /// The descriptor by which it enters.
    pub entrance: RawFd,
    /// How host paths stay true in it.
    pub way: Way,
    /// What a child finds that has entered.
    pub inside: Inside,
    /// Who the children become.
    pub run_as: RunAs,
    /// The name of the jail that mod_unixd is given; it keeps only a pointer.
    pub for_unixd: CString,
    /// What is shown in the view once it is made.
    pub late: Option<Late>,
}

impl Ready {
    /// A jail that no process has entered yet.
    pub(super) fn new(
        jail: Jail,
        way: Way,
        run_as: RunAs,
        for_unixd: CString,
        late: Option<Late>,
    ) -> Self {
        let (inside, entrance) = (jail.inside(), jail.entrance().as_raw_fd());
        Self { jail: Mutex::new(Some(jail)), entrance, way, inside, run_as, for_unixd, late }
    }

    /// Calls `act` with the root of the children, unless this process has entered already.
    pub(super) fn with_entrance<T>(&self, act: impl FnOnce(BorrowedFd<'_>) -> T) -> Option<T> {
        let jail = self.jail.lock().unwrap_or_else(PoisonError::into_inner);
        jail.as_ref().map(|jail| act(jail.entrance()))
    }

    /// Takes the jail, in the process that enters it; `None` if it has entered already.
    pub(super) fn take_jail(&self) -> Option<Jail> {
        self.jail.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether this process has taken the jail to enter it.
    pub(super) fn is_taken(&self) -> bool {
        self.jail.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

/// httpd's `create_server_config`: an empty slot that dies with `pool`.
///
/// # Safety
/// httpd calls it, with its configuration pool.
pub(super) unsafe extern "C" fn create(
    pool: *mut sys::apr_pool_t,
    _: *mut sys::server_rec,
) -> *mut c_void {
    let slot = Box::into_raw(Box::new(Slot::new()));
    // SAFETY: `pool` is the configuration pool that httpd calls this with; `end` is called once,
    // with the pointer that is given here, before the module can be unloaded (mod_so registers the
    // unloading earlier in the same pool, and pools clean up in reverse order).
    unsafe {
        sys::apr_pool_cleanup_register(
            pool,
            slot.cast(),
            Some(end),
            Some(sys::apr_pool_cleanup_null),
        );
    }
    slot.cast()
}

/// # Safety
/// The pool calls it, once, with what `create` registered.
unsafe extern "C" fn end(slot: *mut c_void) -> sys::apr_status_t {
    // SAFETY: `create` made this pointer from a Box, and the pool calls this once.
    drop(unsafe { Box::from_raw(slot.cast::<Slot>()) });
    0
}
