//! `.htaccess` files in the jail. One that is a link to a file outside leads nowhere inside. httpd would read that
//! as "no such file", and what the file denies would be allowed. So the directory is closed instead.

use crate::httpd::server::Server;
use crate::lifecycle::state::{PreparedJail, State};
use crate::messages::{Fault, HtaccessFault, escape};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// An access control file that a request depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Htaccess {
    /// There is no file of that name.
    Absent,
    /// httpd opens it, or finds out why it cannot.
    Open,
    /// It is a link that leads nowhere: access is denied.
    DeadLink,
}

/// Whether this process is jailed, so that links may lead nowhere.
pub(crate) fn is_jailed(server: &Server) -> bool {
    let ready = State::find(server).and_then(|state| state.ready.get());
    ready.is_some_and(PreparedJail::is_taken)
}

/// Checks the access control file `path` of the directory of a request, and logs a dead link.
pub(crate) fn check(server: &Server, path: &Path) -> Htaccess {
    let found = look_at(path);
    if found == Htaccess::DeadLink {
        log_dead_link(server, path);
    }
    found
}

/// Looks at a file. Where there is none this is the only system call.
fn look_at(path: &Path) -> Htaccess {
    match fs::symlink_metadata(path) {
        Ok(facts) if !facts.is_symlink() => Htaccess::Open,
        Ok(_) => match fs::metadata(path) {
            Err(error) if is_missing(&error) => Htaccess::DeadLink,
            _ => Htaccess::Open,
        },
        Err(error) if is_missing(&error) => Htaccess::Absent,
        // httpd denies access for any other reason.
        Err(_) => Htaccess::Open,
    }
}

/// The errors that httpd takes for "no such file".
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Logs that access is denied because of the dead link `path`.
fn log_dead_link(server: &Server, path: &Path) {
    let target = fs::read_link(path).unwrap_or_default();
    let value = escape::escape_bytes(path.as_os_str().as_bytes());
    let fault = Fault::for_directive("AccessFileName", value, HtaccessFault::DeadLink(target));
    server.log(&fault.as_warning());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_a_link_that_leads_nowhere_is_dead() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").unwrap();
        fs::create_dir(at("directory")).unwrap();
        for (name, target) in [
            ("live", "file"),
            ("chain", "live"),
            ("folder", "directory"),
            ("dead", "nowhere"),
            ("far", "/no/such/directory/file"),
            ("below", "file/x"),
            ("chained", "dead"),
            ("circle", "circle"),
        ] {
            symlink(target, at(name)).unwrap();
        }
        for (name, expected) in [
            ("file", Htaccess::Open),
            ("directory", Htaccess::Open),
            ("live", Htaccess::Open),
            ("chain", Htaccess::Open),
            ("folder", Htaccess::Open),
            ("circle", Htaccess::Open),
            ("none", Htaccess::Absent),
            ("file/x", Htaccess::Absent),
            ("dead", Htaccess::DeadLink),
            ("far", Htaccess::DeadLink),
            ("below", Htaccess::DeadLink),
            ("chained", Htaccess::DeadLink),
        ] {
            assert_eq!(look_at(&at(name)), expected, "{name}");
        }
    }
}
