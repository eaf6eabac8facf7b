//! The private temporary directory of a view is known by which mount it is: no other mount takes its place, and it ends
//! with the jail or the user that it is for.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::harness::client::get;
    use crate::harness::identity::UID;
    use crate::harness::tools::{ask_program, mounts_of};
    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    fn site() -> Site {
        Site::new(Mpm::Event).with_host_paths()
    }

    /// The name that the directory has in the mount table, as src/view/mounts/private_tmp.rs makes it.
    fn source(jail: &Path, uid: u32) -> String {
        let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        let number = jail.display().to_string().bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        format!("mod_chroot-tmp:{uid}:{number:016x}")
    }

    fn names_in_tmp(server: &Server) -> String {
        ask_program(server, "list=/tmp").body
    }

    /// The lines about it in the mount table of the children.
    fn mounts(server: &Server) -> Vec<String> {
        let all = mounts_of(server.children()[0]);
        all.into_iter().filter(|line| line.contains(" - tmpfs mod_chroot-tmp")).collect()
    }

    #[track_caller]
    fn is_private(server: &Server) {
        let lines = mounts(server);
        assert_eq!(lines.len(), 2, "/tmp and /var/tmp: {lines:?}");
        for line in lines {
            let flags = line.split(' ').nth(5).expect("flags");
            assert!(flags.contains("nosuid") && flags.contains("nodev"), "{line}");
            assert!(line.contains(&source(&server.site.sandbox.jail, server.site_uid())), "{line}");
        }
    }

    impl Server {
        fn site_uid(&self) -> u32 {
            self.children()[0].uids()[0]
        }
    }

    /// systemd's `MemoryMax=`, and the limit of a container.
    #[test]
    fn a_memory_limit_of_the_service_limits_the_directory() {
        let limit = "mount -t tmpfs none /sys/fs/cgroup\necho 209715200 >/sys/fs/cgroup/memory.max";
        let server = site().after(limit).start();
        let lines = mounts(&server);
        assert!(lines.iter().all(|line| line.contains("size=51200k")), "{lines:?}");
        server.stop();
    }

    #[test]
    fn a_mount_of_the_same_name_elsewhere_is_not_taken_for_it() {
        let site = site();
        let own = source(&site.sandbox.jail, UID);
        for name in ["mod_chroot-tmp", &*own] {
            // One that a user may have made, and one of root's.
            for options in ["mode=0777,uid=61999", "mode=1777"] {
                let site = self::site();
                let name = name.replace(&own, &source(&site.sandbox.jail, UID));
                let words = format!(
                    "mkdir {{base}}/x\nmount -t tmpfs -o {options} {name} {{base}}/x\n\
                     echo own >{{base}}/x/planted"
                );
                let mut server = site.after(&words).start();
                assert!(!names_in_tmp(&server).contains("planted"), "{name} {options}");
                is_private(&server);
                server.graceful();
                assert!(!names_in_tmp(&server).contains("planted"), "{name} {options}");
                server.stop();
            }
        }
    }

    /// Root's processes in the same namespace may have mounted something there; a user cannot.
    #[test]
    fn what_is_not_roots_is_not_taken_even_in_the_very_place() {
        for (options, is_taken) in [
            ("mode=1777,suid,dev", true),
            ("mode=1777,uid=61999", false),
            ("mode=0777", false),
            ("mode=1755", false),
        ] {
            let site = site();
            let name = source(&site.sandbox.jail, UID);
            let words = format!(
                "mkdir -p /run/mod_chroot\nmount -t tmpfs -o mode=755 none /run/mod_chroot\n\
                 mkdir /run/mod_chroot/tmp\nmount -t tmpfs -o {options} {name} /run/mod_chroot/tmp\n\
                 echo own >/run/mod_chroot/tmp/planted"
            );
            let server = site.after(&words).start();
            assert_eq!(names_in_tmp(&server).contains("planted"), is_taken, "{options}");
            is_private(&server);
            server.stop();
        }
    }

    /// A file system of another kind may call itself what it likes.
    #[test]
    fn another_kind_of_file_system_is_not_taken() {
        let site = site();
        let name = source(&site.sandbox.jail, UID);
        let words = format!(
            "mkdir -p /run/mod_chroot\nmount -t tmpfs -o mode=755 none /run/mod_chroot\n\
             mkdir /run/mod_chroot/tmp\nmount -t ramfs -o mode=1777 {name} /run/mod_chroot/tmp\n\
             echo own >/run/mod_chroot/tmp/planted"
        );
        let server = site.after(&words).start();
        assert!(!names_in_tmp(&server).contains("planted"));
        server.stop();
    }

    fn leave(server: &Server) {
        assert_eq!(ask_program(server, "write=/tmp/left").value("write"), "done");
        assert!(names_in_tmp(server).contains("left"));
    }

    /// Python makes semaphores and shared memory by way of /dev/shm, and cannot do without.
    #[test]
    fn shared_memory_and_semaphores_are_private_to_the_server() {
        let script = "#!/usr/bin/python3\nimport multiprocessing as m, os\n\
            from multiprocessing import shared_memory\n\
            lock = m.Lock()\nlock.acquire()\nlock.release()\n\
            block = shared_memory.SharedMemory(create=True, size=4096, name='mod_chroot_test')\n\
            block.buf[0] = 7\n\
            print('Content-Type: text/plain\\n')\n\
            print('shm=' + ' '.join(os.listdir('/dev/shm')))\n\
            print('tmp=' + ' '.join(os.listdir('/tmp')))\n\
            block.close()\nblock.unlink()\n";
        let site = site().config("ChrootProvide program:/usr/bin/python3 /usr/lib/python3");
        site.sandbox.write("cgi-bin/shared", script.as_bytes(), 0o755);
        let mut server = site.start();
        for _ in 0..2 {
            let answer = get("/cgi-bin/shared").of(&server);
            assert_eq!(answer.status, 200, "{answer:?}\n{}", server.error_log());
            assert_eq!(answer.value("shm"), "mod_chroot_test", "{answer:?}");
            assert!(!answer.value("tmp").contains("mod_chroot_test"), "{answer:?}");
            assert!(!Path::new("/dev/shm/mod_chroot_test").exists());
            server.graceful();
        }
        server.stop();
    }

    on_every_mpm! {
        fn it_ends_with_the_jail_that_it_is_for(mpm: Mpm) {
            let site = Site::new(mpm).with_host_paths();
            let (jail, other) = (site.sandbox.jail.clone(), site.sandbox.base.join("other"));
            let copied = std::process::Command::new("cp").arg("-a").arg(&jail).arg(&other).status();
            assert!(copied.expect("cp").success());
            let mut server = site.start();
            leave(&server);
            let [jail, other] = [&jail, &other].map(|path| path.display().to_string());
            server.edit_configuration(|text| text.replace(&jail, &other));
            server.graceful();
            assert!(!names_in_tmp(&server).contains("left"));
            assert!(mounts(&server).iter().all(|line| line.contains(&source(Path::new(&other), UID))));
            server.stop();
        }

        fn it_ends_with_the_user_that_it_is_for(mpm: Mpm) {
            let mut server = Site::new(mpm).with_host_paths().start();
            leave(&server);
            server.graceful();
            assert!(names_in_tmp(&server).contains("left"), "nothing has changed");
            server.edit_configuration(|text| text.replace("User jailed", "User #4711"));
            server.restart();
            assert_eq!(server.site_uid(), 4711);
            assert!(!names_in_tmp(&server).contains("left"));
            is_private(&server);
            server.stop();
        }
    }

    /// What was mounted without them is given them anew.
    #[test]
    fn nothing_in_it_gains_rights_after_a_restart() {
        let mut server = site().start();
        is_private(&server);
        server.graceful();
        is_private(&server);
        server.restart();
        is_private(&server);
        server.stop();
        assert!(
            fs::read_to_string("/proc/self/mountinfo").is_ok_and(|it| !it.contains("mod_chroot"))
        );
    }
}
