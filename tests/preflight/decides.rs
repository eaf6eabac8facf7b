//! A file that decides about access, and that only the children lack, keeps the server from starting: otherwise a page
//! that is denied without a jail would be sent. With the remedy of the message it is denied again.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{chown, symlink};

    use crate::harness::client::{ALICE, SECRET, get};
    use crate::harness::requirements::{self, Requirement};
    use crate::harness::sandbox::install;
    use crate::harness::{Apache, Jail, Mpm, Site, on_every_mpm};

    /// A way to deny a page by a file: its directive, the modules, the lines, and the remedy.
    struct Kind {
        directive: &'static str,
        modules: &'static [&'static str],
        lines: &'static str,
        remedy: &'static str,
    }

    const CONFIG: &str = "ChrootProvide config";
    const PATH: &str = "ChrootProvide {base}/outside";
    const REWRITE: &[&str] = &["rewrite"];
    const AUTH: &[&str] =
        &["auth_basic", "authn_core", "authn_file", "authz_user", "authz_groupfile"];

    const KINDS: &[Kind] = &[
        Kind {
            directive: "RewriteMap",
            modules: REWRITE,
            lines: "RewriteEngine on\nRewriteMap list \"txt:{base}/outside/map\"\n\
                    RewriteCond ${list:%{REQUEST_URI}} =closed\nRewriteRule ^ - [F]",
            remedy: CONFIG,
        },
        Kind {
            directive: "RewriteMap",
            modules: REWRITE,
            lines: "RewriteEngine on\nRewriteMap list \"rnd:{base}/outside/map\"\n\
                    RewriteCond ${list:%{REQUEST_URI}} =closed\nRewriteRule ^ - [F]",
            remedy: CONFIG,
        },
        Kind {
            directive: "RewriteCond",
            modules: REWRITE,
            lines: "RewriteEngine on\nRewriteCond {base}/outside/map -f\nRewriteRule ^ - [F]",
            remedy: PATH,
        },
        Kind {
            directive: "RewriteCond",
            modules: REWRITE,
            lines: "RewriteEngine on\nRewriteCond {base}/outside/folder -d\nRewriteRule ^ - [F]",
            remedy: PATH,
        },
        Kind {
            directive: "RewriteCond",
            modules: REWRITE,
            lines: "RewriteEngine on\nRewriteCond {base}/outside/link -l\nRewriteRule ^ - [F]",
            remedy: PATH,
        },
        Kind {
            directive: "<If",
            modules: &[],
            lines: "<If \"-f '{base}/outside/map'\">\nRequire all denied\n</If>",
            remedy: PATH,
        },
        Kind {
            directive: "Require",
            modules: &[],
            lines: "<Location /page.html>\n<RequireAll>\nRequire all granted\n\
                    Require not expr \"file('{base}/outside/word') =~ /closed/\"\n</RequireAll>\n</Location>",
            remedy: CONFIG,
        },
        Kind {
            directive: "AuthGroupFile",
            modules: AUTH,
            lines: "<Location /page.html>\nAuthType Basic\nAuthName x\nAuthUserFile \"{jail}/users\"\n\
                    AuthGroupFile \"{base}/outside/groups\"\n<RequireAll>\nRequire valid-user\n\
                    Require not group banned\n</RequireAll>\n</Location>",
            remedy: CONFIG,
        },
        Kind {
            directive: "Deny",
            modules: &["access_compat"],
            lines: "ChrootFixRoot link\n<Location /page.html>\nOrder allow,deny\nAllow from all\n\
                    Deny from localhost\n</Location>",
            remedy: "ChrootProvide dns",
        },
        Kind {
            directive: "Require",
            modules: &["authz_host"],
            lines: "ChrootFixRoot link\n<Location /page.html>\n<RequireAll>\nRequire all granted\n\
                    Require not host localhost\n</RequireAll>\n</Location>",
            remedy: "ChrootProvide dns",
        },
    ];

    fn site(mpm: Mpm, jail: Jail, kind: &Kind) -> Site {
        let site = Site::new(mpm).jail(jail).document_root("{jail}/htdocs").modules(kind.modules);
        let site = site.file("htdocs/page.html", "a page");
        let site = site.file("users", &format!("alice:{SECRET}\n"));
        let outside = site.sandbox.base.join("outside");
        fs::create_dir_all(outside.join("folder")).expect("folders");
        fs::write(outside.join("map"), "/page.html closed\n").expect("a map");
        fs::write(outside.join("word"), "closed\n").expect("a file");
        fs::write(outside.join("groups"), "banned: alice\n").expect("groups");
        symlink("map", outside.join("link")).expect("a link");
        let lines = match jail {
            Jail::None => kind.lines.replace("ChrootFixRoot link\n", ""),
            _ => kind.lines.to_owned(),
        };
        site.config(&lines)
            .allow_log("AH0")
            .allow_log("CHR95")
            .allow_log("Evaluation of expression")
    }

    fn status(site: Site) -> u16 {
        let server = site.start();
        let status = get("/page.html").by(ALICE).of(&server).status;
        server.stop();
        status
    }

    #[track_caller]
    fn check(mpm: Mpm, kind: &Kind) {
        let Kind { directive, lines, remedy, .. } = kind;
        let denied = status(site(mpm, Jail::None, kind));
        assert!([401, 403].contains(&denied), "without a jail: {denied}\n{lines}");
        let jailed = site(mpm, Jail::Module, kind);
        let remedy = jailed.sandbox.fill(remedy);
        jailed
            .configtest()
            .fails()
            .says(&format!(": {directive} \""))
            .says("CHR852: ChrootPreflight \"warn\"");
        jailed.refuses().fails().says("does not exist for the children").says("CHR852");
        let cured = jailed.config(&remedy);
        cured.configtest().exits(0).does_not_say("CHR8");
        assert_eq!(status(cured), denied, "with {remedy}\n{lines}");
    }

    on_every_mpm! {
        fn a_map_that_only_the_children_lack_is_refused(mpm: Mpm) {
            check(mpm, &KINDS[0]);
        }
    }

    #[test]
    fn each_kind_of_file_that_denies_is_refused_if_only_the_children_lack_it() {
        let wrong: Vec<_> = KINDS
            .iter()
            .filter(|kind| std::panic::catch_unwind(|| check(Mpm::Event, kind)).is_err())
            .map(|kind| kind.lines)
            .collect();
        assert!(wrong.is_empty(), "wrong: {wrong:#?}");
    }

    /// Without a trial the page is sent: the reason for the refusal. (An expression that reads a file denies by itself.)
    #[test]
    fn without_the_preflight_each_page_would_be_sent() {
        for kind in KINDS.iter().filter(|kind| !kind.lines.contains("file(")) {
            let open = site(Mpm::Event, Jail::Module, kind).config("ChrootPreflight off");
            assert_eq!(status(open), 200, "{}", kind.lines);
        }
    }

    #[test]
    fn a_file_that_the_host_lacks_too_refuses_nothing() {
        let site = site(Mpm::Event, Jail::Module, &KINDS[5]);
        fs::remove_file(site.sandbox.base.join("outside/map")).expect("a file");
        site.configtest().exits(0).does_not_say("CHR8");
        assert_eq!(status(site), 200);
    }

    /// A second request within a short time is denied, by a counter in a file; an upload is inspected by a program.
    const RULES: &str = "SecRuleEngine On\nSecAuditEngine Off\nSecDataDir \"{base}/outside/data\"\n\
        SecAction \"phase:1,id:1,nolog,pass,initcol:ip=%{REMOTE_ADDR},setvar:ip.count=+1\"\n\
        SecRule IP:COUNT \"@gt 1\" \"phase:1,id:2,nolog,deny,status:403\"";
    const INSPECTS: &str = "SecRuleEngine On\nSecRule FILES_TMPNAMES \"@inspectFile {base}/outside/scan\" \"phase:2,id:3,deny\"";

    fn with_firewall(jail: Jail, rules: &str) -> Site {
        let site = Site::new(Mpm::Event).jail(jail).document_root("{jail}/htdocs");
        let site = site.modules(&["unique_id", "security2"]).file("htdocs/page.html", "a page");
        let data = site.sandbox.base.join("outside/data");
        fs::create_dir_all(&data).expect("a folder");
        chown(&data, Some(4242), Some(4242)).expect("a folder of the children");
        install(&site.sandbox.base.join("outside/scan"), b"#!/bin/sh\necho '0 bad'\n", 0o755);
        site.config(rules).allow_log("ModSecurity").allow_log("CHR95")
    }

    fn second_status(site: Site) -> u16 {
        let server = site.start();
        server.get("/page.html");
        let status = server.get("/page.html").status;
        server.stop();
        status
    }

    fn has_firewall() -> bool {
        let is_there = Apache::installed().module_file("security2").is_file();
        if !is_there {
            requirements::skip(Requirement::Package("libapache2-mod-security2"));
        }
        is_there
    }

    #[test]
    fn counters_of_mod_security_that_only_the_children_lack_are_refused() {
        if !has_firewall() {
            return;
        }
        assert_eq!(second_status(with_firewall(Jail::None, RULES)), 403);
        let jailed = with_firewall(Jail::Module, RULES);
        jailed.configtest().fails().says(": SecDataDir \"").says("CHR852");
        jailed.refuses().fails().says("CHR852");
        assert_eq!(second_status(jailed.config("ChrootProvide config")), 403);
        let open = with_firewall(Jail::Module, RULES).config("ChrootPreflight off");
        assert_eq!(second_status(open), 200);
    }

    #[test]
    fn a_program_that_inspects_uploads_and_that_only_the_children_lack_is_refused() {
        if !has_firewall() {
            return;
        }
        let jailed = with_firewall(Jail::Module, INSPECTS);
        jailed.configtest().fails().says(": SecRule \"").says("CHR852");
        let program = jailed.sandbox.fill("ChrootProvide program:{base}/outside/scan");
        jailed.config(&program).configtest().exits(0).does_not_say("CHR8");
    }
}
