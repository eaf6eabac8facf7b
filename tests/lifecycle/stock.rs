//! An administrator with Debian's own configuration writes one line, `ChrootDir /var/www`: it serves, and nothing
//! is warned of.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use crate::harness::client::get;
    use crate::harness::requirements::{self, Requirement};
    use crate::harness::{Mpm, Site, on_every_mpm};

    /// Modules that Debian enables when it installs Apache.
    const STOCK: [&str; 16] = [
        "access_compat",
        "alias",
        "auth_basic",
        "authn_core",
        "authn_file",
        "authz_host",
        "authz_user",
        "autoindex",
        "deflate",
        "env",
        "filter",
        "mime",
        "negotiation",
        "reqtimeout",
        "setenvif",
        "status",
    ];
    /// Parts of the configuration that Debian enables, whatever other packages have enabled on this machine.
    const CONF: [&str; 5] = [
        "charset",
        "localized-error-pages",
        "other-vhosts-access-log",
        "security",
        "serve-cgi-bin",
    ];
    /// Modules that administrators commonly enable besides.
    const COMMON: [&str; 28] = [
        "actions",
        "allowmethods",
        "asis",
        "auth_digest",
        "buffer",
        "cache",
        "cache_disk",
        "data",
        "dav",
        "dav_fs",
        "expires",
        "ext_filter",
        "file_cache",
        "headers",
        "http2",
        "include",
        "info",
        "macro",
        "mime_magic",
        "proxy",
        "proxy_fcgi",
        "proxy_http",
        "ratelimit",
        "remoteip",
        "rewrite",
        "socache_shmcb",
        "ssl",
        "substitute",
    ];
    /// Lines that a scene writes itself.
    const OWN: [&str; 7] = [
        "PidFile ",
        "ErrorLog ",
        "User ",
        "Group ",
        "LogLevel ",
        "Include ports.conf",
        "DefaultRuntimeDir ",
    ];

    /// Debian's configuration in the scene's ServerRoot, with modules enabled as a2enmod does it.
    fn site(mpm: Mpm, modules: &[&str]) -> Option<Site> {
        if !Path::new("/etc/debian_version").exists() {
            requirements::skip(Requirement::System("Debian"));
            return None;
        }
        let debian = Path::new("/etc/apache2");
        let stock = fs::read_to_string(debian.join("apache2.conf"));
        let stock = stock.expect("Debian's own configuration: install the package apache2");
        let is_own = |line: &&str| OWN.iter().any(|own| line.starts_with(own));
        let stock: Vec<_> = stock.lines().filter(|line| !is_own(line)).collect();
        let site = Site::new(mpm).chroot("/var/www").document_root("/var/www/html");
        let server = &site.sandbox.server;
        // Debian's start script makes the folder for the socket of mod_cgid.
        for folder in ["mods-enabled", "conf-enabled", "sites-enabled", "run/socks"] {
            fs::create_dir(server.join(folder)).expect("a folder");
        }
        symlink(debian.join("sites-available"), server.join("sites-available")).expect("a link");
        let enable = |kind: &str, file: &str| {
            let available = debian.join(format!("{kind}-available")).join(file);
            let enabled = server.join(format!("{kind}-enabled")).join(file);
            available.exists() && symlink(available, enabled).is_ok()
        };
        assert!(enable("sites", "000-default.conf"));
        for part in CONF {
            assert!(enable("conf", &format!("{part}.conf")), "{part}");
        }
        for module in modules {
            assert!(enable("mods", &format!("{module}.load")), "{module}");
            enable("mods", &format!("{module}.conf"));
        }
        let places = "Define APACHE_LOG_DIR {server}/logs\nDefine APACHE_RUN_DIR {server}/run\n\
                      Define APACHE_LOCK_DIR {server}/run\n";
        // The pages that this machine has there are none of the scene's.
        let pages = "mkdir -p /var/www && mount -t tmpfs -o mode=755 none /var/www && mkdir /var/www/html && \
                     echo 'It works!' >/var/www/html/index.html";
        Some(site.config(places).config(&stock.join("\n")).after(pages))
    }

    fn serves_without_a_warning(site: Site) {
        site.configtest().does_not_say("CHR").exits(0);
        let mut server = site.start();
        for _ in 0..2 {
            get("/").of(&server).is(200, &server);
            get("/icons/blank.gif").of(&server).is(200, &server);
            server.graceful();
        }
        server.stop();
    }

    on_every_mpm! {
        fn debians_own_configuration_is_quiet(mpm: Mpm) {
            site(mpm, &STOCK).into_iter().for_each(serves_without_a_warning);
        }

        fn so_it_is_with_the_common_modules(mpm: Mpm) {
            let cgi = if mpm == Mpm::Prefork { "cgi" } else { "cgid" };
            let Some(site) = site(mpm, &[&STOCK[..], &COMMON, &[cgi]].concat()) else { return };
            // Whatever packages have put into the folder of CGI programs on this machine.
            let empty = "mkdir -p /usr/lib/cgi-bin && mount -t tmpfs -o mode=755 none /usr/lib/cgi-bin";
            // mod_http2 says that prefork is not for it.
            serves_without_a_warning(site.after(empty).allow_log("AH10034"));
        }
    }
}
