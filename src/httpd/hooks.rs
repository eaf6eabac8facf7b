//! The moments at which httpd calls: each a thunk. What happens then is in [`super::reading`],
//! [`super::parent`] and [`super::child`].

use super::bindings as sys;
use super::guard::{GO_ON, STOP, guard};
use super::log::Level;
use super::server::Server;
use super::{child, parent, reading};
use crate::fault::Fault;
use std::ffi::c_int;

/// The configuration is read, no directive is processed.
///
/// # Safety
/// httpd calls it, with its configuration pool and its temporary pool.
pub(super) unsafe extern "C" fn pre_config(
    pconf: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
) -> c_int {
    let server = Server::main().map_or(std::ptr::null_mut(), Server::as_ptr);
    guard(server, Level::Refused, || reading::resolve_words(pconf, ptemp))
}

/// All directives are processed.
///
/// # Safety
/// httpd calls it, with its temporary pool and its main server.
pub(super) unsafe extern "C" fn check_config(
    _: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server of this pass.
    let server = unsafe { Server::new(server) };
    with(server, Level::Refused, |server| parent::check(server, ptemp))
}

/// `httpd -t`: the configuration is good.
///
/// # Safety
/// httpd calls it, with its main server.
pub(super) unsafe extern "C" fn test_config(_: *mut sys::apr_pool_t, server: *mut sys::server_rec) {
    // SAFETY: httpd calls the hook with the main server of this pass.
    with(unsafe { Server::new(server) }, Level::Refused, parent::dump);
}

/// The logs are open; nothing is forked yet.
///
/// # Safety
/// httpd calls it, with its temporary pool and its main server.
pub(super) unsafe extern "C" fn post_config(
    _: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server of this pass.
    let server = unsafe { Server::new(server) };
    with(server, Level::Refused, |server| parent::make_ready(server, ptemp))
}

/// A child, or mod_cgid's daemon, is to give up being root.
///
/// # Safety
/// httpd calls it in the child, with its main server.
pub(super) unsafe extern "C" fn drop_privileges(
    _: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server, in the child.
    with(unsafe { Server::new(server) }, Level::Alert, child::enter)
}

/// A child is to serve.
///
/// # Safety
/// httpd calls it in the child, with its main server.
pub(super) unsafe extern "C" fn child_init(_: *mut sys::apr_pool_t, server: *mut sys::server_rec) {
    // SAFETY: httpd calls the hook with the main server, in the child.
    if with(unsafe { Server::new(server) }, Level::Alert, child::look_again) != GO_ON {
        // The hook has no answer. This status makes httpd stop as a whole.
        // SAFETY: _exit takes a number; nothing of this child is worth cleaning up.
        unsafe { libc::_exit(sys::APEXIT_CHILDFATAL) };
    }
}

fn with(
    server: Option<Server>,
    level: Level,
    rule: impl FnOnce(Server) -> Result<(), Fault>,
) -> c_int {
    server.map_or(STOP, |server| guard(server.as_ptr(), level, || rule(server)))
}
