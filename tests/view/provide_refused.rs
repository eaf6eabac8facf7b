//! What nobody in a jail should have is refused by what it is, not by how it is called, and alike with a view and
//! without one.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::process::Command;

    use crate::harness::{Mpm, Outcome, Site};

    const WAYS: [&str; 3] = ["view", "link", "off"];

    fn site(way: &str) -> Site {
        Site::new(Mpm::Event).config(&format!("ChrootFixRoot {way}"))
    }

    /// A server whose key is `{base}/live/key`, a link to `{base}/archive/key1`; `{base}/other` is a folder too.
    fn with_key(way: &str) -> Site {
        let site = site(way).modules(&["ssl"]).allow_log("AH01873");
        let base = site.sandbox.base.clone();
        ["live", "archive", "other"].iter().for_each(|name| make_folder(&base.join(name)));
        fs::write(base.join("archive/key1"), "a key").expect("a key");
        symlink("../archive/key1", base.join("live/key")).expect("a link");
        site.config("SSLCertificateKeyFile \"{base}/live/key\"")
    }

    fn make_folder(path: &Path) {
        fs::create_dir_all(path).expect("a folder");
    }

    fn refused(site: &Site, id: &str) -> Outcome {
        site.configtest().fails().says(&format!("{id}: ChrootProvide"))
    }

    #[test]
    fn a_key_is_refused_under_each_of_its_names() {
        for way in WAYS {
            for word in [
                "{base}/archive",
                "{base}/archive/key1",
                "rw:{base}/archive",
                "{base}/live",
                "{base}/live/key",
                "{base}/other/../archive",
                "{base}/way/archive",
                "{base}/linked",
            ] {
                let site = with_key(way).config(&format!("ChrootProvide \"{word}\""));
                symlink(".", site.sandbox.base.join("way")).expect("a link");
                symlink("archive", site.sandbox.base.join("linked")).expect("a link");
                refused(&site, "CHR112").says("a key of this server").says("SSLCertificateKeyFile");
            }
        }
    }

    #[test]
    fn a_hard_link_to_a_key_is_refused_and_so_is_the_folder_of_it() {
        for way in WAYS {
            for word in ["{base}/other", "{base}/other/deep", "{base}/other/deep/innocent"] {
                let site = with_key(way).config(&format!("ChrootProvide \"{word}\""));
                let base = &site.sandbox.base;
                fs::create_dir(base.join("other/deep")).expect("a folder");
                fs::hard_link(base.join("archive/key1"), base.join("other/deep/innocent"))
                    .expect("a link");
                refused(&site, "CHR112").says("a key of this server");
            }
        }
    }

    /// Of a folder that has nothing to do with it nothing is said, although the key has two names.
    #[test]
    fn a_folder_without_a_key_is_provided_whatever_links_the_key_has() {
        for way in WAYS {
            let site = with_key(way).config("ChrootProvide \"{base}/other\"");
            let base = &site.sandbox.base;
            fs::hard_link(base.join("archive/key1"), base.join("archive/key2")).expect("a link");
            site.configtest().exits(0).does_not_say("CHR112").does_not_say("CHR71");
        }
    }

    #[test]
    fn a_key_is_refused_through_every_mount_of_it() {
        for way in WAYS {
            for (mount, word) in [
                // The folder is mounted elsewhere, or in what is provided.
                ("mount --bind {base}/archive {base}/other", "{base}/other"),
                (
                    "mkdir {base}/other/in; mount --bind {base}/archive {base}/other/in",
                    "{base}/other",
                ),
                // The key alone.
                (
                    "touch {base}/other/x; mount --bind {base}/archive/key1 {base}/other/x",
                    "{base}/other",
                ),
                (
                    "touch {base}/other/x; mount --bind {base}/archive/key1 {base}/other/x",
                    "{base}/other/x",
                ),
                // The key is named through a mount, and its folder by its own name.
                (
                    "mkdir {base}/in; mount --bind {base}/other {base}/live; cp {base}/archive/key1 {base}/live/key",
                    "{base}/other",
                ),
            ] {
                let site = with_key(way).config(&format!("ChrootProvide \"{word}\"")).after(mount);
                refused(&site, "CHR112").says("a key of this server");
            }
        }
    }

    #[test]
    fn a_folder_of_keys_is_refused_with_all_that_is_in_it() {
        for way in WAYS {
            for (word, id) in
                [("store", "CHR112"), ("store/domains/x", "CHR112"), ("store/challenges", "")]
            {
                let site = site(way).modules(&["ssl", "md"]).allow_log("AH01873");
                make_folder(&site.sandbox.base.join("store/domains/x"));
                make_folder(&site.sandbox.base.join("store/challenges"));
                let site = site.config("MDStoreDir \"{base}/store\"");
                let site = site.config(&format!("ChrootProvide \"{{base}}/{word}\""));
                match id {
                    "" => drop(site.configtest().does_not_say("CHR112")),
                    id => drop(refused(&site, id).says("MDStoreDir")),
                }
            }
        }
    }

    #[test]
    fn what_exposes_the_host_is_refused_by_a_link_to_it_and_by_a_mount_of_it() {
        for way in WAYS {
            for (target, what) in [
                ("/etc", "keys"),
                ("/boot", "kernel"),
                ("/", "host"),
                ("/proc/1", "processes"),
                ("/run", "sockets"),
            ] {
                let site = site(way).config("ChrootProvide \"{base}/way\"");
                symlink(target, site.sandbox.base.join("way")).expect("a link");
                refused(&site, "CHR112").says(what);
            }
            for (mount, word, what) in [
                ("mount --bind /etc {base}/there", "{base}/there", "keys"),
                (
                    "mkdir {base}/there/in; mount --bind /etc {base}/there/in",
                    "{base}/there",
                    "keys",
                ),
                ("mount -t proc none {base}/there", "{base}/there", "processes"),
                ("mount -t proc none {base}/there", "{base}/there/sys", "processes"),
                (
                    "mkdir {base}/there/in; mount -t proc none {base}/there/in",
                    "{base}/there",
                    "processes",
                ),
                ("mount -t sysfs none {base}/there", "{base}/there/kernel", "kernel"),
            ] {
                let site = site(way).config(&format!("ChrootProvide \"{word}\"")).after(mount);
                fs::create_dir(site.sandbox.base.join("there")).expect("a folder");
                refused(&site, "CHR112").says(what);
            }
        }
    }

    fn make_node(path: &Path, words: &[&str]) {
        let made = Command::new("mknod").arg("-m").arg("600").arg(path).args(words).status();
        assert!(made.expect("mknod").success(), "{words:?}");
    }

    #[test]
    fn devices_and_fifos_are_refused_whatever_their_mode() {
        for way in WAYS {
            for (node, what) in [
                (&["c", "1", "3"][..], "a character device"),
                (&["c", "10", "229"], "a character device"),
                (&["b", "7", "200"], "a block device"),
                (&["p"], "a FIFO"),
            ] {
                refuses_node(way, node, what);
            }
        }
    }

    fn refuses_node(way: &str, node: &[&str], what: &str) {
        for word in ["{base}/node", "rw:{base}/node", "{base}/way"] {
            let site = site(way).config(&format!("ChrootProvide \"{word}\""));
            make_node(&site.sandbox.base.join("node"), node);
            symlink("node", site.sandbox.base.join("way")).expect("a link");
            refused(&site, "CHR114").says(what);
        }
    }

    #[test]
    fn a_socket_is_shown_and_not_copied() {
        for (way, id) in [("view", ""), ("link", "CHR714"), ("off", "CHR714")] {
            let site = site(way).config("ChrootProvide \"{base}/socket\"");
            let path = site.sandbox.base.join("socket");
            let _listener = std::os::unix::net::UnixListener::bind(path).expect("a socket");
            match id {
                "" => drop(site.configtest().exits(0)),
                id => drop(refused(&site, id)),
            }
        }
    }

    /// The host's own, by a path: the set has them, and no other word.
    #[test]
    fn the_hosts_own_devices_come_by_their_set_alone() {
        for way in WAYS {
            refused(&site(way).config("ChrootProvide /dev/null"), "CHR114").says("devices");
        }
        for way in ["link", "off"] {
            let server = site(way).config("ChrootProvide devices").start();
            let host = fs::metadata("/dev/null").expect("a device");
            let copy = fs::metadata(server.site.sandbox.jail.join("dev/null")).expect("a device");
            use std::os::unix::fs::MetadataExt;
            assert_eq!((copy.rdev(), copy.mode(), copy.uid()), (host.rdev(), host.mode(), 0));
            server.stop();
        }
    }
}
