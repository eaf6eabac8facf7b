//! mod_ssl looks up the authorities of client certificates while a connection begins: in the children.

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::{Command, Output, Stdio};

    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    fn openssl(folder: &Path, words: &str) {
        let mut command = Command::new("openssl");
        let output = command.current_dir(folder).args(words.split(' ')).output().expect("openssl");
        assert!(output.status.success(), "openssl {words}: {output:?}");
    }

    /// An authority in a folder as OpenSSL wants it, and a client that it knows.
    fn certificates(folder: &Path) {
        let key = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        std::fs::create_dir_all(folder.join("authorities")).expect("a folder");
        openssl(
            folder,
            &format!(
                "{key} -subj /CN=authority -keyout authority.key -out authorities/authority.pem"
            ),
        );
        openssl(folder, "rehash authorities");
        openssl(folder, &format!("{key} -subj /CN=localhost -keyout server.key -out server.pem"));
        let signed = "-CA authorities/authority.pem -CAkey authority.key";
        openssl(
            folder,
            &format!("{key} {signed} -subj /CN=client -keyout client.key -out client.pem"),
        );
    }

    fn ask(server: &Server, with: &str) -> Output {
        let port = server.site.sandbox.port.number;
        let words = format!(
            "printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | timeout 20 openssl s_client -quiet -ign_eof {with} -connect 127.0.0.1:{port}"
        );
        let mut command = Command::new("sh");
        command.args(["-c", &words]).current_dir(folder(&server.site)).stdin(Stdio::null());
        command.output().expect("openssl s_client")
    }

    fn folder(site: &Site) -> std::path::PathBuf {
        site.sandbox.base.join("certificates")
    }

    on_every_mpm! {
        fn client_certificates_are_judged_by_a_folder_of_authorities(mpm: Mpm) {
            let site = Site::new(mpm).document_root("{jail}/htdocs").modules(&["ssl", "socache_shmcb"]);
            certificates(&folder(&site));
            let site = site.allow_log("AH02").allow_log("AH01906").allow_log("AH01873").config(
                "ChrootProvide config\nSSLSessionCache none\n<VirtualHost 127.0.0.1:{port}>\nSSLEngine on\n\
                 SSLCertificateFile \"{base}/certificates/server.pem\"\nSSLCertificateKeyFile \"{base}/certificates/server.key\"\n\
                 SSLCACertificatePath \"{base}/certificates/authorities\"\nSSLVerifyClient require\n</VirtualHost>",
            );
            let mut server = site.start_unchecked();
            server.expect_log("resuming normal operations");
            let known = ask(&server, "-cert client.pem -key client.key");
            let text = String::from_utf8_lossy(&known.stdout).into_owned();
            assert!(text.contains("hello from inside"), "{known:?}\n{}", server.error_log());
            let unknown = ask(&server, "");
            let text = String::from_utf8_lossy(&unknown.stdout).into_owned();
            assert!(!text.contains("hello from inside"), "{unknown:?}");
            server.stop();
        }
    }
}
