//! The configuration files of Debian's packages: a module that is merely enabled requires nothing.

use super::fixture::RuleFixture;
use crate::view::HostPathMode;

/// apache2.conf, sites and what is in mods-available: the lines that name anything.
const STOCK: &str = r#"
DefaultRuntimeDir /var/run/apache2
PidFile /var/run/apache2/apache2.pid
HostnameLookups Off
ErrorLog /var/log/apache2/error.log
<Directory />
Options FollowSymLinks
Require all denied
</Directory>
<Directory /var/www/>
Options Indexes FollowSymLinks
Require all granted
</Directory>
AccessFileName .htaccess
<FilesMatch "^\.ht">
Require all denied
</FilesMatch>
LogFormat "%h %l %u %t \"%r\" %>s %O" common
CacheRoot /var/cache/apache2/mod_cache_disk
DAVLockDB /var/lock/apache2/DAVLock
<Location /server-info>
SetHandler server-info
Require local
</Location>
<Location /ldap-status>
SetHandler ldap-status
Require local
</Location>
TypesConfig /etc/mime.types
AddHandler type-map var
MIMEMagicFile /etc/apache2/magic
ProxyFtpDirCharset UTF-8
SSLRandomSeed startup builtin
SSLRandomSeed startup file:/dev/urandom 512
SSLRandomSeed connect builtin
SSLRandomSeed connect file:/dev/urandom 512
SSLPassPhraseDialog exec:/usr/share/apache2/ask-for-passphrase
SSLSessionCache shmcb:/var/run/apache2/ssl_scache(512000)
<Location /server-status>
SetHandler server-status
Require local
</Location>
<Directory /home/*/public_html>
Options MultiViews Indexes SymLinksIfOwnerMatch IncludesNoExec
Require method GET POST OPTIONS
</Directory>
<FilesMatch ".+\.ph(?:ar|p|tml)$">
SetHandler application/x-httpd-php
</FilesMatch>
<FilesMatch "^\.ph(?:ar|p|ps|tml)$">
Require all denied
</FilesMatch>
<VirtualHost *:443>
SSLCertificateFile /etc/ssl/certs/ssl-cert-snakeoil.pem
SSLCertificateKeyFile /etc/ssl/private/ssl-cert-snakeoil.key
<Directory /usr/lib/cgi-bin>
</Directory>
</VirtualHost>
SecDataDir /var/cache/modsecurity
AddHandler fcgid-script .fcgi
"#;

const QUIET: [&std::ffi::CStr; 12] = [
    c"mod_ssl.c",
    c"mod_rewrite.c",
    c"mod_proxy.c",
    c"mod_cache.c",
    c"mod_cache_disk.c",
    c"mod_dav.c",
    c"mod_dav_fs.c",
    c"mod_cgi.c",
    c"mod_status.c",
    c"mod_info.c",
    c"mod_security2.c",
    c"util_ldap.c",
];

#[test]
fn modules_that_are_merely_enabled_require_nothing() {
    let fixture = RuleFixture::with(&QUIET);
    assert_eq!(fixture.list_requirements(STOCK), [""; 0]);
    for mode in [HostPathMode::View, HostPathMode::Link, HostPathMode::Off] {
        let fixture = RuleFixture { mode, ..RuleFixture::with(&QUIET) };
        assert_eq!(fixture.list_known_issues(STOCK), [""; 0]);
    }
}

#[test]
fn aliases_of_its_files_are_optional() {
    let aliases = "Alias /icons/ \"/usr/share/apache2/icons/\"\nAlias /javascript /usr/share/javascript/\n\
                   ScriptAlias /cgi-bin/ /usr/lib/cgi-bin/\n<Directory \"/usr/lib/cgi-bin\">\n\
                   Options +ExecCGI -MultiViews +SymLinksIfOwnerMatch\n</Directory>";
    let found = RuleFixture::with(&QUIET).list_requirements(aliases);
    assert!(found.iter().all(|line| line.contains('?')), "{found:?}");
    assert_eq!(found.len(), 4, "{found:?}");
}

/// modsecurity.conf-recommended: its own folders are those for temporary files.
#[test]
fn the_recommended_rules_keep_to_the_temporary_folders() {
    let rules = "SecRuleEngine DetectionOnly\nSecRequestBodyAccess On\nSecTmpDir /tmp/\nSecDataDir /tmp/\n\
                 SecAuditEngine RelevantOnly\nSecAuditLogType Serial\nSecAuditLog /var/log/apache2/a.log\n\
                 SecUnicodeMapFile unicode.mapping 20127";
    let found = RuleFixture::with(&QUIET).list_requirements(rules);
    assert_eq!(found, ["SecTmpDir! writes in /tmp/ -> tmp", "SecDataDir writes in /tmp/ -> tmp"]);
}

#[test]
fn certificates_that_are_served_are_read_by_the_parent() {
    let site = "SSLEngine on\nSSLCertificateFile /c.pem\nSSLCertificateKeyFile /k.pem\n\
                SSLOptions +StdEnvVars\nSSLCACertificateFile /ca.pem\nSSLVerifyClient require";
    assert_eq!(RuleFixture::with(&QUIET).list_requirements(site), [""; 0]);
}
