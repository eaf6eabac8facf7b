//! Promise 7 without a view: copies are root's, whole, renewed, taken away again, and never at the
//! expense of what is the jail's own.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use crate::harness::requirements::{Capability, require};
    use crate::harness::{Mpm, Server, Site, promise};

    /// A site in `way`, with two files of the host provided, `{base}/shared/a` and `b/c`.
    fn sharing(way: &str) -> Site {
        let site = Site::new(Mpm::Event)
            .config(&format!("ChrootFixRoot {way}\nChrootProvide \"{{base}}/shared\" users"));
        fs::create_dir_all(site.sandbox.base.join("shared/b")).expect("a folder");
        fs::write(site.sandbox.base.join("shared/a"), "first").expect("a file");
        fs::write(site.sandbox.base.join("shared/b/c"), "deep").expect("a file");
        site
    }

    /// Where a path of the host lies in the jail.
    fn inside(site: &Site, path: &Path) -> PathBuf {
        site.sandbox.jail.join(path.strip_prefix("/").expect("an absolute path"))
    }

    fn shared(server: &Server, name: &str) -> PathBuf {
        inside(&server.site, &server.site.sandbox.base.join("shared").join(name))
    }

    /// Every path in the jail.
    fn everything(jail: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(jail).expect("a folder").flatten().map(|entry| entry.path());
        let (folders, mut all): (Vec<_>, Vec<_>) =
            entries.partition(|path| path.is_dir() && !path.is_symlink());
        all.extend(folders.iter().flat_map(|folder| everything(folder)));
        all.extend(folders);
        all.sort();
        all
    }

    #[test]
    fn copies_are_roots_and_have_what_the_host_has() {
        for way in ["link", "off"] {
            let mut server = sharing(way).start();
            server.expect_log("CHR903");
            for (name, text) in [("a", "first"), ("b/c", "deep")] {
                let copy = shared(&server, name);
                assert_eq!(fs::read_to_string(&copy).expect("the copy"), text, "{way}");
                let facts = fs::metadata(&copy).expect("the copy");
                assert_eq!((facts.uid(), facts.gid(), facts.mode() & 0o7777), (0, 0, 0o644));
            }
            assert!(inside(&server.site, Path::new("/etc/passwd")).exists());
            promise::everyone_is_jailed(&server);
            server.stop();
        }
    }

    #[test]
    fn copies_are_renewed_at_every_restart() {
        let mut server = sharing("link").start();
        fs::write(server.site.sandbox.base.join("shared/a"), "second").expect("a file");
        fs::remove_file(server.site.sandbox.base.join("shared/b/c")).expect("a file");
        server.graceful();
        assert_eq!(fs::read_to_string(shared(&server, "a")).expect("the copy"), "second");
        assert!(!shared(&server, "b/c").exists(), "what is gone outside is gone inside");
        server.stop();
    }

    #[test]
    fn nothing_is_left_when_nothing_is_asked_for_any_more() {
        let site = sharing("link");
        let before = everything(&site.sandbox.jail);
        let mut server = site.start();
        assert!(everything(&server.site.sandbox.jail).len() > before.len());
        server.edit_configuration(|text| {
            text.replace("ChrootFixRoot link", "ChrootFixRoot off").replace("ChrootProvide", "#")
        });
        server.graceful();
        assert_eq!(everything(&server.site.sandbox.jail), before);
        server.stop();
    }

    #[test]
    fn what_is_the_jails_own_is_never_replaced() {
        let site = sharing("off").file("etc/passwd", "the jail's own");
        let server = site.start();
        let passwd = inside(&server.site, Path::new("/etc/passwd"));
        assert_eq!(fs::read_to_string(&passwd).expect("the file"), "the jail's own");
        assert!(server.error_log().contains("the jail's own: /etc/passwd"));
        server.stop();
        assert_eq!(fs::read_to_string(&passwd).ok(), None, "the scene is over");
    }

    #[test]
    fn nothing_is_written_through_a_folder_of_the_users() {
        let site = sharing("off").writable("etc");
        let secret = site.sandbox.base.join("secret");
        fs::write(&secret, "the host's").expect("a file");
        symlink(&secret, inside(&site, Path::new("/etc/passwd"))).expect("a link");
        site.refuses().says("CHR712").fails();
        assert_eq!(fs::read_to_string(&secret).expect("the file"), "the host's");
    }

    #[test]
    fn nothing_is_written_through_a_link_in_the_jail() {
        let site = sharing("off");
        let outside = site.sandbox.base.join("outside");
        fs::create_dir(&outside).expect("a folder");
        symlink(&outside, site.sandbox.jail.join("etc")).expect("a link");
        site.refuses().says("CHR712").fails();
        assert_eq!(everything(&outside), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_link_that_is_not_ours_is_left_as_it_is() {
        let site = sharing("link");
        let place = inside(&site, &site.sandbox.jail);
        fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        symlink("/elsewhere", &place).expect("a link");
        site.refuses().says("CHR711").fails();
        assert_eq!(fs::read_link(&place).expect("the link"), Path::new("/elsewhere"));
    }

    /// Mounts a file system on a folder. It ends with the scene.
    fn mount_tmpfs(folder: &Path, options: &str) {
        require(Capability::SysAdmin);
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "none"]).arg(folder);
        assert!(mount.status().expect("mount").success());
    }

    #[test]
    fn a_full_disk_leaves_no_half_written_file_and_no_service() {
        let site = sharing("off");
        fs::write(site.sandbox.base.join("shared/big"), vec![7; 1 << 20]).expect("a file");
        mount_tmpfs(&site.sandbox.jail, "size=256k,mode=755");
        let site = site.file("htdocs/index.html", "hello from inside");
        site.refuses().says("CHR713").fails();
        for path in everything(&site.sandbox.jail) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            assert!(name != "big" && name != ".mod_chroot.copy", "{}", path.display());
        }
    }

    #[test]
    fn a_read_only_jail_is_refused_where_something_has_to_be_written() {
        let site = sharing("link");
        mount_tmpfs(&site.sandbox.jail, "mode=755");
        let site = site.file("htdocs/index.html", "hello from inside");
        let remount = ["-o", "remount,ro"];
        let status =
            Command::new("mount").args(remount).arg(&site.sandbox.jail).status().expect("mount");
        assert!(status.success());
        site.refuses().says("CHR713").fails();
    }

    #[test]
    fn whoever_is_killed_while_copying_leaves_nothing_that_is_taken_for_the_jails_own() {
        let site = sharing("off");
        for number in 0..20 {
            let name = format!("shared/{number}");
            fs::write(site.sandbox.base.join(name), number.to_string()).expect("a file");
        }
        let configuration = site.sandbox.configuration();
        let before = everything(&site.sandbox.jail);
        let killed = site.through(
            "strace -f -qq -o /dev/null -e trace=renameat -e inject=renameat:signal=SIGKILL:when=7",
        );
        killed.refuses().fails();
        assert!(everything(&killed.sandbox.jail).len() > before.len(), "killed too early");
        // The same scene once more, unharmed.
        let unharmed = killed.httpd(crate::harness::Apache::installed());
        let mut server = unharmed.start();
        for number in 0..20 {
            let copy = shared(&server, &number.to_string());
            assert_eq!(fs::read_to_string(&copy).expect("a copy"), number.to_string());
        }
        assert!(!server.error_log().contains("the jail's own"), "{}", server.error_log());
        server.edit_configuration(|text| text.replace("ChrootProvide", "#"));
        server.graceful();
        assert_eq!(everything(&server.site.sandbox.jail), before);
        assert!(configuration.exists());
        server.stop();
    }

    #[test]
    fn what_cannot_be_copied_is_refused_by_its_word() {
        let site = Site::new(Mpm::Event)
            .config("ChrootFixRoot off\nChrootProvide \"rw:{base}/server/run\"");
        site.refuses().says("CHR714").says("rw:").fails();
    }
}
