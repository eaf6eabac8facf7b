//! Ends of a run that learns: a restart, a stop, and the loss of the parent or of the watching process.

#[cfg(test)]
mod tests {
    use crate::application::{Application, PAGE, read_result, start_with, stop_and_read};
    use crate::harness::client::get;
    use crate::harness::requirements::{Capability, require};
    use crate::harness::{Identity, Mpm, Process, Server, on_every_mpm, until};
    use std::fs;
    use std::time::Duration;

    const RESULT: &str = "chroot-learned.conf";

    /// The process that watches.
    fn watcher(server: &Server) -> Process {
        let is_it = |one: &Process| {
            fs::read_to_string(one.path("comm")).is_ok_and(|name| name.trim() == "chroot-learn")
        };
        until("the process that watches", || server.born().into_iter().find(is_it))
    }

    fn visit(server: &Server) {
        assert_eq!(get("/app/page").of(server).is(200, server).body, PAGE);
    }

    on_every_mpm! {
        fn learning_continues_over_graceful_restarts_and_each_writes_the_result(mpm: Mpm) {
            require(Capability::SysPtrace);
            let app = Application::new();
            let mut server = start_with(app.site(mpm), "CHROOT_LEARN");
            visit(&server);
            let before = watcher(&server);
            server.graceful();
            let (lines, _) = read_result(&server.site.sandbox.server.join(RESULT));
            assert!(lines.iter().any(|line| line.ends_with("/state")), "{lines:?}");
            assert_eq!(watcher(&server), before);
            fs::rename(app.path("more/text"), app.path("data/text")).expect("another text");
            // A request that meets the CGI daemon of before is answered with 503, without this module too.
            let page = until("a page by the new CGI daemon", || {
                let page = get("/app/page").of(&server);
                (page.status == 200).then_some(page.body)
            });
            assert!(page.starts_with("AND MORE"), "{page}");
            let (after, text) = stop_and_read(&mut server, RESULT);
            assert_eq!(lines, after, "{text}");
            until("the end of the process that watches", || (!before.is_alive()).then_some(()));
        }

        fn the_server_stops_loudly_when_the_watching_process_is_killed(mpm: Mpm) {
            require(Capability::SysPtrace);
            let mut server = start_with(Application::new().site(mpm), "CHROOT_LEARN");
            watcher(&server).signal("KILL");
            server.wait_until_dead();
            server.expect_log("CHR944");
            server.allow_log("[");
        }

        fn the_result_is_written_without_the_parent(mpm: Mpm) {
            require(Capability::SysPtrace);
            let app = Application::new();
            let server = start_with(app.site(mpm), "CHROOT_LEARN");
            visit(&server);
            let (watcher, children) = (watcher(&server), server.born());
            server.parent().signal("KILL");
            until("the end of the parent", || (!server.parent().is_alive()).then_some(()));
            children.iter().filter(|one| **one != watcher).for_each(|one| one.signal("KILL"));
            let (lines, text) = read_result(&server.site.sandbox.server.join(RESULT));
            assert!(lines.iter().any(|line| line.ends_with("/state")), "{text}");
            assert!(text.contains("were not tried: httpd has ended first"), "{text}");
            until("the end of the process that watches", || (!watcher.is_alive()).then_some(()));
        }
    }

