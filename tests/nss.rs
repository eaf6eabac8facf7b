//! Promise 4: a name service library in the jail never runs with uid 0.
#![forbid(unsafe_code)]

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use crate::harness::{Mpm, Server, Site, on_every_mpm, programs, promise, scenes};

    /// Every account and group of the jail is to be looked up by a planted library.
    fn trapped(site: Site) -> Site {
        let library = programs::shim("nss_trap");
        let config = "passwd: trap\ngroup: trap\ninitgroups: trap\nshadow: trap\n";
        let mut site = site.file("etc/nsswitch.conf", config).writable("sprung");
        for folder in ["lib", "lib64", "usr/lib", "usr/lib64"] {
            site = site.program(&format!("{folder}/libnss_trap.so.2"), &library);
        }
        for machine in ["x86_64-linux-gnu", "aarch64-linux-gnu"] {
            site = site.program(&format!("lib/{machine}/libnss_trap.so.2"), &library);
        }
        site
    }

    /// Who loaded the planted library, by the uid of the time.
    fn sprung_by(jail: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(jail.join("sprung")).expect("the folder").flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn was_not_sprung_by_root(server: &Server) {
        let by = sprung_by(&server.site.stage.jail);
        assert!(!by.contains(&"uid-0".to_owned()), "the library ran with {by:?}");
    }

    /// The trap works: without this, the other tests would prove nothing.
    #[test]
    fn a_server_that_looks_up_groups_inside_as_root_runs_the_library_as_root() {
        let site = trapped(Site::new(Mpm::Prefork));
        let careless = programs::spring();
        let status = Command::new(careless).arg(&site.stage.jail).status().expect("spring");
        assert!(status.success());
        assert_eq!(sprung_by(&site.stage.jail), ["uid-0"]);
    }

    on_every_mpm! {
        fn no_child_runs_the_library_as_root(mpm: Mpm) {
            let site = trapped(Site::new(mpm)).modules(&["userdir"]).config("UserDir public_html");
            let mut server = site.start();
            server.graceful();
            promise::everyone_is_jailed(&server);
            // A look-up by a child that is jailed already may run it, as the jailed user.
            server.get("/~somebody/");
            was_not_sprung_by_root(&server);
            server.stop();
        }

        fn the_cgi_daemon_does_not_run_the_library_as_root(mpm: Mpm) {
            let server = trapped(scenes::with_cgi(mpm)).start();
            promise::answered_from_inside(&server, &server.get("/cgi-bin/witness"));
            was_not_sprung_by_root(&server);
            server.stop();
        }

        fn the_fcgid_manager_does_not_run_the_library_as_root(mpm: Mpm) {
            let server = trapped(scenes::with_fcgid(mpm)).start();
            promise::answered_from_inside(&server, &server.get("/app/witness"));
            was_not_sprung_by_root(&server);
            server.stop();
        }
    }
}
