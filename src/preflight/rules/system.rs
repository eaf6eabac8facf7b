//! What the core does with files in a child: locks, cores, profiles.

use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{Collector, LESS};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass, always};
use std::ffi::CStr;

pub(crate) const ROWS: &[Row] = &[
    ("Mutex", RowClass::Read(mutex)),
    ("CoreDumpDirectory", RowClass::Path(0, PathUse::WriteIn, LESS, always)),
    ("GprofDir", RowClass::Path(0, PathUse::WriteIn, LESS, always)),
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
fn mutex(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let how = args::text(foreign, 0).to_ascii_lowercase();
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
        found.know(foreign, true, KnownIssueKind::MutexFile);
    }
}

/// Whether another `Mutex` gives that one a kind of its own.
fn is_named(name: &str, scene: &RuleContext<'_>) -> bool {
    let names = |foreign: &OtherDirective| {
        foreign.words.iter().skip(1).any(|word| word.to_string_lossy().eq_ignore_ascii_case(name))
    };
    scene.said("Mutex").any(names)
}
