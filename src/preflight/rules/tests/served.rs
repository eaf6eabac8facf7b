use super::fixture::{RuleFixture, check};
use crate::view::HostPathMode;

fn off() -> RuleFixture {
    RuleFixture { mode: HostPathMode::Off, ..RuleFixture::default() }
}

#[test]
fn document_roots_are_looked_for_where_children_see_them() {
    let rows: &[(&str, &[&str])] = &[
        ("DocumentRoot /srv/www/a", &["DocumentRoot!? folder /srv/www/a -> /srv/www/a"]),
        (
            "DocumentRoot \"htdocs\"",
            &["DocumentRoot!? folder /etc/httpd/htdocs -> /etc/httpd/htdocs"],
        ),
        (
            "VirtualDocumentRoot /srv/www/%0/docs",
            &["VirtualDocumentRoot!? folder /srv/www -> /srv/www"],
        ),
        (
            "VirtualDocumentRoot /srv/www/%-2.1.1+/x",
            &["VirtualDocumentRoot!? folder /srv/www -> /srv/www"],
        ),
        ("VirtualDocumentRootIP /srv/x-%1", &["VirtualDocumentRootIP!? folder /srv -> /srv"]),
        (
            "VirtualScriptAlias /srv/www/%0/cgi",
            &["VirtualScriptAlias!? folder /srv/www -> /srv/www"],
        ),
        ("VirtualScriptAliasIP /a/%0", &["VirtualScriptAliasIP!? folder /a -> /a"]),
        ("VirtualDocumentRoot /%0", &[]),
    ];
    check(&RuleFixture::default(), rows);
    check(&off(), &[("DocumentRoot /htdocs", &["DocumentRoot! folder /htdocs -> words"])]);
}

#[test]
fn aliases_are_claimed_as_far_as_they_are_fixed() {
    let rows: &[(&str, &[&str])] = &[
        ("Alias /x /opt/x", &["Alias!? either /opt/x -> /opt/x"]),
        ("Alias /x/ \"/opt/x y/\"", &["Alias!? either /opt/x y/ -> /opt/x y"]),
        ("Alias /icons/ /usr/share/i/", &["Alias? either /usr/share/i/ -> /usr/share/i"]),
        ("<Location /x>\nAlias /opt/x\n</Location>", &["Alias!? either /opt/x -> /opt/x"]),
        (
            "<LocationMatch /(?<n>.)>\nAlias /opt/%{env:MATCH_N}\n</LocationMatch>",
            &["Alias!? either /opt -> /opt"],
        ),
        ("Alias /x /opt/50%20", &["Alias!? either /opt/50%20 -> /opt/50%20"]),
        ("AliasMatch ^/(.*) /opt/a/$1", &["AliasMatch!? either /opt/a -> /opt/a"]),
        ("AliasMatch ^/(.*) /$1", &[]),
        ("AliasMatch ^/(.*) $1", &[]),
        ("Alias", &[]),
    ];
    check(&RuleFixture::default(), rows);
    check(&off(), &[("Alias /x /x", &["Alias! either /x -> /x"])]);
}

#[test]
fn programs_behind_an_alias_are_looked_into_if_they_are_run() {
    let with = RuleFixture::with(&[c"mod_cgi.c"]);
    let rows: &[(&str, &[&str])] = &[
        (
            "ScriptAlias /cgi-bin/ /usr/lib/cgi-bin/",
            &[
                "ScriptAlias!? either /usr/lib/cgi-bin -> /usr/lib/cgi-bin or program",
                "ScriptAlias!? programs /usr/lib/cgi-bin -> program",
            ],
        ),
        (
            "ScriptAliasMatch ^/(.*)\\.cgi /opt/cgi/$1.cgi",
            &["ScriptAliasMatch!? either /opt/cgi -> /opt/cgi or program"],
        ),
    ];
    check(&with, rows);
    let without = "ScriptAlias /x /opt/x";
    check(
        &RuleFixture::default(),
        &[(without, &["ScriptAlias!? either /opt/x -> /opt/x or program"])],
    );
    let by_fcgid = RuleFixture::with(&[c"mod_fcgid.c"]).list_requirements(without);
    assert!(
        by_fcgid.contains(&"ScriptAlias!? programs /opt/x -> program".to_owned()),
        "{by_fcgid:?}"
    );
}

/// The audit reports the links of the jail.
#[test]
fn directories_that_are_served_are_searched() {
    let config = "DocumentRoot /srv/www/a\nAlias /x /opt/x/\nScriptAlias /y /usr/lib/y\nAliasMatch ^/(.*) /opt/a/$1";
    let expected = ["Likely /srv/www/a", "Written /opt/x", "Written /usr/lib/y", "Written /opt/a"];
    let with_php = RuleFixture::with(&[c"mod_php.c"]);
    assert_eq!(with_php.list_trees(config), expected);
    assert_eq!(RuleFixture::default().list_trees(config), expected[1..]);
}

