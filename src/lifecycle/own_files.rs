//! The files that the server keeps for itself: those it was configured by, those that its directives
//! name, and those that it loads. Its children need none of them by name.

use crate::audit::{OwnFile, OwnKind};
use crate::httpd::pool::Pool;
use crate::httpd::{config_tree, server};
use crate::platform;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use OwnKind::{Certificate, Code, Configuration, Key, Keys, Log, PidFile};

/// Directives whose first word names such a file.
const DIRECTIVES: [(&str, OwnKind); 16] = [
    ("PidFile", PidFile),
    ("ErrorLog", Log),
    ("CustomLog", Log),
    ("GlobalLog", Log),
    ("TransferLog", Log),
    ("ForensicLog", Log),
    ("SecAuditLog", Log),
    ("SecDebugLog", Log),
    ("SSLCertificateFile", Certificate),
    ("SSLCertificateKeyFile", Key),
    ("SSLProxyMachineCertificateFile", Key),
    ("SSLProxyMachineCertificatePath", Keys),
    ("SSLSessionTicketKeyFile", Key),
    ("MDStoreDir", Keys),
    ("MDCertificateKeyFile", Key),
    ("SessionCryptoPassphraseFile", Key),
];

/// What the configuration tree tells, read with `pool` for what is short-lived, and what is loaded.
pub(crate) fn read(pool: Pool) -> Vec<OwnFile> {
    let names = DIRECTIVES.map(|(name, _)| name);
    let files =
        config_tree::files().into_iter().map(|file| (("configuration", Configuration), file));
    let named = config_tree::foreign(&names, pool).into_iter().filter_map(|written| {
        let known = DIRECTIVES.into_iter().find(|(known, _)| *known == written.name)?;
        Some((known, written.words.into_iter().next()?))
    });
    let mut own: Vec<_> =
        files.chain(named).filter_map(|(known, word)| found(known, &word)).collect();
    for (known, path) in [
        (("PidFile", PidFile), server::default_pid_file()),
        (("ErrorLog", Log), server::default_error_log()),
    ] {
        if !own.iter().any(|file| file.what == known.0) {
            own.extend(found(known, path.as_os_str()));
        }
    }
    if server::is_loaded(c"mod_md.c") && !own.iter().any(|file| file.what == "MDStoreDir") {
        own.extend(found(("MDStoreDir", Keys), OsStr::new("md")));
    }
    let loaded = platform::list_loaded_objects().into_iter();
    own.extend(loaded.map(|path| OwnFile { what: "loaded by httpd", path, kind: Code }));
    own.sort_by(|a, b| a.path.cmp(&b.path));
    own.dedup_by(|a, b| (&a.path, a.kind) == (&b.path, b.kind));
    own
}

/// Logs may be pipes or go to syslog, keys may be in a token.
fn found((what, kind): (&'static str, OwnKind), word: &OsStr) -> Option<OwnFile> {
    const ELSEWHERE: [&[u8]; 4] = [b"|", b"syslog", b"pkcs11:", b"journald"];
    let bytes = word.as_bytes();
    if bytes.is_empty() || ELSEWHERE.iter().any(|start| bytes.starts_with(start)) {
        return None;
    }
    let path = server::server_root().join(word);
    let kind = if kind == Certificate && holds_a_key(&path) { Key } else { kind };
    Some(OwnFile { what, path, kind })
}

/// No certificate with its key and its chain is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// Whether a file of certificates has a private key in it as well, as mod_ssl allows. One that cannot be
/// read may have.
fn holds_a_key(path: &Path) -> bool {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path);
    let file = match file {
        Ok(file) if file.metadata().is_ok_and(|facts| facts.is_file()) => file,
        Ok(_) => return false,
        Err(error) => return error.kind() != std::io::ErrorKind::NotFound,
    };
    let mut text = Vec::new();
    let read = file.take(LONGEST).read_to_end(&mut text);
    read.is_err() || text.windows(KEY.len()).any(|part| part == KEY)
}

/// What begins a private key, of whatever kind.
const KEY: &[u8] = b"PRIVATE KEY-----";
