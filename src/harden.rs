#![forbid(unsafe_code)]
//! What is taken from a child besides root, so that it cannot use what a chroot leaves within
//! reach: capabilities of programs that it starts, other processes of its user, keys, sockets.
//!
//! What the system grants is tried at start, in a child process that ends at once, and said in the
//! log. Each real child must then get as much, or it does not serve. Nothing here costs a request
//! anything, but for the file rules of `full`.
//!
//! Not promised: a wall against the kernel's own faults.

use crate::fault::{Advice, HardenFault};
use crate::platform::{self, Domain, Presence, Wanted};
use crate::settings::Harden;
use std::io;
use std::os::fd::BorrowedFd;

/// What the configuration asks for, and what of the server stands against some of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Plan {
    /// What is asked for.
    pub asked: Harden,
    /// CGI programs are started through suexec, which is a setuid program.
    pub suexec: bool,
    /// mod_cgid is loaded: server children end CGI programs that its daemon has started.
    pub cgid: bool,
    /// A security module gives CGI programs a domain of their own (SELinux).
    pub domains: bool,
    /// `CoreDumpDirectory` is set: mod_unixd makes the children write cores.
    pub cores: bool,
}

/// One measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Tracers,
    Privileges,
    Bound,
    Keyring,
    Domain,
}

/// In the order in which they are taken: a domain needs root or no new privileges, the bounding set
/// needs a capability, and all of it comes before root is given up.
const ALL: [Measure; 5] =
    [Measure::Tracers, Measure::Privileges, Measure::Bound, Measure::Keyring, Measure::Domain];

/// What the system said to a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// It is in force, told in words.
    InForce(String),
    /// It is not, told in words.
    Not(String),
}

/// A plan that was tried.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hardening {
    plan: Plan,
    tried: Vec<(Measure, Answer)>,
    /// This process is one of the server's children, not a daemon that starts programs.
    pub serves: bool,
}

/// `CAP_SETGID` and `CAP_SETUID`: what suexec needs to become another user.
const SUEXEC: u64 = 1 << 6 | 1 << 7;

impl Plan {
    fn measures(self) -> impl Iterator<Item = Measure> {
        ALL.into_iter().filter(move |measure| match (self.asked, measure) {
            (Harden::Off, _) => false,
            (_, Measure::Tracers) => !self.cores,
            (_, Measure::Privileges) => !self.suexec && !self.domains,
            _ => true,
        })
    }

    /// What is not even tried, and why.
    fn left_out(self) -> impl Iterator<Item = String> {
        let reasons = [
            (self.suexec, Measure::Privileges, "suexec is in use"),
            (self.domains, Measure::Privileges, "SELinux gives programs their domains"),
            (self.cores, Measure::Tracers, "CoreDumpDirectory is set"),
        ];
        let holds = reasons.into_iter().filter(|(holds, ..)| *holds);
        holds.map(|(_, measure, why)| format!("{} ({why})", measure.name()))
    }

    fn kept_capabilities(self) -> u64 {
        if self.suexec { SUEXEC } else { 0 }
    }

    /// Server children must be able to signal what mod_cgid's daemon has started.
    fn wanted(self, serves: bool) -> Wanted {
        Wanted { signals: !(self.cgid && serves), sockets: true, files: self.asked == Harden::Full }
    }

    /// Tries everything in a child process.
    ///
    /// # Errors
    /// There is no such child; with `full`, something is not to be had.
    pub(crate) fn tried(self, root: BorrowedFd<'_>) -> Result<Hardening, HardenFault> {
        let measures: Vec<_> = self.measures().collect();
        let answers = platform::in_a_child(|| {
            let told = measures.iter().map(|&measure| self.take(measure, false, root).told());
            told.collect::<Vec<_>>().join("\n").into_bytes()
        });
        let answers = String::from_utf8(answers.map_err(HardenFault::Untried)?)
            .map_err(|error| HardenFault::Untried(io::Error::other(error)))?;
        let answers = answers.lines().map(Answer::heard);
        let tried: Vec<_> = measures.iter().copied().zip(answers).collect();
        match tried.iter().find_map(|(measure, answer)| Some((measure, answer.missing()?))) {
            Some((measure, why)) if self.asked == Harden::Full => {
                Err(HardenFault::Missing(measure.name(), why.to_owned()))
            }
            _ => Ok(Hardening { plan: self, tried, serves: false }),
        }
    }

    fn take(self, measure: Measure, serves: bool, root: BorrowedFd<'_>) -> Answer {
        let done = |words: &str| Presence::Present(words.to_owned());
        let as_words = |presence, words| match presence {
            Presence::Present(()) => done(words),
            Presence::Absent => Presence::Absent,
        };
        let words = match measure {
            Measure::Tracers => platform::refuse_tracers().map(|it| as_words(it, measure.name())),
            Measure::Privileges => {
                platform::forbid_new_privileges().map(|it| as_words(it, measure.name()))
            }
            Measure::Bound => platform::bound_capabilities(self.kept_capabilities())
                .map(|it| as_words(it, self.bound_in_words())),
            Measure::Keyring => platform::leave_keyring().map(|it| as_words(it, measure.name())),
            Measure::Domain => platform::confine(self.wanted(serves), root).map(|it| match it {
                Presence::Present(domain) => done(&self.in_words(domain)),
                Presence::Absent => Presence::Absent,
            }),
        };
        match words {
            Ok(Presence::Present(words)) => Answer::InForce(words),
            Ok(Presence::Absent) => Answer::Not("this system has none".into()),
            Err(error) => Answer::Not(error.to_string()),
        }
    }