    #[test]
    fn a_watching_process_of_an_earlier_server_overwrites_no_result_of_a_later_one() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let app = Application::new();
        let mut server = start_with(app.site(Mpm::Prefork), "CHROOT_LEARN");
        visit(&server);
        let (old, children) = (watcher(&server), server.born());
        server.allow_log("AH00098");
        // It comes to write its result when the later server has ended.
        old.signal("STOP");
        server.parent().signal("KILL");
        children.iter().filter(|one| **one != old).for_each(|one| one.signal("KILL"));
        until("the end of the first parent", || server.end_status());
        until("the end of its children", || {
            let is_left = |one: &Process| *one != old && one.is_alive();
            (!children.iter().any(is_left)).then_some(())
        });
        server.control("start").exits(0);
        let page = until("a page of the later server", || {
            let page = server.try_get("/app/other", Duration::from_secs(2))?;
            (page.status == 200).then_some(page.body)
        });
        assert_eq!(page, "and more\n");
        server.control("stop").exits(0);
        let folder = &server.site.sandbox.server;
        until("the end of the later server", || {
            (!folder.join("run/httpd.pid").exists()).then_some(())
        });
        let (lines, text) = read_result(&folder.join(RESULT));
        assert!(text.contains("uses work"), "{text}");
        old.signal("CONT");
        until("the end of the process that watches", || (!old.is_alive()).then_some(()));
        assert_eq!(read_result(&folder.join(RESULT)), (lines, text));
        let list = fs::read_to_string(folder.join("chroot-learned.paths")).expect("the list");
        for name in ["data/text", "more/text", "state/visits"] {
            assert!(list.contains(name), "{name} in\n{list}");
        }
    }

    #[test]
    fn a_stopped_parent_keeps_no_request_waiting() {
        require(Capability::SysPtrace);
        let app = Application::new();
        let mut server = start_with(app.site(Mpm::Event), "CHROOT_LEARN");
        server.parent().signal("STOP");
        visit(&server);
        server.parent().signal("CONT");
        let (lines, text) = stop_and_read(&mut server, RESULT);
        assert!(lines.iter().any(|line| line.ends_with("/state")), "{text}");
    }

    #[test]
    fn a_watching_process_that_hangs_is_killed_and_no_request_hangs_for_ever() {
        require(Capability::SysPtrace);
        let mut server = start_with(Application::new().site(Mpm::Event), "CHROOT_LEARN");
        watcher(&server).signal("STOP");
        server.wait_until_dead();
        server.expect_log("does not answer");
        server.expect_log("has ended, so the server stops");
        server.allow_log("[");
    }

    #[test]
    fn a_jailed_server_goes_on_unwatched_when_the_watching_process_is_killed() {
        require(Capability::SysPtrace);
        let site = Application::new().site(Mpm::Event).allow_log("CHR");
        let mut server = start_with(site, "CHROOT_WATCH");
        let watcher = watcher(&server);
        server.resumes_after(|_| watcher.signal("KILL"));
        server.expect_log("restarts gracefully, in the jail and unwatched");
        assert_eq!(server.get("/").body, "hello from inside");
        let is_it = |one: &Process| {
            fs::read_to_string(one.path("comm")).is_ok_and(|name| name.trim() == "chroot-learn")
        };
        assert!(!server.born().iter().any(is_it));
        let roots: Vec<_> = server.children().into_iter().map(Process::root).collect();
        assert!(!roots.is_empty() && roots.iter().all(|root| *root != Identity::of("/".as_ref())));
        server.allow_log("[");
    }

    #[test]
    fn a_second_run_adds_to_the_first() {
        require(Capability::SysPtrace);
        let app = Application::new();
        let site = app.site(Mpm::Prefork);
        let old = "# mod_chroot: observed uses of paths, version 1\nr\t7\t/usr/bin/perl\t/etc/os-release\t\n";
        let mut server = start_with(site.server_file("chroot-learned.paths", old), "CHROOT_LEARN");
        visit(&server);
        let (_, text) = stop_and_read(&mut server, RESULT);
        assert!(text.contains("ChrootProvide /etc/os-release"), "{text}");
        assert!(text.contains("read /etc/os-release (7 times)"), "{text}");
    }

    #[test]
    fn the_lines_of_an_earlier_run_remain_when_its_result_is_included() {
        require(Capability::SysPtrace);
        let app = Application::new();
        let include = "IncludeOptional \"{server}/chroot-learned.con[f]\"";
        let mut server = start_with(app.site(Mpm::Prefork).config(include), "CHROOT_LEARN");
        visit(&server);
        server.graceful();
        let (first, _) = read_result(&server.site.sandbox.server.join(RESULT));
        assert!(first.iter().any(|line| line.ends_with("/state")), "{first:?}");
        visit(&server);
        let (second, text) = stop_and_read(&mut server, RESULT);
        assert_eq!(first, second, "{text}");
    }
}
