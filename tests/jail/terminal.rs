//! Promise 12: a server that is started in a terminal keeps it, and its children do not: what a program types into a
//! terminal is read by the shell outside.

#[cfg(test)]
mod tests {
    use crate::attacks::{module, started_by};
    use crate::harness::{Jail, Mpm, Process, Site, fixtures, on_every_mpm, promise};

    /// In the foreground of a terminal, although it is asked to be a daemon: as a shell starts it, or as the first
    /// process of a session, as in a container.
    fn in_a_terminal(site: Site, by_a_shell: bool) -> Site {
        let words = "words=$(printf '%s ' \"$@\")\ncase $words in *' -X '*) how=;; *) how=-DFOREGROUND;; esac";
        let (before, after) = if by_a_shell { ("", "; true") } else { ("exec ", "") };
        let line = format!(
            "setsid script -qec \"{before}HTTPD ${{words% -k start *}} $how{after}\" /dev/null"
        );
        let httpd = started_by(&site, &format!("{words}\n{line} </dev/null >/dev/null 2>&1 &"));
        site.httpd(&httpd)
    }

    /// The number of its terminal, and whether it leads its session.
    fn terminal_of(process: Process) -> (String, bool) {
        let stat = std::fs::read_to_string(process.path("stat")).expect("its state");
        let fields: Vec<_> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
        (fields[4].to_owned(), fields[3] == process.pid.to_string())
    }

    fn holds_a_terminal(process: Process) -> bool {
        process.descriptors().iter().any(|path| path.starts_with("/dev/pts"))
    }

    #[track_caller]
    fn has_no_terminal(process: Process) {
        assert_eq!(terminal_of(process).0, "0", "{process:?}");
        assert!(!holds_a_terminal(process), "{process:?}: {:?}", process.descriptors());
    }

    on_every_mpm! {
        /// mod_unixd leaves it to them.
        fn what_a_child_types_is_read_outside_without_this_module(mpm: Mpm) {
            let site = Site::new(mpm).jail(Jail::Unixd).config(&module("type"));
            let server = in_a_terminal(site, true).start_daemon();
            let reply = server.get("/type");
            assert_eq!(reply.value("answer"), "out", "{reply:?}");
            server.stop();
        }

        fn children_give_up_the_terminal_and_the_parent_keeps_it(mpm: Mpm) {
            for by_a_shell in [true, false] {
                let site = Site::new(mpm).config(&module("type")).config("ChrootHarden off");
                let site = site.allow_log("CHR921");
                let mut server = in_a_terminal(site, by_a_shell).start_daemon();
                let (terminal, leads) = terminal_of(server.parent());
                assert_ne!(terminal, "0", "the scene has no terminal");
                assert_eq!(leads, !by_a_shell, "who leads the session");
                assert!(holds_a_terminal(server.parent()));
                for _ in 0..2 {
                    server.all_processes().into_iter().for_each(has_no_terminal);
                    let reply = server.get("/type");
                    assert_eq!(reply.value("answer"), "shut", "{reply:?}");
                    server.graceful();
                }
                assert_eq!(terminal_of(server.parent()).0, terminal);
                server.stop();
            }
        }
    }

    #[test]
    fn daemons_that_start_programs_give_it_up_too() {
        for site in [fixtures::with_cgi(Mpm::Event), fixtures::with_fcgid(Mpm::Worker)] {
            let server = in_a_terminal(site, true).start_daemon();
            assert_ne!(terminal_of(server.parent()).0, "0", "the scene has no terminal");
            server.all_processes().into_iter().for_each(has_no_terminal);
            server.stop();
        }
    }

    /// The one process of `httpd -X` goes on without it, also if it leads the session and would be hung up.
    #[test]
    fn a_single_process_gives_it_up() {
        for by_a_shell in [true, false] {
            let site = Site::new(Mpm::Prefork).argument("-X").config(&module("type"));
            let site = site.allow_log("CHR306");
            let server = in_a_terminal(site, by_a_shell).start_daemon();
            has_no_terminal(server.parent());
            assert_eq!(server.get("/type").value("answer"), "shut");
            promise::kept(promise::is_inside(&server, server.parent()), &server);
            server.stop();
        }
    }

    /// The log of a child is a descriptor of the child.
    #[test]
    fn a_log_on_the_terminal_is_refused_and_the_advice_helps() {
        let run = "exec script -qefc \"HTTPD $*\" {server}/logs/error.log </dev/null >/dev/null";
        let site = Site::new(Mpm::Event).config("ErrorLog /dev/stderr");
        let httpd = started_by(&site, &site.sandbox.fill(run));
        let site = site.httpd(&httpd);
        site.refuses().says("CHR408: ").says("ErrorLog \"|/bin/cat\"");
        let site = Site::new(Mpm::Event).config("ErrorLog \"|/bin/cat\"");
        let httpd = started_by(&site, &site.sandbox.fill(run));
        let site = site.allow_log("Script ").allow_log("Session terminated");
        let mut server = site.httpd(&httpd).start_unchecked();
        assert!(server.serves_or_ends(), "{}", server.error_log());
        server.stop();
    }
}
