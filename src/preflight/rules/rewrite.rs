//! mod_rewrite: maps, targets that are paths, conditions on files.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{BREAKS_IF_THERE, Collector, DECIDES, DECIDES_IF_THERE};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, path_use};
use crate::preflight::rules::{expressions, proxy};
use crate::preflight::{Remedy, Resource};

/// `RewriteMap name txt:/path`, `rnd:`, `dbm:`, `dbm=type:`. A `prg:` runs outside, an `int:` in
/// httpd itself, and a `dbd:` through mod_dbd.
pub(crate) fn read_map(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let Some((kind, path)) = args::split_at_byte(args::get_word(directive, 1), b':') else {
        return;
    };
    let used = match kind {
        b"txt" | b"rnd" => PathUse::Read,
        kind if kind.starts_with(b"dbm") => PathUse::ReadDbm,
        _ => return,
    };
    path_use::require_path(directive, path, used, DECIDES, collector);
}

/// `RewriteRule` outside of sections: httpd takes a target for a path if its first component exists in `/`. If it is
/// missing inside, the target becomes a URL.
pub(crate) fn read_rule(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let target = args::get_word(directive, 1);
    let flags = parse_flags(directive);
    if flags.iter().any(|flag| matches!(flag.as_str(), "p" | "proxy")) {
        return proxy::require_backend(directive, target, context, collector);
    }
    proxy::read_rule_handler(directive, context, collector);
    let is_url = flags.iter().any(|flag| NO_PATH.contains(&flag.as_str()));
    if !target.starts_with(b"/") || !args::is_server_wide(directive) || is_url {
        return;
    }
    let path = target.split(|&byte| byte == b'?').next().unwrap_or(target);
    let Some(path) = context.resolve_path(path).or_else(|| context.resolve_folder(path)) else {
        return;
    };
    let remedy = Remedy::Path(path.clone());
    collector.require(directive, Resource::Either(path), BREAKS_IF_THERE, remedy);
}

/// Flags that make the target no path.
const NO_PATH: [&str; 8] = ["pt", "passthrough", "r", "redirect", "f", "forbidden", "g", "gone"];

/// Names of the flags in `[PT,R=301]`.
fn parse_flags(directive: &OtherDirective) -> Vec<String> {
    let written = args::join_words(directive, 2);
    let names = written.trim_matches(['[', ']']).split(',');
    names.map(|flag| flag.split('=').next().unwrap_or(flag).trim().to_ascii_lowercase()).collect()
}

/// `RewriteCond /path -f`, as far as the path is fixed; `RewriteCond expr "..."`.
pub(crate) fn read_condition(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let tested = args::get_word(directive, 0);
    if tested.eq_ignore_ascii_case(b"expr") {
        return expressions::require_files_of_access(
            directive,
            &args::join_words(directive, 1),
            collector,
        );
    }
    let test = args::get_text(directive, 1);
    let is_of_files =
        ["-f", "-d", "-s", "-l", "-L", "-h", "-x", "-F"].contains(&test.trim_start_matches('!'));
    if !is_of_files || !tested.starts_with(b"/") || test.ends_with('F') {
        return;
    }
    if let Some(path) = context.resolve_path(tested) {
        let remedy = Remedy::Path(path.clone());
        collector.require(directive, Resource::Either(path), DECIDES_IF_THERE, remedy);
    }
}
