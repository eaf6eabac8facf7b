//! Two worlds under one path: what a child must serve lies in the jail, what it must never serve lies at the
//! same path outside.

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

/// What the page in the jail says.
pub(crate) const INSIDE: &str = "hello from inside";
/// What the page outside says.
pub(crate) const SECRET: &str = "a secret of the host";

/// A site whose pages exist twice.
pub(crate) fn two(mpm: Mpm) -> Site {
    two_at(mpm, "jail")
}

/// The same with the jail elsewhere, counted from `{base}`.
pub(crate) fn two_at(mpm: Mpm, jail: &str) -> Site {
    let site = Site::with_jail_at(mpm, jail).config("DocumentRoot \"{base}/web\"");
    outside(&site.stage.base.join("web"));
    let inside = site.stage.fill("{base}/web/index.html");
    site.file(&inside, INSIDE)
}

/// The same with a CGI program that exists twice, at `/cgi/program`, run by mod_cgid.
pub(crate) fn two_with_cgi(mpm: Mpm) -> Site {
    let site = two(mpm).modules(&["alias", "cgid"]).linked_to_itself().writable("run");
    let host = site.stage.base.join("cgi/program");
    fs::create_dir(site.stage.base.join("cgi")).expect("a folder");
    fs::write(&host, format!("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n{SECRET}'\n"))
        .expect("a program outside");
    fs::set_permissions(&host, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("mode");
    let inside = host.display().to_string();
    site.program(&inside, programs::cgi())
        .config("ScriptSock \"{jail}/run/cgid.sock\"\nScriptAlias /cgi/ \"{base}/cgi/\"")
}

/// Put a page with the secret into a folder outside the jail.
pub(crate) fn outside(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("index.html"), SECRET).expect("a page outside");
}

/// Somebody who asks for one page again and again.
pub(crate) struct Visitor {
    leaving: Arc<AtomicBool>,
    asking: JoinHandle<Vec<Reply>>,
}

impl Visitor {
    /// Begin to ask.
    pub(crate) fn comes(server: &Server, path: &str) -> Visitor {
        let (port, path) = (server.site.stage.port.number, path.to_owned());
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

    /// Stop asking: every answer so far.
    pub(crate) fn leaves(self) -> Vec<Reply> {
        self.leaving.store(true, Ordering::Relaxed);
        self.asking.join().expect("the visitor")
    }
}
