//! Promise 10, with a real Apache: what the jail should not hold is said, or keeps the server from serving.

#[cfg(test)]
mod tests {
    use crate::harness::requirements::{Capability, require};
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::process::Command;

    use crate::harness::{Apache, Jail, Mpm, Outcome, Site, apache, identity, outcome};

    /// Every kind of finding that needs no mount: its id, the name of its place in the jail, and how to make it.
    type Kind = (&'static str, &'static str, fn(&Site));
    const KINDS: [Kind; 9] = [
        ("CHR601", "dev/sda", |site| mknod(&site.sandbox.jail.join("dev/sda"), &["b", "8", "0"])),
        ("CHR601", "dev/kmem", |site| mknod(&site.sandbox.jail.join("dev/kmem"), &["c", "1", "2"])),
        ("CHR602", "htdocs/su", |site| program(site, "htdocs/su", 0o4755)),
        ("CHR602", "htdocs/mail", |site| program(site, "htdocs/mail", 0o2755)),
        ("CHR603", "htdocs/ping", |site| {
            program(site, "htdocs/ping", 0o755);
            run(Command::new("setcap")
                .arg("cap_net_raw+ep")
                .arg(site.sandbox.jail.join("htdocs/ping")));
        }),
        ("CHR604", "htdocs/linked", |site| {
            let outside = site.sandbox.base.join("outside");
            fs::write(&outside, "").expect("a file");
            fs::hard_link(&outside, site.sandbox.jail.join("htdocs/linked")).expect("a link");
        }),
        ("CHR605", "htdocs/db.sock", |site| {
            // The name stays when the listener goes.
            drop(UnixListener::bind(site.sandbox.jail.join("htdocs/db.sock")).expect("a socket"));
        }),
        ("CHR607", "htdocs/users", |site| {
            symlink("/etc/passwd", site.sandbox.jail.join("htdocs/users")).expect("a link");
        }),
        ("CHR608", "etc/nsswitch.conf", |site| program(site, "etc/nsswitch.conf", 0o666)),
    ];

    fn program(site: &Site, inside: &str, mode: u32) {
        site.sandbox.write(inside, b"", mode);
    }

