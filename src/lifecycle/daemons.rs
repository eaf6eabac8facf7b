//! Processes that other modules start while httpd starts: each is in the jail before the first request,
//! or the server does not start.
//!
//! Every hook of `open_logs` and `post_config` is called by way of a function of ours, so that it is
//! known which module has started what. At the end, and again after `pre_mpm`, each child of httpd is
//! looked at: its root is that of the jail, or it is a program that reads a pipe of httpd (a piped log),
//! or its module is named by `ChrootAllowOutside`. How it was made does not matter (fork, vfork, clone,
//! posix_spawn), nor whether its own parent has ended: httpd adopts such orphans meanwhile.
//!
//! While httpd runs, the parent looks again every ten seconds ([`crate::lifecycle::patrol`]).
//!
//! A system that does not list processes shows forks at most: there a module that forks is refused.

use crate::config::other_directives::module_name;
use crate::daemons::outside;
use crate::httpd::guard::{STOP, caught};
use crate::httpd::hook_table::Hook;
use crate::httpd::server::Server;
use crate::httpd::{fork_handlers, hook_table, server};
use crate::learning::LearnMode;
use crate::lifecycle::state::State;
use crate::lifecycle::watch::{Watch, WatchRecord};
use crate::lifecycle::{child, learn_mode, watched_child, wsgi};
use crate::messages::{Fault, OutsideFault, OutsideNotice, OutsideProcess};
use crate::platform;
use crate::platform::{ChildId, Identity, Support};
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
/// Returns an error if such a module is loaded, or mod_wsgi's daemons cannot be made to enter.
pub(crate) fn check(server: Server, state: &State, hooks: WatchHooks) -> Result<(), Fault> {
    let allowed = &state.settings.allow_outside;
    for (file, what) in outside::KNOWN {
        let name = module_name(file.to_str().unwrap_or_default());
        if server::is_loaded(file) && !allowed.allows(name) {
            return Err(module_fault(name, OutsideFault::Known(name, what)));
        }
    }
    wsgi::check(state)?;
    if !state.pass.serves() {
        report_allowed(server, state);
    }
    if state.pass.leads_to_serving() {
        watch(state, hooks);
    }
    Ok(())
}

/// Says which modules may start processes that stay outside.
pub(crate) fn report_allowed(server: Server, state: &State) {
    let loaded = server::modules();
    for name in state.settings.allow_outside.names() {
        let is_loaded = loaded.iter().any(|file| module_name(file) == name);
        let notice = if is_loaded { OutsideNotice::Allowed } else { OutsideNotice::NotLoaded };
        server.log(&notice.about("ChrootAllowOutside", name));
    }
}

/// Hooks of this module that take part in watching others.
#[derive(Clone, Copy)]
pub(crate) struct WatchHooks {
    /// Called in place of each hook of other modules; ends in [`call_watched`].
    pub wrapper: Hook,
    /// Hooks of this module, which are not watched.
    pub own: [Hook; 2],
}

/// Has every hook of other modules called by way of ours.
fn watch(state: &State, hooks: WatchHooks) {
    if matches!(platform::list_children(), Ok(Support::Unsupported)) {
        fork_handlers::register(child::enter);
    }
    let wrap = |link: &mut hook_table::HookEntry| {
        let hook = link
            .pFunc
            .filter(|hook| !hooks.own.iter().any(|own| std::ptr::fn_addr_eq(*own, *hook)))?;
        link.pFunc = Some(hooks.wrapper);
        Some((hook, hook_table::module(link)))
    };
    let mut wrapped: Vec<_> =
        hook_table::list_open_logs_hooks().iter_mut().filter_map(wrap).collect();
    wrapped.extend(hook_table::list_post_config_hooks().iter_mut().filter_map(wrap));
    state.watch.wrap(wrapped);
}

/// Calls a hook of another module by `call`, and notes what it starts. Returns the hook's answer, or
/// [`STOP`].
pub(crate) fn call_watched(main: Server, call: impl FnOnce(Hook) -> c_int) -> c_int {
    let Some(state) = State::find(&main) else { return STOP };
    let Some((hook, module)) = state.watch.take_next_hook() else { return STOP };
    let (forks, late) = (fork_handlers::count(), hook_table::count_pre_mpm_hooks());
    if module == "mod_fcgid" && (state.ready.get().is_some() || watched_child::is_outside(state)) {
        fork_handlers::set_entering(Some(main));
    }
    let answer = call(*hook);
    fork_handlers::set_entering(None);
    let is_late = hook_table::count_pre_mpm_hooks() > late;
    let noted = caught(|| {
        state.watch.record_actions(module, fork_handlers::count() - forks, is_late);
        Ok(())
    });
    if noted.is_ok() { answer } else { STOP }
}

