//! Promise 10, without httpd: what is put into a real tree is found, once, and nothing else.
//!
//! Run as root; what is made is made below a folder of its own, and mounts in a namespace of their own.
#![forbid(unsafe_code)]

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
    use std::os::unix::net::UnixListener;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::time::Duration;

    use mod_chroot::door::{Answer, Question, ask};

    const ME: u32 = 4242;
    const GROUP: u32 = 4244;

    /// A folder with a jail that holds what an ordinary one does.
    struct Scene(tempfile::TempDir);

    impl Scene {
        fn new() -> Self {
            let root = std::env::var_os("MOD_CHROOT_TEST_ROOT").unwrap_or_else(|| "/srv".into());
            let folder = tempfile::Builder::new().prefix("mod_chroot-test-").tempdir_in(root);
            let scene = Self(folder.expect("a folder (tests run as root)"));
            for name in ["htdocs/a/b", "etc/ssl", "lib", "usr/lib", "dev", "var/tmp"] {
                fs::create_dir_all(scene.jail().join(name)).expect("a folder");
            }
            scene.file("htdocs/index.html", 0o644);
            scene.file("lib/libc.so.6", 0o755);
            scene
        }

        fn jail(&self) -> PathBuf {
            self.0.path().join("jail")
        }

        fn file(&self, name: &str, mode: u32) -> PathBuf {
            let path = self.jail().join(name);
            fs::write(&path, name).expect("a file");
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("its mode");
            path
        }

        fn question(&self) -> Question {
            Question {
                jail: self.jail(),
                uid: ME,
                gids: vec![ME, GROUP],
                own: vec![],
                host_paths: true,
                across: false,
                budget: None,
            }
        }

        fn ask(&self) -> Answer {
            let answer = ask(&self.question()).expect("an answer");
            assert!(answer.complete && answer.capabilities && answer.gaps.is_empty(), "{answer:?}");
            answer
        }

        /// Exactly this is found, and this is said.
        #[track_caller]
        fn finds(&self, id: &str, name: &str, words: &str) {
            only(&self.ask(), &self.jail(), id, name, words);
        }

        #[track_caller]
        fn is_clean(&self) {
            assert_eq!(self.ask().findings, [""; 0]);
        }
    }

    #[track_caller]
    fn only(answer: &Answer, jail: &Path, id: &str, name: &str, words: &str) {
        let [said] = answer.findings.as_slice() else { panic!("not one: {answer:#?}") };
        let start = format!("{id}: ChrootAudit \"warn\": \"{}\" ", jail.join(name).display());
        assert!(said.starts_with(&start), "{said}\nnot {start}");
        assert!(said.contains(words) && said.contains("; "), "{said}");
    }

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
    fn hard_link_to_a_file_outside() {
        let scene = Scene::new();
        let outside = scene.0.path().join("outside");
        fs::write(&outside, "").expect("a file");
        fs::hard_link(&outside, scene.jail().join("htdocs/linked")).expect("a link");
        scene.finds("CHR604", "htdocs/linked", "2 names, 1 in the jail");
    }

    #[test]
    fn hard_link_that_stays_inside_is_no_finding() {
        let scene = Scene::new();
        let one = scene.file("htdocs/one", 0o644);
        fs::hard_link(one, scene.jail().join("htdocs/a/b/two")).expect("a link");
        scene.is_clean();
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
        let answer = ask(&Question { jail, across, ..scene.question() }).expect("an answer");
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
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh", kind]);
        command.arg(scene.jail().join("htdocs/a")).env(JAIL, scene.jail());
        if across {
            command.env(ACROSS, "");
        }
        command.arg(std::env::current_exe().expect("this test"));
        let output = command
            .args(["--exact", "--nocapture", "tests::answers_in_the_namespace_it_is_run_in"])
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

    #[test]
    fn link_that_leads_nowhere_inside() {
        let scene = Scene::new();
        symlink("/etc/passwd", scene.jail().join("htdocs/users")).expect("a link");
        scene.finds("CHR607", "htdocs/users", "leads nowhere inside (to \"/etc/passwd\")");
    }

    #[test]
    fn link_that_climbs_above_the_jail() {
        let scene = Scene::new();
        fs::write(scene.0.path().join("secret"), "").expect("a file");
        symlink("../../secret", scene.jail().join("htdocs/secret")).expect("a link");
        scene.finds("CHR607", "htdocs/secret", "climbs above the jail");
    }

    #[test]
    fn link_that_leads_out_by_way_of_another() {
        let scene = Scene::new();
        symlink("/srv/elsewhere", scene.jail().join("htdocs/up")).expect("a link");
        symlink("up/index.html", scene.jail().join("htdocs/down")).expect("a link");
        let findings = scene.ask().findings;
        assert!(findings.iter().all(|said| said.starts_with("CHR607")), "{findings:?}");
        assert_eq!(findings.len(), 2);
    }

    #[test]
    fn links_that_mean_the_same_inside_are_no_findings() {
        let scene = Scene::new();
        let link = |target: &Path, name: &str| {
            symlink(target, scene.jail().join(name)).expect("a link");
        };
        link(Path::new("index.html"), "htdocs/relative");
        link(Path::new("../../index.html"), "htdocs/a/b/relative");
        link(Path::new("../../../lib/libc.so.6"), "htdocs/a/b/across");
        link(Path::new("/htdocs/index.html"), "htdocs/inside");
        link(Path::new("inside"), "htdocs/chain");
        link(Path::new("/../../htdocs"), "htdocs/above");
        link(&scene.jail().join("htdocs/index.html"), "htdocs/host");
        link(scene.0.path(), "etc/parent");
        link(Path::new("user@host:17"), "htdocs/.#lock");
        scene.is_clean();
        // Without host paths, those that are written with them lead nowhere.
        let answer = ask(&Question { host_paths: false, ..scene.question() }).expect("an answer");
        let ids: Vec<_> = answer.findings.iter().map(|said| &said[..6]).collect();
        assert_eq!(ids, ["CHR607"; 2], "{answer:?}");
    }

    #[test]
    fn links_in_a_circle_end() {
        let scene = Scene::new();
        symlink("/htdocs/two", scene.jail().join("htdocs/one")).expect("a link");
        symlink("/htdocs/one", scene.jail().join("htdocs/two")).expect("a link");
        assert_eq!(scene.ask().findings.len(), 2);
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
        let answer = ask(&Question { own, ..scene.question() }).expect("an answer");
        only(&answer, &scene.jail(), "CHR609", "var/httpd.pid", "the server's own");
    }

    #[test]
    fn own_file_outside_with_a_name_inside() {
        let scene = Scene::new();
        let key = scene.0.path().join("server.key");
        fs::write(&key, "").expect("a key");
        fs::hard_link(&key, scene.jail().join("htdocs/key")).expect("a link");
        let answer = ask(&Question { own: vec![key], ..scene.question() }).expect("an answer");
        let ids: Vec<_> = answer.findings.iter().map(|said| &said[..6]).collect();
        assert_eq!(ids, ["CHR604", "CHR609"], "{answer:?}");
    }

    #[test]
    fn time_that_is_up_ends_the_search() {
        let scene = Scene::new();
        let question = Question { budget: Some(Duration::ZERO), ..scene.question() };
        let answer = ask(&question).expect("an answer");
        assert!(!answer.complete && answer.findings.is_empty(), "{answer:?}");
    }

    #[test]
    fn a_tree_too_deep_is_said_to_be() {
        let scene = Scene::new();
        let deep = scene.jail().join("d/".repeat(300));
        fs::create_dir_all(&deep).expect("folders");
        let answer = ask(&scene.question()).expect("an answer");
        let [said] = answer.gaps.as_slice() else { panic!("{answer:?}") };
        assert!(said.starts_with("CHR632") && said.contains("deeper than"), "{said}");
    }

    #[test]
    fn every_name_of_a_large_folder_is_seen_once() {
        let scene = Scene::new();
        let flat = scene.jail().join("flat");
        fs::create_dir(&flat).expect("a folder");
        for number in 0..5_000 {
            fs::write(flat.join(number.to_string()), "").expect("a file");
        }
        let before = 14;
        scene.file("flat/4999", 0o4711);
        assert_eq!(scene.ask().names, 5_000 + before);
        scene.finds("CHR602", "flat/4999", "uid 0");
    }
}
