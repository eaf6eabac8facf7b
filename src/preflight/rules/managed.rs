//! mod_md: certificates are renewed, and challenges answered, in a child.

use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{Collector, LESS};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::engine::{args, hosts, path_use};
use crate::preflight::rules::programs::program;

pub(crate) const ROWS: &[Row] = &[
    ("MDomain", RowClass::Read(domain)),
    ("<MDomainSet", RowClass::Read(domain)),
    ("<MDomain", RowClass::Read(domain)),
    ("ManagedDomain", RowClass::Read(domain)),
    ("MDStapling", RowClass::Read(stapling)),
    ("MDCertificateAuthority", RowClass::Read(authority)),
    ("MDCACertificateFile", RowClass::Read(authorities)),
    ("MDNotifyCmd", RowClass::Read(command)),
    ("MDMessageCmd", RowClass::Read(command)),
    ("MDChallengeDns01", RowClass::Read(command)),
];

fn is_in_use(scene: &RuleContext<'_>) -> bool {
    ["MDomain", "<MDomainSet", "<MDomain", "ManagedDomain"].iter().any(|name| scene.has(name))
}

/// The store is root's, and holds keys: it belongs outside, where no child can write to it.
fn domain(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let store = scene.said("MDStoreDir").last().and_then(|it| scene.path(args::at(it, 0)));
    let is_within_reach = store.is_some_and(|store| scene.is_in_jail(&store));
    let is_done_elsewhere = scene.says("MDRenewMode", &["manual"])
        || (scene.has("MDCertificateFile") && !scene.says("MDRenewMode", &["always"]));
    if !is_within_reach && !is_done_elsewhere {
        found.know(foreign, false, KnownIssueKind::ManagedDomain);
    }
}

fn stapling(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let store = scene.said("MDStoreDir").last().and_then(|it| scene.path(args::at(it, 0)));
    let is_on = args::text(foreign, 0).eq_ignore_ascii_case("on");
    if is_on && !store.is_some_and(|store| scene.is_in_jail(&store)) {
        found.know(foreign, false, KnownIssueKind::ManagedDomain);
    }
}

fn authority(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if is_in_use(scene) {
        foreign
            .words
            .iter()
            .for_each(|word| hosts::of_url(foreign, args::bytes(word), LESS, found));
    }
}

fn authorities(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if is_in_use(scene) && !args::text(foreign, 0).eq_ignore_ascii_case("none") {
        path_use::path(foreign, 0, PathUse::Read, LESS, found);
    }
}

fn command(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if is_in_use(scene) {
        program(foreign, &args::text(foreign, 0), LESS, found);
    }
}
