//! Catalogue of the sets of `ChrootProvide`, one row for each: purpose, word, default or on request, contents.
//!
//! The words of the directive, its help text, the default, the requests (`provide::sets`) and the fixes that the
//! preflight recommends are taken from it. The documents are checked against it (`tests/house/documents.rs`), and so
//! is a running server (`tests/view/provided.rs`). The lists of paths are used by rows of the preflight too: a path by
//! convention is written down once.

use std::ffi::CStr;
use std::path::Path;

/// A row of the catalogue.
#[derive(Debug)]
struct SetRow {
    /// The word of `ChrootProvide`.
    word: &'static str,
    scope: SetScope,
    contents: SetContents,
}

/// Condition under which a set is provided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SetScope {
    /// By default, in a view: the set shows nothing that a site does not show anyway.
    Default,
    /// If `ChrootProvide` names it.
    OnRequest,
}

/// Contents of a set, and by that its rights and whether copies of it are of use.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SetContents {
    /// Files and directories of the host, read-only.
    Files(&'static [&'static str]),
    /// Devices of the host, which work inside.
    Devices(&'static [&'static str]),
    /// Sockets of the host. A copy would be useless: the program that listens is outside.
    Sockets(&'static [&'static str]),
    /// Private, writable directories at these paths.
    PrivateDirs(&'static [&'static str]),
    /// Sockets that the configuration names.
    ConfiguredSockets,
    /// Files and directories that the configuration names; writable if children write to them.
    ConfiguredFiles,
    /// Targets of `Alias` and `ScriptAlias`, read-only.
    ConfiguredAliases,
    /// Python's standard library, for the Python that the server has loaded.
    LoadedPython,
    /// Lists that are made for the jail, with those parts of the host's that are needed inside.
    MadeLists(&'static [&'static str]),
}

/// Defines [`ProvideSet`] and its rows.
macro_rules! catalogue {
    ($($(#[doc = $purpose:literal])+ $set:ident: $word:literal, $scope:ident, $contents:expr;)+) => {
        /// Files that belong together, named after their purpose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum ProvideSet {
            $($(#[doc = $purpose])+ $set,)+
        }

        impl ProvideSet {
            /// All sets, in the order of the documentation: the defaults first.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$set),+];

            const fn row(self) -> SetRow {
                match self {
                    $(Self::$set => {
                        SetRow { word: $word, scope: SetScope::$scope, contents: $contents }
                    })+
                }
            }
        }

        /// Help text of `ChrootProvide`, with the words of all sets.
        pub(crate) const PROVIDE_HELP: &CStr = as_c_str(concat!(
            "files of the host that are available inside: ",
            $($word, ", ",)+
            "program:/path, /path, rw:/path, or none\0"
        ));
    };
}

#[allow(
    clippy::panic,
    reason = "while it is compiled: a text with another NUL byte is an error there"
)]
const fn as_c_str(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("a NUL byte at the end only"),
    }
}

catalogue! {
    /// Name resolution, as glibc, musl and the BSDs configure it.
    Dns: "dns", Default, SetContents::Files(&[
        RESOLV_CONF,
        "/etc/hosts",
        "/etc/nsswitch.conf",
        "/etc/host.conf",
        "/etc/gai.conf",
        "/etc/services",
        "/etc/protocols",
        "/etc/networks",
    ]);
    /// The local time zone, and all others.
    Timezone: "timezone", Default, SetContents::Files(&[ZONEINFO, "/etc/localtime", "/etc/timezone"]);
    /// Certificates of public certificate authorities, and the settings of OpenSSL.
    Ca: "ca", Default, SetContents::Files(CA);
    /// Private directories for temporary files.
    Tmp: "tmp", Default, SetContents::PrivateDirs(TMP);
    /// A private directory for shared memory and semaphores.
    Shm: "shm", Default, SetContents::PrivateDirs(&[SHARED_MEMORY]);
    /// Devices without data of the host.
    Devices: "devices", Default, SetContents::Devices(&[
        "/dev/null",
        "/dev/zero",
        "/dev/full",
        "/dev/random",
        "/dev/urandom",
    ]);
    /// Directories of the Unix sockets that the configuration names.
    Sockets: "sockets", Default, SetContents::ConfiguredSockets;
    /// Directories of the system that `Alias` and `ScriptAlias` serve.
    Aliases: "aliases", Default, SetContents::ConfiguredAliases;
    /// Python's standard library, where mod_wsgi starts Python: without it, each child ends.
    Python: "python", Default, SetContents::LoadedPython;
    /// Files that children open according to the configuration.
    Config: "config", OnRequest, SetContents::ConfiguredFiles;
    /// Names of the users and groups that are needed inside.
    Users: "users", OnRequest, SetContents::MadeLists(&[PASSWD, GROUP]);
    /// Fonts, with the settings and the caches of fontconfig.
    Fonts: "fonts", OnRequest, SetContents::Files(&[
        "/etc/fonts",
        "/usr/share/fontconfig",
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/var/cache/fontconfig",
        // FreeBSD.
        "/usr/local/etc/fonts",
        "/var/db/fontconfig",
    ]);
    /// The system log.
    Syslog: "syslog", OnRequest, SetContents::Sockets(&["/dev/log"]);
}

