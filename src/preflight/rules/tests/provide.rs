//! Paths that `ChrootProvide sockets` and `config` provide.

use super::super::*;
use super::directive;
use crate::provide::{Sockets, SocketsBy};
use std::ffi::OsString;
use std::path::PathBuf;

fn of(name: &str, words: &[&str]) -> ConfiguredPaths {
    let words = words.iter().map(OsString::from).collect();
    let bases =
        BaseDirs { server_root: Path::new("/etc/httpd"), runtime_dir: Path::new("/run/httpd") };
    collect_configured_paths(&[directive(name, words)], bases, &|_| false)
}

fn sockets(name: &str, words: &[&str]) -> Vec<(String, bool)> {
    let text = |it: Sockets| (it.path.display().to_string(), it.by == SocketsBy::Children);
    of(name, words).sockets.into_iter().map(text).collect()
}

fn files(name: &str, words: &[&str]) -> Vec<(String, bool)> {
    let text = |(path, writable): (PathBuf, bool)| (path.display().to_string(), writable);
    of(name, words).files.into_iter().map(text).collect()
}

#[test]
fn sockets_are_found_in_every_spelling_of_a_backend() {
    let fpm = ("/run/php".to_string(), false);
    for (name, words) in [
        ("SetHandler", &["proxy:unix:/run/php/fpm.sock|fcgi://localhost"][..]),
        ("ProxyPass", &["/app", "unix:/run/php/fpm.sock|http://localhost/", "retry=0"]),
        ("ProxyPassMatch", &["^/x$", "unix:/run/php/fpm.sock|fcgi://x"]),
        ("BalancerMember", &["unix:/run/php/fpm.sock|http://a"]),
        ("RewriteRule", &["^(.*)$", "unix:/run/php/fpm.sock|http://a/$1", "[P]"]),
        ("setHandler", &["proxy:unix:/run/php/fpm.sock|fcgi://localhost"]),
    ] {
        assert_eq!(sockets(name, words), std::slice::from_ref(&fpm), "{name}");
    }
    assert_eq!(sockets("ProxyPass", &["/", "http://127.0.0.1:8080/"]), []);
}

#[test]
fn a_socket_of_a_common_folder_comes_alone() {
    let words = ["/", "unix:/run/app.sock|http://localhost/"];
    assert_eq!(sockets("ProxyPass", &words), [("/run/app.sock".into(), false)]);
}

#[test]
fn relative_sockets_are_in_the_runtime_directory() {
    assert_eq!(
        sockets("BalancerMember", &["unix:a/b.sock|http://x"]),
        [("/run/httpd/a".into(), false)]
    );
}

#[test]
fn files_are_written_to_only_where_the_directive_writes() {
    assert_eq!(files("AuthUserFile", &["users"]), [("/etc/httpd/users".into(), false)]);
    assert_eq!(files("ScriptLog", &["/v/l"]), []);
    assert_eq!(files("LuaMapHandler", &["/x", "/opt/a.lua"]), [("/opt/a.lua".into(), false)]);
    assert_eq!(files("SSLSessionCache", &["dbm:/v/ssl"]), [("/v".into(), true)]);
    assert_eq!(files("SSLSessionCache", &["shmcb:/v/ssl(1)"]), []);
}

/// Debian's cache_disk.conf and dav_fs.conf name a folder, whether or not anything is cached or locked.
#[test]
fn a_directive_that_nothing_uses_brings_nothing() {
    let bases =
        BaseDirs { server_root: Path::new("/etc/httpd"), runtime_dir: Path::new("/run/httpd") };
    let word = |word: &str| vec![OsString::from(word)];
    for (name, path, user) in [
        ("CacheRoot", "/var/cache/x", ("CacheEnable", "disk")),
        ("DAVLockDB", "/var/cache/x/lock", ("Dav", "on")),
    ] {
        let written = directive(name, word(path));
        let alone = collect_configured_paths(std::slice::from_ref(&written), bases, &|_| false);
        assert_eq!(alone.files, [], "{name}");
        let used = [written, directive(user.0, word(user.1))];
        let used = collect_configured_paths(&used, bases, &|_| false);
        assert_eq!(used.files, [(PathBuf::from("/var/cache/x"), true)], "{name}");
    }
}

