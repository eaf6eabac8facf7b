//! Promise 12: every known way out of a chroot, tried by a program that a request starts in the jail
//! as the run-as user. docs/escapes.md has the table.
//!
//! What only `ChrootHarden` shuts is shown to be open without it, so that the tests are known to bite.

#[cfg(test)]
mod tests {
    use crate::attacks::{Carrier, Outsider, compiled, module, started_by};
    use crate::harness::{Jail, Mpm, Server, Site, until};
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::net::{SocketAddr, UnixListener};
    use std::thread;

    /// One way, told as what is to be there before the start, and what is asked then.
    struct Way<P: Fn(Site) -> Site, Q: Fn(&Server) -> String> {
        prepare: P,
        query: Q,
    }

    impl<P: Fn(Site) -> Site, Q: Fn(&Server) -> String> Way<P, Q> {
        #[track_caller]
        fn is(&self, answer: &str, harden: &str, carrier: Carrier) {
            let server = (self.prepare)(carrier.scene(harden)).start();
            let reply = carrier.ask(&server, &(self.query)(&server));
            let log = server.error_log();
            assert_eq!(reply.value("answer"), answer, "{carrier:?}, {harden}: {reply:?}\n{log}");
            server.stop();
        }

        /// The jail itself shuts it, whatever is taken from the children.
        #[track_caller]
        fn is_shut_by_the_jail(&self) {
            for carrier in Carrier::ALL {
                self.is("shut", "off", carrier);
            }
        }

        /// It is open without hardening, and shut with it.
        #[track_caller]
        fn is_shut_by(&self, harden: &[&str]) {
            self.is("out", "off", Carrier::Cgi);
            for (carrier, harden) in
                Carrier::ALL.into_iter().flat_map(|one| harden.iter().map(move |it| (one, it)))
            {
                self.is("shut", harden, carrier);
            }
        }
    }

    fn as_it_is(site: Site) -> Site {
        site
    }

