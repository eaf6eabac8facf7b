//! Promise 12 where suexec is in use: it is a setuid program, so the children keep what it needs and
//! nothing else.

#[cfg(test)]
mod tests {
    use crate::attacks::{Carrier, compiled, started_by};
    use crate::harness::requirements::{self, Requirement};
    use crate::harness::{Apache, Mpm, Site, promise};
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    /// Where this httpd looks for suexec, if it is in the folder above that of its modules.
    fn place(httpd: &Apache) -> Option<PathBuf> {
        let told = Command::new(&httpd.program).arg("-V").output().expect("httpd");
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let (_, path) = told.lines().find_map(|line| line.split_once("SUEXEC_BIN=\""))?;
        let path = PathBuf::from(path.trim_end_matches('"'));
        (path.parent() == httpd.modules.parent()).then_some(path)
    }

    /// The scene on a machine with suexec: for its httpd alone, a copy of the folder lies over the real
    /// one, with a program by that name.
    fn installed(site: Site) -> Option<Site> {
        let httpd = Apache::installed();
        let Some(suexec) = place(httpd) else {
            requirements::skip(Requirement::System("httpd with suexec beside its modules"));
            return None;
        };
        let (real, copy) = (suexec.parent()?, site.sandbox.server.join("lib"));
        let status = Command::new("cp").arg("-a").arg(real).arg(&copy).status().expect("cp");
        assert!(status.success(), "cp: {status}");
        let program = copy.join(suexec.file_name()?);
        fs::copy("/bin/true", &program).expect("a program");
        fs::set_permissions(&program, Permissions::from_mode(0o4755)).expect("its mode");
        let lines = mounted(&copy, real) + "exec HTTPD \"$@\"";
        let started = started_by(&site, &lines);
        Some(site.httpd(&started).modules(&["suexec"]).allow_log("AH01232"))
    }

    fn mounted(copy: &Path, real: &Path) -> String {
        format!("mount --bind '{}' '{}' || exit 1\n", copy.display(), real.display())
    }

    #[test]
    fn children_keep_the_two_capabilities_that_suexec_needs() {
        let Some(site) = installed(Site::new(Mpm::Event)) else { return };
        let server = site.start();
        let log = server.error_log();
        let said = log.lines().find(|line| line.contains("CHR911")).expect("the message");
        assert!(said.contains("setuid and setgid only (suexec)"), "{said}");
        assert!(said.contains("absent: no_new_privs (suexec is in use)"), "{said}");
        promise::for_everyone(&server, |process| {
            let found = ["CapBnd", "NoNewPrivs"].map(|name| process.status_field(name));
            let wanted = ["00000000000000c0", "0"];
            if found == wanted { Ok(()) } else { Err(format!("{process:?}: {found:?}")) }
        });
        server.stop();
    }

    /// It becomes root, and has none of what makes root able to leave a chroot.
    #[test]
    fn a_setuid_program_of_root_stays_inside() {
        let site = Carrier::Cgi.scene("auto");
        let site = site.program("bin/setuid", &compiled("escape", &["-static"]));
        let program = site.sandbox.jail.join("bin/setuid");
        fs::set_permissions(program, Permissions::from_mode(0o4755)).expect("its mode");
        let Some(site) = installed(site) else { return };
        let server = site.start();
        let reply = Carrier::Cgi.ask(&server, "setuid_program:/bin/setuid");
        assert_eq!(reply.value("answer"), "shut", "{reply:?}");
        assert!(reply.value("reason").starts_with("euid 0, chroot: "), "{reply:?}");
        server.stop();
    }
}
