//! The files that the server keeps for itself: those it was configured by, and those that its
//! directives name. Its children need none of them by name.

use super::bindings as sys;
use super::server;
use super::tree;
use crate::audit::OwnFile;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Directives whose first word names such a file.
const DIRECTIVES: [&str; 12] = [
    "PidFile",
    "ErrorLog",
    "CustomLog",
    "GlobalLog",
    "TransferLog",
    "ForensicLog",
    "SecAuditLog",
    "SecDebugLog",
    "SSLCertificateFile",
    "SSLCertificateKeyFile",
    "SSLProxyMachineCertificateFile",
    "SSLSessionTicketKeyFile",
];

/// What the configuration tree tells, read with `pool` for what is short-lived.
pub(super) fn read(runtime: &Path, pool: *mut sys::apr_pool_t) -> Vec<OwnFile> {
    let files = tree::files().into_iter().map(|file| ("configuration", file));
    let named = tree::foreign(&DIRECTIVES, pool).into_iter().filter_map(|written| {
        let what = DIRECTIVES.into_iter().find(|known| *known == written.name)?;
        Some((what, written.words.into_iter().next()?))
    });
    let mut own: Vec<_> =
        files.chain(named).filter_map(|(what, word)| found(what, &word, runtime)).collect();
    for (what, path) in
        [("PidFile", server::default_pid_file()), ("ErrorLog", server::default_error_log())]
    {
        if !own.iter().any(|file| file.what == what) {
            own.extend(found(what, path.as_os_str(), runtime));
        }
    }
    own.sort_by(|a, b| a.path.cmp(&b.path));
    own.dedup_by(|a, b| a.path == b.path);
    own
}

/// Logs may be pipes or go to syslog, keys may be in a token.
fn found(what: &'static str, word: &OsStr, runtime: &Path) -> Option<OwnFile> {
    const ELSEWHERE: [&[u8]; 4] = [b"|", b"syslog", b"pkcs11:", b"journald"];
    let bytes = word.as_bytes();
    if bytes.is_empty() || ELSEWHERE.iter().any(|start| bytes.starts_with(start)) {
        return None;
    }
    let server_root = server::server_root();
    let base = if what == "PidFile" { runtime } else { &server_root };
    Some(OwnFile { what, path: base.join(word) })
}
