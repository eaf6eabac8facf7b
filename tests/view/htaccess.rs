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
                let site = site.expect_log(words).allow_log("CHR607").expect_log("AH00529");
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
}
