//! A certificate authority with a server and a client that it knows.

use std::path::{Path, PathBuf};

use super::{folder, run};
use crate::harness::{Jail, Mpm, Server, Site};

const KEY: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";

/// The names that its server is asked by.
const NAMES: &str = "DNS:localhost,DNS:backend.mod-chroot.example,IP:127.0.0.1";

/// A folder with `ca.pem`, the same in `authorities/` as OpenSSL looks it up, and `server` and `client`, each `.pem`
/// and `.key`; `stranger.pem` was signed by nobody.
pub(crate) struct Authority(tempfile::TempDir);

impl Authority {
    /// Found one.
    pub(crate) fn new() -> Authority {
        let made = Authority(folder());
        made.openssl(&format!("{KEY} -subj /CN=authority -keyout ca.key -out ca.pem"));
        made.vouch_for("server", NAMES);
        made.vouch_for("client", "DNS:client");
        made.openssl(&format!("{KEY} -subj /CN=stranger -addext subjectAltName={NAMES} -keyout stranger.key -out stranger.pem"));
        std::fs::create_dir(made.path().join("authorities")).expect("a folder");
        std::fs::copy(made.path().join("ca.pem"), made.path().join("authorities/ca.pem"))
            .expect("a copy");
        made.openssl("rehash authorities");
        made
    }

    /// The folder of its certificates.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file of it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Puts its folder into a text, at `{ca}`.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("{ca}", &self.path().display().to_string())
    }

    /// Sign a certificate for these names: `WHO.pem` and `WHO.key`.
    pub(crate) fn vouch_for(&self, who: &str, names: &str) {
        let signed = "-CA ca.pem -CAkey ca.key -addext basicConstraints=critical,CA:FALSE";
        self.openssl(&format!(
            "{KEY} {signed} -subj /CN={who} -addext subjectAltName={names} -keyout {who}.key -out {who}.pem"
        ));
    }

    /// Take back what was signed; lists of such are in `revoked/` as OpenSSL looks them up.
    pub(crate) fn revoke(&self, who: &str) {
        let settings = "[ca]\ndefault_ca=this\n[this]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=2\n";
        std::fs::write(self.file("settings"), settings).expect("a file");
        std::fs::write(self.file("index"), "").expect("a file");
        std::fs::create_dir_all(self.file("revoked")).expect("a folder");
        let by = "ca -config settings -cert ca.pem -keyfile ca.key";
        self.openssl(&format!("{by} -revoke {who}.pem"));
        self.openssl(&format!("{by} -gencrl -out revoked/ca.pem"));
        self.openssl("rehash revoked");
    }

    /// The answer that this client gets for `/index.html`; `None` if it is refused.
    pub(crate) fn client(&self, who: &str, server: &Server) -> String {
        let url = format!("https://localhost:{}/index.html", server.site.sandbox.port.number);
        let [pem, key] = ["pem", "key"].map(|kind| format!("{who}.{kind}"));
        let mut curl = std::process::Command::new("curl");
        curl.args([
            "-s",
            "--max-time",
            "20",
            "--cacert",
            "ca.pem",
            "--cert",
            &pem,
            "--key",
            &key,
            &url,
        ]);
        let output = curl.current_dir(self.path()).output().expect("curl");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Words of shell after which it is one of the host's authorities, where packages put them: a copy of the folder
    /// lies over it, with a link by its hash and a part of the one large file.
    pub(crate) fn joins_the_store(&self) -> String {
        let folder = self.path().display();
        format!(
            "rm -rf \"{folder}/store\"\ncp -a /etc/ssl/certs \"{folder}/store\"\n\
             cp -a \"{folder}\"/authorities/* \"{folder}/store\"\n\
             cat \"{folder}/ca.pem\" >>\"{folder}/store/ca-certificates.crt\"\n\
             mount --bind \"{folder}/store\" /etc/ssl/certs"
        )
    }

    /// An unjailed httpd that shows one of its certificates: a page that says where it is from, at `/page.html`.
    pub(crate) fn backend(&self, who: &str) -> Server {
        let lines = format!(
            "SSLSessionCache none\nSSLEngine on\nSSLCertificateFile \"{{ca}}/{who}.pem\"\n\
             SSLCertificateKeyFile \"{{ca}}/{who}.key\""
        );
        let site = Site::new(Mpm::Event).jail(Jail::None).modules(&["ssl"]);
        let site = site.file("htdocs/page.html", "from the backend").config(&self.fill(&lines));
        let mut server =
            site.allow_log("AH01873").allow_log("AH01906").allow_log("AH01909").start_unchecked();
        server.expect_log("resuming normal operations");
        server
    }

    fn openssl(&self, words: &str) {
        run(self.path(), "openssl", &words.split(' ').collect::<Vec<_>>(), "");
    }
}
