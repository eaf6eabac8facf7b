//! Programs run by httpd's modules, with host paths in the configuration and nothing prepared in the jail.

#[cfg(test)]
mod tests {
    use crate::harness::backend::Fpm;
    use crate::harness::client::{ask, get};
    use crate::harness::tools::{ask_program, inside};
    use crate::harness::{Mpm, Server, Site, on_every_mpm, programs, until};

    fn site(mpm: Mpm) -> Site {
        Site::new(mpm).document_root("{jail}/htdocs")
    }

    fn with_cgid(mpm: Mpm) -> Site {
        site(mpm)
            .modules(&["alias", "cgid"])
            .program("cgi-bin/inside", inside())
            .config("ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\"")
    }

    const FASTCGI: &str = "FcgidProcessTableFile \"{server}/run/fcgid_shm\"\nAlias /app/ \"{jail}/app/\"\n\
                           <Directory \"{jail}/app\">\nOptions +ExecCGI\nSetHandler fcgid-script\n</Directory>";

    fn with_fcgid(mpm: Mpm) -> Site {
        let site = site(mpm).modules(&["alias", "fcgid"]);
        site.program("app/witness", programs::fastcgi()).config(FASTCGI)
    }

    fn runs_where_it_is_configured(server: Server) {
        let answer = ask_program(&server, "env=");
        let program = server.site.sandbox.jail.join("cgi-bin/inside");
        assert_eq!(answer.value("SCRIPT_FILENAME"), program.display().to_string());
        server.stop();
    }

    on_every_mpm! {
        fn cgi_programs_run(mpm: Mpm) {
            runs_where_it_is_configured(Site::new(mpm).with_host_paths().start());
        }

        fn cgi_programs_run_by_the_daemon(mpm: Mpm) {
            let mut server = with_cgid(mpm).config("ScriptSock cgi.sock").start();
            ask_program(&server, "env=");
            server.graceful();
            runs_where_it_is_configured(server);
        }

        fn cgi_programs_run_by_the_daemon_at_its_default_socket(mpm: Mpm) {
            runs_where_it_is_configured(with_cgid(mpm).start());
        }

        fn the_socket_of_the_cgi_daemon_may_lie_in_the_jail(mpm: Mpm) {
            let site = with_cgid(mpm).writable("run");
            runs_where_it_is_configured(site.config("ScriptSock \"{jail}/run/cgi.sock\"").start());
        }

        fn fastcgi_programs_run(mpm: Mpm) {
            let site = with_fcgid(mpm).config("FcgidIPCDir \"{server}/run/fcgid\"");
            let mut server = site.start();
            for _ in 0..2 {
                assert_eq!(get("/app/witness").of(&server).is(200, &server).value("uid"), "4242");
                server.graceful();
            }
            server.stop();
        }

        fn fastcgi_programs_run_with_a_folder_of_sockets_that_is_there_already(mpm: Mpm) {
            let site = with_fcgid(mpm).config("FcgidIPCDir \"{server}/run/fcgid\"");
            let folder = site.sandbox.server.join("run/fcgid");
            std::fs::create_dir(&folder).expect("a folder");
            std::os::unix::fs::chown(&folder, Some(4242), None).expect("its owner");
            let server = site.start();
            assert_eq!(get("/app/witness").of(&server).is(200, &server).value("uid"), "4242");
            server.stop();
        }

        fn the_sockets_of_fastcgi_programs_may_lie_in_the_jail(mpm: Mpm) {
            let site = with_fcgid(mpm).writable("run/fcgid").config("FcgidIPCDir \"{jail}/run/fcgid\"");
            let server = site.start();
            assert_eq!(get("/app/witness").of(&server).is(200, &server).value("uid"), "4242");
            server.stop();
        }

        /// mod_cgid's socket is made by root in the folder that mod_fcgid's own folder lies in.
        fn two_modules_may_keep_their_sockets_in_one_folder(mpm: Mpm) {
            let site = with_cgid(mpm).modules(&["fcgid"]).program("app/witness", programs::fastcgi());
            let site = site.config(FASTCGI).config("ScriptSock cgi.sock\nFcgidIPCDir \"{server}/run/fcgid\"");
            let mut server = site.start();
            for _ in 0..2 {
                ask_program(&server, "env=");
                get("/app/witness").of(&server).is(200, &server);
                server.graceful();
            }
            server.stop();
        }

        fn php_of_fpm_outside_answers_over_tcp(mpm: Mpm) {
            let site = with_pages(site(mpm)).modules(&["proxy", "proxy_fcgi"]);
            let fpm = Fpm::on_a_port(&site.sandbox.server);
            let handler = format!("proxy:fcgi://localhost:{}", fpm.port());
            answers_as_php(&site.config(&by(&handler)).start());
        }

        fn php_of_fpm_outside_answers_over_its_socket(mpm: Mpm) {
            let site = with_pages(site(mpm)).modules(&["proxy", "proxy_fcgi"]);
            let folder = site.sandbox.base.join("fpm");
            std::fs::create_dir(&folder).expect("a folder");
            let fpm = Fpm::on_a_socket(&folder, &folder.join("php.sock"));
            let handler = "proxy:unix:{base}/fpm/php.sock|fcgi://localhost";
            let server = site.config(&by(handler)).allow_log("AH0").start();
            answers_as_php(&server);
            // A service that is restarted makes its socket anew.
            drop(fpm);
            let _fpm = Fpm::on_a_socket(&folder, &folder.join("php.sock"));
            until("PHP again", || (get("/date.php").of(&server).status == 200).then_some(()));
            server.stop();
        }
    }

