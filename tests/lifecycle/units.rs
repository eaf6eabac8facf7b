//! A service manager may take rights from httpd that root has elsewhere, and configtest in a shell does not see it.
//! What is left is enough for the jail, or the start is refused with what to give back.

#[cfg(test)]
mod tests {
    use crate::harness::{Mpm, Server, Site, on_every_mpm, programs, promise};

    /// Start with what `CapabilityBoundingSet=` of Gentoo's apache2.service leaves, and `more`.
    fn in_gentoos_unit(mpm: Mpm, more: &str) -> Site {
        let left =
            "+chown,+setgid,+setuid,+dac_override,+kill,+net_bind_service,+ipc_lock".to_owned();
        Site::new(mpm).through(&format!("setpriv --bounding-set=-all,{left}{more}"))
    }

    #[track_caller]
    fn serves_from_inside(server: &Server) {
        promise::for_everyone(server, |process| promise::is_inside(server, process));
        assert_eq!(server.get("/index.html").body, "hello from inside");
    }

    on_every_mpm! {
        fn a_service_that_may_not_enter_is_refused_and_told_what_to_give_back(mpm: Mpm) {
            let site = in_gentoos_unit(mpm, "");
            for outcome in [site.configtest(), site.refuses()] {
                outcome.fails().says("CHR894").says("CapabilityBoundingSet=CAP_SYS_CHROOT");
            }
        }

        fn the_right_to_chroot_is_enough_for_a_jail_with_a_link(mpm: Mpm) {
            let mut server = in_gentoos_unit(mpm, ",+sys_chroot").start();
            server.expect_log("CHR903: ChrootFixRoot \"link\"");
            server.expect_log("absent: empty capability bounding set");
            serves_from_inside(&server);
            server.stop();
        }

        fn with_what_the_manual_says_to_add_nothing_is_missing(mpm: Mpm) {
            let mut server = in_gentoos_unit(mpm, ",+sys_chroot,+sys_admin,+setpcap").start();
            server.expect_log("CHR903: ChrootFixRoot \"view\"");
            promise::everyone_is_jailed(&server);
            serves_from_inside(&server);
            server.stop();
        }
    }

    /// Start under a filter that answers these calls so: `EPERM` and `ENOSYS` by their numbers, or "kill".
    fn under_filter(calls: &[libc::c_long], answer: &str) -> Site {
        let filter = programs::shim("deny").display().to_string();
        let calls: Vec<_> = calls.iter().map(ToString::to_string).collect();
        let words = format!("DENY={} DENY_WITH={answer}", calls.join(","));
        Site::new(Mpm::Event).through(&format!("env {words} LD_PRELOAD=\"{filter}\""))
    }

    const EPERM: &str = "1";
    const ENOSYS: &str = "38";

    /// Calls of the module that `SystemCallFilter=@system-service` does not have.
    const NOT_IN_SYSTEM_SERVICE: [libc::c_long; 9] = [
        libc::SYS_chroot,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_open_tree,
        libc::SYS_move_mount,
        libc::SYS_mount_setattr,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
    ];
    const LANDLOCK: [libc::c_long; 3] = [
        libc::SYS_landlock_create_ruleset,
        libc::SYS_landlock_add_rule,
        libc::SYS_landlock_restrict_self,
    ];

    /// Without `SystemCallErrorNumber=` the parent would end at its first mount, and each child at its proof, without a
    /// word in the log.
    #[test]
    fn a_filter_that_ends_processes_is_refused_with_the_call_and_the_setting() {
        let one = |call| [call].to_vec();
        for (calls, name) in [
            (NOT_IN_SYSTEM_SERVICE.to_vec(), "chroot"),
            (one(libc::SYS_mount), "mount"),
            (LANDLOCK.to_vec(), "landlock_create_ruleset"),
            (one(libc::SYS_seccomp), "seccomp"),
            (one(libc::SYS_keyctl), "keyctl"),
            (one(libc::SYS_bpf), "bpf"),
        ] {
            let site = under_filter(&calls, "kill");
            let words = format!("ends each process that calls {name} (SIGSYS");
            for outcome in [site.configtest(), site.refuses()] {
                let outcome = outcome.fails().says("CHR980").says(&words);
                outcome.says("SystemCallErrorNumber=EPERM").says("SystemCallFilter=@mount");
            }
        }
    }

