//! httpd's main server, seen as what the rules need of it.

use crate::config::{ServerInfo, Version};
use crate::httpd::log::write;
use crate::httpd::pool::Pool;
use crate::httpd::slot::Slot;
use crate::httpd::{bindings as sys, main_state, slot};
use crate::messages::Message;
use crate::platform::{GroupId, UserId};
use std::any::Any;
use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

/// The main server of one configuration pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Server(NonNull<sys::server_rec>);

impl Server {
    /// The server that httpd handed to a hook; `None` for null.
    ///
    /// # Safety
    /// `server` is null or one that httpd keeps alive while the view is used.
    pub(crate) unsafe fn new(server: *mut sys::server_rec) -> Option<Self> {
        NonNull::new(server).map(Self)
    }

    /// httpd's own main server; `None` before it has read a configuration.
    pub(crate) fn main() -> Option<Self> {
        // SAFETY: httpd sets the variable before it calls any hook, and hooks run in one thread.
        NonNull::new(unsafe { sys::ap_server_conf }).map(Self)
    }

    /// For the log.
    pub(crate) fn as_ptr(self) -> *mut sys::server_rec {
        self.0.as_ptr()
    }

    /// The value that was stored for this server in this configuration pass, if it is of this type.
    pub(crate) fn stored<T: Any>(&self) -> Option<&T> {
        self.slot()?.get()?.downcast_ref()
    }

    /// Stores a value for this server until the configuration pass ends. The first one stays.
    pub(crate) fn store<T: Any + Send + Sync>(&self, value: T) {
        if let Some(slot) = self.slot() {
            // A slot is made anew for each pass, and pre_config is called once in it.
            let _ = slot.set(Box::new(value));
        }
    }

    fn slot(&self) -> Option<&Slot> {
        let index = usize::try_from(slot::index()).ok()?;
        // SAFETY: the server is alive, as `new` demands.
        let vector = unsafe { (*self.as_ptr()).module_config };
        if vector.is_null() {
            return None;
        }
        // SAFETY: a configuration vector is an array of pointers with a slot for every module
        // (http_config.h, ap_get_module_config).
        let slot = unsafe { vector.cast::<*const Slot>().add(index) };
        // SAFETY: as above: the slot is inside the array.
        let slot = unsafe { *slot };
        // SAFETY: null, or what slot::create put there for this very server. It lives as long as the
        // server's configuration pool, and so longer than the borrow of this handle. Only shared
        // references are ever made of it.
        unsafe { slot.as_ref() }
    }

    /// Logs `message` at its level.
    pub(crate) fn log(self, message: &Message) {
        write(self.as_ptr(), message.level(), &message.to_string());
    }
}

/// `ServerRoot`, absolute.
pub(crate) fn server_root() -> PathBuf {
    // SAFETY: httpd sets the variable before it calls any hook, and hooks run in one thread.
    let text = unsafe { sys::ap_server_root };
    // SAFETY: it points to a string that ends in NUL and that httpd keeps while a hook runs.
    unsafe { owned_path(text) }
}

/// `DefaultRuntimeDir`, absolute.
pub(crate) fn runtime_dir(pool: Pool) -> PathBuf {
    // SAFETY: the pool is the one that pre_config was called with, and the name ends in NUL.
    let text = unsafe { sys::ap_runtime_dir_relative(pool.as_ptr(), c"".as_ptr()) };
    // SAFETY: httpd answers with null or with a string in that pool that ends in NUL.
    unsafe { owned_path(text) }
}

/// Copies a path of httpd's; "/" for null.
///
/// # Safety
/// `text` is null, or ends in NUL and stays as it is during the call.
unsafe fn owned_path(text: *const c_char) -> PathBuf {
    if text.is_null() {
        return PathBuf::from("/");
    }
    // SAFETY: as the caller promises.
    literal_path(unsafe { CStr::from_ptr(text) }.to_bytes()).to_owned()
}

/// httpd's `DocumentRoot` if none is written.
pub(crate) fn default_document_root() -> &'static Path {
    literal_path(sys::CHROOT_DEFAULT_DOCUMENT_ROOT)
}

/// The file in which the parent writes its process id if no `PidFile` is written.
pub(crate) fn default_pid_file() -> &'static Path {
    literal_path(sys::CHROOT_DEFAULT_PID_FILE)
}

/// The error log if no `ErrorLog` is written.
pub(crate) fn default_error_log() -> &'static Path {
    literal_path(sys::CHROOT_DEFAULT_ERROR_LOG)
}

/// The path that a C string literal names: its bytes, with or without their NUL.
fn literal_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes.strip_suffix(b"\0").unwrap_or(bytes)))
}

/// The generation of children that the MPM makes next. Not known before the MPM has read its
/// configuration.
pub(crate) fn generation() -> c_int {
    let mut generation: c_int = 0;
    // SAFETY: httpd writes one number.
    let known = unsafe { sys::ap_mpm_query(sys::AP_MPMQ_GENERATION, &raw mut generation) } == 0;
    if known { generation } else { 0 }
}

/// Whether the children serve in threads.
pub(crate) fn is_threaded() -> bool {
    let mut kind: c_int = 0;
    // SAFETY: httpd writes one number.
    let known = unsafe { sys::ap_mpm_query(sys::AP_MPMQ_IS_THREADED, &raw mut kind) } == 0;
    known && kind != sys::AP_MPMQ_NOT_SUPPORTED
}

