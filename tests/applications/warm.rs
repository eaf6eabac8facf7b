//! Promise 11: what children load late is loaded before they enter. Each scene is an empty jail without a
//! view, where nothing of the host is left to be loaded, and shows what happens without the warm-up too.

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use crate::harness::client::{ALICE, BOB, get};
    use crate::harness::{Mpm, Server, Site, on_every_mpm};
    use crate::warm_host::{COLD, empty_jail, with_own_etc};

    /// Five and a half hours from Greenwich, in summer and in winter.
    const KOLKATA: &str = "ln -sf ../usr/share/zoneinfo/Asia/Kolkata \"$etc/localtime\"";

    /// A page that tells its zone, and a log that does. Both ask the C library anew (`strftime`).
    fn with_clock(site: Site) -> Site {
        let page = "<!--#config timefmt=\"%Z %z\" --><!--#echo var=\"DATE_LOCAL\" -->";
        with_own_etc(site, KOLKATA)
            .modules(&["include", "log_config"])
            .file("htdocs/clock.shtml", page)
            .config("CustomLog \"{server}/logs/access.log\" \"%{%z}t\"")
            .config(
                "<Location /clock.shtml>\nOptions +IncludesNOEXEC\nSetOutputFilter INCLUDES\n</Location>",
            )
    }

    fn zone_of(server: &Server) -> String {
        get("/clock.shtml").of(server).is(200, server).body.trim().to_owned()
    }

    fn logged_zones(server: &Server) -> Vec<String> {
        let log = std::fs::read_to_string(server.site.sandbox.server.join("logs/access.log"));
        let mut zones: Vec<_> = log.expect("a log").lines().map(str::to_owned).collect();
        zones.dedup();
        zones
    }

    on_every_mpm! {
        fn children_keep_the_time_zone_of_the_machine(mpm: Mpm) {
            let mut server = with_clock(empty_jail(mpm)).start();
            for _ in 0..2 {
                assert_eq!(zone_of(&server), "IST +0530");
                server.graceful();
            }
            assert_eq!(logged_zones(&server), ["+0530"]);
            server.stop();

            let cold = with_clock(empty_jail(mpm)).config(COLD).start();
            // The name of the zone (%Z) makes the C library look for it again, in vain.
            assert!(zone_of(&cold).starts_with("UTC "));
            cold.stop();
        }

        fn pages_are_converted_from_the_character_set_that_is_configured(mpm: Mpm) {
            assert_eq!(converted(empty_jail(mpm)), "price: 5 €");
            assert_ne!(converted(empty_jail(mpm).config(COLD).allow_log("AH0")), "price: 5 €");
        }

        fn users_of_a_gdbm_are_known(mpm: Mpm) {
            let server = with_gdbm(mpm).start();
            get("/index.html").by(ALICE).of(&server).is(200, &server);
            get("/index.html").by(BOB).of(&server).is(401, &server);
            server.stop();

            let cold = with_gdbm(mpm).config(COLD).start();
            get("/index.html").by(ALICE).of(&cold).is(500, &cold);
            cold.stop();
        }
    }

    fn converted(site: Site) -> String {
        let site = site.modules(&["charset_lite"]).config(
            "<Location /page.html>\nCharsetSourceEnc ISO-8859-15\nCharsetDefault UTF-8\n\
             ForceType text/plain\n</Location>",
        );
        site.sandbox.write("htdocs/page.html", b"price: 5 \xa4", 0o644);
        let server = site.start();
        let page = get("/page.html").of(&server).body;
        server.stop();
        page
    }

    fn with_gdbm(mpm: Mpm) -> Site {
        let site = empty_jail(mpm)
            .modules(&["auth_basic", "authn_core", "authn_dbm", "authz_user"])
            .allow_log("AH0")
            .allow_log("AH10285")
            .config(
                "<Location />\nAuthType Basic\nAuthName here\nAuthBasicProvider dbm\nAuthDBMType GDBM\n\
                 AuthDBMUserFile /data/users\nRequire valid-user\n</Location>",
            )
            .file("data/README", "the users");
        let file = site.sandbox.jail.join("data/users");
        run(Command::new("htdbm").arg("-cbTGDBM").arg(&file).args(["alice", "secret"]));
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .expect("its mode");
        site
    }

    fn run(command: &mut Command) {
        let done = command.output().expect("a program");
        assert!(done.status.success(), "{command:?}: {done:?}");
    }

    /// Not only where nothing is shown: a view shows no libraries either.
    #[test]
    fn a_view_is_warmed_too() {
        let view = || Site::new(Mpm::Event).document_root("{jail}/htdocs");
        assert_eq!(converted(view()), "price: 5 €");
        assert_ne!(converted(view().config(COLD).allow_log("AH0")), "price: 5 €");
    }

    #[test]
    fn what_was_loaded_is_told() {
        let site = with_clock(empty_jail(Mpm::Event)).config("LogLevel chroot:info");
        let server = site.start();
        let log = server.error_log();
        let told = log.lines().find(|line| line.contains("CHR941")).expect("what was loaded");
        assert!(told.contains("thread-exit library (libgcc_s.so.1)"), "{told}");
        assert!(told.contains("timezone (Asia/Kolkata from /etc/localtime)"), "{told}");
        assert!(Path::new("/etc/localtime").exists());
        server.stop();
    }

    /// PHP asks the C library for whatever its pages name.
    fn php(lines: &str, text: &str) -> String {
        let types = "TypesConfig /dev/null\nphp_admin_value session.save_path /data";
        let site = empty_jail(Mpm::Prefork).modules(&["mime"]).writable("data").with_php();
        let site = site.file("htdocs/page.php", &format!("<?php {text}"));
        let server = site.config(types).config(lines).allow_log("CHR8").start();
        let page = get("/page.php").of(&server).is(200, &server).body;
        server.stop();
        page
    }

    #[test]
    fn a_character_set_that_only_an_application_names_is_loaded_on_request() {
        let text = "echo @iconv('KOI8-R', 'UTF-8', \"\\xc4\\xc1\") ?: 'failed';";
        assert_eq!(php("", text), "failed");
        assert_eq!(php("ChrootPreload iconv:KOI8-R", text), "да");
        assert_eq!(php("ChrootWarmUp off\nChrootPreload iconv:KOI8-R", text), "да");
    }

    #[test]
    fn what_is_wrong_with_a_preload_is_said_with_its_place() {
        for (word, id) in [
            ("/nonexistent/libx.so", "CHR121"),
            ("{jail}/libx.so", "CHR123"),
            ("/etc/passwd", "CHR124"),
            ("iconv:NO-SUCH-CHARSET", "CHR125"),
            ("locale:xx_XX.NONE", "CHR126"),
            ("libx.so", "CHR103"),
            ("tables", "CHR104"),
        ] {
            let site =
                empty_jail(Mpm::Event).file("libx.so", "").config(&format!("ChrootPreload {word}"));
            site.configtest().says(id).says("ChrootPreload").says("httpd.conf:").exits(1);
        }
        let site = empty_jail(Mpm::Event);
        let library = site.sandbox.base.join("libx.so");
        std::fs::write(&library, "").expect("a file");
        std::os::unix::fs::chown(&library, Some(4242), None).expect("an owner");
        site.config("ChrootPreload {base}/libx.so").configtest().says("CHR122").exits(1);
    }

    /// mod_session_crypto has its driver loaded in the parent: nothing is left to be warmed.
    #[test]
    fn sessions_are_encrypted_without_being_warmed() {
        for lines in ["", COLD] {
            let site = empty_jail(Mpm::Event).modules(&[
                "request",
                "session",
                "session_cookie",
                "session_crypto",
            ]);
            let session = "Session On\nSessionMaxAge 100\nSessionCookieName session path=/\nSessionCryptoPassphrase secret";
            let server = site.config(session).config(lines).start();
            let answer = get("/index.html").of(&server).is(200, &server);
            let cookie = answer.header("set-cookie").unwrap_or_default();
            assert!(cookie.starts_with("session=") && !cookie.contains("expiry"), "{cookie}");
            server.stop();
        }
    }
}
