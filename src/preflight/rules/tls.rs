//! Certificates: files that mod_ssl opens at a handshake, and mod_md, which renews certificates in a child.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, DECIDES, LESS, LESS_IF_THERE, Weight,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, hosts, path_use};
use crate::preflight::{Remedy, Resource};

/// Directories of certificates under their hashes. They are used only where a client's certificate is verified;
/// `SSLVerifyClient` may be in an `.htaccess` too.
pub(crate) fn read_authorities(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let verify =
        if directive.name.starts_with("SSLProxy") { "SSLProxyVerify" } else { "SSLVerifyClient" };
    let check = if directive.name.starts_with("SSLProxy") {
        "SSLProxyCARevocationCheck"
    } else {
        "SSLCARevocationCheck"
    };
    let is_list = directive.name.ends_with("CARevocationPath");
    let weight = match context.has_other_first_word(verify, &["none"]) {
        // `no_crl_for_cert_ok` takes a certificate whose list is missing for one that is not revoked.
        true if is_list && context.has_other_first_word(check, &["none"]) => DECIDES,
        true => BREAKS,
        false => LESS_IF_THERE,
    };
    path_use::require_word(directive, 0, PathUse::ReadIn, weight, collector);
}

/// `SSLRandomSeed connect file:/path|exec:/path|egd:/path`. The random devices are not needed: libssl
/// asks the kernel.
pub(crate) fn read_seed(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if !args::get_text(directive, 0).eq_ignore_ascii_case("connect") {
        return;
    }
    let Some((kind, path)) = args::split_at_byte(args::get_word(directive, 1), b':') else {
        return;
    };
    let Some(path) = context.resolve_path(path) else { return };
    if ["/dev/urandom", "/dev/random", "/dev/arandom"].iter().any(|device| path.ends_with(device)) {
        return;
    }
    let remedy = Remedy::Path(path.clone());
    match kind {
        b"file" => collector.require(directive, Resource::File(path), LESS, remedy),
        b"exec" => collector.require(directive, Resource::Program(path), LESS, Remedy::Program),
        b"egd" => collector.require(directive, Resource::Socket(path), LESS, remedy),
        _ => {}
    }
}

/// `SSLUseStapling`: the certificate names the responder.
pub(crate) fn read_stapling(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_on = args::get_text(directive, 0).eq_ignore_ascii_case("on");
    if is_on
        && !context.has_directive("SSLStaplingForceURL")
        && !context.has_directive("SSLOCSPProxyURL")
    {
        collector.require(directive, Resource::Resolver, LESS, Remedy::Set(ProvideSet::Dns));
    }
}

pub(crate) fn read_stapling_url(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if context.has_first_word("SSLUseStapling", &["on"]) {
        hosts::require_url_host(directive, args::get_word(directive, 0), LESS, collector);
    }
}

pub(crate) fn read_ocsp(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_on = !args::get_text(directive, 0).eq_ignore_ascii_case("off");
    let is_fixed = context.has_directive("SSLOCSPProxyURL")
        || context.has_first_word("SSLOCSPOverrideResponder", &["on"]);
    if is_on && !is_fixed {
        collector.require(directive, Resource::Resolver, BREAKS, Remedy::Set(ProvideSet::Dns));
    }
}

pub(crate) fn read_ocsp_url(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let by_clients = context.has_other_first_word("SSLOCSPEnable", &["off"]);
    let is_proxy = directive.name.eq_ignore_ascii_case("SSLOCSPProxyURL");
    let weight: Weight = match by_clients {
        true => BREAKS,
        false if is_proxy && context.has_first_word("SSLUseStapling", &["on"]) => LESS,
        false => return,
    };
    hosts::require_url_host(directive, args::get_word(directive, 0), weight, collector);
}

/// Remedy and weight of a file or directory of certificate authorities that a setting of another program names.
pub(crate) fn advise_authorities(path: &std::path::Path) -> (Remedy, Weight) {
    let is_public = ProvideSet::Ca.has_path(path);
    let remedy =
        if is_public { Remedy::Set(ProvideSet::Ca) } else { Remedy::Path(path.to_owned()) };
    (remedy, BREAKS_IF_THERE)
}

fn is_in_use(context: &RuleContext<'_>) -> bool {
    ["MDomain", "<MDomainSet", "<MDomain", "ManagedDomain"]
        .iter()
        .any(|name| context.has_directive(name))
}

/// `MDomain`: the store belongs to root and contains keys, so it must be outside, where no child can write to it.
pub(crate) fn read_md_domain(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let store = context
        .find_directives("MDStoreDir")
        .last()
        .and_then(|it| context.resolve_path(args::get_word(it, 0)));
    let is_within_reach = store.is_some_and(|store| context.is_in_jail(&store));
    let is_done_elsewhere = context.has_first_word("MDRenewMode", &["manual"])
        || (context.has_directive("MDCertificateFile")
            && !context.has_first_word("MDRenewMode", &["always"]));
    if !is_within_reach && !is_done_elsewhere {
        collector.add_known_issue(directive, false, KnownIssueKind::ManagedDomain);
    }
}

pub(crate) fn read_md_stapling(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let store = context
        .find_directives("MDStoreDir")
        .last()
        .and_then(|it| context.resolve_path(args::get_word(it, 0)));
    let is_on = args::get_text(directive, 0).eq_ignore_ascii_case("on");
    if is_on && !store.is_some_and(|store| context.is_in_jail(&store)) {
        collector.add_known_issue(directive, false, KnownIssueKind::ManagedDomain);
    }
}

pub(crate) fn read_md_authority(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if is_in_use(context) {
        directive.words.iter().for_each(|word| {
            hosts::require_url_host(directive, args::as_bytes(word), LESS, collector)
        });
    }
}

pub(crate) fn read_md_authorities(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if is_in_use(context) && !args::get_text(directive, 0).eq_ignore_ascii_case("none") {
        path_use::require_word(directive, 0, PathUse::Read, LESS, collector);
    }
}

pub(crate) fn read_md_command(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if is_in_use(context) {
        path_use::require_program(directive, &args::get_text(directive, 0), LESS, collector);
    }
}
