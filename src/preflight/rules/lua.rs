#![forbid(unsafe_code)]
//! mod_lua: scripts, and the modules that they require.

use super::found::{BREAKS, BREAKS_IF_THERE, Found, LESS_IF_THERE};
use super::row::{Class, Row, always};
use super::scene::Scene;
use super::used::{self, Use};
use super::words;
use crate::configured::Foreign;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

pub(super) const ROWS: &[Row] = &[
    ("LuaRoot", Class::Path(0, Use::ReadIn, LESS_IF_THERE, always)),
    ("LuaMapHandler", Class::Read(second)),
    ("LuaAuthzProvider", Class::Read(second)),
    ("LuaInputFilter", Class::Read(second)),
    ("LuaOutputFilter", Class::Read(second)),
    ("LuaQuickHandler", Class::Read(first)),
    ("LuaHookPreTranslate", Class::Read(first)),
    ("LuaHookTranslateName", Class::Read(first)),
    ("LuaHookFixups", Class::Read(first)),
    ("LuaHookMapToStorage", Class::Read(first)),
    ("LuaHookAccessChecker", Class::Read(first)),
    ("LuaHookAuthChecker", Class::Read(first)),
    ("LuaHookCheckUserID", Class::Read(first)),
    ("LuaHookTypeChecker", Class::Read(first)),
    ("LuaHookInsertFilter", Class::Read(first)),
    ("LuaHookLog", Class::Read(first)),
    ("LuaPackagePath", Class::Read(packages)),
    ("LuaPackageCPath", Class::Read(packages)),
];

fn first(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    script(foreign, words::at(foreign, 0), scene, found);
}

fn second(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    script(foreign, words::at(foreign, 1), scene, found);
}

/// A script is relative to the `LuaRoot` of its section, else to that of the server.
fn script(foreign: &Foreign, word: &[u8], scene: &Scene<'_>, found: &mut Found<'_>) {
    let fixed = words::fixed(word);
    if word.is_empty() {
        return;
    }
    let base = root(foreign, scene);
    if fixed.len() == word.len() {
        let path = base.join(OsStr::from_bytes(word));
        return used::absolute(foreign, path, Use::Read, BREAKS, found);
    }
    if let Some(end) = fixed.iter().rposition(|&byte| byte == b'/').filter(|&end| end > 0) {
        let folder = base.join(OsStr::from_bytes(&fixed[..end]));
        used::absolute(foreign, folder, Use::ReadIn, BREAKS_IF_THERE, found);
    }
}

fn root(foreign: &Foreign, scene: &Scene<'_>) -> PathBuf {
    let is_around = |root: &&Foreign| foreign.sections.starts_with(&root.sections);
    let roots = scene.said("LuaRoot").filter(is_around);
    let root = roots.max_by_key(|root| root.sections.len());
    let root = root.and_then(|root| scene.path(words::at(root, 0)));
    root.unwrap_or_else(|| scene.facts.bases.server_root.to_owned())
}

/// `LuaPackagePath /usr/share/lua/?.lua`: what is before the `?`.
fn packages(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    for pattern in words::text(foreign, 0).split(';').filter(|part| part.starts_with('/')) {
        let start = pattern.split('?').next().unwrap_or(pattern);
        let folder = start.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !folder.is_empty() {
            used::absolute(foreign, folder.into(), Use::ReadIn, BREAKS_IF_THERE, found);
        }
    }
}
