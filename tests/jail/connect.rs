//! `ChrootConnect`: children, and all that they start, connect to the TCP ports that it names, and to no others.

#[cfg(test)]
mod tests {
    use crate::attacks::{Carrier, compiled};
    use crate::harness::port::Port;
    use crate::harness::requirements::{self, Requirement};
    use crate::harness::{Mpm, Server, Site, fixtures};
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener};
    use std::process::Command;

    /// A service of this machine that takes connections, and answers each with a page.
    struct Service {
        port: Port,
    }

    impl Service {
        fn start() -> Service {
            let port = Port::reserve();
            let listener =
                TcpListener::bind((Ipv4Addr::LOCALHOST, port.number)).expect("a service");
            // Ends with the process of the tests.
            std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
            Service { port }
        }

        fn port(&self) -> u16 {
            self.port.number
        }
    }

    fn answer(mut stream: std::net::TcpStream) {
        let page = "HTTP/1.0 200 OK\r\nContent-Length: 8\r\n\r\nservice\n";
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(page.as_bytes());
    }

    /// Whether this kernel has rules about ports; if not, the test is recorded as not run.
    fn has_rules_about_ports() -> bool {
        let abi = Command::new("python3")
            .args(["-c", "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))"])
            .output()
            .expect("python3");
        let abi: i32 = String::from_utf8_lossy(&abi.stdout).trim().parse().expect("a number");
        if abi < 4 {
            requirements::skip(Requirement::System("Landlock with rules about ports (Linux 6.7)"));
        }
        abi >= 4
    }

    fn answers(carrier: Carrier, server: &Server, way: &str, port: u16) -> String {
        let reply = carrier.ask(server, &format!("{way}:{port}"));
        format!("{} ({})", reply.value("answer"), reply.value("reason"))
    }

    #[test]
    fn programs_connect_to_the_named_ports_and_to_no_others() {
        if !has_rules_about_ports() {
            return;
        }
        let (named, other) = (Service::start(), Service::start());
        for carrier in Carrier::ALL {
            let settings = [
                ("any".to_owned(), "out (connect)", "out (connect)"),
                (
                    "none".to_owned(),
                    "shut (connect: Permission denied)",
                    "shut (connect: Permission denied)",
                ),
                (
                    format!("{} 1", named.port()),
                    "out (connect)",
                    "shut (connect: Permission denied)",
                ),
            ];
            for (words, to_named, to_other) in settings {
                let site = carrier.scene("auto").config(&format!("ChrootConnect {words}"));
                let server = site.start();
                let asked = |port| answers(carrier, &server, "tcp_port", port);
                assert_eq!(asked(named.port()), to_named, "{carrier:?} {words}");
                assert_eq!(asked(other.port()), to_other, "{carrier:?} {words}");
                server.stop();
            }
        }
    }

    /// Landlock is asked about neither; so the filter refuses them.
    #[test]
    fn other_ways_to_a_tcp_port_are_shut_as_well() {
        if !has_rules_about_ports() {
            return;
        }
        let service = Service::start();
        let ways = ["tcp_port_by_its_first_byte", "tcp_port_by_several_paths"];
        // Calls that are allowed for another purpose do not open them.
        let allowed = "auto allow:socket";
        for (harden, words, answer) in
            [("auto", "any", "out"), ("auto", "none", "shut"), (allowed, "none", "shut")]
        {
            let server =
                Carrier::Cgi.scene(harden).config(&format!("ChrootConnect {words}")).start();
            let given = answers(Carrier::Cgi, &server, ways[0], service.port());
            assert!(given.starts_with(answer), "{words}: {given}");
            let given = answers(Carrier::Cgi, &server, ways[1], service.port());
            assert!(given.starts_with("shut (socket: Operation not permitted"), "{words}: {given}");
            server.stop();
        }
    }

    /// Calls that are allowed for another purpose open no connection past the ports.
    #[test]
    fn allowed_calls_make_no_connection_past_the_ports() {
        if !has_rules_about_ports() {
            return;
        }
        let allowed = "auto allow:io_uring_setup allow:io_uring_enter allow:socket";
        for (words, answer) in [("any", "out"), ("none", "shut")] {
            let site = Carrier::Cgi.scene(allowed).config(&format!("ChrootConnect {words}"));
            let server = site.start();
            for way in ["io_uring", "tcp_port_by_a_layer"] {
                let given = answers(Carrier::Cgi, &server, way, 1);
                assert!(given.starts_with(answer), "{words}: {way}: {given}");
            }
            server.stop();
        }
    }

    #[test]
    fn a_proxy_reaches_the_named_service_and_no_other() {
        if !has_rules_about_ports() {
            return;
        }
        let (named, other) = (Service::start(), Service::start());
        for mpm in [Mpm::Prefork, Mpm::Worker, Mpm::Event] {
            let site = Site::new(mpm).modules(&["proxy", "proxy_http"]).config(&format!(
                "ChrootConnect {0}\nProxyPass /named http://127.0.0.1:{0}/\nProxyPass /other http://127.0.0.1:{1}/",
                named.port(),
                other.port(),
            ));
            let server = site.allow_log("AH00957").allow_log("AH01114").start();
            assert_eq!(server.get("/named").body, "service\n", "{mpm:?}");
            assert_eq!(server.get("/other").status, 503, "{mpm:?}");
            let log = server.error_log();
            assert!(log.contains("(13)Permission denied: AH00957"), "{log}");
            let in_force = format!("TCP connections to {} only", named.port());
            assert!(log.contains(&in_force), "{log}");
            server.stop();
        }
    }

    /// A port that a program binds is a way in for others. Modules that need one have it.
    #[test]
    fn children_bind_a_port_only_if_a_module_or_the_administrator_needs_it() {
        if !has_rules_about_ports() {
            return;
        }
        let proxy = ["proxy", "proxy_http", "proxy_ftp"];
        let scenes: [(&str, &[&str], &str, &str); 5] = [
            ("off", &[], "", "out"),
            ("auto", &[], "", "shut"),
            ("auto allow:bind", &[], "", "out"),
            ("auto", &proxy, "", "out"),
            ("auto", &proxy[..2], "ProxySourceAddress 127.0.0.1", "out"),
        ];
        for (harden, modules, lines, answer) in scenes {
            let server = Carrier::Cgi.scene(harden).modules(modules).config(lines).start();
            let given = answers(Carrier::Cgi, &server, "a_port_of_its_own", 0);
            assert!(given.starts_with(answer), "{harden} {modules:?}: {given}");
            server.stop();
        }
    }

    /// Nothing is served with connections that the administrator has forbidden.
    #[test]
    fn a_kernel_without_rules_about_ports_is_refused() {
        let library = compiled("kernel", &["-shared", "-fPIC"]);
        for mpm in [Mpm::Prefork, Mpm::Worker, Mpm::Event] {
            let old = Site::new(mpm)
                .environment("LD_PRELOAD", &library.to_string_lossy())
                .environment("MOD_CHROOT_LANDLOCK", "3")
                .config("ChrootConnect 443");
            old.configtest().says("CHR414: ChrootConnect \"443\"").fails();
            old.refuses().says("CHR414").says("ABI 3 has no rules about ports").fails();
        }
    }

    #[test]
    fn without_hardening_ports_cannot_be_restricted() {
        let site = fixtures::with_cgi(Mpm::Event).config("ChrootHarden off\nChrootConnect 443");
        site.refuses().says("CHR106: ChrootConnect \"443\"").says("ChrootHarden auto").fails();
        fixtures::with_cgi(Mpm::Event)
            .config("ChrootHarden off\nChrootConnect any")
            .configtest()
            .says("Syntax OK");
    }

    #[test]
    fn words_that_are_no_ports_are_refused_with_their_place() {
        for word in ["0", "65536", "https", "-1", "+1", "80-90", "''"] {
            let site = Site::new(Mpm::Event).config(&format!("ChrootConnect {word}"));
            site.refuses().says("CHR104").says("httpd.conf:").fails();
        }
        for (one, other) in [("443", "any"), ("none", "443"), ("any", "none")] {
            let lines = format!("ChrootConnect {one}\nChrootConnect {other}");
            Site::new(Mpm::Event).config(&lines).refuses().says("CHR101").fails();
        }
    }
}
