//! The configuration tree, as the parent reads it before any directive is processed.

use crate::audit::{OwnFile, OwnKind};
use crate::config::other_directives::{BaseDirs, OtherDirective};
use crate::config::{JailBaseDirs, ParsedDirective, ProvideItem, Settings};
use crate::daemons::wsgi;
use crate::daemons::wsgi::DaemonGroup;
use crate::httpd::config_tree::DocumentRoots;
use crate::httpd::pass::Pass;
use crate::httpd::pool::Pool;
use crate::httpd::server::Server;
use crate::httpd::{config_tree, server};
use crate::jail::walk::{OpenedPath, WalkSeries, on_host, walk_inside};
use crate::jail::{CheckedJail, FoundJail, preconditions};
use crate::lifecycle::child_record::Children;
use crate::lifecycle::state::State;
use crate::lifecycle::watch::Watch;
use crate::lifecycle::{aliases, own_files, probe_hardening, probe_paths, python};
use crate::messages::{Fault, OutsideNotice, Place, SettingFault, WalkFault, WsgiFault};
use crate::path::InsidePath;
use crate::platform::{FileKind, Identity};
use crate::preflight;
use crate::preload;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Resolves the words of `ChrootDir` in the tree, after a first walk, so that our message comes before
/// mod_unixd's, at configtest too.
///
/// # Errors
/// Returns an error if the words do not name a directory that can be a jail.
pub(crate) fn resolve_words(pconf: Pool, ptemp: Pool) -> Result<(), Fault> {
    let found = config_tree::directives(ptemp);
    let written: Vec<_> = found.iter().map(|(_, written)| written.clone()).collect();
    let pass = Pass::detect();
    if pass == Pass::SignalOnly {
        // `httpd -k stop` needs no jail, and must work when the jail was removed.
        config_tree::write_back(&found, None, pconf);
        remember(&found, State { pass, ..State::default() });
        server::skip_document_root_check(pconf);
        return Ok(());
    }
    let roots = config_tree::document_roots(ptemp);
    let server_root = server::server_root();
    let landmarks = JailBaseDirs {
        server_root: &server_root,
        document_root: roots.main.as_ref().map_or(server::default_document_root(), Path::new),
    };
    let settings = Settings::read(&written, &landmarks)?;
    all_answer(&settings, &roots, ptemp)?;
    let own = own_files::read(ptemp);
    keeps_its_keys(&settings, &own)?;
    let jail = check_jail(&settings, &roots)?;
    let inside_paths = jail.as_ref().is_some_and(|jail| uses_inside_paths(jail, &roots));
    if settings.jail.is_some() {
        server::skip_document_root_check(pconf);
    }
    config_tree::write_back(&found, settings.jail.as_ref().map(|asked| &asked.jail), pconf);
    let jail = jail.map(|jail| jail.identity());
    let wsgi = read_wsgi_daemons(pass, &settings, jail, pconf, ptemp)?;
    remember(&found, State { inside_paths, wsgi, ..state(pass, settings, own, &roots, ptemp) });
    Ok(())
}

/// No path that this process, which is root, will walk makes it wait.
fn all_answer(settings: &Settings, roots: &DocumentRoots, ptemp: Pool) -> Result<(), Fault> {
    let Some(asked) = &settings.jail else { return Ok(()) };
    let mut paths = vec![asked.jail.as_path().to_owned()];
    paths.extend(roots.all.iter().map(|root| absolute(root)));
    paths.extend(settings.provide.requested.iter().filter_map(|(item, _)| match item {
        ProvideItem::Path { path, .. } | ProvideItem::Program(path) => Some(path.clone()),
        ProvideItem::Set(_) => None,
    }));
    let names: Vec<_> = preflight::list_directives().chain(["Alias", "ScriptAlias"]).collect();
    let runtime_dir = server::runtime_dir(ptemp);
    let bases = BaseDirs { server_root: &server::server_root(), runtime_dir: &runtime_dir };
    let foreign = config_tree::foreign(&names, ptemp);
    let configured = preflight::collect_configured_paths(&foreign, bases, &server::is_loaded);
    paths.extend(configured.sockets.into_iter().map(|sockets| sockets.path));
    paths.extend(configured.files.into_iter().map(|(path, _)| path));
    let aliases = foreign.iter().filter(|it| it.name.ends_with("Alias"));
    let targets = aliases.filter_map(|alias| alias.words.last()).map(|word| absolute(word));
    paths.extend(targets.filter(|path| !path.as_os_str().as_bytes().contains(&b'%')));
    paths.sort_unstable();
    paths.dedup();
    probe_paths::all_answer(&paths)
        .map_err(|cause| Fault::new(asked.jail.as_path(), cause).with_place(&asked.place))
}

