#![forbid(unsafe_code)]
//! mod_proxy: backends by name and by socket.

use super::found::{BREAKS, BREAKS_IF_THERE, Found, LESS, Weight, around};
use super::hosts;
use super::programs;
use super::row::{Class, Row};
use super::scene::Scene;
use super::unasked;
use super::used::Use;
use super::words;
use crate::configured::Foreign;
use crate::fault::KnownTrouble;
use crate::preflight::{Need, Remedy};
use crate::settings::Set;
use crate::view::{SocketsBy, Way};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

pub(super) const ROWS: &[Row] = &[
    ("ProxyPass", Class::Read(pass)),
    ("ProxyPassMatch", Class::Read(pass)),
    ("ProxyRemote", Class::Read(remote)),
    ("ProxyRemoteMatch", Class::Read(remote)),
    ("BalancerMember", Class::Read(member)),
    ("SetHandler", Class::Read(handler)),
    ("ProxyExpressDBMFile", Class::Path(0, Use::ReadDbm, BREAKS, is_express)),
    ("HeartbeatStorage", Class::Path(0, Use::Write, LESS, has_heartbeats)),
    ("ProxySCGISendfile", Class::Read(send_file)),
    ("MDHttpProxy", Class::Read(remote_of_md)),
    ("SetEnv", Class::Read(environment)),
];

fn is_express(scene: &Scene<'_>) -> bool {
    scene.says("ProxyExpressEnable", &["on"])
}

fn has_heartbeats(scene: &Scene<'_>) -> bool {
    scene.is_loaded(&[c"mod_heartmonitor.c", c"mod_lbmethod_heartbeat.c"])
}

/// `ProxyPass /path url key=value`, `ProxyPass url` in a `<Location>`, `ProxyPass /path !`.
fn pass(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_backend = |word: &&[u8]| is_url(word);
    if let Some(word) = foreign.words.iter().take(2).map(words::bytes).find(is_backend) {
        backend(foreign, word, scene, found);
    }
}

fn member(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_backend = |word: &&[u8]| is_url(word) && !word.starts_with(b"balancer:");
    if let Some(word) = foreign.words.iter().take(2).map(words::bytes).find(is_backend) {
        backend(foreign, word, scene, found);
    }
}

/// Whether a word names a backend rather than a path of a URL or an option.
fn is_url(word: &[u8]) -> bool {
    word.starts_with(b"unix:") || words::find(word, b"://").is_some()
}

fn handler(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if let Some(word) = words::at(foreign, 0).strip_prefix(b"proxy:") {
        backend(foreign, word, scene, found);
    }
    programs::set_handler(foreign, scene, found);
}

/// `RewriteRule . - [H=proxy:unix:/path|fcgi://localhost]`
pub(super) fn handler_of_rule(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let flags = words::rest(foreign, 2);
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
fn remote(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    hosts::of_url(foreign, words::at(foreign, 1), BREAKS, found);
}

fn remote_of_md(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    hosts::of_url(foreign, words::at(foreign, 0), LESS, found);
}

/// Claims `unix:/path|http://host/`, `http://host/` or `fd:///path`, wherever in the word it begins.
pub(super) fn backend(foreign: &Foreign, word: &[u8], scene: &Scene<'_>, found: &mut Found<'_>) {
    script_name(foreign, word, scene, found);
    if let Some(start) = words::find(word, b"unix:") {
        let rest = &word[start + 5..];
        let path = rest.split(|&byte| byte == b'|').next().unwrap_or(rest);
        return socket(foreign, path, BREAKS_IF_THERE, found);
    }
    if let Some(path) = word.strip_prefix(b"fd://") {
        return socket(foreign, path, BREAKS_IF_THERE, found);
    }
    if !word.starts_with(b"balancer:") && words::find(word, b"://").is_some() {
        hosts::of_url(foreign, word, BREAKS, found);
    }
}

/// A socket is relative to `DefaultRuntimeDir`. A backend that is not up yet has none.
fn socket(foreign: &Foreign, path: &[u8], weight: Weight, found: &mut Found<'_>) {
    if path.is_empty() || words::fixed(path).len() != path.len() {
        return;
    }
    let path = found.facts().bases.runtime_dir.join(OsStr::from_bytes(path));
    let remedy = found.by_sockets(around(&path), SocketsBy::Others(path.clone()));
    found.claim(foreign, Need::Socket(path), weight, remedy);
}

/// With inside paths, a FastCGI backend outside is told names of scripts that it does not know.
fn script_name(foreign: &Foreign, word: &[u8], scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_off = scene.facts.way == Way::Off;
    let is_mended = scene.has("ProxyFCGISetEnvIf");
    if is_off && !is_mended && words::find(word, b"fcgi://").is_some() {
        found.know(foreign, false, KnownTrouble::ScriptName);
    }
}

/// Whatever the backend names is opened by a child.
fn send_file(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    if !words::text(foreign, 0).eq_ignore_ascii_case("off") {
        found.know(foreign, false, KnownTrouble::SendFile);
    }
}

/// mod_proxy keeps long request bodies in a file, if the backend is to know their length.
fn environment(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if words::text(foreign, 0).eq_ignore_ascii_case("proxy-sendcl") {
        let need = Need::Scratch(unasked::scratch(scene));
        found.claim(foreign, need, LESS, Remedy::Set(Set::Tmp));
    }
}
