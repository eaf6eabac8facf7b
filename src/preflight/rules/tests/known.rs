//! Issues that are known without a trial.

use super::fixture::RuleFixture;
use crate::view::HostPathMode;

fn rows(fixture: &RuleFixture, rows: &[(&str, &[&str])]) {
    for (text, wanted) in rows {
        assert_eq!(fixture.list_known_issues(text), *wanted, "{text}");
    }
}

fn with_mode(mode: HostPathMode) -> RuleFixture {
    RuleFixture { mode, ..RuleFixture::default() }
}

#[test]
fn a_lock_file_matters_where_a_child_opens_it_again() {
    let rewrite = RuleFixture::with(&[c"mod_rewrite.c"]);
    let all: &[(&str, &[&str])] = &[
        ("Mutex flock:/run/l default", &["Mutex! MutexFile"]),
        ("Mutex flock:/run/l", &["Mutex! MutexFile"]),
        ("Mutex FLOCK rewrite-map OmitPID", &["Mutex! MutexFile"]),
        ("Mutex flock mpm-accept", &[]),
        ("Mutex flock ssl-cache", &[]),
        ("Mutex flock default\nMutex pthread rewrite-map", &[]),
        ("Mutex file:/run/l default", &[]),
        ("Mutex fcntl:/run/l default", &[]),
        ("Mutex sysvsem default", &[]),
        ("Mutex default", &[]),
    ];
    rows(&rewrite, all);
    rows(&RuleFixture::default(), &[("Mutex flock:/run/l default", &[])]);
}

#[test]
fn certificates_are_managed_in_a_child() {
    let all: &[(&str, &[&str])] = &[
        ("MDomain a.example", &["MDomain ManagedDomain"]),
        ("<MDomainSet a.example>\n</MDomainSet>", &["<MDomainSet ManagedDomain"]),
        ("MDomain a.example\nMDStoreDir /srv/www/md", &[]),
        ("MDomain a.example\nMDRenewMode manual", &[]),
        ("MDomain a.example\nMDCertificateFile /c.pem", &[]),
        ("MDStapling on", &["MDStapling ManagedDomain"]),
        ("MDStapling off", &[]),
        ("MDStoreDir md", &[]),
    ];
    rows(&RuleFixture::default(), all);
    rows(
        &with_mode(HostPathMode::Off),
        &[("MDomain a.example\nMDStoreDir /srv/www/md", &["MDomain ManagedDomain"])],
    );
}

#[test]
fn programs_of_other_users_need_a_wrapper_that_works() {
    let all: &[(&str, &[&str])] = &[
        ("SuexecUserGroup joe joe", &["SuexecUserGroup! Suexec"]),
        ("Suexec On", &["Suexec! Suexec"]),
        ("Suexec Off", &[]),
    ];
    rows(&RuleFixture::default(), all);
    let without = RuleFixture { suexec: false, ..RuleFixture::default() };
    rows(&without, &[("SuexecUserGroup joe joe", &[])]);
}

#[test]
fn daemons_and_jails_of_others_are_named() {
    let all: &[(&str, &[&str])] = &[
        ("WSGIDaemonProcess x processes=2", &[]),
        ("WSGIDaemonProcess x user=joe", &["WSGIDaemonProcess DaemonHome"]),
        ("WSGIDaemonProcess x user=joe home=/srv/www/joe", &[]),
        ("User joe\nWSGIDaemonProcess x user=joe", &[]),
        ("WSGIDaemonProcess x\nWSGIAcceptMutex flock", &["WSGIAcceptMutex! MutexFile"]),
        ("WSGIDaemonProcess x\nWSGIAcceptMutex pthread", &[]),
        ("WSGIAcceptMutex flock", &[]),
        ("SecChrootDir /srv/www", &["SecChrootDir! SecondJail"]),
        ("DBDriver oracle", &["DBDriver DatabaseDriver"]),
        ("DBDriver odbc", &["DBDriver DatabaseDriver"]),
        ("DBDriver sqlite3", &[]),
        ("ProxySCGISendfile On", &["ProxySCGISendfile SendFile"]),
        ("ProxySCGISendfile Off", &[]),
        ("XSendFile on", &["XSendFile SendFile"]),
        ("XSendFile on\nXSendFilePath /v", &[]),
    ];
    rows(&RuleFixture::default(), all);
}

