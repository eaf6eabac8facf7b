//! Modules that look beyond files: names, accounts, zones, other servers.

#[cfg(test)]
mod tests {
    use crate::harness::client::{ask, get};
    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    fn site(mpm: Mpm) -> Site {
        Site::new(mpm).document_root("{jail}/htdocs")
    }

    fn proxy(mpm: Mpm, name: &str, backend: &Server) -> Site {
        let port = backend.site.sandbox.port.number;
        site(mpm).modules(&["proxy", "proxy_http"]).config(&format!(
            "ProxyPass /far/ http://{name}:{port}/\nProxyPassReverse /far/ http://{name}:{port}/"
        ))
    }

    on_every_mpm! {
        fn a_backend_is_found_by_the_name_localhost(mpm: Mpm) {
            let backend = Site::backend();
            let server = proxy(mpm, "localhost", &backend).start();
            assert_eq!(get("/far/page.html").of(&server).is(200, &server).body, "from the backend");
            server.stop();
            backend.stop();
        }

        fn a_backend_is_found_by_a_name_of_the_hosts_file(mpm: Mpm) {
            let backend = Site::backend();
            let name = "backend.mod-chroot.example";
            let site = proxy(mpm, name, &backend).server_file("conf/hosts", &format!("127.0.0.1 localhost {name}\n"));
            let server = site.after("mount --bind \"{server}/conf/hosts\" /etc/hosts").start();
            assert_eq!(get("/far/page.html").of(&server).is(200, &server).body, "from the backend");
            server.stop();
            backend.stop();
        }
    }

    /// An editor makes another file under the same name; the view before has the former one.
    #[test]
    fn the_hosts_file_is_followed_over_a_graceful_restart_when_it_was_replaced() {
        let backend = Site::backend();
        let name = "late.mod-chroot.example";
        let etc = "mkdir \"{base}/etc\"\ncp -a /etc/. \"{base}/etc\"\ncp /etc/passwd /etc/group \"{base}/etc\"\n\
                   mount --bind \"{base}/etc\" /etc";
        let site = proxy(Mpm::Event, name, &backend).after(etc).allow_log("AH0").allow_log("AH10");
        let mut server = site.start();
        get("/far/page.html").of(&server);
        let etc = server.site.sandbox.base.join("etc");
        std::fs::write(etc.join("hosts.new"), format!("127.0.0.1 localhost {name}\n"))
            .expect("hosts");
        std::fs::rename(etc.join("hosts.new"), etc.join("hosts")).expect("the new hosts");
        server.graceful();
        assert_eq!(get("/far/page.html").of(&server).is(200, &server).body, "from the backend");
        server.stop();
        backend.stop();
    }

    /// A body without a length is spooled to a temporary file first.
    #[test]
    fn a_large_upload_is_spooled_by_the_proxy() {
        let backend = Site::backend();
        let server = proxy(Mpm::Event, "127.0.0.1", &backend)
            .config("SetEnv proxy-sendcl 1")
            .modules(&["env"])
            .start();
        let answer =
            ask("POST", "/far/page.html").chunked(&[b'a'; 3_000_000]).of(&server).is(200, &server);
        assert!(answer.body.contains("from the backend"), "{answer:?}");
        server.stop();
        backend.stop();
    }

    /// Homes have to lie in the jail; accounts are the host's.
    #[test]
    fn home_pages_are_found() {
        let site = site(Mpm::Event)
            .modules(&["userdir"])
            .config("UserDir public_html\nChrootProvide users");
        let site = site.file("home/visitor/public_html/page.html", "at home").allow_log("AH01276");
        // Homes of the host's other users are elsewhere.
        let site = site.allow_log("CHR801: UserDir");
        let account = "echo \"visitor:x:5555:5555::{jail}/home/visitor:/bin/false\" >>\"{server}/conf/passwd\"";
        let server = site.after(account).start();
        assert_eq!(get("/~visitor/page.html").of(&server).is(200, &server).body, "at home");
        get("/~nobody-known/page.html").of(&server).is(404, &server);
        server.stop();
    }

