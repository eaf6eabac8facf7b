//! Promise 4: nothing from inside the jail is used with privilege.
//!
//! The jail holds a name service library that tells as whom it was loaded. That the trap bites is shown apart.
//!
//! What strace shows of a start: a child, and mod_cgid's daemon, make one call as root in the jail, chdir("/");
//! mod_fcgid's manager, which mod_unixd takes in, asks for its uid as well. Whatever is opened, loaded, connected
//! or executed is so before, outside, or afterwards, as the jailed user.

#[cfg(test)]
mod tests {
    use std::process::Command;

    use crate::harness::{
        Jail, Mpm, Server, Site, fixtures, launch, nss_trap, on_every_mpm, programs, promise, until,
    };

    const ROOT: &str = "uid=0 euid=0";

    /// The trap, and more look-ups: `/~somebody/` makes a child ask for a user.
    fn trapped(site: Site) -> Site {
        nss_trap::install(site)
            .modules(&["userdir"])
            .config("UserDir public_html")
            // Homes of users are not in this jail.
            .allow_log("CHR801: UserDir")
            .allow_log("CHR808")
    }

    #[track_caller]
    fn was_never_sprung_by_root(server: &Server) {
        server.get("/~somebody/");
        let sprung = nss_trap::read_uids(&server.site.sandbox.jail);
        assert!(!sprung.iter().any(|ids| ids.contains("uid=0")), "{sprung:?}");
    }

    /// The trap bites: a program that enters a jail and then asks for groups runs the library as root.
    #[test]
    fn a_program_that_looks_up_groups_inside_runs_the_library_as_root() {
        let site = nss_trap::install(Site::new(Mpm::Prefork));
        let mut program = Command::new("true");
        program.env("LD_PRELOAD", programs::shim("initgroups"));
        let status = program.env("TRAP_JAIL", &site.sandbox.jail).status().expect("true");
        assert!(status.success(), "{status}");
        assert_eq!(nss_trap::read_uids(&site.sandbox.jail), [ROOT]);
    }

    on_every_mpm! {
        /// The trap bites in httpd too: a module that only enters, as the obvious one does, runs it as root.
        fn a_module_that_only_enters_runs_the_library_as_root(mpm: Mpm) {
            let module = programs::module("naive").display().to_string();
            let site = nss_trap::install(Site::new(mpm).jail(Jail::None));
            let jail = site.sandbox.jail.display().to_string();
            let load = format!("LoadModule naive_module \"{module}\"\nLoadFile \"{}\"",
                programs::library("libgcc_s.so.1").display());
            let server = site.config(&load).environment("NAIVE_JAIL", &jail).start();
            let sprung = nss_trap::read_uids(&server.site.sandbox.jail);
            assert!(sprung.contains(&ROOT.to_owned()), "{sprung:?}");
            server.stop();
        }

        fn children_never_run_the_library_as_root(mpm: Mpm) {
            let mut server = trapped(Site::new(mpm)).start();
            server.graceful();
            server.restart();
            promise::everyone_is_jailed(&server);
            was_never_sprung_by_root(&server);
            server.stop();
        }

        fn children_of_a_user_without_a_name_never_run_the_library_as_root(mpm: Mpm) {
            let server = trapped(Site::new(mpm)).user("#4999", "#4998", 4999).start();
            was_never_sprung_by_root(&server);
            server.stop();
        }

        /// The program of a visitor may run it, as the jailed user, and does.
        fn the_cgi_daemon_never_runs_the_library_as_root(mpm: Mpm) {
            let site = trapped(fixtures::with_cgi(mpm)).expect_log("AH01239");
            let program = launch::program(&site, "lookup");
            let site = site.program("cgi-bin/lookup", &program);
            let server = site.allow_log("stderr from /cgi-bin/witness").start();
            let first = promise::named_by(&server.get("/cgi-bin/witness"), "ppid");
            first.signal("KILL");
            until("another CGI daemon answers", || {
                let reply = server.get("/cgi-bin/witness");
                (reply.status == 200 && promise::named_by(&reply, "ppid") != first).then_some(())
            });
            was_never_sprung_by_root(&server);
            assert_eq!(server.get("/cgi-bin/lookup").body, "looked up\n");
            assert_eq!(nss_trap::read_uids(&server.site.sandbox.jail), ["uid=4242 euid=4242"]);
            server.stop();
        }

        fn the_fcgid_manager_never_runs_the_library_as_root(mpm: Mpm) {
            let mut server = trapped(fixtures::with_fcgid(mpm)).start();
            assert_eq!(server.get("/app/witness").value("uid"), "4242");
            server.graceful();
            assert_eq!(server.get("/app/witness").value("uid"), "4242");
            was_never_sprung_by_root(&server);
            server.stop();
        }
    }

