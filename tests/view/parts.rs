//! Writable parts of provided folders while the host changes.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::fs::{File, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    use crate::harness::poll::until;
    use crate::harness::tools::{Host, ask_program, mounts_of};
    use crate::harness::{Mpm, Server, Site};

    /// A site with a folder that is read-only, but for one part of it.
    fn site() -> Site {
        let site = Site::new(Mpm::Event)
            .with_host_paths()
            .config("ChrootProvide \"{base}/service\" \"rw:{base}/service/cache\"");
        let cache = site.sandbox.base.join("service/cache");
        fs::create_dir_all(&cache).expect("a folder");
        fs::set_permissions(&cache, Permissions::from_mode(0o777)).expect("a mode");
        fs::write(site.sandbox.base.join("service/data"), "before").expect("a file");
        site
    }

    fn place(server: &Server, name: &str) -> PathBuf {
        server.site.sandbox.base.join("service").join(name)
    }

    fn write(server: &Server, folder: &Path) -> String {
        let query = format!("write={}/file", folder.display());
        ask_program(server, &query).value("write").to_owned()
    }

    /// Opens a file in the writable part as a child does that keeps it open.
    fn keep_open(server: &Server) -> File {
        let inside = server.children().first().expect("a child").path("root");
        let cache = place(server, "cache");
        let cache = inside.join(cache.strip_prefix("/").expect("an absolute path"));
        File::create(cache.join("kept")).expect("a file")
    }

    /// The number of the mount at the part, and its options.
    fn mount_at(server: &Server, name: &str) -> (String, String) {
        let view = format!("/run/mod_chroot{}", place(server, name).display());
        let all = mounts_of(server.parent());
        let line = all.into_iter().rev().find(|line| line.split(' ').nth(4) == Some(&*view));
        let line = line.unwrap_or_default();
        let word = |number| line.split(' ').nth(number).unwrap_or_default().to_owned();
        (word(0), word(5))
    }

    /// Its owner gives it another name. A process in the jail has a file in it open, so the kernel would not make the mount read-only.
    #[test]
    fn a_part_that_is_not_provided_any_more_is_read_only_like_the_rest() {
        let mut server = site().start();
        let _open = keep_open(&server);
        let other = place(&server, "other");
        fs::rename(place(&server, "cache"), &other).expect("a rename");
        until("the mount to go", || {
            (write(&server, &other) == "Read-only file system").then_some(())
        });
        server.allow_log("CHR732");
        server.stop();
    }

    /// The same mount stays, writable all the time, and a file that is open in it keeps back no change of the rest.
    #[test]
    fn a_part_keeps_its_mount_while_the_rest_follows_the_host() {
        let server = site().on_a_host().start();
        let (host, _open) = (Host::of(&server), keep_open(&server));
        let before = mount_at(&server, "cache");
        let late = place(&server, "late");
        host.shell(&format!(
            "mkdir -m 777 {0}; mount -t tmpfs -o mode=777 none {0}",
            late.display()
        ));
        until("the limits of the other mount", || {
            assert_eq!(write(&server, &place(&server, "cache")), "done");
            mount_at(&server, "late").1.starts_with("ro,").then_some(())
        });
        assert_eq!(write(&server, &late), "Read-only file system");
        assert_eq!(mount_at(&server, "cache"), before);
        drop(host);
        assert_eq!(server.log_count("CHR733"), 0);
        server.stop();
    }

    /// Mounts a file system of the host at `place` while the server runs, and opens a file in it as a child does that keeps it open.
    fn mount_and_keep_open(server: &Server, host: &Host, place: &Path) -> File {
        let inside = server.children().first().expect("a child").path("root");
        let inside = inside.join(place.strip_prefix("/").expect("an absolute path"));
        let open = |_| {
            host.shell(&format!(
                "mkdir -p {0}; mount -t tmpfs -o mode=777 none {0}",
                place.display()
            ));
            let opened = File::create(inside.join("kept"));
            // It has its limits already.
            if opened.is_err() {
                host.shell(&format!("umount {}", place.display()));
            }
            opened.ok()
        };
        (0..5).find_map(open).expect("a file")
    }

    /// The kernel makes no mount read-only in which a file is open for writing, and none of those that are changed by the same call.
    #[test]
    fn a_file_that_is_open_in_a_mount_of_the_host_keeps_no_other_mount_from_its_limits() {
        let site =
            Site::new(Mpm::Event).with_host_paths().config("ChrootProvide \"{base}/service\"");
        fs::create_dir(site.sandbox.base.join("service")).expect("a folder");
        let mut server = site.on_a_host().start();
        let host = Host::of(&server);
        let _open = mount_and_keep_open(&server, &host, &place(&server, "busy"));
        let later = place(&server, "later");
        host.shell(&format!("mkdir {0}; mount -t tmpfs none {0}", later.display()));
        until("the limits of the other mount", || {
            mount_at(&server, "later").1.starts_with("ro,nosuid,nodev").then_some(())
        });
        let (_, busy) = mount_at(&server, "busy");
        assert!(
            busy.starts_with("rw,nosuid,nodev"),
            "no device and no set-user-id bit counts: {busy}"
        );
        drop(host);
        server.allow_log("CHR733");
        server.stop();
    }
}