/// Walks to the jail, applies `ChrootCheck`, and looks for the `DocumentRoot`, outside and inside. The jail is let go:
/// to enter it, it is walked to again in the mount namespace of the children.
fn check_jail(settings: &Settings, roots: &DocumentRoots) -> Result<Option<CheckedJail>, Fault> {
    let Some(asked) = &settings.jail else { return Ok(None) };
    if preconditions::find_closed_component(asked.jail.as_path()).is_some() {
        // An ordinary user cannot start a server; a configtest reports it.
        return Ok(None);
    }
    let jail = FoundJail::find(&asked.jail).and_then(|jail| jail.check(settings.check));
    let jail = jail.map_err(|fault| fault.with_place(&asked.place))?;
    probe_hardening::log_complaints(&jail);
    has_document_root(&jail, roots.main.as_ref())?;
    Ok(Some(jail))
}

/// Whether a `DocumentRoot` is only found inside.
fn uses_inside_paths(jail: &CheckedJail, roots: &DocumentRoots) -> bool {
    let mut walks = WalkSeries::default();
    roots.all.iter().any(|root| is_only_inside(jail, root, &mut walks))
}

/// Reads the daemons of mod_wsgi. Their `chroot=` is left out if it names the jail, which they enter without it.
///
/// # Errors
/// Returns an error if it names another directory.
fn read_wsgi_daemons(
    pass: Pass,
    settings: &Settings,
    jail: Option<Identity>,
    pconf: Pool,
    ptemp: Pool,
) -> Result<Vec<DaemonGroup>, Fault> {
    let mut found = config_tree::wsgi_daemons(ptemp);
    let Some(jail) = jail else { return Ok(Vec::new()) };
    let is_jail = |root: &OsStr| on_host(Path::new(root)).is_ok_and(|it| it.facts.identity == jail);
    for daemons in &mut found {
        let Some(root) = daemons.1.value("chroot").map(OsStr::to_owned) else { continue };
        let shown = root.to_string_lossy().into_owned();
        if settings.allow_outside.allows("mod_wsgi") || !is_jail(&root) {
            return Err(daemons.1.fault(WsgiFault::Root(shown)));
        }
        daemons.leave_out("chroot", pconf);
        let notice = OutsideNotice::RootLeftOut(shown).about(wsgi::DIRECTIVE, &daemons.1.name);
        if let Some(server) = Server::main().filter(|_| !pass.serves()) {
            server.log(&notice);
        }
    }
    Ok(found.into_iter().map(|daemons| daemons.1).collect())
}

