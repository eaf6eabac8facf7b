//! Promise 12: what the filter of system calls shuts. Each way is open without it.

#[cfg(test)]
mod tests {
    use crate::attacks::{Carrier, Outsider};
    use crate::harness::requirements::{self, Requirement};
    use std::path::Path;

    #[track_caller]
    fn answers(carrier: Carrier, harden: &str, query: &str, answer: &str) {
        let server = carrier.scene(harden).start();
        let reply = carrier.ask(&server, query);
        let log = server.error_log();
        assert_eq!(reply.value("answer"), answer, "{carrier:?}, {harden}: {reply:?}\n{log}");
        server.stop();
    }

    /// It is open without hardening, and shut with it, whatever has started the program.
    #[track_caller]
    fn is_shut(query: &str) {
        answers(Carrier::Cgi, "off", query, "out");
        for carrier in Carrier::ALL {
            answers(carrier, "auto", query, "shut");
        }
        answers(Carrier::Cgi, "full", query, "shut");
    }

    /// The same about a process of the children's user outside.
    #[track_caller]
    fn is_shut_for_others(way: &str) {
        let outsider = Outsider::start();
        is_shut(&format!("{way}:{}", outsider.pid()));
    }

    #[test]
    fn the_limits_of_a_process_outside() {
        is_shut_for_others("limit_other");
    }

    #[test]
    fn the_priority_of_a_process_outside() {
        is_shut_for_others("renice_other");
    }

    #[test]
    fn the_priority_of_all_processes_of_the_user() {
        is_shut("renice_user");
    }

    #[test]
    fn the_scheduling_of_a_process_outside() {
        is_shut_for_others("schedule_other");
    }

    #[test]
    fn the_processors_of_a_process_outside() {
        is_shut_for_others("bind_other");
    }

    #[test]
    fn the_disk_priority_of_a_process_outside() {
        is_shut_for_others("starve_other");
    }

    #[test]
    fn a_key_in_the_users_own_keyring() {
        is_shut("users_key:mod_chroot-users-key");
    }

    /// Programs of 32 bits call the kernel by other numbers.
    #[test]
    fn the_calls_of_another_architecture() {
        if !Path::new("/proc/sys/abi/vsyscall32").exists() {
            requirements::skip(Requirement::System("kernel that runs 32-bit programs"));
            return;
        }
        is_shut("other_architecture");
    }

    #[test]
    fn calls_by_a_ring_that_the_kernel_shares() {
        is_shut("io_uring");
    }

    #[test]
    fn page_faults_that_a_program_handles_itself() {
        is_shut("fault_handler");
    }

    #[test]
    fn memory_without_random_places() {
        is_shut("memory_without_random_places");
    }

    #[test]
    fn the_placement_of_memory() {
        is_shut("memory_policy");
    }

    /// The kernel is not asked, so that it loads no module for one: without the filter the answer is its own error.
    #[test]
    fn internet_sockets_of_other_types() {
        is_shut("other_internet_type");
    }

    #[test]
    fn netlink_protocols_besides_the_one_for_addresses() {
        is_shut("other_netlink");
    }

    /// PAM refuses every login if the socket of the kernel's audit is refused by an error that means anything else.
    #[test]
    fn netlink_protocols_are_refused_as_by_a_kernel_without_them() {
        let server = Carrier::Cgi.scene("auto").start();
        let reply = Carrier::Cgi.ask(&server, "other_netlink");
        assert!(reply.value("reason").contains("Protocol not supported"), "{reply:?}");
        server.stop();
    }

    /// Which ones a kernel has depends on its configuration: without the filter, one has to be there.
    #[test]
    fn sockets_of_families_that_no_web_server_needs() {
        let server = Carrier::Cgi.scene("off").start();
        let has_other = Carrier::Cgi.ask(&server, "other_family").value("answer") == "out";
        server.stop();
        if !has_other {
            let kernel = "kernel with another family of sockets (AF_ALG, AF_VSOCK)";
            requirements::skip(Requirement::System(kernel));
            return;
        }
        is_shut("other_family");
    }

    /// The administrator names a call that a program needs; the others stay refused, and the log says which one is not.
    #[test]
    fn a_call_that_is_allowed_by_name() {
        for carrier in Carrier::ALL {
            let server = carrier.scene("auto allow:io_uring_setup").start();
            assert_eq!(carrier.ask(&server, "io_uring").value("answer"), "out", "{carrier:?}");
            assert_eq!(
                carrier.ask(&server, "fault_handler").value("answer"),
                "shut",
                "{carrier:?}"
            );
            let log = server.error_log();
            assert!(log.contains("system call filter (allowed: io_uring_setup)"), "{log}");
            server.stop();
        }
    }

    #[test]
    fn a_call_that_is_not_in_the_table_is_refused_by_name() {
        for words in ["auto allow:read", "auto allow:", "off allow:bpf", "auto bpf"] {
            let site = Carrier::Cgi.scene(words);
            let word = words.split_once(' ').expect("two words").1;
            site.refuses().says("CHR104").says(&format!("ChrootHarden \"{word}\"")).fails();
        }
    }
}
