//! httpd's core, mod_alias, mod_userdir, mod_vhost_alias and mod_sed: document roots, aliases, homes, mutexes, options.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, LESS, LESS_IF_THERE, Weight, select_weight,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, path_use};
use crate::preflight::rules::cgi;
use crate::preflight::{Remedy, Resource};
use crate::view::HostPathMode;
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// `DocumentRoot`: httpd itself warns if it does not exist outside; with inside paths it cannot know.
pub(crate) fn read_document_root(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let Some(path) = context.resolve_path(args::get_word(directive, 0)) else { return };
    require_root(directive, path, context, collector);
}

/// Requires a directory of pages.
fn require_root(
    directive: &OtherDirective,
    path: PathBuf,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_view = context.input.mode == HostPathMode::View;
    let remedy = if is_view { advise_path(&path) } else { Remedy::Words(MOVE.into()) };
    let weight = select_weight(context.input.mode);
    require_access_files(directive, &path, context, collector);
    collector.require(directive, Resource::Folder(path.clone()), weight, remedy);
    collector.require_tree(directive, &path);
}

/// Requires that no access control file in a directory that is served is a link which leads nowhere inside.
fn require_access_files(
    directive: &OtherDirective,
    folder: &Path,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let names = context.access_file_names().to_vec();
    if names.is_empty() {
        return;
    }
    let resource = Resource::AccessFiles { folder: folder.to_owned(), names };
    collector.require(directive, resource, BREAKS, Remedy::Words(String::new()));
}

const MOVE: &str = "serve from a directory in the jail";

/// Word with the path: the second of `Alias /url /path`; in a `<Location>`, the only one.
fn find_path_word(directive: &OtherDirective) -> &[u8] {
    args::get_word(directive, directive.words.len().saturating_sub(1).min(1))
}

/// `Alias`: a path that does not exist outside either is a 404 there too.
pub(crate) fn read_alias(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let Some(path) = resolve_target(directive, context) else { return };
    let is_decoration = args::get_text(directive, 0).trim_end_matches('/') == "/icons";
    let weight = Weight { breaks: !is_decoration, ..select_weight(context.input.mode) };
    let remedy = advise_path(&path);
    require_access_files(directive, &path, context, collector);
    collector.require(directive, Resource::Either(path.clone()), weight, remedy);
    collector.require_tree(directive, &path);
}

/// `ScriptAlias`: a directory of programs, or one program, also with a slash behind it.
pub(crate) fn read_script_alias(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let Some(path) = resolve_target(directive, context) else { return };
    let path: PathBuf = path.components().collect();
    let word = find_path_word(directive);
    let is_whole = is_literal(directive) || args::cut_variables(word).len() == word.len();
    let remedy = Remedy::PathOrProgram(path.clone());
    let weight = select_weight(context.input.mode);
    require_access_files(directive, &path, context, collector);
    collector.require(directive, Resource::Either(path.clone()), weight, remedy);
    collector.require_tree(directive, &path);
    if is_whole && (context.runs_cgi() || context.is_loaded(&[c"mod_fcgid.c"])) {
        let resource = Resource::Programs { folder: path, endings: Vec::new() };
        collector.require(directive, resource, BREAKS_IF_THERE, Remedy::Program);
    }
}

/// Target of an `Alias`, or the directory that contains all targets.
fn resolve_target(directive: &OtherDirective, context: &RuleContext<'_>) -> Option<PathBuf> {
    let word = find_path_word(directive);
    if is_literal(directive) {
        return Some(context.input.base_dirs.server_root.join(OsStr::from_bytes(word)));
    }
    context.resolve_path(word).or_else(|| context.resolve_folder(word))
}

/// Whether the target has no variables: those of a pattern, or of a section for a URL, have.
fn is_literal(directive: &OtherDirective) -> bool {
    !directive.name.to_ascii_lowercase().ends_with("match") && directive.words.len() > 1
}

/// Remedy for files that are served from outside of the jail.
fn advise_path(path: &Path) -> Remedy {
    Remedy::Path(path.components().collect())
}

