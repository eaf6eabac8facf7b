//! Promise 4, for `program:`: root runs nothing that it is to find the needs of, reads nothing that others can change,
//! and waits for nothing.

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::os::unix::net::UnixListener;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::time::{Duration, Instant};

    use crate::harness::tools::make_fifo;
    use crate::harness::{Mpm, Outcome, Site};

    fn site() -> Site {
        Site::new(Mpm::Event)
            .document_root("{jail}/htdocs")
            .modules(&["alias", "cgi", "mime"])
            .config("TypesConfig /dev/null")
    }

    /// A folder in the jail, owned by the run-as user, from which programs are run.
    fn with_uploads() -> (Site, PathBuf) {
        let site = site().writable("htdocs/up").config(
            "<Directory \"{jail}/htdocs\">\nOptions +ExecCGI\nAddHandler cgi-script .cgi\n</Directory>",
        );
        let folder = site.sandbox.jail.join("htdocs/up");
        (site, folder)
    }

    /// Files that say that something was run, by whoever it was.
    fn runs(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).expect("a folder").flatten();
        let names = names.map(|it| it.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("ran-as-")).collect()
    }

    /// tests/shims/spy.c, which tells in `folder` that it was run.
    fn spy(folder: &Path, options: &[&str], built: &Path) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shims/spy.c");
        let place = format!("-DFOLDER=\"{}\"", folder.display());
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-Wall", "-Werror", &place]).args(options);
        let status = compiler.arg("-o").arg(built).arg(source).status().expect("cc");
        assert!(status.success(), "cc {}", built.display());
    }

    fn give(path: &Path) {
        chown(path, Some(4242), Some(4243)).expect("its owner");
    }

    #[track_caller]
    fn quickly(site: &Site) -> Outcome {
        let begin = Instant::now();
        let outcome = site.configtest();
        assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
        outcome
    }

    #[test]
    fn a_script_of_the_jail_is_neither_read_nor_is_its_interpreter_run() {
        let (site, folder) = with_uploads();
        let perl = folder.join("perl-5");
        spy(&folder, &["-static"], &perl);
        let script = folder.join("form.cgi");
        site.sandbox.write(
            "htdocs/up/form.cgi",
            format!("#!{}\n", perl.display()).as_bytes(),
            0o755,
        );
        give(&script);
        let site = site.config("ChrootProvide \"program:{jail}/htdocs/up/form.cgi\"");
        quickly(&site).says("CHR722: ChrootProvide").says("lies in the jail").fails();
        assert!(runs(&folder).is_empty(), "{:?}", runs(&folder));
    }

    /// The remedy is followed to the letter, for a program that brings a library to be loaded before all others.
    #[test]
    fn the_advice_of_configtest_runs_nothing_of_the_jail() {
        let (site, folder) = with_uploads();
        let audit = folder.join("audit.so");
        spy(&folder, &["-shared", "-fPIC"], &audit);
        let program = folder.join("x.cgi");
        let option = format!("-Wl,--audit={}", audit.display());
        spy(&folder, &[&option, "-Wl,--disable-new-dtags"], &program);
        [&audit, &program].into_iter().for_each(|path| give(path));
        let said =
            quickly(&site).says("CHR806: AddHandler").says("x.cgi\" needs the library").exits(0);
        let remedy = said.output.split("add \"").nth(1).and_then(|it| it.split('"').next());
        let remedy = remedy.expect("a remedy").to_owned();
        assert!(!remedy.contains("program:"), "{remedy}");
        let site = site.config(&remedy);
        quickly(&site).does_not_say("CHR8").exits(0);
        assert!(runs(&folder).is_empty(), "{:?}", runs(&folder));
        let server = site.start();
        // Run by a request, it is the run-as user inside, and as hardened as any other program.
        assert_eq!(server.get("/htdocs-is-not-asked-for").status, 404);
        let _ = server.try_get("/up/x.cgi", Duration::from_secs(5));
        assert_eq!(runs(&folder), ["ran-as-4242-1"]);
        let mut server = server;
        server.allow_log("End of script output before headers");
        server.stop();
    }

    /// A virtual environment of Python, as deploy users make them: its interpreter is a link to root's.
    #[test]
    fn a_virtual_environment_of_another_user_is_refused_with_its_owner() {
        let site = site().config("ChrootProvide \"program:{base}/venv/bin/python3\"");
        let venv = site.sandbox.base.join("venv");
        fs::create_dir_all(venv.join("bin")).expect("folders");
        symlink("/usr/bin/python3", venv.join("bin/python3")).expect("a link");
        fs::write(venv.join("pyvenv.cfg"), "home = /usr/bin\n").expect("a file");
        quickly(&site).does_not_say("CHR72").exits(0);
        give(&venv);
        let said = quickly(&site).says("CHR721: ChrootProvide").fails();
        said.says(&format!("\"{}\" belongs to uid 4242; chown root", venv.display())).says("[");
    }

    #[test]
    fn a_way_to_an_interpreter_that_leads_through_a_users_folder_is_refused() {
        let site = site().config("ChrootProvide \"program:{base}/tool\"");
        let home = site.sandbox.base.join("home");
        fs::create_dir(&home).expect("a folder");
        symlink("/bin/sh", home.join("sh")).expect("a link");
        let tool = site.sandbox.base.join("tool");
        fs::write(&tool, format!("#!{}/sh\n", home.display())).expect("a script");
        fs::set_permissions(&tool, Permissions::from_mode(0o755)).expect("its mode");
        quickly(&site).does_not_say("CHR72").exits(0);
        give(&home);
        quickly(&site).says("CHR721").says("home/sh\" is not root's alone").fails();
    }

    #[test]
    fn what_is_no_regular_file_is_refused_and_not_waited_for() {
        for kind in ["a FIFO", "a device", "a directory", "a socket"] {
            is_refused_at_once(kind, false);
            is_refused_at_once(kind, true);
        }
    }

    /// A program of this `kind`, or a script with such an interpreter.
    fn is_refused_at_once(kind: &str, script: bool) {
        let site = site().config("ChrootProvide \"program:{base}/tool\"");
        let tool = site.sandbox.base.join("tool");
        let place = if script { site.sandbox.base.join("interpreter") } else { tool.clone() };
        let socket = make(kind, &place);
        if script {
            fs::write(&tool, format!("#!{}\n", place.display())).expect("a script");
        }
        quickly(&site).says("CHR723: ChrootProvide").says("and not a regular file").fails();
        drop(socket);
    }

    fn make(kind: &str, place: &Path) -> Option<UnixListener> {
        match kind {
            "a FIFO" => make_fifo(place),
            "a device" => symlink("/dev/zero", place).expect("a link"),
            "a directory" => fs::create_dir(place).expect("a folder"),
            _ => return Some(UnixListener::bind(place).expect("a socket")),
        }
        None
    }

    /// tests/shims/liar.c under the name of an interpreter: root's, but it lies, and does not end.
    fn with_liar(name: &str) -> (Site, PathBuf) {
        let site = site().config(&format!("ChrootProvide \"program:{{base}}/{name}\""));
        let built = crate::harness::launch::program(&site, "liar");
        fs::rename(built, site.sandbox.base.join(name)).expect("its name");
        let told = site.sandbox.base.join("told");
        fs::create_dir(&told).expect("a folder");
        fs::set_permissions(&told, Permissions::from_mode(0o777)).expect("its mode");
        (site, told)
    }

    #[test]
    fn an_interpreter_is_run_by_nobody_with_no_right_and_its_lies_bring_nothing() {
        let (site, told) = with_liar("perl-liar");
        let said = site.argument("-DDUMP_CHROOT");
        let said = quickly(&said).exits(0);
        let told: Vec<_> = fs::read_dir(&told).expect("a folder").flatten().collect();
        let names: Vec<_> = told.iter().map(|it| it.file_name().into_string().unwrap()).collect();
        let nobody = "65533-65533-65533-groups-1-nnp-1-files-0-env-0-forked-0-stopped-0";
        assert_eq!(names, [nobody]);
        for lie in ["/etc/ssl ", "/var/log", "/usr/share/zoneinfo "] {
            let provided = format!("provided: {lie}");
            let by_it = |line: &&str| line.starts_with(&provided) && line.contains("perl-liar");
            assert_eq!(said.output.lines().find(by_it), None, "{}", said.output);
        }
        said.says("CHR725: ChrootProvide").says("\"/var/log\" is not provided");
    }

    #[test]
    fn an_interpreter_that_hangs_is_ended_and_named() {
        let (site, _) = with_liar("python-hangs");
        let said = quickly(&site).exits(0).says("CHR726: ChrootProvide").says("python-hangs");
        said.says("took too long");
        let left = fs::read_dir("/proc").expect("/proc").flatten().any(|process| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains("python-hangs")
                && String::from_utf8_lossy(&line).contains(&*site.sandbox.base.to_string_lossy())
        });
        assert!(!left, "it still runs");
    }

    #[test]
    fn of_php_only_its_settings_extensions_and_includes_come_along() {
        let site = site().config("ChrootProvide program:/usr/bin/php").argument("-DDUMP_CHROOT");
        let said = quickly(&site).exits(0);
        let by_php = |line: &&str| line.ends_with("program:/usr/bin/php)");
        let provided: Vec<_> = said.output.lines().filter(by_php).collect();
        let is_of = |part: &str| provided.iter().any(|line| line.contains(part));
        assert!(is_of("/usr/share/php ") && is_of("/usr/lib/php/"), "{provided:#?}");
        assert!(!is_of("sessions") && !is_of("zoneinfo"), "{provided:#?}");
        let mut settings = provided.iter().filter(|line| line.contains("/etc/"));
        let is_its = |line: &&str| line.contains("/cli ") || line.contains("/mods-available ");
        assert!(settings.all(is_its), "{provided:#?}");
    }
}
