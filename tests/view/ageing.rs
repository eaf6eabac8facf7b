//! Leftovers of killed requests do not stay in the private `/tmp` for ever: files that have not been used for ten days are removed,
//! by a process that is in the jail and not root.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{lchown, symlink};
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    use crate::harness::client::get;
    use crate::harness::identity::UID;
    use crate::harness::poll::until;
    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Server, Site, programs};

    const DAY: u64 = 24 * 60 * 60;

    /// A site whose date is what the file `clock` says, and whose trials are stopped while there is a file `stop`.
    fn site() -> Site {
        let [clock, stop] =
            ["clock", "stop_trial"].map(|it| programs::shim(it).display().to_string());
        Site::new(Mpm::Event).with_host_paths().config("LogLevel chroot:info").through(&format!(
            "env CLOCK=\"{{base}}/clock\" STOP_AFTER=\"{{base}}/stop\" LD_PRELOAD=\"{clock} {stop}\""
        ))
    }

    /// The private `/tmp`, seen from outside.
    fn tmp(server: &Server) -> PathBuf {
        server.children()[0].path("root/tmp")
    }

    fn set_days_later(server: &Server, days: u64) {
        let clock = server.site.sandbox.base.join("clock");
        fs::write(clock, (days * DAY).to_string()).expect("a date");
    }

    fn names(server: &Server) -> Vec<String> {
        let answer = ask_program(server, "list=/tmp");
        answer.body.lines().filter(|line| !line.contains('=')).map(str::to_owned).collect()
    }

    #[test]
    fn what_a_killed_request_leaves_is_removed_after_ten_days() {
        let site = site().writable("data").file("data/precious", "of the site");
        let precious = site.sandbox.jail.join("data/precious");
        lchown(&precious, Some(UID), None).expect("an owner");
        let mut server = site.start();
        for folder in ["upload", "upload/part"] {
            assert_eq!(
                ask_program(&server, &format!("mkdir=/tmp/{folder}")).value("mkdir"),
                "done"
            );
        }
        for name in ["left", "upload/part/file", "young"] {
            assert_eq!(ask_program(&server, &format!("write=/tmp/{name}")).value("write"), "done");
        }
        let tmp = tmp(&server);
        let young = fs::File::options().write(true).open(tmp.join("young")).expect("a file");
        young.set_modified(SystemTime::now() + Duration::from_secs(10 * DAY)).expect("a time");
        symlink(precious.parent().expect("a folder"), tmp.join("link")).expect("a link");
        fs::write(tmp.join("of-root"), "x").expect("a file");
        let live = UnixListener::bind(tmp.join("live")).expect("a socket");
        drop(UnixListener::bind(tmp.join("dead")).expect("a socket"));
        for name in ["link", "live", "dead"] {
            lchown(tmp.join(name), Some(UID), None).expect("an owner");
        }
        set_days_later(&server, 11);
        until("the removal", || (names(&server) == ["live", "of-root", "young"]).then_some(()));
        server.expect_log("CHR745: ChrootDir");
        assert!(precious.exists());
        drop(live);
        server.stop();
    }

    /// As any process of the same user could do.
    #[test]
    fn nobody_waits_for_a_process_that_is_stopped_while_it_removes() {
        let mut server = site().start();
        assert_eq!(ask_program(&server, "write=/tmp/left").value("write"), "done");
        let stop = server.site.sandbox.base.join("stop");
        fs::write(&stop, "").expect("a file");
        set_days_later(&server, 11);
        server.expect_log("CHR746: ChrootDir");
        until("the message", || (server.log_count("CHR746") > 0).then_some(()));
        get("/").of(&server).is(200, &server);
        fs::remove_file(&stop).expect("it goes");
        set_days_later(&server, 13);
        until("the removal", || names(&server).is_empty().then_some(()));
        server.expect_log("CHR745: ChrootDir");
        server.stop();
    }
}
