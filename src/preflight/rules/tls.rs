#![forbid(unsafe_code)]
//! mod_ssl: what is looked up at a handshake rather than read at start.

use super::found::{BREAKS, BREAKS_IF_THERE, Found, LESS, LESS_IF_THERE, Weight};
use super::hosts;
use super::row::{Class, Row};
use super::scene::Scene;
use super::used::{self, Use};
use super::words;
use crate::configured::Foreign;
use crate::preflight::{Need, Remedy};
use crate::settings::Set;

pub(super) const ROWS: &[Row] = &[
    ("SSLCACertificatePath", Class::Read(authorities)),
    ("SSLCARevocationPath", Class::Read(authorities)),
    ("SSLProxyCACertificatePath", Class::Read(authorities)),
    ("SSLProxyCARevocationPath", Class::Read(authorities)),
    ("SSLRandomSeed", Class::Read(seed)),
    ("SSLUseStapling", Class::Read(stapling)),
    ("SSLStaplingForceURL", Class::Read(stapling_url)),
    ("SSLOCSPEnable", Class::Read(ocsp)),
    ("SSLOCSPDefaultResponder", Class::Read(ocsp_url)),
    ("SSLOCSPProxyURL", Class::Read(ocsp_url)),
];

/// Folders of certificates under their hashes. They matter only where somebody's certificate is
/// verified; `SSLVerifyClient` may be in an `.htaccess` too.
fn authorities(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let verify =
        if foreign.name.starts_with("SSLProxy") { "SSLProxyVerify" } else { "SSLVerifyClient" };
    let weight = if scene.says_other_than(verify, &["none"]) { BREAKS } else { LESS_IF_THERE };
    used::path(foreign, 0, Use::ReadIn, weight, found);
}

/// `SSLRandomSeed connect file:/path|exec:/path|egd:/path`. Nobody needs the random devices: libssl
/// asks the kernel.
fn seed(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if !words::text(foreign, 0).eq_ignore_ascii_case("connect") {
        return;
    }
    let Some((kind, path)) = words::split(words::at(foreign, 1), b':') else { return };
    let Some(path) = scene.path(path) else { return };
    if ["/dev/urandom", "/dev/random", "/dev/arandom"].iter().any(|device| path.ends_with(device)) {
        return;
    }
    let remedy = Remedy::Path(path.clone());
    match kind {
        b"file" => found.claim(foreign, Need::File(path), LESS, remedy),
        b"exec" => found.claim(foreign, Need::Program(path), LESS, Remedy::Program),
        b"egd" => found.claim(foreign, Need::Socket(path), LESS, remedy),
        _ => {}
    }
}

/// The responder is named in the certificate.
fn stapling(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_on = words::text(foreign, 0).eq_ignore_ascii_case("on");
    if is_on && !scene.has("SSLStaplingForceURL") && !scene.has("SSLOCSPProxyURL") {
        found.claim(foreign, Need::Resolver, LESS, Remedy::Set(Set::Dns));
    }
}

fn stapling_url(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if scene.says("SSLUseStapling", &["on"]) {
        hosts::of_url(foreign, words::at(foreign, 0), LESS, found);
    }
}

fn ocsp(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_on = !words::text(foreign, 0).eq_ignore_ascii_case("off");
    let is_fixed = scene.has("SSLOCSPProxyURL") || scene.says("SSLOCSPOverrideResponder", &["on"]);
    if is_on && !is_fixed {
        found.claim(foreign, Need::Resolver, BREAKS, Remedy::Set(Set::Dns));
    }
}

fn ocsp_url(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let by_clients = scene.says_other_than("SSLOCSPEnable", &["off"]);
    let is_proxy = foreign.name.eq_ignore_ascii_case("SSLOCSPProxyURL");
    let weight: Weight = match by_clients {
        true => BREAKS,
        false if is_proxy && scene.says("SSLUseStapling", &["on"]) => LESS,
        false => return,
    };
    hosts::of_url(foreign, words::at(foreign, 0), weight, found);
}

/// Certificates of public authorities in the name of a setting of another program.
pub(super) fn public(path: &std::path::Path) -> (Remedy, Weight) {
    let folders = ["/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/pki", "/usr/share/ca-certificates"];
    let is_public = folders.iter().any(|folder| path.starts_with(folder));
    let remedy = if is_public { Remedy::Set(Set::Ca) } else { Remedy::Path(path.to_owned()) };
    (remedy, BREAKS_IF_THERE)
}
