//! What a `.htaccess` file denies stays denied: a link of the file that leads nowhere inside closes its directory.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use crate::harness::client::get;
    use crate::harness::{Jail, Mpm, Site, on_every_mpm};

    /// A site whose directory `closed` has its `.htaccess` outside of the jail, as Debian's packages have, and whose
    /// directory `linked` has one elsewhere in the jail.
    fn site(mpm: Mpm, jail: Jail) -> Site {
        let site = Site::new(mpm).jail(jail).document_root("{jail}/htdocs").modules(&["headers"]);
        let site = site
            .file("htdocs/closed/page.html", "a page")
            .file("htdocs/linked/page.html", "a page")
            .file("htdocs/plain/page.html", "a page")
            .file("htdocs/open/page.html", "a page")
            .file("htdocs/plain/.htaccess", "Header set X-Seen plain")
            .file("htdocs/rules", "Header set X-Seen linked");
        let outside = site.sandbox.base.join("package");
        fs::create_dir_all(&outside).expect("a folder outside");
        fs::write(outside.join("htaccess"), "Require all denied").expect("a file outside");
        let htdocs = site.sandbox.jail.join("htdocs");
        symlink(outside.join("htaccess"), htdocs.join("closed/.htaccess")).expect("a link");
        symlink("../rules", htdocs.join("linked/.htaccess")).expect("a link");
        site.config("<Directory \"{jail}/htdocs\">\nAllowOverride All\n</Directory>")
    }

    /// The other directories are answered as their own files say.
    fn judge(server: &crate::harness::Server, way: &str) {
        assert_eq!(get("/closed/page.html").of(server).status, 403, "{way}");
        assert_eq!(get("/open/page.html").of(server).status, 200, "{way}");
        for name in ["plain", "linked"] {
            let answer = get(&format!("/{name}/page.html")).of(server);
            assert_eq!((answer.status, answer.header("x-seen")), (200, Some(name)), "{way}");
        }
    }

    on_every_mpm! {
        fn a_link_to_a_file_outside_denies_what_it_would_deny_outside(mpm: Mpm) {
            let server = site(mpm, Jail::None).expect_log("AH01630").start();
            judge(&server, "without a jail");
            server.stop();
            for way in ["view", "link"] {
                let site = site(mpm, Jail::Module).config(&format!("ChrootFixRoot {way}"));
                let words = "htdocs/closed/.htaccess\": the link leads nowhere inside, so access is denied";
                let site = site.expect_log(words).allow_log("CHR607").expect_log("CHR853").expect_log("AH00529");
                let mut server = site.start();
                judge(&server, way);
                server.graceful();
                judge(&server, way);
                server.stop();
            }
        }
    }

    #[test]
    fn a_link_whose_file_is_provided_is_read() {
        for way in ["view", "link"] {
            let site = site(Mpm::Event, Jail::Module).config(&format!(
                "ChrootFixRoot {way}\nChrootProvide \"{{base}}/package/htaccess\""
            ));
            let server = site.expect_log("AH01630").allow_log("CHR607").start();
            judge(&server, way);
            server.stop();
        }
    }

    /// `/docs` is served from outside; its `.htaccess` is a link to `{base}/package/htaccess`.
    fn with_alias(mpm: Mpm, way: &str) -> Site {
        let site = Site::new(mpm).document_root("{jail}/htdocs").modules(&["alias"]);
        let base = site.sandbox.base.clone();
        fs::create_dir_all(base.join("docs/a/b")).expect("folders");
        fs::create_dir_all(base.join("package")).expect("a folder");
        fs::write(base.join("package/htaccess"), "Require all denied").expect("a file outside");
        symlink(base.join("package/htaccess"), base.join("docs/a/b/.htaccess")).expect("a link");
        site.config(&format!(
            "ChrootFixRoot {way}\nChrootProvide \"{{base}}/docs\"\nAlias /docs \"{{base}}/docs\"\n\
             <Directory \"{{base}}/docs\">\nAllowOverride All\nRequire all granted\n</Directory>"
        ))
    }

    const NAMED: &str = "docs/a/b/.htaccess\" is a link that leads nowhere for the children";

    on_every_mpm! {
        fn a_dead_link_is_found_at_configtest_in_what_is_served_and_its_remedy_cures_it(mpm: Mpm) {
            let of_jail = |way: &str| site(mpm, Jail::Module).config(&format!("ChrootFixRoot {way}"));
            for site in [of_jail("view"), of_jail("link"), with_alias(mpm, "view")] {
                let said = site.configtest().exits(0).says("CHR853: ").says("/.htaccess\" is a link that leads nowhere");
                let word = said.output.split("add \"ChrootProvide ").nth(1).expect("a remedy");
                let word = word.split('"').next().expect("a word").to_owned();
                let site = site.config("ChrootPreflight strict");
                site.configtest().fails().says("CHR853").says("CHR891");
                let cured = site.config(&format!("ChrootProvide {word}"));
                cured.configtest().exits(0).does_not_say("CHR853");
                cured.allow_log("CHR607").allow_log("CHR7").start().stop();
            }
        }
    }

    /// Before it is made, the copy of a directory is not there to be searched.
    #[test]
    fn a_dead_link_in_a_copy_is_found_at_the_start() {
        with_alias(Mpm::Event, "link").expect_log("CHR853: Alias").start().stop();
    }

    #[test]
    fn names_of_access_control_files_are_those_of_the_configuration() {
        let other = with_alias(Mpm::Event, "view").config("AccessFileName .other");
        other.configtest().exits(0).does_not_say("CHR853");
        let both = with_alias(Mpm::Event, "view").config("AccessFileName .other .htaccess");
        both.configtest().says(NAMED);
        let unread = with_alias(Mpm::Event, "view");
        let base = unread.sandbox.base.clone();
        let unread = unread.config(&format!(
            "<Directory \"{}\">\nAllowOverride None\n</Directory>",
            base.join("docs").display()
        ));
        // One section permits them.
        unread.configtest().says(NAMED);
    }
}
