//! Modules that open files of their own in the children: inside the jail under host paths, and outside with
//! `ChrootProvide config`.

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use crate::harness::client::{ALICE, ALICE_WRONG, BOB, SECRET, ask, get};
    use crate::harness::{Mpm, Server, Site};

    const CONFIG: &str = "ChrootProvide config";

    /// Where a module's files lie: a folder of the jail, or one outside; both are written as host paths.
    #[derive(Clone, Copy)]
    enum Place {
        Inside,
        Outside,
    }

    impl Place {
        /// Put the folder's name into a configuration, and provide it if it lies outside.
        fn of(self, site: Site, text: &str) -> Site {
            let site = site.document_root("{jail}/htdocs");
            match self {
                Place::Inside => {
                    site.writable("data").config(&text.replace("{data}", "{jail}/data"))
                }
                Place::Outside => {
                    let folder = site.sandbox.base.join("data");
                    std::fs::create_dir(&folder).expect("a folder");
                    std::os::unix::fs::chown(&folder, Some(4242), Some(4243)).expect("its owner");
                    site.config(CONFIG).config(&text.replace("{data}", "{base}/data"))
                }
            }
        }

        fn write(self, site: &Site, name: &str, text: &str) {
            std::fs::write(self.folder(site).join(name), text).expect("a file");
        }

        fn folder(self, site: &Site) -> std::path::PathBuf {
            match self {
                Place::Inside => site.sandbox.jail.join("data"),
                Place::Outside => site.sandbox.base.join("data"),
            }
        }
    }

    /// Turns `fn promise(place: Place) { .. }` into the tests `promise::inside` and `promise::outside`.
    macro_rules! inside_and_outside {
        ($(fn $name:ident($place:ident: Place) $body:block)+) => {$(
            mod $name {
                use super::*;

                fn promise($place: Place) $body

                #[test]
                fn inside() {
                    promise(Place::Inside);
                }

                #[test]
                fn outside() {
                    promise(Place::Outside);
                }
            }
        )+};
    }

    fn run(program: &str, arguments: &[&str], input: &Path) {
        let mut command = Command::new(program);
        let status = command.args(arguments).arg(input).output().expect(program);
        assert!(status.status.success(), "{program} {arguments:?}: {status:?}");
    }

    const PROTECTED: &str = "<Location />\nAuthType Basic\nAuthName here\n{which}\n</Location>";

    fn protected(which: &str) -> String {
        PROTECTED.replace("{which}", which)
    }

    fn event(modules: &[&str]) -> Site {
        let site = Site::new(Mpm::Event).modules(modules);
        ["AH01617", "AH01618", "AH01631", "AH01630"].into_iter().fold(site, Site::allow_log)
    }

    fn lets_only_alice_in(server: Server) {
        for (user, status) in [(ALICE, 200), (ALICE_WRONG, 401), (BOB, 401)] {
            get("/index.html").by(user).of(&server).is(status, &server);
        }
        get("/index.html").of(&server).is(401, &server);
        server.stop();
    }

    const LOCK: &str = "<?xml version=\"1.0\"?><D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/>\
                        </D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>";

    fn locks_and_unlocks(place: Place) {
        let site = event(&["dav", "dav_fs"]).writable("htdocs/dav").allow_log("is locked");
        let lines =
            "DAVLockDB \"{data}/lock\"\n<Directory \"{jail}/htdocs/dav\">\nDAV On\n</Directory>";
        let server = place.of(site, lines).start();
        let file = "/dav/folder/file.txt";
        ask("MKCOL", "/dav/folder").of(&server).is(201, &server);
        ask("PUT", file).body(b"text").of(&server).is(201, &server);
        let locked = ask("LOCK", file).body(LOCK.as_bytes()).of(&server).is(200, &server);
        let token = locked.header("lock-token").expect("a token").to_owned();
        ask("PUT", file).body(b"other").of(&server).is(423, &server);
        let put = ask("PUT", file).header("If", &format!("({token})"));
        put.body(b"mine").of(&server).is(204, &server);
        ask("UNLOCK", file).header("Lock-Token", &token).of(&server).is(204, &server);
        ask("PUT", file).body(b"yours").of(&server).is(204, &server);
        assert_eq!(get(file).of(&server).body, "yours");
        ask("PROPFIND", "/dav/").header("Depth", "1").of(&server).is(207, &server);
        server.stop();
    }

    const AUTH: [&str; 3] = ["auth_basic", "authn_core", "authz_user"];

    inside_and_outside! {
        fn users_of_a_file_are_known(place: Place) {
            let site = event(&AUTH).modules(&["authn_file"]);
            let site = place.of(site, &protected("AuthUserFile \"{data}/users\"\nRequire valid-user"));
            place.write(&site, "users", &format!("alice:{SECRET}\n"));
            lets_only_alice_in(site.start());
        }

        fn groups_of_a_file_are_known(place: Place) {
            let site = event(&AUTH).modules(&["authn_file", "authz_groupfile"]);
            let lines = "AuthUserFile \"{data}/users\"\nAuthGroupFile \"{data}/groups\"\nRequire group writers";
            let site = place.of(site, &protected(lines));
            place.write(&site, "users", &format!("alice:{SECRET}\nbob:{SECRET}\n"));
            place.write(&site, "groups", "writers: alice\n");
            lets_only_alice_in(site.start());
        }

        fn users_of_a_dbm_are_known(place: Place) {
            let site = event(&AUTH).modules(&["authn_dbm"]);
            let lines = "AuthBasicProvider dbm\nAuthDBMType SDBM\nAuthDBMUserFile \"{data}/users\"\nRequire valid-user";
            let site = place.of(site, &protected(lines));
            let file = place.folder(&site).join("users");
            run("htdbm", &["-cbTSDBM", &file.display().to_string(), "alice"], Path::new("secret"));
            lets_only_alice_in(site.start());
        }

        fn users_of_a_dbm_of_the_default_type_are_known(place: Place) {
            let site = event(&AUTH).modules(&["authn_dbm"]);
            let lines = "AuthBasicProvider dbm\nAuthDBMUserFile \"{data}/users\"\nRequire valid-user";
            let site = place.of(site, &protected(lines));
            let file = place.folder(&site).join("users");
            run("htdbm", &["-cb", &file.display().to_string(), "alice"], Path::new("secret"));
            lets_only_alice_in(site.start());
        }

        fn maps_of_text_are_read_and_read_again_when_they_are_replaced(place: Place) {
            let site = event(&["rewrite"]).file("htdocs/found.html", "found").file("htdocs/other.html", "other");
            let lines = "RewriteEngine On\nRewriteMap names \"txt:{data}/map.txt\"\nRewriteRule ^/(key)$ /${names:$1}";
            let site = place.of(site, lines);
            place.write(&site, "map.txt", "key found.html\n");
            let mut server = site.start();
            assert_eq!(get("/key").of(&server).is(200, &server).body, "found");
            // As an editor does: another file under the same name.
            place.write(&server.site, "new.txt", "key other.html\n");
            let folder = place.folder(&server.site);
            let status = Command::new("touch").args(["-d", "tomorrow"]).arg(folder.join("new.txt")).status();
            assert!(status.expect("touch").success());
            std::fs::rename(folder.join("new.txt"), folder.join("map.txt")).expect("the new map");
            if matches!(place, Place::Outside) {
                // A view holds the files that were there when it was made.
                server.graceful();
            }
            assert_eq!(get("/key").of(&server).is(200, &server).body, "other");
            server.stop();
        }

        fn maps_of_a_dbm_are_read(place: Place) {
            let site = event(&["rewrite"]).file("htdocs/found.html", "found");
            let lines = "RewriteEngine On\nRewriteMap names \"dbm=sdbm:{data}/map\"\nRewriteRule ^/(key)$ /${names:$1}";
            let site = place.of(site, lines);
            place.write(&site, "map.txt", "key found.html\n");
            let map = place.folder(&site).join("map").display().to_string();
            run("httxt2dbm", &["-f", "SDBM", "-o", &map, "-i"], &place.folder(&site).join("map.txt"));
            let server = site.start();
            assert_eq!(get("/key").of(&server).is(200, &server).body, "found");
            server.stop();
        }

        fn lua_scripts_answer(place: Place) {
            let text = "function handle(r)\n r.content_type = 'text/plain'\n r:puts('from lua ' .. r.filename)\n return apache2.OK\nend\n";
            let site = place.of(event(&["lua"]), "LuaMapHandler \"^/lua$\" \"{data}/answer.lua\"");
            place.write(&site, "answer.lua", text);
            let server = site.start();
            let answer = get("/lua").of(&server).is(200, &server);
            assert!(answer.body.starts_with("from lua ") && answer.body.contains("/jail/htdocs"), "{answer:?}");
            server.stop();
        }

        fn dav_keeps_its_locks(place: Place) {
            locks_and_unlocks(place);
        }

        fn the_disk_cache_keeps_pages(place: Place) {
            let lines = "CacheRoot \"{data}\"\nCacheEnable disk /\nCacheHeader On\nHeader set Cache-Control max-age=100";
            let site = place.of(event(&["cache", "cache_disk", "headers"]), lines);
            let server = site.start();
            get("/index.html").of(&server).is(200, &server);
            let again = get("/index.html").of(&server).is(200, &server);
            assert!(again.header("x-cache").is_some_and(|told| told.starts_with("HIT")), "{again:?}");
            let folder = place.folder(&server.site);
            assert!(std::fs::read_dir(folder).expect("the cache").next().is_some(), "nothing was cached");
            server.stop();
        }

        fn mod_security_keeps_its_counts(place: Place) {
            let lines = "SecRuleEngine On\nSecDataDir \"{data}\"\nSecRequestBodyAccess On\nSecTmpDir \"{data}\"\n\
                         SecAction \"phase:1,id:1,nolog,pass,initcol:ip=%{REMOTE_ADDR},setvar:ip.count=+1\"\n\
                         SecRule IP:COUNT \"@gt 4\" \"phase:1,id:2,nolog,deny,status:429\"";
            let server = place.of(event(&["unique_id", "security2"]), lines).start();
            let upload = ask("POST", "/index.html").body(&[b'a'; 300_000]);
            let statuses: Vec<u16> = (0..8).map(|_| upload.of(&server).status).collect();
            assert!(statuses.starts_with(&[200]) && statuses.ends_with(&[429]), "{statuses:?}\n{}", server.error_log());
            server.stop();
        }

        fn counts_and_errors_of_programs_are_logged(place: Place) {
            let site = event(&["alias", "cgi"]).allow_log("AH0").allow_log("End of script output").file("cgi-bin/broken", "no program");
            let lines = "ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\"\nScriptLog \"{data}/script.log\"";
            let server = place.of(site, lines).start();
            let broken = server.site.sandbox.jail.join("cgi-bin/broken");
            std::fs::set_permissions(&broken, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("its mode");
            get("/cgi-bin/broken").of(&server).is(500, &server);
            let log = place.folder(&server.site).join("script.log");
            assert!(log.exists(), "no {}", log.display());
            server.stop();
        }
    }
}