    fn always<'a>(query: &'a str) -> Way<fn(Site) -> Site, impl Fn(&Server) -> String + 'a> {
        Way { prepare: as_it_is, query: move |_| query.to_owned() }
    }

    /// A module of the server has left a directory open; it is closed on the way in. mod_unixd closes none.
    #[test]
    fn a_directory_that_a_module_left_open() {
        let load = module("leak");
        let site = Site::new(Mpm::Prefork).jail(Jail::Unixd).modules(&["alias", "cgi"]);
        let site = site.program("cgi-bin/escape", &compiled("escape", &["-static"])).config(&load);
        let server = site.config("ScriptAlias /cgi-bin/ \"{inside}/cgi-bin/\"").start();
        let reply = Carrier::Cgi.ask(&server, "inherited_directory");
        assert_eq!(reply.value("answer"), "out", "{reply:?}");
        server.stop();
        let prepare = |site: Site| site.config(&load);
        Way { prepare, query: |_: &Server| "inherited_directory".into() }.is_shut_by_the_jail();
    }

    #[test]
    fn a_second_chroot() {
        always("second_chroot:/htdocs").is_shut_by_the_jail();
    }

    #[test]
    fn a_user_namespace() {
        always("chroot_in_a_user_namespace:/htdocs").is_shut_by_the_jail();
    }

    #[test]
    fn root_again() {
        always("become_root").is_shut_by_the_jail();
    }

    #[test]
    fn a_device_node() {
        always("device:/run").is_shut_by_the_jail();
    }

    #[test]
    fn a_mount() {
        always("mount_something:/htdocs").is_shut_by_the_jail();
    }

    #[test]
    fn the_newer_mount_calls() {
        always("mount_api").is_shut_by_the_jail();
    }

    #[test]
    fn a_file_handle() {
        always("file_handle").is_shut_by_the_jail();
    }

    #[test]
    fn the_namespace_of_another_process() {
        let outsider = Outsider::start();
        always(&format!("other_namespace:{}", outsider.pid())).is_shut_by_the_jail();
    }

    #[test]
    fn a_signal_to_the_parent() {
        let query = |server: &Server| format!("send_signal:{}", server.parent().pid);
        Way { prepare: as_it_is, query }.is_shut_by_the_jail();
    }

    #[test]
    fn a_trace_of_the_parent() {
        let query = |server: &Server| format!("trace:{}", server.parent().pid);
        Way { prepare: as_it_is, query }.is_shut_by_the_jail();
    }

    #[test]
    fn a_trace_of_a_process_outside() {
        let outsider = Outsider::start();
        always(&format!("trace:{}", outsider.pid())).is_shut_by(&["auto", "full"]);
    }

    #[test]
    fn the_memory_of_a_process_outside() {
        let outsider = Outsider::start();
        always(&format!("read_memory:{}", outsider.pid())).is_shut_by(&["auto", "full"]);
    }

    #[test]
    fn a_descriptor_of_a_process_outside() {
        let outsider = Outsider::start();
        always(&format!("take_descriptor:{}", outsider.pid())).is_shut_by(&["auto", "full"]);
    }

    #[test]
    fn a_signal_to_a_process_outside() {
        let outsider = Outsider::start();
        always(&format!("send_signal:{}", outsider.pid())).is_shut_by(&["auto", "full"]);
    }

    /// procfs in the jail shows the root directory of a process outside.
    #[test]
    fn procfs_in_the_jail() {
        let outsider = Outsider::start();
        let prepare = |site: Site| {
            let mount = "mount -t proc proc '{jail}/proc' || exit 1\nexec HTTPD \"$@\"";
            let site = site.file("proc/.keep", "");
            let httpd = started_by(&site, &site.sandbox.fill(mount));
            site.httpd(&httpd)
        };
        let query = |_: &Server| format!("through_proc:{}", outsider.pid());
        Way { prepare, query }.is_shut_by(&["auto", "full"]);
    }

    #[test]
    fn an_abstract_socket() {
        let name = format!("mod_chroot-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let _listening = UnixListener::bind_addr(&address).expect("a socket");
        always(&format!("abstract_socket:{name}")).is_shut_by(&["auto", "full"]);
    }

    #[test]
    fn a_key_of_who_started_the_server() {
        let keeper = compiled("with_key", &["-static"]);
        let prepare = |site: Site| {
            let httpd = started_by(&site, &format!("exec {} HTTPD \"$@\"", keeper.display()));
            site.httpd(&httpd)
        };
        let query = |_: &Server| "inherited_key:mod_chroot-secret".into();
        Way { prepare, query }.is_shut_by(&["auto", "full"]);
    }

    /// Where the file system allows it, such a program becomes root; it must not get out for all that.
    #[test]
    fn a_setuid_program_of_root() {
        let prepare = |site: Site| {
            let site = site.program("bin/setuid", &compiled("escape", &["-static"]));
            let program = site.sandbox.jail.join("bin/setuid");
            std::fs::set_permissions(program, PermissionsExt::from_mode(0o4755)).expect("its mode");
            site
        };
        let query = |_: &Server| "setuid_program:/bin/setuid".into();
        Way { prepare, query }.is_shut_by(&["auto", "full"]);
    }

    /// Only the file rules shut this one: a descriptor that was sent is as good as one's own.
    #[test]
    fn a_directory_that_an_accomplice_sends() {
        let sender = compiled("accomplice", &["-static"]);
        let way = |harden: &str, carrier: Carrier, answer: &str| {
            let server = carrier.scene(harden).start();
            let socket = server.site.sandbox.jail.join("htdocs/accomplice");
            let _accomplice = Outsider::running(&sender, &socket);
            until("the accomplice listens", || socket.exists().then_some(()));
            let asked = || carrier.ask(&server, "sent_directory:/htdocs/accomplice");
            let reply = until("he sends", || {
                let reply = asked();
                (!reply.value("reason").starts_with("connect")).then_some(reply)
            });
            assert_eq!(reply.value("answer"), answer, "{carrier:?}, {harden}: {reply:?}");
            server.stop();
        };
        way("off", Carrier::Cgi, "out");
        Carrier::ALL.into_iter().for_each(|carrier| way("full", carrier, "shut"));
    }

    /// Somebody outside moves a directory out of the jail while a program works in it.
    #[test]
    fn a_directory_that_is_moved_out() {
        let way = |harden: &str, carrier: Carrier, answer: &str| {
            let server = carrier.scene(harden).file("moving/inner/.keep", "").start();
            let sandbox = &server.site.sandbox;
            let (inside, outside) = (sandbox.jail.join("moving/inner"), sandbox.base.join("moved"));
            chown(&inside, Some(4242), Some(4243)).expect("its owner");
            let mover = thread::spawn(move || {
                until("the program is there", || inside.join("ready").exists().then_some(()));
                std::fs::rename(&inside, &outside).expect("moved");
                std::fs::write(outside.join("go"), "").expect("a sign");
            });
            let reply = carrier.ask(&server, "moved_directory:/moving/inner");
            mover.join().expect("the mover");
            assert_eq!(reply.value("answer"), answer, "{carrier:?}, {harden}: {reply:?}");
            server.stop();
        };
        way("off", Carrier::Cgi, "out");
        Carrier::ALL.into_iter().for_each(|carrier| way("full", carrier, "shut"));
    }
}
