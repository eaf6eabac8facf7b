//! What the parent reads from the configuration tree, before any directive is processed.

use super::bindings as sys;
use super::hardening;
use super::own_files;
use super::server::{self, Server};
use super::state::State;
use super::tree;
use crate::configured::{self, Bases};
use crate::fault::{Fault, SettingFault};
use crate::jail::Jail;
use crate::platform::Kind;
use crate::settings::{Item, Landmarks, Settings, Written};
use crate::walk::{on_host, walk, within};
use std::ffi::OsString;
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
    if server::only_signals() {
        // `httpd -k stop` has no jail to make, and must work when there is none any more.
        tree::write_back(&found, None, pconf);
        remember(&found, State::default());
        server::skip_document_root_check(pconf);
        return Ok(());
    }
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
    let names: Vec<_> = configured::names().collect();
    let runtime_dir = server::runtime_dir(ptemp);
    let bases = Bases { server_root: server::server_root(), runtime_dir: &runtime_dir };
    let foreign = tree::foreign(&names, ptemp);
    let state = State {
        settings,
        configured: configured::paths(&foreign, bases).and(configured::defaults(
            &foreign,
            bases,
            server::is_loaded,
        )),
        own: own_files::read(&runtime_dir, ptemp),
        serves_root: roots.all.iter().any(is_root),
        ..State::default()
    };
    remember(&found, state);
    Ok(())
}

/// Keeps what was read, until this configuration pass ends.
fn remember(found: &[(tree::Found, Written)], state: State) {
    if let Some(slot) = Server::main().and_then(Server::state) {
        *slot = state;
        slot.seen = found.iter().map(|(found, _)| found.address()).collect();
    }
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
