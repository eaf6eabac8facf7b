#![forbid(unsafe_code)]
//! What the core does with files in a child: locks, cores, profiles.

use super::found::{Found, LESS};
use super::row::{Class, Row, always};
use super::scene::Scene;
use super::used::Use;
use super::words;
use crate::configured::Foreign;
use crate::fault::KnownTrouble;
use std::ffi::CStr;

pub(super) const ROWS: &[Row] = &[
    ("Mutex", Class::Read(mutex)),
    ("CoreDumpDirectory", Class::Path(0, Use::WriteIn, LESS, always)),
    ("GprofDir", Class::Path(0, Use::WriteIn, LESS, always)),
];

/// Which module has which mutex that a child opens again after entry. Those of the accept call are
/// opened before.
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
fn mutex(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let how = words::text(foreign, 0).to_ascii_lowercase();
    if how.split(':').next() != Some("flock") {
        return;
    }
    let names: Vec<String> = foreign
        .words
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().to_ascii_lowercase())
        .filter(|word| word != "omitpid")
        .collect();
    let is_default = names.is_empty() || names.iter().any(|name| name == "default");
    let is_meant =
        |name: &&str| is_default && !is_named(name, scene) || names.iter().any(|it| it == name);
    let is_used =
        OPENED_AGAIN.iter().any(|(name, module)| is_meant(name) && scene.is_loaded(&[module]));
    if is_used {
        found.know(foreign, true, KnownTrouble::MutexFile);
    }
}

/// Whether another `Mutex` gives that one a kind of its own.
fn is_named(name: &str, scene: &Scene<'_>) -> bool {
    let names = |foreign: &Foreign| {
        foreign.words.iter().skip(1).any(|word| word.to_string_lossy().eq_ignore_ascii_case(name))
    };
    scene.said("Mutex").any(names)
}
