//! Starts that cannot learn: refused before anything serves.

#[cfg(test)]
mod tests {
    use crate::application::Application;
    use crate::harness::launch::program;
    use crate::harness::requirements::{Capability, require};
    use crate::harness::{Mpm, Site};
    use std::os::unix::fs::{PermissionsExt, chown};

    fn refuses(site: Site, words: &str) {
        let outcome = site.refuses();
        assert!(
            outcome.output.contains("CHR943") && outcome.output.contains(words),
            "{}",
            outcome.output
        );
    }

    #[test]
    fn without_a_jail_there_is_nothing_to_learn_for() {
        let site = Site::new(Mpm::Prefork).bare().argument("-DCHROOT_LEARN");
        refuses(site.config("DocumentRoot \"{jail}/htdocs\""), "ChrootDir is not set");
    }

    #[test]
    fn a_file_cannot_make_every_start_one_that_learns() {
        for name in ["CHROOT_LEARN", "CHROOT_WATCH"] {
            let site = Application::new().site(Mpm::Prefork);
            refuses(site.config(&format!("Define {name}")), "on the command line: apachectl -D");
        }
    }

    #[test]
    fn children_are_not_inside_and_outside() {
        let site = Application::new().site(Mpm::Prefork);
        refuses(site.argument("-DCHROOT_LEARN").argument("-DCHROOT_WATCH"), "one of them");
    }

    #[test]
    fn one_process_cannot_watch_itself() {
        let site = Application::new().site(Mpm::Prefork).allow_log("CHR306");
        refuses(site.argument("-X").argument("-DCHROOT_LEARN"), "without -X");
    }

    #[test]
    fn processes_that_another_program_watches_cannot_be_watched() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let site = Application::new().site(Mpm::Prefork);
        let words = format!("\"{}\"", program(&site, "listener").display());
        refuses(site.through(&words).argument("-DCHROOT_LEARN"), "another program watches httpd");
    }

    #[test]
    fn a_directory_that_others_can_change_gets_no_result() {
        require(Capability::SysPtrace);
        let site = Application::new().site(Mpm::Prefork).argument("-DCHROOT_LEARN");
        let folder = site.sandbox.server.clone();
        chown(&folder, Some(4242), None).expect("its owner");
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755))
            .expect("its mode");
        refuses(site, "set ServerRoot");
    }
}
