//! Modules for signing on that do not come with httpd: CAS, OpenID Connect, SAML, Kerberos, SASL.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, LESS, LESS_IF_THERE, advise_writable, enclosing_folder,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, hosts, path_use};
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

/// Settings of PAM, one file for each service.
const PAM: &str = "/etc/pam.d";

/// Directories of PAM's modules.
const PAM_MODULES: [&str; 3] = ["/lib/security", "/usr/lib/security", "/usr/lib64/security"];

/// Directories of libraries and of much else.
const SYSTEM_FOLDERS: [&str; 2] = ["/lib", "/usr/lib"];

/// Socket of SSSD for PAM.
const SSSD: &str = "/var/lib/sss/pipes/pam";

/// `AuthPAMService name`: a child reads the settings of the service, and loads the modules that they name.
pub(crate) fn read_pam(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let service = args::get_text(directive, 0);
    if service.is_empty() || service.contains('/') {
        return;
    }
    // Services include each other.
    let settings = Resource::File(Path::new(PAM).join(&*service));
    collector.require(directive, settings, BREAKS_IF_THERE, Remedy::Path(PAM.into()));
    let of_debian = format!("/lib/{}-linux-gnu/security", std::env::consts::ARCH);
    for folder in PAM_MODULES.into_iter().chain([&*of_debian]).map(Path::new) {
        // The libraries of the modules are in the directory above, unless that has all packages' own directories.
        let above = folder
            .parent()
            .filter(|above| !SYSTEM_FOLDERS.iter().any(|it| **above == *Path::new(it)));
        let remedy = Remedy::Path(above.unwrap_or(folder).to_owned());
        collector.require(directive, Resource::Folder(folder.into()), BREAKS_IF_THERE, remedy);
    }
    let remedy = Remedy::Path(enclosing_folder(Path::new(SSSD)));
    collector.require(directive, Resource::Socket(SSSD.into()), BREAKS_IF_THERE, remedy);
}

/// `ShibCatalogs /a.xml:/b.xml`.
pub(crate) fn read_catalogs(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let value = args::get_text(directive, 0);
    for path in value.split(':').filter(|path| path.starts_with('/')) {
        let remedy = Remedy::Path(path.into());
        collector.require(directive, Resource::File(path.into()), LESS, remedy);
    }
}

/// `OAuth2Cache file dir=/path`, `OAuth2Cache redis host_name=host`.
pub(crate) fn read_token_cache(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let options = args::get_text(directive, 1).into_owned();
    let find = |name: &str| {
        options.split('&').find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    };
    match &*args::get_text(directive, 0).to_ascii_lowercase() {
        "file" => {
            let path = Path::new(find("dir").unwrap_or("/tmp"));
            if path.is_absolute() {
                let resource = Resource::WritableFolder(path.to_owned());
                collector.require(directive, resource, LESS, advise_writable(path));
            }
        }
        "redis" => {
            let host = find("host_name").unwrap_or("");
            hosts::require_server(directive, host.as_bytes(), LESS, collector);
        }
        _ => {}
    }
}

/// Bus of the system, by which SSSD is asked for attributes of users.
const SYSTEM_BUS: &str = "/run/dbus/system_bus_socket";

/// `LookupUserAttr mail REMOTE_USER_EMAIL`: a child asks SSSD.
pub(crate) fn read_identity(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let remedy = Remedy::Words(NO_BUS.into());
    collector.require(directive, Resource::Socket(SYSTEM_BUS.into()), LESS_IF_THERE, remedy);
}

const NO_BUS: &str = "remove it, and set AuthLDAPURL with the attributes (mod_authnz_ldap): the bus of the system leads to services outside";
