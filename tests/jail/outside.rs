//! Every process that a module starts is inside before the first request, or the server does not start.
//!
//! A module of the tests starts one in every way that the system has, at every moment that httpd offers.

#[cfg(test)]
mod tests {
    use crate::harness::requirements::{self, Requirement};
    use crate::harness::sandbox::make_folder;
    use crate::harness::{
        Jail, Mpm, Process, Server, Site, fixtures, on_every_mpm, programs, promise, until,
    };

    /// A site with a module that starts a process `when`, and `how`.
    fn site(mpm: Mpm, when: &str, how: &str) -> Site {
        let module = programs::module("mod_outside").display().to_string();
        let load = format!("LoadModule outside_module \"{module}\"\nOutside {when} {how}");
        Site::new(mpm).config(&load)
    }

    /// The process that the module has started: of httpd's children the one that is root.
    fn stranger(server: &Server) -> Process {
        let is_root = |one: &Process| one.uids().contains(&0);
        until("a child that is root", || server.born().into_iter().find(is_root))
    }

    /// A server that has a child outside: the harness waits for children that are root to give that up.
    fn start(site: Site) -> Server {
        let mut server = site.start_unchecked();
        server.wait_until_serving();
        server
    }

    const ALLOW: &str = "ChrootAllowOutside mod_outside";

    on_every_mpm! {
        fn a_fork_in_post_config_is_refused_by_name(mpm: Mpm) {
            let told = site(mpm, "post_config", "fork").refuses().fails();
            let told = told.says("CHR313: LoadModule \"mod_outside\": it has started process ");
            told.says("a copy of httpd").says("ChrootAllowOutside");
        }

        fn a_process_whose_parent_has_ended_is_refused(mpm: Mpm) {
            site(mpm, "post_config", "double").refuses().fails().says("CHR313: LoadModule \"mod_outside\"");
        }

        fn a_fork_that_no_handler_sees_is_refused(mpm: Mpm) {
            site(mpm, "post_config", "clone").refuses().fails().says("CHR313: LoadModule \"mod_outside\"");
        }

        fn a_program_of_another_name_is_refused(mpm: Mpm) {
            for how in ["vfork", "spawn", "orphan"] {
                let told = site(mpm, "post_config", how).refuses().fails();
                told.says("CHR313: LoadModule \"mod_outside\"").says("(\"tail\", a program of its own)");
            }
        }

        fn a_fork_when_logs_are_opened_is_refused(mpm: Mpm) {
            site(mpm, "open_logs", "fork").refuses().fails().says("CHR313: LoadModule \"mod_outside\"");
        }

        fn a_fork_when_the_mpm_starts_is_refused(mpm: Mpm) {
            site(mpm, "pre_mpm", "fork").refuses().fails().says("CHR313: LoadModule \"mod_outside\"");
        }

        fn a_fork_while_the_configuration_is_read_is_refused(mpm: Mpm) {
            let told = site(mpm, "reading", "fork").refuses().fails();
            told.says("CHR313: ChrootDir ").says("was started while the configuration was read");
        }

        /// As mod_cgid's daemon does it, and not at once.
        fn a_process_that_enters_like_a_daemon_of_httpd_is_waited_for(mpm: Mpm) {
            let server = site(mpm, "post_config", "enters").start();
            promise::everyone_is_jailed(&server);
            assert!(server.born().len() > usize::from(mpm.is_threaded()), "the daemon is there");
            server.stop();
        }

        fn a_program_that_ends_and_one_that_reads_a_pipe_of_httpd_are_nothing_to_say(mpm: Mpm) {
            start(site(mpm, "post_config", "brief")).stop();
            let server = start(site(mpm, "post_config", "logger"));
            assert!(stranger(&server).command_line().starts_with("cat - "));
            server.stop();
        }

        /// What a child starts has the root of the child.
        fn a_fork_in_a_child_is_inside(mpm: Mpm) {
            let server = site(mpm, "child_init", "fork").start();
            promise::everyone_is_jailed(&server);
            let children = server.children();
            let born = |one: Process| Process::all().into_iter().any(|it| it.parent() == Some(one));
            assert!(children.into_iter().any(born), "the process is there");
            server.stop();
        }

        fn a_module_that_is_named_may_run_outside_and_that_is_said_at_every_start(mpm: Mpm) {
            let site = site(mpm, "post_config", "fork").config(ALLOW).expect_log("CHR320");
            let site = site.modules(&["status"]).config("<Location /state>\nSetHandler server-status\n</Location>");
            let mut server = start(site);
            assert_eq!(stranger(&server).root(), server.parent().root());
            let state = server.get("/state?auto").body;
            assert!(state.contains("ChrootAllowOutside: mod_outside\n"), "{state}");
            // On the terminal, before there is a log, and in the log.
            assert_eq!(server.log_count("CHR320: ChrootAllowOutside \"mod_outside\""), 2);
            server.graceful();
            assert_eq!(server.log_count("CHR320: ChrootAllowOutside \"mod_outside\""), 3);
            server.stop();
        }

        fn a_module_that_is_named_may_also_start_late_or_twice(mpm: Mpm) {
            for (when, how) in [("pre_mpm", "fork"), ("post_config", "double"), ("open_logs", "spawn")] {
                let server = start(site(mpm, when, how).config(ALLOW).expect_log("CHR320"));
                assert_eq!(server.get("/index.html").body, "hello from inside");
                server.stop();
            }
        }

        fn another_name_allows_nothing(mpm: Mpm) {
            let site = site(mpm, "post_config", "fork").config("ChrootAllowOutside mod_other mod_dir");
            site.refuses().fails().says("CHR321: ChrootAllowOutside \"mod_other\"").says("CHR313");
        }

        fn chroot_preflight_off_and_chroot_harden_off_do_not_silence_it(mpm: Mpm) {
            let off = "ChrootPreflight off\nChrootHarden off\nChrootAudit off\nChrootCheck warn\nChrootWarmUp off";
            site(mpm, "post_config", "fork").config(off).refuses().fails().says("CHR313");
        }

        fn a_server_without_a_jail_starts_whatever_it_likes(mpm: Mpm) {
            let site = site(mpm, "post_config", "fork").jail(Jail::None);
            start(site).stop();
        }

        /// A container gives its root no right to look at other users' processes (CAP_SYS_PTRACE): daemons of modules
        /// that are known enter or end, and others are refused.
        fn where_roots_cannot_be_seen_only_known_daemons_may_start(mpm: Mpm) {
            let blind = "setpriv --bounding-set=-sys_ptrace";
            let server = fixtures::with_cgi(mpm).through(blind).start();
            promise::answered_from_inside(&server, &server.get("/cgi-bin/witness"));
            server.stop();
            let server = start(site(mpm, "post_config", "logger").through(blind));
            assert!(stranger(&server).command_line().starts_with("cat - "));
            server.stop();
            for how in ["fork", "enters"] {
                let told = site(mpm, "post_config", how).through(blind).refuses().fails();
                told.says("CHR313: LoadModule \"mod_outside\"");
            }
        }

        /// The module is asked again: the server that ran until then ends with the refused restart.
        fn a_restart_is_judged_like_a_start(mpm: Mpm) {
            let mut server = site(mpm, "never", "fork").allow_log("CHR313").allow_log("AH00020").start();
            server.edit_configuration(|text| text.replace("Outside never", "Outside post_config"));
            server.parent().signal("USR1");
            server.wait_until_dead();
            assert_eq!(server.log_count("CHR313: LoadModule \"mod_outside\""), 1);
            server.stop();
        }
    }

