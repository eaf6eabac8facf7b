//! Requirements of mod_php's settings.

use super::fixture::{RuleFixture, check};

const MAIL: &str =
    "sendmail_path? program /usr/sbin/sendmail -> programs /usr/sbin/sendmail /bin/sh";
const UPLOADS: &str = "upload_tmp_dir scratch /tmp /usr/tmp /var/tmp -> tmp";

fn php(file: &str, text: &str) -> RuleFixture {
    RuleFixture { ini: vec![(file.into(), text.to_owned())], ..RuleFixture::with(&[c"mod_php.c"]) }
}

/// Requirements of the settings, without the defaults for mail and uploads.
fn list_settings(ini: &str, config: &str) -> Vec<String> {
    let mut all = php("/etc/php.ini", ini).list_requirements(config);
    all.retain(|line| line != MAIL && line != UPLOADS);
    all
}

fn rows(rows: &[(&str, &[&str])]) {
    for (ini, wanted) in rows {
        assert_eq!(list_settings(ini, ""), *wanted, "{ini}");
    }
}

#[test]
fn without_the_module_its_settings_mean_nothing() {
    let ini = vec![("/etc/php.ini".into(), "session.save_path=/v/s".into())];
    check(&RuleFixture { ini, ..RuleFixture::default() }, &[("php_value error_log /v/l", &[])]);
}

#[test]
fn debians_build_has_sessions_and_zones_of_its_own() {
    let debian = php("/etc/php/8.2/apache2/php.ini", "[PHP]\nsession.save_handler = files\n");
    let wanted = [
        "session.save_path? writes in /var/lib/php/sessions -> rw:/var/lib/php/sessions",
        UPLOADS,
        MAIL,
        "date.timezone!? folder /usr/share/zoneinfo -> timezone",
    ];
    check(&debian, &[("", &wanted)]);
    check(&php("/etc/php.ini", ""), &[("", &[UPLOADS, MAIL])]);
}

#[test]
fn sessions_are_in_a_folder_or_with_a_server() {
    rows(&[
        ("session.save_path = \"/v/s\"", &["session.save_path! writes in /v/s -> rw:/v/s"]),
        ("session.save_path = 2;0600;/v/s", &[]),
        ("session.save_path = \"2;0600;/v/s\"", &["session.save_path! writes in /v/s -> rw:/v/s"]),
        ("session.save_path = /tmp", &["session.save_path! writes in /tmp -> tmp"]),
        ("; session.save_path = /v/s", &[]),
        ("[PATH=/x]\nsession.save_path = /v/s\n[Session]\n", &[]),
        (
            "session.save_path = /a\nsession.save_path = /b",
            &["session.save_path! writes in /b -> rw:/b"],
        ),
        (
            "session.save_handler = redis\nsession.save_path = \"tcp://r.example:6379?x=1, tcp://10.0.0.1:1\"",
            &["session.save_path! host r.example -> dns"],
        ),
        (
            "session.save_handler = memcached\nsession.save_path = \"one:11211,localhost:1\"",
            &["session.save_path! host one -> dns"],
        ),
        (
            "session.save_handler = redis\nsession.save_path = \"unix:///run/r/s?database=1\"",
            &["session.save_path!? socket /run/r/s -> /run/r"],
        ),
    ]);
}

#[test]
fn the_word_of_httpd_counts_more_than_the_file() {
    let ini = "session.save_path = /a";
    let of = |config: &str| list_settings(ini, config);
    let path = |path: &str| format!("session.save_path! writes in {path} -> rw:{path}");
    assert_eq!(of("php_admin_value session.save_path /b"), [path("/b")]);
    let host = "<VirtualHost *>\nphp_value session.save_path /b\n</VirtualHost>";
    assert_eq!(of(host), [path("/a"), path("/b")]);
}

#[test]
fn uploads_and_mail_have_defaults_that_settings_replace() {
    let of = |ini: &str| php("/etc/php.ini", ini).list_requirements("");
    assert_eq!(of("file_uploads = Off"), [MAIL]);
    assert_eq!(of("upload_tmp_dir = /v/u"), ["upload_tmp_dir! writes in /v/u -> rw:/v/u", MAIL]);
    assert_eq!(of("sys_temp_dir = /v/u"), ["sys_temp_dir! writes in /v/u -> rw:/v/u", MAIL]);
    assert_eq!(
        of("sendmail_path = \"/opt/mail -t\""),
        [
            UPLOADS,
            "sendmail_path! program /opt/mail -> program",
            "sendmail_path! program /bin/sh -> program",
        ]
    );
    let elsewhere = RuleFixture { temp_dirs: vec!["/v/tmp".into()], ..php("/etc/php.ini", "") };
    let first = "upload_tmp_dir scratch /v/tmp /tmp /usr/tmp /var/tmp -> tmp";
    assert_eq!(elsewhere.list_requirements(""), [first, MAIL]);
}

