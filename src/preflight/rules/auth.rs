//! Authentication and authorization: files and directory servers with users, names of hosts.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::config::set_catalogue::LDAP_SETTINGS;
use crate::preflight::engine::collector::{
    BREAKS, Collector, DECIDES, LESS, LESS_IF_THERE, Weight,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::{args, hosts};
use crate::preflight::rules::expressions;
use crate::preflight::{Remedy, Resource};
use std::path::PathBuf;

pub(crate) fn read_require(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let from = usize::from(args::get_text(directive, 0).eq_ignore_ascii_case("not"));
    // An address whose name cannot be looked up does not match: `Require not` then denies nothing.
    let weight = if from == 1 { DECIDES } else { BREAKS };
    match &*args::get_text(directive, from).to_ascii_lowercase() {
        "host" => require_resolver(directive, weight, collector),
        "forward-dns" => {
            for name in directive.words.iter().skip(from + 1).map(args::as_bytes) {
                hosts::require_host(directive, name, weight, collector);
            }
        }
        "file-owner" | "file-group" => {
            collector.require(directive, Resource::Users, BREAKS, Remedy::Set(ProvideSet::Users));
        }
        // mod_authz_unixgroup.
        "unix-group" | "unix-file-group" => {
            collector.require(directive, Resource::Users, weight, Remedy::Set(ProvideSet::Users));
        }
        "expr" => {
            expressions::require_files_of_access(
                directive,
                &args::join_words(directive, from + 1),
                collector,
            );
        }
        _ => {}
    }
}

/// `Allow from example.org`: a word with a letter that is neither `all` nor `env=`.
pub(crate) fn read_allow(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_name = |word: &String| {
        let is_address =
            word.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:/".contains(&byte));
        !is_address && word != "all" && !word.starts_with("env=") && !word.contains('%')
    };
    let words = directive.words.iter().skip(1);
    if words.map(|word| word.to_string_lossy().to_ascii_lowercase()).any(|word| is_name(&word)) {
        let denies = directive.name.eq_ignore_ascii_case("Deny");
        require_resolver(directive, if denies { DECIDES } else { BREAKS }, collector);
    }
}

pub(crate) fn read_lookups(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_canonical = directive.name.eq_ignore_ascii_case("UseCanonicalName");
    match &*args::get_text(directive, 0).to_ascii_lowercase() {
        // Of `UseCanonicalName`, only `DNS` looks up a name.
        "on" if is_canonical => {}
        "on" | "double" | "dns" => require_resolver(directive, LESS, collector),
        _ => {}
    }
}

/// Requires name servers, which are asked for the names of addresses.
fn require_resolver(directive: &OtherDirective, weight: Weight, collector: &mut Collector<'_>) {
    collector.require(directive, Resource::Resolver, weight, Remedy::Set(ProvideSet::Dns));
}

/// `AuthLDAPURL "ldap://host1:port host2/basedn?..." [NONE|SSL|TLS|STARTTLS]`
pub(crate) fn read_ldap_url(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let url = args::get_text(directive, 0);
    let Some((scheme, rest)) = url.split_once("://") else { return };
    let servers = rest.split(['/', '?']).next().unwrap_or(rest);
    for server in servers.split_whitespace() {
        hosts::require_host(directive, hosts::strip_port(server).as_bytes(), BREAKS, collector);
    }
    let mode = args::get_text(directive, 1).to_ascii_uppercase();
    let is_secret =
        scheme.eq_ignore_ascii_case("ldaps") || matches!(&*mode, "SSL" | "TLS" | "STARTTLS");
    if is_secret
        && !context.has_directive("LDAPTrustedGlobalCert")
        && !context.has_first_word("LDAPVerifyServerCert", &["off"])
    {
        let resource = Resource::AnyFile(LDAP_SETTINGS.iter().map(PathBuf::from).collect());
        let remedy = "set LDAPTrustedGlobalCert to the server's CA, and add ChrootProvide config";
        collector.require(directive, resource, LESS_IF_THERE, Remedy::Words(remedy.into()));
    }
}