#[test]
fn maps_are_read_unless_a_program_outside_answers() {
    assert_eq!(files("RewriteMap", &["m", "txt:/m.txt"]), [("/m.txt".into(), false)]);
    assert_eq!(
        files("RewriteMap", &["m", "dbm=sdbm:/m"]).len(),
        crate::preflight::engine::path_use::DBM_ENDINGS.len()
    );
    assert_eq!(files("RewriteMap", &["m", "prg:/bin/m"]), []);
    assert_eq!(files("RewriteMap", &["m"]), []);
}

#[test]
fn a_silent_module_has_its_default_sockets() {
    let bases =
        BaseDirs { server_root: Path::new("/etc/httpd"), runtime_dir: Path::new("/run/httpd") };
    let written = [directive("ScriptSock", vec!["/x/s".into()])];
    assert_eq!(collect_configured_paths(&[], bases, &|_| false).sockets, []);
    assert_eq!(
        collect_configured_paths(&written, bases, &|name| name == c"mod_cgid.c").sockets,
        [Sockets { path: "/x".into(), by: SocketsBy::Daemon("/x/s".into()) }]
    );
    let found = collect_configured_paths(&[], bases, &|name| name == c"mod_cgid.c").sockets;
    assert_eq!(
        found,
        [Sockets { path: "/run/httpd".into(), by: SocketsBy::Daemon("/run/httpd/cgisock".into()) }]
    );
    let found = collect_configured_paths(&[], bases, &|name| name == c"mod_fcgid.c").sockets;
    assert!(
        found.contains(&Sockets { path: "/run/httpd/fcgidsock".into(), by: SocketsBy::Children })
    );
}

#[test]
fn every_name_that_is_searched_for_is_understood() {
    for name in list_directives() {
        let _ = of(name, &[]);
    }
    assert!(list_directives().count() > 100);
}

#[test]
fn a_dbm_is_noticed_in_every_directive_that_names_one() {
    let needs = |name: &str, words: &[&str]| {
        let words = words.iter().map(OsString::from).collect();
        has_dbm(&[directive(name, words)])
    };
    assert!(needs("AuthDBMUserFile", &["/x"]) && needs("DAVLockDB", &["/x"]));
    assert!(needs("RewriteMap", &["m", "dbm:/x"]) && needs("SSLSessionCache", &["dbm:/x"]));
    assert!(!needs("RewriteMap", &["m", "txt:/x"]) && !needs("AuthUserFile", &["/x"]));
}

/// Its sockets have names that only the parent knows, and begin with a path that is relative to `ServerRoot`.
#[test]
fn daemons_of_mod_wsgi_have_sockets_of_the_parent() {
    let bases =
        BaseDirs { server_root: Path::new("/etc/httpd"), runtime_dir: Path::new("/run/httpd") };
    let daemon = directive("WSGIDaemonProcess", vec!["d".into()]);
    let prefix = |word: &str| directive("WSGISocketPrefix", vec![word.into()]);
    let sockets =
        |written: &[OtherDirective]| collect_configured_paths(written, bases, &|_| false).sockets;
    let by = |path: &str, prefix: &str| {
        vec![Sockets { path: path.into(), by: SocketsBy::Wsgi(prefix.into()) }]
    };
    assert_eq!(sockets(std::slice::from_ref(&daemon)), by("/run/httpd", "/run/httpd/wsgi"));
    assert_eq!(sockets(&[prefix("s/w"), daemon.clone()]), by("/etc/httpd/s", "/etc/httpd/s/w"));
    assert_eq!(sockets(&[prefix("/run/w"), daemon]), by("/run/w", "/run/w"));
    assert_eq!(sockets(&[prefix("/x/w")]), []);
}
