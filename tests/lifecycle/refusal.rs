//! Promises 3 and 5: an error of the jail is reported by number, and nothing is served.

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use crate::harness::{Mpm, Outcome, Process, Site, fixtures, programs, promise, until};

    const NOBODY: u32 = 65534;

    fn scene(argument: &str) -> Site {
        Site::new(Mpm::Event).chroot(argument)
    }

    /// configtest refuses, saying this, and so does the real start, which never serves.
    fn is_refused(site: &Site, id: &str) -> Outcome {
        site.refuses().says(id).fails();
        site.configtest().says(id).exits(1)
    }

    #[test]
    fn two_different_jails_are_refused_and_both_places_are_named() {
        let site = scene("\"{jail}\"").server_file("conf/first.conf", "ChrootDir \"{base}\"\n");
        let site = site.config("Include conf/first.conf");
        let conf = site.sandbox.configuration().display().to_string();
        is_refused(&site, "CHR101").says("first.conf:1").says(&format!("{conf}:"));
    }

    #[test]
    fn a_jail_inside_a_section_is_refused() {
        for section in ["VirtualHost *:{port}", "Directory /"] {
            let (name, _) = section.split_once(' ').expect("a name");
            let lines = format!("<{section}>\nChrootDir \"{{jail}}\"\n</{name}>");
            is_refused(&Site::new(Mpm::Event).bare().config(&lines), "CHR102");
        }
    }

    #[test]
    fn an_argument_that_is_not_one_path_is_refused() {
        for argument in ["\"\"", "\"{jail}\" \"{base}\""] {
            is_refused(&scene(argument), "CHR103");
        }
    }

    /// The start is tried with one spelling; configtest, which resolves the path in the same way, with all.
    #[test]
    fn the_root_directory_is_refused_in_every_spelling() {
        is_refused(&scene("/"), "CHR201");
        for spelling in ["//", "/.", "/..", "/usr/..", "../../../../../.."] {
            scene(spelling).configtest().says("CHR201").exits(1);
        }
    }

    #[test]
    fn a_link_to_the_root_directory_is_refused() {
        let site = scene("\"{base}/link\"");
        symlink("/", site.sandbox.base.join("link")).expect("a link");
        is_refused(&site, "CHR201");
    }

    #[test]
    fn a_missing_jail_is_refused_and_the_missing_component_is_named() {
        let site = scene("\"{base}/missing/deeper\"");
        let missing = site.sandbox.base.join("missing").display().to_string();
        is_refused(&site, "CHR202").says(&format!("\"{missing}\""));
    }

    #[test]
    fn a_jail_that_is_a_file_or_below_one_is_refused() {
        for path in ["{jail}/htdocs/index.html", "{jail}/htdocs/index.html/jail"] {
            is_refused(&scene(&format!("\"{path}\"")), "CHR203");
        }
    }

    #[test]
    fn a_jail_whose_name_the_kernel_cannot_examine_is_refused() {
        is_refused(&scene(&format!("\"{{base}}/{}\"", "n".repeat(300))), "CHR204");
    }

    #[test]
    fn a_jail_behind_links_that_lead_in_a_circle_is_refused() {
        let site = scene("\"{base}/one\"");
        symlink("two", site.sandbox.base.join("one")).expect("a link");
        symlink("one", site.sandbox.base.join("two")).expect("a link");
        is_refused(&site, "CHR205");
    }

    #[test]
    fn a_start_by_another_user_than_root_is_refused() {
        scene("\"{jail}\"").started_by(NOBODY).refuses().says("CHR301").fails();
    }

    #[test]
    fn a_configtest_by_another_user_than_root_is_answered_with_a_note() {
        let site = scene("\"{jail}\"").started_by(NOBODY);
        site.configtest().says("Syntax OK").says("CHR301").exits(0);
    }

    /// NetBSD and Darwin do not open a directory that may only be searched, which is no error of the configuration.
    #[test]
    fn a_configtest_by_a_user_who_may_not_walk_to_the_jail_is_answered_with_a_note() {
        let site = scene("\"{jail}\"").started_by(NOBODY);
        let shim = site.sandbox.base.join("fault.so");
        std::fs::copy(programs::shim("fault"), &shim).expect("a copy");
        std::fs::set_permissions(&shim, Permissions::from_mode(0o755)).expect("its mode");
        let words =
            format!("env LD_PRELOAD=\"{}\" FAULT=openat:EPERM FAULT_LOADER=1", shim.display());
        let site = site.through(&format!("{words} FAULT_MARK=/dev/null"));
        let said = site.configtest().says("Syntax OK").says("CHR301").exits(0);
        said.says("may not open \"/\", so nothing about the jail was checked");
    }

    #[test]
    fn a_start_without_a_jail_by_another_user_than_root_serves() {
        let site = Site::new(Mpm::Event).bare().config("DocumentRoot \"{jail}/htdocs\"");
        let server = site.started_by(NOBODY).user("jailed", "jailed", NOBODY);
        server.allow_log("AH02155").allow_log("AH00").start().stop();
    }

    /// Without the directives httpd has `#-1` as user and group.
    #[test]
    fn a_start_without_a_user_or_a_group_is_refused() {
        for (user, group) in [("#-1", "jailed"), ("jailed", "#-1")] {
            scene("\"{jail}\"").user(user, group, 0).refuses().says("CHR302").fails();
        }
    }

    /// Root is refused by httpd itself, or by the module where httpd was built to allow it.
    #[test]
    fn root_as_the_user_is_refused() {
        scene("\"{jail}\"").user("root", "jailed", 0).refuses().says("root").fails();
    }

    fn is_incompatible(module: &str, file: &str) {
        let line = format!("LoadModule {module} \"{}\"", programs::module(file).display());
        scene("\"{jail}\"").config(&line).refuses().says("CHR304").says(file).fails();
    }

    #[test]
    fn modules_that_need_root_in_the_children_are_refused() {
        is_incompatible("mpm_itk_module", "mpm_itk");
        is_incompatible("ruid2_module", "mod_ruid2");
    }

    /// mod_fcgid would keep its manager outside, able to become root.
    #[test]
    fn fcgid_with_suexec_is_refused() {
        let site = fixtures::with_fcgid(Mpm::Event).modules(&["suexec"]).with_suexec();
        site.refuses().says("CHR305").says("Suexec Off").fails();
    }

    #[test]
    fn fcgid_with_suexec_switched_off_is_jailed() {
        let site = fixtures::with_fcgid(Mpm::Event).modules(&["suexec"]).with_suexec();
        let server = site.config("Suexec Off").start();
        promise::answered_from_inside(&server, &server.get("/app/witness"));
        promise::for_everyone(&server, |process| promise::is_inside(&server, process));
        server.stop();
    }

    #[test]
    fn one_process_is_jailed_and_explained() {
        let server = scene("\"{jail}\"").argument("-X").expect_log("CHR306").start();
        let only: Process = server.parent();
        promise::kept(promise::is_jailed(&server, only), &server);
        assert_eq!(server.get("/index.html").body, "hello from inside");
        server.stop();
    }

    /// The swap happens after the parent has checked: only what was checked may be entered.
    fn does_not_survive(swap: impl FnOnce(&std::path::Path)) {
        let mut server = scene("\"{jail}\"").expect_log("CHR402").start();
        // The end of a whole server because of one child is said by httpd itself.
        server.allow_log("AH00050");
        let jail = server.site.sandbox.jail.clone();
        swap(&jail);
        let before = server.children();
        before.iter().for_each(|child| child.signal("KILL"));
        server.wait_until_dead();
    }

    #[test]
    fn a_jail_that_was_moved_since_start_is_not_entered() {
        does_not_survive(|jail| {
            std::fs::rename(jail, jail.with_extension("moved")).expect("moved")
        });
    }

    #[test]
    fn a_jail_that_was_replaced_since_start_is_not_entered() {
        does_not_survive(|jail| {
            std::fs::rename(jail, jail.with_extension("moved")).expect("moved");
            std::fs::create_dir(jail).expect("another in its place");
        });
    }

    #[test]
    fn a_jail_that_was_removed_since_start_is_not_entered() {
        does_not_survive(|jail| std::fs::remove_dir_all(jail).expect("removed"));
    }

    #[test]
    fn a_jail_that_vanished_before_a_graceful_restart_is_not_served() {
        let mut server = scene("\"{jail}\"").expect_log("CHR202").start();
        server.allow_log("AH0");
        std::fs::remove_dir_all(&server.site.sandbox.jail).expect("removed");
        server.parent().signal("USR1");
        until("the refusal", || server.error_log().contains("CHR202").then_some(()));
        server.wait_until_dead();
    }
}
