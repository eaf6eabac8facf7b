//! What is known not to work in a jail, or not as it did, whatever can be tried.

use std::fmt;

/// A trouble with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownIssueKind {
    /// `Mutex flock:` files that children open again.
    MutexFile,
    /// mod_md renews and answers in a child, from a store that is outside.
    ManagedDomain,
    /// The wrapper is run by a child.
    Suexec,
    /// `SecChrootDir` jails the parent.
    SecondJail,
    /// The link that makes host paths true is not followed.
    LinkNotFollowed,
    /// A backend names files that a child opens.
    SendFile,
    /// A FastCGI backend outside is told inside paths.
    ScriptName,
    /// A section for a host path while paths are those from inside.
    SectionOutside,
    /// A file outside the jail that the parent holds open.
    HeldOpen,
    /// A database library with settings of its own.
    DatabaseDriver,
    /// A daemon of mod_wsgi looks for the home directory of its user.
    DaemonHome,
}

impl KnownIssueKind {
    pub(super) fn id(self) -> u16 {
        match self {
            Self::MutexFile => 821,
            Self::ManagedDomain => 822,
            Self::Suexec => 823,
            Self::SecondJail => 825,
            Self::LinkNotFollowed => 826,
            Self::SendFile => 827,
            Self::ScriptName => 828,
            Self::SectionOutside => 829,
            Self::HeldOpen => 830,
            Self::DatabaseDriver => 831,
            Self::DaemonHome => 832,
        }
    }

    fn of_module(self) -> &'static str {
        match self {
            Self::MutexFile => {
                "is a lock file that each child opens again, which it cannot inside; write pthread, \
                 sysvsem or default in its place"
            }
            Self::ManagedDomain => {
                "mod_md renews certificates and answers challenges in a child, from a store that is \
                 outside; let certbot or dehydrated renew from outside, with their webroot in the \
                 jail, and reload"
            }
            Self::Suexec => {
                "the wrapper is run by a child, and inside there is none that may become another \
                 user; write FcgidWrapper or a FastCGI backend with a user of its own"
            }
            Self::SecondJail => {
                "jails the parent too, which then cannot restart or read what is outside; remove it, \
                 ChrootDir does its work"
            }
            Self::LinkNotFollowed => {
                "lets httpd follow no link on the way to the jail, so every host path is forbidden; \
                 add SymLinksIfOwnerMatch for the directory above the jail"
            }
            _ => self.of_path(),
        }
    }

    fn of_path(self) -> &'static str {
        match self {
            Self::SendFile => {
                "files that a backend names are opened by a child; keep them in the jail, under the \
                 path that the backend names"
            }
            Self::ScriptName => {
                "a backend outside is told script names as they are inside; write \
                 ProxyFCGISetEnvIf for SCRIPT_FILENAME, or ChrootFixRoot on"
            }
            Self::SectionOutside => {
                "is a host path, and children see inside paths, so the section holds for nothing; \
                 write the inside path, or ChrootFixRoot on"
            }
            Self::HeldOpen => {
                "the parent holds it open, so it is served from outside the jail; move it into the \
                 jail, or remove the directive"
            }
            Self::DatabaseDriver => {
                "its library reads settings of its own when a child connects; name their files in \
                 ChrootProvide, and try a connection"
            }
            Self::DaemonHome => {
                "the daemon works in the home directory of its user, which it looks up inside, and ends \
                 if it finds none; write home= with a folder in the jail"
            }
            _ => "",
        }
    }
}

impl fmt::Display for KnownIssueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.of_module())
    }
}
