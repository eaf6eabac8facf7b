//! mod_wsgi: Python in the children, and in daemons.

use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, DirectiveText, around,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::{Remedy, Resource};
use crate::provide::SocketsBy;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

pub(crate) const ROWS: &[Row] = &[
    ("WSGIDaemonProcess", RowClass::Read(daemon)),
    ("WSGISocketPrefix", RowClass::Read(socket_prefix)),
    ("WSGIScriptAlias", RowClass::Read(script)),
    ("WSGIPythonPath", RowClass::Read(python_path)),
    ("WSGIPythonHome", RowClass::Read(python_path)),
    ("WSGIRestrictEmbedded", RowClass::Switch),
    ("WSGIAcceptMutex", RowClass::Read(accept_mutex)),
];

fn has_daemons(scene: &RuleContext<'_>) -> bool {
    scene.has("WSGIDaemonProcess")
}

/// Its daemons are inside: what their options name is looked for there.
fn daemon(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let value = |option| args::value_of(foreign, option).map(unquoted);
    for option in ["home", "python-home", "python-path"] {
        let paths = value(option).into_iter().flat_map(|value| value.split(|&byte| byte == b':'));
        for path in paths.filter(|path| path.starts_with(b"/")).map(path_of) {
            found.claim(foreign, Resource::Folder(path.clone()), BREAKS, Remedy::Path(path));
        }
    }
    let is_other = |user: &[u8]| !scene.says("User", &[&*String::from_utf8_lossy(user)]);
    if value("home").is_none() && value("user").is_some_and(is_other) {
        found.know(foreign, false, KnownIssueKind::DaemonHome);
    }
    if !scene.has("WSGISocketPrefix") {
        let path = scene.facts.bases.runtime_dir.join("wsgi");
        sockets(DirectiveText::unasked("WSGISocketPrefix", "wsgi"), path, found);
    }
}

fn socket_prefix(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if let Some(path) = scene.path(args::at(foreign, 0)).filter(|_| has_daemons(scene)) {
        sockets(foreign, path, found);
    }
}

/// The sockets of daemons, whose names begin with `prefix`: the parent makes them when the view is there.
fn sockets(said: impl Into<DirectiveText>, prefix: PathBuf, found: &mut Collector<'_>) {
    let folder = prefix.parent().map_or_else(|| prefix.clone(), PathBuf::from);
    let remedy = found.by_sockets(around(&prefix), SocketsBy::Wsgi(prefix));
    found.claim(said, Resource::Folder(folder), BREAKS_IF_THERE, remedy);
}

/// `home="/srv/www"`: mod_wsgi takes quotes around a value.
fn unquoted(value: &[u8]) -> &[u8] {
    let strip = |quote: &[u8]| value.strip_prefix(quote)?.strip_suffix(quote);
    strip(b"\"").or_else(|| strip(b"'")).unwrap_or(value)
}

fn path_of(path: &[u8]) -> PathBuf {
    OsStr::from_bytes(path).into()
}

/// `WSGIAcceptMutex flock`: of several daemons of one name, each opens the file again.
fn accept_mutex(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if args::text(foreign, 0).eq_ignore_ascii_case("flock") && has_daemons(scene) {
        found.know(foreign, true, KnownIssueKind::MutexFile);
    }
}

/// Releases of Python whose library mod_wsgi may have been built for: 3.6 to 3.20.
const RELEASES: std::ops::RangeInclusive<u32> = 6..=20;

/// Every process in which mod_wsgi has Python is to find Python's own library: each daemon, and each child
/// too unless that is switched off. A child that does not ends as soon as it is made.
pub(crate) fn python(scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let restricted = scene.says("WSGIRestrictEmbedded", &["on"]);
    if !scene.is_loaded(&[c"mod_wsgi.c"]) || restricted && !has_daemons(scene) {
        return;
    }
    let home = scene.said("WSGIPythonHome").find_map(|home| scene.path(args::at(home, 0)));
    let prefixes = home.clone().into_iter().chain(["/usr", "/usr/local"].map(PathBuf::from));
    let folders = prefixes.flat_map(|prefix| ["lib", "lib64"].map(|lib| prefix.join(lib)));
    let library = |folder: PathBuf| {
        RELEASES.map(move |it| folder.join(format!("python3.{it}/encodings/__init__.py")))
    };
    let program = home.unwrap_or_else(|| "/usr".into()).join("bin/python3");
    let remedy = format!("write \"ChrootProvide program:{}\"", program.display());
    let need = Resource::AnyFile(folders.flat_map(library).collect());
    let said =
        DirectiveText::unasked("WSGIRestrictEmbedded", if restricted { "On" } else { "Off" });
    found.claim(said, need, BREAKS_IF_THERE, Remedy::Words(remedy));
}

/// `WSGIScriptAlias /url /path`: a child looks for the file, also if a daemon runs it.
fn script(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if let Some(path) = scene.path(args::at(foreign, 1)) {
        let remedy = Remedy::Path(path.clone());
        found.claim(foreign, Resource::Either(path), BREAKS_IF_THERE, remedy);
    }
    for folder in ["/usr/lib/python3", "/usr/local/lib/python3"] {
        let (need, remedy) = (Resource::Folder(folder.into()), Remedy::Path(folder.into()));
        found.claim(foreign, need, BREAKS_IF_THERE, remedy);
    }
}

fn python_path(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    for path in args::text(foreign, 0).split(':').filter(|path| path.starts_with('/')) {
        let (need, remedy) = (Resource::Folder(path.into()), Remedy::Path(path.into()));
        found.claim(foreign, need, BREAKS_IF_THERE, remedy);
    }
}
