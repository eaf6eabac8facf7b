//! mod_status shows the jail as the child that answers finds it, and mod_info every directive.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use crate::harness::{
        Identity, Jail, Loaded, Mpm, Process, Reply, Server, Site, client, on_every_mpm, process,
    };

    const PAGES: &str = "<Location /state>\nSetHandler server-status\n</Location>\n\
                         <Location /info>\nSetHandler server-info\n</Location>";

    fn scene(mpm: Mpm) -> Site {
        Site::new(mpm).modules(&["status", "info"]).config(PAGES)
    }

    /// What `?auto` says of the jail, by the key.
    fn value_of<'a>(reply: &'a Reply, key: &str) -> &'a str {
        let mut lines = reply.body.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(name, _)| *name == key);
        found.map(|(_, value)| value).unwrap_or_else(|| panic!("no {key} in {reply:?}"))
    }

    fn state(server: &Server) -> Reply {
        let reply = server.get("/state?auto");
        assert_eq!(reply.status, 200, "{}", server.error_log());
        reply
    }

    fn child(reply: &Reply) -> Process {
        Process { pid: value_of(reply, "ChrootChild").parse().expect("its number") }
    }

    fn in_words(identity: Option<Identity>) -> String {
        let process::Identity { device, inode } = identity.expect("its root");
        format!("device {device:#x}, inode {inode}")
    }

    fn listed(groups: BTreeSet<u32>) -> String {
        groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// All that the kernel tells of the child from outside is what it tells of itself.
    fn is_true(server: &Server, reply: &Reply) {
        let child = child(reply);
        assert!(server.children().contains(&child), "{child:?} is no child");
        assert_eq!(value_of(reply, "ChrootRoot"), in_words(child.root()));
        assert_eq!(value_of(reply, "ChrootUser"), listed(child.uids().into_iter().collect()));
        let groups = child.groups().into_iter().chain(child.gids()).collect();
        assert_eq!(value_of(reply, "ChrootGroups"), listed(groups));
        assert_eq!(value_of(reply, "ChrootCapabilities") == "none", child.caps() == Some(0));
        let bound = child.status_field("CapBnd");
        assert_eq!(value_of(reply, "ChrootBoundingSet") == "empty", bound == "0000000000000000");
        let forbidden = ["no", "yes"][usize::from(child.status_field("NoNewPrivs") == "1")];
        assert_eq!(value_of(reply, "ChrootNoNewPrivs"), forbidden);
    }

    on_every_mpm! {
        fn the_page_tells_the_state_of_the_child_that_answers(mpm: Mpm) {
            let mut server = scene(mpm).start();
            for _ in 0..2 {
                let reply = state(&server);
                is_true(&server, &reply);
                let jail = server.site.sandbox.jail.display().to_string();
                for (key, value) in [
                    ("ChrootJail", &*jail),
                    ("ChrootProved", "yes"),
                    ("ChrootFixRoot", "view"),
                    ("ChrootUser", "4242"),
                    ("ChrootGroups", "4243 4244 4245"),
                    ("ChrootCapabilities", "none"),
                    ("ChrootNoNewPrivs", "yes"),
                    ("ChrootBoundingSet", "empty"),
                    ("ChrootHarden", "auto"),
            ("ChrootConnect", "any"),
                    ("ChrootNotHardened", "none"),
                    ("ChrootCheck", "strict"),
                    ("ChrootAudit", "warn"),
                    ("ChrootPreflight", "warn"),
                    ("ChrootWarmUp", "on"),
                ] {
                    assert_eq!(value_of(&reply, key), value, "{key}");
                }
                // What was said at start is what this child has.
                assert!(server.error_log().contains(value_of(&reply, "ChrootHardened")));
                server.graceful();
            }
            server.stop();
        }

        fn the_page_tells_what_is_in_force_after_a_reload(mpm: Mpm) {
            let mut server = scene(mpm).start();
            server.allow_log("CHR921");
            server.edit_configuration(|text| {
                text + "\nChrootHarden off\nChrootFixRoot link\nChrootAudit off\nChrootWarmUp off\n\
                        <Directory />\nOptions SymLinksIfOwnerMatch\n</Directory>\n"
            });
            server.graceful();
            // Children of before may have answered the first requests.
            let reply = crate::harness::until("a child of the new configuration", || {
                let reply = state(&server);
                (value_of(&reply, "ChrootHarden") == "off").then_some(reply)
            });
            is_true(&server, &reply);
            for (key, value) in [
                ("ChrootProved", "yes"),
                ("ChrootFixRoot", "link"),
                ("ChrootNoNewPrivs", "no"),
                ("ChrootHardened", "none"),
                ("ChrootNotHardened", "none"),
                ("ChrootAudit", "off"),
                ("ChrootWarmUp", "off"),
            ] {
                assert_eq!(value_of(&reply, key), value, "{key}");
            }
            server.stop();
        }

        /// Root on the host puts something else over the jail: the page does not say what was true once.
        fn a_child_that_cannot_prove_it_any_more_says_so(mpm: Mpm) {
            let server = scene(mpm).start();
            let reply = state(&server);
            assert_eq!(value_of(&reply, "ChrootProved"), "yes");
            let child = child(&reply).pid;
            let jail = server.site.sandbox.jail.display();
            let over = format!("/proc/{child}/root{jail}");
            let mut mount = Command::new("nsenter");
            mount.args(["--mount", "--target", &child.to_string()]);
            mount.args(["mount", "-t", "tmpfs", "none", &over]);
            assert!(mount.status().expect("nsenter").success());
            let reply = state(&server);
            let proved = value_of(&reply, "ChrootProved");
            assert!(proved.starts_with("no (CHR5"), "{proved}");
            assert!(proved.contains(&format!("\"{jail}\"")), "{proved}");
            is_true(&server, &reply);
            server.stop();
        }

        fn a_server_without_a_jail_says_so(mpm: Mpm) {
            let lines = "ChrootDir none\nDocumentRoot \"{jail}/htdocs\"";
            let server = scene(mpm).bare().config(lines).start();
            let reply = state(&server);
            let ours = reply.body.lines().filter(|line| line.starts_with("Chroot"));
            assert_eq!(ours.collect::<Vec<_>>(), ["ChrootJail: none"]);
            assert!(server.get("/state").body.contains("Jail: none"));
            server.stop();
        }
    }

    #[test]
    fn the_order_of_the_modules_makes_no_difference() {
        for place in [Loaded::First, Loaded::Last] {
            let server = scene(Mpm::Event).loaded(place).start();
            assert_eq!(value_of(&state(&server), "ChrootProved"), "yes", "{place:?}");
            server.stop();
        }
    }

    #[test]
    fn the_module_does_without_mod_status() {
        for place in [Loaded::First, Loaded::Last] {
            let server = Site::new(Mpm::Event).loaded(place).start();
            assert_eq!(server.get("/index.html").body, "hello from inside");
            server.stop();
        }
    }

    #[test]
    fn the_page_for_people_has_the_same_facts() {
        let server = scene(Mpm::Event).start();
        let page = server.get("/state").body;
        let jail = server.site.sandbox.jail.display();
        for words in [&*format!("<dt>Jail: {jail}</dt>"), "<dt>Proved by this child now: yes</dt>"]
        {
            assert!(page.contains(words), "no {words} in {page}");
        }
        assert!(
            page.contains("<h2>Jail (mod_chroot)</h2>") && page.trim_end().ends_with("</html>")
        );
        server.stop();
    }

    /// mod_status sends its pages as Latin-1.
    #[test]
    fn the_name_of_a_jail_is_no_markup() {
        let name = "j<script>alert('é')&amp;";
        let site = Site::with_jail_at(Mpm::Event, name).modules(&["status"]).config(PAGES);
        let server = site.start();
        let page = server.get("/state").body;
        assert!(page.contains("/j&#60;script&#62;alert(&#39;&#233;&#39;)&#38;amp;</dt>"), "{page}");
        assert!(!page.contains("<script>"), "{page}");
        assert!(value_of(&state(&server), "ChrootJail").ends_with(name));
        server.stop();
    }

    #[test]
    fn a_head_request_and_a_page_that_renews_itself_are_answered() {
        let server = scene(Mpm::Event).start();
        let head = client::ask("HEAD", "/state?auto").of(&server).is(200, &server);
        assert_eq!(head.body, "");
        assert_eq!(server.get("/state?notable").body.matches("Jail (mod_chroot)").count(), 1);
        assert_eq!(server.get("/state?refresh=9").body.matches("Jail (mod_chroot)").count(), 1);
        server.stop();
    }

    /// The names in the table that httpd reads.
    fn directives() -> BTreeSet<&'static str> {
        let table = include_str!("../../src/module/record.rs");
        let names = table.split("c\"").skip(1).filter_map(|part| part.split('"').next());
        names.filter(|name| name.starts_with("Chroot")).collect()
    }

    #[test]
    fn mod_info_lists_every_directive_with_its_help() {
        let server = scene(Mpm::Event).start();
        let page = server.get("/info?mod_chroot.c").body;
        let names = directives();
        assert!(names.len() >= 9, "{names:?}");
        for name in names {
            assert!(page.contains(&format!("<tt>{name} - <i>")), "no {name} in {page}");
        }
        server.stop();
    }

    #[test]
    fn mod_info_shows_every_directive_that_is_written() {
        let written = [
            ("ChrootFixRoot", "view"),
            ("ChrootProvide", "config users"),
            ("ChrootAudit", "warn"),
            ("ChrootCheck", "strict"),
            ("ChrootHarden", "auto"),
            ("ChrootConnect", "any"),
            ("ChrootPreflight", "warn"),
            ("ChrootWarmUp", "on"),
            ("ChrootPreload", "iconv:KOI8-R"),
            ("ChrootAllowOutside", "mod_passenger"),
        ];
        let lines = written.map(|(name, words)| format!("{name} {words}\n")).concat();
        let server = scene(Mpm::Event).config(&lines).allow_log("ChrootAllowOutside").start();
        let page = server.get("/info?config").body;
        let jail = format!("\"{}\"", server.site.sandbox.jail.display());
        let names: BTreeSet<_> =
            written.iter().map(|(name, _)| *name).chain(["ChrootDir"]).collect();
        assert_eq!(names, directives());
        for (name, words) in written.into_iter().chain([("ChrootDir", &*jail)]) {
            let plain = page.replace("&quot;", "\"");
            let shown = plain.contains(&format!("{name} <i>{words}</i>"));
            assert!(shown, "no {name} {words} in {page}");
        }
        server.stop();
    }

    #[test]
    fn nobody_is_told_of_a_jail_that_this_module_did_not_make() {
        let server = scene(Mpm::Event).jail(Jail::None).start();
        assert!(!server.get("/state?auto").body.contains("Chroot"));
        server.stop();
    }
}
