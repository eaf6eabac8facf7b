//! Faults of the start: the user, the modules, the way in which httpd was called.

use crate::messages::{MessageText, Text};
use std::io;

/// A reason against a start.
#[derive(Debug)]
pub(crate) enum StartFault {
    /// Only root may chroot.
    NotRoot(u32),
    /// The children would run as root, or `User` is not set.
    BadUser {
        /// `User` as configured.
        name: String,
        /// Its uid.
        uid: u32,
    },
    /// `Group` is not set.
    BadGroup(u32),
    /// The groups of the user cannot be looked up.
    Groups(String, io::Error),
    /// A loaded module needs rights that a jail takes away.
    Incompatible(&'static str),
    /// mod_fcgid would keep its manager outside, with root's rights.
    FcgidWithSuexec,
    /// mod_unixd did not jail a process as it would have to jail mod_fcgid's manager.
    FcgidOutside,
    /// It could not be tried.
    NoRehearsal(io::Error),
    /// The configuration was not read, so it is unknown whether there is a jail.
    NotRead,
    /// httpd was called to signal a running server, and starts one.
    OnlySignals,
    /// A filter of system calls around httpd ends a process that makes this call.
    CallEnds(String),
}

impl MessageText for StartFault {
    fn id(&self) -> u16 {
        match self {
            Self::NotRoot(_) => 301,
            Self::BadUser { .. } | Self::BadGroup(_) => 302,
            Self::Groups(..) => 303,
            Self::Incompatible(_) => 304,
            Self::FcgidWithSuexec => 305,
            Self::FcgidOutside | Self::NoRehearsal(_) => 309,
            Self::NotRead => 310,
            Self::OnlySignals => 311,
            Self::CallEnds(_) => 980,
        }
    }

    #[allow(clippy::too_many_lines, reason = "a catalogue: one arm a message")]
    fn text(&self) -> Text {
        match self {
            Self::NotRoot(uid) => Text::new(
                format!("httpd was started with uid {uid}, and only root may enter a jail"),
                "start it as root, or set \"ChrootDir none\"",
            ),
            Self::BadUser { name, uid } => Text::new(
                format!("User \"{name}\" is uid {}, and a jail does not hold root", *uid as i32),
                "set User to an ordinary user",
            ),
            Self::BadGroup(gid) => Text::new(
                format!("Group is gid {}, which is none", *gid as i32),
                "set Group to an ordinary group",
            ),
            Self::Groups(name, error) => Text::new(
                format!("the groups of User \"{name}\" cannot be looked up: {error}"),
                "run getent group, and repair the name service",
            ),
            Self::Incompatible(module) => Text::new(
                format!(
                    "{module} is loaded, which keeps the children able to become root and to leave the \
                     jail"
                ),
                "unload that module, or mod_chroot",
            ),
            Self::FcgidWithSuexec => Text::new(
                "mod_fcgid is loaded and suexec is enabled, so its process manager would stay outside \
                 the jail with root's rights",
                "set \"Suexec Off\", or unload mod_fcgid",
            ),
            Self::FcgidOutside => Text::new(
                "mod_fcgid is loaded, and its process manager would stay outside the jail: its entry \
                 failed in a trial (the message before this one has the reason; without an account for \
                 User it may be that of mod_unixd)",
                "remove the reason, or unload mod_fcgid",
            ),
            Self::NoRehearsal(error) => Text::new(
                format!(
                    "mod_fcgid is loaded, and the entry of its process manager could not be tried: \
                     {error}"
                ),
                "raise the limit of processes, or unload mod_fcgid",
            ),
            Self::NotRead => Text::new(
                "mod_chroot has not read the configuration that httpd serves now, so it knows of no jail",
                "load it with a LoadModule line of the configuration file itself, and report this",
            ),
            Self::OnlySignals => Text::new(
                "httpd was called to stop a running server (-k stop or -k graceful-stop), and starts one",
                "call it with one -k option",
            ),
            Self::CallEnds(call) => Text::new(
                format!(
                    "httpd runs under a filter of system calls that ends each process that calls {call} \
                     (SIGSYS; SystemCallFilter= of the service's unit without SystemCallErrorNumber=)"
                ),
                "run systemctl edit apache2, and add \"SystemCallErrorNumber=EPERM\" and, if SystemCallFilter= does \
                 not allow it, \"SystemCallFilter=@mount seccomp keyctl landlock_create_ruleset landlock_add_rule \
                 landlock_restrict_self\" (docs/platforms.md#systemd)",
            ),
        }
    }
}

/// A panic of the module, with its text.
#[derive(Debug)]
pub(crate) struct PanicFault(pub String);

impl MessageText for PanicFault {
    fn id(&self) -> u16 {
        match self {
            Self(_) => 599,
        }
    }

    fn text(&self) -> Text {
        Text::new(
            format!("the module has a bug, and refuses to serve ({})", self.0),
            "please report it",
        )
    }
}
