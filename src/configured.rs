#![forbid(unsafe_code)]
//! Which paths the directives of other modules name that children will use, as far as their text
//! tells. Pure: directives in, paths out.

use crate::fault::Place;
use crate::settings::exposes;
use crate::view::Configured;
use std::ffi::{CStr, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A directive of another module, as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Foreign {
    /// Its name, as httpd spells it.
    pub name: String,
    /// Its words.
    pub words: Vec<OsString>,
    /// The sections it stands in, as written, the outermost first (`VirtualHost *:80`).
    pub sections: Vec<String>,
    /// Where it is written.
    pub place: Place,
}

/// What relative paths are relative to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bases<'a> {
    /// `ServerRoot`.
    pub server_root: &'a Path,
    /// `DefaultRuntimeDir`.
    pub runtime_dir: &'a Path,
}

/// What a directive's path is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Children read the file or directory itself.
    Read,
    /// As `Read`, and the file may have one of the suffixes of a DBM.
    ReadDbm,
    /// Children make files in the directory.
    WriteIn,
    /// Children write files of that name, so its directory is needed.
    WriteBeside,
    /// Sockets are made in the directory by root, relative to `DefaultRuntimeDir`.
    SocketBeside,
    /// Sockets are made in the directory by children.
    SocketIn,
}

use Use::{Read, ReadDbm, SocketBeside, SocketIn, WriteBeside, WriteIn};

/// Directive, which of its words is the path (counted from 0), what it is used for. The list is
/// that of all places in httpd 2.4 and the common modules where a child opens a configured path.
const PATHS: [(&str, usize, Use); 36] = [
    ("ScriptSock", 0, SocketBeside),
    ("FcgidIPCDir", 0, SocketIn),
    ("AuthUserFile", 0, Read),
    ("AuthGroupFile", 0, Read),
    ("AuthDBMUserFile", 0, ReadDbm),
    ("AuthDBMGroupFile", 0, ReadDbm),
    ("ProxyExpressDBMFile", 0, ReadDbm),
    ("SSLCACertificatePath", 0, Read),
    ("SSLCARevocationPath", 0, Read),
    ("SSLProxyCACertificatePath", 0, Read),
    ("SSLProxyCARevocationPath", 0, Read),
    ("LDAPTrustedGlobalCert", 1, Read),
    ("LDAPTrustedClientCert", 1, Read),
    ("LuaRoot", 0, Read),
    ("LuaMapHandler", 1, Read),
    ("LuaQuickHandler", 0, Read),
    ("LuaHookTranslateName", 0, Read),
    ("LuaHookFixups", 0, Read),
    ("LuaHookMapToStorage", 0, Read),
    ("LuaHookAccessChecker", 0, Read),
    ("LuaHookAuthChecker", 0, Read),
    ("LuaHookCheckUserID", 0, Read),
    ("LuaHookTypeChecker", 0, Read),
    ("LuaHookLog", 0, Read),
    ("LuaAuthzProvider", 1, Read),
    ("LuaInputFilter", 1, Read),
    ("LuaOutputFilter", 1, Read),
    ("DAVLockDB", 0, WriteBeside),
    ("DAVGenericLockDB", 0, WriteBeside),
    ("HeartbeatStorage", 0, WriteBeside),
    ("ScriptLog", 0, WriteBeside),
    ("CacheRoot", 0, WriteIn),
    ("CacheLockPath", 0, WriteIn),
    ("SecDataDir", 0, WriteIn),
    ("SecTmpDir", 0, WriteIn),
    ("SecUploadDir", 0, WriteIn),
];

/// Directives in whose words a `unix:/path` may be hidden.
const PROXIES: [&str; 5] =
    ["ProxyPass", "ProxyPassMatch", "BalancerMember", "SetHandler", "RewriteRule"];

/// Directives that are read here: httpd's tree is searched for these names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let others = [
        "RewriteMap",
        "SSLSessionCache",
        "AuthnCacheSOCache",
        "SecAuditLogStorageDir",
        "ScriptAlias",
    ];
    PATHS.iter().map(|&(name, _, _)| name).chain(PROXIES).chain(others)
}

/// Directives that name private keys, or folders of them.
pub(crate) const KEYS: [&str; 5] = [
    "SSLCertificateKeyFile",
    "SSLProxyMachineCertificateFile",
    "SSLProxyMachineCertificatePath",
    "SSLSessionTicketKeyFile",
    "MDStoreDir",
];

/// Endings that DBM libraries add to the name that is configured.
const DBM_ENDINGS: [&str; 4] = ["", ".db", ".pag", ".dir"];