#[test]
fn files_that_the_parent_holds_are_named_if_they_are_outside() {
    let all: &[(&str, &[&str])] = &[
        ("CacheFile /opt/x", &["CacheFile HeldOpen"]),
        ("MMapFile /srv/www/x /opt/x", &["MMapFile HeldOpen"]),
        ("CacheFile /srv/www/x", &[]),
    ];
    rows(&RuleFixture::default(), all);
    rows(&with_mode(HostPathMode::Off), &[("CacheFile /x", &[])]);
}

#[test]
fn links_are_followed_if_the_last_word_on_the_way_says_so() {
    let none = &["Options! LinkNotFollowed"][..];
    let root = |options: &str| format!("<Directory />\nOptions {options}\n</Directory>\n");
    let srv = |options: &str| format!("<Directory \"/srv\">\nOptions {options}\n</Directory>\n");
    let all = [
        (String::new(), &[][..]),
        (root("FollowSymLinks"), &[]),
        (root("SymLinksIfOwnerMatch"), &[]),
        (root("All"), &[]),
        (root("+Indexes"), &[]),
        (root("None"), none),
        (root("Indexes"), none),
        (root("-FollowSymLinks"), none),
        (root("-FollowSymLinks +SymLinksIfOwnerMatch"), &[]),
        (root("None") + &srv("+FollowSymLinks"), &[]),
        (root("All") + &srv("Indexes"), none),
        (srv("All") + &root("None"), &[]),
        ("Options None\n".to_owned(), none),
        ("Options None\n".to_owned() + &root("FollowSymLinks"), &[]),
        ("<Directory /srv/www>\nOptions None\n</Directory>".to_owned(), &[]),
        ("<Directory /usr>\nOptions None\n</Directory>".to_owned(), &[]),
        ("<Location />\nOptions None\n</Location>".to_owned(), &[]),
    ];
    for (text, wanted) in &all {
        rows(&with_mode(HostPathMode::Link), &[(text, wanted)]);
        rows(&with_mode(HostPathMode::View), &[(text, &[])]);
    }
}

#[test]
fn with_inside_paths_host_paths_mean_nothing() {
    let fcgi = "ProxyPass / fcgi://10.0.0.1:9000/";
    let all: &[(&str, &[&str])] = &[
        ("<Directory /srv/www/x>\n</Directory>", &["<Directory SectionOutside"]),
        ("<Directory \"/srv/www\">\n</Directory>", &["<Directory SectionOutside"]),
        ("<Directory /srv/www2>\n</Directory>", &[]),
        ("<Directory />\n</Directory>", &[]),
        (fcgi, &["ProxyPass ScriptName"]),
        ("ProxyPass / fcgi://10.0.0.1:9000/\nProxyFCGISetEnvIf true X y", &[]),
        ("ProxyPass / http://10.0.0.1/", &[]),
    ];
    rows(&with_mode(HostPathMode::Off), all);
    for other in [HostPathMode::View, HostPathMode::Link] {
        rows(&with_mode(other), &[(fcgi, &[]), ("<Directory /srv/www/x>\n</Directory>", &[])]);
    }
}

#[test]
fn sockets_of_passenger_are_in_another_tmp_unless_they_have_a_directory() {
    let passenger = RuleFixture::with(&[c"mod_passenger.c"]);
    let silent = "PassengerInstanceRegistryDir! PassengerSockets";
    rows(&passenger, &[("", &[silent]), ("PassengerInstanceRegistryDir /var/lib/passenger", &[])]);
    rows(&RuleFixture::default(), &[("", &[])]);
}
