//! Modules that change what is sent: tables of characters, filters that are programs of the host.

#[cfg(test)]
mod tests {
    use crate::harness::client::get;
    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    fn site(mpm: Mpm, way: &str, provided: &str) -> Site {
        let site = Site::new(mpm).kept(way, provided);
        if way == "off" { site } else { site.document_root("{jail}/htdocs") }
    }

    /// The folder of gconv, where glibc keeps its tables of characters.
    fn gconv() -> String {
        let folders =
            ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
        let mut folders = folders.map(|folder| format!("{folder}/gconv")).into_iter();
        folders.find(|path| std::path::Path::new(path).is_dir()).expect("the tables of iconv")
    }

    #[track_caller]
    fn shows(server: Server, path: &str, words: &str) {
        let body = get(path).of(&server).is(200, &server).body;
        assert!(body.contains(words), "{body:?}");
        server.stop();
    }

    /// KOI8-R for "да", as bytes.
    const YES: &[u8] = b"\xc4\xc1";

    on_every_mpm! {
        fn pages_are_sent_in_another_character_set_with_the_tables_provided(mpm: Mpm) {
            let lines = "CharsetSourceEnc KOI8-R\nCharsetDefault UTF-8\n<Location />\nForceType text/plain\n</Location>";
            for way in ["view", "link", "off"] {
                let site = site(mpm, way, &gconv()).modules(&["charset_lite", "mime"]).config("TypesConfig /dev/null");
                site.sandbox.write("htdocs/page.txt", YES, 0o644);
                shows(site.config(lines).start(), "/page.txt", "да");
            }
        }

        fn pages_of_a_backend_are_understood_in_their_character_set(mpm: Mpm) {
            let lines = "ProxyHTMLEnable On\nProxyHTMLLinks a href\nProxyHTMLURLMap /near /far";
            for way in ["view", "link"] {
                let backend = Site::new(Mpm::Event).jail(crate::harness::Jail::None);
                let page = [b"<html><body><a href=\"/near\">".as_slice(), YES, b"</a></body></html>"].concat();
                backend.sandbox.write("htdocs/page.html", &page, 0o644);
                let types = "TypesConfig /dev/null\nAddType text/html;charset=KOI8-R .html";
                let backend = backend.modules(&["mime"]).config(types).start();
                let pass = format!("ProxyPass /pages/ http://127.0.0.1:{}/", backend.site.sandbox.port.number);
                let site = site(mpm, way, &gconv()).modules(&["proxy", "proxy_http", "xml2enc", "proxy_html"]);
                let server = site.config(&pass).config(lines).start();
                shows(server, "/pages/page.html", "<a href=\"/far\">да</a>");
                backend.stop();
            }
        }

        fn a_filter_is_a_program_that_is_provided(mpm: Mpm) {
            let lines = "ExtFilterDefine louder mode=output cmd=\"/usr/bin/tr a-z A-Z\"\nSetOutputFilter louder";
            for way in ["view", "link", "off"] {
                let site = site(mpm, way, "program:/usr/bin/tr").modules(&["ext_filter"]);
                shows(site.config(lines).start(), "/index.html", "HELLO FROM INSIDE");
            }
        }

        fn pages_are_sent_over_http_2(mpm: Mpm) {
            // mod_http2 leaves prefork alone, and says so.
            let site = site(mpm, "view", "").modules(&["http2"]).allow_log("AH10034");
            let server = site.config("Protocols h2c http/1.1").start();
            let url = format!("http://127.0.0.1:{}/index.html", server.site.sandbox.port.number);
            let words = ["-s", "--max-time", "20", "--http2-prior-knowledge", "-w", " %{http_version}", &url];
            let mut curl = std::process::Command::new("curl");
            let told = curl.args(if mpm == Mpm::Prefork { &words[..3] } else { &words[..4] }).args(&words[4..]);
            let told = String::from_utf8_lossy(&told.output().expect("curl").stdout).into_owned();
            let version = if mpm == Mpm::Prefork { "1.1" } else { "2" };
            assert_eq!(told, format!("hello from inside {version}"));
            server.stop();
        }
    }

    /// Python in the children themselves, under the MPM whose children it lets end at once. Its own modules are read
    /// when they are asked for.
    #[test]
    fn python_answers_in_the_children() {
        let text = "import json\ndef application(environ, start):\n start('200 OK', [('Content-Type', 'text/plain')])\n \
                    import colorsys\n return [json.dumps({'sum': 42, 'hue': colorsys.rgb_to_hsv(0, 0, 0)[0]}).encode()]\n";
        for way in ["view", "link"] {
            let site = site(Mpm::Prefork, way, "program:/usr/bin/python3 /usr/lib/python3 devices")
                .modules(&["wsgi"]);
            let site = site.file("app/page.wsgi", text);
            let server = site.config("WSGIScriptAlias /page \"{jail}/app/page.wsgi\"").start();
            shows(server, "/page", "\"sum\": 42");
        }
    }
}
