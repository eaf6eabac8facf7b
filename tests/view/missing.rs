//! A path of `ChrootProvide` that does not exist yet keeps no server from starting, and ends none at a reload: another
//! service may make it later.

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    /// A site that provides the socket folder of another service.
    fn site(mpm: Mpm, way: &str) -> Site {
        Site::new(mpm)
            .with_host_paths()
            .config(&format!("ChrootFixRoot {way}\nChrootProvide \"{{base}}/service/data\""))
    }

    fn create(site: &Site) {
        fs::create_dir_all(site.sandbox.base.join("service")).expect("a folder");
        fs::write(site.sandbox.base.join("service/data"), "of the service").expect("a file");
    }

    fn is_shown(server: &Server) -> bool {
        let path = server.site.sandbox.base.join("service/data");
        ask_program(server, &format!("read={}", path.display())).body.contains("of the service")
    }

    on_every_mpm! {
        fn a_server_starts_and_reloads_without_a_path_and_shows_it_after_the_next_reload(mpm: Mpm) {
            for way in ["view", "link"] {
                let words = "service/data\" does not exist; correct the path, unless another service creates it";
                let mut server = site(mpm, way).expect_log("CHR729: ChrootProvide").expect_log(words).start();
                assert!(!is_shown(&server), "{way}: before it exists");
                create(&server.site);
                server.graceful();
                assert!(is_shown(&server), "{way}: when it exists");
                fs::remove_dir_all(server.site.sandbox.base.join("service")).expect("it goes");
                server.graceful();
                assert!(!is_shown(&server), "{way}: when it is gone");
                server.restart();
                create(&server.site);
                server.restart();
                assert!(is_shown(&server), "{way}: after a restart");
                server.stop();
            }
        }
    }

    #[test]
    fn configtest_warns_and_strict_refuses() {
        for way in ["view", "link"] {
            let known = site(Mpm::Event, way);
            known.configtest().says("CHR729: ChrootProvide").says("[");
            let strict = site(Mpm::Event, way).config("ChrootPreflight strict");
            strict.configtest().fails().says("CHR729: ChrootProvide");
            let server = strict.expect_log("CHR729").start();
            server.stop();
        }
    }
}
