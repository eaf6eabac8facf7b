//! Promise 11, with services of the host: the connection to the system's log, and the name servers, are those that
//! the children had before they entered. Without a view, and with nothing provided.

#[cfg(test)]
mod tests {
    use crate::harness::client::get;
    use crate::harness::{Mpm, Site};
    use crate::services::{NameServer, Syslog};

    const COLD: &str = "ChrootWarmUp off";

    fn page(text: &str) -> Site {
        let site = Site::new(Mpm::Prefork).with_php().document_root("/htdocs").allow_log("CHR8");
        site.file("htdocs/page.php", &format!("<?php {text}")).config("ChrootFixRoot off")
    }

    #[test]
    fn lines_of_pages_reach_the_system_log() {
        let syslog = Syslog::start();
        let scene = || page("syslog(LOG_NOTICE, 'a line of the page'); echo 'sent';");
        let mut server = syslog.listens(scene()).start();
        for _ in 0..2 {
            assert_eq!(get("/page.php").of(&server).is(200, &server).body, "sent");
            syslog.hears("a line of the page");
            server.graceful();
        }
        server.stop();

        let cold = syslog.listens(scene().config(COLD)).start();
        assert_eq!(get("/page.php").of(&cold).is(200, &cold).body, "sent");
        cold.stop();
        assert!(!syslog.heard().iter().any(|line| line.contains("a line of the page")));
    }

    #[test]
    fn name_servers_are_asked_that_the_host_had() {
        let names = NameServer::start();
        let scene = || page("echo gethostbyname('backend.mod-chroot.example');");
        let server = names.serves(scene()).start();
        assert_eq!(get("/page.php").of(&server).is(200, &server).body, "127.0.0.1");
        server.stop();

        let cold = names.serves(scene().config(COLD)).start();
        // PHP answers with the name itself if nobody knows it.
        assert_eq!(get("/page.php").of(&cold).is(200, &cold).body, "backend.mod-chroot.example");
        cold.stop();
    }
}
