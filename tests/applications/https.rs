//! mod_ssl as a client, and what it looks up while a connection begins: authorities, lists of what was revoked.

#[cfg(test)]
mod tests {
    use crate::harness::client::get;
    use crate::harness::{Mpm, Server, Site, on_every_mpm};
    use crate::services::Authority;

    /// `/known/` leads to a backend that the authority vouches for, `/strange/` to one that nobody does.
    fn proxy(mpm: Mpm, authority: &Authority, backends: &[Server; 2], judged_by: &str) -> Site {
        let [known, strange] = backends.each_ref().map(|one| one.site.sandbox.port.number);
        let lines = format!(
            "SSLProxyEngine on\nSSLProxyVerify require\nSSLProxyCheckPeerName on\n{judged_by}\n\
             ProxyPass /known/ https://localhost:{known}/\nProxyPass /strange/ https://localhost:{strange}/"
        );
        let site = Site::new(mpm).document_root("{jail}/htdocs").modules(&[
            "ssl",
            "socache_shmcb",
            "proxy",
            "proxy_http",
        ]);
        let site = [
            "AH02039", "AH00961", "AH01097", "AH02003", "AH02004", "AH00898", "AH01084", "AH01873",
        ]
        .into_iter()
        .fold(site, Site::allow_log);
        site.config(&authority.fill(&lines))
    }

    fn trusts_whom_it_should(server: Server) {
        let page = get("/known/page.html").of(&server).is(200, &server);
        assert_eq!(page.body, "from the backend");
        let refused = get("/strange/page.html").of(&server).is(500, &server);
        assert!(refused.body.contains("Error during SSL Handshake"), "{refused:?}");
        server.stop();
    }

    fn is_trusted_in_every_way(mpm: Mpm, judged_by: &str, ways: &[(&str, &str)]) {
        let authority = Authority::new();
        let backends = ["server", "stranger"].map(|who| authority.backend(who));
        for (way, provided) in ways {
            let root = if *way == "off" { "/htdocs" } else { "{jail}/htdocs" };
            trusts_whom_it_should(
                proxy(mpm, &authority, &backends, judged_by)
                    .document_root(root)
                    .kept(way, provided)
                    .start(),
            );
        }
        backends.into_iter().for_each(Server::stop);
    }

    on_every_mpm! {
        fn a_backend_is_judged_by_a_folder_of_authorities(mpm: Mpm) {
            let line = "SSLProxyCACertificatePath \"{ca}/authorities\"";
            is_trusted_in_every_way(mpm, line, &[("view", "config"), ("link", "config dns"), ("off", "config dns")]);
        }

        /// The parent reads it.
        fn a_backend_is_judged_by_a_file_of_authorities(mpm: Mpm) {
            let line = "SSLProxyCACertificateFile \"{ca}/ca.pem\"";
            is_trusted_in_every_way(mpm, line, &[("view", ""), ("link", "dns"), ("off", "dns")]);
        }

        /// The store of the host, as its packages make it, with one authority more: nothing is asked for.
        fn a_backend_is_judged_by_the_hosts_own_store(mpm: Mpm) {
            let authority = Authority::new();
            let backends = ["server", "stranger"].map(|who| authority.backend(who));
            let line = "SSLProxyCACertificatePath /etc/ssl/certs";
            for (way, provided) in [("view", ""), ("link", "ca dns")] {
                let site = proxy(mpm, &authority, &backends, line).kept(way, provided);
                trusts_whom_it_should(site.after(&authority.joins_the_store()).start());
            }
            backends.into_iter().for_each(Server::stop);
        }

        /// Known to the authority, and revoked by it: the list is looked up while the connection begins.
        fn a_client_that_was_revoked_is_refused(mpm: Mpm) {
            let authority = Authority::new();
            authority.vouch_for("former", "DNS:former");
            authority.revoke("former");
            let lines = "SSLSessionCache none\nSSLEngine on\nSSLVerifyClient require\nSSLCACertificateFile \"{ca}/ca.pem\"\n\
                         SSLCARevocationCheck leaf\nSSLCARevocationPath \"{ca}/revoked\"\n\
                         SSLCertificateFile \"{ca}/server.pem\"\nSSLCertificateKeyFile \"{ca}/server.key\"";
            for way in ["view", "link"] {
                let site = Site::new(mpm).document_root("{jail}/htdocs").modules(&["ssl"]).kept(way, "config");
                let site = ["AH02039", "AH02276", "AH01873", "AH02008"].into_iter().fold(site, Site::allow_log);
                let mut server = site.config(&authority.fill(lines)).start_unchecked();
                server.expect_log("resuming normal operations");
                assert_eq!(authority.client("client", &server), "hello from inside");
                assert_eq!(authority.client("former", &server), "");
                server.stop();
            }
        }
    }
}
