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
}
