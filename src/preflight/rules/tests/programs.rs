//! Programs that children run.

use super::fixture::{RuleFixture, check};
use crate::view::HostPathMode;

const FOLDER: &str = "<Directory /srv/www/app>\nOptions +ExecCGI\n</Directory>";

#[test]
fn endings_count_in_directories_that_let_programs_run() {
    let with = RuleFixture::with(&[c"mod_cgi.c"]);
    let rows: &[(String, &[&str])] = &[
        ("AddHandler cgi-script .cgi".into(), &[]),
        (FOLDER.into(), &[]),
        (
            format!("AddHandler cgi-script .cgi pl\n{FOLDER}"),
            &["AddHandler!? programs /srv/www/app .cgi .pl -> program"],
        ),
        (format!("AddHandler type-map var\n{FOLDER}"), &[]),
        (format!("AddHandler fcgid-script .fcgi\n{FOLDER}"), &[]),
        ("AddHandler cgi-script .cgi\n<Directory />\nOptions All\n</Directory>".into(), &[]),
        (
            format!(
                "<Directory /srv/www/app/bin>\nAddHandler cgi-script .cgi\n</Directory>\n{FOLDER}"
            ),
            &["AddHandler!? programs /srv/www/app/bin .cgi -> program"],
        ),
        (
            format!("<Directory /srv/other>\nAddHandler cgi-script .cgi\n</Directory>\n{FOLDER}"),
            &[],
        ),
        (
            "<Directory /srv/www/app>\nSetHandler cgi-script\n</Directory>".into(),
            &["SetHandler!? programs /srv/www/app -> program"],
        ),
        (
            "<Directory /srv/www/app>\n<Files x>\nSetHandler cgi-script\n</Files>\n</Directory>"
                .into(),
            &[],
        ),
    ];
    for (text, wanted) in rows {
        check(&with, &[(text, wanted)]);
        check(&RuleFixture::default(), &[(text, &[])]);
    }
}

#[test]
fn commands_are_claimed_by_their_first_word() {
    let rows: &[(&str, &[&str])] = &[
        (
            "FcgidWrapper \"/usr/bin/app -d x\" .app",
            &["FcgidWrapper! program /usr/bin/app -> program"],
        ),
        ("FcgidAuthorizer /opt/a", &["FcgidAuthorizer! program /opt/a -> program"]),
        (
            "ExtFilterDefine x mode=output cmd=\"/bin/sed -n p\"",
            &["ExtFilterDefine! program /bin/sed -> program"],
        ),
        ("ExtFilterDefine x cmd=/bin/cat", &["ExtFilterDefine! program /bin/cat -> program"]),
        ("ExtFilterDefine x cmd=cat", &[]),
        ("ExtFilterDefine x mode=output", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn default_sockets_of_programs_are_required() {
    let cgid = RuleFixture::with(&[c"mod_cgid.c"]);
    let rows: &[(&str, &[&str])] = &[
        ("", &["ScriptSock!? folder /run/h -> sockets"]),
        ("ScriptSock /run/x/s", &["ScriptSock!? folder /run/x -> sockets"]),
        ("ScriptSock socks/s", &["ScriptSock!? folder /run/h/socks -> sockets"]),
    ];
    check(&cgid, rows);
    let fcgid = RuleFixture::with(&[c"mod_fcgid.c"]);
    let rows: &[(&str, &[&str])] = &[
        (
            "",
            &[
                "FcgidIPCDir!? writes in /var/lib/apache2/fcgid/sock -> sockets",
                "FcgidIPCDir!? writes in /run/h/fcgidsock -> sockets",
            ],
        ),
        ("FcgidIPCDir /run/f", &["FcgidIPCDir!? writes in /run/f -> sockets"]),
    ];
    check(&fcgid, rows);
    check(&RuleFixture::default(), &[("", &[]), ("ScriptSock /x/s", &[])]);
    let link = RuleFixture { mode: HostPathMode::Link, ..cgid };
    check(&link, &[("", &["ScriptSock!? folder /run/h -> words"])]);
}

#[test]
fn commands_of_mod_md_count_if_it_manages_anything() {
    let text = "MDNotifyCmd /bin/n\nMDMessageCmd /bin/m x\nMDChallengeDns01 /bin/d\n\
                MDCACertificateFile /ca.pem\nMDCertificateAuthority https://ca.example/dir";
    let wanted = [
        "MDNotifyCmd program /bin/n -> program",
        "MDMessageCmd program /bin/m -> program",
        "MDChallengeDns01 program /bin/d -> program",
        "MDCACertificateFile file /ca.pem -> config",
        "MDCertificateAuthority host ca.example -> dns",
    ];
    check(
        &RuleFixture::default(),
        &[(text, &[]), (&format!("MDomain a.example\n{text}"), &wanted)],
    );
}
