//! Each directive by which children use a path after start-up, one row each: outside of the jail it is named with its
//! file and line, what the message advises makes it silent, and inside the jail nothing is said of it.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use crate::harness::{Mpm, Outcome, Site};

    /// What lies at `{place}`.
    #[derive(Clone, Copy)]
    enum Kind {
        File,
        Folder,
        Writable,
        /// A folder in which the file is made.
        WritableBeside,
        Program,
        Socket,
    }
    use Kind::{File, Folder, Program, Socket, Writable, WritableBeside};

    /// The directive that is named, the kind of its path, modules, and its lines with `{place}` for the path.
    struct Row(&'static str, Kind, &'static [&'static str], &'static str);

    const AUTH: &[&str] =
        &["auth_basic", "authn_core", "authn_file", "authz_user", "authz_groupfile"];
    const DBM: &[&str] = &["auth_basic", "authn_core", "authn_dbm", "authz_user", "authz_dbm"];

    const ROWS: &[Row] = &[
        Row("Alias", File, &["alias"], "Alias /x \"{place}\""),
        Row("ScriptAlias", Folder, &["alias", "cgi"], "ScriptAlias /x/ \"{place}/\""),
        Row(
            "DocumentRoot",
            Folder,
            &[],
            "<VirtualHost *:{port}>\nDocumentRoot \"{place}\"\n</VirtualHost>",
        ),
        Row("VirtualDocumentRoot", Folder, &["vhost_alias"], "VirtualDocumentRoot \"{place}/%0\""),
        Row(
            "AuthUserFile",
            File,
            AUTH,
            "<Location /x>\nAuthType Basic\nAuthName x\nAuthUserFile \"{place}\"\nRequire valid-user\n</Location>",
        ),
        Row(
            "AuthGroupFile",
            File,
            AUTH,
            "<Location /x>\nAuthType Basic\nAuthName x\nAuthUserFile \"{jail}/htdocs/index.html\"\n\
             AuthGroupFile \"{place}\"\nRequire group x\n</Location>",
        ),
        Row(
            "AuthDBMUserFile",
            File,
            DBM,
            "<Location /x>\nAuthType Basic\nAuthName x\nAuthBasicProvider dbm\nAuthDBMUserFile \"{place}\"\n\
             Require valid-user\n</Location>",
        ),
        Row(
            "AuthDBMGroupFile",
            File,
            DBM,
            "<Location /x>\nAuthType Basic\nAuthName x\nAuthBasicProvider dbm\n\
             AuthDBMUserFile \"{jail}/htdocs/index.html\"\nAuthDBMGroupFile \"{place}\"\nRequire dbm-group x\n</Location>",
        ),
        Row(
            "RewriteMap",
            File,
            &["rewrite"],
            "RewriteEngine on\nRewriteMap x \"txt:{place}\"\nRewriteRule ^/x ${x:1}",
        ),
        Row(
            "RewriteMap",
            File,
            &["rewrite"],
            "RewriteEngine on\nRewriteMap x \"rnd:{place}\"\nRewriteRule ^/x ${x:1}",
        ),
        Row(
            "DAVLockDB",
            WritableBeside,
            &["dav", "dav_fs"],
            "DAVLockDB \"{place}\"\n<Location /x>\nDav on\n</Location>",
        ),
        Row(
            "CacheRoot",
            Writable,
            &["cache", "cache_disk"],
            "CacheRoot \"{place}\"\nCacheEnable disk /",
        ),
        Row(
            "CacheLockPath",
            Writable,
            &["cache", "cache_disk"],
            "CacheLock on\nCacheLockPath \"{place}\"\nCacheRoot \"{jail}/data\"\nCacheEnable disk /",
        ),
        Row(
            "SSLCACertificatePath",
            Folder,
            &["ssl", "socache_shmcb"],
            "SSLCACertificatePath \"{place}\"\nSSLVerifyClient optional",
        ),
        Row(
            "ScriptLog",
            WritableBeside,
            &["alias", "cgi"],
            "ScriptLog \"{place}\"\nScriptAlias /x \"{jail}/htdocs\"",
        ),
        Row("LuaMapHandler", File, &["lua"], "LuaMapHandler /x \"{place}\""),
        Row("LuaHookFixups", File, &["lua"], "LuaHookFixups \"{place}\" f"),
        Row(
            "ProxyExpressDBMFile",
            File,
            &["proxy", "proxy_http", "proxy_express"],
            "ProxyExpressEnable on\nProxyExpressDBMFile \"{place}\"",
        ),
        Row(
            "ExtFilterDefine",
            Program,
            &["ext_filter"],
            "ExtFilterDefine x cmd=\"{place}\"\n<Location /x>\nSetOutputFilter x\n</Location>",
        ),
        Row(
            "ProxyPass",
            Socket,
            &["proxy", "proxy_http"],
            "ChrootProvide none tmp\nProxyPass /x \"unix:{place}|http://localhost/\"",
        ),
    ];

    /// Those that decide about access: without them the server does not start.
    const DECIDE: &[&str] =
        &["AuthUserFile", "AuthGroupFile", "AuthDBMUserFile", "AuthDBMGroupFile", "RewriteMap"];

    fn site(row: &Row, place: &str) -> Site {
        let Row(_, _, modules, lines) = row;
        let site = Site::new(Mpm::Prefork)
            .document_root("{jail}/htdocs")
            .modules(modules)
            .writable("data");
        let site = site.server_file("conf/rows.conf", &lines.replace("{place}", place));
        site.config("Include conf/rows.conf")
    }

    /// Makes what the row needs at `place`.
    fn make(kind: Kind, place: &Path) {
        let parent = place.parent().expect("a folder");
        fs::create_dir_all(parent).expect("a folder");
        let give =
            |path: &Path| std::os::unix::fs::chown(path, Some(4242), Some(4243)).expect("an owner");
        match kind {
            File => fs::write(place, "x").expect("a file"),
            Folder => fs::create_dir(place).expect("a folder"),
            Writable => {
                fs::create_dir(place).expect("a folder");
                give(place);
            }
            WritableBeside => give(parent),
            Program => {
                fs::copy(crate::harness::tools::inside(), place).expect("a program");
            }
            Socket => {
                std::os::unix::net::UnixListener::bind(place).expect("a socket");
                fs::set_permissions(place, PermissionsExt::from_mode(0o666)).expect("a mode");
            }
        }
        // Not the system's own, so that no set brings it unasked.
        if matches!(kind, File | Folder | Program) {
            give(parent);
        }
    }

    fn line_of(row: &Row) -> String {
        let is_named = |line: &str| line.trim_start_matches('<').starts_with(row.0);
        let line = row.3.lines().position(is_named).expect("the directive");
        format!("conf/rows.conf:{}]", line + 1)
    }

    /// Remedies of the messages of the preflight: the text after "add".
    fn advised(said: &Outcome) -> String {
        let words = said.output.lines().filter(|line| line.starts_with("CHR8"));
        let words = words.filter_map(|line| line.split("; add \"").nth(1)?.split('"').next());
        words.map(|word| format!("{word}\n")).collect()
    }

    fn check(row: &Row) {
        let (name, kind) = (row.0, row.1);
        let outside = site(row, "{base}/outside/place/it");
        make(kind, &outside.sandbox.base.join("outside/place/it"));
        let said = outside.configtest().says(&format!(": {name} \"")).says(&line_of(row));
        let said = if DECIDE.contains(&name) { said.fails().says("CHR852") } else { said.exits(0) };
        let named = said.output.lines().filter(|line| line.starts_with("CHR80")).count();
        assert_eq!(named, 1, "{name}: {}", said.output);
        let advice = advised(&said);
        if advice.is_empty() {
            let in_words = ["serve from a directory in the jail", "put it into the jail"];
            assert!(
                in_words.iter().any(|words| said.output.contains(words)),
                "{name}: {}",
                said.output
            );
        } else {
            let cured = outside.config(&advice).configtest();
            assert!(!cured.output.contains("CHR"), "{name}, with {advice}: {}", cured.output);
        }
        let inside = site(row, "{jail}/place/it");
        make(kind, &inside.sandbox.jail.join("place/it"));
        let said = inside.configtest().exits(0);
        assert!(!said.output.contains("CHR8"), "{name}, inside: {}", said.output);
    }

    #[test]
    fn each_row_is_named_outside_cured_by_the_remedy_and_silent_inside() {
        let wrong: Vec<_> = ROWS
            .iter()
            .filter(|row| std::panic::catch_unwind(|| check(row)).is_err())
            .map(|Row(name, ..)| *name)
            .collect();
        assert!(wrong.is_empty(), "wrong rows: {wrong:?}");
    }
}
