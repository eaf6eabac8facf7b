//! mod_rewrite: maps, targets that are paths, conditions on files.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{BREAKS, BREAKS_IF_THERE, Collector, LESS_IF_THERE};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::engine::{args, path_use};
use crate::preflight::rules::{expression, proxy};
use crate::preflight::{Remedy, Resource};

pub(crate) const ROWS: &[Row] = &[
    ("RewriteMap", RowClass::Read(map)),
    ("RewriteRule", RowClass::Read(rule)),
    ("RewriteCond", RowClass::Read(condition)),
];

/// `RewriteMap name txt:/path`, `rnd:`, `dbm:`, `dbm=type:`. A `prg:` runs outside, an `int:` in
/// httpd itself, and a `dbd:` asks by way of mod_dbd.
fn map(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    let Some((kind, path)) = args::split(args::at(foreign, 1), b':') else { return };
    let used = match kind {
        b"txt" | b"rnd" => PathUse::Read,
        kind if kind.starts_with(b"dbm") => PathUse::ReadDbm,
        _ => return,
    };
    path_use::claim(foreign, path, used, BREAKS, found);
}

/// In the server's context httpd looks whether the first name of a target exists at `/`, and takes
/// it for a path then. Inside it would look in vain, and take it for a URL.
fn rule(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let target = args::at(foreign, 1);
    let flags = flags(foreign);
    if flags.iter().any(|flag| matches!(flag.as_str(), "p" | "proxy")) {
        return proxy::backend(foreign, target, scene, found);
    }
    proxy::handler_of_rule(foreign, scene, found);
    let is_url = flags.iter().any(|flag| NO_PATH.contains(&flag.as_str()));
    if !target.starts_with(b"/") || !args::is_of_server(foreign) || is_url {
        return;
    }
    let path = target.split(|&byte| byte == b'?').next().unwrap_or(target);
    let Some(path) = scene.path(path).or_else(|| scene.folder(path)) else { return };
    let remedy = Remedy::Path(path.clone());
    found.claim(foreign, Resource::Either(path), BREAKS_IF_THERE, remedy);
}

/// Flags that say that the target is not a path.
const NO_PATH: [&str; 8] = ["pt", "passthrough", "r", "redirect", "f", "forbidden", "g", "gone"];

/// The names of the flags in `[PT,R=301]`.
fn flags(foreign: &OtherDirective) -> Vec<String> {
    let written = args::rest(foreign, 2);
    let names = written.trim_matches(['[', ']']).split(',');
    names.map(|flag| flag.split('=').next().unwrap_or(flag).trim().to_ascii_lowercase()).collect()
}

/// `RewriteCond /path -f`, as far as the path is fixed; `RewriteCond expr "..."`.
fn condition(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let tested = args::at(foreign, 0);
    if tested.eq_ignore_ascii_case(b"expr") {
        return expression::claim(foreign, &args::rest(foreign, 1), found);
    }
    let test = args::text(foreign, 1);
    let is_of_files =
        ["-f", "-d", "-s", "-l", "-L", "-h", "-x", "-F"].contains(&test.trim_start_matches('!'));
    if !is_of_files || !tested.starts_with(b"/") || test.ends_with('F') {
        return;
    }
    if let Some(path) = scene.path(tested) {
        let remedy = Remedy::Path(path.clone());
        found.claim(foreign, Resource::Either(path), LESS_IF_THERE, remedy);
    }
}
