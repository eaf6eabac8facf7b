//! Promises 4 and 8: the preflight runs nothing of the jail, whatever programs lie there, and neither it nor root waits for
//! a process that was stopped, or for a file server that hangs.

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::time::{Duration, Instant};

    use crate::harness::client::get;
    use crate::harness::requirements::{Capability, require};
    use crate::harness::tools::make_fifo;
    use crate::harness::{Mpm, Outcome, Site, on_every_mpm, programs};

    const CGI: &str =
        "<Directory \"{jail}/htdocs\">\nOptions +ExecCGI\nAddHandler cgi-script .cgi\n</Directory>";

    fn site(mpm: Mpm) -> Site {
        Site::new(mpm)
            .document_root("{jail}/htdocs")
            .modules(&["cgi", "mime"])
            .config("TypesConfig /dev/null")
            .writable("htdocs/up")
            .config(CGI)
    }

    /// A program whose loader is tests/shims/spy.c under this name, both the run-as user's.
    fn with_loader(site: &Site, name: &str) -> PathBuf {
        let folder = site.sandbox.jail.join("htdocs/up");
        let loader = folder.join(name);
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shims/spy.c");
        let place = format!("-DFOLDER=\"{}\"", folder.display());
        let link = format!("-Wl,--dynamic-linker={}", loader.display());
        let program = folder.join(format!("{name}.cgi"));
        for (options, built) in [("-static", &loader), (&*link, &program)] {
            let mut compiler = Command::new("cc");
            compiler.args(["-O1", "-Wall", "-Werror", &place, options]);
            let status = compiler.arg("-o").arg(built).arg(&source).status().expect("cc");
            assert!(status.success(), "cc {}", built.display());
            chown(built, Some(4242), Some(4243)).expect("its owner");
        }
        folder
    }

    fn runs(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).expect("a folder").flatten();
        let names = names.map(|it| it.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("ran-as-")).collect()
    }

    #[track_caller]
    fn quickly(site: &Site) -> Outcome {
        let begin = Instant::now();
        let outcome = site.configtest();
        assert!(begin.elapsed() < Duration::from_secs(40), "{:?}", begin.elapsed());
        outcome
    }

    on_every_mpm! {
        fn no_loader_that_a_program_of_the_jail_names_is_run(mpm: Mpm) {
            let site = site(mpm);
            let names = ["ld-linux-evil.so.2", "ld-musl-evil.so.1", "ld-elf.so.1", "other"];
            let folders: Vec<_> = names.iter().map(|name| with_loader(&site, name)).collect();
            quickly(&site).says("CHR806: AddHandler").says("\"libc.so.6\"").exits(0);
            assert!(runs(&folders[0]).is_empty(), "configtest: {:?}", runs(&folders[0]));
            for arguments in ["-S", "-M"] {
                site.runs_with(arguments);
                assert!(runs(&folders[0]).is_empty(), "{arguments}: {:?}", runs(&folders[0]));
            }
            let mut server = site.allow_log("CHR806").start();
            server.graceful();
            server.restart();
            server.control("graceful").exits(0);
            get("/").of(&server).is(200, &server);
            assert!(runs(&folders[0]).is_empty(), "at start: {:?}", runs(&folders[0]));
            server.stop();
        }

        /// tests/shims/stop_trial.c: as any process of that user could.
        fn a_trial_that_is_stopped_keeps_neither_start_nor_restart_waiting(mpm: Mpm) {
            let shim = programs::shim("stop_trial").display().to_string();
            let words = format!(
                "env LD_PRELOAD=\"{shim}\" STOP_AFTER=\"{{base}}/armed\""
            );
            let site = site(mpm).through(&words).allow_log("CHR892");
            let armed = site.sandbox.base.join("armed");
            let mut server = site.start();
            fs::write(&armed, "").expect("a file");
            assert_eq!(server.log_count("CHR892"), 0, "stopped too early");
            let begin = Instant::now();
            server.graceful();
            get("/").of(&server).is(200, &server);
            server.restart();
            get("/").of(&server).is(200, &server);
            assert!(begin.elapsed() < Duration::from_secs(40), "{:?}", begin.elapsed());
            assert_eq!(server.log_count("CHR892"), 2, "{}", server.error_log());
            server.stop();
        }
    }

    #[test]
    fn a_server_whose_trials_are_stopped_starts_all_the_same() {
        let shim = programs::shim("stop_trial").display().to_string();
        let site = site(Mpm::Event).through(&format!("env LD_PRELOAD=\"{shim}\""));
        let begin = Instant::now();
        let server = site.allow_log("CHR892").start();
        assert!(begin.elapsed() < Duration::from_secs(40), "{:?}", begin.elapsed());
        // Of the first reading of the configuration, and of the second.
        assert_eq!(server.log_count("CHR892"), 2, "{}", server.error_log());
        get("/").of(&server).is(200, &server);
        server.stop();
    }

    #[test]
    fn a_trial_that_is_stopped_is_no_consent_under_strict() {
        let shim = programs::shim("stop_trial").display().to_string();
        let stopped = || site(Mpm::Event).through(&format!("env LD_PRELOAD=\"{shim}\""));
        quickly(&stopped()).says("CHR892: ChrootPreflight \"warn\"").exits(0);
        quickly(&stopped().config("ChrootPreflight strict")).says("CHR892").fails();
    }

    /// Everything that may lie where programs are looked for.
    #[test]
    fn hostile_programs_are_looked_at_without_harm() {
        let site = site(Mpm::Event);
        let up = site.sandbox.jail.join("htdocs/up");
        let mode =
            |path: &Path| fs::set_permissions(path, Permissions::from_mode(0o755)).expect("mode");
        make_fifo(&up.join("fifo.cgi"));
        mode(&up.join("fifo.cgi"));
        let sparse = fs::File::create(up.join("sparse.cgi")).expect("a file");
        std::io::Write::write_all(&mut &sparse, b"\x7fELF\x02\x01\x01").expect("a beginning");
        sparse.set_len(1 << 40).expect("a hole");
        fs::write(up.join("long.cgi"), format!("#!{}\n", "/x".repeat(30_000))).expect("a script");
        fs::write(up.join("one.cgi"), format!("#!{}/two.cgi\n", up.display())).expect("a script");
        fs::write(up.join("two.cgi"), format!("#!{}/one.cgi\n", up.display())).expect("a script");
        std::os::unix::fs::symlink("loop.cgi", up.join("loop.cgi")).expect("a link");
        for name in ["sparse", "long", "one", "two"] {
            mode(&up.join(format!("{name}.cgi")));
        }
        let mut deep = up.clone();
        for _ in 0..300 {
            deep.push("d");
            fs::create_dir(&deep).expect("a folder");
        }
        let begin = Instant::now();
        site.configtest().exits(0);
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    }

    /// Runs httpd in a mount namespace with a file server that does not answer at `far`.
    fn with_silence(site: Site, far: &Path) -> Site {
        fs::create_dir_all(far).expect("a folder");
        site.with_silence(far, 0, 30)
    }

    #[test]
    fn root_does_not_wait_for_a_file_server_that_the_configuration_names() {
        require(Capability::SysAdmin);
        let refused = |line: &str| {
            let site = site(Mpm::Event).modules(&["alias"]);
            let far = site.sandbox.base.join("far");
            let site = with_silence(site.config(line), &far);
            quickly(&site).says("CHR728: ChrootDir").says("/far").says("does not answer").fails();
        };
        let lines = [
            "ChrootProvide \"{base}/far/file\"",
            "ChrootProvide \"program:{base}/far/tool\"",
            "DocumentRoot \"{base}/far/htdocs\"",
            "Alias /far \"{base}/far/icons\"",
        ];
        std::thread::scope(|scope| {
            lines.into_iter().for_each(|line| drop(scope.spawn(move || refused(line))));
        });
    }

    /// Somebody in the jail names it: that is no reason not to start.
    #[test]
    fn root_does_not_wait_for_a_file_server_that_a_script_of_the_jail_names() {
        let site = site(Mpm::Event);
        let far = site.sandbox.base.join("far");
        let script = format!("#!{}/perl\n", far.display());
        site.sandbox.write("htdocs/x.cgi", script.as_bytes(), 0o755);
        let site = with_silence(site, &far);
        let said = quickly(&site).says("CHR805: AddHandler").says("does not answer").exits(0);
        said.does_not_say("add \"ChrootProvide program:");
    }

    /// `env` of the jail's own, and a path that leads up from wherever it is looked for.
    #[test]
    fn a_relative_path_in_a_script_of_the_jail_leads_root_nowhere() {
        let site = site(Mpm::Event);
        let far = site.sandbox.base.join("far");
        let env = site.sandbox.jail.join("htdocs/up/env");
        fs::copy("/usr/bin/env", &env).expect("env");
        let script = format!("#!{} {}{}/x\n", env.display(), "../".repeat(9), far.display());
        site.sandbox.write("htdocs/up/x.cgi", script.as_bytes(), 0o755);
        let begin = Instant::now();
        with_silence(site, &far).configtest().does_not_say("CHR893").exits(0);
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }

    /// A user who may change a script chooses the path in its first line: such a line is no evidence.
    #[test]
    fn programs_that_others_than_root_have_chosen_are_not_advised() {
        let site = site(Mpm::Event);
        let config = site.sandbox.base.join("other.yml");
        fs::write(&config, "secret: 1\n").expect("a file");
        for (name, line) in [
            ("a.cgi", "#!/usr/bin/nsenter".to_owned()),
            ("b.cgi", format!("#!{}", config.display())),
            ("c.cgi", "#!/usr/local/bin/../../bin/nsenter".to_owned()),
        ] {
            let path = format!("htdocs/up/{name}");
            site.sandbox.write(&path, line.as_bytes(), 0o755);
            chown(site.sandbox.jail.join(path), Some(4242), None).expect("its owner");
        }
        let said = site.configtest();
        said.says("others than root can change the script").does_not_say("program:").exits(0);
        site.sandbox.write("htdocs/up/d.cgi", b"#!/usr/bin/perl", 0o755);
        site.configtest().says("ChrootProvide program:/usr/bin/perl");
    }

    #[test]
    fn strict_refuses_what_was_not_tried_to_its_end() {
        let tries = |strict: &str, id: &str| {
            let site = site(Mpm::Event).config(&format!("ChrootPreflight {strict}"));
            let far = site.sandbox.jail.join("htdocs/up/far");
            let said = quickly(&with_silence(site, &far)).says(id);
            if strict == "strict" {
                said.fails()
            } else {
                said.exits(0)
            };
        };
        std::thread::scope(|scope| {
            scope.spawn(|| tries("warn", "CHR893"));
            scope.spawn(|| tries("strict", "CHR896"));
        });
    }

    /// Settings of PHP where no PHP need be: root reads them to know what scripts will open.
    #[test]
    fn settings_that_others_can_change_are_not_read_nor_waited_for() {
        let over = "mount -t tmpfs -o mode=755 none /etc/php\n";
        for (make, words) in [
            ("mkfifo /etc/php/php.ini", "is a device, FIFO or socket"),
            ("echo >/etc/php/php.ini; chown 4242 /etc/php/php.ini", "belongs to uid 4242"),
            ("truncate -s 3M /etc/php/php.ini", "it has more than"),
        ] {
            let site = site(Mpm::Event).after(&format!("{over}{make}"));
            quickly(&site).says("CHR895: ChrootPreflight").says("php.ini").says(words).exits(0);
        }
        let site = site(Mpm::Event).after(&format!("{over}echo >/etc/php/php.ini"));
        quickly(&site).does_not_say("CHR895").exits(0);
    }
}
