//! `ChrootProvide users`: lists of users and groups that are made for the jail, never the host's.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, chown};

    use crate::harness::identity::UID;
    use crate::harness::poll::until;
    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Server, Site, programs};

    /// An account of the scene's host, which owns a file in the jail, and one that has nothing to do with it.
    const VISITOR: &str = "visitor:x:5555:5555:Room 7, 555-1234:/home/visitor:/bin/sh";
    const STRANGER: &str = "stranger:x:5556:5556::/home/stranger:/bin/sh";

    /// A site with `way` of host paths, and a file in the jail that uid 5555 owns.
    fn site(way: &str) -> Site {
        let site = Site::new(Mpm::Event);
        let site = if way == "off" { site } else { site.with_host_paths() };
        let words = format!("ChrootFixRoot {way}\nChrootProvide users");
        let site = site.config(&words).file("htdocs/theirs", "x");
        chown(site.sandbox.jail.join("htdocs/theirs"), Some(5555), Some(5555)).expect("the owner");
        site
    }

    /// The command that makes accounts of the scene's host.
    fn add(lines: &[&str]) -> String {
        let lines =
            lines.iter().map(|line| format!("echo \"{line}\" >>\"{{server}}/conf/passwd\""));
        let group = "echo guests:x:5555:visitor,stranger >>\"{server}/conf/group\"".to_owned();
        lines.chain([group]).collect::<Vec<_>>().join("\n")
    }

    /// The lines of the list at `path` inside, in the order of the alphabet.
    fn lines(server: &Server, path: &str) -> Vec<String> {
        let body = ask_program(server, &format!("read={path}")).body;
        let mut lines: Vec<_> =
            body.lines().filter(|line| line.contains(":x:")).map(str::to_owned).collect();
        lines.sort();
        lines
    }

    #[test]
    fn the_lists_have_the_names_that_are_needed_and_no_others() {
        for way in ["view", "link"] {
            let server = site(way).after(&add(&[VISITOR, STRANGER])).start();
            let users = lines(&server, "/etc/passwd");
            let named =
                |name: &str| users.iter().any(|line| line.starts_with(&format!("{name}:x:")));
            assert!(named("root") && named("jailed"), "{way}: {users:?}");
            let visitor = "visitor:x:5555:5555::/home/visitor:/usr/sbin/nologin".to_owned();
            assert!(users.iter().any(|line| line.ends_with(&visitor)), "{way}: {users:?}");
            assert_eq!(users.len(), 3, "no other account of the host, {way}: {users:?}");
            let groups = lines(&server, "/etc/group").join(" ");
            for group in ["jailed2:x:4244:jailed", "jailed3:x:4245:jailed", "guests:x:5555:visitor"]
            {
                assert!(groups.contains(group), "{way}: {groups}");
            }
            assert!(!groups.contains("stranger"), "{way}: {groups}");
            server.stop();
        }
    }

    #[test]
    fn the_lists_are_roots_and_cannot_be_changed_from_inside() {
        for way in ["view", "link", "off"] {
            let server = site(way).start();
            if way != "off" {
                assert_eq!(ask_program(&server, "read=/etc/passwd").value("read"), "done", "{way}");
                assert_ne!(
                    ask_program(&server, "write=/etc/passwd").value("write"),
                    "done",
                    "{way}"
                );
            }
            if way != "view" {
                let list = server.site.sandbox.jail.join("etc/passwd");
                let facts = fs::metadata(&list).expect("the list");
                assert_eq!((facts.uid(), facts.mode() & 0o7777), (0, 0o644), "{way}");
                let text = fs::read_to_string(&list).expect("the list");
                assert!(text.contains("jailed:x:4242:") && text.lines().count() < 4, "{text}");
            }
            server.stop();
        }
    }

    #[test]
    fn an_account_that_the_host_makes_later_has_its_name_inside() {
        for way in ["view", "link"] {
            let mut server = site(way).config("LogLevel chroot:info").start();
            assert!(!lines(&server, "/etc/passwd").join(" ").contains("visitor"), "{way}");
            let passwd = server.site.sandbox.server.join("conf/passwd");
            let text = fs::read_to_string(&passwd).expect("the accounts");
            fs::write(&passwd, format!("{text}{VISITOR}\n{STRANGER}\n")).expect("the accounts");
            until("the name", || {
                lines(&server, "/etc/passwd").join(" ").contains("visitor:x:5555").then_some(())
            });
            assert!(!lines(&server, "/etc/passwd").join(" ").contains("stranger"), "{way}");
            server.expect_log("CHR731: ChrootProvide \"/etc/passwd\"");
            server.stop();
        }
    }

    #[test]
    fn a_list_that_the_children_cannot_read_outside_is_not_made() {
        let closed = "chmod 600 \"{server}/conf/passwd\"";
        let site = site("view").after(closed).expect_log("CHR717").allow_log("CHR8");
        let server = site.start();
        assert_eq!(lines(&server, "/etc/passwd"), Vec::<String>::new());
        assert!(lines(&server, "/etc/group").join(" ").contains("jailed"));
        server.stop();
    }

    #[test]
    fn the_dump_says_that_the_lists_are_made() {
        site("view").dump().says("provided: /etc/passwd (made for the jail, users)");
        site("link").dump().says("provided: /etc/group (made for the jail, users)");
    }

    #[test]
    fn a_file_that_is_named_is_shown_in_place_of_the_list() {
        let site = site("view").after(&add(&[STRANGER])).config("ChrootProvide /etc/passwd");
        let server = site.start();
        assert!(lines(&server, "/etc/passwd").join(" ").contains("stranger"));
        assert!(!lines(&server, "/etc/group").join(" ").contains("stranger"));
        server.stop();
    }

    /// The name service has a source that never answers, for users whom the files do not know.
    #[test]
    fn a_name_service_that_does_not_answer_delays_a_start_for_seconds() {
        let library = programs::shim("nss_deaf");
        let place = "mount -t tmpfs none /mnt\ncp \"{library}\" /mnt/libnss_deaf.so.2\n\
                     printf 'passwd: files deaf\\ngroup: files\\n' >/mnt/nsswitch.conf\n\
                     mount --bind /mnt/nsswitch.conf /etc/nsswitch.conf\nexport LD_LIBRARY_PATH=/mnt";
        let place = place.replace("{library}", &library.display().to_string());
        let server = site("view").after(&place).expect_log("CHR854: ChrootProvide").start();
        assert!(lines(&server, "/etc/passwd").join(" ").contains(&format!("jailed:x:{UID}:")));
        server.stop();
    }
}
