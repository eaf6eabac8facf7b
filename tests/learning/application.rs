//! An application outside of the jail: a program of CGI that reads, writes, and runs other programs.

use crate::harness::identity::{GID, UID};
use crate::harness::sandbox::install;
use crate::harness::{Mpm, Server, Site, until};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Folders of the application, removed when dropped.
pub(crate) struct Application {
    folder: tempfile::TempDir,
}

impl Application {
    /// `{app}/cgi-bin/page` prints a file of `{app}/data`, adds a line to a file of `{app}/state`, and runs `tr`.
    pub(crate) fn new() -> Application {
        let folder = tempfile::Builder::new().prefix("mod_chroot-app-").tempdir_in("/srv");
        let app = Application { folder: folder.expect("a folder") };
        fs::set_permissions(app.folder.path(), fs::Permissions::from_mode(0o755))
            .expect("its mode");
        for name in ["cgi-bin", "data", "state", "more"] {
            fs::create_dir(app.path(name)).expect("a folder");
        }
        chown(app.path("state"), Some(UID), Some(GID)).expect("its owner");
        fs::write(app.path("data/text"), "hello application\n").expect("a file");
        fs::write(app.path("more/text"), "and more\n").expect("a file");
        let root = app.folder.path().display();
        let script = format!(
            "#!/bin/sh\necho 'Content-Type: text/plain'\necho\n\
             while read line; do echo \"$line\" | /usr/bin/tr a-z A-Z; done < {root}/data/text\n\
             echo visited >> {root}/state/visits && echo counted\n"
        );
        install(&app.path("cgi-bin/page"), script.as_bytes(), 0o755);
        app.add_program("other", &format!("read line < {root}/more/text; echo \"$line\""));
        app
    }

    /// Adds a program of CGI, `{app}/cgi-bin/name`, whose page is the output of these words of shell.
    pub(crate) fn add_program(&self, name: &str, words: &str) {
        let script = format!("#!/bin/sh\necho 'Content-Type: text/plain'\necho\n{words}\n");
        install(&self.path(&format!("cgi-bin/{name}")), script.as_bytes(), 0o755);
    }

    /// The path of a file of the application.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A site that serves the application.
    pub(crate) fn site(&self, mpm: Mpm) -> Site {
        let lines = format!("ScriptAlias /app/ \"{}/\"", self.path("cgi-bin").display());
        Site::new(mpm).document_root("{jail}/htdocs").modules(&["alias", "cgid"]).config(&lines)
    }

    /// The number of times that the page was counted.
    pub(crate) fn visits(&self) -> usize {
        fs::read_to_string(self.path("state/visits")).unwrap_or_default().lines().count()
    }
}

/// The page of the application, complete.
pub(crate) const PAGE: &str = "HELLO APPLICATION\ncounted\n";

/// Starts the site with `-D CHROOT_LEARN` or `-D CHROOT_WATCH`.
pub(crate) fn start_with(site: Site, define: &str) -> Server {
    let site = site.argument(&format!("-D{define}")).allow_log("CHR940").allow_log("CHR948");
    let mut server = site.start_unchecked();
    server.wait_until_serving();
    server
}

/// Stops the server, and returns the lines of the result that are no comments, and the whole text.
pub(crate) fn stop_and_read(server: &mut Server, name: &str) -> (Vec<String>, String) {
    server.parent().signal("TERM");
    server.wait_until_dead();
    read_result(&server.site.sandbox.server.join(name))
}

/// Reads the result.
pub(crate) fn read_result(file: &Path) -> (Vec<String>, String) {
    let read = || fs::read_to_string(file).ok();
    let text = until("a result", read);
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    (lines.map(str::to_owned).collect(), text)
}