    fn by(handler: &str) -> String {
        format!("<FilesMatch \"\\.php$\">\nSetHandler \"{handler}\"\n</FilesMatch>")
    }

    fn with_pages(site: Site) -> Site {
        site.file(
            "htdocs/date.php",
            "<?php date_default_timezone_set('Asia/Tokyo'); echo date('H:i', 0);",
        )
        .file("htdocs/file.php", "<?php echo __FILE__;")
        .file("htdocs/include.php", "<?php include __DIR__ . '/part.inc';")
        .file("htdocs/part.inc", "<?php echo 'a part';")
    }

    fn answers_as_php(server: &Server) {
        let file = server.site.sandbox.jail.join("htdocs/file.php").display().to_string();
        for (path, body) in
            [("/date.php", "09:00"), ("/file.php", &*file), ("/include.php", "a part")]
        {
            assert_eq!(get(path).of(server).is(200, server).body, body, "{path}");
        }
    }

    fn with_php() -> Site {
        with_pages(site(Mpm::Prefork)).with_php()
    }

    #[test]
    fn php_runs_in_the_children() {
        let mut server = with_php().start();
        answers_as_php(&server);
        server.graceful();
        answers_as_php(&server);
        server.stop();
    }

    #[test]
    fn php_has_temporary_files() {
        let text = "<?php $f = tempnam(sys_get_temp_dir(), 'x'); file_put_contents($f, 'kept');\n\
                    echo dirname($f), file_get_contents($f); unlink($f); echo fwrite(tmpfile(), 'four');";
        let server = with_php().file("htdocs/temporary.php", text).start();
        assert_eq!(get("/temporary.php").of(&server).is(200, &server).body, "/tmpkept4");
        server.stop();
    }

    #[test]
    fn php_keeps_sessions() {
        let text = "<?php session_start(); $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1; echo $_SESSION['n'];";
        let site = with_php().file("htdocs/count.php", text);
        let server = site.config("php_admin_value session.save_path /tmp").start();
        for count in ["1", "2", "3"] {
            let asked = get("/count.php").header("Cookie", "PHPSESSID=abcdefghijklmnopqrstuvwxyz");
            assert_eq!(asked.of(&server).is(200, &server).body, count);
        }
        server.stop();
    }

    #[test]
    fn php_takes_uploads() {
        let text = "<?php echo $_FILES['f']['error'], ' ', filesize($_FILES['f']['tmp_name']);";
        let server = with_php().file("htdocs/upload.php", text).start();
        let part = "--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n";
        let body = [part.as_bytes(), &[b'a'; 300_000], b"\r\n--xx--\r\n"].concat();
        let asked =
            ask("POST", "/upload.php").header("Content-Type", "multipart/form-data; boundary=xx");
        assert_eq!(asked.body(&body).of(&server).is(200, &server).body, "0 300000");
        server.stop();
    }

    #[test]
    fn php_finds_names() {
        let text = "<?php echo gethostbyname('localhost');";
        let server = with_php().file("htdocs/name.php", text).start();
        assert_eq!(get("/name.php").of(&server).is(200, &server).body, "127.0.0.1");
        server.stop();
    }
}
