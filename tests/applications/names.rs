//! Names asked of a real name server, by modules in the children.

#[cfg(test)]
mod tests {
    use crate::harness::client::get;
    use crate::harness::{Mpm, Server, Site, on_every_mpm, until};
    use crate::services::NameServer;

    /// A scene that finds the name server, in both ways to keep host paths.
    fn in_both_ways(mpm: Mpm, tell: impl Fn(Site) -> Site, ask: impl Fn(&Server)) {
        let names = NameServer::start();
        for (way, provided) in [("view", ""), ("link", "dns")] {
            // Of the files that name resolution reads, the hosts file would know 127.0.0.1 too.
            let site = Site::new(mpm).document_root("{jail}/htdocs").kept(way, provided);
            let site = site.server_file("conf/hosts", "# nobody\n");
            let site = site.after("mount --bind \"{server}/conf/hosts\" /etc/hosts");
            let server = names.serves(tell(site)).start();
            ask(&server);
            server.stop();
        }
    }

    on_every_mpm! {
        fn clients_are_let_in_by_their_names(mpm: Mpm) {
            let lines = "<Location /by-name>\nRequire host mod-chroot.example\n</Location>\n\
                         <Location /by-other>\nRequire host elsewhere.example\n</Location>\n\
                         <Location /forward>\nRequire forward-dns visitor.mod-chroot.example\n</Location>\n\
                         <Location /forward-other>\nRequire forward-dns text.mod-chroot.example\n</Location>";
            let tell = |site: Site| {
                let pages = ["by-name", "by-other", "forward", "forward-other"].into_iter();
                let site = pages.fold(site, |site, name| site.file(&format!("htdocs/{name}"), name));
                site.modules(&["authz_host"]).config(lines).allow_log("AH01630").allow_log("AH03356")
            };
            in_both_ways(mpm, tell, |server| {
                for (path, status) in [("/by-name", 200), ("/by-other", 403), ("/forward", 200), ("/forward-other", 403)] {
                    get(path).of(server).is(status, server);
                }
            });
        }

        fn clients_are_logged_by_their_names(mpm: Mpm) {
            let tell = |site: Site| site.modules(&["log_config"]).config("HostnameLookups Double\nCustomLog logs/access.log \"%h %r\"");
            in_both_ways(mpm, tell, |server| {
                get("/index.html").of(server).is(200, server);
                let log = server.site.sandbox.server.join("logs/access.log");
                let line = until("a line", || {
                    let text = std::fs::read_to_string(&log).unwrap_or_default();
                    text.lines().find(|line| line.contains("/index.html")).map(str::to_owned)
                });
                assert!(line.starts_with("visitor.mod-chroot.example GET"), "{line}");
            });
        }

        fn a_backend_is_found_by_the_name_that_the_server_knows(mpm: Mpm) {
            let backend = Site::backend();
            let port = backend.site.sandbox.port.number;
            let tell = |site: Site| {
                let line = format!("ProxyPass /far/ http://backend.mod-chroot.example:{port}/");
                site.modules(&["proxy", "proxy_http"]).config(&line)
            };
            in_both_ways(mpm, tell, |server| {
                assert_eq!(get("/far/page.html").of(server).is(200, server).body, "from the backend");
            });
            backend.stop();
        }
    }
}
