#![forbid(unsafe_code)]
//! mod_dbd, mod_security, and modules that are not httpd's own.

use super::scene::{Scenery, check};

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
                "DBDParams!? socket /tmp/mysql.sock -> words",
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
                "DBDParams!? socket /tmp/.s.PGSQL.5432 -> words",
            ],
        ),
        ("DBDriver pgsql\nDBDParams hostaddr=10.0.0.1", &[]),
        ("DBDriver pgsql\nDBDParams \"host='db' dbname=x\"", &["DBDParams! host db -> dns"]),
        ("DBDParams host=db", &[]),
    ];
    check(&Scenery::default(), rows);
}

#[test]
fn each_virtual_host_has_its_driver() {
    let text = "DBDriver pgsql\nDBDParams host=one\n<VirtualHost *>\nDBDriver mysql\n\
                DBDParams host=two,sock=/run/m/s\n</VirtualHost>";
    let wanted = ["DBDParams! host one -> dns", "DBDParams! socket /run/m/s -> sockets"];
    check(&Scenery::default(), &[(text, &wanted)]);
}

#[test]
fn an_engine_that_is_off_keeps_nothing() {
    let folders = "SecDataDir /v/d\nSecTmpDir /v/t\nSecUploadDir /v/u\nSecAuditLogStorageDir /v/a\n\
                   SecAuditLogType Concurrent\nSecAuditEngine On\nSecUploadKeepFiles On\n\
                   SecRequestBodyAccess On\nSecAction \"phase:1,exec:/bin/x\"";
    check(&Scenery::default(), &[(folders, &[]), (&format!("{folders}\nSecRuleEngine Off"), &[])]);
    let wanted = [
        "SecDataDir writes in /v/d -> config",
        "SecTmpDir! writes in /v/t -> config",
        "SecUploadDir writes in /v/u -> config",
        "SecAuditLogStorageDir writes in /v/a -> config",
        "SecAction program /bin/x -> program",
    ];
    check(&Scenery::default(), &[(&format!("{folders}\nSecRuleEngine DetectionOnly"), &wanted)]);
}

#[test]
fn an_audit_log_in_one_file_is_the_parents() {
    let text =
        "SecRuleEngine On\nSecAuditEngine On\nSecAuditLogType Serial\nSecAuditLogStorageDir /v/a";
    check(&Scenery::default(), &[(text, &[])]);
    let rules = "SecRuleEngine On\nSecRule FILES \"@inspectFile /bin/scan\" \"phase:2,deny\"\n\
                 SecRule ARGS x \"id:1,exec:/x.lua\"";
    check(&Scenery::default(), &[(rules, &["SecRule program /bin/scan -> program"])]);
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
        (
            "WSGIDaemonProcess x chroot=/srv/www\nWSGIScriptAlias / /srv/www/a.wsgi",
            &[
                "WSGISocketPrefix!? folder /run/h -> sockets",
                "WSGIScriptAlias!? either /srv/www/a.wsgi -> /srv/www/a.wsgi",
            ],
        ),
        (
            "WSGIPythonPath /opt/a:/opt/b",
            &[
                "WSGIPythonPath!? folder /opt/a -> /opt/a",
                "WSGIPythonPath!? folder /opt/b -> /opt/b",
            ],
        ),
        ("PerlResponseHandler My::Handler", &[]),
        (
            "PerlResponseHandler ModPerl::Registry",
            &[
                "PerlResponseHandler? folder /usr/share/perl -> words",
                "PerlResponseHandler? folder /usr/share/perl5 -> words",
                "PerlResponseHandler? folder /usr/lib64/perl5 -> words",
            ],
        ),
        ("SetEnv proxy-sendcl 1", &["SetEnv scratch /tmp /usr/tmp /var/tmp -> tmp"]),
        ("SetEnv PATH /bin", &[]),
    ];
    check(&Scenery::default(), rows);
}
