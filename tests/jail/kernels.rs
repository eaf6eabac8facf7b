//! Promise 12 on other kernels than this one: what a system lacks is said, and what fails in a child
//! ends it.

#[cfg(test)]
mod tests {
    use crate::attacks::{Carrier, Outsider, compiled, started_by};
    use crate::harness::{Mpm, Server, Site};

    fn message(server: &Server) -> String {
        let log = server.error_log();
        log.lines().find(|line| line.contains("CHR911")).expect("the message").to_owned()
    }

    /// The scene on a kernel whose Landlock has this ABI.
    fn on(site: Site, abi: &str) -> Site {
        let library = compiled("kernel", &["-shared", "-fPIC"]);
        site.environment("LD_PRELOAD", &library.to_string_lossy())
            .environment("MOD_CHROOT_LANDLOCK", abi)
            .allow_log("CHR921")
    }

    /// A kernel that was built without it, and one that was started without it: neither can be allowed in a unit.
    #[test]
    fn a_kernel_without_landlock_does_without_and_says_so() {
        // Under a filter, as in a container, nobody knows whether it is the filter that hides the call.
        let status = std::fs::read_to_string("/proc/self/status").expect("this process");
        let is_filtered = !status.contains("Seccomp:\t0");
        let switched_off = "the kernel was started without it (lsm= lacks landlock)";
        for (abi, cause) in [("none", "this system has none"), ("0", switched_off)] {
            let server = on(Site::new(Mpm::Event), abi).start();
            let said = message(&server);
            assert!(said.contains(&format!("absent: Landlock domain ({cause}")), "{said}");
            let names_a_unit = said.contains("SystemCallFilter=landlock_create_ruleset");
            assert_eq!(names_a_unit, is_filtered && abi == "none", "{said}");
            server.stop();
        }
    }

    #[test]
    fn full_is_refused_without_landlock() {
        on(Site::new(Mpm::Event), "0").config("ChrootHarden full").refuses().says("CHR412").fails();
    }

    /// The first Landlock would forbid to rename from one directory to another.
    #[test]
    fn the_first_landlock_is_not_used() {
        let server = on(Site::new(Mpm::Event), "1").start();
        assert!(message(&server).contains("absent: Landlock domain"), "{}", message(&server));
        server.stop();
    }

    /// Before there were scopes a domain keeps tracers in all the same.
    #[test]
    fn a_landlock_without_scopes_shuts_tracing() {
        let outsider = Outsider::start();
        let ports = ", TCP ports to bind";
        for (abi, more) in [("2", ""), ("3", ""), ("4", ports), ("5", ports)] {
            let server = on(Carrier::Cgi.scene("auto"), abi).start();
            let said = message(&server);
            assert!(
                said.contains(&format!("Landlock domain (ABI {abi}: tracing{more})")),
                "{said}"
            );
            let answer = |way: &str| {
                let reply = Carrier::Cgi.ask(&server, &format!("{way}:{}", outsider.pid()));
                reply.value("answer").to_owned()
            };
            assert_eq!(answer("trace"), "shut");
            assert_eq!(answer("send_signal"), "out");
            server.stop();
        }
    }

    /// It must say that it rules files to be a domain, and rules none that a site uses.
    #[test]
    fn a_landlock_without_scopes_lets_a_program_rename_between_directories() {
        let site = Carrier::Cgi.scene("auto").writable("one").writable("two");
        let server = on(site, "2").start();
        assert!(message(&server).contains("Landlock domain (ABI 2"), "{}", message(&server));
        let reply = Carrier::Cgi.ask(&server, "move_file:/one/a:/two/b");
        assert_eq!(reply.value("reason"), "moved", "{reply:?}");
        server.stop();
    }

    /// As in a container that may not take capabilities away.
    #[test]
    fn what_is_denied_to_root_is_said() {
        let site = Site::new(Mpm::Event);
        let lines = "exec setpriv --bounding-set=-setpcap HTTPD \"$@\"";
        let httpd = started_by(&site, lines);
        let server = site.httpd(&httpd).start();
        let said = message(&server);
        assert!(said.contains("absent: empty capability bounding set (Operation"), "{said}");
        assert!(said.contains("CapabilityBoundingSet=CAP_SETPCAP"), "{said}");
        assert!(said.contains("docs/platforms.md#systemd"), "{said}");
        server.stop();
    }

    /// A site on which this goes wrong in children: httpd writes its PidFile before it makes the first of them.
    fn faulty(fault: &str) -> Site {
        let site = on(Site::new(Mpm::Event), "7").config("ChrootPreflight off");
        let after = site.sandbox.fill("{server}/run/httpd.pid");
        site.environment("MOD_CHROOT_FAULT", fault).environment("MOD_CHROOT_FAULT_AFTER", &after)
    }

    /// What goes wrong in a child keeps the server from serving, and is said.
    #[track_caller]
    fn is_not_served(fault: &str, id: &str, words: &str) {
        let site = faulty(fault);
        site.refuses().says(id).says(words).says("AH00050");
    }

    /// It worked in the trial, so it must work in each child.
    #[test]
    fn a_child_that_cannot_be_hardened_does_not_serve() {
        is_not_served("keyctl", "CHR411", "session keyring of its own worked");
    }

    #[test]
    fn a_child_that_may_write_to_its_root_does_not_serve() {
        is_not_served("writable", "CHR215", "uid 4242");
    }

    #[test]
    fn a_child_that_can_gain_privileges_after_all_does_not_serve() {
        is_not_served("privileges", "CHR511", "no_new_privs is not in force");
    }

    /// A process that others of its user may not trace is root's own in procfs.
    #[test]
    fn tracers_stay_refused_whatever_the_system_does_to_a_process_that_changes_its_user() {
        use std::os::unix::fs::MetadataExt;
        let site = on(Site::new(Mpm::Event), "7").environment("MOD_CHROOT_SUID_DUMPABLE", "1");
        let server = site.start();
        for child in server.children() {
            let owner = std::fs::metadata(child.path("status")).expect("its state").uid();
            assert_eq!(owner, 0, "{child:?} can be traced");
        }
        server.stop();
    }

    #[test]
    fn a_child_that_can_be_traced_after_all_does_not_serve() {
        let site = faulty("tracers").environment("MOD_CHROOT_SUID_DUMPABLE", "1");
        site.refuses().says("CHR511").says("refusal of tracers is not in force").says("AH00050");
    }

    #[test]
    fn a_child_with_a_capability_in_its_bounding_set_does_not_serve() {
        is_not_served("bound", "CHR511", "0x40000");
    }
}