    /// Start, ask for `page`, restart gracefully, ask again and stop, under strace.
    fn traced(site: Site, page: &str) -> Vec<nss_trap::Trace> {
        let site = site.through("strace -D -ff -qq -o \"{server}/logs/trace\"");
        let mut server = site.start();
        server.get(page);
        server.graceful();
        server.get(page);
        let children = server.children();
        server.parent().signal("TERM");
        server.wait_until_dead();
        until("the end of every trace", || {
            children.iter().all(|child| !child.path("status").exists()).then_some(())
        });
        let traces = nss_trap::Trace::all(&server.site.sandbox.server.join("logs/trace"));
        server.stop();
        traces
    }

    /// That the entrance is closed, and the filter, which refuses the calls of an entry.
    const ASKS: &str = "fcntl(";
    const FILTERS: &str = "seccomp(SECCOMP_SET_MODE_FILTER";

    /// Between the entry and the end of its being root each process makes these calls only.
    fn does_as_root_inside(traces: &[nss_trap::Trace], allowed: &[&str]) {
        let entered: Vec<_> = traces.iter().filter_map(nss_trap::Trace::as_root_inside).collect();
        assert!(entered.len() >= 3, "{} processes have entered", entered.len());
        for calls in entered {
            let is_allowed = |call: &&&str| !allowed.iter().any(|one| call.starts_with(one));
            let others: Vec<_> = calls.iter().filter(is_allowed).collect();
            assert!(others.is_empty(), "as root inside: {others:?} of {calls:?}");
        }
    }

    /// Looks up a user, as a visitor's program may.
    const LOOKS_UP: &str = "import pwd\n\
        def application(environ, start):\n \
            start('200 OK', [('Content-Type', 'text/plain')])\n \
            return [pwd.getpwnam('somebody').pw_name.encode()]\n";

    on_every_mpm! {
        fn a_daemon_of_mod_wsgi_never_runs_the_library_as_root(mpm: Mpm) {
            let mut server = trapped(fixtures::with_wsgi(mpm, LOOKS_UP)).start();
            assert_eq!(server.get("/app").body, "somebody");
            server.graceful();
            assert_eq!(server.get("/app").body, "somebody");
            was_never_sprung_by_root(&server);
            server.stop();
        }

        fn a_daemon_of_mod_wsgi_does_nothing_as_root_in_the_jail_but_go_to_its_root(mpm: Mpm) {
            let traces = traced(trapped(fixtures::with_wsgi(mpm, LOOKS_UP)), "/app");
            does_as_root_inside(&traces, &["chdir(\"/\")", ASKS, FILTERS]);
        }
    }

    on_every_mpm! {
        /// No file, library, socket or program of the jail is touched by root: there is one call in between.
        fn a_child_does_nothing_as_root_in_the_jail_but_go_to_its_root(mpm: Mpm) {
            let traces = traced(trapped(Site::new(mpm)), "/~somebody/");
            does_as_root_inside(&traces, &["chdir(\"/\")", ASKS, FILTERS]);
        }

        fn the_cgi_daemon_does_nothing_as_root_in_the_jail_but_go_to_its_root(mpm: Mpm) {
            let traces = traced(trapped(fixtures::with_cgi(mpm)), "/cgi-bin/witness");
            does_as_root_inside(&traces, &["chdir(\"/\")", ASKS, FILTERS]);
        }

        /// mod_unixd takes it in.
        fn the_fcgid_manager_does_nothing_as_root_in_the_jail_but_go_to_its_root(mpm: Mpm) {
            let traces = traced(trapped(fixtures::with_fcgid(mpm)), "/app/witness");
            does_as_root_inside(&traces, &["chdir(\"/\")", "geteuid()", ASKS, FILTERS]);
        }
    }
}