    fn mknod(path: &Path, words: &[&str]) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        run(Command::new("mknod").arg(path).args(words));
    }

    fn run(command: &mut Command) {
        let output = command.output().expect("the command");
        assert!(output.status.success(), "{command:?}: {output:?}");
    }

    fn scene(mode: &str) -> Site {
        Site::new(Mpm::Event).config(&format!("ChrootAudit {mode}"))
    }

    /// The message of this kind about this place.
    fn message(id: &str, mode: &str, site: &Site, inside: &str) -> String {
        let path = site.sandbox.jail.join(inside);
        format!("{id}: ChrootAudit \"{mode}\": \"{}\" ", path.display())
    }

    #[test]
    fn each_finding_is_named_in_the_log_and_the_server_serves() {
        let mut site = Site::new(Mpm::Event);
        KINDS.iter().for_each(|(_, _, make)| make(&site));
        for (id, inside, _) in KINDS {
            let words = message(id, "warn", &site, inside);
            site = site.expect_log(&words);
        }
        let server = site.start();
        assert_eq!(server.get("/index.html").body, "hello from inside");
        for (id, inside, _) in KINDS {
            let words = message(id, "warn", &server.site, inside);
            assert_eq!(server.log_count(&words), 1, "once for a start: {words}");
        }
        server.stop();
    }

    #[test]
    fn each_finding_keeps_a_strict_server_from_serving() {
        for (id, inside, make) in KINDS {
            let site = scene("strict");
            make(&site);
            let words = message(id, "strict", &site, inside);
            let outcome = site.refuses().says(&words).says("CHR634").fails();
            assert!(!outcome.output.contains("CHR901"), "{outcome:?}");
            site.configtest().says(&words).says("CHR634").says("1 findings").exits(1);
        }
    }

    #[test]
    fn each_finding_is_named_at_configtest() {
        let site = scene("warn");
        KINDS.iter().for_each(|(_, _, make)| make(&site));
        let outcome = site.configtest().says("Syntax OK").exits(0);
        for (id, inside, _) in KINDS {
            let outcome: Outcome = outcome.clone();
            outcome.says(&message(id, "warn", &site, inside));
        }
    }

    #[test]
    fn a_clean_jail_is_silent() {
        for mode in ["off", "warn", "strict"] {
            let site = scene(mode).writable("upload");
            site.configtest().does_not_say("CHR6").does_not_say("CHR93").exits(0);
            // A line of level warn or worse would break the contract of the log.
            let server = site.start();
            assert!(!server.error_log().contains("ChrootAudit"), "{}", server.error_log());
            server.stop();
        }
    }

    #[test]
    fn off_searches_nothing() {
        let site = scene("off");
        KINDS.iter().for_each(|(_, _, make)| make(&site));
        site.configtest().does_not_say("CHR6").exits(0);
        let server = site.start();
        assert!(!server.error_log().contains("CHR6"), "{}", server.error_log());
        server.stop();
    }

    /// Only the first few of a kind go to the log, with their number; on demand all are named.
    #[test]
    fn many_findings_are_counted_in_the_log_and_all_named_on_demand() {
        let site = scene("warn");
        (0..12).for_each(|number| program(&site, &format!("htdocs/su{number:02}"), 0o4755));
        let shown =
            site.configtest().says("CHR602: ChrootAudit \"warn\": there are more").says("(7)");
        assert_eq!(shown.output.matches("CHR602").count(), 6, "{shown:?}");
        let whole = site.argument("-DCHROOT_AUDIT");
        let outcome = whole.configtest().says("CHR931").says("12 findings").exits(0);
        for number in 0..12 {
            let words = message("CHR602", "warn", &whole, &format!("htdocs/su{number:02}"));
            let lines: Vec<_> =
                outcome.output.lines().filter(|line| line.starts_with(&words)).collect();
            assert_eq!(lines.len(), 1, "one finding a line: {outcome:?}");
        }
    }

    #[test]
    fn on_demand_the_exit_status_tells_by_strictness() {
        let site = scene("strict").argument("-DCHROOT_AUDIT");
        site.configtest().says("CHR931").says("0 findings").exits(0);
        program(&site, "htdocs/su", 0o4755);
        site.configtest().says("CHR602").says("CHR634").exits(1);
        let site = scene("off").argument("-DCHROOT_AUDIT");
        program(&site, "htdocs/su", 0o4755);
        site.configtest().says("CHR602").exits(0);
    }

    #[test]
    fn a_finding_that_appears_before_a_restart_stops_a_strict_server() {
        let mut server = scene("strict").start();
        program(&server.site, "htdocs/su", 0o4755);
        server.allow_log("CHR602");
        server.allow_log("CHR634");
        server.allow_log("AH000");
        server.parent().signal("USR1");
        server.wait_until_dead();
        assert!(server.error_log().contains("CHR634"));
    }

    /// What the server keeps for itself, written as an administrator may: each is named by what it is.
    #[test]
    fn configuration_keys_logs_and_pid_file_inside_are_found() {
        let site = Site::new(Mpm::Event).modules(&["log_config"]);
        for (name, text) in
            [("own/more.conf", "TraceEnable Off\n"), ("own/key.pem", ""), ("own/logs/x", "")]
        {
            site.sandbox.write(name, text.as_bytes(), 0o600);
        }
        let site = site
            .config("Include {jail}/own/more.conf")
            .config("CustomLog {jail}/own/logs/access.log %h")
            .config("PidFile {jail}/own/logs/httpd.pid");
        let outcome = site.configtest();
        for (name, what) in [
            ("own/more.conf", "configuration"),
            ("own/logs/access.log", "CustomLog"),
            ("own/logs/httpd.pid", "PidFile"),
        ] {
            let words = message("CHR609", "warn", &site, name);
            let outcome: Outcome = outcome.clone();
            outcome.says(&words).says(&format!("({what})")).exits(0);
        }
    }

    #[test]
    fn the_main_configuration_under_another_name_inside_is_found() {
        let site = scene("warn");
        let outcome = site.configtest().does_not_say("CHR6");
        assert_eq!(outcome.status, Some(0));
        fs::hard_link(site.sandbox.configuration(), site.sandbox.jail.join("htdocs/conf"))
            .expect("a link");
        site.configtest().says(&message("CHR609", "warn", &site, "htdocs/conf")).says("CHR604");
    }

    #[test]
    fn sockets_and_files_of_the_children_are_their_own() {
        let site = scene("strict");
        let path = site.sandbox.jail.join("htdocs/own.sock");
        drop(UnixListener::bind(&path).expect("a socket"));
        std::os::unix::fs::chown(&path, Some(identity::UID), Some(identity::GID)).expect("chown");
        site.start().stop();
    }

    #[test]
    fn a_library_that_a_supplementary_group_may_write_is_found() {
        let site = scene("warn");
        site.sandbox.write("lib/libx.so", b"", 0o664);
        let path = site.sandbox.jail.join("lib/libx.so");
        std::os::unix::fs::chown(&path, None, Some(identity::GROUPS[2])).expect("chown");
        fs::set_permissions(&path, Permissions::from_mode(0o664)).expect("chmod");
        site.configtest().says(&message("CHR608", "warn", &site, "lib/libx.so")).says("group 4245");
    }

    /// Threads in the parent must not keep the module from being unloaded: an upgrade would wait for a stop.
    #[test]
    fn a_restart_after_an_audit_goes_on_with_the_module_that_is_installed_then() {
        let site = Site::new(Mpm::Event).jail(Jail::None);
        let installed = site.sandbox.server.join("mod_chroot.so");
        let install = || {
            let new = installed.with_extension("new");
            fs::copy(apache::module_under_test(), &new).expect("a copy");
            fs::rename(new, &installed).expect("in its place");
        };
        install();
        let lines = "LoadModule chroot_module \"{server}/mod_chroot.so\"\nChrootDir \"{jail}\"";
        let mut server = site.config(lines).expect_log("CHR901").start();
        install();
        server.graceful();
        let maps = fs::read_to_string(server.parent().path("maps")).expect("its mappings");
        let mapped: Vec<_> = maps.lines().filter(|line| line.contains("mod_chroot.")).collect();
        assert!(!mapped.is_empty(), "{maps}");
        assert!(!mapped.iter().any(|line| line.contains("(deleted)")), "{mapped:?}");
        server.stop();
    }

    #[test]
    fn the_whole_picture_has_the_findings() {
        let site = scene("warn").argument("-DDUMP_CHROOT");
        program(&site, "htdocs/su", 0o4755);
        let outcome = site.configtest().says("audit: warn").exits(0);
        let words = message("CHR602", "warn", &site, "htdocs/su");
        assert!(outcome.output.lines().any(|line| line.starts_with(&words)), "{outcome:?}");
    }

    #[test]
    fn an_unknown_word_is_refused() {
        scene("loud")
            .configtest()
            .says("CHR104: ChrootAudit \"loud\"")
            .says("off, warn, strict")
            .exits(1);
    }

    #[test]
    fn a_jail_with_procfs_is_not_served_under_strict() {
        let site = scene("strict").user("#65534", "#65534", 65534);
        let proc = site.sandbox.jail.join("proc");
        fs::create_dir(&proc).expect("a folder");
        site.configtest().exits(0);
        for words in [&["-t"][..], &["-DFOREGROUND"]] {
            // Mounted in a namespace that ends with httpd.
            let script = "mount -t proc proc \"$1\" && shift && exec timeout 20 \"$@\"";
            require(Capability::SysAdmin);
            let mut command = Command::new("unshare");
            command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"]);
            command.arg(&proc).arg(&Apache::installed().program).args(words);
            command.arg("-d").arg(&site.sandbox.server).arg("-f").arg(site.sandbox.configuration());
            let outcome = outcome::run(&mut command).says("CHR606").says("CHR634").exits(1);
            outcome.says(&format!("{}\" is a file system", proc.display())).says("(proc)");
        }
    }

    /// Symbolic links cost most, and anyone who may write into the jail can make many.
    #[test]
    fn links_that_lead_round_in_circles_hide_nothing_from_a_strict_server() {
        let site = scene("strict").writable("upload");
        for folder in 0..30 {
            let folder = site.sandbox.jail.join(format!("upload/d{folder}"));
            fs::create_dir(&folder).expect("a folder");
            symlink("b", folder.join("a")).expect("a link");
            symlink("a", folder.join("b")).expect("a link");
            for number in 0..2000 {
                symlink("a", folder.join(format!("s{number}"))).expect("a link");
            }
        }
        site.configtest().does_not_say("CHR63").exits(0);
        program(&site, "tools/su", 0o4755);
        let words = message("CHR602", "strict", &site, "tools/su");
        site.configtest().says(&words).says("CHR634").exits(1);
    }

    #[test]
    fn part_of_a_jail_that_was_not_searched_keeps_a_strict_server_from_serving() {
        for (mode, status) in [("warn", 0), ("strict", 1)] {
            let site = scene(mode);
            let mut deep = site.sandbox.jail.join("deep");
            deep.extend((0..300).map(|_| "d"));
            fs::create_dir_all(&deep).expect("folders");
            let outcome = site.configtest().says("CHR632").says("256").exits(status);
            assert_eq!(outcome.output.contains("CHR636"), mode == "strict", "{outcome:?}");
        }
    }

    /// Runs httpd with these words in a mount namespace of its own, after the shell has run `mounts`; `$1` is the jail.
    fn with_mounts(site: &Site, mounts: &str, words: &[&str]) -> Outcome {
        let script = format!("{mounts} && shift && exec timeout 60 \"$@\"");
        require(Capability::SysAdmin);
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", &script, "sh"]);
        command.arg(&site.sandbox.jail).arg(&Apache::installed().program).args(words);
        command.arg("-d").arg(&site.sandbox.server).arg("-f").arg(site.sandbox.configuration());
        outcome::run(&mut command)
    }

    #[test]
    fn a_file_system_in_the_jail_is_searched_under_strict_like_the_rest() {
        let mounts = "mount -t tmpfs none \"$1/disk\" && cp -p /bin/true \"$1/disk/su\" && chmod 4755 \"$1/disk/su\"";
        for (mode, status) in [("warn", 0), ("strict", 1)] {
            let site = scene(mode).user("#65534", "#65534", 65534);
            fs::create_dir(site.sandbox.jail.join("disk")).expect("a folder");
            site.configtest().exits(0);
            let outcome = with_mounts(&site, mounts, &["-t"]).exits(status);
            assert_eq!(outcome.output.contains("CHR602"), mode == "strict", "{outcome:?}");
        }
    }

    /// The kernel names its layers by paths that begin in no known directory, so it is asked with a deadline like a file server.
    #[test]
    fn a_file_of_the_servers_on_another_file_system_is_found_in_the_jail() {
        let mounts = "cd \"${1%/*}\" && mkdir lower upper work far && \
            mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none far && \
            touch far/access.log && mount --bind far/access.log \"$1/shown\"";
        let site = scene("warn").user("#65534", "#65534", 65534);
        site.sandbox.write("shown", b"", 0o644);
        let log = "CustomLog \"|/usr/bin/rotatelogs {base}/far/access.log 86400\" %h";
        let site = site.modules(&["log_config"]).config(log);
        let found = message("CHR609", "warn", &site, "shown");
        site.configtest().does_not_say("CHR609").exits(0);
        with_mounts(&site, mounts, &["-t"]).says(&found).exits(0);
    }

    /// A piped log may be there; httpd opens none at a configtest.
    #[test]
    fn a_file_of_the_servers_on_a_file_system_that_does_not_answer_holds_up_no_search() {
        let site = scene("strict");
        let far = site.sandbox.base.join("far");
        fs::create_dir(&far).expect("a folder");
        let log = "CustomLog \"|/usr/bin/rotatelogs {base}/far/in/access.log 86400\" %h";
        let site = site.modules(&["log_config"]).config(log).with_silence(&far, identity::UID, 40);
        site.configtest().does_not_say("CHR637").exits(0);
    }

    /// A file server that does not answer holds the process that searches for as long as it likes, SIGKILL or not.
    #[test]
    fn a_file_server_that_does_not_answer_keeps_nobody_waiting() {
        for (mode, status) in [("warn", 0), ("strict", 1)] {
            let site = scene(mode);
            let far = site.sandbox.jail.join("htdocs/far");
            fs::create_dir(&far).expect("a folder");
            let site = site.with_silence(&far, 0, 40);
            let begin = std::time::Instant::now();
            site.configtest().says(&format!("CHR637: ChrootAudit \"{mode}\"")).exits(status);
            let took = begin.elapsed();
            assert!(took < std::time::Duration::from_secs(30), "{took:?}");
        }
    }
}
