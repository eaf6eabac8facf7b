//! A request is allowed or denied, found or missed, exactly as by an unjailed httpd with the same configuration.

#[cfg(test)]
mod tests {
    use crate::harness::client::get;
    use crate::harness::pair::Pair;
    use crate::harness::{Jail, Mpm, Site, generated, on_every_mpm, tools};

    fn agree(site: Site, way: &str) {
        let pair = Pair::start(site, &format!("ChrootFixRoot {way}"));
        assert_eq!(pair.jailed.log_count(&format!("CHR903: ChrootFixRoot \"{way}\"")), 1);
        pair.agree_on(&generated::asks());
        pair.stop();
    }

    on_every_mpm! {
        fn every_answer_is_that_of_an_unjailed_server_in_a_view(mpm: Mpm) {
            agree(generated::site(mpm, "jail"), "view");
        }

        fn every_answer_is_that_of_an_unjailed_server_with_a_link(mpm: Mpm) {
            agree(generated::site(mpm, "jail"), "link");
        }
    }

    /// Without this, the other tests might compare nothing but refusals.
    #[test]
    fn the_generated_site_gives_every_kind_of_answer() {
        let pair = Pair::start(generated::site(Mpm::Event, "jail"), "");
        let statuses: Vec<u16> =
            generated::asks().iter().map(|ask| ask.of(&pair.jailed).status).collect();
        for (status, least) in
            [(200, 60), (301, 20), (302, 2), (401, 6), (403, 40), (404, 30), (410, 1), (500, 2)]
        {
            let seen = statuses.iter().filter(|seen| **seen == status).count();
            assert!(seen >= least, "{seen} answers of {status}: {statuses:?}");
        }
        pair.stop();
    }

    #[test]
    fn a_jail_many_folders_deep_answers_alike() {
        agree(generated::site(Mpm::Event, "a/b/c/d/e/f/jail"), "view");
        agree(generated::site(Mpm::Event, "a/b/c/d/e/f/jail"), "link");
    }

    fn linked_without_leave() -> Site {
        Site::new(Mpm::Event).document_root("{jail}/htdocs").config(
            "ChrootFixRoot link\n<Directory />\nOptions None\nRequire all granted\n</Directory>",
        )
    }

    /// httpd's own rule: nobody passes a symbolic link where no Options allow it.
    #[test]
    fn the_link_is_not_passed_where_options_forbid_links() {
        let site = linked_without_leave().allow_log("AH00037");
        let server = site.allow_log("CHR").start();
        get("/index.html").of(&server).is(403, &server);
        server.stop();
    }

    #[test]
    fn the_link_is_passed_where_links_of_the_same_owner_are_followed() {
        let more = "<Directory \"{base}\">\nOptions SymLinksIfOwnerMatch\n</Directory>";
        let server = linked_without_leave().config(more).start();
        get("/index.html").of(&server).is(200, &server);
        server.stop();
    }

    /// The link stays when the module is switched off or removed, and then there is no jail around who follows it.
    #[test]
    fn without_the_module_the_link_leads_no_further_than_the_jail() {
        let follow = "<Directory />\nOptions FollowSymLinks\nRequire all granted\n</Directory>";
        let site = Site::new(Mpm::Event).document_root("{jail}").config("ChrootFixRoot link");
        let jailed = site.config(follow).start();
        let jail = jailed.site.sandbox.jail.display().to_string();
        let unjailed = Site::new(Mpm::Event).jail(Jail::None).document_root(&jail);
        let unjailed = unjailed.config(follow).start();
        for server in [&jailed, &unjailed] {
            get(&format!("{jail}/htdocs/index.html")).of(server).is(200, server);
            get(&format!("{jail}/etc/passwd")).of(server).is(404, server);
            get(&format!("{jail}{jail}/etc/passwd")).of(server).is(404, server);
        }
        unjailed.stop();
        jailed.stop();
    }

    #[test]
    fn a_view_needs_no_leave_to_follow_links() {
        let site = Site::new(Mpm::Event).document_root("{jail}/htdocs");
        let server =
            site.config("<Directory />\nOptions None\nRequire all granted\n</Directory>").start();
        get("/index.html").of(&server).is(200, &server);
        server.stop();
    }

    /// The document root is the jail itself, and what is rewritten to a URL is no file at the root of the view.
    fn with_the_jail_as_document_root(rewriting: &str) -> Site {
        let mut site = Site::new(Mpm::Event).modules(&["rewrite"]).config(
            "<Directory />\nRequire all granted\n</Directory>\n\
             <Directory \"{jail}/htdocs/closed\">\nRequire all denied\n</Directory>\nRewriteEngine On",
        );
        site = site.file("htdocs/closed/page.html", "closed").file("htdocs/page.html", "open");
        site.config(rewriting).document_root("{jail}")
    }

