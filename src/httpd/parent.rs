//! What the parent does, root and outside: reads, checks, and makes the jail ready.

use super::bindings as sys;
use super::fcgid;
use super::hardening;
use super::log::Level;
use super::rehearsal;
use super::server::{self, Server};
use super::state::{Ready, State};
use super::tree;
use crate::configured::{self, Bases};
use crate::fault::{Advice, Fault, Notice, SettingFault};
use crate::jail::{Jail, RunAs};
use crate::platform::{self, Kind, Presence, UserId};
use crate::settings::{Item, Landmarks, Settings};
use crate::start;
use crate::view::{self, Configured};
use crate::walk::{on_host, walk, within};
use std::ffi::{CString, OsString};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What the words of `ChrootDir` mean is written into the tree, after a first walk, so that our
/// sentence comes before mod_unixd's, at configtest too.
///
/// # Errors
/// What is written cannot be a jail.
pub(super) fn resolve_words(
    pconf: *mut sys::apr_pool_t,
    ptemp: *mut sys::apr_pool_t,
) -> Result<(), Fault> {
    let found = tree::directives(ptemp);
    let written: Vec<_> = found.iter().map(|(_, written)| written.clone()).collect();
    let roots = tree::document_roots(ptemp);
    let landmarks = Landmarks {
        server_root: server::server_root(),
        document_root: roots.main.as_ref().map_or(server::default_document_root(), Path::new),
    };
    let settings = Settings::read(&written, &landmarks)?;
    keeps_its_keys(&settings, ptemp)?;
    if let Some(asked) = &settings.jail {
        let jail = walk(&asked.jail).and_then(|jail| jail.checked(settings.check));
        let jail = jail.map_err(|fault| fault.at(&asked.place))?;
        hardening::tell_complaints(&jail);
        has_document_root(&jail, roots.main.as_ref())?;
        server::skip_document_root_check(pconf);
    }
    tree::write_back(&found, settings.jail.as_ref().map(|asked| &asked.jail), pconf);
    if let Some(state) = Server::main().and_then(Server::state) {
        let names: Vec<_> = configured::names().collect();
        let runtime_dir = server::runtime_dir(ptemp);
        let foreign = tree::foreign(&names, ptemp);
        let bases = Bases { server_root: server::server_root(), runtime_dir: &runtime_dir };
        *state = State {
            seen: found.iter().map(|(found, _)| found.address()).collect(),
            settings,
            configured: configured::paths(&foreign, bases).and(configured::defaults(
                &foreign,
                bases,
                server::is_loaded,
            )),
            serves_root: roots.all.iter().any(is_root),
            ..State::default()
        };
    }
    Ok(())
}

/// No path that is provided has a key of this very server in it.
fn keeps_its_keys(settings: &Settings, ptemp: *mut sys::apr_pool_t) -> Result<(), Fault> {
    let keys = tree::foreign(&configured::KEYS, ptemp);
    for key in keys.iter().filter_map(|key| key.words.first()) {
        let key = server::server_root().join(key);
        for (item, place) in &settings.provide.asked {
            if matches!(item, Item::Path { path, .. } if key.starts_with(path)) {
                let why = SettingFault::Exposes("a key of this server");
                return Err(Fault::of("ChrootProvide", key.to_string_lossy(), why).at(place));
            }
        }
    }
    Ok(())
}

fn is_root(path: &OsString) -> bool {
    path.as_bytes().starts_with(b"/") && crate::path::components(path.as_bytes()).is_empty()
}

/// httpd's own check looks outside only; a `DocumentRoot` may be inside as well.
fn has_document_root(jail: &Jail, root: Option<&OsString>) -> Result<(), Fault> {
    let Some(written) = root else { return Ok(()) };
    let path = server::server_root().join(written);
    let is_there = [on_host(&path), within(jail.entrance(), &path)]
        .into_iter()
        .any(|found| found.is_ok_and(|found| found.facts.kind == Kind::Directory));
    if is_there {
        return Ok(());
    }
    let why = SettingFault::NowhereToServe(jail.written().to_string());
    Err(Fault::of("DocumentRoot", written.to_string_lossy(), why))
}

