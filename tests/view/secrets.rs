//! What the server keeps for itself is shown by no set, whatever it is called; asked for by name, a key is refused
//! and the rest is said.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    use crate::harness::client::{Answer, get};
    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Process, Server, Site, on_every_mpm, until};

    const KEY: &str = "-----BEGIN PRIVATE KEY----- of the server";

    fn site() -> Site {
        Site::new(Mpm::Event).with_host_paths()
    }

    fn hides(server: &Server, path: impl AsRef<Path>) {
        let answer = ask_program(server, &format!("read={}", path.as_ref().display()));
        assert_eq!(answer.value("read"), "No such file or directory", "{answer:?}");
    }

    fn shows(server: &Server, path: impl AsRef<Path>) {
        let answer = ask_program(server, &format!("read={}", path.as_ref().display()));
        assert_eq!(answer.value("read"), "done", "{answer:?}");
    }

    /// A folder outside of everything, with a file in it that the children may read.
    fn folder(site: &Site, name: &str, file: &str, text: &str) {
        let folder = site.sandbox.base.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(file), text).expect("a file");
    }

    /// httpd's own layout: the sockets lie among the logs.
    fn among_logs(mpm: Mpm) -> Site {
        let site = Site::new(mpm).modules(&["alias", "cgid"]).document_root("{jail}/htdocs");
        site.program("cgi-bin/inside", crate::harness::tools::inside())
            .config("ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\"\nDefaultRuntimeDir logs")
    }

    fn daemon(answer: &Answer) -> Process {
        Process { pid: answer.value("ppid").parse().expect("a pid") }
    }

    on_every_mpm! {
        /// The socket comes alone, and anew with each daemon.
        fn logs_beside_the_socket_of_the_cgi_daemon_are_not_shown(mpm: Mpm) {
            // Another manager enters at the same time, and mounts nothing.
            let site = among_logs(mpm).modules(&["fcgid"]).config(
                "FcgidIPCDir \"{server}/fcgid\"\nFcgidProcessTableFile \"{server}/run/fcgid_shm\"",
            );
            let mut server = site.config("LogLevel chroot:info").start();
            server.expect_log("CHR719: ChrootProvide \"sockets\"");
            let logs = server.site.sandbox.server.join("logs");
            let alone = |server: &Server| {
                hides(server, logs.join("error.log"));
                let listed = ask_program(server, &format!("list={}", logs.display()));
                let names: Vec<_> = listed.body.lines().filter(|line| line.contains("cgisock")).collect();
                assert_eq!(names, [format!("cgisock.{}", server.parent().pid)], "{listed:?}");
                assert!(!listed.body.contains(".log"), "{listed:?}");
            };
            alone(&server);
            for signal in ["TERM", "KILL"] {
                let before = daemon(&ask_program(&server, "env="));
                // What visitors are answered until there is another one.
                ["AH01239", "AH01258", "AH10246"].iter().for_each(|id| server.allow_log(id));
                before.signal(signal);
                until("another daemon", || {
                    let answer = get("/cgi-bin/inside?env=").of(&server);
                    (answer.status == 200 && daemon(&answer) != before).then_some(())
                });
                alone(&server);
            }
            server.graceful();
            alone(&server);
            server.restart();
            alone(&server);
            server.stop();
        }
    }

    /// Another daemon takes seconds to mount its socket: until then mod_cgid tries again.
    #[test]
    fn a_request_waits_for_the_socket_of_the_next_cgi_daemon() {
        let site = among_logs(Mpm::Event).config("LogLevel chroot:info");
        let slow = "strace -D -f -qq -o /dev/null -e trace=move_mount -e inject=move_mount:delay_enter=2500ms:when=1";
        let mut server = site.through(slow).expect_log("CHR719").start();
        let before = daemon(&ask_program(&server, "env="));
        ["AH01239", "AH01258", "AH10246"].iter().for_each(|id| server.allow_log(id));
        before.signal("KILL");
        until("another daemon", || {
            let answer = get("/cgi-bin/inside?env=").of(&server);
            (answer.status == 200 && daemon(&answer) != before).then_some(())
        });
        let log = server.error_log();
        assert!(!log.contains("Permission denied"), "{log}");
        server.stop();
    }

    #[test]
    fn a_socket_in_a_directory_for_nobody_in_particular_comes_alone() {
        let socket = "/run/mod_chroot-test";
        let site = among_logs(Mpm::Event).config(&format!("ScriptSock {socket}"));
        let server = site.config("LogLevel chroot:info").start();
        let listed = ask_program(&server, "list=/run").body;
        let name = format!("mod_chroot-test.{}", server.parent().pid);
        assert!(listed.lines().any(|line| line == name), "{listed}");
        assert_eq!(listed.lines().filter(|line| line.starts_with("mod_chroot-test")).count(), 1);
        server.stop();
    }

    #[test]
    fn sockets_that_children_make_among_logs_are_left_out_and_the_remedy_helps() {
        let fcgid = "FcgidProcessTableFile \"{server}/run/fcgid_shm\"";
        let site = |folder: &str| {
            let site = site().modules(&["fcgid"]).config(fcgid);
            site.config(&format!("FcgidIPCDir \"{{server}}/{folder}\""))
        };
        let server = site("logs")
            .expect_log("CHR715: ChrootProvide \"sockets\"")
            .expect_log("write FcgidIPCDir with a directory of its own")
            .allow_log("CHR801: FcgidIPCDir")
            .start();
        hides(&server, server.site.sandbox.error_log());
        server.stop();
        site("run/fcgid").start().stop();
    }

    #[test]
    fn a_socket_of_a_backend_among_logs_comes_alone() {
        let site = site().modules(&["proxy", "proxy_http"]);
        let socket = site.sandbox.server.join("logs/app.sock");
        let _backend = UnixListener::bind(&socket).expect("a socket");
        fs::set_permissions(&socket, PermissionsExt::from_mode(0o777)).expect("its mode");
        let site = site.config("ProxyPass /app \"unix:{server}/logs/app.sock|http://localhost/\"");
        let server = site.expect_log("CHR719: ChrootProvide \"sockets\"").start();
        hides(&server, server.site.sandbox.error_log());
        let listed =
            ask_program(&server, &format!("list={}", socket.parent().expect("it").display())).body;
        assert!(listed.contains("app.sock") && !listed.contains("error.log"), "{listed}");
        server.stop();
    }

    /// A folder of authorities that the server's key lies in, as `config` brings it.
    fn authorities() -> Site {
        let site = site().modules(&["ssl"]).allow_log("AH01873");
        folder(&site, "ssl", "ca.pem", "a certificate");
        site.config("SSLCACertificatePath \"{base}/ssl\"\nChrootProvide config")
    }

    #[test]
    fn a_folder_of_authorities_with_a_key_in_it_is_left_out_and_the_remedy_helps() {
        let site = authorities().config("SSLCertificateKeyFile \"{base}/ssl/key.pem\"");
        folder(&site, "ssl", "key.pem", KEY);
        let site =
            site.expect_log("CHR715: ChrootProvide \"config\": \"").allow_log("CHR801: SSLCA");
        let server = site.expect_log("key.pem\" in another directory").start();
        hides(&server, server.site.sandbox.base.join("ssl/key.pem"));
        server.stop();
        let site = authorities().config("SSLCertificateKeyFile \"{base}/private/key.pem\"");
        folder(&site, "private", "key.pem", KEY);
        let server = site.start();
        shows(&server, server.site.sandbox.base.join("ssl/ca.pem"));
        server.stop();
    }

    /// mod_ssl takes a certificate and its key from one file; a certificate alone is no secret.
    #[test]
    fn a_certificate_is_a_key_if_its_key_is_in_it() {
        for (text, id) in [(KEY, Some("CHR715")), ("a certificate", None)] {
            let site = authorities().config("SSLCertificateFile \"{base}/ssl/both.pem\"");
            folder(&site, "ssl", "both.pem", text);
            let site = match id {
                Some(id) => site.expect_log(id).allow_log("CHR801: SSLCA"),
                None => site,
            };
            let server = site.start();
            let path = server.site.sandbox.base.join("ssl/both.pem");
            if id.is_some() {
                hides(&server, path)
            } else {
                shows(&server, path)
            }
            server.stop();
        }
    }

    /// What is there unasked, with something of the server's own in it.
    #[test]
    fn no_default_shows_a_key_or_a_log() {
        for (place, word, directive) in [
            ("/usr/local/share/ca-certificates", "ca", "SSLCertificateKeyFile"),
            ("/usr/share/zoneinfo", "timezone", "CustomLog"),
        ] {
            let words = format!("mount -t tmpfs -o mode=755 none {place}\necho own >{place}/own");
            let more = if directive == "CustomLog" { "%h" } else { "" };
            let site = site().modules(&["ssl", "log_config"]).after(&words).allow_log("AH01873");
            let server = site
                .config(&format!("{directive} {place}/own {more}"))
                .expect_log(&format!("CHR715: ChrootProvide \"{word}\": \"{place}\""))
                .start();
            hides(&server, format!("{place}/own"));
            shows(&server, "/etc/hosts");
            server.stop();
        }
    }

    /// A log of httpd's, or one that a program writes.
    #[test]
    fn what_is_served_is_left_out_if_a_log_lies_in_it() {
        for log in ["{base}/share/docs/log", "|$exec cat >>{base}/share/docs/log"] {
            let site = site().modules(&["log_config"]).allow_log("CHR801: Alias");
            folder(&site, "share/docs", "page.html", "a page");
            let site = site
                .config(&format!("Alias /docs \"{{base}}/share/docs\"\nCustomLog \"{log}\" %h"))
                .expect_log("CHR715: ChrootProvide \"aliases\"")
                .expect_log("(CustomLog)");
            // The program that writes the log is root's, and outside.
            let mut server = site.start_unchecked();
            server.wait_until_serving();
            hides(&server, server.site.sandbox.base.join("share/docs/log"));
            server.stop();
        }
    }

    #[test]
    fn what_children_write_among_logs_is_left_out() {
        let site = site().config("ScriptLog \"{server}/logs/script.log\"\nChrootProvide config");
        let site = site
            .expect_log("CHR715: ChrootProvide \"config\"")
            .expect_log("name a directory of their own")
            .allow_log("CHR801: ScriptLog");
        let server = site.start();
        hides(&server, server.site.sandbox.error_log());
        let logs = server.site.sandbox.server.join("logs/new");
        assert_ne!(
            ask_program(&server, &format!("write={}", logs.display())).value("write"),
            "done"
        );
        server.stop();
    }

    /// Each is readable as its mode says, since somebody wrote its name.
    #[test]
    fn logs_configuration_and_pid_file_are_said_where_they_are_asked_for() {
        for (path, file, what) in [
            ("logs", "logs/error.log", "(ErrorLog)"),
            ("logs/error.log", "logs/error.log", "(ErrorLog)"),
            ("conf", "conf/httpd.conf", "(configuration)"),
            ("run", "run/httpd.pid", "(PidFile)"),
        ] {
            let site = site().config(&format!("ChrootProvide \"{{server}}/{path}\""));
            // At the first start it is there already.
            fs::write(site.sandbox.error_log(), "").expect("a log");
            let server = site.expect_log("CHR716: ChrootProvide \"").expect_log(what).start();
            shows(&server, server.site.sandbox.server.join(file));
            server.stop();
        }
    }

    #[test]
    fn a_program_brings_no_folder_that_a_log_lies_in() {
        let folder = "/usr/local/lib/site_perl";
        let words = format!("mount -t tmpfs -o mode=755 none /usr/local/lib\nmkdir {folder}");
        let site = site().modules(&["log_config"]).after(&words);
        let server = site
            .config(&format!("CustomLog {folder}/log %h\nChrootProvide program:/usr/bin/perl"))
            .expect_log(&format!("CHR715: ChrootProvide \"program:/usr/bin/perl\": \"{folder}\""))
            .start();
        hides(&server, format!("{folder}/log"));
        shows(&server, "/usr/bin/perl");
        server.stop();
    }
}
