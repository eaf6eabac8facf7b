//! What old manuals of mod_chroot made administrators prepare, and what nobody has to prepare any more. Most of
//! docs/CAVEATS.md is proved elsewhere; here is what has no other place.

#[cfg(test)]
mod tests {
    use crate::harness::client::get;
    use crate::harness::{Mpm, Site, on_every_mpm, promise};

    fn site(mpm: Mpm) -> Site {
        Site::new(mpm).document_root("{jail}/htdocs")
    }

    /// A module whose children look for their mutex when they begin.
    fn with_a_mutex(mpm: Mpm, kind: &str) -> Site {
        let lines = "SSLSessionCache shmcb:{server}/run/cache(512000)\nMutex {kind} ssl-cache";
        site(mpm).modules(&["ssl", "socache_shmcb"]).config(&lines.replace("{kind}", kind))
    }

    on_every_mpm! {
        fn the_files_of_the_server_itself_stay_outside(mpm: Mpm) {
            let mut server = site(mpm).config("ScoreBoardFile \"{server}/run/scoreboard\"").start();
            let run = server.site.sandbox.server.join("run");
            server.graceful();
            let number = std::fs::read_to_string(run.join("httpd.pid")).expect("the pid file");
            assert_eq!(number.trim(), server.parent().pid.to_string());
            for name in ["httpd.pid", "run", "logs", "conf", "dev", "etc"] {
                assert!(!server.site.sandbox.jail.join(name).exists(), "{name} in the jail");
            }
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn mutexes_of_every_kind_but_one_are_found_by_the_children(mpm: Mpm) {
            for kind in ["default", "sysvsem", "posixsem", "pthread", "fcntl:{server}/run"] {
                let mut server = with_a_mutex(mpm, kind).start();
                server.graceful();
                get("/index.html").of(&server).is(200, &server);
                server.stop();
            }
        }

        /// The one that children open again by its path.
        fn a_mutex_that_is_a_lock_file_is_not_found_by_the_children(mpm: Mpm) {
            let site = with_a_mutex(mpm, "flock:{server}/run");
            let site = ["CHR821", "AH00", "AH02024"].into_iter().fold(site, Site::allow_log);
            let mut server = site.start_unchecked();
            server.expect_log("AH02024");
            server.stop();
        }

        /// One level deeper, another name: a site beside the jail is another site.
        fn a_folder_whose_name_begins_like_the_jails_is_not_inside(mpm: Mpm) {
            let site = Site::with_jail_at(mpm, "www1").config("Alias /beside \"{base}/www10\"").modules(&["alias"]);
            let beside = site.sandbox.base.join("www10");
            std::fs::create_dir(&beside).expect("a folder");
            std::fs::write(beside.join("page.html"), "beside").expect("a page");
            // What an Alias names outside is warned of, or within reach if root owns it.
            let site = site.document_root("{jail}/htdocs").allow_log("CHR8").config("ChrootFixRoot link");
            let server = site.start();
            get("/index.html").of(&server).is(200, &server);
            get("/beside/page.html").of(&server).is(404, &server);
            server.stop();
        }
    }

    #[test]
    fn a_document_root_that_is_nowhere_is_named() {
        let site = Site::new(Mpm::Event).document_root("/nowhere/at/all");
        site.configtest().says("CHR105: DocumentRoot \"/nowhere/at/all\"");
    }
}
