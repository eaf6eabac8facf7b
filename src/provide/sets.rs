//! What the words of `ChrootProvide` stand for: paths of the host.

use crate::config::{Directive, Provide, ProvideItem, ProvideSet};
use crate::messages::Fault;
use crate::platform::MountLimits;
use crate::provide::rights::{DEVICE, READ_ONLY};
use crate::provide::{
    ConfiguredPaths, ProgramRequests, ProvideRequest, RequestKind, Sockets, SocketsBy,
};
use std::path::{Path, PathBuf};

/// Every path that is to be within reach.
///
/// # Errors
/// A program that root must not look into.
pub(crate) fn wanted(
    provide: &Provide,
    configured: &ConfiguredPaths,
    in_view: bool,
    programs: &mut ProgramRequests,
) -> Result<Vec<ProvideRequest>, Fault> {
    let mut all = Vec::new();
    for (item, place) in provide.items(in_view) {
        let found = match item {
            ProvideItem::Set(set) => of_set(set, configured),
            ProvideItem::Path { path, writable } => {
                let word = format!("{}{}", if writable { "rw:" } else { "" }, path.display());
                vec![wish(path, may_write(writable), RequestKind::Required, &word)]
            }
            ProvideItem::Program(path) => programs.needs(&path, place).map_err(|why| {
                let word = format!("program:{}", path.display());
                let fault = Fault::of(Directive::Provide.name(), word, why);
                place.into_iter().fold(fault, Fault::at)
            })?,
        };
        all.extend(found.into_iter().map(|wish| ProvideRequest { place: place.cloned(), ..wish }));
    }
    Ok(all)
}

fn wish(path: PathBuf, forbidden: MountLimits, what: RequestKind, word: &str) -> ProvideRequest {
    let (word, place, alone, late, elsewhere) = (word.to_owned(), None, None, None, None);
    ProvideRequest { path, forbidden, word, place, what, alone, late, elsewhere }
}

/// The directory of sockets; where others make them, single sockets serve as well.
fn of_sockets(Sockets { path, by }: &Sockets, configured: &ConfiguredPaths) -> Vec<ProvideRequest> {
    let writable = *by == SocketsBy::Children;
    let word = ProvideSet::Sockets.name();
    let wish = wish(path.clone(), may_write(writable), RequestKind::IfPresent, word);
    // In the private directory for temporary files nothing of the host's is shown.
    let is_private = |socket: &Path| TMP.iter().any(|it| Some(Path::new(it)) == socket.parent());
    let late = |socket: &Path, name: PathBuf, directive| ProvideRequest {
        late: (!is_private(socket)).then_some(name),
        elsewhere: Some(directive),
        ..wish.clone()
    };
    match by {
        SocketsBy::Others(socket) => vec![ProvideRequest { alone: Some(socket.clone()), ..wish }],
        SocketsBy::Daemon(socket) => vec![late(socket, with_number(socket), "ScriptSock")],
        SocketsBy::Wsgi(prefix) => {
            let names = if configured.wsgi.is_empty() {
                std::slice::from_ref(prefix)
            } else {
                &configured.wsgi
            };
            let late = |name: &PathBuf| late(prefix, name.clone(), "WSGISocketPrefix");
            names.iter().map(late).collect()
        }
        SocketsBy::Children => vec![ProvideRequest { elsewhere: Some("FcgidIPCDir"), ..wish }],
    }
}

fn may_write(writable: bool) -> MountLimits {
    MountLimits { writing: !writable, ..READ_ONLY }
}

/// mod_cgid's name for its socket: the parent's number is behind what is configured.
fn with_number(socket: &Path) -> PathBuf {
    let mut name = socket.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    name.into()
}

/// Name resolution, as glibc, musl and the BSDs look for it.
const DNS: [&str; 8] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/networks",
];

const TIMEZONE: [&str; 3] = ["/usr/share/zoneinfo", "/etc/localtime", "/etc/timezone"];

/// Where OpenSSL, GnuTLS, NSS, curl and PHP look on the systems of our packages: OpenSSL by the names of
/// its own folder (`openssl version -d`), whatever these lead to. Folders for public certificates only, none
/// for keys.
const CA: [&str; 26] = [
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    // Debian's OpenSSL.
    "/usr/lib/ssl/certs",
    "/usr/lib/ssl/cert.pem",
    "/usr/lib/ssl/openssl.cnf",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    // Arch Linux, Fedora, openSUSE.
    "/etc/ca-certificates/extracted",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/openssl.cnf",
    "/etc/pki/ca-trust/extracted",
    "/usr/share/pki",
    "/var/lib/ca-certificates",
    // FreeBSD, and OpenSSL of its ports.
    "/usr/share/certs/trusted",
    "/usr/local/share/certs",
    "/usr/local/openssl/certs",
    "/usr/local/openssl/cert.pem",
    "/usr/local/openssl/openssl.cnf",
    // NetBSD, pkgsrc.
    "/etc/openssl/certs",
    "/etc/openssl/openssl.cnf",
    "/usr/pkg/etc/openssl/certs",
    "/usr/pkg/etc/openssl/openssl.cnf",
    // MacPorts.
    "/opt/local/etc/openssl/cert.pem",
    "/opt/local/share/curl/curl-ca-bundle.crt",
];

const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

const TMP: [&str; 2] = ["/tmp", "/var/tmp"];

fn of_set(set: ProvideSet, configured: &ConfiguredPaths) -> Vec<ProvideRequest> {
    let each = |paths: &[&str], forbidden, what| -> Vec<_> {
        let wish = |path: &&str| wish(PathBuf::from(path), forbidden, what, set.name());
        paths.iter().map(wish).collect()
    };
    let named = |paths: &[(PathBuf, bool)]| -> Vec<_> {
        let wish = |(path, writable): &(PathBuf, bool)| {
            wish(path.clone(), may_write(*writable), RequestKind::IfPresent, set.name())
        };
        paths.iter().map(wish).collect()
    };
    match set {
        ProvideSet::Dns => each(&DNS, READ_ONLY, RequestKind::IfPresent),
        ProvideSet::Timezone => each(&TIMEZONE, READ_ONLY, RequestKind::IfPresent),
        ProvideSet::Ca => each(&CA, READ_ONLY, RequestKind::IfPresent),
        ProvideSet::Devices => each(&DEVICES, DEVICE, RequestKind::IfPresent),
        ProvideSet::Users => {
            each(&["/etc/passwd", "/etc/group"], READ_ONLY, RequestKind::IfPresent)
        }
        ProvideSet::Syslog => each(&["/dev/log"], READ_ONLY, RequestKind::IfPresent),
        ProvideSet::Tmp => each(&TMP, READ_ONLY, RequestKind::Scratch),
        ProvideSet::Sockets => {
            configured.sockets.iter().flat_map(|it| of_sockets(it, configured)).collect()
        }
        ProvideSet::Aliases => configured
            .aliases
            .iter()
            .map(|path| wish(path.clone(), READ_ONLY, RequestKind::IfPresent, set.name()))
            .collect(),
        ProvideSet::Config => named(&configured.files),
    }
}
