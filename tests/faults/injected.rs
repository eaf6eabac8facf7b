//! Promises 2 and 3, with faults injected: a system call that fails, or that only says it succeeded, never
//! leads to a server that serves from outside.
//!
//! Every page exists twice, in the jail and at the same path outside. The faults are those of
//! tests/shims/fault.c: they happen in children only, and only to calls of the module.

#[cfg(test)]
mod tests {
    use crate::harness::requirements::{Capability, require};
    use crate::harness::two_contents::{self, INSIDE, Visitor};
    use crate::harness::{Mpm, Reply, Site, on_every_mpm, promise, until};

    /// What may be logged when a child is not to serve: our own words, and httpd's end.
    const ENDS: [&str; 3] = ["[chroot:alert]", "AH00050", "AH02818"];

    const BRIEFLY: std::time::Duration = std::time::Duration::from_secs(1);

    /// A line of the log that says this, at the level that wakes people up.
    fn is_alarmed(log: &str, id: &str) -> bool {
        log.lines()
            .any(|line| line.contains("[chroot:alert]") && line.contains(&format!(" {id}: ")))
    }

    #[track_caller]
    fn all_from_inside(replies: &[Reply]) {
        let served = |reply: &&Reply| reply.status == 200;
        assert!(replies.iter().filter(served).all(|reply| reply.body == INSIDE), "{replies:?}");
    }

    /// Start with a call that goes wrong; the server must end without having served, and say why.
    fn nothing_is_served(mpm: Mpm, fault: &str, id: &str) {
        let site = two_contents::build(mpm).fault(fault, &[]);
        let outcome = site.refuses().says("AH00050");
        assert!(is_alarmed(&outcome.output, id), "no {id} at alert in\n{}", outcome.output);
        assert_ne!(site.faults(), 0, "the fault never happened");
    }

    /// Start well; then a child is to be replaced, and the call goes wrong. What is served until the server
    /// ends is served from inside.
    fn a_later_fault_ends_the_server(mpm: Mpm, fault: &str, id: &str) {
        let site = two_contents::build(mpm).fault(fault, &[("FAULT_AFTER", "{base}/armed")]);
        let mut server = ENDS.into_iter().fold(site, Site::allow_log).start();
        let visitor = Visitor::start(&server, "/index.html");
        std::fs::write(server.site.sandbox.base.join("armed"), "").expect("a file");
        server.children().iter().for_each(|child| child.signal("KILL"));
        server.wait_until_dead();
        all_from_inside(&visitor.stop());
        assert!(is_alarmed(&server.error_log(), id), "{}", server.error_log());
        server.stop();
    }

    /// `name: fault => id`, on every MPM.
    macro_rules! nothing_is_served_when {
        ($($name:ident: $fault:literal => $id:literal,)+) => {
            mod nothing_is_served_when {
                use super::*;

                $(on_every_mpm! {
                    fn $name(mpm: Mpm) {
                        nothing_is_served(mpm, $fault, $id);
                    }
                })+
            }
        };
    }

    nothing_is_served_when! {
        chroot_is_refused: "chroot:EPERM" => "CHR401",
        fchdir_is_refused: "fchdir:EIO" => "CHR401",
        chdir_is_refused: "chdir:EIO" => "CHR401",
        setgid_is_refused: "setgid:EPERM" => "CHR401",
        setgroups_is_refused: "setgroups:EPERM" => "CHR401",
        setuid_is_refused: "setuid:EAGAIN" => "CHR401",
        capset_is_refused: "capset:EPERM" => "CHR401",
        prctl_is_refused: "prctl:EPERM" => "CHR401",
        the_held_directory_cannot_be_examined: "fstat:EIO" => "CHR401",
        the_descriptors_cannot_be_listed: "readdir:EIO" => "CHR401",
        the_file_system_of_the_list_is_unknown: "fstatfs:EIO" => "CHR401",
        the_list_of_descriptors_is_empty: "readdir:lie" => "CHR403",
        the_path_cannot_be_examined_again: "statx:EIO" => "CHR402",
        the_path_cannot_be_walked_again: "openat:ENOENT" => "CHR402",
        no_descriptor_is_left_for_the_walk: "openat:EMFILE" => "CHR402",
        the_groups_cannot_be_proved: "getgroups:EIO" => "CHR501",
        the_users_cannot_be_proved: "getresuid:EIO" => "CHR501",
        the_capabilities_cannot_be_proved: "capget:EPERM" => "CHR501",
        the_ambient_set_cannot_be_read: "PR_CAP_AMBIENT_IS_SET:EPERM" => "CHR501",
        the_bounding_set_cannot_be_read: "PR_CAPBSET_READ:EPERM" => "CHR511",
        the_flag_of_tracers_cannot_be_read: "PR_GET_DUMPABLE:EIO" => "CHR511",
        new_privileges_were_not_forbidden: "PR_SET_NO_NEW_PRIVS:lie" => "CHR511",
        no_call_is_filtered: "seccomp:lie" => "CHR511",
        chroot_did_nothing: "chroot:lie" => "CHR501",
        another_directory_was_entered: "fchdir:lie" => "CHR501",
        setuid_did_nothing: "setuid:lie" => "CHR503",
        setgid_did_nothing: "setgid:lie" => "CHR504",
        setgroups_did_nothing: "setgroups:lie" => "CHR504",
        root_can_be_regained_by_setuid: "setuid:lie@2" => "CHR506",
        root_can_be_regained_by_seteuid: "seteuid:lie" => "CHR506",
        root_can_be_regained_by_setreuid: "setreuid:lie" => "CHR506",
    }