pub(crate) fn read_virtual_root(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let word = args::get_word(directive, 0);
    let end = word.iter().position(|&byte| byte == b'%').unwrap_or(word.len());
    let end = if end == word.len() {
        end
    } else {
        word[..end].iter().rposition(|&byte| byte == b'/').unwrap_or(0)
    };
    let Some(path) = context.resolve_path(&word[..end]) else { return };
    require_root(directive, path, context, collector);
}

/// `UserDir public_html`: the home is looked up by the user's name. With a path, it is not.
pub(crate) fn read_user_dir(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if matches!(&*args::get_text(directive, 0).to_ascii_lowercase(), "disabled" | "enabled") {
        return;
    }
    for word in directive.words.iter().map(args::as_bytes) {
        if args::find_bytes(word, b"://").is_some() {
            continue;
        }
        if !word.starts_with(b"/") {
            collector.require(directive, Resource::Users, BREAKS, Remedy::Set(ProvideSet::Users));
            for homes in context.input.homes {
                let remedy = Remedy::Path(homes.clone());
                let resource = Resource::Whole(homes.clone());
                collector.require(directive, resource, LESS_IF_THERE, remedy);
            }
            continue;
        }
        let end = word.iter().position(|&byte| byte == b'*').unwrap_or(word.len());
        let end = word[..end].iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
        if let Some(path) = context.resolve_path(&word[..end]) {
            let remedy = advise_path(&path);
            collector.require(
                directive,
                Resource::Folder(path),
                select_weight(context.input.mode),
                remedy,
            );
        }
    }
}

/// `Options`: httpd must be allowed to follow the symbolic link that keeps host paths valid.
pub(crate) fn read_options(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    cgi::require_shell_of_pages(directive, context, collector);
    let Some(parent) = context.input.jail.parent() else { return };
    if context.input.mode == HostPathMode::Link
        && is_decisive_for(directive, parent, context)
        && !is_link_followed(parent, context)
    {
        collector.add_known_issue(directive, true, KnownIssueKind::LinkNotFollowed);
    }
}

/// Whether this is the `Options` that decides for the directory.
fn is_decisive_for(
    directive: &OtherDirective,
    directory: &Path,
    context: &RuleContext<'_>,
) -> bool {
    list_options_for(directory, context).last().is_some_and(|last| last.place == directive.place)
}

/// `Options` that apply to a directory, the deciding one last.
fn list_options_for<'a>(directory: &Path, context: &RuleContext<'a>) -> Vec<&'a OtherDirective> {
    let mut all: Vec<_> = context
        .find_directives("Options")
        .filter_map(|it| Some((measure_depth(it, directory)?, it)))
        .collect();
    all.sort_by_key(|&(depth, _)| depth);
    all.into_iter().map(|(_, it)| it).collect()
}

/// Depth of the directory of `Options`, if they apply to `directory`.
fn measure_depth(directive: &OtherDirective, directory: &Path) -> Option<usize> {
    if args::is_server_wide(directive) {
        return Some(0);
    }
    // Sections with wildcards, and those for files or URLs, do not apply to its parent directories.
    let innermost = directive.sections.iter().rev().map(|heading| args::parse_section(heading));
    let (name, path) = innermost.into_iter().next()?;
    let is_on_the_way = name.eq_ignore_ascii_case("Directory") && directory.starts_with(path);
    is_on_the_way
        .then(|| Path::new(path).components().filter(|it| *it != Component::CurDir).count())
}

/// Whether links in `directory` are followed.
fn is_link_followed(directory: &Path, context: &RuleContext<'_>) -> bool {
    let (mut always, mut if_owner) = (true, false);
    for directive in list_options_for(directory, context) {
        let words: Vec<_> = directive
            .words
            .iter()
            .map(|word| word.to_string_lossy().to_ascii_lowercase())
            .collect();
        if !words.iter().any(|word| word.starts_with(['+', '-'])) {
            (always, if_owner) = (false, false);
        }
        for word in &words {
            let on = !word.starts_with('-');
            match word.trim_start_matches(['+', '-']) {
                "followsymlinks" => always = on,
                "symlinksifownermatch" => if_owner = on,
                "all" => (always, if_owner) = (on, if_owner && on),
                _ => {}
            }
        }
    }
    always || if_owner
}

