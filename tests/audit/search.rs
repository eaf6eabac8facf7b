//! Promise 10, without httpd: what is put into a real tree is found, once, and nothing else.
//!
//! Run as root; what is made is made below a folder of its own, and mounts in a namespace of their own.

#[cfg(test)]
mod tests {
    use crate::harness::requirements::{Capability, require};
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, lchown};
    use std::os::unix::net::UnixListener;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use crate::jail_tree::{GROUP, ME, Scene, only};
    use mod_chroot::test_api::{SearchQuestion, ask};

    fn run(command: &str, arguments: &[&str], path: &Path) {
        let output = Command::new(command).args(arguments).arg(path).output().expect(command);
        assert!(output.status.success(), "{command}: {output:?}");
    }

    fn mknod(path: &Path, words: &[&str]) {
        let status = Command::new("mknod").arg(path).args(words).status().expect("mknod");
        assert!(status.success());
    }

    #[test]
    fn an_ordinary_jail_is_clean() {
        let scene = Scene::new();
        // Belongs to the children, but is nothing that programs load.
        chown(scene.jail().join("var/tmp"), Some(ME), Some(ME)).expect("chown");
        scene.file("htdocs/script.cgi", 0o755);
        run("mkfifo", &[], &scene.jail().join("var/tmp/fifo"));
        scene.is_clean();
    }

    #[test]
    fn block_device() {
        let scene = Scene::new();
        mknod(&scene.jail().join("dev/sda"), &["b", "8", "0"]);
        scene.finds("CHR601", "dev/sda", "block device");
    }

    #[test]
    fn character_device() {
        let scene = Scene::new();
        mknod(&scene.jail().join("htdocs/a/kmem"), &["c", "1", "2"]);
        scene.finds("CHR601", "htdocs/a/kmem", "character device");
    }

    #[test]
    fn the_null_device_and_its_like_are_harmless() {
        let scene = Scene::new();
        for (name, minor) in [("null", "3"), ("zero", "5"), ("full", "7"), ("random", "8")] {
            mknod(&scene.jail().join("dev").join(name), &["c", "1", minor]);
        }
        scene.is_clean();
    }

    #[test]
    fn setuid_program() {
        let scene = Scene::new();
        scene.file("htdocs/a/b/su", 0o4755);
        scene.finds("CHR602", "htdocs/a/b/su", "uid 0");
    }

    #[test]
    fn setgid_program() {
        let scene = Scene::new();
        scene.file("htdocs/mail", 0o2755);
        scene.finds("CHR602", "htdocs/mail", "gid 0");
    }

    #[test]
    fn setuid_program_of_the_children_themselves_gives_them_nothing() {
        let scene = Scene::new();
        let path = scene.file("htdocs/own", 0o755);
        chown(&path, Some(ME), Some(ME)).expect("chown");
        fs::set_permissions(&path, Permissions::from_mode(0o6755)).expect("chmod");
        scene.is_clean();
    }

    #[test]
    fn program_with_capabilities() {
        let scene = Scene::new();
        run("setcap", &["cap_net_raw+ep"], &scene.file("htdocs/ping", 0o755));
        scene.finds("CHR603", "htdocs/ping", "security.capability");
    }

    #[test]
    fn socket_of_root() {
        let scene = Scene::new();
        let _listener = UnixListener::bind(scene.jail().join("var/db.sock")).expect("a socket");
        scene.finds("CHR605", "var/db.sock", "uid 0");
    }

    #[test]
    fn socket_of_the_children_is_no_finding() {
        let scene = Scene::new();
        let path = scene.jail().join("var/fcgi.sock");
        let _listener = UnixListener::bind(&path).expect("a socket");
        chown(path, Some(ME), Some(ME)).expect("chown");
        scene.is_clean();
    }

    /// Where `answers_in_the_namespace_it_is_run_in` is to look, and whether across mounts.
    const JAIL: &str = "MOD_CHROOT_TEST_JAIL";
    const ACROSS: &str = "MOD_CHROOT_TEST_ACROSS";

    /// Run by others in a process of its own, where something is mounted that nobody else sees.
    #[test]
    fn answers_in_the_namespace_it_is_run_in() {
        let scene = Scene::new();
        let jail = std::env::var_os(JAIL).map_or_else(|| scene.jail(), PathBuf::from);
        let across = std::env::var_os(ACROSS).is_some();
        let answer = ask(&SearchQuestion { jail, across, ..scene.question() }).expect("an answer");
        for line in answer.findings.into_iter().chain(answer.gaps) {
            let said = line.starts_with("CHR") && std::env::var_os(JAIL).is_some();
            assert!(said, "an ordinary jail is clean: {line}");
            eprintln!("{line}");
        }
    }

    /// What is said about an ordinary jail with this mounted at `htdocs/a`.
    fn ask_within(kind: &str, across: bool) -> Vec<String> {
        let scene = Scene::new();
        let script = "mount -t \"$1\" audit \"$2\" && shift 2 && exec \"$@\"";
        require(Capability::SysAdmin);
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh", kind]);
        command.arg(scene.jail().join("htdocs/a")).env(JAIL, scene.jail());
        if across {
            command.env(ACROSS, "");
        }
        command.arg(std::env::current_exe().expect("this test"));
        let output = command
            .args([
                "--exact",
                "--nocapture",
                "search::tests::answers_in_the_namespace_it_is_run_in",
            ])
            .output()
            .expect("unshare");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        text.lines().filter(|line| line.starts_with("CHR")).map(str::to_owned).collect()
    }

    fn is_found_when_mounted(kind: &str) {
        let said = ask_within(kind, false);
        let [line] = said.as_slice() else { panic!("{said:?}") };
        assert!(line.starts_with("CHR606") && line.contains("/jail/htdocs/a\" is"), "{line}");
        assert!(line.contains(&format!("({kind})")), "{line}");
    }

    #[test]
    fn mounted_procfs() {
        is_found_when_mounted("proc");
    }

    #[test]
    fn mounted_sysfs() {
        is_found_when_mounted("sysfs");
    }

    #[test]
    fn mounted_devtmpfs() {
        is_found_when_mounted("devtmpfs");
    }

    #[test]
    fn another_file_system_is_entered_only_if_that_is_asked_for() {
        let said = ask_within("tmpfs", false);
        let [line] = said.as_slice() else { panic!("{said:?}") };
        assert!(line.starts_with("CHR932") && line.contains("(tmpfs;"), "{line}");
        assert_eq!(ask_within("tmpfs", true), [""; 0]);
    }

    fn may_be_written(name: &str, how: impl Fn(&Path), words: &str) {
        let scene = Scene::new();
        let path = scene.jail().join(name);
        if !path.exists() {
            scene.file(name, 0o644);
        }
        how(&path);
        scene.finds("CHR608", name, words);
    }

    fn mode(mode: u32) -> impl Fn(&Path) {
        move |path| fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod")
    }

    #[test]
    fn library_of_the_children() {
        may_be_written(
            "lib/libnss_x.so.2",
            |path| lchown(path, Some(ME), None).expect("chown"),
            "owner",
        );
    }

    #[test]
    fn library_folder_that_a_group_of_the_children_may_write() {
        let how = |path: &Path| {
            lchown(path, None, Some(GROUP)).expect("chown");
            mode(0o775)(path);
        };
        may_be_written("usr/lib", how, "group 4244");
    }

    #[test]
    fn library_that_an_access_control_list_opens_to_the_children() {
        let how = |path: &Path| run("setfacl", &["-m", "user:4242:rw"], path);
        // What the mask lets through shows in the bits of the group, to which nobody here belongs.
        may_be_written("usr/lib/libx.so", how, "access control list: user 4242");
    }

    #[test]
    fn library_folder_that_an_access_control_list_opens_to_others_is_no_finding() {
        let scene = Scene::new();
        run("setfacl", &["-m", "user:1000:rwx"], &scene.jail().join("usr/lib"));
        scene.is_clean();
    }

    #[test]
    fn name_service_configuration_that_everybody_may_write() {
        may_be_written("etc/nsswitch.conf", mode(0o666), "mode 0666");
    }

    #[test]
    fn certificates_that_everybody_may_write() {
        may_be_written("etc/ssl", mode(0o777), "mode 0777");
    }

    #[test]
    fn own_file_inside_even_if_it_does_not_exist_yet() {
        let scene = Scene::new();
        let own = vec![scene.jail().join("var/httpd.pid"), scene.0.path().join("httpd.conf")];
        let answer = ask(&SearchQuestion { own, ..scene.question() }).expect("an answer");
        only(&answer, &scene.jail(), "CHR609", "var/httpd.pid", "the server's own");
    }

    #[test]
    fn own_file_outside_with_a_name_inside() {
        let scene = Scene::new();
        let key = scene.0.path().join("server.key");
        fs::write(&key, "").expect("a key");
        fs::hard_link(&key, scene.jail().join("htdocs/key")).expect("a link");
        let answer =
            ask(&SearchQuestion { own: vec![key], ..scene.question() }).expect("an answer");
        let ids: Vec<_> = answer.findings.iter().map(|said| &said[..6]).collect();
        assert_eq!(ids, ["CHR604", "CHR609"], "{answer:?}");
    }
}
