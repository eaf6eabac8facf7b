//! Processes that other modules start while httpd starts: each is in the jail before the first request,
//! or the server does not start.
//!
//! Every hook of `open_logs` and `post_config` is called by way of a function of ours, so that it is
//! known which module has started what. At the end, and again after `pre_mpm`, each child of httpd is
//! looked at: its root is that of the jail, or it is a program that reads a pipe of httpd (a piped log),
//! or its module is named by `ChrootAllowOutside`. How it was made does not matter (fork, vfork, clone,
//! posix_spawn), nor whether its own parent has ended: httpd adopts such orphans meanwhile.
//!
//! While httpd runs, the parent looks again every ten seconds ([`super::patrol`]).
//!
//! A system that does not list processes shows forks at most: there a module that forks is refused.

use super::bindings as sys;
use super::child;
use super::forks;
use super::guard::{STOP, caught};
use super::hooks;
use super::links::{self, Hook};
use super::log::{Level, write};
use super::server::{self, Server};
use super::state::State;
use super::watch::{Seen, Watch};
use super::wsgi;
use crate::fault::{Fault, OutsideFault, OutsideNotice, Stranger};
use crate::outside;
use crate::platform::{self, Child, Identity, Presence};
use std::ffi::c_int;
use std::io;
use std::time::{Duration, Instant};

/// A process that was forked to enter is given that long for it.
const TO_ENTER: Duration = Duration::from_secs(10);

/// A program that was started is given that long to end.
const TO_END: Duration = Duration::from_secs(2);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Refuses modules whose processes are known to stay outside, says what is allowed, and begins to watch
/// the others.
///
/// # Errors
/// Such a module is loaded, or mod_wsgi's daemons cannot be made to enter.
pub(super) fn check(server: Server, state: &State) -> Result<(), Fault> {
    let allowed = &state.settings.allow_outside;
    for (file, what) in outside::KNOWN {
        let name = outside::module_name(file.to_str().unwrap_or_default());
        if server::is_loaded(file) && !allowed.allows(name) {
            return Err(of_module(name, OutsideFault::Known(name, what)));
        }
    }
    wsgi::check(state)?;
    if !server::is_last_pass() {
        tell_allowed(server, state);
    }
    if server::is_to_serve() {
        watch(state);
    }
    Ok(())
}

/// Says which modules may start processes that stay outside.
pub(super) fn tell_allowed(server: Server, state: &State) {
    let loaded = server::modules();
    for name in state.settings.allow_outside.names() {
        let is_loaded = loaded.iter().any(|file| outside::module_name(file) == name);
        let notice = if is_loaded { OutsideNotice::Allowed } else { OutsideNotice::NotLoaded };
        write(server.as_ptr(), Level::Warning, &notice.about("ChrootAllowOutside", name));
    }
}

/// Has every hook of other modules called by way of ours.
fn watch(state: &State) {
    if matches!(platform::children(), Ok(Presence::Absent)) {
        forks::are_seen();
    }
    let own: [Hook; 2] = [hooks::post_config, hooks::settled];
    let wrap = |link: &mut links::Link| {
        let hook =
            link.pFunc.filter(|hook| !own.iter().any(|own| std::ptr::fn_addr_eq(*own, *hook)))?;
        link.pFunc = Some(wrapper);
        Some((hook, links::module(link)))
    };
    let mut hooks: Vec<_> = links::of_open_logs().iter_mut().filter_map(wrap).collect();
    hooks.extend(links::of_post_config().iter_mut().filter_map(wrap));
    state.watch.wrap(hooks);
}

/// In place of a module's hook: the same, and what it starts is noted.
///
/// # Safety
/// httpd calls it, as it would call that hook.
unsafe extern "C" fn wrapper(
    pconf: *mut sys::apr_pool_t,
    plog: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
    server: *mut sys::server_rec,
) -> c_int {
    // SAFETY: httpd calls the hook with the main server of this pass.
    let Some(main) = (unsafe { Server::new(server) }) else { return STOP };
    let Some(watch) = main.state().map(|state| &state.watch) else { return STOP };
    let Some((hook, module)) = watch.next() else { return STOP };
    let (forks, late) = (forks::count(), links::count_of_pre_mpm());
    if module == "mod_fcgid" && main.state().is_some_and(|state| state.ready.get().is_some()) {
        forks::enter(server);
    }
    // SAFETY: the module's hook is called as httpd would call it, with httpd's own arguments.
    let answer = unsafe { hook(pconf, plog, ptemp, server) };
    forks::enter(std::ptr::null_mut());
    let is_late = links::count_of_pre_mpm() > late;
    let noted = caught(|| {
        watch.note(module, forks::count() - forks, is_late);
        Ok(())
    });
    if noted.is_ok() { answer } else { STOP }
}

