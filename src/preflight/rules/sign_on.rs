//! Modules for signing on that do not come with httpd: CAS, OpenID Connect, SAML, Kerberos, SASL.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{BREAKS, BREAKS_IF_THERE, Collector, enclosing_folder};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, path_use};
use crate::preflight::rules::tls;
use crate::preflight::{Remedy, Resource};
use std::path::Path;

pub(crate) fn caches_in_files(context: &RuleContext<'_>) -> bool {
    context.has_first_word("OIDCCacheType", &["file"])
}

pub(crate) fn read_authorities(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if let Some(path) = context.resolve_path(args::get_word(directive, 0)) {
        let (remedy, weight) = tls::advise_authorities(&path);
        collector.require(directive, Resource::Either(path), weight, remedy);
    }
}

/// `GssapiCredStore keytab:/path`: the keys of the service, which are read when a client comes.
pub(crate) fn read_keytab(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let word = args::get_word(directive, 0);
    let Some((kind, path)) = args::split_at_byte(word, b':') else { return };
    if !matches!(kind, b"keytab" | b"client_keytab") {
        return;
    }
    // `keytab:FILE:/path` is the same.
    let path = path.strip_prefix(b"FILE:").unwrap_or(path);
    path_use::require_path(directive, path, PathUse::ReadApart, BREAKS, collector);
}

/// `MellonIdPMetadataGlob /etc/idp/*.xml`.
pub(crate) fn read_pattern(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let word = args::get_word(directive, 0);
    let end = word.iter().position(|byte| b"*?[".contains(byte)).unwrap_or(word.len());
    let end = word[..end].iter().rposition(|&byte| byte == b'/').unwrap_or(0);
    path_use::require_path(directive, &word[..end], PathUse::ReadIn, BREAKS, collector);
}

/// Socket of saslauthd, as Debian and its sources have it.
const SASLAUTHD: [&str; 2] = ["/run/saslauthd/mux", "/var/run/saslauthd/mux"];

/// `AuthSaslPwcheckMethod saslauthd`.
pub(crate) fn read_sasl_method(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let asks = directive.words.iter().any(|word| word.eq_ignore_ascii_case("saslauthd"));
    for socket in SASLAUTHD.map(Path::new).into_iter().filter(|_| asks) {
        let remedy = Remedy::Path(enclosing_folder(socket));
        collector.require(directive, Resource::Socket(socket.into()), BREAKS_IF_THERE, remedy);
    }
}
