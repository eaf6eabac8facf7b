//! The moments at which httpd calls: each a thunk. The steps are in [`crate::lifecycle::read_config`],
//! [`crate::lifecycle::prepare`] and [`crate::lifecycle::child`].

use crate::httpd::bindings as sys;
use crate::httpd::guard::{GO_ON, STOP, guard};
use crate::httpd::log;
use crate::httpd::log::Level;
use crate::httpd::pass::Pass;
use crate::httpd::pool::Pool;
use crate::httpd::server::Server;
use crate::lifecycle::daemons::WatchHooks;
use crate::lifecycle::{age_tmp, child, children, daemons, follow, patrol, prepare, read_config};
use crate::messages::Fault;
use std::ffi::c_int;

/// The configuration is read, no directive is processed.
///
/// # Safety
/// httpd calls it, with its configuration pool and its temporary pool.
pub(crate) unsafe extern "C" fn pre_config(
    pconf: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
) -> c_int {
    let server = Server::main().map_or(std::ptr::null_mut(), Server::as_ptr);
    // SAFETY: httpd calls the hook with pools that live until the hooks of this pass are over.
    let pconf = unsafe { Pool::new(pconf) };
    // SAFETY: as above.
    let ptemp = unsafe { Pool::new(ptemp) };
    let (Some(pconf), Some(ptemp)) = (pconf, ptemp) else { return STOP };
    guard(server, Level::Refused, || read_config::resolve_words(pconf, ptemp))
}

/// All directives are processed.
///
/// # Safety
/// httpd calls it, with its temporary pool and its main server.
pub(crate) unsafe extern "C" fn check_config(
    _: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server of this pass.
    let server = unsafe { Server::new(server) };
    // SAFETY: httpd calls the hook with a pool that lives until the hooks of this pass are over.
    let Some(ptemp) = (unsafe { Pool::new(ptemp) }) else { return STOP };
    let hooks = WatchHooks { wrapper: watched, own: [post_config, post_config_last] };
    run_hook(server, Level::Refused, |server| prepare::check(server, ptemp, hooks))
}

/// `httpd -t`: the configuration is good.
///
/// # Safety
/// httpd calls it, with its main server.
pub(crate) unsafe extern "C" fn test_config(_: *mut sys::apr_pool_t, server: *mut sys::server_rec) {
    // SAFETY: httpd calls the hook with the main server of this pass.
    run_hook(unsafe { Server::new(server) }, Level::Refused, prepare::print_results);
}

/// The logs are open; nothing is forked yet.
///
/// # Safety
/// httpd calls it, with its configuration pool, its temporary pool and its main server.
pub(crate) unsafe extern "C" fn post_config(
    pconf: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server of this pass.
    let server = unsafe { Server::new(server) };
    // SAFETY: httpd calls the hook with pools that live until the hooks of this pass are over.
    let pconf = unsafe { Pool::new(pconf) };
    // SAFETY: as above.
    let ptemp = unsafe { Pool::new(ptemp) };
    let (Some(pconf), Some(ptemp)) = (pconf, ptemp) else { return STOP };
    log::opened();
    run_hook(server, Level::Refused, |server| prepare::serve(server, pconf, ptemp))
}

/// In place of a hook of another module: calls it, and notes what it starts.
///
/// # Safety
/// httpd calls it, as it would call that hook.
unsafe extern "C" fn watched(
    pconf: *mut sys::apr_pool_t,
    plog: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server of this pass.
    let Some(main) = (unsafe { Server::new(server) }) else { return STOP };
    // SAFETY: the module's hook is called as httpd would call it, with httpd's own arguments.
    daemons::call_watched(main, |hook| unsafe { hook(pconf, plog, ptemp, server) })
}

