//! `-D CHROOT_LEARN`: the children serve outside, and what they use becomes lines.

#[cfg(test)]
mod tests {
    use crate::application::{Application, PAGE, start_with, stop_and_read};
    use crate::harness::client::get;
    use crate::harness::requirements::{Capability, require};
    use crate::harness::{Mpm, Site, on_every_mpm};
    use std::os::unix::fs::PermissionsExt;

    const RESULT: &str = "chroot-learned.conf";

    on_every_mpm! {
        fn lines_that_were_learned_make_the_application_work_in_the_jail(mpm: Mpm) {
            require(Capability::SysAdmin);
            require(Capability::SysPtrace);
            let app = Application::new();
            let mut server = start_with(app.site(mpm), "CHROOT_LEARN");
            assert_eq!(get("/app/page").of(&server).is(200, &server).body, PAGE);
            server.expect_log("CHR940");
            let (lines, text) = stop_and_read(&mut server, RESULT);
            server.expect_log("CHR945");
            assert!(text.contains("all ") && text.contains("uses work"), "{text}");
            eprintln!("{text}");
            let jailed = app.site(mpm).config(&lines.join("\n"));
            let jailed = jailed.allow_log("CHR").start();
            assert_eq!(get("/app/page").of(&jailed).is(200, &jailed).body, PAGE, "{text}");
            assert_eq!(app.visits(), 2);
            jailed.stop();
        }
    }

    /// The lists are made for the jail when a server starts; a trial has them as well.
    #[test]
    fn a_program_that_reads_the_list_of_users_has_it_in_the_jail() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let app = Application::new();
        app.add_program("users", "while read line; do echo user; break; done < /etc/passwd");
        let mut server = start_with(app.site(Mpm::Prefork), "CHROOT_LEARN");
        assert_eq!(get("/app/users").of(&server).is(200, &server).body, "user\n");
        let (lines, text) = stop_and_read(&mut server, RESULT);
        server.expect_log("CHR945");
        assert!(lines.iter().any(|line| line == "ChrootProvide users"), "{text}");
        assert!(text.contains("uses work"), "{text}");
        let jailed = app.site(Mpm::Prefork).config(&lines.join("\n")).allow_log("CHR").start();
        assert_eq!(get("/app/users").of(&jailed).is(200, &jailed).body, "user\n", "{text}");
        jailed.stop();
    }

    /// mod_wsgi starts Python in each child. Without `HOME` in the environment, Python reads the list of users once.
    #[test]
    fn a_python_that_only_starts_is_no_reason_for_a_line() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let site = Site::new(Mpm::Event).with_host_paths().modules(&["wsgi"]);
        let mut server = start_with(site, "CHROOT_LEARN");
        get("/").of(&server).is(200, &server);
        let (lines, text) = stop_and_read(&mut server, RESULT);
        server.expect_log("CHR945");
        assert!(lines.is_empty(), "{text}");
        assert!(text.contains("No line is needed"), "{text}");
    }

    /// Each line is taken out once. With the others alone, the application does not work.
    #[test]
    fn each_line_that_was_learned_is_needed() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let app = Application::new();
        let words = format!(
            "while read line; do echo \"$line\" | tr a-z A-Z; done < {root}/more/text\n\
             echo visited >> {root}/state/visits && echo counted",
            root = app.path("").display(),
        );
        app.add_program("whole", &words);
        let mut server = start_with(app.site(Mpm::Prefork), "CHROOT_LEARN");
        let page = get("/app/whole").of(&server).is(200, &server).body;
        assert_eq!(page, "AND MORE\ncounted\n");
        let (lines, text) = stop_and_read(&mut server, RESULT);
        assert!(text.contains("uses work"), "{text}");
        assert!(lines.len() > 2, "{text}");
        let visit_with = |lines: &[&String]| {
            let lines: Vec<_> = lines.iter().map(|line| line.as_str()).collect();
            let site = app.site(Mpm::Prefork).config("ChrootPreflight off");
            let mut jailed = site
                .config(&lines.join("\n"))
                .allow_log("[")
                .allow_log("/cgi-bin/whole")
                .allow_log("AH0")
                .start_unchecked();
            jailed.wait_until_serving();
            let answer = get("/app/whole").of(&jailed);
            (answer.status, answer.body)
        };
        let all: Vec<_> = lines.iter().collect();
        assert_eq!(visit_with(&all), (200, page.clone()), "{text}");
        for left_out in &lines {
            let others: Vec<_> = lines.iter().filter(|line| *line != left_out).collect();
            assert_ne!(
                visit_with(&others),
                (200, page.clone()),
                "{left_out} is not needed:\n{text}"
            );
        }
    }

    #[test]
    fn mod_status_and_the_configuration_dump_report_a_server_that_learns() {
        require(Capability::SysPtrace);
        let state = "<Location /state>\nSetHandler server-status\n</Location>";
        let site = Application::new().site(Mpm::Worker).modules(&["status"]).config(state);
        let site = site.argument("-DCHROOT_LEARN");
        let dump = site.dump().output;
        assert!(dump.contains("learning: -D CHROOT_LEARN"), "{dump}");
        let mut server = site.allow_log("CHR940").start_unchecked();
        server.wait_until_serving();
        let page = get("/state?auto").of(&server).is(200, &server).body;
        assert!(page.contains("ChrootLearning: outside"), "{page}");
        stop_and_read(&mut server, RESULT);
    }

    #[test]
    fn the_result_is_readable_by_root_alone() {
        require(Capability::SysPtrace);
        let app = Application::new();
        let mut server = start_with(app.site(Mpm::Prefork), "CHROOT_LEARN");
        get("/app/page").of(&server).is(200, &server);
        stop_and_read(&mut server, RESULT);
        for name in [RESULT, "chroot-learned.paths"] {
            let file = server.site.sandbox.server.join(name);
            let mode = std::fs::metadata(&file).expect(name).permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
