//! mod_lua: scripts, and the modules that they load.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{BREAKS, BREAKS_IF_THERE, Collector};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, path_use};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

pub(crate) fn read_first(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    require_script(directive, args::get_word(directive, 0), context, collector);
}

pub(crate) fn read_second(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    require_script(directive, args::get_word(directive, 1), context, collector);
}

/// A script is relative to the `LuaRoot` of its section, else to that of the server.
fn require_script(
    directive: &OtherDirective,
    word: &[u8],
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let fixed = args::cut_variables(word);
    if word.is_empty() {
        return;
    }
    let base = find_lua_root(directive, context);
    if fixed.len() == word.len() {
        let path = base.join(OsStr::from_bytes(word));
        return path_use::require_absolute(directive, path, PathUse::Read, BREAKS, collector);
    }
    if let Some(end) = fixed.iter().rposition(|&byte| byte == b'/').filter(|&end| end > 0) {
        let folder = base.join(OsStr::from_bytes(&fixed[..end]));
        path_use::require_absolute(directive, folder, PathUse::ReadIn, BREAKS_IF_THERE, collector);
    }
}

fn find_lua_root(directive: &OtherDirective, context: &RuleContext<'_>) -> PathBuf {
    let is_around = |root: &&OtherDirective| directive.sections.starts_with(&root.sections);
    let roots = context.find_directives("LuaRoot").filter(is_around);
    let root = roots.max_by_key(|root| root.sections.len());
    let root = root.and_then(|root| context.resolve_path(args::get_word(root, 0)));
    root.unwrap_or_else(|| context.input.base_dirs.server_root.to_owned())
}

/// `LuaPackagePath /usr/share/lua/?.lua`: the directory before the `?`.
pub(crate) fn read_packages(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    for pattern in args::get_text(directive, 0).split(';').filter(|part| part.starts_with('/')) {
        let start = pattern.split('?').next().unwrap_or(pattern);
        let folder = start.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !folder.is_empty() {
            path_use::require_absolute(
                directive,
                folder.into(),
                PathUse::ReadIn,
                BREAKS_IF_THERE,
                collector,
            );
        }
    }
}
