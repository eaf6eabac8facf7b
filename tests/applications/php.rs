//! PHP in the children: what its functions look for outside of the site.

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use crate::harness::client::{SECRET, ask, get};
    use crate::harness::{Mpm, Server, Site};
    use crate::services::{Authority, Database, NameServer, Syslog};

    /// A page at `/page.php`, host paths kept true in this way, with these words provided.
    fn page(way: &str, provided: &str, text: &str) -> Site {
        let site = Site::new(Mpm::Prefork).with_php().document_root("{jail}/htdocs");
        let site = if way == "off" { site.document_root("/htdocs") } else { site };
        let site = site.file("htdocs/page.php", &format!("<?php {text}")).kept(way, provided);
        // What PHP may need is warned of where it is not within reach, whether a page uses it or not.
        let unused = |word: &str| {
            (way != "view" || provided == "none") && !provided.split(' ').any(|one| one == word)
        };
        let mut allowed = vec![];
        allowed.extend(unused("timezone").then_some("CHR801: date.timezone"));
        allowed.extend(unused("ca").then_some("CHR801: curl.cainfo"));
        allowed.extend(unused("tmp").then_some("CHR809"));
        allowed.extend((!text.contains("session_start")).then_some("CHR801: session.save_path"));
        allowed.into_iter().fold(site, Site::allow_log)
    }

    #[track_caller]
    fn says(server: Server, words: &str) {
        assert_eq!(get("/page.php").of(&server).is(200, &server).body, words);
        server.stop();
    }

    /// With nothing asked for in a view, and with these words where nothing is within reach by default.
    #[track_caller]
    fn says_in_every_way(provided: &str, text: &str, words: &str) {
        for (way, provided) in [("view", ""), ("link", provided), ("off", provided)] {
            says(page(way, provided, text).start(), words);
        }
    }

    #[test]
    fn dates_are_told_in_any_zone() {
        let text = "date_default_timezone_set('America/New_York'); echo date('Y-m-d H:i T', 0), ' ', \
                    (new DateTimeZone('Europe/Berlin'))->getLocation()['country_code'];";
        says_in_every_way("timezone", text, "1969-12-31 19:00 EST DE");
    }

    #[test]
    fn names_and_records_are_asked_of_the_name_server() {
        let names = NameServer::start();
        let text = "echo gethostbyname('backend.mod-chroot.example'), ' ', gethostbyaddr('127.0.0.1'), ' ',\n\
                    dns_get_record('text.mod-chroot.example', DNS_TXT)[0]['txt'];";
        for (way, provided) in [("view", ""), ("link", "dns"), ("off", "dns")] {
            // Of the files that name resolution reads, the hosts file knows this address too.
            let site = page(way, provided, text).server_file("conf/hosts", "# nobody\n");
            let site = site.after("mount --bind \"{server}/conf/hosts\" /etc/hosts");
            says(
                names.serves(site).start(),
                "127.0.0.1 visitor.mod-chroot.example found-by-the-server",
            );
        }
    }

    /// The folder of gconv, where glibc keeps its tables of characters.
    fn gconv() -> String {
        let folders =
            ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
        let mut folders = folders.map(|folder| format!("{folder}/gconv")).into_iter();
        folders.find(|path| std::path::Path::new(path).is_dir()).expect("the tables of iconv")
    }

    #[test]
    fn characters_are_converted_with_the_tables_provided() {
        let text = "echo bin2hex(iconv('UTF-8', 'SHIFT_JIS', \"\\u{3042}\")), \
                    bin2hex(iconv('UTF-8', 'KOI8-R', \"\\u{434}\"));";
        for way in ["view", "link", "off"] {
            says(page(way, &gconv(), text).start(), "82a0c4");
        }
    }

    const COUNT: &str = "session_start(); echo $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;";

    fn counts(server: Server) {
        for count in ["1", "2", "3"] {
            let asked = get("/page.php").header("Cookie", "PHPSESSID=abcdefghijklmnopqrstuvwxyz");
            assert_eq!(asked.of(&server).is(200, &server).body, count);
        }
        server.stop();
    }

    /// As distributions have it: a folder outside, that everybody may write to and nobody may list.
    #[test]
    fn sessions_are_kept_in_a_folder_of_the_host_that_is_provided() {
        let site = page("view", "\"rw:{base}/sessions\"", COUNT)
            .config("php_admin_value session.save_path {base}/sessions");
        let folder = site.sandbox.base.join("sessions");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o1733)).expect("its mode");
        counts(site.start());
    }

    #[test]
    fn sessions_are_kept_in_a_folder_of_the_jail() {
        for (way, path) in
            [("view", "{jail}/sessions"), ("link", "{jail}/sessions"), ("off", "/sessions")]
        {
            let site = page(way, "", COUNT).writable("sessions");
            counts(site.config(&format!("php_admin_value session.save_path {path}")).start());
        }
    }

    #[test]
    fn uploads_are_taken_without_a_view() {
        let text = "echo $_FILES['f']['error'], ' ', filesize($_FILES['f']['tmp_name']);";
        for way in ["link", "off"] {
            let server = page(way, "tmp", text).start();
            let part = "--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n";
            let body = [part.as_bytes(), &[b'a'; 300_000], b"\r\n--xx--\r\n"].concat();
            let asked =
                ask("POST", "/page.php").header("Content-Type", "multipart/form-data; boundary=xx");
            assert_eq!(asked.body(&body).of(&server).is(200, &server).body, "0 300000");
            server.stop();
        }
    }

    /// What mail() hands to the program that it is configured with, through /bin/sh, is kept by that program.
    #[test]
    fn mail_is_sent_by_a_program_that_is_provided() {
        let text = "var_dump(mail('to@example', 'the subject', 'the text'));";
        for way in ["view", "link"] {
            let provided = "program:/bin/sh program:/bin/cat \"program:{base}/sendmail\"";
            let site = page(way, provided, text).writable("spool");
            let stub = site.sandbox.fill("#!/bin/sh\nexec /bin/cat >\"{jail}/spool/mail\"\n");
            let program = site.sandbox.base.join("sendmail");
            std::fs::write(&program, stub).expect("a program");
            std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("its mode");
            let server = site.config("php_admin_value sendmail_path {base}/sendmail").start();
            assert_eq!(get("/page.php").of(&server).is(200, &server).body, "bool(true)\n");
            let mail = std::fs::read_to_string(server.site.sandbox.jail.join("spool/mail"))
                .expect("a mail");
            assert!(mail.contains("Subject: the subject") && mail.contains("the text"), "{mail}");
            server.stop();
        }
    }

    #[test]
    fn commands_run_with_a_shell_that_is_provided() {
        let text = "echo shell_exec('echo $((6 * 7))'), exec('printf %s-%s a b');\n\
                    $p = proc_open('cat', [['pipe', 'r'], ['pipe', 'w']], $pipes); fwrite($pipes[0], '!');\n\
                    fclose($pipes[0]); echo stream_get_contents($pipes[1]);";
        for way in ["view", "link", "off"] {
            says(page(way, "program:/bin/sh program:/bin/cat", text).start(), "42\na-b!");
        }
    }

    /// Over curl and over PHP's own streams.
    #[test]
    fn a_server_is_verified_against_the_hosts_authorities() {
        let authority = Authority::new();
        let backend = authority.backend("server");
        let stranger = authority.backend("stranger");
        let text = format!(
            "foreach ([{}, {}] as $port) {{ $c = curl_init(\"https://localhost:$port/page.html\");\n\
             curl_setopt($c, CURLOPT_RETURNTRANSFER, true); echo curl_exec($c) ?: curl_errno($c), ', ';\n\
             echo @file_get_contents(\"https://localhost:$port/page.html\") ?: 'refused', '. '; }}",
            backend.site.sandbox.port.number, stranger.site.sandbox.port.number
        );
        for (way, provided) in [("view", ""), ("link", "dns ca"), ("off", "dns ca")] {
            let server = page(way, provided, &text).after(&authority.joins_the_store()).start();
            says(server, "from the backend, from the backend. 60, refused. ");
        }
        backend.stop();
        stranger.stop();
    }

    #[test]
    fn a_database_is_asked_over_its_socket() {
        let database = Database::start(SECRET);
        let socket = database.socket().display().to_string();
        let text = format!(
            "$d = new mysqli('localhost', 'web', 'word', 'app');\n\
             echo $d->query('SELECT name FROM users')->fetch_row()[0], ' ';\n\
             $p = new PDO('mysql:host=localhost;dbname=app;unix_socket={socket}', 'web', 'word');\n\
             echo $p->query('SELECT COUNT(*) FROM users')->fetchColumn();"
        );
        let site = page("view", &format!("\"{}\"", database.run().display()), &text);
        let site = site.config(&format!("php_admin_value mysqli.default_socket {socket}"));
        says(site.start(), "alice 1");
    }

    #[test]
    fn lines_reach_syslog_when_it_is_provided() {
        let syslog = Syslog::start();
        let text = "openlog('page', LOG_PID, LOG_USER); var_dump(syslog(LOG_NOTICE, 'a line of the page'));";
        let site = page("view", "syslog", text);
        let server = syslog.listens(site).start();
        get("/page.php").of(&server).is(200, &server);
        assert!(syslog.hears("a line of the page").contains("page["));
        server.stop();
    }

    /// Each of these is answered above when it is provided.
    #[test]
    fn what_is_not_within_reach_fails_and_the_page_is_told() {
        let authority = Authority::new();
        let backend = authority.backend("server");
        let port = backend.site.sandbox.port.number;
        let curl = format!(
            "$c = curl_init('https://127.0.0.1:{port}/page.html'); curl_exec($c); echo curl_errno($c) ? 'failed' : '';"
        );
        let mysql = "try { new mysqli('localhost', 'web', 'word', 'app', 0, '/run/mysqld/mysqld.sock'); } \
                     catch (Exception $e) { echo $e->getMessage() === 'No such file or directory' ? 'failed' : $e; }";
        for text in [
            "echo @mail('to@example', 'the subject', 'the text') ? '' : 'failed';",
            "echo shell_exec('echo 42') ? '' : 'failed';",
            "echo @tempnam(sys_get_temp_dir(), 'x') ? '' : 'failed';",
            "ini_set('session.save_path', '/var/lib/php/sessions'); echo @session_start() ? '' : 'failed';",
            mysql,
            &curl,
        ] {
            let site = page("view", "none", text).after(&authority.joins_the_store());
            let site = ["CHR8", "sh: ", "PHP Warning"].into_iter().fold(site, Site::allow_log);
            says(site.start(), "failed");
        }
        backend.stop();
    }
}
