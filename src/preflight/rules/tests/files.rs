//! Files and directories that children open.

use super::fixture::{RuleFixture, check};
use crate::view::HostPathMode;

#[test]
fn passwords_are_read_at_requests() {
    let rows: &[(&str, &[&str])] = &[
        ("AuthUserFile /etc/u", &["AuthUserFile!! file /etc/u -> config"]),
        ("AuthGroupFile g", &["AuthGroupFile!! file /etc/httpd/g -> config"]),
        ("AuthDBMUserFile /u", &["AuthDBMUserFile!! one of /u /u.db /u.pag /u.dir -> config"]),
        ("AuthDBMGroupFile /u", &["AuthDBMGroupFile!! one of /u /u.db /u.pag /u.dir -> config"]),
        ("AuthUserFile /tmp/u", &["AuthUserFile!! file /tmp/u -> config"]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn caches_and_locks_count_only_if_they_are_in_use() {
    let rows: &[(&str, &[&str])] = &[
        ("CacheRoot /v/c", &[]),
        ("CacheRoot /v/c\nCacheEnable socache /", &[]),
        ("CacheRoot /v/c\nCacheEnable disk /", &["CacheRoot writes in /v/c -> config"]),
        (
            "<Location /x>\nCacheEnable disk\n</Location>\nCacheRoot /c",
            &["CacheRoot writes in /c -> config"],
        ),
        ("CacheLockPath /v/l", &[]),
        ("CacheLock on\nCacheLockPath /v/l", &["CacheLockPath scratch /v/l /v -> config"]),
        ("CacheLock on", &["CacheLock scratch /tmp /usr/tmp /var/tmp -> tmp"]),
        ("CacheLock off", &[]),
        ("DAVLockDB /v/d/lock", &[]),
        ("DAVLockDB /v/d/lock\nDav off", &[]),
        ("DAVLockDB /v/d/lock\nDav On", &["DAVLockDB! writes /v/d/lock -> config"]),
        ("DAVGenericLockDB /v/d/l\nDav fs", &["DAVGenericLockDB! writes /v/d/l -> config"]),
        ("ProxyExpressDBMFile /m", &[]),
        (
            "ProxyExpressEnable on\nProxyExpressDBMFile /m",
            &["ProxyExpressDBMFile! one of /m /m.db /m.pag /m.dir -> config"],
        ),
        ("HeartbeatStorage /v/h", &[]),
        ("ScriptLog /v/l/cgi", &[]),
    ];
    check(&RuleFixture::default(), rows);
    let with = RuleFixture::with(&[c"mod_lbmethod_heartbeat.c", c"mod_cgi.c"]);
    let rows: &[(&str, &[&str])] = &[
        ("HeartbeatStorage /v/h/b", &["HeartbeatStorage writes /v/h/b -> config"]),
        ("ScriptLog /v/l/cgi", &["ScriptLog writes /v/l/cgi -> config"]),
    ];
    check(&with, rows);
}

#[test]
fn writable_paths_cannot_be_copied_into_a_jail() {
    let link = RuleFixture { mode: HostPathMode::Link, ..RuleFixture::default() };
    let rows: &[(&str, &[&str])] = &[
        ("CacheRoot /v/c\nCacheEnable disk /", &["CacheRoot writes in /v/c -> words"]),
        ("AuthUserFile /etc/u", &["AuthUserFile!! file /etc/u -> config"]),
        ("CacheLock on\nCacheLockPath /tmp/l", &["CacheLockPath scratch /tmp/l /tmp -> tmp"]),
    ];
    check(&link, rows);
}

#[test]
fn folders_of_authorities_matter_where_somebody_is_verified() {
    let rows: &[(&str, &[&str])] = &[
        ("SSLCACertificatePath /ca", &["SSLCACertificatePath? folder /ca -> config"]),
        (
            "SSLCACertificatePath /ca\nSSLVerifyClient none",
            &["SSLCACertificatePath? folder /ca -> config"],
        ),
        (
            "SSLVerifyClient require\nSSLCACertificatePath ca\nSSLCARevocationPath /crl",
            &[
                "SSLCACertificatePath! folder /etc/httpd/ca -> config",
                "SSLCARevocationPath! folder /crl -> config",
            ],
        ),
        (
            "SSLProxyVerify require\nSSLProxyCACertificatePath /ca\nSSLProxyCARevocationPath /crl",
            &[
                "SSLProxyCACertificatePath! folder /ca -> config",
                "SSLProxyCARevocationPath! folder /crl -> config",
            ],
        ),
        (
            "SSLVerifyClient require\nSSLCARevocationPath /crl\nSSLCARevocationCheck chain no_crl_for_cert_ok",
            &["SSLCARevocationPath!! folder /crl -> config"],
        ),
        (
            "SSLVerifyClient require\nSSLCARevocationPath /crl\nSSLCARevocationCheck none",
            &["SSLCARevocationPath! folder /crl -> config"],
        ),
        (
            "SSLProxyVerify require\nSSLProxyCARevocationPath /crl\nSSLProxyCARevocationCheck leaf",
            &["SSLProxyCARevocationPath!! folder /crl -> config"],
        ),
        ("SSLVerifyClient require\nSSLCACertificateFile /ca.pem", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn randomness_comes_from_the_kernel_or_is_asked_for_at_connections() {
    let rows: &[(&str, &[&str])] = &[
        ("SSLRandomSeed connect builtin", &[]),
        ("SSLRandomSeed connect file:/dev/urandom 512", &[]),
        ("SSLRandomSeed startup file:/opt/seed", &[]),
        ("SSLRandomSeed connect file:/opt/seed", &["SSLRandomSeed file /opt/seed -> /opt/seed"]),
        ("SSLRandomSeed connect exec:/opt/seed", &["SSLRandomSeed program /opt/seed -> program"]),
        ("SSLRandomSeed connect egd:/run/egd", &["SSLRandomSeed socket /run/egd -> /run/egd"]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn scripts_of_lua_are_loaded_at_requests() {
    let rows: &[(&str, &[&str])] = &[
        ("LuaMapHandler /x /opt/x.lua", &["LuaMapHandler! file /opt/x.lua -> config"]),
        ("LuaMapHandler ^/(.) /opt/l/$1.lua", &["LuaMapHandler!? folder /opt/l -> config"]),
        ("LuaQuickHandler /opt/x.lua f", &["LuaQuickHandler! file /opt/x.lua -> config"]),
        ("LuaHookLog x.lua f", &["LuaHookLog! file /etc/httpd/x.lua -> config"]),
        (
            "LuaRoot /opt/l\nLuaHookFixups x.lua f",
            &["LuaRoot? folder /opt/l -> config", "LuaHookFixups! file /opt/l/x.lua -> config"],
        ),
        (
            "LuaRoot /opt/l\n<Directory /d>\nLuaRoot /opt/m\nLuaHookLog x.lua f\n</Directory>",
            &[
                "LuaRoot? folder /opt/l -> config",
                "LuaRoot? folder /opt/m -> config",
                "LuaHookLog! file /opt/m/x.lua -> config",
            ],
        ),
        ("LuaAuthzProvider p /p.lua f", &["LuaAuthzProvider! file /p.lua -> config"]),
        ("LuaInputFilter p /p.lua f", &["LuaInputFilter! file /p.lua -> config"]),
        ("LuaOutputFilter p /p.lua f", &["LuaOutputFilter! file /p.lua -> config"]),
        ("LuaPackagePath /opt/m/?.lua", &["LuaPackagePath!? folder /opt/m -> config"]),
        (
            "LuaPackageCPath /opt/c/?.so;/opt/d/x/?.so",
            &[
                "LuaPackageCPath!? folder /opt/c -> config",
                "LuaPackageCPath!? folder /opt/d/x -> config",
            ],
        ),
        ("LuaPackagePath ./?.lua", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn expressions_name_files_in_quotes() {
    let rows: &[(&str, &[&str])] = &[
        ("<If \"-f '/run/down'\">\n</If>", &["<If!!? either /run/down -> /run/down"]),
        ("<ElseIf \"file('/a') == 'b'\">\n</ElseIf>", &["<ElseIf!! file /a -> config"]),
        ("Require expr \"filesize('/a') -gt 1\"", &["Require!! file /a -> config"]),
        ("Header set X \"expr=%{file:/a}\"", &[]),
        (
            "SetEnvIfExpr \"-d '/a' || -e '/b'\" x",
            &["SetEnvIfExpr!!? either /a -> /a", "SetEnvIfExpr!!? either /b -> /b"],
        ),
        ("<If \"-f %{REQUEST_FILENAME}\">\n</If>", &[]),
        ("<If \"%{HTTP_HOST} == 'profile(x)'\">\n</If>", &[]),
        ("Header set X y \"expr=-f '/a'\"", &["Header? either /a -> /a"]),
        ("Header set X-Frame-Options SAMEORIGIN", &[]),
        ("ErrorDocument 404 /missing.html", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn scripts_of_sed_name_files() {
    let rows: &[(&str, &[&str])] = &[
        ("OutputSed \"r /a\"", &["OutputSed file /a -> config"]),
        ("OutputSed \"$ r /a\"", &["OutputSed file /a -> config"]),
        ("InputSed \"1,3w /v/b\"", &["InputSed writes /v/b -> config"]),
        ("InputSed \"s/x/y/gw /v/b\"", &["InputSed writes /v/b -> config"]),
        ("InputSed s/r/w/g", &[]),
        ("InputSed s", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn directories_that_httpd_itself_writes_to_are_required() {
    let rows: &[(&str, &[&str])] = &[
        ("CoreDumpDirectory /v/cores", &["CoreDumpDirectory writes in /v/cores -> config"]),
        ("GprofDir /v/prof", &["GprofDir writes in /v/prof -> config"]),
        ("CoreDumpDirectory /tmp", &["CoreDumpDirectory writes in /tmp -> tmp"]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn files_that_the_parent_opens_are_not_required() {
    for line in [
        "PidFile /run/p",
        "ErrorLog /var/log/e",
        "CustomLog \"|/bin/cat\" common",
        "SSLCertificateFile /c.pem",
        "SSLCertificateKeyFile /k.pem",
        "SSLCACertificateFile /ca.pem",
        "SSLPassPhraseDialog exec:/bin/ask",
        "TypesConfig /etc/mime.types",
        "MimeMagicFile magic",
        "ScoreBoardFile /run/s",
        "RemoteIPTrustedProxyList /l",
        "Include /etc/x",
        "AuthLDAPBindPassword exec:/bin/x",
        "SessionCryptoPassphraseFile /k",
        "SecGeoLookupDb /g",
        "SecAuditLog /var/log/a",
        "PerlRequire /p.pl",
        "DirectoryIndex /x.html",
        "ProxyFtpDirCharset UTF-8",
        "LogFormat \"%h\" x",
        "Action x /cgi-bin/x",
    ] {
        let all = RuleFixture { modules: None, ..RuleFixture::default() };
        let (defaults, known) = (all.list_requirements(""), all.list_known_issues(""));
        assert_eq!(all.list_requirements(line), defaults, "{line}");
        assert_eq!(all.list_known_issues(line), known, "{line}");
    }
}
