//! The measures, and the system's answer to each.

/// One measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Tracers,
    Privileges,
    Bound,
    Keyring,
    Domain,
    Filter,
}

/// In the order in which they are applied: a domain and a filter need root or no new privileges, the
/// bounding set needs a capability, the filter refuses calls that the others and the entry need, and all of it comes
/// before root is given up.
pub(super) const ALL: [Measure; 6] = [
    Measure::Tracers,
    Measure::Privileges,
    Measure::Bound,
    Measure::Keyring,
    Measure::Domain,
    Measure::Filter,
];

/// The answer of the system to a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MeasureResult {
    /// It is in force, described in words.
    InForce(String),
    /// It is not, and why.
    Not(String),
    /// It is not, because something denies it to root, or hides it: a filter of system calls, a missing capability.
    Denied(String),
    /// It said that it is, and it is not: what was found.
    Lie(String),
}

impl Measure {
    /// As the log names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tracers => "refusal of tracers",
            Self::Privileges => "no_new_privs",
            Self::Bound => "empty capability bounding set",
            Self::Keyring => "session keyring of its own",
            Self::Domain => "Landlock domain",
            Self::Filter => "system call filter",
        }
    }

    /// The line of a service's unit that allows it, if a unit can deny it.
    pub(super) fn unit_line(self) -> &'static str {
        match self {
            // Units that deny `prctl` start no program.
            Self::Tracers | Self::Privileges => "",
            Self::Bound => "CapabilityBoundingSet=CAP_SETPCAP",
            Self::Keyring => "SystemCallFilter=keyctl",
            Self::Domain => {
                "SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self"
            }
            Self::Filter => "SystemCallFilter=seccomp",
        }
    }
}

impl MeasureResult {
    /// Its words.
    pub(super) fn words(&self) -> &str {
        let (Self::InForce(words) | Self::Not(words) | Self::Denied(words) | Self::Lie(words)) =
            self;
        words
    }

    /// Why it is not in force, if it is not.
    pub(super) fn missing(&self) -> Option<&str> {
        match self {
            Self::InForce(_) => None,
            Self::Not(cause) | Self::Denied(cause) | Self::Lie(cause) => Some(cause),
        }
    }

    /// One line, for the pipe of the trial.
    pub(super) fn to_line(&self) -> String {
        match self {
            Self::InForce(words) => format!("+{words}"),
            Self::Not(cause) => format!("-{cause}"),
            Self::Denied(cause) => format!("~{cause}"),
            Self::Lie(found) => format!("!{found}"),
        }
    }

    /// A line that says nothing else says that the measure is missing.
    pub(super) fn from_line(line: &str) -> Self {
        match line.split_at_checked(1) {
            Some(("+", words)) => Self::InForce(words.to_owned()),
            Some(("!", found)) => Self::Lie(found.to_owned()),
            Some(("~", cause)) => Self::Denied(cause.to_owned()),
            Some(("-", cause)) => Self::Not(cause.to_owned()),
            _ => Self::Not(line.to_owned()),
        }
    }
}
