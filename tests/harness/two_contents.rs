//! A site with two contents under one path: the page that a child must serve is in the jail, and one that it must
//! never serve has the same path outside.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::apache::Mpm;
use super::programs;
use super::reply::{self, Reply};
use super::server::Server;
use super::site::Site;

/// Text of the page in the jail.
pub(crate) const INSIDE: &str = "hello from inside";
/// Text of the page outside.
pub(crate) const SECRET: &str = "a secret of the host";

/// Builds a site whose pages exist in the jail and outside.
pub(crate) fn build(mpm: Mpm) -> Site {
    build_at(mpm, "jail")
}

/// Builds such a site with the jail at `jail`, relative to `{base}`.
pub(crate) fn build_at(mpm: Mpm, jail: &str) -> Site {
    let site = Site::with_jail_at(mpm, jail).config("DocumentRoot \"{base}/web\"");
    write_secret_page(&site.sandbox.base.join("web"));
    let inside = site.sandbox.fill("{base}/web/index.html");
    site.file(&inside, INSIDE)
}

/// Builds such a site with a CGI program at `/cgi/program`, run by mod_cgid, that exists in the jail and outside.
pub(crate) fn build_with_cgi(mpm: Mpm) -> Site {
    let site = build(mpm).modules(&["alias", "cgid"]).linked_to_itself().writable("run");
    let host = site.sandbox.base.join("cgi/program");
    fs::create_dir(site.sandbox.base.join("cgi")).expect("a folder");
    fs::write(&host, format!("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n{SECRET}'\n"))
        .expect("a program outside");
    fs::set_permissions(&host, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("mode");
    let inside = host.display().to_string();
    site.program(&inside, programs::cgi())
        .config("ScriptSock \"{jail}/run/cgid.sock\"\nScriptAlias /cgi/ \"{base}/cgi/\"")
}

/// Writes a page with the secret into a folder outside the jail.
pub(crate) fn write_secret_page(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("index.html"), SECRET).expect("a page outside");
}

/// A client that requests one page again and again, in a thread of its own.
pub(crate) struct Visitor {
    leaving: Arc<AtomicBool>,
    asking: JoinHandle<Vec<Reply>>,
}

impl Visitor {
    /// Starts to request `path`.
    pub(crate) fn start(server: &Server, path: &str) -> Visitor {
        let (port, path) = (server.site.sandbox.port.number, path.to_owned());
        let leaving = Arc::new(AtomicBool::new(false));
        let stays = Arc::clone(&leaving);
        let asking = std::thread::spawn(move || {
            let mut replies = Vec::new();
            while !stays.load(Ordering::Relaxed) {
                replies.extend(reply::ask(port, &path, Duration::from_secs(1)));
                std::thread::sleep(Duration::from_millis(2));
            }
            replies
        });
        Visitor { leaving, asking }
    }

    /// Stops the client, and returns every answer.
    pub(crate) fn stop(self) -> Vec<Reply> {
        self.leaving.store(true, Ordering::Relaxed);
        self.asking.join().expect("the visitor")
    }
}
