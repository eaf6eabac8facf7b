//! Promise 3 for the daemons of mod_cgid and mod_fcgid: one that cannot enter the jail runs no program.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use crate::harness::two_contents::{self, INSIDE, SECRET};
    use crate::harness::{Mpm, Server, Site, on_every_mpm, programs, promise, until};

    /// httpd's children ask a daemon that is gone again and again: nobody waits for the end of that.
    const BRIEFLY: Duration = Duration::from_secs(2);

    fn is_alarmed(server: &Server, id: &str) -> bool {
        let is_alarm = |line: &str| line.contains("[chroot:alert]") && line.contains(id);
        server.error_log().lines().any(is_alarm)
    }

    /// Pages are served from inside, programs are not run anywhere, and no process is outside but the parent.
    fn runs_no_program(mut server: Server, id: &str) {
        until("the alarm", || is_alarmed(&server, id).then_some(()));
        server.expect_log("AH01238");
        assert_eq!(server.get("/index.html").body, INSIDE);
        let reply = server.try_get("/cgi/program", BRIEFLY);
        assert!(reply.as_ref().is_none_or(|it| it.status != 200 && it.body != SECRET), "{reply:?}");
        promise::everyone_is_jailed(&server);
        // The one that still asks for the daemon would keep httpd from its end.
        server.children().iter().for_each(|child| child.signal("KILL"));
        server.stop();
    }

    /// The daemon is what mod_cgid forks.
    fn cannot_start(mpm: Mpm, fault: &str, id: &str) {
        let site =
            two_contents::build_with_cgi(mpm).fault(fault, &[("FAULT_FORKED_BY", "mod_cgid")]);
        let mut server = site.allow_log(id).allow_log("AH01238").start_unchecked();
        server.wait_until_serving();
        runs_no_program(server, id);
    }

    fn cannot_start_again(mpm: Mpm, fault: &str, id: &str) {
        let site =
            two_contents::build_with_cgi(mpm).fault(fault, &[("FAULT_AFTER", "{base}/armed")]);
        let server = site.allow_log(id).allow_log("AH01238").allow_log("AH01239").start();
        let daemon = promise::named_by(&server.get("/cgi/program"), "ppid");
        fs::write(server.site.sandbox.base.join("armed"), "").expect("a file");
        daemon.signal("KILL");
        runs_no_program(server, id);
    }

    on_every_mpm! {
        fn a_cgi_daemon_that_is_refused_chroot_runs_no_program(mpm: Mpm) {
            cannot_start(mpm, "chroot:EPERM", "CHR401");
        }

        fn a_cgi_daemon_that_chroot_lied_to_runs_no_program(mpm: Mpm) {
            cannot_start(mpm, "chroot:lie", "CHR501");
        }

        fn a_cgi_daemon_that_setuid_lied_to_runs_no_program(mpm: Mpm) {
            cannot_start(mpm, "setuid:lie", "CHR503");
        }

        fn a_cgi_daemon_that_is_refused_chroot_later_runs_no_program(mpm: Mpm) {
            cannot_start_again(mpm, "chroot:EPERM", "CHR401");
        }

        fn a_cgi_daemon_that_setgroups_lied_to_later_runs_no_program(mpm: Mpm) {
            cannot_start_again(mpm, "setgroups:lie", "CHR504");
        }
    }

    /// A FastCGI application that exists twice, at `/app/witness`.
    fn two_with_fcgid(mpm: Mpm) -> Site {
        let site = two_contents::build(mpm).modules(&["alias", "fcgid"]);
        let host = site.sandbox.base.join("app/witness");
        fs::create_dir(site.sandbox.base.join("app")).expect("a folder");
        fs::copy(programs::fastcgi(), &host).expect("an application outside");
        fs::set_permissions(&host, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("its mode");
        let inside = host.display().to_string();
        let ipc = "FcgidIPCDir \"{jail}/run/fcgid\"\nFcgidProcessTableFile \"{server}/run/shm\"";
        let run =
            "<Directory \"{base}/app\">\nOptions +ExecCGI\nSetHandler fcgid-script\n</Directory>";
        let site = site.linked_to_itself().writable("run/fcgid");
        let site = site.program(&inside, programs::fastcgi()).config(ipc).config(run);
        site.config("Alias /app/ \"{base}/app/\"")
    }

    /// mod_fcgid does not look at what becomes of its manager: it must not go on if it cannot enter.
    fn manager_cannot_enter(mpm: Mpm, fault: &str) {
        let site = two_with_fcgid(mpm).fault(fault, &[]);
        let site = ["CHR", "AH0", "[unixd:", "[fcgid:", "End of script output"]
            .into_iter()
            .fold(site, Site::allow_log);
        let mut server = site.start_unchecked();
        if server.serves_or_ends() {
            let reply = server.get("/app/witness");
            assert_ne!(server.site.faults(), 0, "the fault never happened");
            if reply.status == 200 {
                promise::answered_from_inside(&server, &reply);
            }
            let is_root = |one: &crate::harness::Process| one.uids().contains(&0);
            let roots: Vec<_> = server.born().into_iter().filter(is_root).collect();
            assert!(roots.is_empty(), "{roots:?} goes on as root\n{}", server.error_log());
        }
        server.stop();
    }

    on_every_mpm! {
        fn a_fcgid_manager_that_is_refused_chroot_does_not_go_on(mpm: Mpm) {
            manager_cannot_enter(mpm, "chroot:EPERM");
        }

        fn a_fcgid_manager_that_is_refused_its_group_does_not_go_on(mpm: Mpm) {
            manager_cannot_enter(mpm, "setgid:EPERM");
        }

        fn a_fcgid_manager_that_is_refused_its_groups_does_not_go_on(mpm: Mpm) {
            manager_cannot_enter(mpm, "setgroups:EPERM");
        }

        fn a_fcgid_manager_that_is_refused_its_user_does_not_go_on(mpm: Mpm) {
            manager_cannot_enter(mpm, "setuid:EAGAIN");
        }
    }
}