/// The paths that all of `directives` name.
pub(crate) fn paths(directives: &[Foreign], bases: Bases<'_>) -> Configured {
    let mut found = Configured::default();
    for Foreign { name, words, .. } in directives {
        let known = PATHS.iter().find(|(known, _, _)| name.eq_ignore_ascii_case(known));
        if let Some(&(_, index, purpose)) = known {
            if let Some(word) = words.get(index) {
                add(&mut found, word, purpose, bases);
            }
        } else if name.eq_ignore_ascii_case("RewriteMap") {
            rewrite_map(&mut found, words, bases);
        } else if name.eq_ignore_ascii_case("SecAuditLogStorageDir") {
            words.iter().take(1).for_each(|word| add(&mut found, word, WriteIn, bases));
        } else if name.ends_with("Cache") {
            object_cache(&mut found, words, bases);
        } else {
            sockets(&mut found, words, bases);
        }
    }
    found
}

/// Whether a directive names a DBM, for which a driver has to be loaded.
pub(crate) fn needs_dbm(directives: &[Foreign]) -> bool {
    let is_dbm = |word: &OsString| word.as_bytes().starts_with(b"dbm");
    directives.iter().any(|Foreign { name, words, .. }| {
        let known = PATHS.iter().find(|(known, _, _)| name.eq_ignore_ascii_case(known));
        let by_name = known
            .is_some_and(|(known, _, purpose)| *purpose == ReadDbm || known.ends_with("LockDB"));
        by_name || words.iter().any(is_dbm)
    })
}

/// What modules do that are loaded without a word about their sockets.
pub(crate) fn defaults(
    directives: &[Foreign],
    bases: Bases<'_>,
    is_loaded: impl Fn(&CStr) -> bool,
) -> Configured {
    let mut found = Configured::default();
    let is_silent =
        |name: &str| !directives.iter().any(|foreign| foreign.name.eq_ignore_ascii_case(name));
    if is_loaded(c"mod_cgid.c") && is_silent("ScriptSock") {
        add(&mut found, OsStr::new("cgisock"), SocketBeside, bases);
    }
    if is_loaded(c"mod_fcgid.c") && is_silent("FcgidIPCDir") {
        // Compiled in: Debian's, and that of everybody else.
        let folders =
            [Path::new("/var/lib/apache2/fcgid/sock"), &*bases.runtime_dir.join("fcgidsock")];
        found.sockets.extend(folders.map(|folder| (folder.to_owned(), true)));
    }
    found
}

fn add(found: &mut Configured, word: &OsStr, purpose: Use, bases: Bases<'_>) {
    let base = if purpose == SocketBeside { bases.runtime_dir } else { bases.server_root };
    let path = base.join(word);
    // A folder that is no one's in particular is not shown for the sake of one file in it.
    let folder = |path: &Path| match path.parent() {
        Some(parent) if exposes(parent).is_none() => parent.to_owned(),
        _ => path.to_owned(),
    };
    match purpose {
        Read => found.files.push((path, false)),
        ReadDbm => found.files.extend(DBM_ENDINGS.iter().map(|ending| {
            let mut name = path.clone().into_os_string();
            name.push(ending);
            (PathBuf::from(name), false)
        })),
        WriteIn => found.files.push((path, true)),
        WriteBeside => found.files.push((folder(&path), true)),
        SocketBeside => found.sockets.push((folder(&path), false)),
        SocketIn => found.sockets.push((path, true)),
    }
}

/// `RewriteMap name txt:/path`, `rnd:`, `dbm:`, `dbm=type:`. A `prg:` runs outside.
fn rewrite_map(found: &mut Configured, words: &[OsString], bases: Bases<'_>) {
    let Some((kind, path)) = words.get(1).and_then(|word| split(word, b':')) else { return };
    let purpose = match kind {
        b"txt" | b"rnd" => Read,
        kind if kind.starts_with(b"dbm") => ReadDbm,
        _ => return,
    };
    add(found, path, purpose, bases);
}

/// `SSLSessionCache dbm:/path`; shared memory and network caches need no file.
fn object_cache(found: &mut Configured, words: &[OsString], bases: Bases<'_>) {
    if let Some((b"dbm", path)) = words.first().and_then(|word| split(word, b':')) {
        add(found, path, WriteBeside, bases);
    }
}

/// `unix:/path|http://...`, wherever in a word it begins (`proxy:unix:/path|fcgi://...`).
fn sockets(found: &mut Configured, words: &[OsString], bases: Bases<'_>) {
    for word in words {
        let bytes = word.as_bytes();
        let Some(start) = bytes.windows(5).position(|part| part == b"unix:") else { continue };
        let rest = &bytes[start + 5..];
        let path = rest.split(|&byte| byte == b'|').next().unwrap_or(rest);
        if !path.is_empty() {
            add(found, OsStr::from_bytes(path), SocketBeside, bases);
        }
    }
}

fn split(word: &OsStr, at: u8) -> Option<(&[u8], &OsStr)> {
    let bytes = word.as_bytes();
    let colon = bytes.iter().position(|&byte| byte == at)?;
    Some((&bytes[..colon], OsStr::from_bytes(&bytes[colon + 1..])))
}

#[cfg(test)]
#[path = "configured_tests.rs"]
mod tests;