    /// httpd's parent calls modules every ten seconds: what they start then is seen in the next two looks.
    #[test]
    fn a_fork_while_the_server_runs_is_ended() {
        let mut server = site(Mpm::Event, "monitor", "fork").allow_log("CHR319").start();
        let begin = std::time::Instant::now();
        let stranger = loop {
            let is_root = |one: &Process| one.uids().contains(&0);
            let before: Vec<_> = server.born().into_iter().filter(is_root).collect();
            // A child that is about to enter, and a process that brings the view up to date, are root for a moment.
            std::thread::sleep(std::time::Duration::from_secs(6));
            match before.into_iter().find(is_root) {
                Some(found) => break found,
                None => std::thread::sleep(std::time::Duration::from_millis(50)),
            }
            assert!(begin.elapsed().as_secs() < 40, "the module is never called");
        };
        while stranger.is_alive() {
            std::thread::sleep(std::time::Duration::from_millis(50));
            assert!(begin.elapsed().as_secs() < 90, "{stranger:?} lives");
        }
        server.expect_log("CHR319: ChrootDir");
        assert!(server.log_count(&format!("process {} (", stranger.pid)) == 1);
        assert_eq!(server.get("/index.html").body, "hello from inside");
        promise::everyone_is_jailed(&server);
        server.stop();
    }

    /// Its watchdog, its core and its applications are started whenever the module is loaded.
    fn passenger(mpm: Mpm) -> Option<Site> {
        let file = crate::harness::Apache::installed().module_file("passenger");
        if !file.is_file() {
            requirements::skip(Requirement::Package("libapache2-mod-passenger"));
            return None;
        }
        let root = "/usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini";
        let lines = format!(
            "PassengerRoot {root}\nPassengerDisableSecurityUpdateCheck on\nPassengerDisableAnonymousTelemetry on\n\
             PassengerLogFile \"{{server}}/logs/passenger.log\""
        );
        let site = Site::new(mpm);
        make_folder(&site.sandbox.server.join("registry"));
        Some(site.modules(&["passenger"]).config(&lines))
    }

    on_every_mpm! {
        fn passenger_is_refused_by_name_at_configtest_already(mpm: Mpm) {
            let Some(site) = passenger(mpm) else { return };
            let site = site.config("ChrootPreflight off");
            let said = "CHR312: LoadModule \"mod_passenger\": its watchdog, its core and its applications";
            site.configtest().fails().says(said);
            site.refuses().fails().says(said);
        }

        fn passenger_runs_outside_if_that_is_written(mpm: Mpm) {
            let Some(site) = passenger(mpm) else { return };
            let site = site.config("ChrootAllowOutside mod_passenger.c").expect_log("CHR320");
            let said = site.configtest().exits(0).says("CHR320: ChrootAllowOutside \"mod_passenger\"");
            said.says("CHR648: PassengerInstanceRegistryDir");
            let site = site.config("PassengerInstanceRegistryDir \"{server}/registry\"");
            site.configtest().exits(0).says("CHR801: PassengerInstanceRegistryDir");
            let site = site.config("ChrootProvide \"{server}/registry\"");
            let mut server = start(site);
            server.graceful();
            assert_eq!(server.get("/index.html").body, "hello from inside");
            server.stop();
        }
    }
}
