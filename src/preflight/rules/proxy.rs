//! mod_proxy: backends by name and by socket.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, LESS, Weight, around,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::engine::{args, hosts};
use crate::preflight::rules::{implicit, programs};
use crate::preflight::{Remedy, Resource};
use crate::provide::SocketsBy;
use crate::view::HostPathMode;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

pub(crate) const ROWS: &[Row] = &[
    ("ProxyPass", RowClass::Read(pass)),
    ("ProxyPassMatch", RowClass::Read(pass)),
    ("ProxyRemote", RowClass::Read(remote)),
    ("ProxyRemoteMatch", RowClass::Read(remote)),
    ("BalancerMember", RowClass::Read(member)),
    ("SetHandler", RowClass::Read(handler)),
    ("ProxyExpressDBMFile", RowClass::Path(0, PathUse::ReadDbm, BREAKS, is_express)),
    ("HeartbeatStorage", RowClass::Path(0, PathUse::Write, LESS, has_heartbeats)),
    ("ProxySCGISendfile", RowClass::Read(send_file)),
    ("MDHttpProxy", RowClass::Read(remote_of_md)),
    ("SetEnv", RowClass::Read(environment)),
];

fn is_express(scene: &RuleContext<'_>) -> bool {
    scene.says("ProxyExpressEnable", &["on"])
}

fn has_heartbeats(scene: &RuleContext<'_>) -> bool {
    scene.is_loaded(&[c"mod_heartmonitor.c", c"mod_lbmethod_heartbeat.c"])
}

/// `ProxyPass /path url key=value`, `ProxyPass url` in a `<Location>`, `ProxyPass /path !`.
fn pass(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let is_backend = |word: &&[u8]| is_url(word);
    if let Some(word) = foreign.words.iter().take(2).map(args::bytes).find(is_backend) {
        backend(foreign, word, scene, found);
    }
}

fn member(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let is_backend = |word: &&[u8]| is_url(word) && !word.starts_with(b"balancer:");
    if let Some(word) = foreign.words.iter().take(2).map(args::bytes).find(is_backend) {
        backend(foreign, word, scene, found);
    }
}

/// Whether a word names a backend rather than a path of a URL or an option.
fn is_url(word: &[u8]) -> bool {
    word.starts_with(b"unix:") || args::find(word, b"://").is_some()
}

fn handler(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if let Some(word) = args::at(foreign, 0).strip_prefix(b"proxy:") {
        backend(foreign, word, scene, found);
    }
    programs::set_handler(foreign, scene, found);
}

/// `RewriteRule . - [H=proxy:unix:/path|fcgi://localhost]`
pub(crate) fn handler_of_rule(
    foreign: &OtherDirective,
    scene: &RuleContext<'_>,
    found: &mut Collector<'_>,
) {
    let flags = args::rest(foreign, 2);
    let named = flags.trim_matches(['[', ']']).split(',').find_map(|flag| {
        let (name, value) = flag.split_once('=')?;
        let is_handler = matches!(&*name.trim().to_ascii_lowercase(), "h" | "handler");
        value.strip_prefix("proxy:").filter(|_| is_handler)
    });
    if let Some(word) = named {
        backend(foreign, word.as_bytes(), scene, found);
    }
}

/// `ProxyRemote match url`.
fn remote(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    hosts::of_url(foreign, args::at(foreign, 1), BREAKS, found);
}

fn remote_of_md(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    hosts::of_url(foreign, args::at(foreign, 0), LESS, found);
}

/// Claims `unix:/path|http://host/`, `http://host/` or `fd:///path`, wherever in the word it begins.
pub(crate) fn backend(
    foreign: &OtherDirective,
    word: &[u8],
    scene: &RuleContext<'_>,
    found: &mut Collector<'_>,
) {
    script_name(foreign, word, scene, found);
    if let Some(start) = args::find(word, b"unix:") {
        let rest = &word[start + 5..];
        let path = rest.split(|&byte| byte == b'|').next().unwrap_or(rest);
        return socket(foreign, path, BREAKS_IF_THERE, found);
    }
    if let Some(path) = word.strip_prefix(b"fd://") {
        return socket(foreign, path, BREAKS_IF_THERE, found);
    }
    if !word.starts_with(b"balancer:") && args::find(word, b"://").is_some() {
        hosts::of_url(foreign, word, BREAKS, found);
    }
}

/// A socket is relative to `DefaultRuntimeDir`. A backend that is not up yet has none.
fn socket(foreign: &OtherDirective, path: &[u8], weight: Weight, found: &mut Collector<'_>) {
    if path.is_empty() || args::fixed(path).len() != path.len() {
        return;
    }
    let path = found.facts().bases.runtime_dir.join(OsStr::from_bytes(path));
    let remedy = found.by_sockets(around(&path), SocketsBy::Others(path.clone()));
    found.claim(foreign, Resource::Socket(path), weight, remedy);
}

/// With inside paths, a FastCGI backend outside is told names of scripts that it does not know.
fn script_name(
    foreign: &OtherDirective,
    word: &[u8],
    scene: &RuleContext<'_>,
    found: &mut Collector<'_>,
) {
    let is_off = scene.facts.way == HostPathMode::Off;
    let is_mended = scene.has("ProxyFCGISetEnvIf");
    if is_off && !is_mended && args::find(word, b"fcgi://").is_some() {
        found.know(foreign, false, KnownIssueKind::ScriptName);
    }
}

/// Whatever the backend names is opened by a child.
fn send_file(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    if !args::text(foreign, 0).eq_ignore_ascii_case("off") {
        found.know(foreign, false, KnownIssueKind::SendFile);
    }
}

/// mod_proxy keeps long request bodies in a file, if the backend is to know their length.
fn environment(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if args::text(foreign, 0).eq_ignore_ascii_case("proxy-sendcl") {
        let need = Resource::Scratch(implicit::scratch(scene));
        found.claim(foreign, need, LESS, Remedy::Set(ProvideSet::Tmp));
    }
}
