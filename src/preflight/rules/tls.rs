//! mod_ssl: what is looked up at a handshake rather than read at start.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, LESS, LESS_IF_THERE, Weight,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::engine::{args, hosts, path_use};
use crate::preflight::{Remedy, Resource};

pub(crate) const ROWS: &[Row] = &[
    ("SSLCACertificatePath", RowClass::Read(authorities)),
    ("SSLCARevocationPath", RowClass::Read(authorities)),
    ("SSLProxyCACertificatePath", RowClass::Read(authorities)),
    ("SSLProxyCARevocationPath", RowClass::Read(authorities)),
    ("SSLRandomSeed", RowClass::Read(seed)),
    ("SSLUseStapling", RowClass::Read(stapling)),
    ("SSLStaplingForceURL", RowClass::Read(stapling_url)),
    ("SSLOCSPEnable", RowClass::Read(ocsp)),
    ("SSLOCSPDefaultResponder", RowClass::Read(ocsp_url)),
    ("SSLOCSPProxyURL", RowClass::Read(ocsp_url)),
];

/// Folders of certificates under their hashes. They matter only where somebody's certificate is
/// verified; `SSLVerifyClient` may be in an `.htaccess` too.
fn authorities(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let verify =
        if foreign.name.starts_with("SSLProxy") { "SSLProxyVerify" } else { "SSLVerifyClient" };
    let weight = if scene.says_other_than(verify, &["none"]) { BREAKS } else { LESS_IF_THERE };
    path_use::path(foreign, 0, PathUse::ReadIn, weight, found);
}

/// `SSLRandomSeed connect file:/path|exec:/path|egd:/path`. Nobody needs the random devices: libssl
/// asks the kernel.
fn seed(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if !args::text(foreign, 0).eq_ignore_ascii_case("connect") {
        return;
    }
    let Some((kind, path)) = args::split(args::at(foreign, 1), b':') else { return };
    let Some(path) = scene.path(path) else { return };
    if ["/dev/urandom", "/dev/random", "/dev/arandom"].iter().any(|device| path.ends_with(device)) {
        return;
    }
    let remedy = Remedy::Path(path.clone());
    match kind {
        b"file" => found.claim(foreign, Resource::File(path), LESS, remedy),
        b"exec" => found.claim(foreign, Resource::Program(path), LESS, Remedy::Program),
        b"egd" => found.claim(foreign, Resource::Socket(path), LESS, remedy),
        _ => {}
    }
}

/// The responder is named in the certificate.
fn stapling(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let is_on = args::text(foreign, 0).eq_ignore_ascii_case("on");
    if is_on && !scene.has("SSLStaplingForceURL") && !scene.has("SSLOCSPProxyURL") {
        found.claim(foreign, Resource::Resolver, LESS, Remedy::Set(ProvideSet::Dns));
    }
}

fn stapling_url(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if scene.says("SSLUseStapling", &["on"]) {
        hosts::of_url(foreign, args::at(foreign, 0), LESS, found);
    }
}

fn ocsp(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let is_on = !args::text(foreign, 0).eq_ignore_ascii_case("off");
    let is_fixed = scene.has("SSLOCSPProxyURL") || scene.says("SSLOCSPOverrideResponder", &["on"]);
    if is_on && !is_fixed {
        found.claim(foreign, Resource::Resolver, BREAKS, Remedy::Set(ProvideSet::Dns));
    }
}

fn ocsp_url(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let by_clients = scene.says_other_than("SSLOCSPEnable", &["off"]);
    let is_proxy = foreign.name.eq_ignore_ascii_case("SSLOCSPProxyURL");
    let weight: Weight = match by_clients {
        true => BREAKS,
        false if is_proxy && scene.says("SSLUseStapling", &["on"]) => LESS,
        false => return,
    };
    hosts::of_url(foreign, args::at(foreign, 0), weight, found);
}

/// Certificates of public authorities in the name of a setting of another program.
pub(crate) fn public(path: &std::path::Path) -> (Remedy, Weight) {
    let is_public = ProvideSet::Ca.has_path(path);
    let remedy =
        if is_public { Remedy::Set(ProvideSet::Ca) } else { Remedy::Path(path.to_owned()) };
    (remedy, BREAKS_IF_THERE)
}