/// Reads directives of other modules.
fn state(
    pass: Pass,
    settings: Settings,
    own: Vec<OwnFile>,
    roots: &DocumentRoots,
    ptemp: Pool,
) -> State {
    let names: Vec<_> = preflight::list_directives().collect();
    let runtime_dir = server::runtime_dir(ptemp);
    let server_root = server::server_root();
    let bases = BaseDirs { server_root: &server_root, runtime_dir: &runtime_dir };
    let foreign = config_tree::foreign(&names, ptemp);
    let mut configured = preflight::collect_configured_paths(&foreign, bases, &server::is_loaded);
    if let Some(asked) = &settings.jail {
        configured.aliases = aliases::read(asked.jail.as_path(), ptemp);
        configured.python = python::find_library(ptemp);
    }
    let words =
        |name| config_tree::foreign(&[name], ptemp).into_iter().filter_map(first_word).collect();
    let serves = settings.jail.is_some() && pass.leads_to_serving();
    State {
        pass,
        watch: if serves { Watch::begin() } else { Watch::default() },
        children: if serves { Children::new() } else { Children::default() },
        account_words: [words("User"), words("Group")],
        wsgi_rotates: words("WSGISocketRotation").iter().all(|it| !it.eq_ignore_ascii_case("off")),
        settings,
        configured,
        needs_dbm: preflight::has_dbm(&foreign),
        needs: preload::find_needs(&config_tree::foreign(&preload::DIRECTIVES, ptemp)),
        own,
        runtime_dir: runtime_dir.clone(),
        foreign,
        serves_root: roots.all.iter().any(is_root),
        ..State::default()
    }
}

fn first_word(foreign: OtherDirective) -> Option<OsString> {
    foreign.words.into_iter().next()
}

/// Whether the directive at this node of the configuration tree was read in this configuration pass.
pub(crate) fn has_read(node: usize) -> bool {
    let server = Server::main();
    server.as_ref().and_then(State::find).is_some_and(|state| state.seen.contains(&node))
}

/// Keeps what was read, until this configuration pass ends.
fn remember(found: &[(config_tree::TreeNode, ParsedDirective)], state: State) {
    if let Some(server) = Server::main() {
        let seen = found.iter().map(|(found, _)| found.address()).collect();
        State { seen, ..state }.store(&server);
    }
}

/// No path that is provided has a key of this very server in it, by its name. Other files in
/// it are judged when it is provided.
fn keeps_its_keys(settings: &Settings, own: &[OwnFile]) -> Result<(), Fault> {
    let requested: BTreeMap<&Path, &Place> = settings
        .provide
        .requested
        .iter()
        .filter_map(|(item, place)| match item {
            ProvideItem::Path { path, .. } => Some((&**path, place)),
            _ => None,
        })
        .collect();
    let keys = own.iter().filter(|own| matches!(own.kind, OwnKind::Key | OwnKind::Keys));
    for own in keys {
        let shown = own.path.ancestors().find_map(|above| requested.get_key_value(above));
        if let Some((path, place)) = shown {
            let cause = SettingFault::Exposes(own.describe_key());
            return Err(Fault::for_directive("ChrootProvide", path.to_string_lossy(), cause)
                .with_place(place));
        }
    }
    Ok(())
}

fn is_root(path: &OsString) -> bool {
    path.as_bytes().starts_with(b"/") && crate::path::components(path.as_bytes()).is_empty()
}

/// httpd's own check looks outside only; a `DocumentRoot` may be inside as well.
fn has_document_root(jail: &CheckedJail, root: Option<&OsString>) -> Result<(), Fault> {
    let Some(written) = root else { return Ok(()) };
    let path = absolute(written);
    let inside = || walk_inside(jail.entrance(), InsidePath::as_written(&path));
    if is_directory(on_host(&path)) || is_directory(inside()) {
        return Ok(());
    }
    let cause = SettingFault::NowhereToServe(jail.written().to_string());
    Err(Fault::for_directive("DocumentRoot", written.to_string_lossy(), cause))
}

/// Whether a `DocumentRoot` is written as it is seen from inside.
fn is_only_inside(jail: &CheckedJail, root: &OsString, walks: &mut WalkSeries) -> bool {
    let path = absolute(root);
    !is_directory(walks.walk(&path).map(|(found, _)| found))
        && is_directory(walk_inside(jail.entrance(), InsidePath::as_written(&path)))
}

fn absolute(path: &OsStr) -> PathBuf {
    server::server_root().join(path)
}

fn is_directory(found: Result<OpenedPath, WalkFault>) -> bool {
    found.is_ok_and(|found| found.facts.kind == FileKind::Directory)
}
