//! What `Alias` names of the system's own directories is served from a view, without a word: icons, manuals,
//! libraries of scripts for browsers. What is not root's alone, or has more in it than is served, is not.

#[cfg(test)]
mod tests {
    use crate::harness::client::get;
    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    const ALIAS: &str = "Alias /icons/ \"{base}/share/icons/\"\n<Directory \"{base}/share/icons\">\n\
                         Require all granted\n</Directory>";

    fn site(mpm: Mpm) -> Site {
        let site = Site::new(mpm).with_host_paths();
        let folder = site.sandbox.base.join("share/icons");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("a.gif"), "an icon").expect("a file");
        site.config(ALIAS)
    }

    fn serves(server: &Server) {
        assert_eq!(get("/icons/a.gif").of(server).is(200, server).body, "an icon");
    }

    fn hides(server: Server) {
        get("/icons/a.gif").of(&server).is(404, &server);
        server.stop();
    }

    on_every_mpm! {
        fn what_is_served_under_another_name_is_served(mpm: Mpm) {
            let mut server = site(mpm).start();
            serves(&server);
            server.graceful();
            serves(&server);
            let icon = server.site.sandbox.base.join("share/icons/new").display().to_string();
            assert_eq!(ask_program(&server, &format!("write={icon}")).value("write"), "Read-only file system");
            server.stop();
        }
    }

    #[test]
    fn a_directory_of_another_owner_is_not() {
        let site = site(Mpm::Event).allow_log("CHR801: Alias");
        let folder = site.sandbox.base.join("share/icons");
        std::os::unix::fs::chown(folder, Some(4242), None).expect("an owner");
        hides(site.start());
    }

    #[test]
    fn a_directory_that_a_key_lies_in_is_not() {
        let site = site(Mpm::Event).allow_log("CHR801: Alias").allow_log("AH01873");
        let site = site.expect_log("CHR715: ChrootProvide \"aliases\"");
        let key = "SSLCertificateKeyFile \"{base}/share/icons/key.pem\"";
        std::fs::write(site.sandbox.base.join("share/icons/key.pem"), "a key").expect("a file");
        hides(site.modules(&["ssl"]).config(key).start());
    }

    #[test]
    fn none_drops_it_and_the_word_brings_it_back() {
        let none = |words| site(Mpm::Event).config(&format!("ChrootProvide none {words}"));
        hides(none("").allow_log("CHR801: Alias").start());
        let server = none("aliases").start();
        serves(&server);
        server.stop();
    }

    #[test]
    fn with_a_link_it_is_copied_on_request() {
        let link = "ChrootFixRoot link\n<Directory />\nOptions FollowSymLinks\n</Directory>";
        let site = |words| site(Mpm::Event).config(&format!("{link}\n{words}"));
        hides(site("").allow_log("CHR801: Alias").start());
        let server = site("ChrootProvide aliases").start();
        serves(&server);
        server.stop();
    }
}
