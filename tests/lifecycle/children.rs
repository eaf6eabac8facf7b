//! Children that end before they could serve are no silence: the log says so within seconds, with the module in whose
//! start they end, and under `ChrootPreflight strict` the server does not start.

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::harness::{Mpm, Site, on_every_mpm, programs, until, within};

    /// A site with a module that ends each child while the child starts.
    fn site(mpm: Mpm, how: &str) -> Site {
        let module = programs::module("mod_ends").display().to_string();
        let load = format!("LoadModule ends_module \"{module}\"\nEndsChild {how}");
        Site::new(mpm).config(&load).allow_log("AH00052").allow_log("AH10392")
    }

    /// The log says `words` within seconds, and only once.
    fn says(site: Site, words: &str) {
        let mut server = site.expect_log(words).start_unchecked();
        let says = || (server.log_count("CHR850") > 0).then_some(());
        within(Duration::from_secs(20), says).expect("a message about the children");
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(server.log_count("CHR850"), 1, "{}", server.error_log());
        server.parent().signal("TERM");
        server.wait_until_dead();
    }

    on_every_mpm! {
        fn children_that_end_in_the_start_of_a_module_are_reported_with_its_name(mpm: Mpm) {
            let words = "CHR850: LoadModule \"mod_ends\": 4 children in a row have ended before they could serve, so \
                         no request is answered (a trial of their start ended while mod_ends was started, with exit \
                         status 1); ";
            says(site(mpm, "exit"), words);
        }

        fn strict_refuses_a_server_whose_children_would_end(mpm: Mpm) {
            let strict = site(mpm, "exit").config("ChrootPreflight strict");
            strict.configtest();
            strict.refuses().fails().says("CHR851: LoadModule \"mod_ends\": every child would end before it could serve");
        }

        fn children_of_a_start_and_of_reloads_are_not_reported(mpm: Mpm) {
            let mut server = Site::new(mpm).config("ChrootPreflight strict").start();
            for _ in 0..3 {
                server.graceful();
                server.restart();
            }
            assert_eq!(server.log_count("CHR85"), 0);
            server.stop();
        }
    }

    #[test]
    fn children_that_serve_and_end_are_not_reported() {
        let server = Site::new(Mpm::Prefork).config("MaxConnectionsPerChild 1").start();
        for _ in 0..12 {
            until("an answer", || server.try_get("/index.html", Duration::from_secs(1)));
        }
        assert_eq!(server.log_count("CHR85"), 0);
        server.stop();
    }

    #[test]
    fn a_signal_that_ends_them_is_named() {
        says(site(Mpm::Event, "abort"), "ended while mod_ends was started, by signal 6)");
    }

    #[test]
    fn strict_refuses_a_start_that_cannot_be_tried_to_its_end() {
        let strict = site(Mpm::Event, "hang")
            .config("ChrootPreflight strict")
            .expect_log("CHR896")
            .expect_log("AH02818");
        let mut server = strict.start_unchecked();
        server.wait_until_dead();
        assert_eq!(server.log_count("resuming normal operations"), 0);
    }

    /// At a reload that would take down a server that serves.
    #[test]
    fn a_start_that_takes_long_is_logged_at_a_reload() {
        let strict =
            site(Mpm::Event, "never").config("ChrootPreflight strict").expect_log("CHR893");
        let mut server = strict.start();
        server.edit_configuration(|text| text.replace("EndsChild never", "EndsChild hang"));
        server.parent().signal("USR1");
        let logged = || (server.log_count("CHR893") > 0).then_some(());
        within(Duration::from_secs(25), logged).expect("the message");
        server.parent().signal("KILL");
        server.wait_until_dead();
    }

    /// A reload that loads such a module is refused too, and httpd ends.
    #[test]
    fn strict_refuses_it_at_a_reload() {
        let strict =
            site(Mpm::Event, "never").config("ChrootPreflight strict").expect_log("CHR851");
        let mut server = strict.expect_log("AH00020").start();
        server.edit_configuration(|text| text.replace("EndsChild never", "EndsChild exit"));
        server.parent().signal("USR1");
        server.wait_until_dead();
    }
}