#[test]
fn homes_are_found_by_name_or_by_path() {
    let rows: &[(&str, &[&str])] = &[
        (
            "UserDir public_html\nUserDir disabled root",
            &["UserDir! users -> users", "UserDir? whole /home -> /home"],
        ),
        ("UserDir disabled", &[]),
        ("UserDir enabled joe", &[]),
        ("UserDir /srv/users", &["UserDir!? folder /srv/users -> /srv/users"]),
        ("UserDir /srv/users/*/web", &["UserDir!? folder /srv/users -> /srv/users"]),
        ("UserDir http://example.org/*/", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn a_target_of_a_rule_is_a_path_only_if_nothing_says_otherwise() {
    let rows: &[(&str, &[&str])] = &[
        ("RewriteRule ^/x /usr/x.html [L]", &["RewriteRule!? either /usr/x.html -> /usr/x.html"]),
        ("RewriteRule ^/(.*) /opt/a/$1", &["RewriteRule!? either /opt/a -> /opt/a"]),
        ("RewriteRule ^/x /opt/a?q=$1", &["RewriteRule!? either /opt/a -> /opt/a"]),
        ("RewriteRule ^/x /opt/a [PT]", &[]),
        ("RewriteRule ^/x /opt/a [R=301,L]", &[]),
        ("RewriteRule ^/x /opt/a [L,redirect]", &[]),
        ("RewriteRule ^/(.*) /$1", &[]),
        ("RewriteRule ^/x -", &[]),
        ("RewriteRule ^/x - [F]", &[]),
        ("RewriteRule ^/x https://example.org/ [R]", &[]),
        ("RewriteRule ^/x https://example.org/", &[]),
        ("<Directory /srv/www>\nRewriteRule ^x /opt/a\n</Directory>", &[]),
        (
            "<VirtualHost *:80>\nRewriteRule ^/x /opt/a\n</VirtualHost>",
            &["RewriteRule!? either /opt/a -> /opt/a"],
        ),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn conditions_on_files_count_if_they_are_written_out() {
    let rows: &[(&str, &[&str])] = &[
        ("RewriteCond /run/down -f", &["RewriteCond!!? either /run/down -> /run/down"]),
        ("RewriteCond /run/down !-d", &["RewriteCond!!? either /run/down -> /run/down"]),
        ("RewriteCond %{REQUEST_FILENAME} !-f", &[]),
        ("RewriteCond /a/%{HTTP_HOST} -d", &[]),
        ("RewriteCond /a -F", &[]),
        ("RewriteCond /a ^/b", &[]),
        (
            "RewriteCond expr \"-f '/run/down' && file('/etc/x') == 'y'\"",
            &[
                "RewriteCond!! file /etc/x -> config",
                "RewriteCond!!? either /run/down -> /run/down",
            ],
        ),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn maps_are_files_or_programs_outside() {
    let rows: &[(&str, &[&str])] = &[
        ("RewriteMap m txt:/m.txt", &["RewriteMap!! file /m.txt -> config"]),
        ("RewriteMap m rnd:m.txt", &["RewriteMap!! file /etc/httpd/m.txt -> config"]),
        ("RewriteMap m dbm=gdbm:/m", &["RewriteMap!! one of /m /m.db /m.pag /m.dir -> config"]),
        ("RewriteMap m dbm:/m", &["RewriteMap!! one of /m /m.db /m.pag /m.dir -> config"]),
        ("RewriteMap m prg:/bin/m", &[]),
        ("RewriteMap m int:tolower", &[]),
        ("RewriteMap m \"dbd:SELECT 1\"", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

/// Dangling links named `.htaccess` are reported in directories whose `.htaccess` files are read.
#[test]
fn links_of_access_control_files_are_looked_for_where_they_are_read() {
    let dead = |names: &str| format!("Alias! no dead {names} in /opt/x -> words");
    for (text, line) in [
        ("Alias /x /opt/x", None),
        ("AllowOverride None\nAlias /x /opt/x", None),
        ("AllowOverride All\nAlias /x /opt/x", Some(dead(".htaccess"))),
        (
            "AllowOverride None\nAllowOverrideList Redirect\nAlias /x /opt/x",
            Some(dead(".htaccess")),
        ),
        ("AllowOverride All\nAccessFileName .a .b\nAlias /x /opt/x", Some(dead(".a .b"))),
    ] {
        let all = RuleFixture::default().list_requirements(text);
        let found = all.iter().find(|line| line.contains("no dead")).cloned();
        assert_eq!(found, line, "{text}");
    }
    let all = RuleFixture::default()
        .list_requirements("AllowOverride All\nDocumentRoot /srv/x\nScriptAlias /c /opt/c");
    assert_eq!(all.iter().filter(|line| line.contains("no dead .htaccess")).count(), 2, "{all:?}");
}
