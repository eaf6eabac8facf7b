//! Names of hosts and users, and sockets.

use super::fixture::{RuleFixture, check};
use crate::view::HostPathMode;

#[test]
fn backends_are_looked_up_by_name() {
    let rows: &[(&str, &[&str])] = &[
        ("ProxyPass /a http://app.example:8080/a", &["ProxyPass! host app.example -> dns"]),
        ("<Location /a>\nProxyPass ajp://app/\n</Location>", &["ProxyPass! host app -> dns"]),
        ("ProxyPassMatch ^/(.*)$ http://app/$1", &["ProxyPassMatch! host app -> dns"]),
        ("ProxyPassMatch ^/(.*)$ http://$1/", &[]),
        ("ProxyPass /a !", &[]),
        ("ProxyPass /a balancer://all/", &[]),
        ("ProxyPass /a http://localhost/", &[]),
        ("ProxyPass /a http://10.0.0.1:80/", &[]),
        ("ProxyPass /a http://[::1]:80/", &[]),
        ("ProxyPass /a http://${HOST}/", &[]),
        ("ProxyPass /a https://user:word@app/", &["ProxyPass! host app -> dns"]),
        ("BalancerMember balancer://all http://app-1", &["BalancerMember! host app-1 -> dns"]),
        (
            "<Proxy balancer://all>\nBalancerMember http://app:1 route=1\n</Proxy>",
            &["BalancerMember! host app -> dns"],
        ),
        ("ProxyRemote * http://cache.example:3128", &["ProxyRemote! host cache.example -> dns"]),
        ("ProxyRemoteMatch . http://cache:1", &["ProxyRemoteMatch! host cache -> dns"]),
        ("SetHandler proxy:fcgi://app:9000", &["SetHandler! host app -> dns"]),
        ("SetHandler server-status", &[]),
        ("RewriteRule ^/(.*) http://app/$1 [P]", &["RewriteRule! host app -> dns"]),
        ("RewriteRule ^/(.*) http://app/$1 [P,L]", &["RewriteRule! host app -> dns"]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn sockets_are_found_in_every_spelling() {
    let rows: &[(&str, &[&str])] = &[
        (
            "ProxyPass /a unix:/run/app/s|http://localhost/",
            &["ProxyPass!? socket /run/app/s -> sockets"],
        ),
        ("ProxyPass /a unix:s|http://x/", &["ProxyPass!? socket /run/h/s -> sockets"]),
        ("ProxyPass /a fd:///run/fd/s", &["ProxyPass!? socket /run/fd/s -> sockets"]),
        (
            "SetHandler \"proxy:unix:/run/php/f.sock|fcgi://localhost\"",
            &["SetHandler!? socket /run/php/f.sock -> sockets"],
        ),
        (
            "RewriteRule \\.php$ - [H=proxy:unix:/run/php/f.sock|fcgi://x]",
            &["RewriteRule!? socket /run/php/f.sock -> sockets"],
        ),
        ("ProxyPass /a unix:/tmp/s|http://x/", &["ProxyPass!? socket /tmp/s -> sockets"]),
        ("ProxyPassMatch ^/(.) unix:/run/$1|http://x/", &[]),
    ];
    check(&RuleFixture::default(), rows);
    let link = RuleFixture { mode: HostPathMode::Link, ..RuleFixture::default() };
    let row = "ProxyPass /a unix:/run/app/s|http://localhost/";
    check(&link, &[(row, &["ProxyPass!? socket /run/app/s -> words"])]);
}

#[test]
fn caches_of_objects_are_files_or_servers() {
    let rows: &[(&str, &[&str])] = &[
        ("SSLSessionCache dbm:/v/s/c", &["SSLSessionCache writes /v/s/c -> config"]),
        ("SSLSessionCache shmcb:/run/s(512000)", &[]),
        ("SSLSessionCache none", &[]),
        ("SSLStaplingCache shmcb:x", &[]),
        (
            "AuthnCacheSOCache memcache:one:11211,10.0.0.1:1,two",
            &["AuthnCacheSOCache host one -> dns", "AuthnCacheSOCache host two -> dns"],
        ),
        ("CacheSocache redis:cache.example:6379", &["CacheSocache host cache.example -> dns"]),
        ("SSLSessionCache dc:UNIX:/run/dc/s", &["SSLSessionCache socket /run/dc/s -> sockets"]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn client_names_are_looked_up_only_where_a_directive_requires_it() {
    let rows: &[(&str, &[&str])] = &[
        ("HostnameLookups On", &["HostnameLookups resolver -> dns"]),
        ("HostnameLookups double", &["HostnameLookups resolver -> dns"]),
        ("HostnameLookups Off\nLogFormat %h x", &[]),
        ("UseCanonicalName DNS", &["UseCanonicalName resolver -> dns"]),
        ("UseCanonicalName On", &[]),
        ("Require host example.org", &["Require! resolver -> dns"]),
        ("Require not host example.org", &["Require!! resolver -> dns"]),
        (
            "Require forward-dns a.example b.example",
            &["Require! host a.example -> dns", "Require! host b.example -> dns"],
        ),
        ("Require ip 10.0.0.1", &[]),
        ("Require all granted", &[]),
        ("Require local", &[]),
        ("Require not forward-dns a.example", &["Require!! host a.example -> dns"]),
        ("Allow from example.org", &["Allow! resolver -> dns"]),
        ("Deny from example.org", &["Deny!! resolver -> dns"]),
        ("Deny from all\nAllow from 10.1 192.168.0.0/16 ::1 env=ok", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn file_owner_rules_require_user_names() {
    let rows: &[(&str, &[&str])] = &[
        ("Require file-owner", &["Require! users -> users"]),
        ("Require file-group", &["Require! users -> users"]),
        ("Require user joe", &[]),
        ("Require group staff", &[]),
        ("Require valid-user", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn ldap_servers_require_their_name_and_a_certificate_authority() {
    let settings = "one of /etc/ldap/ldap.conf /etc/openldap/ldap.conf \
                    /usr/local/etc/openldap/ldap.conf /usr/pkg/etc/openldap/ldap.conf -> words";
    let settings = format!("AuthLDAPURL? {settings}");
    let rows: &[(&str, &[&str])] = &[
        ("AuthLDAPURL ldap://10.0.0.1/dc=x?uid", &[]),
        (
            "AuthLDAPURL \"ldap://one:389 two/dc=x?uid\"",
            &["AuthLDAPURL! host one -> dns", "AuthLDAPURL! host two -> dns"],
        ),
        ("AuthLDAPURL ldaps://10.0.0.1/dc=x", &[&settings]),
        ("AuthLDAPURL ldap://10.0.0.1/dc=x STARTTLS", &[&settings]),
        ("AuthLDAPURL ldaps://10.0.0.1/dc=x\nLDAPVerifyServerCert Off", &[]),
        (
            "AuthLDAPURL ldaps://10.0.0.1/\nLDAPTrustedGlobalCert CA_BASE64 /etc/ca.pem",
            &["LDAPTrustedGlobalCert! file /etc/ca.pem -> config"],
        ),
        (
            "LDAPTrustedClientCert CERT_BASE64 c.pem",
            &["LDAPTrustedClientCert! file /etc/httpd/c.pem -> config"],
        ),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn ocsp_responders_are_required_if_ocsp_is_on() {
    let rows: &[(&str, &[&str])] = &[
        ("SSLUseStapling on", &["SSLUseStapling resolver -> dns"]),
        ("SSLUseStapling off", &[]),
        ("SSLStaplingForceURL http://ocsp.example/", &[]),
        (
            "SSLUseStapling on\nSSLStaplingForceURL http://ocsp.example/",
            &["SSLStaplingForceURL host ocsp.example -> dns"],
        ),
        ("SSLOCSPEnable on", &["SSLOCSPEnable! resolver -> dns"]),
        ("SSLOCSPEnable leaf", &["SSLOCSPEnable! resolver -> dns"]),
        ("SSLOCSPEnable off", &[]),
        (
            "SSLOCSPEnable on\nSSLOCSPProxyURL http://cache:3128/",
            &["SSLOCSPProxyURL! host cache -> dns"],
        ),
        (
            "SSLOCSPEnable on\nSSLOCSPOverrideResponder on\nSSLOCSPDefaultResponder http://o.example/",
            &["SSLOCSPDefaultResponder! host o.example -> dns"],
        ),
        ("SSLOCSPDefaultResponder http://o.example/", &[]),
    ];
    check(&RuleFixture::default(), rows);
}
