//! What a jail takes from a module, shown as it is; mod_chroot names each of these before the start.

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::harness::client::{ask, get};
    use crate::harness::tools::inside;
    use crate::harness::{Mpm, Site, on_every_mpm};

    fn site(mpm: Mpm) -> Site {
        // What is known beforehand is warned of.
        Site::new(mpm).document_root("{jail}/htdocs").allow_log("CHR8")
    }

    const MANAGED: &str = "MDomain site.mod-chroot.example\nMDContactEmail somebody@mod-chroot.example\n\
                           MDCertificateAuthority http://127.0.0.1:1/directory\nMDCertificateAgreement accepted";

    /// Whether mod_md answers for a challenge that it has put into its store.
    fn answers_a_challenge(mpm: Mpm, store: &str) -> bool {
        let site = site(mpm).modules(&["md", "ssl", "socache_shmcb", "watchdog"]).config(MANAGED);
        // It has no certificate yet, and nobody to get one from.
        let site = ["AH10", "AH01873", "AH01892"].into_iter().fold(site, Site::allow_log);
        let site = site.config(&format!("MDStoreDir \"{store}\"")).allow_log("ChrootAudit");
        let folder =
            PathBuf::from(site.sandbox.fill(store)).join("challenges/site.mod-chroot.example");
        let server = site.start();
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("acme-http-01.txt"), "token.answer").expect("a challenge");
        let asked =
            get("/.well-known/acme-challenge/token").header("Host", "site.mod-chroot.example");
        let answer = asked.of(&server);
        server.stop();
        answer.status == 200 && answer.body == "token.answer"
    }

    on_every_mpm! {
        fn mod_md_answers_challenges_from_a_store_in_the_jail_only(mpm: Mpm) {
            assert!(!answers_a_challenge(mpm, "{server}/md"));
            assert!(answers_a_challenge(mpm, "{jail}/md"));
        }

        /// As certbot does it: a file below the site, written from outside.
        fn a_challenge_that_is_written_into_the_site_is_answered(mpm: Mpm) {
            let server = site(mpm).start();
            let folder = server.site.sandbox.jail.join("htdocs/.well-known/acme-challenge");
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join("token"), "token.answer").expect("a challenge");
            assert_eq!(get("/.well-known/acme-challenge/token").of(&server).is(200, &server).body, "token.answer");
            server.stop();
        }

        fn suexec_runs_no_program_inside(mpm: Mpm) {
            let site = site(mpm).with_suexec().modules(&["suexec", "alias", "cgi"]);
            let site = site.program("cgi-bin/inside", inside()).config(
                "<VirtualHost *:{port}>\nDocumentRoot \"{jail}/htdocs\"\nSuexecUserGroup jailed jailed2\n\
                 ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\"\n</VirtualHost>",
            );
            let site = ["AH01215", "AH01232", "End of script output"].into_iter().fold(site, Site::allow_log);
            let server = site.start();
            get("/cgi-bin/inside?env=").of(&server).is(500, &server);
            assert!(server.error_log().contains("suexec' failed"), "{}", server.error_log());
            get("/index.html").of(&server).is(200, &server);
            server.stop();
        }

        /// Without a folder for them, mod_proxy has no place for a body of unknown length.
        fn a_large_upload_needs_a_folder_of_temporary_files(mpm: Mpm) {
            let backend = Site::backend();
            let pass = format!("ProxyPass /far/ http://127.0.0.1:{}/", backend.site.sandbox.port.number);
            for (provided, status) in [("none", 500), ("none tmp", 200)] {
                let site = site(mpm).modules(&["proxy", "proxy_http", "env"]).config("SetEnv proxy-sendcl 1").config(&pass);
                let site = site.config(&format!("ChrootProvide {provided}"));
                let server = ["AH01089", "AH01090", "AH01095", "AH01097"].into_iter().fold(site, Site::allow_log).start();
                ask("POST", "/far/page.html").chunked(&[b'a'; 1_000_000]).of(&server).is(status, &server);
                server.stop();
            }
            backend.stop();
        }
    }
}