    #[test]
    fn a_url_that_is_rewritten_is_judged_by_the_sections_of_its_file() {
        let rule = "RewriteRule \"^/short/(.*)$\" /htdocs/$1";
        let pair = Pair::start(with_the_jail_as_document_root(rule), "");
        pair.both(200, &get("/short/page.html"));
        pair.both(403, &get("/short/closed/page.html"));
        pair.stop();
    }

    #[test]
    fn a_url_is_no_file_before_it_is_translated() {
        let rules = "RewriteCond %{REQUEST_FILENAME} -f\nRewriteRule ^ - [G]";
        let pair = Pair::start(with_the_jail_as_document_root(rules), "");
        pair.both(200, &get("/htdocs/page.html"));
        pair.stop();
    }

    /// A folder at the root of the host, whose name is part of a URL too.
    #[test]
    fn a_url_that_is_called_like_a_folder_of_the_host_is_rewritten_alike() {
        let rule = "RewriteRule \"^/short/(.*)$\" /opt/$1";
        let site = with_the_jail_as_document_root(rule).file("opt/page.html", "of the jail");
        let pair = Pair::start(site, "");
        pair.agree_on(&[get("/short/page.html")]);
        pair.stop();
        let site = with_the_jail_as_document_root(rule).allow_log("AH00128");
        let pair = Pair::start(
            site.file("htdocs/opt/page.html", "of the site").document_root("{jail}/htdocs"),
            "",
        );
        pair.agree_on(&[get("/short/page.html")]);
        pair.stop();
    }

    #[test]
    fn overrides_at_the_top_of_the_jail_count_once() {
        let site = with_the_jail_as_document_root("<Directory />\nAllowOverride All\n</Directory>");
        let pair = Pair::start(
            site.modules(&["headers"]).file(".htaccess", "Header append X-Seen once"),
            "",
        );
        let answer = pair.both(200, &get("/htdocs/page.html"));
        assert_eq!(answer.header("x-seen"), Some("once"));
        pair.stop();
    }

    #[test]
    fn whoever_may_not_pass_to_the_jail_outside_may_not_inside() {
        let site =
            Site::with_jail_at(Mpm::Event, "closed/jail").allow_log("AH00529").allow_log("CHR802");
        let closed = site.sandbox.base.join("closed");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(closed, mode).expect("its mode");
        let pair = Pair::start(site, "ChrootFixRoot view");
        pair.both(403, &get("/index.html"));
        pair.stop();
    }

    #[test]
    fn a_document_root_that_is_a_link_answers_alike() {
        for way in ["view", "link"] {
            let site = with_the_jail_as_document_root("").document_root("{jail}/current");
            let (jail, target) = (site.sandbox.jail.clone(), site.sandbox.jail.join("htdocs"));
            std::os::unix::fs::symlink(target, jail.join("current")).expect("a link");
            let more = "<Directory \"{jail}/current/closed\">\nRequire all denied\n</Directory>";
            let pair = Pair::start(site.config(more), &format!("ChrootFixRoot {way}"));
            pair.both(200, &get("/page.html"));
            pair.both(403, &get("/closed/page.html"));
            pair.stop();
        }
    }

    #[test]
    fn a_jail_with_an_unusual_name_answers_alike() {
        for way in ["view", "link"] {
            let site = Site::with_jail_at(Mpm::Event, "my sites/jaül (100%) 'x' [a-b] *")
                .with_host_paths();
            let site = site.file("htdocs/closed/page.html", "closed").config(
                "<Directory />\nRequire all granted\n</Directory>\n<LocationMatch ^/closed>\nRequire all denied\n</LocationMatch>",
            );
            let pair = Pair::start(site, &format!("ChrootFixRoot {way}"));
            pair.both(200, &get("/index.html"));
            pair.both(403, &get("/closed/page.html"));
            pair.both(200, &get("/cgi-bin/inside/more?env="));
            pair.stop();
        }
    }

    #[test]
    fn a_program_sees_the_same_names_of_its_files() {
        let site = Site::new(Mpm::Event).with_host_paths();
        let pair = Pair::start(site, "");
        let answer = pair.both(200, &get("/cgi-bin/inside/more?env="));
        let jail = pair.jailed.site.sandbox.jail.display().to_string();
        assert_eq!(answer.value("SCRIPT_FILENAME"), format!("{jail}/cgi-bin/inside"));
        assert_eq!(answer.value("PATH_TRANSLATED"), format!("{jail}/htdocs/more"));
        assert_eq!(answer.value("cwd"), format!("{jail}/cgi-bin"));
        let _ = tools::ask_program(&pair.free, "zone=");
        pair.stop();
    }
}