/// Goes on watching: the MPM is about to start, and modules are called once more.
pub(super) fn go_on(server: Server) {
    if let Some(state) = server.state().filter(|state| state.watch.is_on()) {
        state.watch.go_on();
    }
}

/// Waits until nothing that was started stays outside.
///
/// # Errors
/// Something does, or that cannot be seen.
pub(super) fn settle(server: Server) -> Result<(), Fault> {
    let Some(state) = server.state() else { return Ok(()) };
    if state.settings.jail.is_none() || !state.watch.is_on() {
        return Ok(());
    }
    let begin = Instant::now();
    while let Some((fault, is_copy)) = stranger(state)? {
        // In the first of the two passes of a start there is no jail to enter yet.
        let can_enter = is_copy && state.ready.get().is_some();
        let patience = if can_enter { TO_ENTER } else { TO_END };
        if begin.elapsed() > patience {
            return Err(fault);
        }
        std::thread::sleep(PAUSE);
    }
    state.watch.end();
    // Those that the parent has made for daemons of mod_wsgi.
    child::show_sockets(&server);
    Ok(())
}

/// One that is outside, as a fault, and whether it is a copy of httpd.
fn stranger(state: &State) -> Result<Option<(Fault, bool)>, Fault> {
    let children = match state.watch.children() {
        Ok(Presence::Present(children)) => children,
        Ok(Presence::Absent) => return unseen(state).map(|()| None),
        Err(error) => return Err(of_jail(state, OutsideFault::Unlisted(error))),
    };
    let inside = state.ready.get().map(|ready| ready.inside.root);
    let mut seen = state.watch.seen();
    for child in children {
        let modules = modules_of(&seen, child);
        let is_allowed = |name: &String| state.settings.allow_outside.allows(name);
        if !modules.is_empty() && modules.iter().all(is_allowed) || seen.inside.contains(&child) {
            continue;
        }
        let only = <&[_; 1]>::try_from(modules.as_slice()).ok().map(|[name]| name.as_str());
        match look_at(&state.watch, child, inside, only) {
            Ok(None) => {
                seen.inside.insert(child);
            }
            Ok(Some(stranger)) => {
                let is_copy = stranger.is_copy != Some(false);
                let fault = match modules.is_empty() {
                    true => of_jail(state, OutsideFault::Unattributed(stranger)),
                    false => {
                        of_module(&modules.join(" or "), OutsideFault::Stays(modules, stranger))
                    }
                };
                return Ok(Some((fault, is_copy)));
            }
            Err(error) => return Err(of_jail(state, OutsideFault::Unlisted(error))),
        }
    }
    Ok(None)
}

/// The modules that may have started a child: one, those that are called late, or none if nothing is
/// known of it.
fn modules_of(seen: &Seen, child: Child) -> Vec<String> {
    match seen.by.get(&child) {
        Some(module) => module.iter().cloned().collect(),
        None => seen.late.clone(),
    }
}

/// A child that is outside; `None` if it is inside, has ended, or is none of what is watched.
fn look_at(
    watch: &Watch,
    child: Child,
    inside: Option<Identity>,
    module: Option<&str>,
) -> io::Result<Option<Stranger>> {
    let Presence::Present(Some(kin)) = platform::kin(child)? else { return Ok(None) };
    let stays = watch.is_ours(&kin) && outside::stays(&kin, inside, module);
    Ok(stays.then_some(Stranger { pid: child.pid, name: kin.name, is_copy: kin.is_copy }))
}

/// Refuses modules that have forked, on a system that does not list processes.
///
/// # Errors
/// A module has, and it is not known why.
fn unseen(state: &State) -> Result<(), Fault> {
    let seen = state.watch.seen();
    let is_fine =
        |module: &str| outside::is_explained(module) || state.settings.allow_outside.allows(module);
    match seen.forked.iter().find(|(module, _)| !is_fine(module)) {
        Some((module, forks)) => {
            Err(of_module(module, OutsideFault::Unseen(module.clone(), *forks)))
        }
        None => Ok(()),
    }
}

fn of_module(name: &str, why: OutsideFault) -> Fault {
    Fault::of("LoadModule", name, why)
}

fn of_jail(state: &State, why: OutsideFault) -> Fault {
    let jail = state.settings.jail.as_ref().map(|asked| asked.jail.as_path());
    Fault::new(jail.unwrap_or_else(|| std::path::Path::new("")), why)
}
