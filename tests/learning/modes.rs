//! Learning where no view is mounted: files are copied into the jail, and lines are tried as if they were.

#[cfg(test)]
mod tests {
    use crate::application::{Application, start_with, stop_and_read};
    use crate::harness::client::get;
    use crate::harness::requirements::{Capability, require};
    use crate::harness::{Mpm, Site};
    use std::fs;

    /// An application that writes nothing, as no copy can be written to.
    fn site(app: &Application) -> Site {
        let lines =
            format!("ChrootFixRoot link\nScriptAlias /app/ \"{}/\"", app.path("cgi-bin").display());
        let site =
            Site::new(Mpm::Prefork).document_root("{jail}/htdocs").modules(&["alias", "cgi"]);
        site.config(&lines)
    }

    #[test]
    fn lines_that_were_learned_with_a_link_work_with_copies() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let app = Application::new();
        let mut server = start_with(site(&app), "CHROOT_LEARN");
        assert_eq!(get("/app/other").of(&server).is(200, &server).body, "and more\n");
        let (lines, text) = stop_and_read(&mut server, "chroot-learned.conf");
        server.expect_log("CHR945");
        assert!(text.contains("uses work"), "{text}");
        let jailed = site(&app).config(&lines.join("\n")).allow_log("CHR").start();
        assert_eq!(get("/app/other").of(&jailed).is(200, &jailed).body, "and more\n", "{text}");
        jailed.stop();
    }

    #[test]
    fn files_that_are_written_to_are_named_where_files_are_copied() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let app = Application::new();
        let mut server = start_with(site(&app), "CHROOT_LEARN");
        get("/app/page").of(&server).is(200, &server);
        let (lines, text) = stop_and_read(&mut server, "chroot-learned.conf");
        assert!(!lines.iter().any(|line| line.contains("rw:")), "{text}");
        assert!(text.contains("no copy of it is made: set ChrootFixRoot view"), "{text}");
    }

    #[test]
    fn files_that_are_missed_with_inside_paths_are_tried_as_copies() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let app = Application::new();
        let users = app.path("data/users");
        fs::write(&users, "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n").expect("a file");
        let lines = format!(
            "ChrootFixRoot off\nChrootPreflight off\n<Location />\nAuthType Basic\nAuthName x\nAuthUserFile \"{}\"\n\
             Require valid-user\n</Location>",
            users.display()
        );
        let modules = ["auth_basic", "authn_core", "authn_file", "authz_user"];
        let site =
            || Site::new(Mpm::Prefork).document_root("/htdocs").modules(&modules).config(&lines);
        let mut server = start_with(site().allow_log("[").allow_log("CHR"), "CHROOT_WATCH");
        let answer = get("/").by(crate::harness::client::ALICE).of(&server);
        assert_eq!(answer.status, 500, "{}", server.error_log());
        let (lines, text) = stop_and_read(&mut server, "chroot-watched.conf");
        server.expect_log("CHR945");
        let mut jailed = site().config(&lines.join("\n")).allow_log("CHR").start_unchecked();
        jailed.wait_until_serving();
        let answer = get("/").by(crate::harness::client::ALICE).of(&jailed);
        assert_eq!(answer.status, 200, "{text}");
    }

    #[test]
    fn a_server_with_inside_paths_does_not_serve_outside() {
        let site = Site::new(Mpm::Prefork).document_root("/htdocs").config("ChrootFixRoot off");
        let outcome = site.argument("-DCHROOT_LEARN").refuses();
        let words = "the configuration has inside paths";
        assert!(
            outcome.output.contains("CHR943") && outcome.output.contains(words),
            "{}",
            outcome.output
        );
    }
}
