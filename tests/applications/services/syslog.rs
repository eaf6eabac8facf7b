//! A listener at `/dev/log`, as syslogd is one.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;

use crate::harness::{Site, until};

/// A listener; what was sent to it is read when it is asked for.
pub(crate) struct Syslog {
    socket: UnixDatagram,
    folder: tempfile::TempDir,
}

impl Syslog {
    /// Begins to listen.
    pub(crate) fn start() -> Syslog {
        let folder = super::folder();
        let path = folder.path().join("log");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).expect("its mode");
        socket.set_nonblocking(true).expect("a socket");
        Syslog { socket, folder }
    }

    /// The scene's httpd has a `/dev` of its own with this listener at `log`; the host's is left as it is.
    pub(crate) fn listens(&self, site: Site) -> Site {
        let log = self.folder.path().join("log");
        site.after(&format!(
            "mkdir \"{{base}}/dev\"\nmount -t tmpfs -o mode=755 none \"{{base}}/dev\"\n\
             cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom \"{{base}}/dev\"\n\
             touch \"{{base}}/dev/log\"\nmount --bind \"{}\" \"{{base}}/dev/log\"\n\
             mount --rbind \"{{base}}/dev\" /dev",
            log.display()
        ))
    }

    /// Waits for a line with these words.
    pub(crate) fn hears(&self, words: &str) -> String {
        until(words, || self.heard().into_iter().find(|line| line.contains(words)))
    }

    /// The lines that were sent since the last call.
    pub(crate) fn heard(&self) -> Vec<String> {
        let mut bytes = [0; 4096];
        let mut next = || self.socket.recv(&mut bytes).ok().map(|length| bytes[..length].to_vec());
        let datagrams = std::iter::from_fn(&mut next);
        datagrams.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
    }
}
