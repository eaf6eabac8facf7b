//! Promise 12: what is taken from the children besides root is taken, said, and in nobody's way.

#[cfg(test)]
mod tests {
    use crate::attacks::{Carrier, Outsider};
    use crate::harness::requirements::{self, Requirement};
    use crate::harness::{
        Apache, Mpm, Process, Server, Site, fixtures, on_every_mpm, process, promise, until, within,
    };
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::path::Path;
    use std::time::Duration;

    /// No capability can ever be had again, and no program gives a right.
    fn is_hardened(process: Process) -> promise::Verdict {
        let found = ["CapBnd", "CapAmb", "NoNewPrivs"].map(|name| process.status_field(name));
        let wanted = ["0000000000000000", "0000000000000000", "1"];
        if found == wanted { Ok(()) } else { Err(format!("{process:?}: {found:?}")) }
    }

    on_every_mpm! {
        fn every_child_is_hardened(mpm: Mpm) {
            let mut server = Site::new(mpm).start();
            promise::for_everyone(&server, is_hardened);
            server.graceful();
            promise::for_everyone(&server, is_hardened);
            server.stop();
        }

        fn the_cgi_daemon_and_its_programs_are_hardened(mpm: Mpm) {
            let server = fixtures::with_cgi(mpm).start();
            let daemon = promise::named_by(&server.get("/cgi-bin/witness"), "ppid");
            promise::kept(is_hardened(daemon), &server);
            server.stop();
        }

        /// mod_unixd alone would jail it, and harden nothing.
        fn the_fcgid_manager_and_its_applications_are_hardened(mpm: Mpm) {
            let mut server = fixtures::with_fcgid(mpm).start();
            for _ in 0..2 {
                let reply = server.get("/app/witness");
                promise::answered_from_inside(&server, &reply);
                promise::kept(is_hardened(promise::named_by(&reply, "ppid")), &server);
                promise::kept(is_hardened(promise::named_by(&reply, "pid")), &server);
                server.restart();
            }
            server.stop();
        }

        fn a_server_with_full_hardening_serves_and_restarts(mpm: Mpm) {
            let mut server = Site::new(mpm).config("ChrootHarden full").start();
            for restart in [Server::graceful, Server::restart] {
                assert_eq!(server.get("/index.html").body, "hello from inside");
                promise::everyone_is_jailed(&server);
                restart(&mut server);
            }
            server.graceful_stop();
        }
    }

    #[test]
    fn what_is_in_force_is_said_once_per_start() {
        let mut server = Site::new(Mpm::Event).start();
        let log = server.error_log();
        let line = log.lines().find(|line| line.contains("CHR911")).expect("the message");
        for words in ["ChrootHarden \"auto\"", "no_new_privs", "empty capability bounding set"] {
            assert!(line.contains(words), "no {words} in {line}");
        }
        assert_eq!(server.log_count("CHR911"), 1);
        server.graceful();
        assert_eq!(server.log_count("CHR911"), 2);
        server.stop();
    }

    #[test]
    fn off_takes_only_root() {
        let site = Site::new(Mpm::Event).config("ChrootHarden off").allow_log("CHR921");
        let server = site.start();
        promise::everyone_is_jailed(&server);
        for child in server.children() {
            assert_ne!(child.status_field("CapBnd"), "0000000000000000");
            assert_eq!(child.status_field("NoNewPrivs"), "0");
        }
        assert!(server.error_log().contains("CHR911: ChrootHarden \"off\""));
        server.stop();
    }

