//! mod_lua: scripts, and the modules that they require.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{BREAKS, BREAKS_IF_THERE, Collector, LESS_IF_THERE};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass, always};
use crate::preflight::engine::{args, path_use};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

pub(crate) const ROWS: &[Row] = &[
    ("LuaRoot", RowClass::Path(0, PathUse::ReadIn, LESS_IF_THERE, always)),
    ("LuaMapHandler", RowClass::Read(second)),
    ("LuaAuthzProvider", RowClass::Read(second)),
    ("LuaInputFilter", RowClass::Read(second)),
    ("LuaOutputFilter", RowClass::Read(second)),
    ("LuaQuickHandler", RowClass::Read(first)),
    ("LuaHookPreTranslate", RowClass::Read(first)),
    ("LuaHookTranslateName", RowClass::Read(first)),
    ("LuaHookFixups", RowClass::Read(first)),
    ("LuaHookMapToStorage", RowClass::Read(first)),
    ("LuaHookAccessChecker", RowClass::Read(first)),
    ("LuaHookAuthChecker", RowClass::Read(first)),
    ("LuaHookCheckUserID", RowClass::Read(first)),
    ("LuaHookTypeChecker", RowClass::Read(first)),
    ("LuaHookInsertFilter", RowClass::Read(first)),
    ("LuaHookLog", RowClass::Read(first)),
    ("LuaPackagePath", RowClass::Read(packages)),
    ("LuaPackageCPath", RowClass::Read(packages)),
];

fn first(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    script(foreign, args::at(foreign, 0), scene, found);
}

fn second(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    script(foreign, args::at(foreign, 1), scene, found);
}

/// A script is relative to the `LuaRoot` of its section, else to that of the server.
fn script(
    foreign: &OtherDirective,
    word: &[u8],
    scene: &RuleContext<'_>,
    found: &mut Collector<'_>,
) {
    let fixed = args::fixed(word);
    if word.is_empty() {
        return;
    }
    let base = root(foreign, scene);
    if fixed.len() == word.len() {
        let path = base.join(OsStr::from_bytes(word));
        return path_use::absolute(foreign, path, PathUse::Read, BREAKS, found);
    }
    if let Some(end) = fixed.iter().rposition(|&byte| byte == b'/').filter(|&end| end > 0) {
        let folder = base.join(OsStr::from_bytes(&fixed[..end]));
        path_use::absolute(foreign, folder, PathUse::ReadIn, BREAKS_IF_THERE, found);
    }
}

fn root(foreign: &OtherDirective, scene: &RuleContext<'_>) -> PathBuf {
    let is_around = |root: &&OtherDirective| foreign.sections.starts_with(&root.sections);
    let roots = scene.said("LuaRoot").filter(is_around);
    let root = roots.max_by_key(|root| root.sections.len());
    let root = root.and_then(|root| scene.path(args::at(root, 0)));
    root.unwrap_or_else(|| scene.facts.bases.server_root.to_owned())
}

/// `LuaPackagePath /usr/share/lua/?.lua`: what is before the `?`.
fn packages(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    for pattern in args::text(foreign, 0).split(';').filter(|part| part.starts_with('/')) {
        let start = pattern.split('?').next().unwrap_or(pattern);
        let folder = start.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !folder.is_empty() {
            path_use::absolute(foreign, folder.into(), PathUse::ReadIn, BREAKS_IF_THERE, found);
        }
    }
}