    /// What the trial before the first child finds out keeps the server from starting.
    fn start_is_refused(mpm: Mpm, fault: &str, id: &str) {
        let site = two_contents::build(mpm).fault(fault, &[]);
        site.refuses().says(&format!("{id}: ")).fails();
        assert_ne!(site.faults(), 0, "the fault never happened");
    }

    on_every_mpm! {
        fn a_domain_that_is_not_entered_keeps_the_server_from_starting(mpm: Mpm) {
            start_is_refused(mpm, "landlock_restrict_self:lie", "CHR511");
        }

        fn a_bounding_set_that_is_not_emptied_keeps_the_server_from_starting(mpm: Mpm) {
            start_is_refused(mpm, "PR_CAPBSET_DROP:lie", "CHR511");
        }

        fn a_keyring_that_is_not_left_keeps_the_server_from_starting(mpm: Mpm) {
            start_is_refused(mpm, "keyctl:lie", "CHR511");
        }

        fn a_domain_that_is_not_entered_later_ends_the_server(mpm: Mpm) {
            a_later_fault_ends_the_server(mpm, "landlock_restrict_self:lie", "CHR511");
        }

        fn a_keyring_that_is_not_left_later_ends_the_server(mpm: Mpm) {
            a_later_fault_ends_the_server(mpm, "keyctl:lie", "CHR511");
        }

        fn a_keyring_that_cannot_be_left_any_more_ends_the_server(mpm: Mpm) {
            a_later_fault_ends_the_server(mpm, "keyctl:EPERM", "CHR411");
        }

        fn a_filter_that_cannot_be_loaded_any_more_ends_the_server(mpm: Mpm) {
            a_later_fault_ends_the_server(mpm, "seccomp:EPERM", "CHR411");
        }

        /// Kernels before 5.9 and sandboxes: procfs answers alone.
        fn without_the_newest_calls_the_server_serves(mpm: Mpm) {
            for fault in ["close_range:ENOSYS", "unshare:EPERM", "get_robust_list:ENOSYS"] {
                let server = two_contents::build(mpm).fault(fault, &[]).start();
                assert_eq!(server.get("/index.html").body, INSIDE, "{fault}");
                promise::everyone_is_jailed(&server);
                server.stop();
            }
        }
    }

