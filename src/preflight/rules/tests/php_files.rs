//! Places of PHP's ini files.

use super::fixture::parse_config;
use crate::preflight::rules::php_ini::{PhpKind, list_ini_files};
use std::path::{Path, PathBuf};

/// Ini files that are found on a host with these paths.
fn of(config: &str, host: &[&str]) -> Vec<String> {
    list_of_kind(config, PhpKind::Module, host)
}

fn list_of_kind(config: &str, kind: PhpKind, host: &[&str]) -> Vec<String> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let below = host.iter().filter_map(|path| Path::new(path).strip_prefix(folder).ok());
        let mut names: Vec<_> = below.filter_map(|path| path.iter().next()).collect();
        names.dedup();
        names.into_iter().rev().map(|name| folder.join(name)).collect()
    };
    let found = list_ini_files(&parse_config(config), kind, &list);
    found.iter().map(|path| path.display().to_string()).filter(|it| host.contains(&&**it)).collect()
}

#[test]
fn debians_are_those_of_its_newest_version_in_their_order() {
    let host = [
        "/etc/php/8.2/apache2/conf.d/10-a.ini",
        "/etc/php/8.2/apache2/conf.d/20-b.ini",
        "/etc/php/8.2/apache2/conf.d/notes.txt",
        "/etc/php/8.2/apache2/php.ini",
        "/etc/php/8.2/cli/php.ini",
        "/etc/php/7.4/apache2/php.ini",
    ];
    assert_eq!(of("", &host), [host[3], host[0], host[1]]);
}

#[test]
fn a_folder_that_is_named_replaces_the_conventional_file() {
    let host = ["/etc/php.d/a.ini", "/etc/php.ini", "/opt/php/php.ini"];
    assert_eq!(of("", &host), [host[1], host[0]]);
    assert_eq!(of("PHPIniDir /opt/php", &host), [host[2], host[0]]);
    assert_eq!(of("PHPIniDir /opt/php/php.ini", &host), [host[2], host[0]]);
}

#[test]
fn the_bsds_have_theirs_below_the_packages() {
    let host = ["/usr/local/etc/php/ext-10.ini", "/usr/local/etc/php.ini"];
    assert_eq!(of("", &host), [host[1], host[0]]);
}

#[test]
fn php_cgi_has_its_own_on_debian_and_the_same_elsewhere() {
    let host = [
        "/etc/php/8.2/apache2/php.ini",
        "/etc/php/8.2/cgi/conf.d/10-a.ini",
        "/etc/php/8.2/cgi/php.ini",
    ];
    assert_eq!(list_of_kind("PHPIniDir /opt/php", PhpKind::Cgi, &host), [host[2], host[1]]);
    assert_eq!(list_of_kind("", PhpKind::Cgi, &["/etc/php.ini"]), ["/etc/php.ini"]);
}
