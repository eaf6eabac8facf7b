//! Promise 1 over time: whatever is done to a running server, its children are jailed and its parent stays
//! outside.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use crate::harness::{Identity, Mpm, Process, Server, Site, on_every_mpm, promise, until};

    const INSIDE: &str = "hello from inside";

    /// As before and after: pages from inside, children jailed, the same parent outside.
    fn is_in_order(server: &Server, parent: Process) {
        assert_eq!(server.get("/index.html").body, INSIDE);
        promise::everyone_is_jailed(server);
        promise::parent_is_outside(server);
        assert_eq!(server.parent(), parent);
        assert!(parent.is_alive());
    }

    /// Wait for the end of every child that there was.
    fn until_gone(former: &[Process]) {
        until("the end of the former children", || {
            former.iter().all(|child| !child.is_alive()).then_some(())
        });
    }

    /// `httpd -k WORD` on a daemon, until the new children are alone.
    fn control(server: &mut Server, word: &str) {
        let former = server.children();
        let before = server.log_count("resuming normal operations");
        server.control(word).exits(0);
        until("httpd resumes", || {
            (server.log_count("resuming normal operations") > before).then_some(())
        });
        until_gone(&former);
        server.wait_until_serving();
    }

    on_every_mpm! {
        fn a_daemon_is_jailed_again_after_httpd_k_graceful_and_httpd_k_restart(mpm: Mpm) {
            let mut server = Site::new(mpm).start_daemon();
            let parent = server.parent();
            is_in_order(&server, parent);
            for word in ["graceful", "restart", "graceful"] {
                control(&mut server, word);
                is_in_order(&server, parent);
            }
            server.stop();
        }

        fn httpd_k_stop_and_httpd_k_graceful_stop_end_every_process(mpm: Mpm) {
            for word in ["stop", "graceful-stop"] {
                let mut server = Site::new(mpm).start_daemon();
                let children = server.children();
                server.control(word).exits(0);
                server.wait_until_dead();
                until_gone(&children);
                assert!(!server.site.sandbox.pid_file().exists(), "the pid file is left");
                server.stop();
            }
        }

        /// Larger than what the kernel takes ahead, so that the child is still at it.
        fn a_request_in_flight_is_answered_in_full_during_a_graceful_restart(mpm: Mpm) {
            const LARGE: usize = 24 << 20;
            let mut server = Site::new(mpm).file("htdocs/large", &"x".repeat(LARGE)).start();
            let former = server.children();
            let port = server.site.sandbox.port.number;
            let mut visitor = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
            visitor.write_all(b"GET /large HTTP/1.0\r\n\r\n").expect("a request");
            let mut answer = vec![0; 1024];
            visitor.read_exact(&mut answer).expect("the beginning of the answer");
            server.graceful();
            assert_eq!(server.get("/index.html").body, INSIDE);
            assert!(former.iter().any(|child| child.is_alive()), "nobody is at it any more");
            promise::everyone_is_jailed(&server);
            visitor.read_to_end(&mut answer).expect("the rest of the answer");
            assert!(answer.starts_with(b"HTTP/1.1 200"));
            assert_eq!(answer.iter().filter(|&&byte| byte == b'x').count(), LARGE);
            until_gone(&former);
            promise::everyone_is_jailed(&server);
            server.stop();
        }
    }

    /// Write another configuration, reload, and wait until the new children are alone.
    fn reload(server: &mut Server, edit: impl FnOnce(String) -> String) {
        let former = server.children();
        server.edit_configuration(edit);
        server.graceful();
        until_gone(&former);
    }

    on_every_mpm! {
        fn a_reload_with_another_jail_moves_every_child_there(mpm: Mpm) {
            let mut server = Site::new(mpm).start();
            let other = server.site.sandbox.base.join("other");
            fs::create_dir_all(other.join("htdocs")).expect("another jail");
            fs::write(other.join("htdocs/index.html"), "hello from the other").expect("its page");
            let names = [&server.site.sandbox.jail, &other].map(|path| path.display().to_string());
            reload(&mut server, |text| text.replace(&names[0], &names[1]));
            assert_eq!(server.get("/index.html").body, "hello from the other");
            promise::for_everyone(&server, |child| {
                promise::is_inside_of(&other, child)?;
                promise::runs_as(child, 4242, 4243, &[4243, 4244, 4245])?;
                promise::has_no_capability(child)
            });
            promise::parent_is_outside(&server);
            server.stop();
        }

        /// As documented, and said in the log.
        fn a_reload_that_takes_the_jail_away_lets_the_children_out_and_says_so(mpm: Mpm) {
            let mut server = Site::new(mpm).start();
            let (chroot, jail) = ("ChrootDir \"{jail}\"", "DocumentRoot \"{jail}/htdocs\"");
            let sandbox = &server.site.sandbox;
            let (chroot, jail) = (sandbox.fill(chroot), sandbox.fill(jail));
            let open = |text: String| {
                text.replace(&chroot, "ChrootDir none").replace("DocumentRoot \"/htdocs\"", &jail)
            };
            reload(&mut server, open);
            assert_eq!(server.log_count("CHR902"), 1, "{}", server.error_log());
            assert_eq!(server.get("/index.html").body, INSIDE);
            let host = Identity::of("/".as_ref());
            assert!(server.children().iter().all(|child| child.root() == host));

            let close = |text: String| {
                text.replace("ChrootDir none", &chroot).replace(&jail, "DocumentRoot \"/htdocs\"")
            };
            reload(&mut server, close);
            let parent = server.parent();
            is_in_order(&server, parent);
            server.stop();
        }

        fn a_reload_with_another_user_gives_the_children_its_ids_and_no_others(mpm: Mpm) {
            let mut server = Site::new(mpm).start();
            let user = |text: String| {
                text.replace("User jailed", "User \"#33\"").replace("Group jailed", "Group \"#33\"")
            };
            reload(&mut server, user);
            promise::for_everyone(&server, |child| {
                promise::is_inside(&server, child)?;
                promise::runs_as(child, 33, 33, &[33])?;
                promise::has_no_capability(child)
            });
            assert_eq!(server.get("/index.html").body, INSIDE);
            server.stop();
        }

        fn a_reload_gives_the_children_a_group_that_the_user_has_joined_meanwhile(mpm: Mpm) {
            let mut server = Site::new(mpm).start();
            let accounts = server.site.sandbox.server.join("conf/group");
            let mut group = fs::OpenOptions::new().append(true).open(accounts).expect("groups");
            group.write_all(b"jailed4:x:4246:jailed\n").expect("another group");
            reload(&mut server, |text| text);
            promise::for_everyone(&server, |child| {
                promise::runs_as(child, 4242, 4243, &[4243, 4244, 4245, 4246])
            });
            server.stop();
        }
    }

    /// A reload that is refused with this sentence changes nothing.
    fn changes_nothing(edit: impl FnOnce(String) -> String, says: &str) {
        let server = Site::new(Mpm::Event).start_daemon();
        let (parent, children) = (server.parent(), server.children());
        let text = fs::read_to_string(server.site.sandbox.configuration()).expect("text");
        server.edit_configuration(edit);
        for word in ["graceful", "restart"] {
            server.control(word).fails().says(says);
            assert_eq!(server.children(), children);
            is_in_order(&server, parent);
        }
        server.edit_configuration(|_| text);
        server.control("graceful").exits(0);
        server.stop();
    }

    #[test]
    fn a_reload_with_a_syntax_error_is_refused_and_changes_nothing() {
        changes_nothing(|text| text + "NoSuchDirective\n", "NoSuchDirective");
    }

    #[test]
    fn a_reload_with_a_missing_jail_is_refused_and_changes_nothing() {
        changes_nothing(|text| text.replace("/jail\"", "/missing\""), "CHR202");
    }

    #[test]
    fn a_reload_with_the_root_directory_for_a_jail_is_refused_and_changes_nothing() {
        let root = |line: &str| {
            if line.starts_with("ChrootDir") { "ChrootDir /" } else { line }.to_owned()
        };
        changes_nothing(|text| text.lines().map(|line| root(line) + "\n").collect(), "CHR201");
    }

    #[test]
    fn a_reload_with_two_jails_is_refused_and_changes_nothing() {
        changes_nothing(|text| text + "ChrootDir /srv\n", "CHR101");
    }

    #[test]
    fn a_reload_with_root_for_a_user_is_refused_and_changes_nothing() {
        changes_nothing(|text| text.replace("User jailed", "User root"), "running as root");
    }
}
