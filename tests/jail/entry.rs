//! Promises 1, 2 and 5: who is in the jail, as whom, and how the jail may be named.

#[cfg(test)]
mod tests {
    use crate::harness::{
        Identity, Mpm, Process, Server, Site, fixtures, on_every_mpm, promise, until,
    };

    on_every_mpm! {
        /// Root, cwd, ids, groups, capabilities and descriptors, seen from outside through /proc.
        fn every_child_is_jailed(mpm: Mpm) {
            let server = Site::new(mpm).start();
            assert_eq!(server.get("/index.html").body, "hello from inside");
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn the_parent_stays_outside(mpm: Mpm) {
            let server = Site::new(mpm).start();
            promise::parent_is_outside(&server);
            server.stop();
        }

        fn a_child_born_later_is_jailed(mpm: Mpm) {
            let server = Site::new(mpm).start();
            let before = server.children();
            before.iter().for_each(|child| child.signal("KILL"));
            until("new children", || {
                server.children().iter().any(|child| !before.contains(child)).then_some(())
            });
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn children_of_a_daemon_are_jailed(mpm: Mpm) {
            let server = Site::new(mpm).start_daemon();
            promise::everyone_is_jailed(&server);
            promise::parent_is_outside(&server);
            server.stop();
        }

        fn children_are_jailed_again_after_every_kind_of_restart(mpm: Mpm) {
            let mut server = Site::new(mpm).start();
            let restarts: [fn(&mut Server); 3] =
                [Server::graceful, Server::restart, Server::graceful];
            for restart in restarts {
                let before = server.children();
                restart(&mut server);
                let old_are_gone = || before.iter().all(|child| !child.is_alive()).then_some(());
                until("the end of the former children", old_are_gone);
                promise::everyone_is_jailed(&server);
                promise::parent_is_outside(&server);
                assert_eq!(server.get("/index.html").body, "hello from inside");
            }
            server.graceful_stop();
        }

        fn the_cgi_daemon_and_its_programs_are_jailed(mpm: Mpm) {
            let server = fixtures::with_cgi(mpm).start();
            let reply = server.get("/cgi-bin/witness");
            promise::answered_from_inside(&server, &reply);
            promise::kept(promise::is_jailed(&server, promise::named_by(&reply, "ppid")), &server);
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn the_cgi_daemon_is_jailed_again_after_it_was_killed(mpm: Mpm) {
            let site = fixtures::with_cgi(mpm).expect_log("cgid daemon process died, restarting");
            // Requests meanwhile find nobody at the socket.
            let server = site.allow_log("stderr from /cgi-bin/witness").start();
            let killed = promise::named_by(&server.get("/cgi-bin/witness"), "ppid");
            killed.signal("KILL");
            let reply = until("another CGI daemon answers", || {
                let reply = server.get("/cgi-bin/witness");
                (reply.status == 200 && promise::named_by(&reply, "ppid") != killed).then_some(reply)
            });
            promise::answered_from_inside(&server, &reply);
            promise::kept(promise::is_jailed(&server, promise::named_by(&reply, "ppid")), &server);
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn the_fcgid_manager_and_its_applications_are_jailed(mpm: Mpm) {
            let server = fixtures::with_fcgid(mpm).start();
            let reply = server.get("/app/witness");
            promise::answered_from_inside(&server, &reply);
            promise::kept(promise::is_jailed(&server, promise::named_by(&reply, "pid")), &server);
            promise::kept(promise::is_jailed(&server, promise::named_by(&reply, "ppid")), &server);
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn the_fcgid_manager_is_jailed_again_after_it_was_killed(mpm: Mpm) {
            let site = fixtures::with_fcgid(mpm).expect_log("fcgid process manager died, restarting");
            let mut server = site.start();
            let killed = promise::named_by(&server.get("/app/witness"), "ppid");
            // mod_fcgid restarts the whole server then.
            server.resumes_after(|_| killed.signal("KILL"));
            let reply = until("another application answers", || {
                let reply = server.get("/app/witness");
                (reply.status == 200 && promise::named_by(&reply, "ppid") != killed).then_some(reply)
            });
            promise::answered_from_inside(&server, &reply);
            promise::kept(promise::is_jailed(&server, promise::named_by(&reply, "ppid")), &server);
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        /// mod_unixd could not jail this manager, and mod_fcgid would go on as root, outside.
        fn fcgid_without_an_account_for_the_user_never_runs_as_root(mpm: Mpm) {
            let site = fixtures::with_fcgid(mpm).user("#4999", "#4998", 4999);
            let sockets = site.sandbox.jail.join("run/fcgid");
            std::os::unix::fs::chown(sockets, Some(4999), Some(4998)).expect("its owner");
            let server = site.start();
            assert_eq!(server.get("/by-host-path/witness").value("uid"), "4999");
            promise::for_everyone(&server, |process| {
                promise::is_inside(&server, process)?;
                promise::runs_as(process, 4999, 4998, &[4998])
            });
            server.stop();
        }

        fn a_numeric_user_has_all_of_its_groups(mpm: Mpm) {
            let server = Site::new(mpm).user("#4242", "#4243", 4242).start();
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn user_number_33_works(mpm: Mpm) {
            let server = Site::new(mpm).user("#33", "#33", 33).start();
            promise::for_everyone(&server, |child| {
                promise::is_inside(&server, child)?;
                promise::runs_as(child, 33, 33, &[33])?;
                promise::has_no_capability(child)
            });
            server.stop();
        }

        fn a_user_without_an_account_has_its_configured_group_only(mpm: Mpm) {
            let server = Site::new(mpm).user("#4999", "#4998", 4999).start();
            assert_eq!(server.get("/index.html").body, "hello from inside");
            promise::for_everyone(&server, |child| {
                promise::is_inside(&server, child)?;
                promise::runs_as(child, 4999, 4998, &[4998])?;
                promise::has_no_capability(child)
            });
            server.stop();
        }
    }

    /// The jail is the scene's, and the ready message was logged once.
    fn is_in_force(server: Server) {
        assert_eq!(server.log_count("CHR901"), 1, "{}", server.error_log());
        promise::everyone_is_jailed(&server);
        promise::parent_is_outside(&server);
        server.stop();
    }

    fn named(jail: &str, lines: &str) -> Site {
        Site::with_jail_at(Mpm::Event, jail).bare().config(lines)
    }

    #[test]
    fn a_relative_jail_is_counted_from_the_server_root() {
        is_in_force(named("server/inner", "ChrootDir inner\nDocumentRoot /htdocs").start());
    }

    #[test]
    fn server_root_names_the_server_root() {
        // Configuration, logs and PidFile of such a server lie in its jail, which the audit says.
        let site = named("server", "ChrootDir SERVER_ROOT\nDocumentRoot /htdocs");
        is_in_force(site.expect_log("CHR609").start());
    }

    #[test]
    fn document_root_names_the_document_root_written_before() {
        let lines = "DocumentRoot \"{jail}\"\nChrootDir DOCUMENT_ROOT";
        is_in_force(named("jail", lines).start());
    }

    #[test]
    fn document_root_names_the_document_root_written_after() {
        let lines = "ChrootDir DOCUMENT_ROOT\nDocumentRoot \"{jail}\"";
        is_in_force(named("jail", lines).start());
    }

    #[test]
    fn document_root_is_that_of_the_main_server() {
        let lines = "<VirtualHost *:{port}>\nDocumentRoot \"{base}\"\n</VirtualHost>\n\
                     ChrootDir DOCUMENT_ROOT\nDocumentRoot \"{jail}\"";
        is_in_force(named("jail", lines).start());
    }

    #[test]
    fn a_jail_named_inside_ifmodule_is_entered() {
        let lines =
            "<IfModule mod_unixd.c>\nChrootDir \"{jail}\"\n</IfModule>\nDocumentRoot /htdocs";
        is_in_force(named("jail", lines).start());
    }

    #[test]
    fn a_jail_named_in_an_included_file_is_entered() {
        let site = named("jail", "Include conf/jail.conf\nDocumentRoot /htdocs");
        is_in_force(site.server_file("conf/jail.conf", "ChrootDir \"{jail}\"\n").start());
    }

    #[test]
    fn a_jail_given_twice_alike_is_entered() {
        is_in_force(named("jail", "ChrootDir \"{jail}\"\nChrootDir \"{jail}\"").start());
    }

    #[test]
    fn the_ready_message_comes_once_per_start_and_restart() {
        let mut server = Site::new(Mpm::Event).start();
        assert_eq!(server.log_count("CHR901"), 1);
        server.graceful();
        assert_eq!(server.log_count("CHR901"), 2);
        server.restart();
        assert_eq!(server.log_count("CHR901"), 3);
        server.stop();
    }

    #[test]
    fn the_ready_message_names_jail_uid_gid_and_groups() {
        let server = Site::new(Mpm::Event).start();
        let log = server.error_log();
        let line = log.lines().find(|line| line.contains("CHR901")).expect("the ready message");
        let jail = format!("ChrootDir \"{}\": ", server.site.sandbox.jail.display());
        for fact in [&jail, "uid 4242", "gid 4243", "4244", "4245"] {
            assert!(line.contains(fact), "no {fact} in {line}");
        }
        server.stop();
    }

    #[test]
    fn none_means_no_jail() {
        let server = named("jail", "ChrootDir none\nDocumentRoot \"{jail}/htdocs\"").start();
        assert_eq!(server.get("/index.html").body, "hello from inside");
        let everyone: Vec<Process> = server.children();
        for child in everyone {
            assert_eq!(child.root(), Identity::of("/".as_ref()));
        }
        assert_eq!(server.log_count("CHR901"), 0);
        server.stop();
    }

    #[test]
    fn a_reload_with_a_broken_configuration_leaves_the_jailed_server_serving() {
        let server = Site::new(Mpm::Event).start();
        let before = server.children();
        server.edit_configuration(|text| text + "NoSuchDirective\n");
        server.control("graceful").fails().says("NoSuchDirective");
        assert_eq!(server.get("/index.html").body, "hello from inside");
        assert_eq!(server.children(), before);
        promise::everyone_is_jailed(&server);
        server.stop();
    }

    #[test]
    fn a_reload_with_another_jail_moves_the_new_children_there() {
        let mut server = Site::new(Mpm::Event).start();
        let (before, other) = (server.children(), server.site.sandbox.base.join("other"));
        std::fs::create_dir(&other).expect("another jail");
        std::fs::write(other.join("index.html"), "hello from the other").expect("its page");
        let (old, new) =
            (server.site.sandbox.jail.display().to_string(), other.display().to_string());
        server.edit_configuration(|text| text.replace(&old, &new).replace("\"/htdocs\"", "\"/\""));
        server.graceful();
        until("the end of the former children", || {
            before.iter().all(|child| !child.is_alive()).then_some(())
        });
        assert_eq!(server.get("/index.html").body, "hello from the other");
        for child in server.children() {
            assert_eq!(child.root(), Identity::of(&other));
        }
        server.stop();
    }
}