/// Everything that can stand against a jail, while the terminal can still read it.
///
/// # Errors
/// What stands against it.
pub(super) fn check(server: Server) -> Result<(), Fault> {
    let Some(state) = server.state() else { return Ok(()) };
    let Some(asked) = &state.settings.jail else { return Ok(()) };
    let circumstances = server::circumstances();
    let jail = asked.jail.as_path();
    let notices = start::check(&circumstances, server::is_to_serve(), server::is_loaded)
        .map_err(|why| Fault::new(jail, why).at(&asked.place))?;
    // The second pass says nothing that the first has not said.
    if server::is_last_pass() {
        return Ok(());
    }
    for notice in notices {
        server.tell(Level::Warning, jail, &notice);
    }
    if circumstances.started_as == UserId(0) {
        let fixed = view::rehearse(&asked.jail, &wishes(state));
        let fixed = fixed.map_err(|fault| fault.at(&asked.place))?;
        let run_as = start::run_as(&circumstances).map_err(|why| Fault::new(jail, why))?;
        state.dump = start::described(&fixed.jail, &run_as);
        state.dump.extend(view::described(&fixed));
    }
    Ok(())
}

/// Prints the whole picture, if it is asked for (`httpd -t -D DUMP_CHROOT`).
///
/// # Errors
/// None.
pub(super) fn dump(server: Server) -> Result<(), Fault> {
    if !server::is_defined(c"DUMP_CHROOT") {
        return Ok(());
    }
    let lines = server.state().map(|state| std::mem::take(&mut state.dump)).unwrap_or_default();
    let none = vec!["jail: none".to_owned()];
    let lines = if lines.is_empty() { none } else { lines };
    // Nobody is left to be told that the terminal is gone.
    let _ = writeln!(std::io::stdout(), "{}", lines.join("\n"));
    Ok(())
}

/// Makes folders for sockets that children make, as mod_fcgid will a moment later, and too late to
/// be shown in a view. That it cannot be made is for mod_fcgid to say.
fn make_socket_folders(configured: &Configured, run_as: &RunAs) {
    for (path, _) in configured.sockets.iter().filter(|(_, by_children)| *by_children) {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { continue };
        let (Ok(parent), Ok(name)) = (on_host(parent), CString::new(name.as_bytes())) else {
            continue;
        };
        let is_roots = parent.facts.owner == UserId(0) && parent.facts.mode & 0o022 == 0;
        let parent = parent.file.as_fd();
        if is_roots && platform::make_directory_at(parent, &name, 0o700).is_ok() {
            let _ = platform::set_owner_at(parent, &name, run_as.user, run_as.group);
        }
    }
}

fn wishes(state: &State) -> view::Asked<'_> {
    view::Asked {
        fix_root: state.settings.fix_root,
        serves_root: state.serves_root,
        provide: &state.settings.provide,
        configured: &state.configured,
    }
}

/// Walks the jail, keeps host paths true in it, holds it, and looks up who the children become.
///
/// # Errors
/// Any of that fails.
pub(super) fn make_ready(server: Server) -> Result<(), Fault> {
    if !server::is_last_pass() {
        return Ok(());
    }
    let Some(state) = server.state() else { return Ok(()) };
    let Some(asked) = &state.settings.jail else {
        server.tell(Level::Notice, Path::new("none"), &Notice::NoJail);
        return Ok(());
    };
    let written = asked.jail.as_path();
    let run_as = start::run_as(&server::circumstances());
    let mut run_as = run_as.map_err(|why| Fault::new(written, why))?;
    make_socket_folders(&state.configured, &run_as);
    let fixed = view::fix(&asked.jail, &wishes(state)).map_err(|fault| fault.at(&asked.place))?;
    server.tell(Level::Notice, written, &start::ready(&fixed.jail, &run_as));
    server.tell(Level::Notice, written, &fixed.notice());
    let jail = fixed.jail.checked(state.settings.check)?;
    run_as.hardening = hardening::make_ready(server, &state.settings, &jail, &run_as)?;
    let for_unixd = match platform::descriptor_path(jail.entrance()) {
        Presence::Present(path) => path,
        Presence::Absent => CString::new(jail.at().as_os_str().as_bytes()).unwrap_or_default(),
    };
    let inside = jail.inside();
    let ready = state.ready.insert(Ready { jail: Some(jail), inside, run_as, for_unixd });
    server::tell_unixd(Some(&ready.for_unixd));
    if !server::is_loaded(c"mod_fcgid.c") || fcgid::take_over() {
        return Ok(());
    }
    server.tell(Level::Notice, written, &Notice::Advice(Advice::ManagerUnhardened));
    rehearsal::of_fcgid(ready).map_err(|why| Fault::new(written, why))
}
