//! Faults in what the server is started as, or with.

use std::fmt;
use std::io;

/// What stands against a jail when the server starts.
#[derive(Debug)]
pub(crate) enum StartFault {
    /// Only root may chroot.
    NotRoot(u32),
    /// The children would run as root, or as nobody in particular.
    BadUser {
        /// `User` as configured.
        name: String,
        /// What it stands for.
        uid: u32,
    },
    /// The children would run in no group in particular.
    BadGroup(u32),
    /// The groups of the user cannot be found out.
    Groups(String, io::Error),
    /// A loaded module needs what a jail takes away.
    Incompatible(&'static str),
    /// mod_fcgid would keep its manager outside, with root's rights.
    FcgidWithSuexec,
    /// mod_unixd did not jail a process as it would have to jail mod_fcgid's manager.
    FcgidOutside,
    /// That could not be tried.
    NoRehearsal(io::Error),
    /// No configuration was read, so nothing is known of a jail.
    NotRead,
    /// httpd was called to signal a running server, and starts one.
    OnlySignals,
}

impl StartFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::NotRoot(_) => 301,
            Self::BadUser { .. } | Self::BadGroup(_) => 302,
            Self::Groups(..) => 303,
            Self::Incompatible(_) => 304,
            Self::FcgidWithSuexec => 305,
            Self::FcgidOutside | Self::NoRehearsal(_) => 309,
            Self::NotRead => 310,
            Self::OnlySignals => 311,
        }
    }
}

impl fmt::Display for StartFault {
    #[allow(clippy::too_many_lines, reason = "a catalogue: one arm a message")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRoot(uid) => write!(
                f,
                "httpd was started with uid {uid}, and only root may enter a jail; start it as \
                 root, or write none"
            ),
            Self::BadUser { name, uid } => write!(
                f,
                "User \"{name}\" is uid {}, and root is not held by a jail; set User to an \
                 ordinary user",
                *uid as i32
            ),
            Self::BadGroup(gid) => {
                write!(
                    f,
                    "Group is gid {}, which is none; set Group to an ordinary group",
                    *gid as i32
                )
            }
            Self::Groups(name, error) => write!(
                f,
                "the groups of User \"{name}\" cannot be looked up: {error}; mend the name \
                 service (getent group)"
            ),
            Self::Incompatible(module) => write!(
                f,
                "{module} is loaded, which keeps the children able to become root and to leave \
                 the jail; unload one of the two"
            ),
            Self::FcgidWithSuexec => write!(
                f,
                "mod_fcgid is loaded and suexec is enabled, so its process manager would stay \
                 outside the jail with root's rights; write \"Suexec Off\", or unload mod_fcgid"
            ),
            Self::FcgidOutside => write!(
                f,
                "mod_fcgid is loaded, and its process manager would stay outside the jail: its way in \
                 failed when it was tried (the message before this one says why; without an \
                 account for User it may be that of mod_unixd); mend that, or unload mod_fcgid"
            ),
            Self::NoRehearsal(error) => write!(
                f,
                "mod_fcgid is loaded, and whether its process manager would be jailed could not \
                 be tried: {error}; mend that, or unload mod_fcgid"
            ),
            Self::NotRead => write!(
                f,
                "mod_chroot has not read the configuration that httpd serves now, so it knows of no jail; \
                 load it with a LoadModule line of the configuration file itself, and report this"
            ),
            Self::OnlySignals => write!(
                f,
                "httpd was called to stop a running server (-k stop or -k graceful-stop), and starts one; \
                 call it with one -k option"
            ),
        }
    }
}
