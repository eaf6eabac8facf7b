//! What a view puts within reach, what it refuses to, and what becomes of it over restarts.

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use crate::harness::client::get;
    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Outcome, Server, Site};
    use mod_chroot::test_api::{SetFacts, list_sets};
    use std::path::Path;

    fn site() -> Site {
        Site::new(Mpm::Event).with_host_paths()
    }

    fn words(server: &Server) -> String {
        let log = server.error_log();
        log.lines().find(|line| line.contains("CHR903")).expect("a notice").to_owned()
    }

    fn read(server: &Server, path: &str) -> String {
        ask_program(server, &format!("read={path}")).body
    }

    #[test]
    fn the_jails_own_file_wins_and_is_named() {
        let server = site().file("etc/hosts", "the jail's own").start();
        assert!(words(&server).contains("the jail's own: /etc/hosts"), "{}", words(&server));
        assert!(read(&server, "/etc/hosts").contains("the jail's own"));
        server.stop();
    }

    /// Of the jail's own top level only system folders lie at `/`: what is elsewhere in it is not in the way.
    #[test]
    fn what_the_jail_has_where_nobody_looks_does_not_hide_what_is_provided() {
        let site = site().config("ChrootProvide \"{base}/shared\"");
        let shared = site.sandbox.base.join("shared");
        std::fs::create_dir(&shared).expect("a folder");
        std::fs::write(shared.join("file"), "the host's").expect("a file");
        let path = shared.join("file").display().to_string();
        let server = site.file(&path, "the jail's own").start();
        assert!(read(&server, &path).contains("the host's"), "{}", words(&server));
        server.stop();
    }

    #[test]
    fn a_shared_folder_is_merged() {
        let server = site().file("etc/mine", "mine").start();
        assert!(!words(&server).contains("the jail's own"), "{}", words(&server));
        assert!(read(&server, "/etc/mine").contains("mine"));
        assert_eq!(ask_program(&server, "read=/etc/hosts").value("read"), "done");
        let etc = server.site.sandbox.jail.join("etc").display().to_string();
        let listed = ask_program(&server, &format!("list={etc}")).body;
        assert!(listed.contains("mine") && !listed.contains("hosts"), "{listed}");
        server.stop();
    }

    /// A jail of the old kind, with folders of its own where the view has its own.
    #[test]
    fn a_populated_jail_is_merged_with_the_view() {
        let site = site().allow_log("ChrootAudit");
        let site = site.file("usr/share/mine", "mine").file("var/lib/mine", "mine");
        for (link, target) in [("lib", "usr/lib"), ("var/run", "/run"), ("bin", "/usr/bin")] {
            symlink(target, site.sandbox.jail.join(link)).expect("a link");
        }
        let server = site.start();
        get("/index.html").of(&server).is(200, &server);
        for path in ["/usr/share/mine", "/var/lib/mine", "/usr/share/zoneinfo/UTC", "/etc/hosts"] {
            assert_eq!(
                ask_program(&server, &format!("read={path}")).value("read"),
                "done",
                "{path}"
            );
        }
        assert_eq!(ask_program(&server, "write=/var/tmp/new").value("write"), "done");
        server.stop();
    }

    #[test]
    fn links_of_the_jail_that_lead_nowhere_or_in_circles_do_no_harm() {
        let site = site().allow_log("ChrootAudit");
        for (link, target) in
            [("etc", "/etc"), ("dev", "nowhere"), ("tmp", "../../tmp"), ("usr", "/usr/..")]
        {
            symlink(target, site.sandbox.jail.join(link)).expect("a link");
        }
        let server = site.start();
        get("/index.html").of(&server).is(200, &server);
        for path in ["/etc/passwd", "/etc/shadow", "/usr/etc/passwd", "/tmp/../etc/passwd"] {
            assert_ne!(
                ask_program(&server, &format!("read={path}")).value("read"),
                "done",
                "{path}"
            );
        }
        server.stop();
    }

    #[test]
    fn the_jails_own_folder_of_temporary_files_wins() {
        let site = site().writable("tmp").file("tmp/kept", "kept");
        let server = site.start();
        assert!(read(&server, "/tmp/kept").contains("kept"));
        server.stop();
    }

    #[test]
    fn none_provides_nothing() {
        let server = site().config("ChrootProvide none").start();
        for path in ["/etc/hosts", "/dev/null", "/usr/share/zoneinfo/UTC"] {
            assert_eq!(
                ask_program(&server, &format!("read={path}")).value("read"),
                "No such file or directory",
                "{path}"
            );
        }
        // The host's names are there, as empty folders.
        assert_ne!(ask_program(&server, "write=/tmp/file").value("write"), "done");
        assert!(words(&server).contains("provided: nothing"), "{}", words(&server));
        server.stop();
    }

    /// Paths of `set` that the host has.
    fn host_paths(set: &SetFacts) -> impl Iterator<Item = &'static str> {
        set.paths.iter().copied().filter(|path| Path::new(path).exists())
    }

    /// Whether the children find something at `path`.
    fn is_there(server: &Server, path: &str) -> bool {
        ask_program(server, &format!("read={path}")).value("read") != "No such file or directory"
    }

    #[test]
    fn the_paths_of_each_set_are_there_by_default_or_on_request() {
        let sets = list_sets();
        let (default, on_request): (Vec<_>, Vec<_>) = sets.iter().partition(|set| set.is_default);
        let words: Vec<_> = on_request.iter().map(|set| set.word).collect();
        let by_default = site().start();
        let requested = site().config(&format!("ChrootProvide {}", words.join(" "))).start();
        for path in default.into_iter().flat_map(host_paths) {
            assert!(is_there(&by_default, path), "{path}");
        }
        for path in on_request.into_iter().flat_map(host_paths) {
            assert!(!is_there(&by_default, path), "{path}");
            assert!(is_there(&requested, path), "{path}");
        }
        by_default.stop();
        requested.stop();
    }

    #[test]
    fn only_the_harmless_is_provided_unasked() {
        let server = site().start();
        for path in [
            "/etc/passwd",
            "/etc/shadow",
            "/etc/group",
            "/proc/self",
            "/sys/kernel",
            "/bin/sh",
            "/dev/sda",
            "/dev/log",
        ] {
            assert_eq!(
                ask_program(&server, &format!("read={path}")).value("read"),
                "No such file or directory",
                "{path}"
            );
        }
        for path in ["/etc/resolv.conf", "/etc/hosts", "/dev/null", "/usr/share/zoneinfo/UTC"] {
            assert_eq!(
                ask_program(&server, &format!("read={path}")).value("read"),
                "done",
                "{path}"
            );
        }
        server.stop();
    }

    #[test]
    fn a_path_is_provided_for_reading_or_for_writing() {
        let site = site()
            .server_file("given", "given")
            .config("ChrootProvide \"{server}/given\" \"rw:{base}/open\"");
        let open = site.sandbox.base.join("open");
        std::fs::create_dir(&open).expect("a folder");
        std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o777))
            .expect("its mode");
        let server = site.start();
        let given = server.site.sandbox.server.join("given").display().to_string();
        assert!(read(&server, &given).contains("given"));
        assert_eq!(
            ask_program(&server, &format!("write={given}")).value("write"),
            "Read-only file system"
        );
        assert_eq!(
            ask_program(&server, &format!("write={}/new", open.display())).value("write"),
            "done"
        );
        assert!(open.join("new").exists(), "not on the host");
        let conf = server.site.sandbox.configuration().display().to_string();
        assert_eq!(
            ask_program(&server, &format!("read={conf}")).value("read"),
            "No such file or directory"
        );
        server.stop();
    }

    #[test]
    fn a_path_that_is_provided_for_reading_and_for_writing_is_writable() {
        let site = site().config("ChrootProvide \"{base}/both\"\nChrootProvide \"rw:{base}/both\"");
        let both = site.sandbox.base.join("both");
        std::fs::create_dir(&both).expect("a folder");
        std::os::unix::fs::chown(&both, Some(4242), None).expect("its owner");
        let server = site.start();
        let new = both.join("new");
        let answer = ask_program(&server, &format!("write={}", new.display()));
        assert_eq!(answer.value("write"), "done");
        server.stop();
    }

    #[test]
    fn a_writable_folder_may_lie_in_a_readable_one() {
        let site = site().config("ChrootProvide \"{base}/given\" \"rw:{base}/given/open\"");
        let given = site.sandbox.base.join("given");
        std::fs::create_dir_all(given.join("open")).expect("folders");
        std::fs::write(given.join("file"), "given").expect("a file");
        std::os::unix::fs::chown(given.join("open"), Some(4242), None).expect("its owner");
        let server = site.start();
        let given = given.display();
        assert!(read(&server, &format!("{given}/file")).contains("given"));
        assert_eq!(
            ask_program(&server, &format!("write={given}/new")).value("write"),
            "Read-only file system"
        );
        assert_eq!(ask_program(&server, &format!("write={given}/open/new")).value("write"), "done");
        server.stop();
    }

    /// The jail lies in what is provided: the two share a folder.
    #[test]
    fn what_lies_beside_the_jail_may_be_provided_with_the_folder_of_both() {
        let site = Site::with_jail_at(Mpm::Event, "sites/jail").with_host_paths();
        std::fs::write(site.sandbox.base.join("sites/beside"), "beside").expect("a file");
        let server = site.config("ChrootProvide \"{base}/sites\"").start();
        let sites = server.site.sandbox.base.join("sites").display().to_string();
        get("/index.html").of(&server).is(200, &server);
        assert!(read(&server, &format!("{sites}/beside")).contains("beside"), "{}", words(&server));
        server.stop();
    }

    /// The administrator asks for what is there already.
    #[test]
    fn a_path_in_the_jail_may_be_provided() {
        let site =
            site().config("ChrootProvide \"{jail}/htdocs\" \"rw:{jail}/data\"").writable("data");
        let server = site.start();
        let data = server.site.sandbox.jail.join("data").display().to_string();
        get("/index.html").of(&server).is(200, &server);
        assert_eq!(ask_program(&server, &format!("write={data}/new")).value("write"), "done");
        server.stop();
    }

    fn refused(line: &str, words: &str) -> Outcome {
        let site = site().config(line);
        let outcome = site.configtest().fails().says(words);
        let text =
            std::fs::read_to_string(site.sandbox.configuration()).expect("the configuration");
        let filled = site.sandbox.fill(line);
        let number = text.lines().position(|other| other == filled).expect("the line") + 1;
        let place = format!("[{}:{number}]", site.sandbox.configuration().display());
        outcome.says(&place)
    }

    #[test]
    fn a_path_that_exposes_the_host_is_refused() {
        for path in [
            "/",
            "/etc",
            "/etc/",
            "/root",
            "/proc",
            "/sys",
            "/dev",
            "/run",
            "//etc//",
            "/usr/../etc",
            "rw:/etc",
        ] {
            refused(&format!("ChrootProvide {path}"), "CHR112: ChrootProvide");
        }
    }

    #[test]
    fn a_link_to_a_path_that_exposes_the_host_is_refused() {
        let site = site().config("ChrootProvide \"{base}/way\"");
        symlink("/etc", site.sandbox.base.join("way")).expect("a link");
        site.configtest().fails().says("CHR112");
    }

    /// What a set has by default, and nobody asked for, is left out where the host has something else there.
    #[test]
    fn a_default_that_leads_elsewhere_keeps_no_server_from_starting() {
        let over = "mount -t tmpfs -o mode=755 none /usr/local/share";
        for there in ["ln -s /etc ca-certificates", "ln -s certs certs", "touch certs"] {
            let words = format!("{over}\ncd /usr/local/share\n{there}");
            let server = site().after(&words).start();
            assert_eq!(server.get("/index.html").status, 200);
            server.stop();
            let named = site().config("ChrootProvide ca").after(&words);
            match there.contains("/etc") {
                true => named.configtest().fails().says("CHR112").says("ca"),
                false => named.configtest(),
            };
        }
    }

    /// An error, or a warning: it says which and why.
    #[test]
    fn a_path_that_exposes_the_servers_own_keys_is_told() {
        let site = site().modules(&["ssl"]).server_file("conf/key.pem", "a key");
        let site = site
            .config("SSLCertificateKeyFile \"{server}/conf/key.pem\"")
            .config("ChrootProvide \"{server}/conf\"");
        site.configtest().says("CHR").says("key.pem");
    }

    #[test]
    fn a_magic_link_of_proc_is_refused() {
        for path in ["/proc/self/root", "/proc/1/root", "/proc/self/cwd"] {
            refused(&format!("ChrootProvide {path}"), "CHR112: ChrootProvide");
        }
    }

    #[test]
    fn an_unknown_set_is_refused_with_the_known_ones() {
        refused("ChrootProvide dsn", "CHR104: ChrootProvide \"dsn\"").says("dns").says("timezone");
    }
}
