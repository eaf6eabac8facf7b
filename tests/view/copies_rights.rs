//! A copy lets nobody do what its source does not: owner, group and mode of what is made in a jail without a view.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use crate::harness::client::{ALICE, SECRET, get};
    use crate::harness::identity::{GID, UID};
    use crate::harness::{Jail, Mpm, Server, Site, on_every_mpm};

    const STRANGER: u32 = 61999;

    fn site(way: &str) -> Site {
        Site::new(Mpm::Event).config(&format!("ChrootFixRoot {way}"))
    }

    fn inside(server: &Server, path: &Path) -> PathBuf {
        server.site.sandbox.jail.join(path.strip_prefix("/").expect("an absolute path"))
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("its mode");
    }

    fn list(path: &Path, words: &[&str]) {
        let set = Command::new("setfacl").args(words).arg(path).status();
        assert!(set.expect("setfacl").success(), "{words:?}");
    }

    /// Whether somebody with these groups reads it.
    fn reads(path: &Path, uid: u32, groups: &[u32]) -> bool {
        let mut command = Command::new("setpriv");
        let (uid, gid) = (uid.to_string(), groups.first().unwrap_or(&STRANGER).to_string());
        command.args(["--reuid", &uid, "--regid", &gid]);
        let groups: Vec<_> = groups.iter().map(ToString::to_string).collect();
        match groups.is_empty() {
            true => command.arg("--clear-groups"),
            false => command.args(["--groups", &groups.join(",")]),
        };
        command.args(["test", "-r"]).arg(path).status().expect("setpriv").success()
    }

    const ACCOUNT: &str =
        "AuthType Basic\nAuthName x\nAuthUserFile \"{base}/secret/users\"\nRequire valid-user";

    fn with_password(mpm: Mpm, way: &str) -> Site {
        let site = Site::new(mpm).config(&format!("ChrootFixRoot {way}\nChrootProvide config"));
        let site = site.modules(&["authn_core", "authn_file", "auth_basic", "authz_user"]);
        fs::create_dir(site.sandbox.base.join("secret")).expect("a folder");
        fs::write(site.sandbox.base.join("secret/users"), format!("alice:{SECRET}\n"))
            .expect("a file");
        site.config(&format!("<Location /index.html>\n{ACCOUNT}\n</Location>"))
    }

    on_every_mpm! {
        /// The command that the message names lets the children in, and nobody else.
        fn a_password_file_that_the_children_cannot_read_is_not_copied_and_the_remedy_helps(mpm: Mpm) {
            let site = with_password(mpm, "off");
            let (folder, file) = (site.sandbox.base.join("secret"), site.sandbox.base.join("secret/users"));
            mode(&file, 0o600);
            mode(&folder, 0o700);
            let mut server = site
                .expect_log("CHR717: ChrootProvide \"config\"")
                .allow_log("CHR801: AuthUserFile")
                .allow_log("AH01620")
                .start();
            assert!(!inside(&server, &file).exists());
            let log = server.error_log();
            let said = log.lines().find(|line| line.contains("CHR717")).expect("the message");
            let remedy = said.split("; ").nth(1).expect("a remedy").split(" [").next().expect("words");
            let done = Command::new("sh").args(["-ec", remedy]).status();
            assert!(done.expect("sh").success(), "{remedy}");
            server.graceful();
            let copy = inside(&server, &file);
            let facts = fs::metadata(&copy).expect("a copy");
            assert_eq!((facts.uid(), facts.gid(), facts.mode() & 0o7777), (0, GID, 0o640));
            assert_eq!(get("/index.html").by(ALICE).of(&server).status, 200);
            for (uid, groups, may) in [(STRANGER, &[][..], false), (STRANGER, &[GID], true)] {
                assert_eq!(reads(&copy, uid, groups), may);
                assert_eq!(reads(&file, uid, groups), may, "outside");
            }
            server.stop();
        }
    }

    const OWNERS: [(u32, u32); 6] =
        [(0, 0), (0, GID), (0, 4244), (0, 4299), (UID, 4299), (4298, GID)];
    const FOLDERS: [(u32, u32); 5] =
        [(0, 0o755), (0, 0o700), (4244, 0o750), (4299, 0o710), (0, 0o711)];
    const MODES: [u32; 9] = [0o600, 0o640, 0o644, 0o604, 0o440, 0o755, 0o4755, 0o2750, 0o000];

    /// A file of every one of these in a folder of every one of those.
    fn sources(all: &Path) -> Vec<PathBuf> {
        let make = |folder: &Path, (user, group): (u32, u32), bits: u32| {
            let file = folder.join(format!("{user}-{group}-{bits:o}"));
            fs::write(&file, "text").expect("a file");
            chown(&file, Some(user), Some(group)).expect("its owner");
            mode(&file, bits);
            file
        };
        let fill = |(group, bits): (u32, u32)| {
            let folder = all.join(format!("{group}-{bits:o}"));
            fs::create_dir_all(&folder).expect("a folder");
            let each = |owner| MODES.map(|bits| make(&folder, owner, bits));
            let made: Vec<_> = OWNERS.into_iter().flat_map(each).collect();
            chown(&folder, Some(0), Some(group)).expect("its group");
            mode(&folder, bits);
            made
        };
        FOLDERS.into_iter().flat_map(fill).collect()
    }

    /// Who reads the copy reads the source; answers whether there is a copy.
    fn is_as_narrow(source: &Path, copy: &Path) -> bool {
        let told = copy.display();
        let children = reads(source, UID, &[GID, 4244, 4245]);
        assert_eq!(reads(copy, UID, &[GID, 4244, 4245]), children, "{told}");
        assert_eq!(copy.exists(), children, "{told}");
        if children {
            let facts = fs::metadata(copy).expect("a copy");
            assert_eq!((facts.uid(), facts.mode() & 0o7022), (0, 0), "{told}");
            for groups in [&[][..], &[4244], &[4299]] {
                let wider = reads(copy, STRANGER, groups) && !reads(source, STRANGER, groups);
                assert!(!wider, "{told} for {groups:?}");
            }
        }
        children
    }

    #[test]
    fn nobody_reads_a_copy_who_cannot_read_its_source() {
        let site = site("off").config("ChrootProvide \"{base}/all\"");
        let sources = sources(&site.sandbox.base.join("all"));
        let server = site.expect_log("CHR717: ChrootProvide").expect_log(" more) ").start();
        let is_copied = |source: &&PathBuf| is_as_narrow(source, &inside(&server, source));
        let copied = sources.iter().filter(is_copied).count();
        assert!(copied > 40 && copied < sources.len(), "{copied} of {}", sources.len());
        server.stop();
    }

    #[test]
    fn a_list_of_the_source_counts_and_one_of_the_jail_gives_nobody_more() {
        let site = site("off").config("ChrootProvide \"{base}/all\"");
        let all = site.sandbox.base.join("all");
        fs::create_dir(&all).expect("a folder");
        for (name, entry) in [("mine", format!("u:{UID}:r")), ("not-mine", format!("u:{UID}:-"))] {
            fs::write(all.join(name), "text").expect("a file");
            mode(&all.join(name), if name == "mine" { 0o600 } else { 0o644 });
            list(&all.join(name), &["-m", &entry]);
        }
        // Whatever is made in the jail would be open to a stranger.
        list(&site.sandbox.jail, &["-d", "-m", &format!("u:{STRANGER}:rwx,g:4299:rwx")]);
        let server = site.expect_log("CHR717").start();
        let copy = inside(&server, &all.join("mine"));
        assert!(!inside(&server, &all.join("not-mine")).exists());
        assert!(reads(&copy, UID, &[GID]));
        let made: Vec<_> =
            copy.ancestors().take_while(|path| *path != server.site.sandbox.jail).collect();
        assert!(made.len() > 3, "{made:?}");
        for path in made {
            let told = Command::new("getfacl").args(["-p", "-n", "-c"]).arg(path).output();
            let told = String::from_utf8(told.expect("getfacl").stdout).expect("text");
            let names_nobody = !told.contains(&STRANGER.to_string()) && !told.contains("default:");
            assert!(names_nobody, "{}\n{told}", path.display());
        }
        assert!(!reads(&copy, STRANGER, &[]) && !reads(&copy, STRANGER, &[4299]));
        server.stop();
    }

    #[test]
    fn folders_that_are_made_are_as_narrow_as_those_outside() {
        let site = site("off").config("ChrootProvide \"{base}/a/b/file\" \"{base}/a/c\"");
        let base = site.sandbox.base.clone();
        fs::create_dir_all(base.join("a/b")).expect("folders");
        fs::create_dir_all(base.join("a/c/shut")).expect("folders");
        for name in ["a/b/file", "a/c/open", "a/c/shut/file"] {
            fs::write(base.join(name), "text").expect("a file");
        }
        chown(base.join("a"), Some(0), Some(4244)).expect("its group");
        mode(&base.join("a"), 0o2750);
        mode(&base.join("a/c"), 0o711);
        mode(&base.join("a/c/shut"), 0o700);
        let server = site.expect_log("CHR717").start();
        let facts = |name: &str| {
            let facts = fs::metadata(inside(&server, &base.join(name))).expect("a copy");
            (facts.uid(), facts.gid(), facts.mode() & 0o7777)
        };
        assert_eq!(facts("a"), (0, 4244, 0o750));
        assert_eq!(facts("a/b"), (0, 4244, 0o750));
        assert_eq!(facts("a/b/file"), (0, 4244, 0o640));
        assert_eq!(facts("a/c"), (0, 4244, 0o710));
        assert!(!inside(&server, &base.join("a/c/shut")).exists());
        server.stop();
    }

    #[test]
    fn a_source_that_is_closed_later_is_closed_at_the_next_restart() {
        let site = site("off").config("ChrootProvide \"{base}/file\"");
        let file = site.sandbox.base.join("file");
        fs::write(&file, "text").expect("a file");
        let mut server = site.start();
        let copy = inside(&server, &file);
        assert!(reads(&copy, STRANGER, &[]));
        chown(&file, Some(0), Some(4244)).expect("its group");
        mode(&file, 0o640);
        server.graceful();
        assert!(!reads(&copy, STRANGER, &[]) && reads(&copy, UID, &[4244]));
        mode(&file, 0o600);
        server.allow_log("CHR717");
        server.graceful();
        assert!(!copy.exists());
        server.stop();
    }

    /// As without a jail: the folders on the way to the link count.
    #[test]
    fn a_jail_that_cannot_be_reached_outside_is_not_reached_by_its_link() {
        let status = |jail: Jail, bits: u32| {
            let site = Site::with_jail_at(Mpm::Event, "way/jail").jail(jail);
            let site = site.document_root("{jail}/htdocs").allow_log("AH00529").allow_log("CHR80");
            mode(&site.sandbox.base.join("way"), bits);
            let site = site.config("<Directory />\nOptions FollowSymLinks\n</Directory>");
            let link = "ChrootFixRoot link";
            let server = if jail == Jail::Module { site.config(link) } else { site }.start();
            let status = get("/index.html").of(&server).status;
            server.stop();
            status
        };
        for (bits, wanted) in [(0o755, 200), (0o711, 200), (0o700, 403)] {
            assert_eq!(status(Jail::None, bits), wanted, "{bits:o} without a jail");
            assert_eq!(status(Jail::Module, bits), wanted, "{bits:o} by a link");
        }
    }
}