    /// The hardening is no other process's: piped loggers and rewriting programs run outside, as root.
    #[test]
    fn what_the_parent_starts_outside_is_left_alone() {
        let httpd = Apache::installed();
        let rotatelogs = httpd.program.with_file_name("rotatelogs");
        let rotatelogs =
            [rotatelogs, "/usr/bin/rotatelogs".into()].into_iter().find(|path| path.is_file());
        let pipe = format!("\"|{} {{server}}/logs/a 60\"", rotatelogs.expect("it").display());
        let site = fixtures::with_fcgid(Mpm::Event).modules(&["log_config", "rewrite"]);
        let site = site
            .config(&format!("LogFormat %U plain\nCustomLog {pipe} plain"))
            .config("RewriteEngine on\nRewriteMap echo \"prg:/bin/cat\"");
        let mut server = site.start_unchecked();
        server.wait_until_serving();
        let is_outside = |name: &str| {
            let of_parent = |one: &Process| one.parent() == Some(server.parent());
            let all = Process::all().into_iter().filter(of_parent);
            let mut found = all.filter(|one| one.command_line().contains(name));
            found.next().unwrap_or_else(|| panic!("no {name}\n{}", server.error_log()))
        };
        for one in ["rotatelogs", "/bin/cat"].map(is_outside) {
            assert_eq!(one.root(), process::Identity::of("/".as_ref()));
            assert_eq!(one.status_field("NoNewPrivs"), "0");
            assert_ne!(one.status_field("CapBnd"), "0000000000000000");
        }
        server.stop();
    }

    /// The domain of a child is not that of mod_cgid's daemon, but the child ends what it has started.
    #[test]
    fn a_cgi_program_that_takes_too_long_is_ended() {
        let site = Carrier::Cgid.scene("auto").config("CGIDScriptTimeout 1s");
        let server = site.allow_log("Script timed out").start();
        let wait = "/cgi-bin/escape?moved_directory:/run";
        let program = || {
            let all = server.all_processes().into_iter();
            let mut found = all.filter(|one| one.command_line().contains("cgi-bin/escape"));
            found.next()
        };
        assert_eq!(server.get(wait).status, 504, "{}", server.error_log());
        let ended = within(Duration::from_secs(10), || program().is_none().then_some(()));
        assert!(ended.is_some(), "it runs still\n{}", server.error_log());
        server.stop();
    }

    #[test]
    fn processes_of_the_same_user_outside_are_warned_about() {
        let outsider = Outsider::start();
        let words = format!("sleep (pid {})", outsider.pid());
        let site = Site::new(Mpm::Event).config("ChrootHarden off").expect_log("CHR921");
        let server = site.start();
        let log = server.error_log();
        let line = log.lines().find(|line| line.contains("CHR921")).expect("the warning");
        assert!(line.contains("uid 4242") && line.contains("can trace"), "{line}");
        assert!(line.contains(&words) || line.contains("more"), "{line}");
        server.stop();
    }

