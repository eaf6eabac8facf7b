#![forbid(unsafe_code)]
//! mod_rewrite: maps, targets that are paths, conditions on files.

use super::expression;
use super::found::{BREAKS, BREAKS_IF_THERE, Found, LESS_IF_THERE};
use super::proxy;
use super::row::{Class, Row};
use super::scene::Scene;
use super::used::{self, Use};
use super::words;
use crate::configured::Foreign;
use crate::preflight::{Need, Remedy};

pub(super) const ROWS: &[Row] = &[
    ("RewriteMap", Class::Read(map)),
    ("RewriteRule", Class::Read(rule)),
    ("RewriteCond", Class::Read(condition)),
];

/// `RewriteMap name txt:/path`, `rnd:`, `dbm:`, `dbm=type:`. A `prg:` runs outside, an `int:` in
/// httpd itself, and a `dbd:` asks by way of mod_dbd.
fn map(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    let Some((kind, path)) = words::split(words::at(foreign, 1), b':') else { return };
    let used = match kind {
        b"txt" | b"rnd" => Use::Read,
        kind if kind.starts_with(b"dbm") => Use::ReadDbm,
        _ => return,
    };
    used::claim(foreign, path, used, BREAKS, found);
}

/// In the server's context httpd looks whether the first name of a target exists at `/`, and takes
/// it for a path then. Inside it would look in vain, and take it for a URL.
fn rule(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let target = words::at(foreign, 1);
    let flags = flags(foreign);
    if flags.iter().any(|flag| matches!(flag.as_str(), "p" | "proxy")) {
        return proxy::backend(foreign, target, scene, found);
    }
    proxy::handler_of_rule(foreign, scene, found);
    let is_url = flags.iter().any(|flag| NO_PATH.contains(&flag.as_str()));
    if !target.starts_with(b"/") || !words::is_of_server(foreign) || is_url {
        return;
    }
    let path = target.split(|&byte| byte == b'?').next().unwrap_or(target);
    let Some(path) = scene.path(path).or_else(|| scene.folder(path)) else { return };
    let remedy = Remedy::Path(path.clone());
    found.claim(foreign, Need::Either(path), BREAKS_IF_THERE, remedy);
}

/// Flags that say that the target is not a path.
const NO_PATH: [&str; 8] = ["pt", "passthrough", "r", "redirect", "f", "forbidden", "g", "gone"];

/// The names of the flags in `[PT,R=301]`.
fn flags(foreign: &Foreign) -> Vec<String> {
    let written = words::rest(foreign, 2);
    let names = written.trim_matches(['[', ']']).split(',');
    names.map(|flag| flag.split('=').next().unwrap_or(flag).trim().to_ascii_lowercase()).collect()
}

/// `RewriteCond /path -f`, as far as the path is fixed; `RewriteCond expr "..."`.
fn condition(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let tested = words::at(foreign, 0);
    if tested.eq_ignore_ascii_case(b"expr") {
        return expression::claim(foreign, &words::rest(foreign, 1), found);
    }
    let test = words::text(foreign, 1);
    let is_of_files =
        ["-f", "-d", "-s", "-l", "-L", "-h", "-x", "-F"].contains(&test.trim_start_matches('!'));
    if !is_of_files || !tested.starts_with(b"/") || test.ends_with('F') {
        return;
    }
    if let Some(path) = scene.path(tested) {
        let remedy = Remedy::Path(path.clone());
        found.claim(foreign, Need::Either(path), LESS_IF_THERE, remedy);
    }
}