/// `<Directory` with inside paths: a section for a host path in the jail has no effect, so its prohibitions do not
/// apply.
pub(crate) fn read_directory(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let word = args::get_text(directive, 0);
    let path = Path::new(word.trim_end_matches('>'));
    if context.input.mode == HostPathMode::Off && path.starts_with(context.input.jail) {
        collector.add_known_issue(directive, false, KnownIssueKind::SectionOutside);
    }
}

/// Mutexes that a child opens again after entry, each with its module. Those of the accept call are opened before.
const OPENED_AGAIN: [(&str, &CStr); 13] = [
    ("ssl-cache", c"mod_ssl.c"),
    ("ssl-stapling", c"mod_ssl.c"),
    ("ssl-stapling-refresh", c"mod_ssl.c"),
    ("rewrite-map", c"mod_rewrite.c"),
    ("ldap-cache", c"util_ldap.c"),
    ("ldap-cache", c"mod_ldap.c"),
    ("authn-socache", c"mod_authn_socache.c"),
    ("cache-socache", c"mod_cache_socache.c"),
    ("authdigest-opaque", c"mod_auth_digest.c"),
    ("authdigest-client", c"mod_auth_digest.c"),
    ("lua-ivm-shm", c"mod_lua.c"),
    ("watchdog-callback", c"mod_watchdog.c"),
    ("proxy-balancer-shm", c"mod_proxy_balancer.c"),
];

/// `Mutex flock[:/path] [default|name ...] [OmitPID]`. `file` is fcntl where that exists, and fcntl
/// needs no second opening.
pub(crate) fn read_mutex(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let how = args::get_text(directive, 0).to_ascii_lowercase();
    if how.split(':').next() != Some("flock") {
        return;
    }
    let names: Vec<String> = directive
        .words
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().to_ascii_lowercase())
        .filter(|word| word != "omitpid")
        .collect();
    let is_default = names.is_empty() || names.iter().any(|name| name == "default");
    let is_meant = |name: &&str| {
        is_default && !has_own_mutex(name, context) || names.iter().any(|it| it == name)
    };
    let is_used =
        OPENED_AGAIN.iter().any(|(name, module)| is_meant(name) && context.is_loaded(&[module]));
    if is_used {
        collector.add_known_issue(directive, true, KnownIssueKind::MutexFile);
    }
}

/// Whether another `Mutex` sets the mechanism of the mutex `name`.
fn has_own_mutex(name: &str, context: &RuleContext<'_>) -> bool {
    let names = |directive: &OtherDirective| {
        directive.words.iter().skip(1).any(|word| word.to_string_lossy().eq_ignore_ascii_case(name))
    };
    context.find_directives("Mutex").any(names)
}

/// `InputSed`, `OutputSed`: `r /path` and `w /path` of a script, and the `w /path` after a substitution.
pub(crate) fn read_sed(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let script = args::get_text(directive, 0);
    let is_address = |it: char| it.is_ascii_digit() || matches!(it, '$' | ',' | ' ' | '!');
    let command = script.trim_start_matches(is_address);
    if let Some(path) = command.strip_prefix("r ").map(str::trim).filter(|it| it.starts_with('/')) {
        return path_use::require_absolute(directive, path.into(), PathUse::Read, LESS, collector);
    }
    let written = command.strip_prefix("w ").or_else(|| find_substitution_file(command));
    if let Some(path) = written.map(str::trim).filter(|path| path.starts_with('/')) {
        path_use::require_absolute(directive, path.into(), PathUse::Write, LESS, collector);
    }
}

/// File of `s/a/b/w /path`.
fn find_substitution_file(command: &str) -> Option<&str> {
    let rest = command.strip_prefix('s')?;
    let delimiter = rest.chars().next().filter(|it| !it.is_alphanumeric() && *it != ' ')?;
    let flags = rest.splitn(4, delimiter).nth(3)?;
    flags.split_once("w ").map(|(_, path)| path)
}
