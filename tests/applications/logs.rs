//! Logs that children write themselves, and those that were opened before they entered.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use crate::harness::client::get;
    use crate::harness::{Mpm, Site, on_every_mpm, until};
    use crate::services::Syslog;

    const AUDIT: &str = "SecRuleEngine On\nSecAuditEngine On\nSecAuditLogParts ABHZ\n\
                         SecRule ARGS:word \"@streq forbidden\" \"phase:1,id:1,deny,status:406\"";

    fn audited(mpm: Mpm, lines: &str) -> Site {
        let site =
            Site::new(mpm).document_root("{jail}/htdocs").modules(&["unique_id", "security2"]);
        // It says so about each request that it denies.
        site.config(AUDIT).config(lines).allow_log("Access denied with code 406")
    }

    /// Wait until one of the files below a folder tells of the request that was denied.
    fn has_an_entry(folder: &Path) {
        until("an entry", || {
            let mut texts =
                files(folder).into_iter().filter_map(|file| std::fs::read_to_string(file).ok());
            texts.any(|text| text.contains("word=forbidden")).then_some(())
        });
    }

    /// Every file below a folder.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    on_every_mpm! {
        /// One file, which the parent opens: it may lie anywhere.
        fn mod_security_keeps_a_serial_audit_log_outside(mpm: Mpm) {
            for way in ["view", "link"] {
                let lines = "SecAuditLogType Serial\nSecAuditLog \"{server}/logs/audit.log\"";
                let server = audited(mpm, lines).kept(way, "").start();
                get("/index.html?word=forbidden").of(&server).is(406, &server);
                let log = server.site.sandbox.server.join("logs/audit.log");
                until("an entry", || std::fs::read_to_string(&log).ok().filter(|text| text.contains("word=forbidden")));
                server.stop();
            }
        }

        /// A file for each request, which the children make.
        fn mod_security_keeps_a_concurrent_audit_log_in_a_folder_that_is_provided(mpm: Mpm) {
            let lines = "SecAuditLogType Concurrent\nSecAuditLog \"{server}/logs/audit.log\"\n\
                         SecAuditLogStorageDir \"{base}/audit\"";
            let site = audited(mpm, lines).kept("view", "config");
            let folder = site.sandbox.base.join("audit");
            std::fs::create_dir(&folder).expect("a folder");
            std::os::unix::fs::chown(&folder, Some(4242), Some(4243)).expect("its owner");
            let server = site.start();
            get("/index.html?word=forbidden").of(&server).is(406, &server);
            has_an_entry(&folder);
            server.stop();
        }

        fn mod_security_keeps_a_concurrent_audit_log_in_the_jail(mpm: Mpm) {
            let lines = "SecAuditLogType Concurrent\nSecAuditLog \"{server}/logs/audit.log\"\n\
                         SecAuditLogStorageDir \"{jail}/audit\"";
            let server = audited(mpm, lines).writable("audit").kept("link", "").start();
            get("/index.html?word=forbidden").of(&server).is(406, &server);
            has_an_entry(&server.site.sandbox.jail.join("audit"));
            server.stop();
        }

        /// httpd connects to syslog before it forks, and its children go on with that.
        fn the_error_log_reaches_syslog_from_the_children(mpm: Mpm) {
            let syslog = Syslog::start();
            let site = Site::new(mpm).document_root("{jail}/htdocs").modules(&["rewrite"]);
            let site = site.config(
                "<VirtualHost *:{port}>\nDocumentRoot \"{jail}/htdocs\"\nErrorLog syslog:local1\n\
                 LogLevel rewrite:trace1\nRewriteEngine On\nRewriteRule ^/index /index.html\n</VirtualHost>",
            );
            let server = syslog.listens(site).start();
            get("/index").of(&server).is(200, &server);
            syslog.hears("rewrite");
            server.stop();
        }
    }
}
