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
use std::path::{Path, PathBuf};

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

/// Reads them from the configuration tree, with `pool` for short-lived memory, and adds files that are loaded.
pub(crate) fn read(pool: Pool) -> Vec<OwnFile> {
    let names = DIRECTIVES.map(|(name, _)| name);
    let files =
        config_tree::files().into_iter().map(|file| (("configuration", Configuration), file));
    let named = config_tree::foreign(&names, pool).into_iter().filter_map(|written| {
        let known = DIRECTIVES.into_iter().find(|(known, _)| *known == written.name)?;
        Some((known, written.words.into_iter().next()?))
    });
    let mut own: Vec<_> =
        files.chain(named).flat_map(|(known, word)| find_all(known, &word)).collect();
    for (known, path) in [
        (("PidFile", PidFile), server::default_pid_file()),
        (("ErrorLog", Log), server::default_error_log()),
    ] {
        if !own.iter().any(|file| file.directive == known.0) {
            own.extend(find_one(known, path.as_os_str()));
        }
    }
    if server::is_loaded(c"mod_md.c") && !own.iter().any(|file| file.directive == "MDStoreDir") {
        own.extend(find_one(("MDStoreDir", Keys), OsStr::new("md")));
    }
    let loaded = platform::list_loaded_objects().into_iter();
    own.extend(loaded.map(|path| OwnFile { directive: "loaded by httpd", path, kind: Code }));
    own.sort_by(|a, b| a.path.cmp(&b.path));
    own.dedup_by(|a, b| (&a.path, a.kind) == (&b.path, b.kind));
    own
}

/// A log may be a program, which writes files of its own.
fn find_all(known: (&'static str, OwnKind), word: &OsStr) -> Vec<OwnFile> {
    match word.as_bytes().strip_prefix(b"|") {
        Some(command) => {
            let own = |path| OwnFile { directive: known.0, path, kind: known.1 };
            files_of_command(command).into_iter().map(own).collect()
        }
        None => find_one(known, word).into_iter().collect(),
    }
}

/// Absolute paths among the arguments of a piped log, such as those of `rotatelogs`, but for programs. Where the name has a date in it, a file of that very name need not be there.
fn files_of_command(command: &[u8]) -> Vec<PathBuf> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let arguments = command.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).skip(1);
    let paths = arguments.filter_map(|word| {
        let start = word.iter().position(|byte| !is_quote(byte) && *byte != b'>')?;
        let word = &word[start..];
        let end = word.iter().position(is_quote).unwrap_or(word.len());
        word.starts_with(b"/").then(|| PathBuf::from(OsStr::from_bytes(&word[..end])))
    });
    // By name alone: a look at a path may wait for a file server.
    let is_program = |path: &PathBuf| {
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
        ["bin", "sbin", "libexec"].iter().any(|name| folder == *name)
    };
    paths.filter(|path| !is_program(path)).collect()
}

/// Logs may go to syslog, keys may be in a token.
fn find_one((directive, kind): (&'static str, OwnKind), word: &OsStr) -> Option<OwnFile> {
    const ELSEWHERE: [&[u8]; 3] = [b"syslog", b"pkcs11:", b"journald"];
    let bytes = word.as_bytes();
    if bytes.is_empty() || ELSEWHERE.iter().any(|start| bytes.starts_with(start)) {
        return None;
    }
    let path = server::server_root().join(word);
    let kind = if kind == Certificate && holds_a_key(&path) { Key } else { kind };
    Some(OwnFile { directive, path, kind })
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

/// The beginning of a private key of any kind.
const KEY: &[u8] = b"PRIVATE KEY-----";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_a_piped_log_writes_are_known() {
        for (command, files) in [
            ("/usr/bin/rotatelogs /no/access.log 86400", &["/no/access.log"][..]),
            ("|/usr/bin/rotatelogs -l /no/access.%Y 86400", &["/no/access.%Y"]),
            ("$/usr/bin/logger -t x >>/no/shell.log", &["/no/shell.log"]),
            ("$cat '/no/a' \"/no/b\"", &["/no/a", "/no/b"]),
            ("/usr/bin/rotatelogs -p /bin/sh /no/x 5M", &["/no/x"]),
            ("/usr/bin/cronolog relative.log", &[]),
            ("/usr/bin/tee", &[]),
            ("", &[]),
        ] {
            let found = files_of_command(command.as_bytes());
            assert_eq!(found, files.iter().map(PathBuf::from).collect::<Vec<_>>(), "{command}");
        }
    }
}
