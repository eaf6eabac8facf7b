//! `-D CHROOT_LEARN`: the children serve outside, and what they use becomes lines.

#[cfg(test)]
mod tests {
    use crate::application::{Application, PAGE, start_with, stop_and_read};
    use crate::harness::client::get;
    use crate::harness::requirements::{Capability, require};
    use crate::harness::{Mpm, on_every_mpm};
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
