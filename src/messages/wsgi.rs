//! Faults of mod_wsgi's daemons.

use crate::messages::{Fault, MessageText, Text, escape};
use std::io;

/// Reasons that keep a daemon from entering.
#[derive(Debug)]
pub(crate) enum WsgiFault {
    /// A release of mod_wsgi that is not known: the call that it does not make.
    Unknown(String),
    /// Its calls cannot be redirected.
    Untaken(io::Error),
    /// `chroot=` of a daemon is not the jail.
    Root(String),
    /// An account cannot be looked up.
    Account(String, io::Error),
    /// A daemon could not enter when that was tried: its uid.
    Refused(u32),
    /// It could not be tried.
    Untried(io::Error),
    /// A daemon asks for this account, which no directive names.
    Stranger(String),
    /// A daemon continues without having entered.
    Passed,
}

impl WsgiFault {
    /// The fault of mod_wsgi as a whole, not of one group of daemons.
    pub(crate) fn for_module(self) -> Fault {
        Fault::for_directive("LoadModule", "mod_wsgi", self)
    }
}

impl MessageText for WsgiFault {
    fn id(&self) -> u16 {
        match self {
            Self::Unknown(_) | Self::Untaken(_) => 315,
            Self::Root(_) => 316,
            Self::Account(..) | Self::Refused(_) | Self::Untried(_) => 317,
            Self::Stranger(_) | Self::Passed => 318,
        }
    }

    fn text(&self) -> Text {
        const ELSE: &str = "remove WSGIDaemonProcess, or add \"ChrootAllowOutside mod_wsgi\"";
        match self {
            Self::Unknown(call) => Text::new(
                format!(
                    "its daemons cannot be made to enter the jail, for it makes no call of {call} that \
                     can be redirected"
                ),
                ELSE,
            ),
            Self::Untaken(error) => {
                Text::new(format!("its daemons cannot be made to enter the jail: {error}"), ELSE)
            }
            Self::Root(root) => Text::new(
                format!(
                    "chroot={} is not the jail, and mod_wsgi would look up groups in it as root",
                    escape::escape_line(root)
                ),
                "remove chroot=, the daemon enters the jail without it",
            ),
            Self::Passed => Text::new(
                "a daemon of this mod_wsgi does not give up root in a way that is known, and is ended",
                format!("{ELSE}, and report this"),
            ),
            _ => self.account_text(),
        }
    }
}

impl WsgiFault {
    /// Words about a daemon of a certain account.
    fn account_text(&self) -> Text {
        match self {
            Self::Account(name, error) => Text::new(
                format!(
                    "the account \"{}\" cannot be looked up: {error}",
                    escape::escape_line(name)
                ),
                "correct user= or group=",
            ),
            Self::Refused(uid) => Text::new(
                format!("the daemon could not enter the jail as uid {uid} when that was tried"),
                "follow the advice of the message before this one",
            ),
            Self::Untried(error) => Text::new(
                format!("the entry of the daemon could not be tried: {error}"),
                "raise the limit of processes or of memory",
            ),
            Self::Stranger(who) => Text::new(
                format!(
                    "a daemon is to become {}, which no WSGIDaemonProcess and no User names, and is ended",
                    escape::escape_line(who)
                ),
                "move the directive to a configuration file",
            ),
            _ => Text::without_fix(""),
        }
    }
}
