//! A server that loads mod_wsgi works: Python's library is there in a view, and elsewhere configtest says what to write.

#[cfg(test)]
mod tests {
    use crate::harness::{Mpm, Site, on_every_mpm, until};

    #[test]
    fn python_that_is_not_inside_is_named_at_configtest() {
        for way in ["ChrootFixRoot link", "ChrootProvide none"] {
            let site = merely_loaded(Mpm::Event).config(way);
            let words = "encodings/__init__.py\" does not exist for the children; add \"ChrootProvide program:/usr/bin/python3\"";
            site.configtest().fails().says(words).says("CHR852");
            site.refuses().fails().says(words).says("CHR852");
            for cure in [
                "ChrootProvide program:/usr/bin/python3",
                "WSGIRestrictEmbedded On",
                "ChrootProvide python",
            ] {
                let cured = merely_loaded(Mpm::Event).config(way).config(cure);
                cured.configtest().exits(0).does_not_say("CHR8");
                serves(cured);
            }
        }
    }

    /// mod_wsgi is loaded, as Debian does on installation, and no page needs it.
    fn merely_loaded(mpm: Mpm) -> Site {
        Site::new(mpm)
            .with_host_paths()
            .modules(&["wsgi"])
            .allow_log("CHR727")
            .allow_log("CHR717")
            .allow_log("CHR607")
    }

    fn serves(site: Site) {
        let mut server = site.start();
        assert_eq!(server.get("/index.html").status, 200);
        server.graceful();
        assert_eq!(server.get("/index.html").status, 200);
        server.stop();
    }

    on_every_mpm! {
        fn a_server_that_only_loads_mod_wsgi_serves_in_a_view_without_a_word(mpm: Mpm) {
            merely_loaded(mpm).configtest().exits(0).does_not_say("CHR");
            serves(merely_loaded(mpm));
        }

        fn an_application_gets_what_configtest_advises(mpm: Mpm) {
            let page = "import ssl, sqlite3, json\n\
                def application(environ, start):\n \
                    start('200 OK', [('Content-Type', 'text/plain')])\n \
                    return [b'wsgi']\n";
            let site = merely_loaded(mpm).file("app/page.wsgi", page);
            let site = site.config("WSGIApplicationGroup %{GLOBAL}\nWSGIScriptAlias /app \"{jail}/app/page.wsgi\"");
            let said = site.configtest().exits(0).says("CHR801: WSGIScriptAlias");
            let word = said.output.split("add \"").nth(1).expect("a remedy").split('"').next().expect("a line").to_owned();
            assert_eq!(word, "ChrootProvide program:/usr/bin/python3");
            let site = site.config(&word);
            site.configtest().exits(0).does_not_say("CHR8");
            let server = site.start();
            let reply = server.get("/app");
            assert_eq!((reply.status, &*reply.body), (200, "wsgi"), "{}", server.error_log());
            server.stop();
        }

        /// Without the preflight the children end, and the log says why within seconds.
        fn children_that_do_not_find_python_are_reported_with_the_remedy(mpm: Mpm) {
            let site = merely_loaded(mpm).config("ChrootProvide none\nChrootPreflight off");
            let words = "CHR850: LoadModule \"mod_wsgi\": 4 children in a row have ended before they could serve";
            // Python says much when it ends.
            let site = site.expect_log(words).allow_log("");
            let site = site.expect_log("add \"ChrootProvide program:/usr/bin/python3\", or \"WSGIRestrictEmbedded On\"");
            let mut server = site.start_unchecked();
            until("a message", || (server.log_count("CHR850") > 0).then_some(()));
            server.parent().signal("TERM");
            server.wait_until_dead();
        }
    }
}
