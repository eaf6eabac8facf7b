#![forbid(unsafe_code)]
//! Files and servers that know who somebody is.

use super::found::{BREAKS, Found, LESS_IF_THERE};
use super::hosts;
use super::row::{Class, Row, always};
use super::scene::Scene;
use super::used::Use;
use super::words;
use crate::configured::Foreign;
use crate::preflight::{Need, Remedy};
use std::path::PathBuf;

pub(super) const ROWS: &[Row] = &[
    ("AuthUserFile", Class::Path(0, Use::Read, BREAKS, always)),
    ("AuthGroupFile", Class::Path(0, Use::Read, BREAKS, always)),
    ("AuthDBMUserFile", Class::Path(0, Use::ReadDbm, BREAKS, always)),
    ("AuthDBMGroupFile", Class::Path(0, Use::ReadDbm, BREAKS, always)),
    ("AuthLDAPURL", Class::Read(ldap_url)),
    ("LDAPTrustedGlobalCert", Class::Path(1, Use::Read, BREAKS, always)),
    ("LDAPTrustedClientCert", Class::Path(1, Use::Read, BREAKS, always)),
];

/// Where libldap has its settings, and the name of its certificate authorities.
const LDAP_SETTINGS: [&str; 4] = [
    "/etc/ldap/ldap.conf",
    "/etc/openldap/ldap.conf",
    "/usr/local/etc/openldap/ldap.conf",
    "/usr/pkg/etc/openldap/ldap.conf",
];

/// `AuthLDAPURL "ldap://host1:port host2/basedn?..." [NONE|SSL|TLS|STARTTLS]`
fn ldap_url(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let url = words::text(foreign, 0);
    let Some((scheme, rest)) = url.split_once("://") else { return };
    let servers = rest.split(['/', '?']).next().unwrap_or(rest);
    for server in servers.split_whitespace() {
        hosts::name(foreign, hosts::without_port(server).as_bytes(), BREAKS, found);
    }
    let mode = words::text(foreign, 1).to_ascii_uppercase();
    let is_secret =
        scheme.eq_ignore_ascii_case("ldaps") || matches!(&*mode, "SSL" | "TLS" | "STARTTLS");
    if is_secret
        && !scene.has("LDAPTrustedGlobalCert")
        && !scene.says("LDAPVerifyServerCert", &["off"])
    {
        let need = Need::AnyFile(LDAP_SETTINGS.iter().map(PathBuf::from).collect());
        let remedy = "name the server's CA by LDAPTrustedGlobalCert, and take ChrootProvide config";
        found.claim(foreign, need, LESS_IF_THERE, Remedy::Words(remedy.into()));
    }
}
