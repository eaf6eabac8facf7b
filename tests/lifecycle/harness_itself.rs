//! The harness fails a test that ought to fail.

#[cfg(test)]
mod tests {
    use crate::harness::{Jail, Mpm, Process, Site, on_every_mpm, promise};

    fn unjailed(mpm: Mpm) -> Site {
        Site::new(mpm).jail(Jail::None)
    }

    #[test]
    fn an_undeclared_warning_breaks_the_contract_of_the_log() {
        // More workers than there is room for: httpd warns.
        let mut server = unjailed(Mpm::Event).config("MaxRequestWorkers 9999").start();
        let violations = server.violations();
        assert!(
            violations.iter().any(|one| one.contains("MaxRequestWorkers of 9999")),
            "{violations:?}"
        );
        server.allow_log("MaxRequestWorkers");
        server.allow_log("AH0");
        server.allow_log(" reducing");
        server.stop();
    }

    #[test]
    fn an_expected_line_that_is_missing_breaks_the_contract_of_the_log() {
        let mut server =
            unjailed(Mpm::Event).expect_log("a line that httpd writes in the end").start();
        assert_eq!(
            server.violations(),
            ["missing from the error log: a line that httpd writes in the end"]
        );
        std::fs::OpenOptions::new()
            .append(true)
            .open(server.site.sandbox.error_log())
            .and_then(|mut log| {
                std::io::Write::write_all(&mut log, b"a line that httpd writes in the end\n")
            })
            .expect("the error log");
        server.allow_log("a line that httpd writes in the end");
        server.stop();
    }

    on_every_mpm! {
        fn a_child_that_is_not_jailed_breaks_every_promise_but_those_of_unixd(mpm: Mpm) {
            let server = unjailed(mpm).start();
            for child in server.children() {
                assert!(promise::is_inside(&server, child).is_err());
                assert!(promise::works_inside(&server, child).is_err());
                assert!(promise::runs_as(child, 4242, 4243, &[4243]).is_err());
                assert_eq!(promise::has_no_capability(child), Ok(()));
            }
            server.stop();
        }
    }

    #[test]
    fn root_breaks_the_promises_about_capabilities() {
        let server = unjailed(Mpm::Event).start();
        assert!(promise::has_no_capability(server.parent()).is_err());
        server.stop();
    }

    #[test]
    fn a_process_that_is_gone_breaks_every_promise() {
        let server = unjailed(Mpm::Event).start();
        let mut child = std::process::Command::new("true").spawn().expect("true");
        let gone = Process { pid: child.id() };
        child.wait().expect("its end");
        assert!(promise::is_inside(&server, gone).is_err());
        assert!(promise::works_inside(&server, gone).is_err());
        assert!(promise::runs_as(gone, 4242, 4243, &[4243, 4244, 4245]).is_err());
        assert!(promise::has_no_capability(gone).is_err());
        assert!(promise::holds_no_directory(gone).is_err());
        server.stop();
    }

    #[test]
    fn an_open_directory_is_seen() {
        let server = unjailed(Mpm::Event).start();
        let _held = std::fs::File::open("/").expect("a directory");
        let me = Process { pid: std::process::id() };
        assert!(promise::holds_no_directory(me).is_err());
        server.stop();
    }

    #[test]
    fn a_server_leaves_no_process_and_no_folder_behind() {
        let server = unjailed(Mpm::Event).start();
        let processes = server.all_processes();
        let base = server.site.sandbox.base.clone();
        server.stop();
        assert!(processes.iter().all(|one| !one.is_alive()), "{processes:?}");
        assert!(!base.exists(), "{}", base.display());
    }

    /// Even if the scene has mounted something where every process of the machine sees it.
    #[test]
    fn nobody_is_ended_who_is_not_of_the_scene() {
        let site = unjailed(Mpm::Event);
        let jail = site.sandbox.jail.clone();
        let run = |program: &str, words: &[&str]| {
            let status = std::process::Command::new(program).args(words).arg(&jail).status();
            assert!(status.expect("a program").success(), "{program}");
        };
        let mut bystander = std::process::Command::new("sleep").arg("60").spawn().expect("sleep");
        let server = site.start();
        run("mount", &["-t", "tmpfs", "none"]);
        // As when a test fails: whoever is left is ended.
        server.parent().signal("KILL");
        drop(server);
        let is_alive = Process { pid: bystander.id() }.is_alive();
        bystander.kill().expect("a signal");
        bystander.wait().expect("its end");
        run("umount", &[]);
        let _ = std::fs::remove_dir_all(jail.parent().expect("the scene's folder"));
        assert!(is_alive, "a process was ended that is not of the scene");
    }

    #[test]
    fn the_accounts_of_the_machine_are_not_touched() {
        let server = unjailed(Mpm::Event).start();
        let accounts = std::fs::read_to_string("/etc/passwd").expect("the accounts");
        assert!(!accounts.contains("jailed:x:4242:"));
        server.stop();
    }
}
