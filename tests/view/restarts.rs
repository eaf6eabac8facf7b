//! The view over restarts, beside other servers, and where there can be none.

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::harness::client::get;
    use crate::harness::process_counts::{ProcessCounts, Tail};
    use crate::harness::tools::{ask_program, make_fifo};
    use crate::harness::two_contents::Visitor;
    use crate::harness::{Mpm, Server, Site, on_every_mpm, promise, until};

    fn site() -> Site {
        Site::new(Mpm::Event).with_host_paths()
    }

    fn words(server: &Server) -> String {
        let log = server.error_log();
        log.lines().find(|line| line.contains("CHR903")).expect("a notice").to_owned()
    }

    fn read(server: &Server, path: &str) -> String {
        ask_program(server, &format!("read={path}")).body
    }

    on_every_mpm! {
        /// Each request is answered, from a view that is whole, whichever generation answers.
        fn restarts_in_a_hurry_lose_no_request(mpm: Mpm) {
            let mut server = Site::new(mpm).with_host_paths().start();
            let visitor = Visitor::start(&server, "/index.html");
            for _ in 0..10 {
                for _ in 0..3 {
                    server.parent().signal("USR1");
                }
                assert_eq!(get("/index.html").of(&server).status, 200);
            }
            server.graceful();
            let replies = visitor.stop();
            assert!(!replies.is_empty(), "nobody asked");
            for reply in replies {
                assert_eq!((reply.status, &*reply.body), (200, "hello from inside"));
            }
            promise::everyone_is_jailed(&server);
            server.stop();
        }
    }

    #[test]
    fn temporary_files_are_private_and_stay_over_a_graceful_restart() {
        let mut server = site().start();
        let name =
            server.site.sandbox.base.file_name().expect("a name").to_string_lossy().into_owned();
        for folder in ["/tmp", "/var/tmp"] {
            let path = format!("{folder}/{name}");
            assert_eq!(ask_program(&server, &format!("write={path}")).value("write"), "done");
            assert!(!Path::new(&path).exists(), "{path} on the host");
            server.graceful();
            assert!(read(&server, &path).contains("written"), "{path} after a graceful restart");
            server.restart();
            assert!(read(&server, &path).contains("written"), "{path} after a restart");
        }
        server.stop();
    }

    #[test]
    fn temporary_files_are_no_other_servers() {
        let (one, other) = (site().start(), site().start());
        assert_eq!(ask_program(&one, "write=/tmp/shared").value("write"), "done");
        assert_eq!(
            ask_program(&other, "read=/tmp/shared").value("read"),
            "No such file or directory"
        );
        one.stop();
        let third = site().start();
        assert!(!ask_program(&third, "list=/tmp").body.contains("shared"));
        other.stop();
        third.stop();
    }

    const WITHOUT: &str = "setpriv --bounding-set -sys_admin --inh-caps -sys_admin";

    #[test]
    fn without_the_right_to_mount_a_link_is_made_and_told() {
        let server = site().through(WITHOUT).start();
        let said = words(&server);
        assert!(said.contains("\"link\"") && said.contains("CAP_SYS_ADMIN"), "{said}");
        get("/index.html").of(&server).is(200, &server);
        ask_program(&server, "env=");
        server.stop();
    }

    #[test]
    fn without_the_right_to_mount_a_view_is_refused() {
        let site = site().config("ChrootFixRoot view").through(WITHOUT);
        site.configtest().fails().says("CHR701");
        site.refuses().says("CHR701");
    }

    #[test]
    fn a_request_in_flight_is_answered_from_the_old_view() {
        let mut server = site().writable("run").start();
        let fifo = server.site.sandbox.jail.join("run/fifo");
        make_fifo(&fifo);
        let ask = get(&format!("/cgi-bin/inside?read={}", fifo.display()));
        let before = ask_program(&server, "read=/nothing").value("root").to_owned();
        let port = server.site.sandbox.port.number;
        let asking = std::thread::spawn(move || ask.at(port));
        let program = || {
            server
                .all_processes()
                .into_iter()
                .find(|one| one.command_line().contains("cgi-bin/inside"))
        };
        until("a program", program);
        server.graceful();
        assert_ne!(ask_program(&server, "read=/nothing").value("root"), before);
        std::fs::write(&fifo, "go on").expect("the FIFO");
        let answer = asking.join().expect("a visitor").expect("an answer");
        assert_eq!((answer.status, answer.value("root")), (200, &*before), "{answer:?}");
        assert!(answer.body.contains("go on"), "{answer:?}");
        server.stop();
    }

    /// The parent's table, descriptors and memory, with a view of everything.
    #[test]
    fn three_hundred_graceful_restarts_do_not_grow_the_parent() {
        let site = Site::new(Mpm::Event).config("ChrootProvide users syslog\nMaxMemFree 64");
        let server = site.file("etc/own", "own").start();
        let mut tail = Tail::of(&server);
        let mut gracefully = |times: usize| {
            for _ in 0..times {
                server.parent().signal("USR1");
                tail.next("resuming normal operations");
            }
            until("one generation", || {
                let counts = ProcessCounts::of(&server);
                (server.children().len() <= 2 && counts.zombies == 0).then_some(counts)
            })
        };
        let before = gracefully(30);
        let after = gracefully(300);
        assert_eq!(after.counts(), before.counts(), "{before:?} {after:?}");
        assert!(after.resident <= before.resident + 512, "{before:?} {after:?}");
        server.stop();
    }
}
