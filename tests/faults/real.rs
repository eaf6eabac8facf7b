//! Promises 2 and 3 against what really goes wrong: rights that root lacks, a jail that is gone or another
//! one, a module that leaves directories open, daemons that cannot enter.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::process::Command;

    use crate::harness::two_contents::{self, INSIDE, Visitor};
    use crate::harness::{
        Jail, Mpm, Server, Site, fixtures, launch, on_every_mpm, programs, promise,
    };

    fn is_alarmed(log: &str, id: &str) -> bool {
        log.lines()
            .any(|line| line.contains("[chroot:alert]") && line.contains(&format!(" {id}: ")))
    }

    /// In these circumstances configtest and the start name the call that fails. If nobody tries before, the first
    /// children do, and the server ends without having served.
    fn refuses_for(mpm: Mpm, circumstances: &str, call: &str) {
        let call = format!("{call} failed: ");
        let site = two_contents::build(mpm).through(circumstances);
        site.configtest().fails().says("CHR894").says(&call);
        site.refuses().says("CHR894").says(&call).does_not_say("AH00050");

        let untried = two_contents::build(mpm).config("ChrootPreflight off").through(circumstances);
        let outcome = untried.refuses().says("AH00050").says(&call);
        assert!(is_alarmed(&outcome.output, "CHR401"), "{}", outcome.output);
    }

    on_every_mpm! {
        fn nothing_is_served_when_a_seccomp_filter_denies_chroot(mpm: Mpm) {
            let filter = programs::shim("no_chroot").display().to_string();
            refuses_for(mpm, &format!("env LD_PRELOAD=\"{filter}\""), "chroot");
        }

        fn nothing_is_served_without_the_right_to_chroot(mpm: Mpm) {
            refuses_for(mpm, "setpriv --bounding-set -sys_chroot", "chroot");
        }

        fn nothing_is_served_without_the_right_to_set_groups(mpm: Mpm) {
            refuses_for(mpm, "setpriv --bounding-set -setgid", "setgid");
        }

        fn nothing_is_served_without_the_right_to_set_users(mpm: Mpm) {
            refuses_for(mpm, "setpriv --bounding-set -setuid", "setuid");
        }

        /// With this bit a change of the user leaves all capabilities in force.
        fn capabilities_are_lost_also_when_setuid_does_not_take_them(mpm: Mpm) {
            let site = two_contents::build(mpm).through("setpriv --securebits +no_setuid_fixup");
            let server = site.start();
            promise::everyone_is_jailed(&server);
            server.stop();
        }

        fn inherited_and_ambient_capabilities_are_lost(mpm: Mpm) {
            let some = "+sys_chroot,+setuid,+dac_override";
            let circumstances = format!("setpriv --inh-caps {some} --ambient-caps {some}");
            let server = two_contents::build(mpm).through(&circumstances).start();
            promise::everyone_is_jailed(&server);
            server.stop();
        }
    }

    /// Start, change something about the jail, and let new children be born: they find out, and the server
    /// ends. Whatever is served until then is served from the jail as it was.
    fn ends_after(site: Site, change: impl FnOnce(&Server)) {
        let site = ["CHR402", "AH00050", "AH02818"].into_iter().fold(site, Site::allow_log);
        let mut server = site.start();
        let visitor = Visitor::start(&server, "/index.html");
        assert_eq!(server.get("/index.html").body, INSIDE);
        change(&server);
        server.children().iter().for_each(|child| child.signal("KILL"));
        server.wait_until_dead();
        let replies = visitor.stop();
        assert!(replies.iter().all(|reply| reply.body == INSIDE), "{replies:?}");
        assert!(is_alarmed(&server.error_log(), "CHR402"), "{}", server.error_log());
        server.stop();
    }

    /// Another jail, complete, with the secret in it.
    fn impostor(server: &Server, at: &Path) {
        let page = server.site.sandbox.base.join("web");
        two_contents::write_secret_page(&at.join(page.strip_prefix("/").expect("absolute")));
    }

    fn rename(from: &Path, to: &Path) {
        fs::rename(from, to).expect("a rename");
    }

    on_every_mpm! {
        fn no_later_child_serves_when_the_jail_was_renamed(mpm: Mpm) {
            ends_after(two_contents::build(mpm), |server| {
                rename(&server.site.sandbox.jail, &server.site.sandbox.base.join("moved"));
            });
        }

        fn no_later_child_serves_when_another_directory_took_the_place_of_the_jail(mpm: Mpm) {
            ends_after(two_contents::build(mpm), |server| {
                rename(&server.site.sandbox.jail, &server.site.sandbox.base.join("moved"));
                impostor(server, &server.site.sandbox.jail);
            });
        }

        fn no_later_child_serves_when_the_folder_of_the_jail_was_replaced(mpm: Mpm) {
            ends_after(two_contents::build_at(mpm, "above/jail"), |server| {
                let above = server.site.sandbox.base.join("above");
                rename(&above, &server.site.sandbox.base.join("moved"));
                impostor(server, &above.join("jail"));
            });
        }

        fn no_later_child_serves_when_a_link_to_the_jail_was_turned(mpm: Mpm) {
            let site = two_contents::build(mpm).chroot("\"{base}/link\"");
            let link = site.sandbox.base.join("link");
            symlink(&site.sandbox.jail, &link).expect("a link");
            ends_after(site, |server| {
                let other = server.site.sandbox.base.join("other");
                impostor(server, &other);
                fs::remove_file(&link).expect("the link");
                symlink(&other, &link).expect("another link");
            });
        }

        fn no_later_child_serves_when_something_was_mounted_over_the_jail(mpm: Mpm) {
            ends_after(two_contents::build(mpm), |server| {
                let other = server.site.sandbox.base.join("other");
                impostor(server, &other);
                let pid = server.parent().pid.to_string();
                let mut mount = Command::new("nsenter");
                mount.args(["--mount", "--target", &pid, "mount", "--bind"]).arg(&other);
                let status = mount.arg(&server.site.sandbox.jail).status().expect("nsenter");
                assert!(status.success(), "{status}");
            });
        }
    }

    /// A restart signal when the jail is gone: the parent refuses the configuration and ends.
    fn ends_on(signal: &str, mpm: Mpm) {
        let mut server = two_contents::build(mpm).allow_log("CHR202").allow_log("AH0").start();
        let visitor = Visitor::start(&server, "/index.html");
        let sandbox = &server.site.sandbox;
        rename(&sandbox.jail, &sandbox.base.join("moved"));
        server.parent().signal(signal);
        server.wait_until_dead();
        let replies = visitor.stop();
        assert!(replies.iter().all(|reply| reply.body == INSIDE), "{replies:?}");
        assert_ne!(server.log_count("CHR202"), 0, "{}", server.error_log());
        server.stop();
    }

    on_every_mpm! {
        fn a_graceful_restart_without_the_jail_ends_the_server(mpm: Mpm) {
            ends_on("USR1", mpm);
        }

        fn a_restart_without_the_jail_ends_the_server(mpm: Mpm) {
            ends_on("HUP", mpm);
        }
    }

    fn leaking(site: Site) -> Site {
        let module = programs::module("leak").display().to_string();
        site.config(&format!("LoadModule leak_module \"{module}\""))
    }

    /// The answer of a program that tries every descriptor it was given.
    fn reaching(site: Site) -> String {
        let program = launch::program(&site, "reach");
        let server = site.program("cgi-bin/reach", &program).start();
        let reply = server.get("/cgi-bin/reach");
        assert_eq!((reply.status, reply.value("tried")), (200, "1024"), "{reply:?}");
        server.stop();
        reply.body
    }

    on_every_mpm! {
        fn directories_that_a_module_left_open_are_closed_and_named(mpm: Mpm) {
            let server = leaking(Site::new(mpm)).config("LogLevel notice chroot:info").start();
            let leaks = server.parent().open_directories().expect("the parent's descriptors");
            assert!(leaks.contains(&"/".into()), "no leak: {leaks:?}");
            promise::everyone_is_jailed(&server);
            assert!(server.log_count("CHR308") >= server.children().len(), "{}", server.error_log());
            server.stop();
        }

        fn a_program_in_the_jail_cannot_leave_through_an_open_directory(mpm: Mpm) {
            let said = reaching(leaking(fixtures::with_cgi(mpm)));
            assert!(!said.contains("reached="), "{said}");
        }
    }

    /// Without this, the test above would prove nothing.
    #[test]
    fn a_program_in_the_jail_of_unixd_leaves_through_an_open_directory() {
        let said = reaching(leaking(fixtures::with_cgi(Mpm::Event).jail(Jail::Unixd)));
        assert!(said.contains("reached="), "{said}");
    }
}
