//! The moments at which httpd calls: each a thunk, and below it what happens then, step by step.

use super::bindings as sys;
use super::fcgid;
use super::guard::{GO_ON, STOP, guard};
use super::hardening;
use super::log::Level;
use super::server::{self, Server};
use super::state::Ready;
use super::tree;
use crate::fault::{Advice, EntryFault, Fault, Notice, ProofFault};
use crate::platform::{self, Presence};
use crate::proof;
use crate::settings::{Landmarks, Settings};
use crate::start;
use crate::walk::walk;
use std::ffi::{CString, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

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
    guard(server, Level::Refused, || resolve_words(pconf, ptemp))
}

/// All directives are processed.
///
/// # Safety
/// httpd calls it, with its main server.
pub(super) unsafe extern "C" fn check_config(
    _: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server of this pass.
    with(unsafe { Server::new(server) }, Level::Refused, check)
}

/// The logs are open; nothing is forked yet.
///
/// # Safety
/// httpd calls it, with its main server.
pub(super) unsafe extern "C" fn post_config(
    _: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    _: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server of this pass.
    with(unsafe { Server::new(server) }, Level::Refused, make_ready)
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
    with(unsafe { Server::new(server) }, Level::Alert, enter)
}

/// A child is to serve.
///
/// # Safety
/// httpd calls it in the child, with its main server.
pub(super) unsafe extern "C" fn child_init(_: *mut sys::apr_pool_t, server: *mut sys::server_rec) {
    // SAFETY: httpd calls the hook with the main server, in the child.
    if with(unsafe { Server::new(server) }, Level::Alert, look_again) != GO_ON {
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

/// What the words of `ChrootDir` mean is written into the tree, after a first walk, so that our
/// sentence comes before mod_unixd's, at configtest too.
fn resolve_words(pconf: *mut sys::apr_pool_t, ptemp: *mut sys::apr_pool_t) -> Result<(), Fault> {
    let found = tree::directives(ptemp);
    let written: Vec<_> = found.iter().map(|(_, written)| written.clone()).collect();
    let document_root = tree::document_root(ptemp);
    let landmarks = Landmarks {
        server_root: server::server_root(),
        document_root: document_root.as_ref().map_or(server::default_document_root(), Path::new),
    };
    let settings = Settings::read(&written, &landmarks)?;
    if let Some(asked) = &settings.jail {
        let jail = walk(&asked.jail, settings.check).map_err(|fault| fault.at(&asked.place))?;
        hardening::tell_complaints(&jail, asked.jail.as_path());
        server::skip_document_root_check(pconf);
    }
    tree::write_back(&found, settings.jail.as_ref().map(|asked| &asked.jail), pconf);
    if let Some(state) = Server::main().and_then(Server::state) {
        state.seen = found.iter().map(|(found, _)| found.address()).collect();
        state.settings = settings;
    }
    Ok(())
}

/// Everything but the path that can stand against a jail, while the terminal can still read it.
fn check(server: Server) -> Result<(), Fault> {
    let Some(asked) = server.state().and_then(|state| state.settings.jail.as_ref()) else {
        return Ok(());
    };
    let circumstances = server::circumstances();
    let jail = asked.jail.as_path();
    let notices = start::check(&circumstances, server::is_to_serve(), server::is_loaded)
        .map_err(|why| Fault::new(jail, why).at(&asked.place))?;
    for notice in notices {
        server.tell(Level::Warning, jail, &notice);
    }
    Ok(())
}

/// The parent, root and outside: walks the jail, holds it, and looks up who the children become.
fn make_ready(server: Server) -> Result<(), Fault> {
    let Some(state) = server.state() else { return Ok(()) };
    let Some(asked) = &state.settings.jail else {
        if server::is_last_pass() {
            server.tell(Level::Notice, Path::new("none"), &Notice::NoJail);
        }
        return Ok(());
    };
    let jail = walk(&asked.jail, state.settings.check).map_err(|fault| fault.at(&asked.place))?;
    let mut run_as = start::run_as(&server::circumstances())
        .map_err(|why| Fault::new(asked.jail.as_path(), why))?;
    run_as.hardening = hardening::make_ready(server, &state.settings, &jail, &run_as)?;
    let for_unixd = match platform::descriptor_path(jail.directory()) {
        Presence::Present(path) => path,
        Presence::Absent => CString::new(jail.at().as_os_str().as_bytes()).unwrap_or_default(),
    };
    if server::is_last_pass() {
        server.tell(Level::Notice, asked.jail.as_path(), &start::ready(&jail, &run_as));
    }
    let identity = jail.identity();
    let ready = state.ready.insert(Ready { jail: Some(jail), identity, run_as, for_unixd });
    server::tell_unixd(Some(&ready.for_unixd));
    if server::is_loaded(c"mod_fcgid.c") && !fcgid::take_over() && server::is_last_pass() {
        server.tell(
            Level::Notice,
            asked.jail.as_path(),
            &Notice::Advice(Advice::ManagerUnhardened),
        );
    }
    Ok(())
}

/// The child, root and outside, with one thread: goes in, and proves it.
fn enter(server: Server) -> Result<(), Fault> {
    let Some(state) = server.state() else { return Ok(()) };
    let Some(asked) = &state.settings.jail else { return Ok(()) };
    let gone = || Fault::new(asked.jail.as_path(), EntryFault::Gone);
    let ready = state.ready.as_mut().ok_or_else(gone)?;
    let jail = ready.jail.take().ok_or_else(gone)?;
    ready.run_as.hardening.serves = server::is_serving_child();
    let jailed = jail.enter(&ready.run_as)?;
    // mod_unixd comes next: without root and without a directory it has nothing left to do.
    server::tell_unixd(None);
    if !jailed.closed.is_empty() {
        server.tell(Level::Info, asked.jail.as_path(), &Notice::Closed(jailed.closed));
    }
    Ok(())
}

/// The child, before it serves: still inside, still nobody. Guards against a server that never
/// asked it to enter.
fn look_again(server: Server) -> Result<(), Fault> {
    let Some(state) = server.state() else { return Ok(()) };
    let Some(asked) = &state.settings.jail else { return Ok(()) };
    let fault = |why: ProofFault| Fault::new(asked.jail.as_path(), why);
    match &state.ready {
        Some(ready) if ready.jail.is_none() => {
            proof::inside(ready.identity).map_err(fault)?;
            proof::users(ready.run_as.user).map_err(fault)
        }
        _ => Err(fault(ProofFault::NeverEntered)),
    }
}
