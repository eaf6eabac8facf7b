//! mod_proxy and its modules: backends by name and by socket.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, LESS, Weight, enclosing_folder,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::{args, hosts};
use crate::preflight::rules::cgi;
use crate::preflight::{Remedy, Resource};
use crate::provide::SocketsBy;
use crate::view::HostPathMode;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

pub(crate) fn is_express(context: &RuleContext<'_>) -> bool {
    context.has_first_word("ProxyExpressEnable", &["on"])
}

pub(crate) fn has_heartbeats(context: &RuleContext<'_>) -> bool {
    context.is_loaded(&[c"mod_heartmonitor.c", c"mod_lbmethod_heartbeat.c"])
}

/// `ProxyPass /path url key=value`, `ProxyPass url` in a `<Location>`, `ProxyPass /path !`.
pub(crate) fn read_pass(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_backend = |word: &&[u8]| is_url(word);
    if let Some(word) = directive.words.iter().take(2).map(args::as_bytes).find(is_backend) {
        require_backend(directive, word, context, collector);
    }
}

pub(crate) fn read_member(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_backend = |word: &&[u8]| is_url(word) && !word.starts_with(b"balancer:");
    if let Some(word) = directive.words.iter().take(2).map(args::as_bytes).find(is_backend) {
        require_backend(directive, word, context, collector);
    }
}

/// Whether a word names a backend rather than a path of a URL or an option.
fn is_url(word: &[u8]) -> bool {
    word.starts_with(b"unix:") || args::find_bytes(word, b"://").is_some()
}

pub(crate) fn read_handler(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if let Some(word) = args::get_word(directive, 0).strip_prefix(b"proxy:") {
        require_backend(directive, word, context, collector);
    }
    cgi::read_set_handler(directive, context, collector);
}

/// `RewriteRule . - [H=proxy:unix:/path|fcgi://localhost]`
pub(crate) fn read_rule_handler(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let flags = args::join_words(directive, 2);
    let named = flags.trim_matches(['[', ']']).split(',').find_map(|flag| {
        let (name, value) = flag.split_once('=')?;
        let is_handler = matches!(&*name.trim().to_ascii_lowercase(), "h" | "handler");
        value.strip_prefix("proxy:").filter(|_| is_handler)
    });
    if let Some(word) = named {
        require_backend(directive, word.as_bytes(), context, collector);
    }
}

/// Requires the backend of `unix:/path|http://host/`, `http://host/` or `fd:///path`, wherever in the word it begins.
pub(crate) fn require_backend(
    directive: &OtherDirective,
    word: &[u8],
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    check_script_name(directive, word, context, collector);
    if let Some(start) = args::find_bytes(word, b"unix:") {
        let rest = &word[start + 5..];
        let path = rest.split(|&byte| byte == b'|').next().unwrap_or(rest);
        return require_socket(directive, path, BREAKS_IF_THERE, collector);
    }
    if let Some(path) = word.strip_prefix(b"fd://") {
        return require_socket(directive, path, BREAKS_IF_THERE, collector);
    }
    if !word.starts_with(b"balancer:") && args::find_bytes(word, b"://").is_some() {
        hosts::require_url_host(directive, word, BREAKS, collector);
    }
}

/// Requires a socket, relative to `DefaultRuntimeDir`. A backend that does not run yet has none.
fn require_socket(
    directive: &OtherDirective,
    path: &[u8],
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    if path.is_empty() || args::cut_variables(path).len() != path.len() {
        return;
    }
    let path = collector.input().base_dirs.runtime_dir.join(OsStr::from_bytes(path));
    let remedy =
        collector.provide_sockets(enclosing_folder(&path), SocketsBy::Others(path.clone()));
    collector.require(directive, Resource::Socket(path), weight, remedy);
}

/// With inside paths, a FastCGI backend outside receives script names that it cannot resolve.
fn check_script_name(
    directive: &OtherDirective,
    word: &[u8],
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_off = context.input.mode == HostPathMode::Off;
    let is_mended = context.has_directive("ProxyFCGISetEnvIf");
    if is_off && !is_mended && args::find_bytes(word, b"fcgi://").is_some() {
        collector.add_known_issue(directive, false, KnownIssueKind::ScriptName);
    }
}

/// `ProxySCGISendfile`: a child opens the file that the backend names.
pub(crate) fn read_send_file(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if !args::get_text(directive, 0).eq_ignore_ascii_case("off") {
        collector.add_known_issue(directive, false, KnownIssueKind::SendFile);
    }
}

/// `SetEnv proxy-sendcl`: mod_proxy stores long request bodies in a file to count their length.
pub(crate) fn read_environment(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if args::get_text(directive, 0).eq_ignore_ascii_case("proxy-sendcl") {
        let resource = Resource::Scratch(context.list_temp_dirs());
        collector.require(directive, resource, LESS, Remedy::Set(ProvideSet::Tmp));
    }
}
