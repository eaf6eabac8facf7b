//! The harness fails a test that ought to fail.

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::{Command, Output};

    use crate::harness::requirements::{Capability, require};
    use crate::harness::{
        Jail, Mpm, Process, Site, fixtures, folders, on_every_mpm, promise, remains,
    };

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
        let mut child = Command::new("true").spawn().expect("true");
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
        let mount = || {
            let status = Command::new("mount").args(["-t", "tmpfs", "none"]).arg(&jail).status();
            assert!(status.expect("mount").success());
        };
        let mut bystander = Command::new("sleep").arg("60").spawn().expect("sleep");
        let server = site.start();
        mount();
        // As when a test fails: the processes that are left are ended.
        server.parent().signal("KILL");
        drop(server);
        let is_alive = Process { pid: bystander.id() }.is_alive();
        bystander.kill().expect("a signal");
        bystander.wait().expect("its end");
        assert!(!jail.exists(), "{} is still there", jail.display());
        assert!(is_alive, "a process was ended that is not of the scene");
    }

    #[test]
    fn the_accounts_of_the_machine_are_not_touched() {
        let server = unjailed(Mpm::Event).start();
        let accounts = std::fs::read_to_string("/etc/passwd").expect("the accounts");
        assert!(!accounts.contains("jailed:x:4242:"));
        server.stop();
    }

    /// Number of scenes that fail in the child run of the next tests. It is not set in other runs.
    const FAILURES: &str = "MOD_CHROOT_TEST_FAILURES";

    #[test]
    fn scenes_that_fail_on_purpose() {
        let failures = std::env::var(FAILURES).map_or(0, |number| number.parse().expect("number"));
        for _ in 0..failures {
            assert!(std::panic::catch_unwind(fail_with_everything).is_err());
        }
        assert_eq!(failures, 0, "all of them failed, as they should");
    }

    /// Leaves a server with shared memory, a daemon outside of its process group, and a mount.
    fn fail_with_everything() {
        let site = fixtures::with_fcgid(Mpm::Event).on_a_host();
        let mounted = site.sandbox.base.join("mounted");
        std::fs::create_dir(&mounted).expect("a folder");
        let mount = Command::new("mount").args(["-t", "tmpfs", "none"]).arg(&mounted).status();
        assert!(mount.expect("mount").success());
        let server = site.start_daemon();
        for file in remains::shared_memory(server.parent()) {
            eprintln!("shared memory: {}", file.display());
        }
        panic!("on purpose");
    }

    /// Runs the test above in `root`, and returns its output.
    fn run_child(root: &Path, failures: usize) -> Output {
        let mut child = Command::new(std::env::current_exe().expect("this test"));
        child.args([
            "--exact",
            "--nocapture",
            "harness_itself::tests::scenes_that_fail_on_purpose",
        ]);
        let child = child.env("MOD_CHROOT_TEST_ROOT", root).env(FAILURES, failures.to_string());
        child.output().expect("the child run")
    }

    fn entries(folder: &Path) -> usize {
        std::fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn many_failures_leave_a_few_folders_and_nothing_else() {
        require(Capability::SysAdmin);
        let root = folders::create();
        let output = run_child(root.path(), folders::KEPT + 2);
        assert!(!output.status.success());
        assert_eq!(entries(root.path()), folders::KEPT, "{output:?}");
        let name = root.path().to_string_lossy().into_owned();
        let left = Process::all().into_iter().filter(|one| one.command_line().contains(&name));
        assert_eq!(left.map(Process::command_line).collect::<Vec<_>>(), [""; 0]);
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").expect("the mounts");
        assert!(!mounts.contains(&name), "{mounts}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let memory: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("shared memory: ")).collect();
        assert!(memory.len() > folders::KEPT, "{output:?}");
        assert!(!memory.iter().any(|file| Path::new(file).exists()), "{memory:?}");
    }

    #[test]
    fn the_folders_and_processes_of_runs_that_have_ended_are_removed() {
        require(Capability::SysAdmin);
        let root = folders::create();
        let mut ended = Command::new("true").spawn().expect("true");
        ended.wait().expect("its end");
        let folder = root.path().join(format!("mod_chroot-test-{}-x", ended.id()));
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("file"), "").expect("a file");
        let mut process =
            Command::new("tail").arg("-f").arg(folder.join("file")).spawn().expect("tail");
        // A scene that is kept has looked for earlier runs.
        assert!(!run_child(root.path(), 1).status.success());
        assert!(!folder.exists());
        assert!(!process.wait().expect("its end").success());
        assert_eq!(entries(root.path()), 1);
    }
}