/// The list of users.
pub(crate) const PASSWD: &str = "/etc/passwd";

/// The list of groups.
pub(crate) const GROUP: &str = "/etc/group";

/// Name servers.
pub(crate) const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Rules of all time zones.
pub(crate) const ZONEINFO: &str = "/usr/share/zoneinfo";

/// Certificates of authorities, where most systems have them.
pub(crate) const CA_DIR: &str = "/etc/ssl/certs";

/// Directory of POSIX shared memory and semaphores, on Linux.
pub(crate) const SHARED_MEMORY: &str = "/dev/shm";

/// Directories in which every program makes temporary files.
pub(crate) const TMP: &[&str; 2] = &["/tmp", "/var/tmp"];

/// Paths at which OpenSSL, GnuTLS, NSS, curl and PHP look on the systems that have packages of mod_chroot. OpenSSL
/// looks in its own directory (`openssl version -d`), and the names there may be symbolic links. These directories
/// are for public certificates; none is for keys.
const CA: &[&str] = &[
    CA_DIR,
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

/// Settings of libldap, among them the name of its certificate authorities. In no set.
pub(crate) const LDAP_SETTINGS: &[&str] = &[
    "/etc/ldap/ldap.conf",
    "/etc/openldap/ldap.conf",
    "/usr/local/etc/openldap/ldap.conf",
    "/usr/pkg/etc/openldap/ldap.conf",
];

/// Sockets of MySQL and MariaDB. In no set.
pub(crate) const MYSQL_SOCKETS: &[&str] =
    &["/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"];

/// Directories of PostgreSQL's socket. In no set.
pub(crate) const POSTGRESQL_DIRS: &[&str] = &["/run/postgresql", "/tmp"];

impl ProvideSet {
    /// Sets that are provided in a view unless `none` is set.
    pub(crate) fn defaults() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|set| set.is_default())
    }

    /// The set that `word` names, in upper or lower case.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|set| word.eq_ignore_ascii_case(set.word()))
    }

    /// The word of `ChrootProvide`.
    pub(crate) const fn word(self) -> &'static str {
        self.row().word
    }

    /// Contents of the set.
    pub(crate) const fn contents(self) -> SetContents {
        self.row().contents
    }

    /// Whether a view provides the set without a word.
    pub(crate) fn is_default(self) -> bool {
        self.row().scope == SetScope::Default
    }

    /// Whether copies are of use, where there is no view.
    pub(crate) const fn is_copyable(self) -> bool {
        !matches!(self.contents(), SetContents::Sockets(_) | SetContents::ConfiguredSockets)
    }

    /// Paths that the set always consists of, as far as the host has them.
    pub(crate) const fn paths(self) -> &'static [&'static str] {
        match self.contents() {
            SetContents::Files(paths)
            | SetContents::Devices(paths)
            | SetContents::Sockets(paths)
            | SetContents::MadeLists(paths)
            | SetContents::PrivateDirs(paths) => paths,
            SetContents::ConfiguredSockets
            | SetContents::ConfiguredFiles
            | SetContents::ConfiguredAliases
            | SetContents::LoadedPython => &[],
        }
    }

    /// Whether `path` is one of [`Self::paths`], or lies below one.
    pub(crate) fn has_path(self, path: &Path) -> bool {
        self.paths().iter().any(|own| path.starts_with(own))
    }
}