    /// Nothing is refused for a call that is not made.
    #[test]
    fn a_filter_that_ends_processes_for_calls_of_a_view_does_not_matter_to_a_link() {
        let calls = [libc::SYS_mount, libc::SYS_open_tree, libc::SYS_bpf];
        let site = under_filter(&calls, "kill").config("ChrootFixRoot link\nChrootHarden off");
        let server = site.allow_log("CHR921").start();
        serves_from_inside(&server);
        server.stop();
    }

    #[test]
    fn a_filter_that_denies_the_entry_is_named_with_its_setting() {
        for answer in [EPERM, ENOSYS] {
            let site = under_filter(&NOT_IN_SYSTEM_SERVICE, answer);
            for outcome in [site.configtest(), site.refuses()] {
                outcome
                    .fails()
                    .says("CHR894")
                    .says("chroot failed")
                    .says("SystemCallFilter=@mount");
            }
        }
    }

    #[test]
    fn the_reason_for_a_link_is_the_setting_that_denies_a_view() {
        let scenes = [
            (libc::SYS_unshare, EPERM, "RestrictNamespaces= or SystemCallFilter="),
            (libc::SYS_mount, EPERM, "a view needs mount, which is denied (SystemCallFilter="),
            (libc::SYS_mount, ENOSYS, "a view needs mount, which is denied (SystemCallFilter="),
            (
                libc::SYS_mount_setattr,
                ENOSYS,
                "SystemCallFilter= of the service's unit or a container",
            ),
        ];
        for (call, answer, words) in scenes {
            let server = under_filter(&[call], answer).start();
            let log = server.error_log();
            let said = log.lines().find(|line| line.contains("CHR903")).expect("the message");
            assert!(said.contains("\"link\"") && said.contains(words), "{said}");
            server.stop();
            let site = under_filter(&[call], answer).config("ChrootFixRoot view");
            let line = if call == libc::SYS_unshare {
                "RestrictNamespaces=mnt"
            } else {
                "SystemCallFilter=@mount"
            };
            site.refuses().says("CHR701").says(&format!("add \"{line}\"")).fails();
        }
        let mut server = in_gentoos_unit(Mpm::Event, ",+sys_chroot").start();
        server.expect_log(
            "a view needs CAP_SYS_ADMIN, which httpd does not have (CapabilityBoundingSet=",
        );
        server.stop();
    }

    /// As `~@privileged` does. The file is there, and root can read it.
    #[test]
    fn a_place_that_a_filter_keeps_from_being_made_is_not_put_down_to_the_file() {
        let calls = [libc::SYS_fchownat, libc::SYS_fchown];
        for call in [&calls[..], &[libc::SYS_open_tree], &[libc::SYS_mount_setattr]] {
            let outcome = under_filter(call, EPERM).refuses().fails();
            outcome
                .says("CHR704")
                .says("SystemCallFilter=@mount @chown")
                .does_not_say("no_root_squash");
        }
    }

    #[test]
    fn a_measure_that_a_filter_denies_or_hides_is_named_with_its_setting() {
        let scenes = [
            (&LANDLOCK[..], "Landlock domain", "SystemCallFilter=landlock_create_ruleset"),
            (&[libc::SYS_keyctl], "session keyring of its own", "SystemCallFilter=keyctl"),
            (&[libc::SYS_seccomp], "system call filter", "SystemCallFilter=seccomp"),
        ];
        for (calls, measure, line) in scenes {
            for (answer, cause) in [
                (EPERM, "Operation not permitted"),
                (ENOSYS, "this system has none, or a filter of system calls hides it"),
            ] {
                let server = under_filter(calls, answer).allow_log("CHR921").start();
                let log = server.error_log();
                let said = log.lines().find(|line| line.contains("CHR911")).expect("the message");
                assert!(said.contains(&format!("absent: {measure} ({cause}")), "{said}");
                assert!(said.contains(&format!("add \"{line}")), "{said}");
                server.stop();
                let full = under_filter(calls, answer).config("ChrootHarden full");
                full.refuses().says("CHR412").says(&format!("add \"{line}")).fails();
            }
        }
        for (calls, line) in
            [(&LANDLOCK[..], "landlock_create_ruleset"), (&[libc::SYS_seccomp], "seccomp")]
        {
            let site = under_filter(calls, EPERM).config("ChrootConnect 443");
            site.refuses().says("CHR414").says(&format!("add \"SystemCallFilter={line}")).fails();
        }
    }
}
