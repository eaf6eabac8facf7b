//! Faults of mod_wsgi's daemons.

use super::Fault;
use crate::messages::escape;
use std::fmt;
use std::io;

/// Reasons that keep a daemon from entering.
#[derive(Debug)]
pub(crate) enum WsgiFault {
    /// A release of mod_wsgi that is not known: what it does not call.
    Unknown(String),
    /// Its calls cannot be redirected.
    Untaken(io::Error),
    /// `chroot=` of a daemon is not the jail.
    Root(String),
    /// An account cannot be looked up.
    Account(String, io::Error),
    /// A daemon could not enter when that was tried: its uid.
    Refused(u32),
    /// That could not be tried.
    Untried(io::Error),
    /// A daemon asks for an account that no directive names: what it asks for.
    Stranger(String),
    /// A daemon goes on without having entered.
    Passed,
}

impl WsgiFault {
    /// The fault of mod_wsgi as a whole, not of one group of daemons.
    pub(crate) fn of_module(self) -> Fault {
        Fault::of("LoadModule", "mod_wsgi", self)
    }
}

impl WsgiFault {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Unknown(_) | Self::Untaken(_) => 315,
            Self::Root(_) => 316,
            Self::Account(..) | Self::Refused(_) | Self::Untried(_) => 317,
            Self::Stranger(_) | Self::Passed => 318,
        }
    }

    fn of_trial(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(name, error) => write!(
                f,
                "the account \"{}\" cannot be looked up: {error}; correct user= or group=",
                escape::line(name)
            ),
            Self::Refused(uid) => write!(
                f,
                "the daemon could not enter the jail as uid {uid} when that was tried; the message \
                 before this one says why"
            ),
            Self::Untried(error) => write!(
                f,
                "whether the daemon can enter the jail could not be tried: {error}; raise the limit of \
                 processes or of memory"
            ),
            Self::Stranger(who) => write!(
                f,
                "a daemon is to become {}, which no WSGIDaemonProcess and no User names, and is ended; move \
                 the directive to a configuration file",
                escape::line(who)
            ),
            _ => write!(
                f,
                "a daemon of this mod_wsgi does not give up root in a way that is known, and is ended; \
                 remove WSGIDaemonProcess, or add \"ChrootAllowOutside mod_wsgi\", and report this"
            ),
        }
    }
}

impl fmt::Display for WsgiFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ELSE: &str = "remove WSGIDaemonProcess, or add \"ChrootAllowOutside mod_wsgi\"";
        match self {
            Self::Unknown(call) => write!(
                f,
                "its daemons cannot be made to enter the jail, for it makes no call of {call} that can \
                 be redirected; {ELSE}"
            ),
            Self::Untaken(error) => {
                write!(f, "its daemons cannot be made to enter the jail: {error}; {ELSE}")
            }
            Self::Root(root) => write!(
                f,
                "chroot={} is not the jail, and mod_wsgi would look up groups in it as root; remove \
                 chroot=, the daemon enters the jail without it",
                escape::line(root)
            ),
            _ => self.of_trial(f),
        }
    }
}