/// Whether this process is a child that httpd has just made to serve: such a child starts while the
/// server as a whole runs. mod_cgid and mod_fcgid fork while it is configured, and mod_cgid again
/// while its parent runs.
pub(crate) fn is_serving_child() -> bool {
    let mut state: c_int = -1;
    // SAFETY: httpd writes one number.
    let known = unsafe { sys::ap_mpm_query(sys::AP_MPMQ_MPM_STATE, &raw mut state) } == 0;
    main_state::is_mpm_running() && known && state == sys::AP_MPMQ_STARTING
}

/// Whether the MPM has begun to end its children, for a restart or a stop.
pub(crate) fn is_stopping() -> bool {
    let mut state: c_int = -1;
    // SAFETY: httpd writes one number.
    let known = unsafe { sys::ap_mpm_query(sys::AP_MPMQ_MPM_STATE, &raw mut state) } == 0;
    known && state == sys::AP_MPMQ_STOPPING
}

/// Facts about this server. The account of the children is known when check_config runs.
pub(crate) fn info() -> ServerInfo {
    // SAFETY: mod_unixd writes the structure in pre_config and by its directives, all of which are
    // done when check_config runs, in the same thread.
    let unixd = unsafe { sys::ap_unixd_config };
    ServerInfo {
        started_as: crate::platform::effective_user(),
        user_name: owned(unixd.user_name),
        user: UserId(unixd.user_id),
        group: GroupId(unixd.group_id),
        suexec: unixd.suexec_enabled != 0,
        one_process: is_one_process(),
        // SAFETY: httpd sets the variable by its directive, in this thread.
        cores: unsafe { sys::ap_coredumpdir_configured } != 0,
        version: version(),
    }
}

fn owned(text: *const c_char) -> CString {
    if text.is_null() {
        return CString::default();
    }
    // SAFETY: names of users (mod_unixd) and of modules end in NUL, and live in the configuration pool
    // or in the module.
    unsafe { CStr::from_ptr(text) }.to_owned()
}

/// Whether `name` was defined: by `-D name`, or by `Define` in a file.
pub(crate) fn is_defined(name: &CStr) -> bool {
    // SAFETY: the name ends in NUL; httpd only compares it.
    unsafe { sys::ap_exists_config_define(name.as_ptr()) != 0 }
}

/// Whether the module with the source file `name` is loaded.
pub(crate) fn is_loaded(name: &CStr) -> bool {
    // SAFETY: the name ends in NUL; httpd only compares it.
    !unsafe { sys::ap_find_linked_module(name.as_ptr()) }.is_null()
}

/// The record of the module with the source file `name`: an address in the module itself.
pub(crate) fn record_of(name: &CStr) -> Option<*const c_void> {
    // SAFETY: the name ends in NUL; httpd only compares it.
    let record = unsafe { sys::ap_find_linked_module(name.as_ptr()) };
    (!record.is_null()).then(|| record.cast_const().cast())
}

/// The names of the source files of all modules.
pub(crate) fn modules() -> Vec<String> {
    let mut names = Vec::new();
    // SAFETY: httpd changes the list while it loads modules, which it does in the thread of the hooks.
    let mut next = unsafe { sys::ap_top_module };
    // SAFETY: null, or a record that is in the list, and so loaded.
    while let Some(module) = unsafe { next.as_ref() } {
        names.push(owned(module.name).to_string_lossy().into_owned());
        next = module.next;
    }
    names
}

/// Whether there are no children: the parent serves itself (`httpd -X`).
pub(crate) fn is_one_process() -> bool {
    is_defined(c"DEBUG") || is_defined(c"ONE_PROCESS")
}

fn version() -> Version {
    let mut version =
        sys::ap_version_t { major: 0, minor: 0, patch: 0, add_string: std::ptr::null() };
    // SAFETY: httpd fills the structure.
    unsafe { sys::ap_get_server_revision(&raw mut version) };
    Version(version.major, version.minor, version.patch)
}

/// Gives mod_unixd the jail under the name `path`, for those who call `ap_unixd_setup_child()`
/// instead of the hooks (mod_fcgid's process manager), or takes it away. The pointer is kept.
pub(crate) fn set_unixd_jail(path: Option<&CStr>) {
    // SAFETY: mod_unixd reads the field when a child is made, in the thread that makes it; the
    // string lives in our state, which lives as long as the configuration that children are made of.
    unsafe {
        sys::ap_unixd_config.chroot_dir = path.map_or(std::ptr::null(), CStr::as_ptr);
    }
}

/// Lets a `DocumentRoot` that exists only inside the jail pass httpd's check, until `pool` ends.
pub(crate) fn skip_document_root_check(pool: Pool) {
    let check = &raw mut sys::ap_document_root_check;
    // SAFETY: hooks run in one thread, and the variable is httpd's own for good.
    if unsafe { check.replace(0) } != 0 {
        // SAFETY: `pool` is the configuration pool that httpd called pre_config with; the cleanup
        // runs before the module is unloaded, as in slot::create.
        unsafe {
            sys::apr_pool_cleanup_register(
                pool.as_ptr(),
                check.cast(),
                Some(check_document_root_again),
                Some(sys::apr_pool_cleanup_null),
            );
        }
    }
}

/// # Safety
/// The pool calls it, with the address of httpd's variable.
unsafe extern "C" fn check_document_root_again(check: *mut c_void) -> sys::apr_status_t {
    // SAFETY: the pointer is the address of httpd's variable, given above.
    unsafe { check.cast::<c_int>().write(1) };
    0
}