    /// One request as it is written, and the answer.
    fn exchange(server: &Server, request: &str) -> String {
        let mut stream =
            TcpStream::connect(("127.0.0.1", server.site.sandbox.port.number)).unwrap();
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Where APR opens its database driver when it is first asked for, it has to be in the jail.
    fn with_dbm(site: Site) -> Site {
        let driver = Path::new("/usr/lib/x86_64-linux-gnu/apr-util-1/apr_dbm_db-1.so");
        if !driver.is_file() {
            return site;
        }
        site.program(&driver.to_string_lossy(), driver).config("LoadFile libdb-5.3.so")
    }

    /// A file is stored, and moved to another directory.
    fn dav_works(harden: &str) {
        let site = Site::new(Mpm::Event).modules(&["dav", "dav_fs"]).writable("htdocs/dav/b");
        let site = site.writable("htdocs/dav").writable("run");
        let site = with_dbm(site);
        let site = site.config(&format!("ChrootHarden {harden}\nDavLockDB {{inside}}/run/lock"));
        let server = site.config("<Location /dav>\nDav on\n</Location>").start();
        let body = "Host: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc";
        let put = exchange(&server, &format!("PUT /dav/a HTTP/1.1\r\n{body}"));
        assert!(put.starts_with("HTTP/1.1 201"), "{put}\n{}", server.error_log());
        let to =
            format!("Destination: http://localhost:{}/dav/b/c", server.site.sandbox.port.number);
        let host = format!("Host: localhost:{}", server.site.sandbox.port.number);
        let moving = format!("MOVE /dav/a HTTP/1.1\r\n{host}\r\nConnection: close\r\n{to}\r\n\r\n");
        let moved = exchange(&server, &moving);
        assert!(moved.starts_with("HTTP/1.1 201"), "{moved}\n{}", server.error_log());
        assert_eq!(server.get("/dav/b/c").body, "abc");
        server.stop();
    }

    #[test]
    fn dav_works_with_auto() {
        dav_works("auto");
    }

    #[test]
    fn dav_works_with_full() {
        dav_works("full");
    }

    #[test]
    fn large_files_are_sent_by_the_kernel() {
        for harden in ["auto", "full"] {
            let large = "0123456789abcdef".repeat(1 << 16);
            let site = Site::new(Mpm::Event).file("htdocs/large", &large);
            let site = site.config(&format!("EnableSendfile on\nChrootHarden {harden}"));
            let server = site.start();
            assert_eq!(server.get("/large").body.len(), large.len());
            server.stop();
        }
    }

    #[test]
    fn programs_answer_with_full() {
        for carrier in Carrier::ALL {
            let server = carrier.scene("full").start();
            assert_eq!(carrier.ask(&server, "become_root").value("answer"), "shut");
            server.stop();
        }
    }

    #[test]
    fn http2_works() {
        for harden in ["auto", "full"] {
            let site = Site::new(Mpm::Event).modules(&["http2"]);
            let server =
                site.config(&format!("Protocols h2c http/1.1\nChrootHarden {harden}")).start();
            let url = format!("http://127.0.0.1:{}/index.html", server.site.sandbox.port.number);
            let mut curl = std::process::Command::new("curl");
            curl.args(["-q", "-s", "--noproxy", "*", "--http2-prior-knowledge", &url]);
            let output = curl.output().expect("curl");
            assert_eq!(String::from_utf8_lossy(&output.stdout), "hello from inside");
            server.stop();
        }
    }

    #[test]
    fn the_disk_cache_works() {
        for harden in ["auto", "full"] {
            let site = Site::new(Mpm::Event).modules(&["cache", "cache_disk"]).writable("cache");
            let site = site.config("CacheRoot {inside}/cache\nCacheEnable disk /");
            let site = site.config(&format!("CacheIgnoreNoLastMod on\nChrootHarden {harden}"));
            let server = site.start();
            for _ in 0..2 {
                assert_eq!(server.get("/index.html").body, "hello from inside");
            }
            until("something is cached", || {
                let cached = std::fs::read_dir(server.site.sandbox.jail.join("cache"));
                cached.is_ok_and(|entries| entries.count() > 0).then_some(())
            });
            server.stop();
        }
    }

    #[test]
    fn php_in_the_server_works() {
        if Apache::installed().php().is_none() {
            return requirements::skip(Requirement::Package("libapache2-mod-php"));
        }
        for harden in ["auto", "full"] {
            let site = Site::new(Mpm::Prefork).modules(&["mime"]);
            let site = site.file("htdocs/a.php", "<?php echo 'uid=', posix_getuid(), \"\\n\";");
            let site = site.config("TypesConfig /dev/null").with_php();
            let server = site.config(&format!("ChrootHarden {harden}")).start();
            assert_eq!(server.get("/a.php").value("uid"), "4242");
            server.stop();
        }
    }

    #[test]
    fn the_web_application_firewall_works() {
        if !Apache::installed().module_file("security2").is_file() {
            requirements::skip(Requirement::Package("libapache2-mod-security2"));
            return;
        }
        for harden in ["auto", "full"] {
            let site = Site::new(Mpm::Event).modules(&["unique_id", "security2"]).writable("run");
            let rules = "SecRuleEngine On\nSecDataDir {inside}/run\nSecAuditEngine Off";
            let rule = "SecRule ARGS \"@contains attack\" \"id:1,phase:1,deny,status:403,nolog\"";
            let site = site.config(&format!("{rules}\n{rule}\nChrootHarden {harden}"));
            let server = site.start();
            assert_eq!(server.get("/index.html?q=attack").status, 403);
            assert_eq!(server.get("/index.html").body, "hello from inside");
            server.stop();
        }
    }
}
