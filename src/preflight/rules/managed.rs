#![forbid(unsafe_code)]
//! mod_md: certificates are renewed, and challenges answered, in a child.

use super::found::{Found, LESS};
use super::hosts;
use super::programs::program;
use super::row::{Class, Row};
use super::scene::Scene;
use super::used::{self, Use};
use super::words;
use crate::configured::Foreign;
use crate::fault::KnownTrouble;

pub(super) const ROWS: &[Row] = &[
    ("MDomain", Class::Read(domain)),
    ("<MDomainSet", Class::Read(domain)),
    ("<MDomain", Class::Read(domain)),
    ("ManagedDomain", Class::Read(domain)),
    ("MDStapling", Class::Read(stapling)),
    ("MDCertificateAuthority", Class::Read(authority)),
    ("MDCACertificateFile", Class::Read(authorities)),
    ("MDNotifyCmd", Class::Read(command)),
    ("MDMessageCmd", Class::Read(command)),
    ("MDChallengeDns01", Class::Read(command)),
];

fn is_in_use(scene: &Scene<'_>) -> bool {
    ["MDomain", "<MDomainSet", "<MDomain", "ManagedDomain"].iter().any(|name| scene.has(name))
}

/// The store is root's, and holds keys: it belongs outside, where no child can write to it.
fn domain(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let store = scene.said("MDStoreDir").last().and_then(|it| scene.path(words::at(it, 0)));
    let is_within_reach = store.is_some_and(|store| scene.is_in_jail(&store));
    let is_done_elsewhere = scene.says("MDRenewMode", &["manual"])
        || (scene.has("MDCertificateFile") && !scene.says("MDRenewMode", &["always"]));
    if !is_within_reach && !is_done_elsewhere {
        found.know(foreign, false, KnownTrouble::ManagedDomain);
    }
}

fn stapling(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let store = scene.said("MDStoreDir").last().and_then(|it| scene.path(words::at(it, 0)));
    let is_on = words::text(foreign, 0).eq_ignore_ascii_case("on");
    if is_on && !store.is_some_and(|store| scene.is_in_jail(&store)) {
        found.know(foreign, false, KnownTrouble::ManagedDomain);
    }
}

fn authority(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if is_in_use(scene) {
        foreign
            .words
            .iter()
            .for_each(|word| hosts::of_url(foreign, words::bytes(word), LESS, found));
    }
}

fn authorities(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if is_in_use(scene) && !words::text(foreign, 0).eq_ignore_ascii_case("none") {
        used::path(foreign, 0, Use::Read, LESS, found);
    }
}

fn command(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if is_in_use(scene) {
        program(foreign, &words::text(foreign, 0), LESS, found);
    }
}