    fn bound_in_words(self) -> &'static str {
        if self.suexec {
            "capability bounding set of setuid and setgid only (suexec)"
        } else {
            Measure::Bound.name()
        }
    }

    fn in_words(self, domain: Domain) -> String {
        let mut kept = vec!["tracing"];
        match (domain.signals, self.cgid) {
            (true, false) => kept.push("signals"),
            // Server children end CGI programs of mod_cgid's daemon, which has a domain of its own.
            (true, true) => kept.push("signals of mod_cgid's daemon and its programs"),
            (false, _) => {}
        }
        if domain.sockets {
            kept.push("abstract sockets");
        }
        if domain.files {
            kept.push("files");
        }
        format!("Landlock domain (ABI {}: {})", domain.abi, kept.join(", "))
    }
}

impl Hardening {
    /// Takes from the calling process, which is root and outside still, everything that the trial could
    /// take; `root` is what it is about to enter.
    ///
    /// # Errors
    /// A measure that worked in the trial, and does not now: the process must end.
    pub(crate) fn take(&self, root: BorrowedFd<'_>) -> Result<(), HardenFault> {
        for (measure, _) in self.tried.iter().filter(|(_, answer)| answer.missing().is_none()) {
            if let Answer::Not(why) = self.plan.take(*measure, self.serves, root) {
                return Err(HardenFault::Lost(measure.name(), why));
            }
        }
        Ok(())
    }

    /// Asks the system whether what was taken is gone, where the system can be asked.
    ///
    /// # Errors
    /// It is not: the process must end.
    pub(crate) fn prove(&self) -> Result<(), HardenFault> {
        for (measure, _) in self.tried.iter().filter(|(_, answer)| answer.missing().is_none()) {
            if let Some(found) = self.undone(*measure) {
                return Err(HardenFault::Undone(measure.name(), found));
            }
        }
        Ok(())
    }

    fn undone(&self, measure: Measure) -> Option<String> {
        let kept = self.plan.kept_capabilities();
        match measure {
            Measure::Privileges => match platform::new_privileges_forbidden() {
                Ok(Presence::Present(false)) => Some("the flag is not set".into()),
                Ok(_) => None,
                Err(error) => Some(error.to_string()),
            },
            Measure::Bound => match platform::capability_bound() {
                Ok(Presence::Present(left)) if left & !kept != 0 => Some(format!("{left:#x}")),
                Ok(_) => None,
                Err(error) => Some(error.to_string()),
            },
            Measure::Tracers | Measure::Keyring | Measure::Domain => None,
        }
    }

    /// Whether a process cannot trace those of its user outside.
    pub(crate) fn keeps_tracing_in(&self) -> bool {
        self.tried
            .iter()
            .any(|(measure, answer)| *measure == Measure::Domain && answer.missing().is_none())
    }

    /// What is in force, in words.
    pub(crate) fn in_force(&self) -> Vec<String> {
        let words = self.tried.iter().filter(|(_, answer)| answer.missing().is_none());
        words.map(|(_, answer)| answer.words().to_owned()).collect()
    }

    /// What is not although it was asked for, and why.
    pub(crate) fn absent(&self) -> Vec<String> {
        let absent = |(measure, answer): &(Measure, Answer)| {
            Some(format!("{} ({})", measure.name(), answer.missing()?))
        };
        let left_out = self.plan.left_out().filter(|_| self.plan.asked != Harden::Off);
        self.tried.iter().filter_map(absent).chain(left_out).collect()
    }

    /// What is in force, for the log.
    pub(crate) fn notice(&self) -> Advice {
        let (in_force, not) = (self.in_force(), self.absent());
        Advice::Hardened { asked: self.plan.asked, in_force, not }
    }
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Self::Tracers => "refusal of tracers",
            Self::Privileges => "no_new_privs",
            Self::Bound => "empty capability bounding set",
            Self::Keyring => "session keyring of its own",
            Self::Domain => "Landlock domain",
        }
    }
}

impl Answer {
    fn words(&self) -> &str {
        let (Self::InForce(words) | Self::Not(words)) = self;
        words
    }

    fn missing(&self) -> Option<&str> {
        match self {
            Self::InForce(_) => None,
            Self::Not(why) => Some(why),
        }
    }

    /// One line, for the way out of the trial.
    fn told(&self) -> String {
        match self {
            Self::InForce(words) => format!("+{words}"),
            Self::Not(why) => format!("-{why}"),
        }
    }

    fn heard(line: &str) -> Self {
        match line.strip_prefix('+') {
            Some(words) => Self::InForce(words.to_owned()),
            None => Self::Not(line.strip_prefix('-').unwrap_or(line).to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
