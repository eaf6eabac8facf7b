//! Promise 1 for logs: they are the parent's, outside, and rotate and run through pipes as ever.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use crate::harness::{Identity, Mpm, Process, Server, Site, on_every_mpm, promise, until};

    const LOGS: [&str; 2] = ["error.log", "access.log"];

    /// Every page is told in the access log, and a page that is not there in the error log, by the child that
    /// looked for it.
    fn logging(mpm: Mpm) -> Site {
        Site::new(mpm)
            .modules(&["log_config"])
            .config("LogLevel notice core:info\nCustomLog logs/access.log \"%P %U\"")
    }

    /// The same with the access log written by a program that the parent starts.
    fn piping(mpm: Mpm) -> Site {
        let site = Site::new(mpm).modules(&["log_config"]).config("LogLevel notice core:info");
        site.config("CustomLog \"|$exec cat >>'{server}/logs/access.log'\" \"%P %U\"")
    }

    /// Both logs. httpd forgets the program of the error log on a restart, and wonders at its end.
    fn piping_both(mpm: Mpm) -> Site {
        let site = piping(mpm).allow_log("long lost child came home!");
        site.config("ErrorLog \"|$exec cat >>'{server}/logs/error.log'\"")
    }

    fn log(server: &Server, name: &str) -> PathBuf {
        server.site.sandbox.server.join("logs").join(name)
    }

    fn holds(file: &Path, words: &str) -> bool {
        fs::read_to_string(file).unwrap_or_default().contains(words)
    }

    /// Ask for a page that is not there; both logs tell it.
    fn is_logged(server: &Server, page: &str) {
        assert_eq!(server.get(page).status, 404);
        for name in LOGS {
            until(name, || holds(&log(server, name), page).then_some(()));
        }
    }

    on_every_mpm! {
        fn logs_that_were_renamed_are_begun_anew_by_a_graceful_restart(mpm: Mpm) {
            let server = logging(mpm).start();
            let former = server.children();
            is_logged(&server, "/first");
            for name in LOGS {
                fs::rename(log(&server, name), log(&server, &format!("{name}.1"))).expect("a rename");
            }
            // The new log begins with the restart: nothing in it yet to compare with.
            server.parent().signal("USR1");
            until("the end of the former children", || {
                former.iter().all(|child| !child.is_alive()).then_some(())
            });
            is_logged(&server, "/second");
            for name in LOGS {
                assert!(!holds(&log(&server, name), "/first"));
                assert!(!holds(&log(&server, &format!("{name}.1")), "/second"));
            }
            promise::everyone_is_jailed(&server);
            server.stop();
        }
    }

    /// What the parent has started, once it is settled: the loggers, which are root, and the children.
    fn loggers_and_children(server: &Server, count: usize) -> (Vec<Process>, Vec<Process>) {
        until("loggers, and children", || {
            let is_logger = |one: &Process| one.command_line().starts_with("cat ");
            let (loggers, children): (Vec<_>, Vec<_>) =
                server.born().into_iter().partition(is_logger);
            eprintln!(
                "{:?}",
                server
                    .born()
                    .iter()
                    .map(|b| (b.pid, b.command_line(), b.uids()))
                    .collect::<Vec<_>>()
            );
            let settled = children.iter().all(|child| !child.uids().contains(&0));
            let complete = loggers.len() == count && !children.is_empty();
            (complete && settled).then_some((loggers, children))
        })
    }

    fn are_where_they_belong(server: &Server, count: usize) -> Vec<Process> {
        let (loggers, children) = loggers_and_children(server, count);
        for logger in &loggers {
            assert_eq!(logger.root(), Identity::of("/".as_ref()), "{logger:?}");
            assert_eq!(logger.uids(), [0; 4], "{logger:?}");
        }
        for child in children {
            promise::kept(promise::is_jailed(server, child), server);
        }
        promise::parent_is_outside(server);
        loggers
    }

    on_every_mpm! {
        fn piped_logs_are_written_outside_and_what_the_jailed_children_say_arrives(mpm: Mpm) {
            let mut server = piping_both(mpm).start_unchecked();
            server.wait_until_serving();
            is_logged(&server, "/first");
            let first = are_where_they_belong(&server, 2);
            server.graceful();
            until("the end of the former loggers", || {
                first.iter().all(|logger| !logger.is_alive()).then_some(())
            });
            is_logged(&server, "/second");
            are_where_they_belong(&server, 2);
            server.stop();
        }

        fn a_piped_log_program_that_died_is_started_again_outside(mpm: Mpm) {
            let site = piping(mpm).allow_log("AH00106");
            let mut server = site.start_unchecked();
            server.wait_until_serving();
            let former = are_where_they_belong(&server, 1);
            former.iter().for_each(|logger| logger.signal("KILL"));
            until("another logger", || {
                let (loggers, _) = loggers_and_children(&server, 1);
                loggers.iter().all(|one| !former.contains(one)).then_some(())
            });
            is_logged(&server, "/first");
            are_where_they_belong(&server, 1);
            server.stop();
        }
    }

    /// Messages in `text`, without those lines that begin as every other line of the log: `[time] [chroot:level] [pid`.
    fn bare(text: &str) -> Vec<&str> {
        let is_complete = |line: &str| {
            let parts: Vec<_> = line.split("] [").collect();
            parts.len() > 2 && line.starts_with('[') && parts[1].starts_with("chroot:")
        };
        text.lines().filter(|line| line.contains("CHR") && !is_complete(line)).collect()
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_default()
    }

    /// A jail with warnings of every moment: others can change the way to it, a module that is permitted is not there, a
    /// file that is configured is missing, and something in it should not be there.
    fn warning(mpm: Mpm) -> Site {
        let site = Site::new(mpm).allow_log("CHR");
        site.sandbox.writable("htdocs/x");
        std::os::unix::fs::chown(&site.sandbox.jail, Some(4242), None).expect("chown");
        let link = site.sandbox.jail.join("htdocs/above");
        std::os::unix::fs::symlink("../../../../../etc/passwd", link).expect("a link");
        site.modules(&["alias"])
            .config("ChrootCheck warn\nChrootAllowOutside mod_absent\nChrootPreflight warn\nScriptAlias /x {jail}/htdocs/none")
    }

    on_every_mpm! {
        fn warnings_in_the_error_log_have_time_level_and_module(mpm: Mpm) {
            let site = warning(mpm);
            let terminal = site.configtest().says("CHR211: ChrootDir").output;
            assert_eq!(bare(&terminal).len(), terminal.matches("CHR").count(), "{terminal}");
            let mut server = site.start_daemon();
            let shown = read(&server.site.sandbox.stderr());
            assert!(shown.lines().any(|line| line.starts_with("CHR211: ")), "{shown}");
            let log = |server: &Server| read(&server.site.sandbox.error_log());
            assert_eq!(bare(&log(&server)), [""; 0]);
            for restart in [Server::graceful, Server::restart] {
                let before = server.log_count("CHR211");
                restart(&mut server);
                assert!(server.log_count("CHR211") > before, "{}", log(&server));
                assert_eq!(bare(&log(&server)), [""; 0]);
            }
            let before = server.log_count("resuming normal operations");
            let terminal = server.control("restart").says("CHR211: ").output;
            assert!(!bare(&terminal).is_empty(), "{terminal}");
            until("httpd resumes", || {
                (server.log_count("resuming normal operations") > before).then_some(())
            });
            assert_eq!(bare(&log(&server)), [""; 0]);
            server.stop();
        }
    }
}