#[test]
fn files_and_folders_are_named_one_by_one() {
    rows(&[
        ("auto_prepend_file = /opt/a.php", &["auto_prepend_file! file /opt/a.php -> /opt/a.php"]),
        ("auto_append_file = a.php", &[]),
        ("auto_prepend_file =", &[]),
        ("error_log = /v/l/php.log", &["error_log writes /v/l/php.log -> words"]),
        ("error_log = syslog", &[]),
        (
            "include_path = \".:/usr/share/php\"",
            &["include_path? folder /usr/share/php -> /usr/share/php"],
        ),
        ("extension_dir = /opt/e", &[]),
        ("extension_dir = /opt/e\nenable_dl = On", &["extension_dir folder /opt/e -> /opt/e"]),
        ("opcache.file_cache = /v/c", &["opcache.file_cache writes in /v/c -> rw:/v/c"]),
        ("soap.wsdl_cache_dir = /v/c", &[]),
        (
            "extension = soap\nsoap.wsdl_cache_dir = \"/tmp\"",
            &["soap.wsdl_cache_dir writes in /tmp -> tmp"],
        ),
    ]);
}

#[test]
fn authorities_are_the_systems_or_somebodys() {
    rows(&[
        ("curl.cainfo = /opt/ca.pem", &["curl.cainfo! either /opt/ca.pem -> /opt/ca.pem"]),
        (
            "openssl.cafile = \"/etc/ssl/certs/ca-certificates.crt\"",
            &["openssl.cafile! either /etc/ssl/certs/ca-certificates.crt -> ca"],
        ),
        ("extension = curl", &["curl.cainfo? folder /etc/ssl/certs -> ca"]),
        ("extension = curl.so\ncurl.cainfo = /opt/c", &["curl.cainfo! either /opt/c -> /opt/c"]),
    ]);
}

#[test]
fn databases_have_sockets_if_php_has_a_client() {
    rows(&[
        (
            "mysqli.default_socket = /run/m/s",
            &["mysqli.default_socket!? socket /run/m/s -> /run/m"],
        ),
        ("mysqli.default_socket =", &[]),
        (
            "extension = /usr/lib/php/mysqli.so",
            &[
                "mysqli.default_socket? socket /run/mysqld/mysqld.sock -> /run/mysqld",
                "mysqli.default_socket? socket /var/lib/mysql/mysql.sock -> /var/lib/mysql/mysql.sock",
                "mysqli.default_socket? socket /tmp/mysql.sock -> /tmp/mysql.sock",
            ],
        ),
        (
            "extension = pgsql",
            &[
                "pgsql? socket /run/postgresql/.s.PGSQL.5432 -> /run/postgresql",
                "pgsql? socket /tmp/.s.PGSQL.5432 -> /tmp/.s.PGSQL.5432",
            ],
        ),
    ]);
}

/// Debian's ini file of php-cgi is silent about sessions: their directory is compiled in.
#[test]
fn php_cgi_needs_its_sessions_as_mod_php_does() {
    let ini =
        vec![("/etc/php/8.2/cgi/php.ini".into(), "file_uploads=Off\nsendmail_path=\n".to_owned())];
    let fixture = RuleFixture { cgi_ini: ini, ..RuleFixture::default() };
    for text in [
        "FcgidWrapper /usr/bin/php-cgi .php",
        "FcgidWrapper /srv/starter .php",
        "FCGIWrapper /usr/bin/php-cgi8.2 .phtml",
        "Action application/x-httpd-php /cgi-bin/php8.2",
        "ScriptAlias /php /usr/bin/php-cgi",
    ] {
        let found = fixture.list_requirements(text);
        let sessions =
            "session.save_path? writes in /var/lib/php/sessions -> rw:/var/lib/php/sessions";
        assert!(found.iter().any(|line| line == sessions), "{text}: {found:?}");
    }
    for text in [
        "FcgidWrapper /usr/bin/app .fcgi",
        "Action x /cgi-bin/phpx",
        "ScriptAlias /php /usr/lib/php/",
    ] {
        let found = fixture.list_requirements(text);
        assert!(!found.iter().any(|line| line.contains("session")), "{text}: {found:?}");
    }
}

#[test]
fn the_extension_for_images_looks_for_its_parts_when_a_page_asks() {
    let found = php("/etc/php.ini", "extension=imagick.so\n").list_requirements("");
    let libraries = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    for folder in ["/etc/ImageMagick-6", "/etc/ImageMagick-7", &libraries] {
        let line = format!("extension? folder {folder} -> {folder}");
        assert!(found.contains(&line), "{line}: {found:?}");
    }
    let without = php("/etc/php.ini", "").list_requirements("");
    assert!(!without.iter().any(|line| line.starts_with("extension")), "{without:?}");
}
