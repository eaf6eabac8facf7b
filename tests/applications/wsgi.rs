//! mod_wsgi's daemons are children of the jail like all others: at the start, when one has ended, and at each
//! restart; as the user that each of them is to be.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use crate::harness::process_counts::ProcessCounts;
    use crate::harness::{
        Mpm, Process, Reply, Server, Site, on_every_mpm, programs, promise, until,
    };

    /// What the application sees.
    const WITNESS: &str = "import os\n\
        def application(environ, start):\n \
            start('200 OK', [('Content-Type', 'text/plain')])\n \
            root = os.stat('/')\n \
            mask = os.umask(0)\n \
            os.umask(mask)\n \
            seen = {'pid': os.getpid(), 'ppid': os.getppid(), 'uid': os.getuid(), 'euid': os.geteuid(),\n  \
                    'gid': os.getgid(), 'groups': ','.join(map(str, os.getgroups())),\n  \
                    'root': '%d:%d' % (root.st_dev, root.st_ino), 'cwd': os.getcwd(), 'umask': oct(mask),\n  \
                    'passwd': 'seen' if os.path.exists('/etc/passwd') else 'hidden'}\n \
            return ['\\n'.join('%s=%s' % one for one in seen.items()).encode()]\n";

    /// A site whose page `/app` is served by the daemons `d`, with Python in reach.
    fn site(mpm: Mpm, way: &str, daemons: &str) -> Site {
        let python = "program:/usr/bin/python3 /usr/lib/python3 devices";
        let site =
            Site::new(mpm).kept(way, python).modules(&["wsgi"]).file("app/witness.wsgi", WITNESS);
        let (site, here) = match way {
            "off" => (site, "/app/witness.wsgi"),
            _ => (site.document_root("{jail}/htdocs"), "{jail}/app/witness.wsgi"),
        };
        let site = if way == "view" {
            crate::harness::sandbox::make_folder(&site.sandbox.server.join("sockets"));
            site.config("WSGISocketPrefix \"{server}/sockets/wsgi\"")
        } else {
            // Children connect by the path that the parent has bound.
            let site = if way == "off" { site.linked_to_itself() } else { site };
            site.writable("run").config("WSGISocketPrefix \"{jail}/run/wsgi\"")
        };
        let embedded = if daemons.contains("embedded") { "Off" } else { "On" };
        let daemons = daemons.replace("embedded", "");
        site.config(&format!("WSGIRestrictEmbedded {embedded}\nWSGIApplicationGroup %{{GLOBAL}}"))
            .config(&format!("WSGIDaemonProcess d {daemons}"))
            .config(&format!("WSGIScriptAlias /app \"{here}\" process-group=d"))
    }

    /// The daemon that answers, which is jailed in every respect.
    #[track_caller]
    fn daemon(server: &Server) -> Process {
        let reply = server.get("/app");
        promise::answered_from_inside(server, &reply);
        let daemon = promise::named_by(&reply, "pid");
        promise::kept(promise::is_jailed(server, daemon), server);
        assert_eq!(daemon.status_field("NoNewPrivs"), "1");
        assert_eq!(daemon.status_field("CapBnd"), "0000000000000000");
        assert_eq!(daemon.parent(), Some(server.parent()), "{reply:?}");
        daemon
    }

    /// Another daemon than `before` answers.
    fn another(server: &Server, before: Process) -> Process {
        until("another daemon", || {
            let reply = server.get("/app");
            (reply.status == 200 && promise::named_by(&reply, "pid") != before).then_some(())
        });
        daemon(server)
    }

    /// As it may be on the way from one daemon to the next.
    fn between(site: Site) -> Site {
        ["wsgi:error", "wsgi:alert", "Truncated or oversized", "AH00468"]
            .into_iter()
            .fold(site, Site::allow_log)
    }

    on_every_mpm! {
        fn a_daemon_answers_from_inside(mpm: Mpm) {
            let server = site(mpm, "view", "processes=2 threads=3").start();
            daemon(&server);
            promise::everyone_is_jailed(&server);
            promise::parent_is_outside(&server);
            server.stop();
        }

        /// In a folder of their own, or beside the pid file, where each socket is shown alone; with names that change at
        /// each restart, or that stay.
        fn the_sockets_of_daemons_are_shown(mpm: Mpm) {
            for lines in ["", "WSGISocketRotation Off", "WSGISocketPrefix \"{server}/socks/w\""] {
                let more = "WSGIDaemonProcess e\nWSGIScriptAlias /e \"{jail}/app/witness.wsgi\" process-group=e";
                let site = between(site(mpm, "view", "")).config(more).config(lines);
                std::fs::create_dir(site.sandbox.server.join("socks")).expect("a folder");
                let mut server = site.start();
                for _ in 0..2 {
                    daemon(&server);
                    assert_eq!(server.get("/e").status, 200, "{lines}\n{}", server.error_log());
                    server.graceful();
                }
                server.stop();
            }
        }

        fn a_daemon_that_was_killed_is_jailed_again(mpm: Mpm) {
            let server = between(site(mpm, "view", "")).start();
            let mut last = daemon(&server);
            for _ in 0..4 {
                last.signal("KILL");
                last = another(&server, last);
            }
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn daemons_are_jailed_after_every_restart(mpm: Mpm) {
            let mut server = between(site(mpm, "view", "processes=2")).start();
            let mut last = daemon(&server);
            for _ in 0..5 {
                server.graceful();
                last = another(&server, last);
            }
            server.restart();
            last = another(&server, last);
            last.signal("KILL");
            another(&server, last);
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn a_daemon_that_ends_after_one_request_is_jailed_again(mpm: Mpm) {
            let server = between(site(mpm, "view", "maximum-requests=1")).start();
            // It has ended before more could be asked about it.
            let answered = (0..4).map(|_| {
                let reply = server.get("/app");
                promise::answered_from_inside(&server, &reply);
                promise::named_by(&reply, "pid")
            });
            let all: BTreeSet<_> = answered.collect();
            assert_eq!(all.len(), 4, "{all:?}");
            server.stop();
        }

        /// Names, numbers and lists of groups, each in its daemon, also when it is made anew.
        fn each_daemon_is_the_user_that_it_names(mpm: Mpm) {
            let others = "WSGIDaemonProcess e user=nobody group=jailed2 home={jail} umask=0077\n\
                          WSGIDaemonProcess f user=#4999 group=#4998 supplementary-groups=#4001,jailed3 home=\"{jail}\"\n\
                          WSGIScriptAlias /e \"{jail}/app/witness.wsgi\" process-group=e\n\
                          WSGIScriptAlias /f \"{jail}/app/witness.wsgi\" process-group=f";
            // mod_wsgi itself asks for the name that belongs to a number.
            let site = between(site(mpm, "view", "")).config(&others.replace("#4999", "#1"));
            // The harness would have every child be one user.
            let mut server = site.start_unchecked();
            server.wait_until_serving();
            let judge = |server: &Server| {
                daemon(server);
                let mut answered = Vec::new();
                for (path, uid, gid, groups) in
                    [("/e", 65534, 4244, &[4244][..]), ("/f", 1, 4998, &[4998, 4001, 4245])]
                {
                    let reply = server.get(path);
                    assert_eq!(reply.status, 200, "{}", server.error_log());
                    let one = promise::named_by(&reply, "pid");
                    promise::kept(promise::is_inside(server, one), server);
                    promise::kept(promise::runs_as(one, uid, gid, groups), server);
                    promise::kept(promise::has_no_capability(one), server);
                    promise::kept(promise::holds_no_directory(one), server);
                    assert_eq!(reply.value("cwd"), server.site.sandbox.jail.display().to_string());
                    assert_eq!(reply.value("umask"), if path == "/e" { "0o77" } else { "0o22" });
                    answered.push(one);
                }
                answered
            };
            for _ in 0..2 {
                judge(&server).into_iter().for_each(|one| one.signal("KILL"));
                let is_back = |path| server.get(path).status == 200;
                until("both are back", || (is_back("/e") && is_back("/f")).then_some(()));
            }
            server.graceful();
            judge(&server);
            server.stop();
        }

        /// The audit and the look at processes outside know the users of daemons, not only the server's.
        fn files_and_processes_of_a_daemons_user_are_looked_at(mpm: Mpm) {
            let site = between(site(mpm, "view", "user=nobody home={jail}")).config("ChrootAudit warn");
            site.sandbox.write("lib/libx.so", b"", 0o644);
            let library = site.sandbox.jail.join("lib/libx.so");
            std::os::unix::fs::chown(&library, Some(65534), None).expect("chown");
            site.configtest().says("CHR608").says("owner 65534");
            fs::remove_file(&library).expect("the library goes");

            let mut outside = Command::new("sleep").arg("600").uid(65534).spawn().expect("sleep");
            let site = site.config("ChrootHarden off").expect_log("CHR921");
            let mut server = site.start_unchecked();
            server.wait_until_serving();
            let log = server.error_log();
            outside.kill().expect("the process of our own");
            outside.wait().expect("its end");
            let line = log.lines().find(|line| line.contains("CHR921") && line.contains("65534"));
            let number = format!("(pid {})", outside.id());
            let line = line.unwrap_or_else(|| panic!("no CHR921 of uid 65534 in {log}"));
            assert!(line.contains(&number) || line.contains("more"), "{line}");
            server.stop();
        }

        /// Python runs in a child too, unless that is forbidden.
        fn embedded_python_is_inside_as_well(mpm: Mpm) {
            let own = "WSGIScriptAlias /own \"{jail}/app/witness.wsgi\" process-group=%{GLOBAL}";
            let server = site(mpm, "view", "embedded").config(own).start();
            let reply = server.get("/own");
            promise::answered_from_inside(&server, &reply);
            assert_ne!(promise::named_by(&reply, "pid"), daemon(&server));
            server.stop();
        }

        fn a_daemon_that_cannot_enter_keeps_the_server_from_starting(mpm: Mpm) {
            for fault in ["chroot:EPERM", "setgroups:EPERM", "setuid:EAGAIN", "chroot:lie", "setuid:lie"] {
                // mod_wsgi's daemons are the first that enter: the other trial processes take what can be taken.
                let site = site(mpm, "view", "").fault(fault, &[]);
                let told = site.refuses().fails();
                told.says("CHR317: WSGIDaemonProcess \"d\": the daemon could not enter the jail as uid 4242");
            }
        }

        fn a_daemon_that_cannot_enter_later_does_not_run(mpm: Mpm) {
            let site = site(mpm, "view", "").fault("chroot:EPERM", &[("FAULT_AFTER", "{base}/armed")]);
            let site = between(site).allow_log("CHR401");
            let mut server = site.start();
            let last = daemon(&server);
            fs::write(server.site.sandbox.base.join("armed"), "").expect("a file");
            last.signal("KILL");
            server.expect_log("CHR401");
            let answer = |reply: Option<Reply>| reply.is_none_or(|it| it.status != 200);
            assert!(answer(server.try_get("/app", std::time::Duration::from_secs(2))));
            // It waits before it ends, so that mod_wsgi does not fork without a pause.
            std::thread::sleep(std::time::Duration::from_secs(3));
            assert_eq!(server.log_count("CHR401"), 1, "{}", server.error_log());
            fs::remove_file(server.site.sandbox.base.join("armed")).expect("the file");
            until("a daemon", || (server.get("/app").status == 200).then_some(()));
            daemon(&server);
            server.stop();
        }

        fn the_jail_as_chroot_of_a_daemon_is_left_out(mpm: Mpm) {
            let site = site(mpm, "view", "display-name=(wsgi:d) chroot=\"{base}/jail\" umask=0027");
            site.configtest().exits(0).says("CHR322: WSGIDaemonProcess \"d\": chroot=");
            let server = site.expect_log("CHR322").start();
            daemon(&server);
            assert_eq!(server.get("/app").value("umask"), "0o27");
            server.stop();
        }

        fn another_chroot_of_a_daemon_is_refused(mpm: Mpm) {
            for root in ["/usr", "{server}", "{jail}/htdocs", "/nowhere"] {
                let site = site(mpm, "view", &format!("chroot={root}")).config("ChrootPreflight off");
                let said = format!("CHR316: WSGIDaemonProcess \"d\": chroot={} is not the jail", site.sandbox.fill(root));
                site.configtest().fails().says(&said);
                site.refuses().fails().says(&said);
            }
            let site = site(mpm, "view", "chroot={jail}").config("ChrootAllowOutside mod_wsgi");
            site.configtest().fails().says("CHR316");
        }

        fn daemons_run_outside_if_that_is_written(mpm: Mpm) {
            let site = site(mpm, "view", "").config("ChrootAllowOutside mod_wsgi").expect_log("CHR320");
            let mut server = site.start();
            for _ in 0..2 {
                let reply = server.get("/app");
                let one = promise::named_by(&reply, "pid");
                assert_eq!((reply.value("passwd"), one.root()), ("seen", server.parent().root()));
                server.graceful();
            }
            server.stop();
        }

        /// Of what a restart takes, nothing is left after it.
        fn restarts_with_daemons_leave_nothing_behind(mpm: Mpm) {
            let mut server = between(site(mpm, "view", "processes=2")).config("").start();
            let rest = |server: &Server| until("rest", || {
                let counts = ProcessCounts::of(server);
                (counts.zombies == 0).then_some(counts)
            });
            (0..4).for_each(|_| server.graceful());
            let few = rest(&server);
            (0..12).for_each(|_| server.graceful());
            let many = rest(&server);
            assert_eq!((few.descriptors, few.module), (many.descriptors, many.module), "{few:?} {many:?}");
            assert!(many.mappings <= few.mappings + 2, "{few:?} {many:?}");
            daemon(&server);
            server.stop();
        }
    }

    /// Without a view Python's library is copied, which takes a while.
    #[test]
    fn a_daemon_answers_from_inside_without_a_view() {
        for way in ["link", "off"] {
            let server = site(Mpm::Prefork, way, "").start_unchecked();
            let begin = std::time::Instant::now();
            while server.try_get("/", std::time::Duration::from_secs(1)).is_none() {
                assert!(begin.elapsed().as_secs() < 200, "{}", server.error_log());
            }
            daemon(&server);
            server.stop();
        }
    }

    /// A module with the name of mod_wsgi that does what mod_wsgi does not.
    fn impostor(mpm: Mpm, name: &str) -> Site {
        let module = programs::module("mod_wsgi").display().to_string();
        // Neither has it Python, nor a directive to restrict it.
        let load = format!(
            "LoadModule wsgi_module \"{module}\"\nWSGIDaemonProcess {name}\nChrootPreflight off"
        );
        Site::new(mpm).config(&load).allow_log("CHR8")
    }

    on_every_mpm! {
        fn a_daemon_that_does_as_mod_wsgi_does_is_jailed(mpm: Mpm) {
            let server = impostor(mpm, "d").start();
            promise::everyone_is_jailed(&server);
            let roots: BTreeSet<_> = server.born().iter().filter_map(|it| it.root().map(|it| it.inode)).collect();
            assert_eq!(roots.len(), 1, "{roots:?}");
            server.stop();
        }

        fn a_daemon_that_becomes_nobody_is_ended(mpm: Mpm) {
            let told = impostor(mpm, "passes").refuses().fails();
            told.says("CHR318: LoadModule \"mod_wsgi\": a daemon of this mod_wsgi does not give up root").says("CHR313");
        }

        fn a_daemon_that_enters_a_directory_by_itself_is_ended(mpm: Mpm) {
            impostor(mpm, "chroots").refuses().fails().says("CHR318").says("CHR313");
        }

        fn a_daemon_that_asks_for_a_stranger_is_ended(mpm: Mpm) {
            let told = impostor(mpm, "stranger").refuses().fails();
            told.says("CHR318: LoadModule \"mod_wsgi\": a daemon is to become \"nobody\" (uid 65534, gid 4243)");
        }
    }

    /// The same with a module that makes none of mod_wsgi's calls: nothing of it can be taken over.
    #[test]
    fn daemons_of_an_unknown_release_are_refused() {
        let module = programs::module("mod_wsgi_unknown").display().to_string();
        let lines = format!("LoadModule wsgi_module \"{module}\"\nWSGIDaemonProcess d");
        let said = "CHR315: LoadModule \"mod_wsgi\": its daemons cannot be made to enter the jail";
        let site = Site::new(Mpm::Event).config(&lines);
        site.configtest().fails().says(said);
        site.refuses().fails().says(said);
        let site = Site::new(Mpm::Event).config(&lines).config("ChrootAllowOutside mod_wsgi");
        site.config("ChrootPreflight off").expect_log("CHR320").start().stop();
    }
}
