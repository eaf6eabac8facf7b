//! Promise 5, where mod_unixd is a DSO: the order in which the two modules are loaded makes no difference.
//!
//! Every packaged httpd has mod_unixd built in, so one is built for this (tests/httpd/build-private).

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::sync::OnceLock;

    use crate::harness::requirements::{self, Requirement};
    use crate::harness::{Apache, Loaded, Mpm, Site, on_every_mpm, promise};

    /// The private httpd; nothing, with the reason on stderr, where it cannot be built.
    fn private_httpd() -> Option<&'static Apache> {
        static BUILT: OnceLock<Option<Apache>> = OnceLock::new();
        let built = BUILT.get_or_init(|| {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/httpd/build-private");
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("private-httpd");
            let output = Command::new(script).arg(&folder).output().expect("build-private");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                Some(0) => Some(Apache::at(&folder.join("bin/httpd"), &folder.join("modules"))),
                Some(77) => {
                    eprintln!("no private httpd: {said}");
                    None
                }
                _ => panic!("build-private: {}\n{said}", output.status),
            }
        });
        built.as_ref()
    }

    fn is_jailed_when_loaded(mpm: Mpm, place: Loaded) {
        let Some(apache) = private_httpd() else {
            return requirements::skip(Requirement::System("source package of httpd"));
        };
        let server = Site::new(mpm).httpd(apache).loaded(place).start();
        assert_eq!(server.get("/index.html").body, "hello from inside");
        let maps = std::fs::read_to_string(server.parent().path("maps")).expect("its maps");
        let unixd: PathBuf = apache.module_file("unixd");
        assert!(maps.contains(&unixd.display().to_string()), "mod_unixd is not a DSO");
        promise::everyone_is_jailed(&server);
        promise::parent_is_outside(&server);
        server.stop();
    }

    on_every_mpm! {
        fn the_jail_is_entered_when_the_module_is_loaded_before_unixd(mpm: Mpm) {
            is_jailed_when_loaded(mpm, Loaded::First);
        }

        fn the_jail_is_entered_when_the_module_is_loaded_after_unixd(mpm: Mpm) {
            is_jailed_when_loaded(mpm, Loaded::Last);
        }
    }
}