/// Goes on watching: the MPM is about to start, and modules are called once more.
pub(crate) fn continue_watching(server: Server) {
    if let Some(state) = State::find(&server).filter(|state| state.watch.is_on()) {
        state.watch.continue_watching();
    }
}

/// Waits until nothing that was started stays outside.
///
/// # Errors
/// Returns an error if something does, or that cannot be seen.
pub(crate) fn settle(server: Server) -> Result<(), Fault> {
    let Some(state) = State::find(&server) else { return Ok(()) };
    if state.settings.jail.is_none()
        || !state.watch.is_on()
        || learn_mode::read_mode()? == Some(LearnMode::Outside)
    {
        return Ok(());
    }
    let begin = Instant::now();
    while let Some((fault, is_copy)) = find_stranger(state)? {
        // In the first of the two passes of a start there is no jail to enter yet.
        let can_enter = is_copy && state.ready.get().is_some();
        let patience = if can_enter { TO_ENTER } else { TO_END };
        if begin.elapsed() > patience {
            return Err(fault);
        }
        std::thread::sleep(PAUSE);
    }
    state.watch.stop();
    // Those that the parent has made for daemons of mod_wsgi.
    child::show_sockets(&server);
    Ok(())
}

/// One that is outside, as a fault, and whether it is a copy of httpd.
fn find_stranger(state: &State) -> Result<Option<(Fault, bool)>, Fault> {
    let children = match state.watch.children() {
        Ok(Support::Available(children)) => children,
        Ok(Support::Unsupported) => return unseen(state).map(|()| None),
        Err(error) => return Err(jail_fault(state, OutsideFault::Unlisted(error))),
    };
    let inside = state.ready.get().map(|ready| ready.inside.root);
    let mut seen = state.watch.seen();
    for child in children {
        let modules = list_starters(&seen, child);
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
                    true => jail_fault(state, OutsideFault::Unattributed(stranger)),
                    false => {
                        module_fault(&modules.join(" or "), OutsideFault::Stays(modules, stranger))
                    }
                };
                return Ok(Some((fault, is_copy)));
            }
            Err(error) => return Err(jail_fault(state, OutsideFault::Unlisted(error))),
        }
    }
    Ok(None)
}

/// The modules that may have started a child: one, those that are called late, or none if nothing is
/// known of it.
fn list_starters(seen: &WatchRecord, child: ChildId) -> Vec<String> {
    match seen.by.get(&child) {
        Some(module) => module.iter().cloned().collect(),
        None => seen.late.clone(),
    }
}

/// A child that is outside; `None` if it is inside, has ended, or is none of what is watched.
fn look_at(
    watch: &Watch,
    child: ChildId,
    inside: Option<Identity>,
    module: Option<&str>,
) -> io::Result<Option<OutsideProcess>> {
    let Support::Available(Some(kin)) = platform::inspect_process(child)? else { return Ok(None) };
    let stays = watch.is_ours(&kin) && outside::stays(&kin, inside, module);
    Ok(stays.then_some(OutsideProcess { pid: child.pid, name: kin.name, is_copy: kin.is_copy }))
}

/// Refuses modules that have forked, on a system that does not list processes.
///
/// # Errors
/// Returns an error if a module has, and it is not known why.
fn unseen(state: &State) -> Result<(), Fault> {
    let seen = state.watch.seen();
    let is_fine =
        |module: &str| outside::is_explained(module) || state.settings.allow_outside.allows(module);
    match seen.forked.iter().find(|(module, _)| !is_fine(module)) {
        Some((module, forks)) => {
            Err(module_fault(module, OutsideFault::Unseen(module.clone(), *forks)))
        }
        None => Ok(()),
    }
}

fn module_fault(name: &str, cause: OutsideFault) -> Fault {
    Fault::for_directive("LoadModule", name, cause)
}

fn jail_fault(state: &State, cause: OutsideFault) -> Fault {
    let jail = state.settings.jail.as_ref().map(|asked| asked.jail.as_path());
    Fault::new(jail.unwrap_or_else(|| std::path::Path::new("")), cause)
}
