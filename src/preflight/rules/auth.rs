//! Files and servers that know who somebody is.

use crate::config::other_directives::OtherDirective;
use crate::config::set_catalogue::LDAP_SETTINGS;
use crate::preflight::engine::collector::{BREAKS, Collector, LESS_IF_THERE};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass, always};
use crate::preflight::engine::{args, hosts};
use crate::preflight::{Remedy, Resource};
use std::path::PathBuf;

pub(crate) const ROWS: &[Row] = &[
    ("AuthUserFile", RowClass::Path(0, PathUse::Read, BREAKS, always)),
    ("AuthGroupFile", RowClass::Path(0, PathUse::Read, BREAKS, always)),
    ("AuthDBMUserFile", RowClass::Path(0, PathUse::ReadDbm, BREAKS, always)),
    ("AuthDBMGroupFile", RowClass::Path(0, PathUse::ReadDbm, BREAKS, always)),
    ("AuthLDAPURL", RowClass::Read(ldap_url)),
    ("LDAPTrustedGlobalCert", RowClass::Path(1, PathUse::Read, BREAKS, always)),
    ("LDAPTrustedClientCert", RowClass::Path(1, PathUse::Read, BREAKS, always)),
];

/// `AuthLDAPURL "ldap://host1:port host2/basedn?..." [NONE|SSL|TLS|STARTTLS]`
fn ldap_url(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let url = args::text(foreign, 0);
    let Some((scheme, rest)) = url.split_once("://") else { return };
    let servers = rest.split(['/', '?']).next().unwrap_or(rest);
    for server in servers.split_whitespace() {
        hosts::name(foreign, hosts::without_port(server).as_bytes(), BREAKS, found);
    }
    let mode = args::text(foreign, 1).to_ascii_uppercase();
    let is_secret =
        scheme.eq_ignore_ascii_case("ldaps") || matches!(&*mode, "SSL" | "TLS" | "STARTTLS");
    if is_secret
        && !scene.has("LDAPTrustedGlobalCert")
        && !scene.says("LDAPVerifyServerCert", &["off"])
    {
        let need = Resource::AnyFile(LDAP_SETTINGS.iter().map(PathBuf::from).collect());
        let remedy = "name the server's CA by LDAPTrustedGlobalCert, and take ChrootProvide config";
        found.claim(foreign, need, LESS_IF_THERE, Remedy::Words(remedy.into()));
    }
}
