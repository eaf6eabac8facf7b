//! Root acts on what it has made, in folders that are root's alone: whatever the owner of a jail, or of a folder in it,
//! puts at the names that the module uses, nothing outside is changed.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use crate::harness::tools::{inventory, make_fifo};
    use crate::harness::{Mpm, Site, on_every_mpm};

    /// Who owns what should be root's.
    const OWNER: u32 = 61234;

    /// A jail whose path is not judged, and that nothing is shown in but by copies.
    fn site(mpm: Mpm, way: &str) -> Site {
        Site::new(mpm).config(&format!("ChrootCheck warn\nChrootFixRoot {way}"))
    }

    /// Something outside that is root's business alone.
    fn precious(site: &Site) -> PathBuf {
        let folder = site.sandbox.base.join("precious");
        fs::create_dir(&folder).expect("a folder");
        fs::write(folder.join("file"), "text").expect("a file");
        fs::set_permissions(folder.join("file"), PermissionsExt::from_mode(0o600))
            .expect("its mode");
        fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).expect("its mode");
        folder
    }

    on_every_mpm! {
        fn nothing_is_made_in_a_jail_that_a_user_owns_and_the_remedy_helps(mpm: Mpm) {
            for way in ["link", "off"] {
                let site = site(mpm, way).config("ChrootProvide tmp");
                let (precious, jail) = (precious(&site), site.sandbox.jail.clone());
                chown(&jail, Some(OWNER), None).expect("its owner");
                symlink(&precious, jail.join("tmp")).expect("a link");
                let before = (inventory(&precious), inventory(&jail));
                site.configtest().fails().says("CHR712").says("owner 61234").says("chown root");
                site.refuses().fails().says("CHR712");
                assert_eq!((inventory(&precious), inventory(&jail)), before, "{way}");
                // As it says; and the link that the owner has made is no folder.
                chown(&jail, Some(0), None).expect("its owner");
                fs::remove_file(jail.join("tmp")).expect("the link");
                let server = site.start();
                let made = fs::metadata(server.site.sandbox.jail.join("tmp")).expect("a folder");
                assert_eq!((made.uid(), made.mode() & 0o7777), (0, 0o1777));
                server.stop();
            }
        }
    }

    #[test]
    fn a_group_a_list_and_everybody_are_others_too() {
        for (change, said) in [
            ("chmod g+w", "its group may write"),
            ("chmod o+w", "everybody may write"),
            ("setfacl -m u:61234:rwx", "an access control list"),
        ] {
            let site = site(Mpm::Event, "off").config("ChrootProvide users");
            let words = format!("{change} '{}'", site.sandbox.jail.display());
            assert!(Command::new("sh").args(["-c", &words]).status().expect("sh").success());
            site.configtest().fails().says("CHR712").says(said);
        }
    }

    /// Where nothing has to be made, a jail may be anybody's.
    #[test]
    fn a_jail_that_a_user_owns_is_served_where_nothing_is_made_in_it() {
        for (way, words) in [("view", "ChrootProvide tmp users"), ("off", "")] {
            let site = site(Mpm::Event, way).config(words).allow_log("CHR211");
            chown(&site.sandbox.jail, Some(OWNER), None).expect("its owner");
            // Whatever the owner makes of our names.
            let list = site.sandbox.jail.join(".mod_chroot");
            fs::write(&list, "/htdocs\n").expect("a file");
            chown(&list, Some(OWNER), None).expect("its owner");
            let jail = inventory(&site.sandbox.jail);
            let server = site.start();
            assert_eq!(server.get("/index.html").status, 200);
            assert_eq!(inventory(&server.site.sandbox.jail), jail);
            server.stop();
        }
    }

    /// A link of root's that is there already is used; nothing is made for it.
    #[test]
    fn a_link_that_is_there_serves_in_a_jail_that_a_user_owns() {
        let site = site(Mpm::Event, "link").linked_to_itself().allow_log("CHR211");
        chown(&site.sandbox.jail, Some(OWNER), None).expect("its owner");
        let jail = inventory(&site.sandbox.jail);
        let server = site.start();
        assert_eq!(server.get("/index.html").status, 200);
        assert_eq!(inventory(&server.site.sandbox.jail), jail);
        server.stop();
    }

    #[test]
    fn copies_that_are_left_in_a_jail_that_was_given_away_are_said() {
        let mut server = site(Mpm::Event, "off").config("ChrootProvide users").start();
        let jail = server.site.sandbox.jail.clone();
        chown(&jail, Some(OWNER), None).expect("its owner");
        server.edit_configuration(|text| text.replace("ChrootProvide", "#"));
        server.allow_log("CHR211");
        server.graceful();
        server.expect_log("CHR718: ChrootDir");
        assert!(jail.join("etc/passwd").exists());
        server.stop();
    }

    /// Puts something at a name, by way of what is outside.
    type Trap = fn(&Path, &Path);

    const TRAPS: [(&str, Trap); 5] = [
        ("link to a file", |name, precious| symlink(precious.join("file"), name).expect("it")),
        ("link to a folder", |name, precious| symlink(precious, name).expect("it")),
        ("hard link", |name, precious| fs::hard_link(precious.join("file"), name).expect("it")),
        ("FIFO", |name, _| make_fifo(name)),
        ("directory", |name, _| fs::create_dir(name).expect("it")),
    ];

    /// Made when the folder was somebody's, which is root's by now.
    #[test]
    fn what_lies_at_the_names_of_drafts_is_no_way_out() {
        for draft in ["dev/.mod_chroot.copy", ".mod_chroot.new", "etc/.mod_chroot.copy"] {
            TRAPS.iter().for_each(|(kind, lay)| goes_past(draft, kind, *lay));
        }
    }

    fn goes_past(draft: &str, kind: &str, lay: Trap) {
        let site = site(Mpm::Event, "off").config("ChrootProvide users tmp devices");
        let site = site.allow_log("ChrootAudit");
        let precious = precious(&site);
        for name in ["etc", "dev"] {
            fs::create_dir(site.sandbox.jail.join(name)).expect("a folder");
        }
        lay(&site.sandbox.jail.join(draft), &precious);
        let text = || fs::read(precious.join("file")).expect("it");
        let before = (inventory_of(&precious), text());
        let is_untouched = || {
            assert_eq!((inventory_of(&precious), text()), before, "{kind} at {draft}");
        };
        // Only what may be lost is removed.
        if kind == "directory" {
            drop(site.refuses().fails().says("CHR713").says(draft));
            is_untouched();
            return;
        }
        let server = site.start();
        let copy = server.site.sandbox.jail.join("etc/passwd");
        let facts = fs::symlink_metadata(&copy).expect("a copy");
        assert!(facts.is_file() && facts.uid() == 0, "{kind} {draft}");
        is_untouched();
        server.stop();
    }

    /// Without the times of the change that a second name or its end make.
    fn inventory_of(folder: &Path) -> Vec<(PathBuf, u32, u32, u32, u64)> {
        let facts = |path: PathBuf| {
            let it = fs::symlink_metadata(&path).expect("it");
            (path, it.mode(), it.uid(), it.gid(), it.size())
        };
        let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
        entries.chain([folder.to_owned()]).map(facts).collect()
    }

    /// A list that others have written, or that is another file of root's, is none.
    #[test]
    fn a_list_that_is_not_the_modules_own_is_not_believed() {
        let traps: [(&str, Trap); 4] = [
            ("of a user", |name, _| {
                fs::write(name, "/htdocs/index.html\n").expect("it");
                chown(name, Some(OWNER), None).expect("its owner");
            }),
            ("a hard link", |name, precious| {
                fs::hard_link(precious.join("file"), name).expect("it")
            }),
            ("a link", |name, precious| symlink(precious.join("file"), name).expect("it")),
            ("a FIFO", |name, _| make_fifo(name)),
        ];
        for (kind, lay) in traps {
            let site = site(Mpm::Event, "off").config("ChrootProvide users");
            let precious = precious(&site);
            fs::write(precious.join("file"), "/htdocs/index.html\n").expect("a file");
            lay(&site.sandbox.jail.join(".mod_chroot"), &precious);
            let id = if kind == "a link" { "CHR705" } else { "CHR712" };
            site.configtest().fails().says(id).says("/.mod_chroot");
            site.refuses().fails();
            assert!(site.sandbox.jail.join("htdocs/index.html").exists(), "{kind}");
        }
    }

    fn exchange(jail: &Path, precious: &Path, stop: &AtomicBool) {
        let begin = Instant::now();
        while !stop.load(Ordering::Relaxed) && begin.elapsed() < Duration::from_secs(60) {
            for name in ["tmp", "etc", ".mod_chroot.copy", ".mod_chroot.new"] {
                let _ = symlink(precious, jail.join(name));
                let _ = fs::remove_file(jail.join(name));
                let _ = fs::create_dir(jail.join(name));
                let _ = fs::remove_dir(jail.join(name));
            }
        }
    }

    /// While the owner of the jail exchanges a folder for a link, again and again.
    #[test]
    fn whoever_exchanges_names_while_root_works_gains_nothing() {
        let site = site(Mpm::Event, "off").config("ChrootProvide tmp users");
        let (precious, jail) = (precious(&site), site.sandbox.jail.clone());
        chown(&jail, Some(OWNER), None).expect("its owner");
        let before = inventory_of(&precious);
        let stop = Arc::new(AtomicBool::new(false));
        let exchanging = std::thread::spawn({
            let (stop, jail, precious) = (Arc::clone(&stop), jail.clone(), precious.clone());
            move || exchange(&jail, &precious, &stop)
        });
        for _ in 0..20 {
            site.refuses().fails().says("CHR712");
            assert_eq!(inventory_of(&precious), before);
        }
        stop.store(true, Ordering::Relaxed);
        exchanging.join().expect("the owner");
        assert_eq!(inventory_of(&precious), before);
    }

    /// mod_fcgid's folder for sockets is made and given away by descriptor, in a folder of root's alone only.
    #[test]
    fn a_folder_for_sockets_is_given_to_nobody_through_a_link() {
        let site =
            Site::new(Mpm::Event).modules(&["alias", "fcgid"]).document_root("{jail}/htdocs");
        let precious = precious(&site);
        symlink(&precious, site.sandbox.server.join("ipc")).expect("a link");
        let site = site.config(
            "FcgidIPCDir \"{server}/ipc/new\"\nFcgidProcessTableFile \"{server}/run/fcgid_shm\"",
        );
        let before = fs::metadata(&precious).expect("it").uid();
        // The way there is closed to the children.
        let server = site.allow_log("CHR802: FcgidIPCDir").start();
        let made = fs::symlink_metadata(precious.join("new")).expect("made where it is configured");
        assert!(made.is_dir() && made.uid() == 4242, "{made:?}");
        assert_eq!(fs::metadata(&precious).expect("it").uid(), before);
        assert_eq!(fs::metadata(precious.join("file")).expect("it").uid(), 0);
        server.stop();
    }
}