/// All modules have made themselves ready.
///
/// # Safety
/// httpd calls it, with its main server.
pub(crate) unsafe extern "C" fn post_config_last(
    _: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server of this pass.
    let server = unsafe { Server::new(server) };
    let none = std::ptr::null();
    // SAFETY: httpd's hooks can be added to, as mod_wsgi does in its own post_config: what is added now
    // is called last, and forgotten when the configuration ends.
    unsafe { sys::ap_hook_pre_mpm(Some(pre_mpm), none, none, sys::APR_HOOK_REALLY_LAST) };
    run_hook(server, Level::Refused, |server| {
        daemons::settle(server)?;
        // No hook is called later at a graceful restart. At a start, a child needs what the MPM makes first.
        children::rehearse_start(server, Pass::Restart)
    })
}

/// The MPM starts, and is about to call other modules.
///
/// # Safety
/// httpd calls it.
pub(crate) unsafe extern "C" fn pre_mpm_first(
    _: *mut sys::apr_pool_t,
    _: sys::ap_scoreboard_e,
) -> c_int {
    run_hook(Server::main(), Level::Refused, |server| {
        daemons::continue_watching(server);
        Ok(())
    })
}

/// It has called them, and is about to fork its first child.
///
/// # Safety
/// httpd calls it.
unsafe extern "C" fn pre_mpm(_: *mut sys::apr_pool_t, _: sys::ap_scoreboard_e) -> c_int {
    run_hook(Server::main(), Level::Refused, |server| {
        daemons::settle(server)?;
        children::rehearse_start(server, Pass::Start)
    })
}

/// The server runs: this is called every ten seconds.
///
/// # Safety
/// httpd calls it in the parent, with its main server.
pub(crate) unsafe extern "C" fn monitor(
    _: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server.
    let server = unsafe { Server::new(server) };
    run_hook(server, Level::Alert, patrol::end_strangers);
    run_hook(server, Level::Alert, follow::follow_host);
    run_hook(server, Level::Alert, age_tmp::remove_old_files);
    // Other modules are called too, with or without a finding.
    sys::DECLINED
}

/// A child, or mod_cgid's daemon, is to give up being root.
///
/// # Safety
/// httpd calls it in the child, with its main server.
pub(crate) unsafe extern "C" fn drop_privileges(
    _: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server, in the child.
    run_hook(unsafe { Server::new(server) }, Level::Alert, child::enter_by_hook)
}

/// A child is to serve.
///
/// # Safety
/// httpd calls it in the child, with its main server.
pub(crate) unsafe extern "C" fn child_init(_: *mut sys::apr_pool_t, server: *mut sys::server_rec) {
    // SAFETY: httpd calls the hook with the main server, in the child.
    if run_hook(unsafe { Server::new(server) }, Level::Alert, child::check_still_inside) != GO_ON {
        // The hook has no answer. This status makes httpd stop as a whole.
        // SAFETY: _exit takes a number; nothing of this child is worth cleaning up.
        unsafe { libc::_exit(sys::APEXIT_CHILDFATAL) };
    }
}

/// A child has started every module.
///
/// # Safety
/// httpd calls it in the child, with its main server.
pub(crate) unsafe extern "C" fn started(_: *mut sys::apr_pool_t, server: *mut sys::server_rec) {
    // SAFETY: httpd calls the hook with the main server, in the child.
    run_hook(unsafe { Server::new(server) }, Level::Alert, |server| {
        children::note_complete(server);
        Ok(())
    });
}

/// The MPM has forked a child, or one has ended.
///
/// # Safety
/// httpd calls it in the parent, with its main server.
pub(crate) unsafe extern "C" fn child_status(
    server: *mut sys::server_rec,
    pid: libc::pid_t,
    _: sys::ap_generation_t,
    _: c_int,
    state: sys::mpm_child_status,
) {
    // SAFETY: httpd calls the hook with the main server.
    run_hook(unsafe { Server::new(server) }, Level::Alert, |server| match state {
        sys::mpm_child_status_MPM_CHILD_STARTED => {
            children::note_start(server, pid);
            Ok(())
        }
        sys::mpm_child_status_MPM_CHILD_EXITED => children::note_end(server, pid),
        _ => Ok(()),
    });
}

fn run_hook(
    server: Option<Server>,
    level: Level,
    rule: impl FnOnce(Server) -> Result<(), Fault>,
) -> c_int {
    server.map_or(STOP, |server| guard(server.as_ptr(), level, || rule(server)))
}
