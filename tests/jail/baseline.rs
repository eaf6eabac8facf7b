//! What httpd's own mod_unixd does with `ChrootDir`, for comparison: the same promises, and where they break.

#[cfg(test)]
mod tests {
    use crate::harness::{Identity, Jail, Mpm, Process, Site, fixtures, on_every_mpm, promise};

    fn sees_the_host(process: Process) -> bool {
        process.root() == Identity::of("/".as_ref())
    }

    on_every_mpm! {
        /// The harness can tell a jailed server from one that is not.
        fn without_a_jail_every_child_sees_the_whole_host(mpm: Mpm) {
            let server = fixtures::with_cgi(mpm).jail(Jail::None).start();
            assert_eq!(server.get("/index.html").body, "hello from inside");
            assert!(server.all_processes().into_iter().all(sees_the_host));
            promise::for_everyone(&server, |process| {
                promise::runs_as(process, 4242, 4243, &[4243, 4244, 4245])
            });
            assert_eq!(server.get("/cgi-bin/witness").value("passwd"), "visible");
            server.stop();
        }

        /// The reference keeps the first promise, as long as nothing is unusual.
        fn unixd_jails_children_and_the_cgi_daemon(mpm: Mpm) {
            let server = fixtures::with_cgi(mpm).jail(Jail::Unixd).start();
            promise::answered_from_inside(&server, &server.get("/cgi-bin/witness"));
            promise::for_everyone(&server, |process| {
                promise::is_inside(&server, process)?;
                promise::runs_as(process, 4242, 4243, &[4243, 4244, 4245])?;
                promise::has_no_capability(process)
            });
            promise::parent_is_outside(&server);
            server.stop();
        }

        /// The reference jails the manager of mod_fcgid as well.
        fn unixd_jails_the_fcgid_manager_and_its_applications(mpm: Mpm) {
            let server = fixtures::with_fcgid(mpm).jail(Jail::Unixd).start();
            promise::answered_from_inside(&server, &server.get("/app/witness"));
            promise::for_everyone(&server, |process| promise::is_inside(&server, process));
            server.stop();
        }

        /// The reference takes `/` for a jail and serves, unjailed.
        fn unixd_serves_unjailed_when_the_jail_is_the_root_directory(mpm: Mpm) {
            let site = Site::new(mpm).jail(Jail::Unixd).bare();
            let server = site.config("ChrootDir /\nDocumentRoot \"{jail}/htdocs\"").start();
            assert_eq!(server.get("/index.html").body, "hello from inside");
            assert!(server.children().into_iter().all(sees_the_host));
            server.stop();
        }
    }

    /// The reference accepts a jail that anybody may rename or fill.
    #[test]
    fn unixd_says_syntax_ok_to_a_jail_that_is_a_link_to_the_root_directory() {
        let site = Site::new(Mpm::Event).jail(Jail::Unixd).chroot("\"{base}/link\"");
        std::os::unix::fs::symlink("/", site.sandbox.base.join("link")).expect("a link");
        site.configtest().says("Syntax OK").exits(0);
    }

    /// The reference serves from whatever bears the jail's name when a child is born.
    #[test]
    fn unixd_enters_another_directory_that_took_the_place_of_the_jail() {
        let server = Site::new(Mpm::Prefork).jail(Jail::Unixd).start();
        let (checked, moved) = (server.jail(), server.site.sandbox.base.join("moved"));
        std::fs::rename(&server.site.sandbox.jail, moved).expect("the jail moved");
        std::fs::create_dir(&server.site.sandbox.jail).expect("another in its place");
        let born_before = server.children();
        born_before.iter().for_each(|child| child.signal("KILL"));
        let born_after = || server.children().into_iter().find(|one| !born_before.contains(one));
        let child = crate::harness::until("a new child", born_after);
        assert_ne!(child.root(), Some(checked));
        assert_eq!(child.root(), Some(server.jail()));
        server.stop();
    }
}
