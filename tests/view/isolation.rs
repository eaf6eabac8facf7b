//! The view is a jail: no process in it holds, sees or makes a way out.

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use crate::harness::client::get;
    use crate::harness::tools::{ask_program, inside, mounts_of};
    use crate::harness::{Identity, Mpm, Process, Site, on_every_mpm, programs, promise, until};

    fn site() -> Site {
        Site::new(Mpm::Event).with_host_paths()
    }

    /// Every directory that a process holds open is what it takes for `/`, on the very same mount: `..` of any
    /// other would lead on.
    fn only_its_own_directories(process: Process) -> promise::Verdict {
        let root = (process.root(), mount_of_root(process));
        let links = std::fs::read_dir(process.path("fd")).into_iter().flatten().flatten();
        for link in links {
            if !std::fs::metadata(link.path()).is_ok_and(|facts| facts.is_dir()) {
                continue;
            }
            let number = link.file_name().to_string_lossy().into_owned();
            let info = std::fs::read_to_string(process.path(&format!("fdinfo/{number}")));
            let info = info.unwrap_or_default();
            let mount = info.lines().find_map(|line| line.strip_prefix("mnt_id:"));
            let held = (Identity::of(&link.path()), mount.map(|id| id.trim().to_owned()));
            if held != root {
                return Err(format!("{process:?} holds {held:?} and not only {root:?}"));
            }
        }
        Ok(())
    }

    fn mount_of_root(process: Process) -> Option<String> {
        let lines = mounts_of(process);
        let root = lines.iter().find(|line| line.split(' ').nth(4) == Some("/"))?;
        root.split(' ').next().map(str::to_owned)
    }

    #[test]
    fn the_root_of_the_children_is_read_only() {
        let server = site().start();
        for place in ["/new", "/etc/new", "/dev/new", "/usr/new", "/srv/new"] {
            assert_eq!(
                ask_program(&server, &format!("write={place}")).value("write"),
                "Read-only file system",
                "{place}"
            );
            assert_eq!(
                ask_program(&server, &format!("mkdir={place}")).value("mkdir"),
                "Read-only file system",
                "{place}"
            );
        }
        server.stop();
    }

    #[test]
    fn what_is_provided_can_only_be_read() {
        let server = site().config("ChrootProvide /usr/share/zoneinfo").start();
        for place in ["/etc/hosts", "/usr/share/zoneinfo/new", "/usr/share/zoneinfo/UTC"] {
            assert_eq!(
                ask_program(&server, &format!("write={place}")).value("write"),
                "Read-only file system",
                "{place}"
            );
        }
        server.stop();
    }

    #[test]
    fn nothing_in_the_view_but_devices_gains_rights() {
        let server = site().config("ChrootProvide users syslog").start();
        for child in server.children() {
            let mounts = mounts_of(child);
            assert!(mounts.len() > 5, "{mounts:#?}");
            for line in mounts {
                let words: Vec<&str> = line.split(' ').collect();
                assert!(words[5].contains("nosuid"), "{line}");
                assert!(words[5].contains("nodev") || words[4].starts_with("/dev/"), "{line}");
            }
        }
        server.stop();
    }

    #[test]
    fn a_setuid_program_in_the_jail_gains_nothing() {
        let site = site().program("bin/setuid", inside()).allow_log("ChrootAudit");
        let program = site.sandbox.jail.join("bin/setuid");
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o4755)).expect("its mode");
        let server = site.start();
        for name in [program.display().to_string(), "/bin/setuid".to_owned()] {
            assert_eq!(
                ask_program(&server, &format!("run={name}")).value("euid"),
                "4242",
                "{name}"
            );
        }
        server.stop();
    }

    #[test]
    fn a_device_node_in_the_jail_does_not_work_but_those_of_the_view_do() {
        let site = site().allow_log("ChrootAudit");
        let node = site.sandbox.jail.join("htdocs/node");
        let made = std::process::Command::new("mknod")
            .arg(&node)
            .args(["-m", "666", "c", "1", "3"])
            .status();
        assert!(made.expect("mknod").success());
        let server = site.start();
        let place = format!("write={}", node.display());
        assert_eq!(ask_program(&server, &place).value("write"), "Permission denied", "{place}");
        assert_eq!(ask_program(&server, "write=/dev/null").value("write"), "done");
        server.stop();
    }

    #[test]
    fn user_and_mount_namespaces_stay_shut() {
        let server = site().start();
        let answer = ask_program(&server, "namespaces=");
        for what in ["user", "mount", "tmpfs", "unmount"] {
            assert_eq!(answer.value(what), "Operation not permitted", "{what}");
        }
        server.stop();
    }

    on_every_mpm! {
        /// mod_cgi's programs hold what a child holds.
        fn no_directory_descriptor_leads_outside(mpm: Mpm) {
            let server = Site::new(mpm).with_host_paths().writable("run").start();
            let fifo = server.site.sandbox.jail.join("run/fifo");
            crate::harness::tools::make_fifo(&fifo);
            let asking = std::thread::spawn({
                let ask = get(&format!("/cgi-bin/inside?read={}", fifo.display()));
                let port = server.site.sandbox.port.number;
                move || ask.at(port)
            });
            let program = || server.all_processes().into_iter().find(|one| one.command_line().contains("cgi-bin/inside"));
            let program = until("a program", program);
            promise::for_everyone(&server, only_its_own_directories);
            promise::kept(only_its_own_directories(program), &server);
            std::fs::write(&fifo, "go on").expect("the FIFO");
            assert_eq!(asking.join().expect("a visitor").expect("an answer").status, 200);
            server.stop();
        }

        fn no_directory_descriptor_of_a_helper_leads_outside(mpm: Mpm) {
            let site = Site::new(mpm).modules(&["alias", "cgid", "fcgid"]);
            let site = site
                .document_root("{jail}/htdocs")
                .program("cgi-bin/inside", inside())
                .program("app/witness", programs::fastcgi())
                .config("ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\"")
                .config("FcgidIPCDir \"{server}/ipc\"\nFcgidProcessTableFile \"{server}/run/fcgid_shm\"")
                .config("Alias /app/ \"{jail}/app/\"\n<Directory \"{jail}/app\">\nOptions +ExecCGI\nSetHandler fcgid-script\n</Directory>");
            let server = site.start();
            let daemon = ask_program(&server, "env=").value("ppid").parse().expect("a pid");
            let answer = get("/app/witness").of(&server).is(200, &server);
            let [application, manager] = ["pid", "ppid"].map(|key| answer.value(key).parse().expect("a pid"));
            let root = server.children()[0].root();
            for pid in [daemon, application, manager] {
                let helper = Process { pid };
                promise::kept(only_its_own_directories(helper), &server);
                assert_eq!(helper.root(), root, "{helper:?}");
                assert!(helper.root().is_some(), "{helper:?}");
            }
            promise::for_everyone(&server, only_its_own_directories);
            server.stop();
        }
    }
}
