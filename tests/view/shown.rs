//! The view: what it shows, what it hides, and that nothing of it is left behind.

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use crate::harness::client::get;
    use crate::harness::pair::Pair;
    use crate::harness::tools::{Host, ask_program, inventory, mounts_of};
    use crate::harness::{Mpm, Process, Server, Site, generated, on_every_mpm, until};

    fn site() -> Site {
        Site::new(Mpm::Event).with_host_paths()
    }

    /// Who sees a mount of this server's view.
    fn spectators(base: &str) -> Vec<Process> {
        let shown = |line: &String| {
            line.split(' ')
                .nth(4)
                .is_some_and(|place| place.contains(base) && place.ends_with("/jail"))
        };
        Process::all().into_iter().filter(|one| mounts_of(*one).iter().any(shown)).collect()
    }

    fn base(server: &Server) -> String {
        server.site.sandbox.base.display().to_string()
    }

    on_every_mpm! {
        fn nothing_is_visible_on_the_host(mpm: Mpm) {
            let mut server = Site::new(mpm).with_host_paths().on_a_host().start();
            let host = Host::of(&server);
            let strange = |line: &String| line.contains("mod_chroot ") || line.contains("/run/mod_chroot");
            assert_eq!(ask_program(&server, "list=/").value("list"), "done");
            assert_eq!(host.mounts().into_iter().find(strange), None);
            let before = host.mounts();
            server.graceful();
            server.restart();
            assert_eq!(host.mounts(), before);
            server.end();
            assert_eq!(host.mounts(), before);
            drop(host);
            server.stop();
        }

        fn nothing_is_written_into_the_jail(mpm: Mpm) {
            let site = Site::new(mpm).with_host_paths().file("etc/own", "own").file("dev/own", "own");
            let jail = site.sandbox.jail.clone();
            let before = inventory(&jail);
            site.configtest().exits(0);
            let mut server = site.start();
            ask_program(&server, "write=/tmp/something");
            server.graceful();
            server.restart();
            server.end();
            assert_eq!(inventory(&jail), before);
            server.stop();
        }

        fn the_view_is_gone_after_a_stop(mpm: Mpm) {
            let mut server = Site::new(mpm).with_host_paths().on_a_host().start();
            let (host, base) = (Host::of(&server), base(&server));
            assert!(!spectators(&base).is_empty());
            server.end();
            assert_eq!(spectators(&base), []);
            host.shell("test -z \"$(ls -A /run/mod_chroot)\"");
            drop(host);
            server.stop();
        }

        fn the_view_is_gone_after_everybody_was_killed(mpm: Mpm) {
            let mut server = Site::new(mpm).with_host_paths().on_a_host().start();
            let (host, base) = (Host::of(&server), base(&server));
            let everybody = server.all_processes();
            server.parent().signal("KILL");
            everybody.iter().for_each(|one| one.signal("KILL"));
            server.wait_until_dead();
            until("the end of all", || spectators(&base).is_empty().then_some(()));
            host.shell("test -z \"$(ls -A /run/mod_chroot)\"");
            drop(host);
            server.stop();
        }
    }

    #[test]
    fn what_the_host_mounts_later_inside_the_jail_reaches_the_children() {
        let site = site().file("htdocs/late/page.html", "below").on_a_host();
        let mut server = site.start();
        let (host, jail) = (Host::of(&server), server.site.sandbox.jail.display().to_string());
        let asked = get("/late/page.html");
        assert_eq!(asked.of(&server).is(200, &server).body, "below");
        host.shell(&format!(
            "mount -t tmpfs none {jail}/htdocs/late; echo above >{jail}/htdocs/late/page.html"
        ));
        assert_eq!(asked.of(&server).is(200, &server).body, "above\n");
        let page = server.site.sandbox.fill("read={jail}/htdocs/late/page.html");
        assert_eq!(ask_program(&server, &page).value("read"), "done");
        server.graceful();
        assert_eq!(asked.of(&server).is(200, &server).body, "above\n");
        host.shell(&format!("umount {jail}/htdocs/late"));
        until("the mount to go", || (asked.of(&server).body == "below").then_some(()));
        server.stop();
    }

    #[test]
    fn what_the_host_mounted_later_gains_no_rights_after_a_graceful_restart() {
        let mut server = site().file("htdocs/late/page.html", "below").on_a_host().start();
        let (host, late) = (Host::of(&server), server.site.sandbox.jail.join("htdocs/late"));
        let late = late.display();
        host.shell(&format!(
            "mount -t tmpfs -o mode=755 none {late}; mknod -m 666 {late}/node c 1 3"
        ));
        server.graceful();
        let answer = ask_program(&server, &format!("write={late}/node"));
        assert_eq!(answer.value("write"), "Permission denied");
        server.stop();
    }

    #[test]
    fn mounts_inside_the_jail_are_left_alone_on_a_host_that_shares_them() {
        let site = site().file("htdocs/inner/page.html", "below").on_a_host();
        let inner = "mount -t tmpfs -o mode=755 none \"{jail}/htdocs/inner\"\n\
                     echo above >\"{jail}/htdocs/inner/page.html\"";
        let mut server = site.after(inner).start();
        let host = Host::of(&server);
        let before = host.mounts();
        server.graceful();
        server.restart();
        assert_eq!(host.mounts(), before);
        assert_eq!(get("/inner/page.html").of(&server).is(200, &server).body, "above\n");
        server.end();
        assert_eq!(host.mounts(), before);
        drop(host);
        server.stop();
    }

    #[test]
    fn a_mount_of_the_host_can_be_removed_while_the_children_run() {
        let site = site().file("htdocs/late/page.html", "below").on_a_host();
        let server = site.after("mount -t tmpfs none {jail}/htdocs/late").start();
        let (host, jail) = (Host::of(&server), server.site.sandbox.jail.display().to_string());
        host.shell(&format!("umount {jail}/htdocs/late"));
        get("/late/page.html").of(&server).is(200, &server);
        server.stop();
    }

    /// The generated site gives its answers, wherever its jail lies.
    fn serves(site: Site) {
        let server = site.start();
        get("/plain/page.html").of(&server).is(200, &server);
        get("/cgi-bin/inside?env=").of(&server).is(200, &server);
        let log = server.error_log();
        assert!(log.contains("CHR903: ChrootFixRoot \"view\""), "{log}");
        server.stop();
    }

    /// Fills in another file system that is mounted over the jail with what was in the jail.
    fn copied_to(mount: &str) -> Site {
        let words = format!(
            "cp -a \"{{jail}}\" \"{{base}}/copy\"\n{mount}\ncp -a \"{{base}}/copy/.\" \"{{jail}}\""
        );
        outside_socket().after(&words)
    }

    fn outside_socket() -> Site {
        let site = site().file("htdocs/plain/page.html", "plain");
        site.config("<Directory \"{jail}/htdocs\">\nRequire all granted\n</Directory>")
    }

    #[test]
    fn a_jail_on_its_own_file_system_works() {
        serves(copied_to("mount -t tmpfs -o mode=755 none \"{jail}\""));
    }

    #[test]
    fn a_jail_with_mounts_inside_it_works() {
        let site = outside_socket().file("htdocs/mounted/page.html", "below");
        let site = site.after(
            "mount -t tmpfs -o mode=755 none \"{jail}/htdocs/mounted\"\n\
             echo above >\"{jail}/htdocs/mounted/page.html\"\n\
             mkdir \"{jail}/htdocs/mounted/deeper\"\nmount -t tmpfs -o mode=755 none \"{jail}/htdocs/mounted/deeper\"\n\
             echo deepest >\"{jail}/htdocs/mounted/deeper/page.html\"",
        );
        let server = site.start();
        assert_eq!(get("/mounted/page.html").of(&server).body, "above\n");
        assert_eq!(get("/mounted/deeper/page.html").of(&server).body, "deepest\n");
        let page = server.site.sandbox.fill("read={jail}/htdocs/mounted/page.html");
        assert_eq!(ask_program(&server, &page).value("read"), "done");
        server.stop();
    }

    #[test]
    fn a_jail_on_an_overlay_works() {
        let overlay = "mkdir \"{base}/upper\" \"{base}/work\"\n\
                       mount -t overlay -o \"lowerdir={base}/copy,upperdir={base}/upper,workdir={base}/work\" none \"{jail}\"";
        serves(copied_to(overlay));
    }

    #[test]
    fn a_read_only_jail_works() {
        let words = "mount --bind \"{jail}\" \"{jail}\"\nmount -o remount,bind,ro \"{jail}\"";
        serves(outside_socket().after(words));
    }

    #[test]
    fn a_jail_named_through_a_symbolic_link_answers_as_an_unjailed_server() {
        let site = generated::site(Mpm::Event, "real/jail");
        let base = site.sandbox.base.clone();
        symlink("real", base.join("way")).expect("a link");
        let through = format!("{}/way/jail", base.display());
        let site = site.named_through(&through);
        let pair = Pair::start(site, "");
        pair.agree_on(&generated::asks());
        pair.stop();
    }

    /// The private /tmp of the children would lie on top of it.
    #[test]
    fn a_jail_below_tmp_is_shown_to_who_insists_on_one() {
        let jail = tempfile::tempdir_in("/tmp").expect("a folder");
        let path = jail.path().display();
        std::fs::set_permissions(jail.path(), Permissions::from_mode(0o755)).expect("its mode");
        std::fs::create_dir(jail.path().join("htdocs")).expect("a folder");
        std::fs::write(jail.path().join("htdocs/index.html"), "below /tmp").expect("a page");
        let words = format!("ChrootCheck warn\nChrootDir {path}\nDocumentRoot {path}/htdocs");
        let site = Site::new(Mpm::Event).bare().config(&words);
        let server = site.allow_log("CHR212").allow_log("CHR213").start();
        assert_eq!(server.get("/index.html").body, "below /tmp");
        server.stop();
    }
}