    #[test]
    fn virtual_hosts_by_folder_are_served() {
        let site = site(Mpm::Event)
            .modules(&["vhost_alias", "alias"])
            .file("vhosts/one.example/page.html", "one");
        let site = site.config("UseCanonicalName Off\nVirtualDocumentRoot \"{jail}/vhosts/%0\"");
        let server = site.start();
        let one = get("/page.html").header("Host", "one.example").of(&server).is(200, &server);
        assert_eq!(one.body, "one");
        get("/page.html").header("Host", "two.example").of(&server).is(404, &server);
        server.stop();
    }

    #[test]
    fn server_side_includes_find_their_parts() {
        let site = site(Mpm::Event).modules(&["include", "mime"]).with_host_paths();
        let text = "<!--#include virtual=\"/part.html\" --> <!--#include file=\"part.html\" --> \
                    <!--#config timefmt=\"%z\" --><!--#echo var=\"DATE_LOCAL\" --> <!--#include virtual=\"/cgi-bin/inside?env=\" -->";
        let site = site.file("htdocs/page.shtml", text).file("htdocs/part.html", "a part").config(
            "TypesConfig /dev/null\nAddOutputFilter INCLUDES .shtml\n<Directory \"{jail}/htdocs\">\nOptions +IncludesNOEXEC\n</Directory>",
        );
        let server = site.start();
        let answer = get("/page.shtml").of(&server).is(200, &server);
        assert!(answer.body.starts_with("a part a part +0000 pid="), "{answer:?}");
        server.stop();
    }

    #[test]
    fn owners_of_files_have_names() {
        let site = site(Mpm::Event)
            .modules(&["auth_basic", "authn_core", "authn_file", "authz_user", "authz_owner"])
            .file("etc/users", &format!("root:{}\nalice:{0}\n", crate::harness::client::SECRET))
            .config("ChrootProvide users\n<Location />\nAuthType Basic\nAuthName here\nAuthUserFile \"{jail}/etc/users\"\nRequire file-owner\n</Location>");
        let server = site.allow_log("AH01637").allow_log("AH01631").start();
        // root:secret
        get("/index.html").by("Basic cm9vdDpzZWNyZXQ=").of(&server).is(200, &server);
        get("/index.html").by(crate::harness::client::ALICE).of(&server).is(401, &server);
        server.stop();
    }

    const TOKYO: &str = "mount --bind /usr/share/zoneinfo/Asia/Tokyo /etc/localtime\nunset TZ";

    on_every_mpm! {
        fn log_lines_tell_the_hosts_time(mpm: Mpm) {
            let site = Site::new(mpm).with_host_paths().after(TOKYO);
            let server = site.config("CustomLog logs/access.log \"%t %{%z}t %r\"").start();
            assert_eq!(ask_program(&server, "zone=").value("zone"), "+0900");
            let log = server.site.sandbox.server.join("logs/access.log");
            let line = crate::harness::until("a line", || {
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                text.lines().find(|line| line.contains("zone=")).map(str::to_owned)
            });
            assert_eq!(line.matches("+0900").count(), 2, "{line}");
            server.stop();
        }
    }

    /// Without the host's zones, a child would fall to UTC.
    #[test]
    fn log_lines_tell_the_hosts_time_even_without_zones_inside() {
        let site =
            Site::new(Mpm::Event).with_host_paths().after(TOKYO).config("ChrootProvide none");
        let server = site.config("CustomLog logs/access.log \"%t %{%z}t %r\"").start();
        ask_program(&server, "env=");
        let log = server.site.sandbox.server.join("logs/access.log");
        let line = crate::harness::until("a line", || {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            text.lines().find(|line| line.contains("env=")).map(str::to_owned)
        });
        assert_eq!(line.matches("+0900").count(), 2, "{line}");
        server.stop();
    }

    #[test]
    fn large_files_are_sent_by_the_kernel() {
        let text = "0123456789".repeat(200_000);
        let server = site(Mpm::Event)
            .file("htdocs/large.txt", &text)
            .config("EnableSendfile On\nEnableMMAP Off")
            .start();
        assert_eq!(get("/large.txt").of(&server).is(200, &server).body, text);
        server.stop();
    }
}
