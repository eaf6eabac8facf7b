//! `httpd -t -D DUMP_CHROOT`: the whole picture before the start, one fact a line, each with its place.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use crate::attacks::compiled;
    use crate::harness::{Mpm, Outcome, Site, on_every_mpm};

    fn drawn(site: Site) -> (Site, Outcome) {
        let site = site.argument("-DDUMP_CHROOT");
        let outcome = site.configtest();
        (site, outcome)
    }

    fn scene() -> Site {
        Site::new(Mpm::Event)
    }

    /// What stands behind a key, in order.
    fn values_of<'a>(outcome: &'a Outcome, key: &str) -> Vec<&'a str> {
        let key = format!("{key}: ");
        outcome.output.lines().filter_map(|line| line.strip_prefix(&key)).collect()
    }

    /// Where the line is that begins so, as the picture names it.
    fn place(site: &Site, line: &str) -> String {
        let file = site.sandbox.configuration();
        let text = fs::read_to_string(&file).expect("the configuration");
        let found = text.lines().position(|one| one.starts_with(line));
        format!("[{}:{}]", file.display(), found.expect("the line") + 1)
    }

    #[test]
    fn every_setting_is_told_although_nothing_is_written() {
        let (site, outcome) = drawn(scene());
        let jail = site.sandbox.jail.display().to_string();
        assert_eq!(values_of(&outcome, "jail"), [format!("{jail} {}", place(&site, "ChrootDir"))]);
        assert!(values_of(&outcome, "directory")[0].starts_with(&format!("{jail} (device 0x")));
        for (key, value) in [
            ("user", "4242 (jailed)"),
            ("groups", "4243 (jailed) 4244 (jailed2) 4245 (jailed3)"),
            ("host paths", "view, because this system can mount one (default)"),
            ("check", "strict (default)"),
            ("audit", "warn (default)"),
            ("harden", "auto (default)"),
            ("preflight", "warn (default)"),
            ("warm-up", "on (default)"),
        ] {
            assert_eq!(values_of(&outcome, key), [value], "{key} in {outcome:?}");
        }
        assert!(
            values_of(&outcome, "not tried").is_empty()
                && values_of(&outcome, "preload").is_empty()
        );
        outcome.exits(0);
    }

    #[test]
    fn every_setting_that_is_written_is_told_with_its_place() {
        let settings = [
            ("host paths", "ChrootFixRoot", "view"),
            ("check", "ChrootCheck", "warn"),
            ("audit", "ChrootAudit", "off"),
            ("harden", "ChrootHarden", "full"),
            ("preflight", "ChrootPreflight", "strict"),
            ("warm-up", "ChrootWarmUp", "off"),
            ("provide", "ChrootProvide", "config users"),
            ("preload", "ChrootPreload", "iconv:KOI8-R locale:C.UTF-8"),
        ];
        let lines = settings.map(|(_, name, words)| format!("{name} {words}\n")).concat();
        let (site, outcome) = drawn(scene().config(&lines));
        for (key, name, words) in settings {
            assert_eq!(
                values_of(&outcome, key),
                [format!("{words} {}", place(&site, name))],
                "{key}"
            );
        }
        outcome.exits(0);
    }

    on_every_mpm! {
        fn what_is_hardened_is_what_the_children_have(mpm: Mpm) {
            let (site, outcome) = drawn(Site::new(mpm).modules(&["cgid"]).config("ScriptSock sock"));
            let hardened = values_of(&outcome, "hardened");
            assert!(hardened.contains(&"no_new_privs"), "{outcome:?}");
            let server = site.start();
            let log = server.error_log();
            let line = log.lines().find(|line| line.contains("CHR911")).expect("the message");
            assert!(line.ends_with(&format!("children have: {}", hardened.join("; "))), "{line}");
            server.stop();
        }
    }

    #[test]
    fn what_is_not_hardened_is_told_with_the_reason() {
        let site = scene().modules(&["userdir"]).with_suexec();
        let (_, outcome) = drawn(site.config("CoreDumpDirectory \"{server}/run\""));
        assert_eq!(
            values_of(&outcome, "not hardened"),
            ["no_new_privs (suexec is in use)", "refusal of tracers (CoreDumpDirectory is set)"]
        );
        assert!(!values_of(&outcome, "hardened").contains(&"no_new_privs"));
        let (_, outcome) = drawn(scene().config("ChrootHarden off"));
        assert!(
            values_of(&outcome, "hardened").is_empty()
                && values_of(&outcome, "not hardened").is_empty()
        );
    }

    fn without_landlock(site: Site) -> Site {
        let library = compiled("kernel", &["-shared", "-fPIC"]);
        site.environment("LD_PRELOAD", &library.to_string_lossy())
            .environment("MOD_CHROOT_LANDLOCK", "0")
    }

    #[test]
    fn what_the_system_lacks_is_tried_and_told() {
        let (_, outcome) = drawn(without_landlock(scene()));
        let lack = "Landlock domain (the kernel was started without it (lsm= lacks landlock))";
        assert_eq!(values_of(&outcome, "not hardened"), [lack]);
        outcome.exits(0);
    }

    /// Until now only the start said so.
    #[test]
    fn full_hardening_that_is_not_to_be_had_is_refused_at_configtest() {
        let site = without_landlock(scene().config("ChrootHarden full"));
        let outcome = site.configtest().says("CHR412").fails();
        outcome.says(&place(&site, "ChrootHarden"));
    }

    #[test]
    fn findings_about_the_path_have_their_place() {
        let site = scene().config("ChrootCheck warn").allow_log("CHR213");
        fs::set_permissions(&site.sandbox.jail, fs::Permissions::from_mode(0o777)).expect("a mode");
        let (site, outcome) = drawn(site);
        let place = place(&site, "ChrootDir");
        for id in ["CHR213: ", "CHR215: "] {
            let found = |line: &&str| line.starts_with(id) && line.ends_with(&place);
            assert_eq!(outcome.output.lines().filter(found).count(), 1, "{id} in {outcome:?}");
        }
        // What is only said keeps nothing from being tried.
        outcome.does_not_say("CHR89").exits(0);
    }

    #[test]
    fn findings_of_the_audit_have_their_place() {
        let set_uid = |site: &Site| {
            let path = site.sandbox.jail.join("htdocs/index.html");
            fs::set_permissions(path, fs::Permissions::from_mode(0o4755)).expect("a mode");
        };
        for (lines, at) in [("", "ChrootDir"), ("ChrootAudit warn", "ChrootAudit")] {
            let site = scene().config(lines);
            set_uid(&site);
            let (site, outcome) = drawn(site);
            let place = place(&site, at);
            let found = |line: &&str| line.starts_with("CHR602: ") && line.ends_with(&place);
            assert_eq!(outcome.output.lines().filter(found).count(), 1, "{outcome:?}");
        }
    }

    /// Each finding stands below the setting that it is about.
    #[test]
    fn what_children_would_not_find_is_told_below_the_preflight() {
        let site = scene().modules(&["lua"]).server_file("page.lua", "x = 1\n");
        let site = site.config("LuaMapHandler /page \"{server}/page.lua\"");
        let (site, outcome) = drawn(site);
        let place = place(&site, "LuaMapHandler");
        let mut lines =
            outcome.output.lines().skip_while(|line| *line != "preflight: warn (default)");
        let finding = lines.nth(1).unwrap_or_else(|| panic!("{outcome:?}"));
        assert!(
            finding.starts_with("CHR801: LuaMapHandler") && finding.ends_with(&place),
            "{outcome:?}"
        );
        assert_eq!(lines.next(), Some("warm-up: on (default)"));
    }

    #[test]
    fn a_file_that_two_programs_need_is_not_called_the_jails_own() {
        let words = "ChrootProvide program:/usr/bin/id program:/bin/sh";
        let (_, outcome) = drawn(scene().config(words));
        let provided = values_of(&outcome, "provided");
        let loader = provided.iter().filter(|line| line.contains("/ld-")).count();
        assert!(loader <= 1 && provided.iter().any(|line| line.starts_with("/bin/sh ")));
        outcome.does_not_say("the jail's own").exits(0);
    }

    #[test]
    fn copies_are_not_called_read_only() {
        for way in ["link", "off"] {
            let lines = format!("ChrootFixRoot {way}\nChrootProvide users tmp devices");
            let (site, outcome) = drawn(scene().config(&lines));
            assert_eq!(
                values_of(&outcome, "host paths"),
                [format!("{way} {}", place(&site, "ChrootFix"))]
            );
            let provided = values_of(&outcome, "provided");
            for fact in [
                "/etc/passwd (made for the jail, users)",
                "/tmp (made, tmp)",
                "/dev/null (copied, devices)",
            ] {
                assert!(provided.contains(&fact), "no {fact} in {outcome:?}");
            }
            outcome.does_not_say("read-only").exits(0);
        }
        let (_, outcome) = drawn(scene().config("ChrootProvide users"));
        assert!(
            values_of(&outcome, "provided").contains(&"/etc/passwd (made for the jail, users)")
        );
    }

    #[test]
    fn without_a_jail_that_is_all_there_is_to_tell() {
        let (site, outcome) = drawn(scene().bare().config("ChrootDir none"));
        let outcome = outcome.exits(0);
        assert_eq!(values_of(&outcome, "jail"), [format!("none {}", place(&site, "ChrootDir"))]);
        let (_, outcome) = drawn(scene().bare());
        assert_eq!(
            outcome.exits(0).output.lines().collect::<Vec<_>>(),
            ["jail: none", "Syntax OK"]
        );
    }

    /// It said "jail: none" to anybody but root.
    #[test]
    fn what_another_user_cannot_try_is_told() {
        let (site, outcome) = drawn(scene().started_by(4999));
        let jail = site.sandbox.jail.display().to_string();
        assert_eq!(values_of(&outcome, "jail"), [format!("{jail} {}", place(&site, "ChrootDir"))]);
        assert_eq!(values_of(&outcome, "user"), ["4242 (jailed)"]);
        for thing in ["host paths", "provided", "audit", "harden", "preflight", "warm-up"] {
            let fact = format!("{thing} (uid 4999 is not root)");
            assert!(values_of(&outcome, "not tried").contains(&&*fact), "no {fact} in {outcome:?}");
        }
        assert!(
            values_of(&outcome, "hardened").is_empty()
                && values_of(&outcome, "host paths").is_empty()
        );
        outcome.exits(0);
    }

    #[test]
    fn a_number_without_a_name_stays_a_number() {
        let (_, outcome) = drawn(scene().user("#4999", "#4998", 4999));
        assert_eq!(values_of(&outcome, "user"), ["4999"]);
        assert_eq!(values_of(&outcome, "groups"), ["4998"]);
    }

    /// The keys are documented, and nothing else is printed.
    #[test]
    fn each_line_is_one_documented_fact() {
        let manual = include_str!("../../docs/directives.md");
        let site = Site::with_jail_at(Mpm::Event, "j\u{1b}[2Jail").config("ChrootProvide users");
        let (_, outcome) = drawn(site);
        let lines = outcome.output.lines().filter(|line| *line != "Syntax OK");
        for line in lines {
            let key = line.split_once(": ").unwrap_or_else(|| panic!("no key in {line:?}")).0;
            let is_known = manual.contains(&format!("| `{key}` |"));
            assert!(is_known || line.starts_with("CHR"), "{key:?} is not documented");
            assert!(!line.contains(char::is_control), "{line:?}");
        }
        assert!(values_of(&outcome, "jail")[0].contains("j\\x1b[2Jail"), "{outcome:?}");
    }
}
