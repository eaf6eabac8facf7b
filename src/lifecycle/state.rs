//! State of one configuration pass, in the module's slot of the main server's configuration: made
//! by httpd's configuration pool and ended with it, so nothing outlives a restart.
//!
//! Hooks share the state, and none can change it: each part is set once, by the hook that knows it.

use crate::audit::OwnFile;
use crate::config::other_directives::OtherDirective;
use crate::config::{JailSetting, Settings};
use crate::daemons::wsgi::{Accounts, DaemonGroup};
use crate::httpd::pass::Pass;
use crate::httpd::server::Server;
use crate::jail::entry::EnteredJail;
use crate::jail::proof::ExpectedRoot;
use crate::jail::run_as::RunAs;
use crate::jail::{CheckedJail, FoundJail};
use crate::lifecycle::child_record::Children;
use crate::lifecycle::learning_run::Learning;
use crate::lifecycle::watch::Watch;
use crate::messages::{EntryFault, Fault};
use crate::packages::PackageFolders;
use crate::path::JailPath;
use crate::platform;
use crate::platform::Support;
use crate::preflight::PhpDefaults;
use crate::preload::{PreloadNeeds, Preloaded};
use crate::provide::{ConfiguredPaths, UserNeeds};
use crate::view::AgeingSchedule;
use crate::view::{Follower, HostPathMode, LateSockets};
use std::ffi::{CString, OsString};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// One configuration pass.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The purpose of the pass.
    pub pass: Pass,
    /// Settings of the module's directives.
    pub settings: Settings,
    /// Paths that directives of other modules name.
    pub configured: ConfiguredPaths,
    /// The directives of other modules that matter.
    pub foreign: Vec<OtherDirective>,
    /// `DefaultRuntimeDir`, absolute.
    pub runtime_dir: PathBuf,
    /// Files that they need and that are loaded late.
    pub needs: PreloadNeeds,
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
    /// Folders of the packages of what is served: looked for once, if at all.
    pub packages: OnceLock<Vec<PackageFolders>>,
    /// Defaults that are compiled into PHP: read once, if at all.
    pub php_defaults: OnceLock<PhpDefaults>,
    /// Lines of `ChrootProvide` that configtest advises: set by `check_config`.
    pub advice: OnceLock<Vec<String>>,
    /// Users that are needed inside, if lists of them are requested: set by `post_config`.
    pub user_needs: OnceLock<UserNeeds>,
    /// The jail that children enter: set by `post_config`.
    pub ready: OnceLock<PreparedJail>,
    /// The run that learns, if it does: set by `post_config`.
    pub learning: OnceLock<Learning>,
    /// Processes that other modules start.
    pub watch: Watch,
    /// The children.
    pub children: Children,
    /// mod_wsgi's daemons, as they are written.
    pub wsgi: Vec<DaemonGroup>,
    /// Whether the names of their sockets change with each generation of children.
    pub wsgi_rotates: bool,
    /// The words of `User`, and those of `Group`.
    pub account_words: [Vec<OsString>; 2],
    /// Accounts that those daemons may become: set by `post_config`.
    pub daemon_accounts: OnceLock<Accounts>,
}

impl State {
    /// The state of this configuration pass; `None` until `pre_config` has read the configuration. Threads of a child
    /// may look at the same time (mod_status' page).
    pub(crate) fn find(server: &Server) -> Option<&Self> {
        server.stored()
    }

    /// Keeps the state until the configuration pass ends.
    pub(crate) fn store(self, server: &Server) {
        server.store(self);
    }

    /// Walks to the jail, and applies `ChrootCheck`.
    ///
    /// # Errors
    /// Returns an error if the path leads to no jail, or to one that others than root can change.
    pub(crate) fn find_jail(&self, setting: &JailSetting) -> Result<CheckedJail, Fault> {
        let found = FoundJail::find(&setting.jail);
        let checked = found.and_then(|jail| jail.check(self.settings.check));
        checked.map_err(|fault| fault.with_place(&setting.place))
    }
}

/// A jail that children can enter.
#[derive(Debug)]
pub(crate) struct PreparedJail {
    /// Held by the parent; taken by the process that enters.
    jail: Mutex<Option<CheckedJail>>,
    /// Libraries and tables that were loaded before entry.
    preloaded: Preloaded,
    /// The path of the jail as it is written.
    written: JailPath,
    /// The descriptor by which a process enters.
    pub entrance: RawFd,
    /// The mode of host paths in it.
    pub mode: HostPathMode,
    /// The root that a process inside must find.
    pub inside: ExpectedRoot,
    /// The account of the children.
    pub run_as: RunAs,
    /// The path of the jail that mod_unixd is given; it keeps only a pointer.
    pub for_unixd: CString,
    /// Sockets that are shown in the view once they are made.
    pub late: Option<LateSockets>,
    /// Observer of the paths of the host.
    pub follower: Follower,
    /// Cleaning of the private directory for temporary files.
    pub ageing: AgeingSchedule,
}

impl PreparedJail {
    /// A jail that no process has entered yet.
    pub(crate) fn new(
        jail: CheckedJail,
        mode: HostPathMode,
        (late, follower): (Option<LateSockets>, Follower),
        run_as: RunAs,
        preloaded: Preloaded,
    ) -> Self {
        let (inside, entrance) = (jail.expected_root(), jail.entrance().as_raw_fd());
        let (written, for_unixd) = (jail.written().clone(), path_for_unixd(&jail));
        let (jail, ageing) = (Mutex::new(Some(jail)), AgeingSchedule::default());
        Self {
            jail,
            preloaded,
            written,
            entrance,
            mode,
            inside,
            run_as,
            for_unixd,
            late,
            follower,
            ageing,
        }
    }

    /// The path of the jail as it is written.
    pub(crate) fn written(&self) -> &Path {
        self.written.as_path()
    }

    /// Calls `act` with the root of the children, unless this process has entered already.
    pub(crate) fn with_entrance<T>(&self, act: impl FnOnce(BorrowedFd<'_>) -> T) -> Option<T> {
        let jail = self.jail.lock().unwrap_or_else(PoisonError::into_inner);
        jail.as_ref().map(|jail| act(jail.entrance()))
    }

    /// Takes this process into the jail as `run_as`.
    ///
    /// # Errors
    /// Returns an error as [`CheckedJail::enter`] does; also if this process has entered already.
    pub(crate) fn enter(&self, run_as: &RunAs) -> Result<EnteredJail, Fault> {
        let jail = self.jail.lock().unwrap_or_else(PoisonError::into_inner).take();
        let jail = jail.ok_or_else(|| Fault::new(self.written.as_path(), EntryFault::Gone))?;
        self.preloaded.run_in_child();
        jail.enter(run_as)
    }

    /// Whether this process has taken the jail to enter it.
    pub(crate) fn is_taken(&self) -> bool {
        self.jail.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

/// The path by which mod_unixd enters `jail`: that of the descriptor, where the system has one.
fn path_for_unixd(jail: &CheckedJail) -> CString {
    match platform::find_descriptor_path(jail.entrance()) {
        Support::Available(path) => path,
        Support::Unsupported => CString::new(jail.at().as_os_str().as_bytes()).unwrap_or_default(),
    }
}
