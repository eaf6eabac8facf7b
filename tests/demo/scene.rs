//! The server that is shown, before it is started: its jail, its content, its configuration.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::harness::outcome;
use crate::harness::port::Port;
use crate::harness::programs;
use crate::harness::{Jail, Mpm, Site, tools};
use crate::show::User;

/// The text of a file outside the jail.
pub(crate) const SECRET: &str = "a secret of the host";

/// How host paths are kept true in the jail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The children run in a view: a small read-only root that shows the jail at its own path.
    View,
    /// The children run in the jail itself, which has a link to itself.
    Link,
}

/// The folder of mod_cgid's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sockets {
    /// Below ServerRoot. A view shows it there.
    Outside,
    /// In the jail, because a socket cannot be copied.
    Inside,
}

/// A server that can be started.
pub(crate) struct Prepared {
    pub(crate) site: Site,
    pub(crate) mpm: Mpm,
    pub(crate) tls: Port,
    pub(crate) way: Way,
    /// The output of `httpd -t -D DUMP_CHROOT`.
    pub(crate) picture: String,
}

/// Prepares the jailed server, by the way that is in force on this machine.
pub(crate) fn prepare(mpm: Mpm) -> Prepared {
    let tls = Port::reserve();
    let site = configure(mpm, Jail::Module, Sockets::Outside, &tls);
    let (way, picture) = ask_way(&site);
    if way == Way::View {
        return Prepared { site, mpm, tls, way, picture };
    }
    drop(site);
    let site = configure(mpm, Jail::Module, Sockets::Inside, &tls);
    let (way, picture) = ask_way(&site);
    Prepared { site, mpm, tls, way, picture }
}

/// The way that is in force, and all that `DUMP_CHROOT` prints.
fn ask_way(site: &Site) -> (Way, String) {
    let outcome = site.dump();
    if outcome.status != Some(0) {
        let said = fs::read_to_string(site.sandbox.stderr()).unwrap_or_default();
        panic!("the configuration is refused:\n{said}");
    }
    let way = outcome.output.lines().find_map(|line| line.strip_prefix("host paths: "));
    match way {
        Some(text) if text.starts_with("view") => (Way::View, outcome.output),
        Some(text) if text.starts_with("link") => (Way::Link, outcome.output),
        _ => panic!("neither a view nor a link:\n{}", outcome.output),
    }
}

/// The server with its content, jailed or not.
pub(crate) fn configure(mpm: Mpm, jail: Jail, sockets: Sockets, tls: &Port) -> Site {
    let cgi = if mpm.is_threaded() { "cgid" } else { "cgi" };
    let user = User::of_apache();
    let mut site = Site::new(mpm)
        .jail(jail)
        .own_user(&user.name, &user.group, user.uid)
        .document_root("{jail}/htdocs")
        .modules(&["alias", "mime", "log_config", "socache_shmcb", "ssl", cgi])
        .file("htdocs/index.html", "Hello from inside the jail.\n")
        .file("vhosts/other/index.html", "Hello from the other host.\n")
        .program("cgi-bin/inside", tools::inside())
        .program("cgi-bin/witness", programs::cgi())
        .program("cgi-bin/shell", &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demo/script"))
        .server_file("conf/mime.types", "text/html html\n")
        .server_file("secret.html", SECRET)
        .config(&CONFIGURATION.replace("{tls}", &tls.number.to_string()));
    if cgi == "cgid" {
        site = match sockets {
            Sockets::Outside => site.config("ScriptSock \"{server}/run/cgid.sock\""),
            Sockets::Inside => {
                site.file("run/of-cgid", "").config("ScriptSock \"{jail}/run/cgid.sock\"")
            }
        };
    }
    if jail == Jail::Module {
        site = site.config("ChrootProvide program:/bin/sh");
    }
    symlink(site.sandbox.server.join("secret.html"), site.sandbox.jail.join("htdocs/host.html"))
        .expect("a link out of the jail");
    make_certificate(&site.sandbox.server.join("conf"));
    // Notices about other processes of the same user on this machine, and about the link that leads nowhere.
    ["CHR921", "CHR922", "CHR607", "AH00037"].into_iter().fold(site, Site::allow_log)
}

fn make_certificate(folder: &Path) {
    fs::write(folder.join("openssl.cnf"), OPENSSL).expect("a file");
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]);
    openssl.args(["-config", "openssl.cnf", "-keyout", "tls.key", "-out", "tls.crt"]);
    let made = outcome::run(openssl.current_dir(folder));
    assert_eq!(made.status, Some(0), "openssl: {}", made.output);
}

const OPENSSL: &str = "[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = demo.localhost
[extensions]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:demo.localhost
";

const CONFIGURATION: &str = r#"
TypesConfig "{server}/conf/mime.types"
CustomLog "{server}/logs/access.log" "%h %t \"%r\" %>s"
SSLSessionCache "shmcb:{server}/run/tls.cache(512000)"
ScriptAlias /cgi-bin/ "{jail}/cgi-bin/"
<Directory />
    AllowOverride None
    Options FollowSymLinks
    Require all denied
</Directory>
<Directory "{base}">
    Require all granted
</Directory>
Listen 127.0.0.1:{tls}
<VirtualHost 127.0.0.1:{port}>
    ServerName demo.localhost
</VirtualHost>
<VirtualHost 127.0.0.1:{port}>
    ServerName other.localhost
    DocumentRoot "{jail}/vhosts/other"
</VirtualHost>
<VirtualHost 127.0.0.1:{tls}>
    ServerName demo.localhost
    SSLEngine on
    SSLCertificateFile "{server}/conf/tls.crt"
    SSLCertificateKeyFile "{server}/conf/tls.key"
</VirtualHost>
"#;
