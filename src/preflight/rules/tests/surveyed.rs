//! Rows of modules that Debian packages beside httpd, and rows whose whole meaning is in the survey.

use super::fixture::{RuleFixture, check};

#[test]
fn files_of_modules_for_signing_on_are_read_at_requests() {
    let rows: &[(&str, &[&str])] = &[
        ("AuthPlainUserFile /u", &["AuthPlainUserFile!! file /u -> config"]),
        ("AuthPlainGroupFile /g", &["AuthPlainGroupFile!! file /g -> config"]),
        ("AuthYubiKeyUserFile /y", &["AuthYubiKeyUserFile! file /y -> config"]),
        ("AuthYubiKeyTmpFile /v/y/t", &["AuthYubiKeyTmpFile! writes /v/y/t -> config"]),
        ("AuthSaslDbPath /s", &["AuthSaslDbPath! file /s -> config"]),
        (
            "AuthSaslPwcheckMethod saslauthd",
            &[
                "AuthSaslPwcheckMethod!? socket /run/saslauthd/mux -> /run/saslauthd",
                "AuthSaslPwcheckMethod!? socket /var/run/saslauthd/mux -> /var/run/saslauthd",
            ],
        ),
        ("AuthSaslPwcheckMethod sasldb", &[]),
        ("GssapiDelegCcacheDir /c", &["GssapiDelegCcacheDir! writes in /c -> config"]),
        ("MellonIdPMetadataFile /m.xml", &["MellonIdPMetadataFile! file /m.xml -> config"]),
        ("MellonIdPMetadataGlob /e/i/*.xml", &["MellonIdPMetadataGlob! folder /e/i -> config"]),
        ("MellonIdPPublicKeyFile /k", &["MellonIdPPublicKeyFile! file /k -> config"]),
        ("MellonIdPCAFile /ca", &["MellonIdPCAFile! file /ca -> config"]),
        ("MellonPostDirectory /p", &["MellonPostDirectory writes in /p -> config"]),
        ("OIDCHTMLErrorTemplate /t.html", &["OIDCHTMLErrorTemplate file /t.html -> config"]),
        ("OIDCClientTokenEndpointCert /c", &["OIDCClientTokenEndpointCert! file /c -> /c"]),
        ("OIDCClientTokenEndpointKey /k", &["OIDCClientTokenEndpointKey! file /k -> /k"]),
        (
            "OIDCOAuthIntrospectionEndpointCert /c",
            &["OIDCOAuthIntrospectionEndpointCert! file /c -> /c"],
        ),
        (
            "OIDCOAuthIntrospectionEndpointKey /k",
            &["OIDCOAuthIntrospectionEndpointKey! file /k -> /k"],
        ),
        ("OIDCCABundlePath /ca", &["OIDCCABundlePath!? either /ca -> /ca"]),
        ("OIDCMetadataDir /m", &["OIDCMetadataDir! writes in /m -> config"]),
        ("Require unix-group staff", &["Require! users -> users"]),
        ("Require not unix-group staff", &["Require!! users -> users"]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn servers_are_looked_up_by_name_wherever_a_module_asks_them() {
    for name in [
        "CASProxyValidateURL",
        "OIDCProviderMetadataURL",
        "OIDCProviderTokenEndpoint",
        "OIDCProviderUserInfoEndpoint",
        "OIDCProviderJwksUri",
        "OIDCProviderRevocationEndpoint",
        "OIDCOAuthServerMetadataURL",
        "OIDCOAuthIntrospectionEndpoint",
        "OIDCOAuthVerifyJwksUri",
        "LDAPUserDirServerURL",
        "VhostLDAPURL",
    ] {
        let found =
            RuleFixture::default().list_requirements(&format!("{name} https://a.example/x"));
        assert_eq!(found, [format!("{name}! host a.example -> dns")]);
    }
    let rows: &[(&str, &[&str])] = &[
        ("OIDCRedisCacheServer r.example:6379", &["OIDCRedisCacheServer! host r.example -> dns"]),
        ("OIDCMemCacheServers m.example", &["OIDCMemCacheServers! host m.example -> dns"]),
        ("OIDCMemCacheServers 192.0.2.1:11211", &[]),
        ("OIDCOutgoingProxy p.example:3128", &["OIDCOutgoingProxy! host p.example -> dns"]),
        (
            "OAuth2TokenVerify jwks_uri https://k.example/keys",
            &["OAuth2TokenVerify! host k.example -> dns"],
        ),
        ("LDAPUserDirServer l.example", &["LDAPUserDirServer! host l.example -> dns"]),
        ("LispServer s.example 3000 \"x\"", &["LispServer! host s.example -> dns"]),
        (
            "ModTileRenderdSocketAddr t.example 7653",
            &["ModTileRenderdSocketAddr host t.example -> dns"],
        ),
        ("MDHttpProxy http://p.example:3128", &["MDHttpProxy host p.example -> dns"]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn programs_that_modules_run_are_named() {
    let rows: &[(&str, &[&str])] = &[
        ("AddExternalAuth a /bin/a", &["AddExternalAuth! program /bin/a -> program"]),
        ("AddExternalGroup a /bin/a", &["AddExternalGroup!! program /bin/a -> program"]),
        (
            "DOSSystemCommand \"/sbin/iptables -A %s\"",
            &["DOSSystemCommand program /sbin/iptables -> program"],
        ),
        ("FCGIWrapper /bin/w .x", &["FCGIWrapper! program /bin/w -> program"]),
        ("FastCgiAuthenticator /bin/w", &["FastCgiAuthenticator! program /bin/w -> program"]),
        ("FastCgiAuthorizer /bin/w", &["FastCgiAuthorizer! program /bin/w -> program"]),
        ("FastCgiAccessChecker /bin/w", &["FastCgiAccessChecker! program /bin/w -> program"]),
        ("FcgidAuthenticator /bin/w", &["FcgidAuthenticator! program /bin/w -> program"]),
        ("FcgidAccessChecker /bin/w", &["FcgidAccessChecker! program /bin/w -> program"]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn files_and_sockets_of_other_modules_are_named() {
    let rows: &[(&str, &[&str])] = &[
        ("AuthzSVNAccessFile /a", &["AuthzSVNAccessFile! file /a -> config"]),
        (
            "AuthzSVNAuthoritative Off\nAuthzSVNAccessFile /a",
            &["AuthzSVNAccessFile!! file /a -> config"],
        ),
        ("AuthzSVNAccessFile ^/conf/a", &[]),
        ("AuthzSVNGroupsFile /g", &["AuthzSVNGroupsFile! file /g -> config"]),
        ("SVNActivitiesDB /v/a", &["SVNActivitiesDB! writes in /v/a -> config"]),
        ("SVNParentPath /v/s", &["SVNParentPath! folder /v/s -> config"]),
        ("DOSLogDir /v/d", &["DOSLogDir writes in /v/d -> config"]),
        ("JkMountFile /e/uri", &["JkMountFile? file /e/uri -> config"]),
        (
            "LogSQLSocketFile /run/mysqld/s",
            &["LogSQLSocketFile socket /run/mysqld/s -> /run/mysqld"],
        ),
        ("LogSQLPreserveFile /v/l/p", &["LogSQLPreserveFile writes /v/l/p -> config"]),
        ("ParserConfig /e/p", &["ParserConfig! file /e/p -> config"]),
        ("ModTileTileDir /v/t", &["ModTileTileDir! folder /v/t -> /v/t"]),
        (
            "ModTileRenderdSocketName /run/renderd/s",
            &["ModTileRenderdSocketName socket /run/renderd/s -> /run/renderd"],
        ),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn servers_and_scripts_of_python_are_named() {
    let rows: &[(&str, &[&str])] = &[
        ("uWSGIsocket /run/u/s", &["uWSGIsocket!? socket /run/u/s -> /run/u"]),
        ("uWSGIsocket u.example:3031", &["uWSGIsocket!? host u.example -> dns"]),
        ("uWSGIsocket2 127.0.0.1:3031", &[]),
        ("uWSGIserver unix:/run/u/s", &["uWSGIserver!? socket /run/u/s -> /run/u"]),
        (
            "MDHttpProxyCACertificateFile /ca\nMDomain a.example",
            &["MDHttpProxyCACertificateFile file /ca -> config"],
        ),
        (
            "WSGIScriptAliasMatch ^/x /a.wsgi",
            &[
                "WSGIScriptAliasMatch!? either /a.wsgi -> /a.wsgi",
                "WSGIScriptAliasMatch!? folder /usr/lib/python3 -> programs /usr/bin/python3",
                "WSGIScriptAliasMatch!? folder /usr/local/lib/python3 -> programs /usr/bin/python3",
            ],
        ),
        ("WSGIAccessScript /a.py", &["WSGIAccessScript! file /a.py -> /a.py"]),
        ("WSGIAuthUserScript /a.py", &["WSGIAuthUserScript! file /a.py -> /a.py"]),
        ("WSGIAuthGroupScript /a.py", &["WSGIAuthGroupScript! file /a.py -> /a.py"]),
        ("WSGIDispatchScript /a.py", &["WSGIDispatchScript! file /a.py -> /a.py"]),
        ("WSGIHandlerScript h /a.py", &["WSGIHandlerScript! file /a.py -> /a.py"]),
        ("WSGIImportScript /a.py", &["WSGIImportScript file /a.py -> /a.py"]),
        ("WSGIPythonEggs /v/e", &["WSGIPythonEggs writes in /v/e -> config"]),
        ("WSGINewRelicConfigFile /e/n", &["WSGINewRelicConfigFile file /e/n -> config"]),
    ];
    check(&RuleFixture::default(), rows);
    let rows: &[(&str, &[&str])] = &[(
        "SocketPath /r/f\nFcgidIPCDir /r/f",
        &["SocketPath!? writes in /r/f -> sockets", "FcgidIPCDir!? writes in /r/f -> sockets"],
    )];
    check(&RuleFixture::with(&[c"mod_fcgid.c"]), rows);
}

#[test]
fn a_hook_of_lua_reads_its_script() {
    for name in [
        "LuaHookAccessChecker",
        "LuaHookAuthChecker",
        "LuaHookCheckUserID",
        "LuaHookInsertFilter",
        "LuaHookMapToStorage",
        "LuaHookPreTranslateName",
        "LuaHookTranslateName",
        "LuaHookTypeChecker",
    ] {
        let found = RuleFixture::default().list_requirements(&format!("{name} /s.lua f"));
        assert_eq!(found, [format!("{name}! file /s.lua -> config")]);
    }
}

/// Each phase may load modules of Perl in a child; which ones, no directive says.
#[test]
fn a_handler_of_perl_may_need_perls_own_library() {
    for name in [
        "PerlAccessHandler",
        "PerlAuthenHandler",
        "PerlAuthzHandler",
        "PerlChildInitHandler",
        "PerlCleanupHandler",
        "PerlFixupHandler",
        "PerlHandler",
        "PerlHeaderParserHandler",
        "PerlInitHandler",
        "PerlInputFilterHandler",
        "PerlLogHandler",
        "PerlMapToStorageHandler",
        "PerlOutputFilterHandler",
        "PerlPostReadRequestHandler",
        "PerlPreConnectionHandler",
        "PerlProcessConnectionHandler",
        "PerlTransHandler",
        "PerlTypeHandler",
    ] {
        let found = RuleFixture::default().list_requirements(&format!("{name} My::Handler"));
        assert_eq!(found.len(), 3, "{found:?}");
    }
    for name in ["PerlAddAuthnProvider", "PerlAddAuthzProvider"] {
        let found = RuleFixture::default().list_requirements(&format!("{name} mine My::Handler"));
        assert_eq!(found.len(), 3, "{found:?}");
    }
}

/// A counter that cannot be kept, and a file that cannot be inspected, deny nothing.
#[test]
fn rules_of_mod_security_that_deny_by_a_file_decide() {
    let deny = "SecDataDir /v/d\nSecAction \"phase:1,initcol:ip=%{REMOTE_ADDR}\"";
    let scan = "SecRule FILES \"@inspectFile /bin/scan\" \"phase:2,deny\"";
    let rows: Vec<(String, &[&str])> = vec![
        (format!("SecRuleEngine On\n{deny}"), &["SecDataDir!! writes in /v/d -> config"]),
        (format!("SecRuleEngine DetectionOnly\n{deny}"), &["SecDataDir writes in /v/d -> config"]),
        (format!("SecRuleEngine Off\n{deny}"), &[]),
        ("SecRuleEngine On\nSecDataDir /v/d".into(), &["SecDataDir writes in /v/d -> config"]),
        (format!("SecRuleEngine On\n{scan}"), &["SecRule!! program /bin/scan -> program"]),
        (format!("SecRuleEngine DetectionOnly\n{scan}"), &["SecRule program /bin/scan -> program"]),
        (
            "SecRuleEngine On\nSecDefaultAction \"phase:1,exec:/bin/x\"".into(),
            &["SecDefaultAction program /bin/x -> program"],
        ),
    ];
    for (text, wanted) in &rows {
        assert_eq!(RuleFixture::default().list_requirements(text), *wanted, "{text}");
    }
}

#[test]
fn a_page_may_run_a_shell_where_options_and_a_filter_let_it() {
    let fixture = RuleFixture::with(&[c"mod_include.c", c"mod_cgi.c"]);
    let rows: &[(&str, &[&str])] = &[
        (
            "Options +Includes\nAddOutputFilter INCLUDES .shtml",
            &["Options? program /bin/sh -> words"],
        ),
        ("Options All\nSetOutputFilter INCLUDES;DEFLATE", &["Options? program /bin/sh -> words"]),
        ("Options Includes\nXBitHack full", &["Options? program /bin/sh -> words"]),
        ("Options +IncludesNOEXEC\nAddOutputFilter INCLUDES .shtml", &[]),
        ("Options -Includes\nAddOutputFilter INCLUDES .shtml", &[]),
        ("Options All\nXBitHack off", &[]),
    ];
    check(&fixture, rows);
    let without = RuleFixture::with(&[c"mod_include.c"]);
    check(&without, &[("Options +Includes\nAddOutputFilter INCLUDES .shtml", &[])]);
}
