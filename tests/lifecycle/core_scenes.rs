//! The life of a server in a few scenes, which touch most of the module: for `tools/sanitize`, which starts them under
//! AddressSanitizer and under valgrind.

#[cfg(test)]
mod tests {
    use crate::harness::runner::Runner;
    use crate::harness::{Mpm, Server, Site, on_every_mpm, programs, promise};

    /// A site with programs that mod_cgid's daemon and mod_fcgid's manager start, and mod_status' page.
    fn scene(mpm: Mpm, way: &str) -> Site {
        Site::new(mpm)
            .document_root("{jail}/htdocs")
            .modules(&["alias", "cgid", "fcgid", "status"])
            .writable("run/fcgid")
            .program("cgi-bin/witness", programs::cgi())
            .program("app/witness", programs::fastcgi())
            .config(
                "ScriptSock \"{jail}/run/cgid.sock\"\nScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\"",
            )
            .config("FcgidIPCDir \"{jail}/run/fcgid\"")
            .config("FcgidProcessTableFile \"{server}/run/fcgid_shm\"\nAlias /app/ \"{jail}/app/\"")
            .config("<Location /app/>\nOptions +ExecCGI\nSetHandler fcgid-script\n</Location>")
            .config("<Location /state>\nSetHandler server-status\n</Location>")
            .config(&format!("ChrootFixRoot {way}\nChrootProvide timezone"))
            // Programs of jails in other tests run as the same user.
            .allow_log("CHR921")
    }

    #[track_caller]
    fn answers(server: &Server) {
        assert_eq!(server.get("/index.html").body, "hello from inside");
        assert_eq!(server.get("/none").status, 404);
        assert!(server.get("/state?auto").body.contains("ChrootProved: yes"));
        for program in ["/cgi-bin/witness", "/app/witness"] {
            promise::answered_from_inside(server, &server.get(program));
        }
    }

    fn lives(mpm: Mpm, way: &str) {
        let picture = scene(mpm, way).argument("-DDUMP_CHROOT").configtest();
        picture.says(&format!("host paths: {way}")).exits(0);
        scene(mpm, way).argument("-DCHROOT_AUDIT").configtest().says("Syntax OK").exits(0);
        let mut server = scene(mpm, way).start();
        answers(&server);
        for _ in 0..5 {
            server.graceful();
            answers(&server);
        }
        server.restart();
        answers(&server);
        promise::everyone_is_jailed(&server);
        server.stop();
    }

    on_every_mpm! {
        /// valgrind does not know the calls that a view needs; there is a link then.
        fn a_server_with_a_view_lives_and_ends(mpm: Mpm) {
            if Runner::asked_for() != Some(Runner::Valgrind) {
                lives(mpm, "view");
            }
        }

        fn a_server_with_a_link_lives_and_ends(mpm: Mpm) {
            lives(mpm, "link");
        }
    }
}
