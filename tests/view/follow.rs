//! The jail follows the host while the server runs: what is replaced, made anew or comes late is seen inside without a
//! reload.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, lchown, symlink};
    use std::path::PathBuf;

    use crate::harness::client::get;
    use crate::harness::identity::UID;
    use crate::harness::poll::until;
    use crate::harness::tools::{Host, ask_program, make_fifo, mounts_of};
    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    /// A site that provides a file and a folder of another service, with `way` of host paths.
    fn site(mpm: Mpm, way: &str) -> Site {
        let site = Site::new(mpm).with_host_paths().config(&format!(
            "LogLevel chroot:info\nChrootFixRoot {way}\nChrootProvide \"{{base}}/service/data\" \"{{base}}/service/run\""
        ));
        let service = site.sandbox.base.join("service");
        fs::create_dir_all(service.join("run")).expect("a folder");
        fs::write(service.join("data"), "the first").expect("a file");
        fs::write(service.join("run/socket"), "of the first").expect("a file");
        site
    }

    fn service(server: &Server, name: &str) -> PathBuf {
        server.site.sandbox.base.join("service").join(name)
    }

    /// Replaces the file `name` by rename.
    fn replace(server: &Server, name: &str, text: &str) {
        let draft = service(server, "draft");
        fs::write(&draft, text).expect("a draft");
        fs::rename(draft, service(server, name)).expect("a rename");
    }

    fn read(server: &Server, name: &str) -> String {
        ask_program(server, &format!("read={}", service(server, name).display())).body
    }

    #[track_caller]
    fn soon_shows(server: &Server, name: &str, text: &str) {
        until(text, || read(server, name).contains(text).then_some(()));
    }

    on_every_mpm! {
        fn a_file_that_is_replaced_and_a_folder_that_is_made_anew_are_seen_inside(mpm: Mpm) {
            for way in ["view", "link"] {
                let mut server = site(mpm, way).start();
                replace(&server, "data", "the second");
                fs::remove_dir_all(service(&server, "run")).expect("it goes");
                fs::create_dir(service(&server, "run")).expect("a folder");
                fs::write(service(&server, "run/socket"), "of the second").expect("a file");
                soon_shows(&server, "data", "the second");
                soon_shows(&server, "run/socket", "of the second");
                server.expect_log("CHR731: ChrootProvide");
                let own = server.children();
                replace(&server, "data", "the third");
                until("the third", || {
                    let body = read(&server, "data");
                    assert!(body.contains("the second") || body.contains("the third"), "{body}");
                    body.contains("the third").then_some(())
                });
                assert!(own.iter().all(|child| child.is_alive()), "the same children, {way}");
                server.stop();
            }
        }

        fn a_path_that_comes_late_is_shown_and_one_that_goes_is_not(mpm: Mpm) {
            for way in ["view", "link"] {
                let site = site(mpm, way);
                fs::remove_dir_all(site.sandbox.base.join("service/run")).expect("it goes");
                let mut server = site.expect_log("CHR729").start();
                fs::create_dir(service(&server, "run")).expect("a folder");
                fs::write(service(&server, "run/socket"), "late").expect("a file");
                soon_shows(&server, "run/socket", "late");
                server.expect_log("service/run\": exists on the host now");
                fs::remove_file(service(&server, "data")).expect("it goes");
                until("the file to go", || (!read(&server, "data").contains("the first")).then_some(()));
                server.expect_log("service/data\": is not provided any more");
                server.stop();
            }
        }
    }

    on_every_mpm! {
        fn the_status_page_lists_provided_paths_as_they_are_now(mpm: Mpm) {
            let page = "<Location /state>\nSetHandler server-status\n</Location>";
            let server = site(mpm, "view").modules(&["status"]).config(page).start();
            let provided = || {
                let body = get("/state?auto").of(&server).is(200, &server).body;
                let line = body.lines().find_map(|line| line.strip_prefix("ChrootProvided: "));
                line.expect("the line").to_owned()
            };
            let data = service(&server, "data").display().to_string();
            assert!(provided().contains(&format!("{data} (read-only)")), "{}", provided());
            assert!(provided().contains("/tmp (writable)"), "{}", provided());
            fs::remove_file(&data).expect("it goes");
            let gone = format!("{data} (missing)");
            until("the path to go", || provided().contains(&gone).then_some(()));
            server.stop();
        }
    }

    #[test]
    fn what_takes_the_place_of_a_path_is_judged_again() {
        let mut server = site(Mpm::Event, "view").start();
        fs::remove_file(service(&server, "data")).expect("it goes");
        make_fifo(&service(&server, "data"));
        server.expect_log("CHR733: ChrootDir");
        until("the message", || (server.log_count("CHR114") > 0).then_some(()));
        assert!(!read(&server, "data").contains("the first"));
        soon_shows(&server, "run/socket", "of the first");
        server.stop();
    }

    /// A link that a program in the jail made leads to a folder of the host that nobody asked for.
    #[test]
    fn a_child_cannot_choose_what_is_shown_by_a_link() {
        let site = Site::new(Mpm::Event)
            .with_host_paths()
            .config("ChrootProvide \"rw:{base}/service\" \"{base}/service/part\" \"{base}/other\"");
        let at = |name: &str| site.sandbox.base.join(name);
        for folder in ["service/part", "secret"] {
            fs::create_dir_all(at(folder)).expect("a folder");
        }
        fs::set_permissions(at("service"), Permissions::from_mode(0o777)).expect("a mode");
        fs::write(at("secret/data"), "of others").expect("a file");
        fs::write(at("other"), "before").expect("a file");
        let mut server = site.start();
        let base = server.site.sandbox.base.clone();
        fs::rename(base.join("service/part"), base.join("service/earlier")).expect("a rename");
        symlink(base.join("secret"), base.join("service/part")).expect("a link");
        lchown(base.join("service/part"), Some(UID), Some(UID)).expect("an owner");
        fs::write(base.join("next"), "after").expect("a file");
        fs::rename(base.join("next"), base.join("other")).expect("a rename");
        let other = format!("read={}", base.join("other").display());
        until("the update", || ask_program(&server, &other).body.contains("after").then_some(()));
        assert!(!read(&server, "part/data").contains("of others"));
        server.expect_log("CHR734: ChrootProvide");
        server.site.configtest().fails().says("CHR734: ChrootProvide");
        server.stop();
    }

    #[test]
    fn links_that_a_path_leads_through_are_followed_again() {
        let site = Site::new(Mpm::Event).with_host_paths();
        let at = |name: &str| site.sandbox.base.join(name);
        for version in ["one", "two"] {
            fs::create_dir(at(version)).expect("a folder");
            fs::write(at(version).join("data"), format!("version {version}")).expect("a file");
        }
        symlink("one", at("service")).expect("a link");
        let server = site.config("ChrootProvide \"{base}/service/data\"").start();
        soon_shows(&server, "data", "version one");
        let at = |name: &str| server.site.sandbox.base.join(name);
        symlink("two", at("next")).expect("a link");
        fs::rename(at("next"), at("service")).expect("a rename");
        soon_shows(&server, "data", "version two");
        server.stop();
    }

    /// The part is mounted on top of a folder of the host's, not in a folder of the view.
    #[test]
    fn a_writable_part_of_a_read_only_folder_is_writable_again_when_it_is_made_anew() {
        let site = Site::new(Mpm::Event)
            .with_host_paths()
            .config("ChrootProvide \"{base}/service\" \"rw:{base}/service/cache\"");
        let cache = site.sandbox.base.join("service/cache");
        let create = || {
            fs::create_dir_all(&cache).expect("a folder");
            fs::set_permissions(&cache, Permissions::from_mode(0o777)).expect("a mode");
        };
        create();
        let server = site.start();
        let write = format!("write={}/file", cache.display());
        assert_eq!(ask_program(&server, &write).value("write"), "done");
        fs::remove_dir_all(&cache).expect("it goes");
        create();
        until("the mount", || {
            (ask_program(&server, &write).value("write") == "done").then_some(())
        });
        let beside = format!("write={}", cache.with_file_name("beside").display());
        assert_eq!(ask_program(&server, &beside).value("write"), "Read-only file system");
        server.stop();
    }

    #[test]
    fn a_mount_of_the_host_in_a_provided_folder_gains_no_rights() {
        let site = site(Mpm::Event, "view").on_a_host();
        let mut server = site.start();
        let (host, late) = (Host::of(&server), server.site.sandbox.jail.join("htdocs"));
        let run = service(&server, "run");
        host.shell(&format!("mount -t tmpfs -o mode=755 none {}", late.display()));
        host.shell(&format!("mount -t tmpfs -o mode=777 none {}", run.display()));
        let flags = |place: &std::path::Path| {
            let view = format!("/run/mod_chroot{}", place.display());
            let all = mounts_of(server.parent());
            let line = all.into_iter().rev().find(|line| line.split(' ').nth(4) == Some(&*view));
            line.and_then(|line| line.split(' ').nth(5).map(str::to_owned)).unwrap_or_default()
        };
        until("the limits in the jail", || {
            let found = flags(&late);
            (found.contains("nosuid") && found.contains("nodev")).then_some(())
        });
        until("the limits of what is provided", || flags(&run).starts_with("ro,").then_some(()));
        drop(host);
        server.allow_log("CHR733");
        server.stop();
    }

    /// Nothing is replaced: only the rights change.
    #[test]
    fn a_folder_that_is_closed_on_the_host_is_closed_inside() {
        let site = Site::with_jail_at(Mpm::Event, "up/jail").with_host_paths();
        let far = site.sandbox.base.join("apart/far");
        fs::create_dir_all(&far).expect("a folder");
        fs::write(far.join("a.txt"), "far").expect("a file");
        symlink("apart", site.sandbox.base.join("link")).expect("a link");
        let server = site
            .allow_log("AH00529")
            .allow_log("AH00037")
            .config(
                "ChrootProvide \"{base}/apart/far\" \"{base}/link/far\"\n\
                 Alias /far \"{base}/apart/far\"\nAlias /by \"{base}/link/far\"\n\
                 <Directory \"{base}\">\nOptions SymLinksIfOwnerMatch\nRequire all granted\n</Directory>",
            )
            .start();
        let base = server.site.sandbox.base.clone();
        let soon = |path: &str, status: u16| {
            until(path, || (get(path).of(&server).status == status).then_some(()));
        };
        let mode = |name: &str, mode: u32| {
            fs::set_permissions(base.join(name), Permissions::from_mode(mode)).expect("a mode");
        };
        ["/", "/far/a.txt", "/by/a.txt"].into_iter().for_each(|path| soon(path, 200));
        lchown(base.join("link"), Some(UID), Some(UID)).expect("an owner");
        mode("up", 0o700);
        soon("/", 403);
        soon("/by/a.txt", 403);
        get("/far/a.txt").of(&server).is(200, &server);
        mode("up", 0o755);
        mode("apart", 0o700);
        soon("/far/a.txt", 403);
        soon("/", 200);
        server.stop();
    }

    /// The log is the only trace of an update of which nothing is seen inside.
    #[test]
    fn a_server_that_changes_nothing_logs_nothing() {
        let server = site(Mpm::Prefork, "view").start();
        std::thread::sleep(std::time::Duration::from_secs(22));
        get("/").of(&server).is(200, &server);
        for id in ["CHR730", "CHR731", "CHR732", "CHR733"] {
            assert_eq!(server.log_count(id), 0, "{id}");
        }
        server.stop();
    }

    /// A host without systemd has the socket among its devices.
    #[test]
    fn a_new_socket_of_the_system_log_is_shown() {
        let bind = |name: &str| {
            format!(
                "import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind('{name}')"
            )
        };
        let first = format!(
            "mkdir /run/own-dev; mount -t tmpfs -o mode=755 none /run/own-dev\n\
             for name in null zero full random urandom; do cp -a /dev/$name /run/own-dev/; done\n\
             ln -s /proc/self/fd /run/own-dev/fd; mkdir /run/own-dev/shm\n\
             mount --bind /run/own-dev /dev; umount /run/own-dev; rmdir /run/own-dev\n\
             python3 -c \"{}\"",
            bind("/dev/log")
        );
        let site = Site::new(Mpm::Event).with_host_paths().after(&first).on_a_host();
        let mut server = site.config("LogLevel chroot:info\nChrootProvide syslog").start();
        Host::of(&server).shell(&format!("rm /dev/log; python3 -c \"{}\"", bind("/dev/log")));
        let log = "CHR731: ChrootProvide \"/dev/log\"";
        until("the new socket", || (server.log_count(log) > 0).then_some(()));
        server.expect_log(log);
        server.stop();
    }
}