    on_every_mpm! {
        /// The shim itself is harmless, and in force.
        fn without_a_fault_the_server_serves(mpm: Mpm) {
            let server = two_contents::build(mpm).fault("none:lie", &[]).start();
            assert_eq!(server.get("/index.html").body, INSIDE);
            let maps = std::fs::read_to_string(server.parent().path("maps")).expect("its maps");
            assert!(maps.contains("/fault-"), "the shim is not loaded");
            server.stop();
        }

        /// Prefork leaves its children alone when it ends for a fatal error: they are jailed as ever.
        fn children_from_before_the_fault_stay_jailed_to_their_end(mpm: Mpm) {
            let site = two_contents::build(mpm).fault("chroot:EPERM", &[("FAULT_AFTER", "{base}/armed")]);
            let spare = if mpm.is_threaded() { "MinSpareThreads 8" } else { "MinSpareServers 2" };
            let server = ENDS.into_iter().fold(site.config(spare), Site::allow_log).start();
            let mut left = server.children();
            std::fs::write(server.site.sandbox.base.join("armed"), "").expect("a file");
            left.remove(0).signal("KILL");
            until("the end of the parent", || (!server.parent().is_alive()).then_some(()));
            for child in left.into_iter().filter(|child| child.is_alive()) {
                promise::kept(promise::is_jailed(&server, child), &server);
            }
            all_from_inside(server.try_get("/index.html", BRIEFLY).as_slice());
            server.stop();
        }

        fn a_chroot_that_is_refused_later_ends_the_server(mpm: Mpm) {
            a_later_fault_ends_the_server(mpm, "chroot:EPERM", "CHR401");
        }

        fn a_chroot_that_lies_later_ends_the_server(mpm: Mpm) {
            a_later_fault_ends_the_server(mpm, "chroot:lie", "CHR501");
        }

        fn a_setuid_that_lies_later_ends_the_server(mpm: Mpm) {
            a_later_fault_ends_the_server(mpm, "setuid:lie", "CHR503");
        }

        fn setgroups_refused_later_ends_the_server(mpm: Mpm) {
            a_later_fault_ends_the_server(mpm, "setgroups:EPERM", "CHR401");
        }
    }

    /// One call after the other goes wrong once: either the child does not serve, or it is jailed as ever.
    /// Answers whether there was such a call.
    fn goes_wrong_once(mpm: Mpm, call: &str, how: &str, position: usize) -> bool {
        let fault = format!("{call}:{how}@{position}");
        let site = two_contents::build(mpm).fault(&fault, &[]).config("StartServers 1");
        // Refused at start; without a domain, other tests' servers are neighbours that can be traced.
        let may_come = ENDS.into_iter().chain(["CHR511", "AH00014", "AH00020", "CHR921"]);
        let mut server = may_come.fold(site, Site::allow_log).start_unchecked();
        if server.serves_or_ends() {
            assert_eq!(server.get("/index.html").body, INSIDE, "{fault}");
            promise::everyone_is_jailed(&server);
        } else {
            let log = server.error_log();
            assert!(is_entry_or_proof(&log), "{fault}: {log}");
        }
        let happened = server.site.faults() > 0;
        server.stop();
        happened
    }

    /// By a child, or by the trial before the first child.
    fn is_entry_or_proof(log: &str) -> bool {
        (401..=408)
            .chain([411, 511])
            .chain(501..=514)
            .any(|number| log.contains(&format!("CHR{number}: Chroot")))
    }

    /// A few at a time: most of it is httpd's waiting for its children.
    fn goes_wrong_everywhere(call: &str, how: &str) {
        const AT_ONCE: usize = 6;
        let mut first = 1;
        loop {
            let happened = std::thread::scope(|scope| {
                let one = |position| goes_wrong_once(Mpm::Prefork, call, how, position);
                let tries = (first..first + AT_ONCE).map(|at| scope.spawn(move || one(at)));
                let tries: Vec<_> = tries.collect();
                let happened = tries.into_iter().map(|one| one.join().expect("a try"));
                happened.filter(|&happened| happened).count()
            });
            if happened < AT_ONCE {
                assert!(first > 1 || happened > 0, "{call} is never called");
                return;
            }
            first += AT_ONCE;
        }
    }

    #[test]
    fn whichever_call_fails_the_child_is_jailed_or_does_not_serve() {
        require(Capability::SysAdmin);
        for call in [
            "fstat",
            "fstatat",
            "openat",
            "fdopendir",
            "readdir",
            "fstatfs",
            "setgid",
            "setgroups",
            "fchdir",
            "chroot",
            "chdir",
            "setuid",
            "prctl",
            "capset",
            "keyctl",
            "seccomp",
            "landlock_create_ruleset",
            "landlock_restrict_self",
            "unshare",
            "capget",
            "getresuid",
            "getresgid",
            "getgroups",
        ] {
            goes_wrong_everywhere(call, "EIO");
        }
    }

    #[test]
    fn whichever_call_lies_the_child_is_jailed_or_does_not_serve() {
        require(Capability::SysAdmin);
        for call in [
            "setgid",
            "setgroups",
            "fchdir",
            "chroot",
            "chdir",
            "setuid",
            "seteuid",
            "setreuid",
            "prctl",
            "capset",
            "close",
            "keyctl",
            "seccomp",
            "landlock_restrict_self",
            "unshare",
        ] {
            goes_wrong_everywhere(call, "lie");
        }
    }
}
