//! mod_dbd, mod_security, and modules that do not come with httpd.

use super::fixture::{RuleFixture, check};

#[test]
fn databases_are_files_sockets_or_hosts() {
    let rows: &[(&str, &[&str])] = &[
        ("DBDriver sqlite3\nDBDParams /v/d/b.sq3", &["DBDParams! file /v/d/b.sq3 -> config"]),
        (
            "DBDriver mysql\nDBDParams host=db.example,user=u",
            &["DBDParams! host db.example -> dns"],
        ),
        (
            "DBDriver mysql\nDBDParams \"host=localhost, sock=/run/m/s, user=u\"",
            &["DBDParams! socket /run/m/s -> sockets"],
        ),
        (
            "DBDriver mysql\nDBDParams user=u",
            &[
                "DBDParams!? socket /run/mysqld/mysqld.sock -> sockets",
                "DBDParams!? socket /var/lib/mysql/mysql.sock -> sockets",
                "DBDParams!? socket /tmp/mysql.sock -> sockets",
            ],
        ),
        ("DBDriver mysql\nDBDParams host=127.0.0.1", &[]),
        (
            "DBDriver pgsql\nDBDParams \"host=/run/pg dbname=x port=5433\"",
            &["DBDParams! socket /run/pg/.s.PGSQL.5433 -> sockets"],
        ),
        (
            "DBDriver pgsql\nDBDParams dbname=x",
            &[
                "DBDParams!? socket /run/postgresql/.s.PGSQL.5432 -> sockets",
                "DBDParams!? socket /tmp/.s.PGSQL.5432 -> sockets",
            ],
        ),
        ("DBDriver pgsql\nDBDParams hostaddr=10.0.0.1", &[]),
        ("DBDriver pgsql\nDBDParams \"host='db' dbname=x\"", &["DBDParams! host db -> dns"]),
        ("DBDParams host=db", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn each_virtual_host_has_its_driver() {
    let text = "DBDriver pgsql\nDBDParams host=one\n<VirtualHost *>\nDBDriver mysql\n\
                DBDParams host=two,sock=/run/m/s\n</VirtualHost>";
    let wanted = ["DBDParams! host one -> dns", "DBDParams! socket /run/m/s -> sockets"];
    check(&RuleFixture::default(), &[(text, &wanted)]);
}

#[test]
fn an_engine_that_is_off_keeps_nothing() {
    let folders = "SecDataDir /v/d\nSecTmpDir /v/t\nSecUploadDir /v/u\nSecAuditLogStorageDir /v/a\n\
                   SecAuditLogType Concurrent\nSecAuditEngine On\nSecUploadKeepFiles On\n\
                   SecRequestBodyAccess On\nSecAction \"phase:1,exec:/bin/x\"";
    check(
        &RuleFixture::default(),
        &[(folders, &[]), (&format!("{folders}\nSecRuleEngine Off"), &[])],
    );
    let wanted = [
        "SecDataDir writes in /v/d -> config",
        "SecTmpDir! writes in /v/t -> config",
        "SecUploadDir writes in /v/u -> config",
        "SecAuditLogStorageDir writes in /v/a -> config",
        "SecAction program /bin/x -> program",
    ];
    check(
        &RuleFixture::default(),
        &[(&format!("{folders}\nSecRuleEngine DetectionOnly"), &wanted)],
    );
}

#[test]
fn an_audit_log_in_one_file_is_the_parents() {
    let text =
        "SecRuleEngine On\nSecAuditEngine On\nSecAuditLogType Serial\nSecAuditLogStorageDir /v/a";
    check(&RuleFixture::default(), &[(text, &[])]);
    let rules = "SecRuleEngine On\nSecRule FILES \"@inspectFile /bin/scan\" \"phase:2,deny\"\n\
                 SecRule ARGS x \"id:1,exec:/x.lua\"";
    check(&RuleFixture::default(), &[(rules, &["SecRule!! program /bin/scan -> program"])]);
}

#[test]
fn modules_of_others_have_their_rows() {
    let rows: &[(&str, &[&str])] = &[
        ("SVNPath /v/svn", &["SVNPath! writes in /v/svn -> config"]),
        ("AuthzSVNAccessFile /etc/a", &["AuthzSVNAccessFile! file /etc/a -> config"]),
        ("CASCookiePath /v/cas", &["CASCookiePath! writes in /v/cas -> config"]),
        (
            "CASCertificatePath /etc/ssl/certs/x.pem",
            &["CASCertificatePath!? either /etc/ssl/certs/x.pem -> ca"],
        ),
        ("CASValidateURL https://sso.example/v", &["CASValidateURL! host sso.example -> dns"]),
        ("OIDCCacheDir /v/o", &[]),
        ("OIDCCacheType file\nOIDCCacheDir /v/o", &["OIDCCacheDir! writes in /v/o -> config"]),
        ("XSendFile on\nXSendFilePath /v/x", &["XSendFilePath folder /v/x -> /v/x"]),
        ("PerlResponseHandler", &[]),
        (
            "PerlResponseHandler My::Handler",
            &[
                "PerlResponseHandler? folder /usr/share/perl -> programs /usr/bin/perl",
                "PerlResponseHandler? folder /usr/share/perl5 -> programs /usr/bin/perl",
                "PerlResponseHandler? folder /usr/lib64/perl5 -> programs /usr/bin/perl",
            ],
        ),
        ("SetEnv proxy-sendcl 1", &["SetEnv scratch /tmp /usr/tmp /var/tmp -> tmp"]),
        ("SetEnv PATH /bin", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn paths_of_options_of_mod_wsgi_daemons_are_required_inside() {
    let rows: &[(&str, &[&str])] = &[
        (
            "WSGIDaemonProcess x processes=2\nWSGIScriptAlias / /srv/www/a.wsgi",
            &[
                "WSGISocketPrefix!? folder /run/h -> sockets",
                "WSGIScriptAlias!? either /srv/www/a.wsgi -> /srv/www/a.wsgi",
                "WSGIScriptAlias!? folder /usr/lib/python3 -> programs /usr/bin/python3",
                "WSGIScriptAlias!? folder /usr/local/lib/python3 -> programs /usr/bin/python3",
            ],
        ),
        (
            "WSGISocketPrefix /v/w\nWSGIDaemonProcess x home=\"/srv/www\" python-home=/opt/py python-path=/a:/b",
            &[
                "WSGISocketPrefix!? folder /v -> sockets",
                "WSGIDaemonProcess! folder /srv/www -> /srv/www",
                "WSGIDaemonProcess! folder /opt/py -> /opt/py",
                "WSGIDaemonProcess! folder /a -> /a",
                "WSGIDaemonProcess! folder /b -> /b",
            ],
        ),
        (
            "WSGIPythonPath /opt/a:/opt/b",
            &[
                "WSGIPythonPath!? folder /opt/a -> /opt/a",
                "WSGIPythonPath!? folder /opt/b -> /opt/b",
            ],
        ),
    ];
    check(&RuleFixture::default(), rows);
}

/// An application may write to its own directory: Django's database lies there by default.
#[test]
fn directories_of_python_applications_are_searched() {
    let config = "WSGIPythonPath /opt/a\nWSGIDaemonProcess x home=/srv/b python-home=/opt/py\n\
                  WSGIScriptAlias / /opt/c/one.wsgi\nWSGIScriptAlias /x /srv/x.wsgi";
    let trees = RuleFixture::with(&[c"mod_wsgi.c"]).list_trees(config);
    assert_eq!(trees, ["Written /opt/a", "Written /srv/b", "Written /opt/c"]);
}

/// In every process in which mod_wsgi starts Python: by default, every child.
#[test]
fn python_needs_its_library() {
    let library = |text: &str| {
        let all = RuleFixture::with(&[c"mod_wsgi.c"]).list_requirements(text);
        let of_python = |line: &&String| line.starts_with("WSGIRestrictEmbedded");
        all.iter().find(of_python).cloned().unwrap_or_default()
    };
    for (text, weight) in [
        ("", "!!?"),
        ("WSGIRestrictEmbedded Off", "!!?"),
        ("WSGIRestrictEmbedded On\nWSGIDaemonProcess x", "!?"),
    ] {
        let line = library(text);
        assert!(line.contains("/usr/lib/python3.11/encodings/__init__.py"), "{text}");
        assert!(line.starts_with(&format!("WSGIRestrictEmbedded{weight} one of ")), "{line}");
    }
    let own = library("WSGIPythonHome /opt/py");
    assert!(own.contains(" /opt/py/lib/python3.13/encodings/__init__.py"), "{own}");
    assert_eq!(library("WSGIRestrictEmbedded On"), "");
    assert!(
        RuleFixture::default().list_requirements("").iter().all(|line| !line.contains("python"))
    );
}

/// Without them each child ends when it starts.
#[test]
fn mod_shib_needs_its_settings_and_schemas() {
    let shib = RuleFixture::with(&[c"mod_shib.cpp"]);
    let schemas = "ShibConfig!!? folder /usr/share/xml -> /usr/share/xml";
    assert_eq!(
        shib.list_requirements(""),
        ["ShibConfig!!? file /etc/shibboleth/shibboleth2.xml -> /etc/shibboleth", schemas]
    );
    assert_eq!(
        shib.list_requirements("ShibConfig /opt/sp/sp.xml"),
        ["ShibConfig!!? file /opt/sp/sp.xml -> /opt/sp", schemas]
    );
    assert!(RuleFixture::default().list_requirements("ShibConfig /opt/sp/sp.xml").is_empty());
}

#[test]
fn databases_of_countries_keytabs_and_checks_of_passwords_are_required() {
    let rows: &[(&str, &[&str])] = &[
        ("GeoIPDBFile /g.dat MemoryCache", &["GeoIPDBFile!! file /g.dat -> config"]),
        ("IP2LocationDBFile /i.bin", &["IP2LocationDBFile!! file /i.bin -> config"]),
        ("GssapiCredStore keytab:/k", &["GssapiCredStore! file /k -> /k"]),
        ("GssapiCredStore client_keytab:FILE:/k", &["GssapiCredStore! file /k -> /k"]),
        ("GssapiCredStore ccache:FILE:/k", &[]),
        (
            "DefineExternalAuth x pipe /opt/check",
            &["DefineExternalAuth! program /opt/check -> program"],
        ),
        ("DefineExternalAuth x hardcode data", &[]),
        (
            "DefineExternalGroup x environment \"/opt/check -v\"",
            &["DefineExternalGroup!! program /opt/check -> program"],
        ),
    ];
    check(&RuleFixture::default(), rows);
}
