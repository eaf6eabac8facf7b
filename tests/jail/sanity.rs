//! Promise 9: a jail that others than root could replace is not entered, and every way to it is judged.

#[cfg(test)]
mod tests {
    use crate::harness::requirements::{self, Requirement};
    use crate::harness::{Mpm, Outcome, Site, until};
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::path::Path;
    use std::process::Command;

    fn scene() -> Site {
        Site::new(Mpm::Event)
    }

    /// The jail two directories below the folder of the scene.
    fn deep() -> Site {
        Site::with_jail_at(Mpm::Event, "above/jail")
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("its mode");
    }

    /// Adds an entry to the access control list; false, and said, where that is not to be had.
    fn has_list(path: &Path, entry: &str) -> bool {
        let set = Command::new("setfacl").args(["-m", entry]).arg(path).status();
        let is_set = set.is_ok_and(|status| status.success());
        if !is_set {
            requirements::skip(Requirement::Package("acl"));
        }
        is_set
    }

    /// configtest refuses, and so does the start, which never serves; both name the component.
    #[track_caller]
    fn is_refused(site: &Site, id: &str, component: &Path) -> Outcome {
        let words = format!("component \"{}\"", component.display());
        site.refuses().says(id).says(&words).fails();
        site.configtest().says(id).says(&words).exits(1)
    }

    #[test]
    fn a_jail_that_everybody_can_write() {
        let site = scene();
        mode(&site.sandbox.jail, 0o757);
        let remedy = format!("chmod o-w \"{}\"", site.sandbox.jail.display());
        is_refused(&site, "CHR213", &site.sandbox.jail).says("(mode 0757)").says(&remedy);
    }

    #[test]
    fn a_jail_that_its_group_can_write() {
        let site = scene();
        mode(&site.sandbox.jail, 0o775);
        let remedy = format!("chmod g-w \"{}\"", site.sandbox.jail.display());
        is_refused(&site, "CHR212", &site.sandbox.jail).says("(mode 0775)").says(&remedy);
    }

    #[test]
    fn a_jail_of_the_run_as_user() {
        let site = scene();
        chown(&site.sandbox.jail, Some(4242), None).expect("its owner");
        let remedy = format!("chown root \"{}\"", site.sandbox.jail.display());
        is_refused(&site, "CHR211", &site.sandbox.jail).says("uid 4242").says(&remedy);
    }

    #[test]
    fn a_jail_that_an_access_list_lets_somebody_write() {
        let site = scene();
        if !has_list(&site.sandbox.jail, "u:4242:rwx") {
            return;
        }
        let remedy = format!("setfacl -b \"{}\"", site.sandbox.jail.display());
        is_refused(&site, "CHR214", &site.sandbox.jail).says("lets user 4242 write").says(&remedy);
    }

    #[test]
    fn a_jail_whose_access_list_lets_nobody_write_is_served() {
        let site = scene();
        if !has_list(&site.sandbox.jail, "u:4242:r-x") {
            return;
        }
        site.start().stop();
    }

    #[test]
    fn a_parent_that_everybody_can_write() {
        let site = deep();
        let above = site.sandbox.base.join("above");
        mode(&above, 0o757);
        is_refused(&site, "CHR213", &above);
    }

    #[test]
    fn a_parent_that_its_group_can_write() {
        let site = deep();
        let above = site.sandbox.base.join("above");
        mode(&above, 0o775);
        is_refused(&site, "CHR212", &above);
    }

    #[test]
    fn a_parent_of_another_user() {
        let site = deep();
        let above = site.sandbox.base.join("above");
        chown(&above, Some(1234), None).expect("its owner");
        is_refused(&site, "CHR211", &above);
    }

    /// As /tmp is: nobody can rename the jail in it, but whoever comes first can make it.
    #[test]
    fn a_parent_that_is_sticky_and_writable_is_not_to_be_changed() {
        let site = deep();
        let above = site.sandbox.base.join("above");
        mode(&above, 0o1777);
        is_refused(&site, "CHR212", &above).says("CHR213").says("keep the jail elsewhere");
    }

    #[test]
    fn a_link_in_the_middle_is_followed() {
        let site = deep().chroot("\"{base}/link/jail\"");
        symlink("above", site.sandbox.base.join("link")).expect("a link");
        site.start().stop();
    }

    #[test]
    fn a_link_in_a_directory_that_everybody_can_write() {
        let site = deep().chroot("\"{base}/open/link/jail\"");
        let open = site.sandbox.base.join("open");
        fs::create_dir(&open).expect("a folder");
        symlink("../above", open.join("link")).expect("a link");
        mode(&open, 0o757);
        is_refused(&site, "CHR213", &open);
    }

    #[test]
    fn a_link_that_leads_through_a_directory_that_everybody_can_write() {
        let site = deep().chroot("\"{base}/link\"");
        let open = site.sandbox.base.join("open");
        fs::create_dir(&open).expect("a folder");
        symlink(open.join("../above/jail"), site.sandbox.base.join("link")).expect("a link");
        mode(&open, 0o757);
        is_refused(&site, "CHR213", &open);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let site = deep();
        let above = site.sandbox.base.join("above");
        chown(&above, Some(1234), None).expect("its owner");
        mode(&site.sandbox.jail, 0o775);
        is_refused(&site, "CHR211", &above).says("CHR212").says("chmod g-w");
    }

    #[test]
    fn warn_says_it_at_configtest_and_serves() {
        let site = deep().config("ChrootCheck warn");
        mode(&site.sandbox.base.join("above"), 0o775);
        site.configtest().says("CHR212").says("Syntax OK").exits(0);
        let server = site.expect_log("CHR212").start();
        assert_eq!(server.get("/index.html").body, "hello from inside");
        server.stop();
    }

    #[test]
    fn warn_says_that_the_run_as_user_can_write_its_jail() {
        let site = scene().config("ChrootCheck warn");
        chown(&site.sandbox.jail, Some(4242), None).expect("its owner");
        let server = site.expect_log("CHR211").expect_log("CHR215").start();
        assert_eq!(server.get("/index.html").body, "hello from inside");
        server.stop();
    }

    #[test]
    fn another_word_is_refused() {
        scene().config("ChrootCheck yes").configtest().says("CHR104").says("strict, warn").exits(1);
    }

    /// The parent has judged it long ago: a child judges it again.
    #[test]
    fn a_jail_that_was_opened_to_others_after_the_start_is_not_entered() {
        let mut server = deep().expect_log("CHR212").start();
        server.allow_log("AH00050");
        mode(&server.site.sandbox.base.join("above"), 0o775);
        server.children().iter().for_each(|child| child.signal("KILL"));
        server.wait_until_dead();
    }

    #[test]
    fn a_file_system_of_its_own_is_advised_once_asked() {
        let server = scene().config("LogLevel chroot:info").start();
        until("the advice", || (server.log_count("CHR216") == 1).then_some(()));
        server.stop();
        let server = scene().start();
        assert_eq!(server.log_count("CHR216"), 0, "{}", server.error_log());
        server.stop();
    }
}
