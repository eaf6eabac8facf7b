//! Directives that are known not to work in a jail, or not as they did outside, whatever a trial shows.

use crate::messages::{MessageText, Text};

/// A known issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum KnownIssueKind {
    /// `Mutex flock:` files that children open again.
    MutexFile,
    /// mod_md renews and answers in a child, from a store that is outside.
    ManagedDomain,
    /// The wrapper is run by a child.
    Suexec,
    /// `SecChrootDir` jails the parent.
    SecondJail,
    /// The link that keeps host paths valid is not followed.
    LinkNotFollowed,
    /// A backend names files that a child opens.
    SendFile,
    /// A FastCGI backend outside receives inside paths.
    ScriptName,
    /// A section for a host path while paths are those from inside.
    SectionOutside,
    /// A file outside the jail that the parent holds open.
    HeldOpen,
    /// A database library with settings of its own.
    DatabaseDriver,
    /// A daemon of mod_wsgi looks for the home directory of its user.
    DaemonHome,
    /// Passenger makes its sockets in `/tmp` of the host.
    PassengerSockets,
}

impl MessageText for KnownIssueKind {
    fn id(&self) -> u16 {
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
            Self::PassengerSockets => 648,
        }
    }

    fn text(&self) -> Text {
        let (fact, fix) = self.module_words();
        Text::new(fact, fix)
    }
}

impl KnownIssueKind {
    fn module_words(self) -> (&'static str, &'static str) {
        match self {
            Self::MutexFile => (
                "is a lock file that each child opens again, which it cannot do inside",
                "set pthread, sysvsem or default in its place",
            ),
            Self::ManagedDomain => (
                "mod_md renews certificates and answers challenges in a child, from a store that is outside",
                "let certbot or dehydrated renew from outside, with their webroot in the jail, and reload",
            ),
            Self::Suexec => (
                "a child runs the wrapper, and inside there is none that may become another user",
                "use a FastCGI backend with a user of its own, or set Suexec Off",
            ),
            Self::SecondJail => (
                "jails the parent too, which then cannot restart or read files outside",
                "remove it, ChrootDir replaces it",
            ),
            Self::LinkNotFollowed => (
                "keeps httpd from following the link on the path to the jail, so every host path is \
                 forbidden",
                "set \"Options SymLinksIfOwnerMatch\" for the directory above the jail",
            ),
            _ => self.path_words(),
        }
    }

    fn path_words(self) -> (&'static str, &'static str) {
        match self {
            Self::SendFile => (
                "a child opens files that a backend names",
                "keep them in the jail, under the path that the backend names",
            ),
            Self::ScriptName => (
                "a backend outside receives script names as they are inside",
                "set SCRIPT_FILENAME with ProxyFCGISetEnvIf, or set \"ChrootFixRoot on\"; leave it if the \
                 backend has the same chroot",
            ),
            Self::SectionOutside => (
                "is a host path, and children see inside paths, so the section has no effect",
                "set the inside path, or set \"ChrootFixRoot on\"",
            ),
            Self::HeldOpen => (
                "the parent keeps it open, so it is served from outside the jail",
                "move it into the jail, or remove the directive",
            ),
            Self::DatabaseDriver => (
                "its library reads settings of its own when a child connects",
                "name their files in ChrootProvide, and try a connection",
            ),
            Self::DaemonHome => (
                "the daemon works in the home directory of its user, which it looks up inside, and ends \
                 if it finds none",
                "set home= to a directory in the jail",
            ),
            Self::PassengerSockets => (
                "Passenger makes its sockets in /tmp of the host, which the children do not see",
                "run \"mkdir -m 755 /var/lib/passenger\", and set \"PassengerInstanceRegistryDir \
                 /var/lib/passenger\" and \"ChrootProvide /var/lib/passenger\"",
            ),
            _ => ("", ""),
        }
    }
}
