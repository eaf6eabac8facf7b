//! Takes each measure, and proves that it is in force.

use crate::config::Connect;
use crate::jail::harden::measure::{Measure, MeasureResult};
use crate::jail::harden::{Hardening, HardeningPlan};
use crate::messages::join_list;
use crate::platform;
use crate::platform::{Domain, Filter, MeasureState, Support};
use std::io;
use std::os::fd::BorrowedFd;

/// Means to take measures.
pub(super) struct MeasureInputs<'a> {
    /// The directory that the process is about to enter.
    pub(super) root: BorrowedFd<'a>,
    /// The filter, or why there is none.
    pub(super) filter: Result<&'a Filter, &'a str>,
    /// This process is one of the server's children, not a daemon that starts programs.
    pub(super) serves: bool,
    /// httpd was started under a filter, which may hide calls.
    pub(super) is_filtered: bool,
}

/// Facts about the measures that a process has taken, kept for the proof.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// The number of the session keyring.
    keyring: Option<libc::c_long>,
}

impl HardeningPlan {
    /// Takes one measure from the calling process.
    pub(super) fn apply_measure(
        &self,
        measure: Measure,
        means: &MeasureInputs<'_>,
        evidence: &mut Evidence,
    ) -> MeasureResult {
        to_result(self.try_measure(measure, means, evidence), means.is_filtered)
    }

    /// Loads the filter into the calling process.
    pub(super) fn apply_filter(&self, filter: Result<&Filter, &str>) -> MeasureResult {
        to_result(self.load_filter(filter), false)
    }

    fn load_filter(
        &self,
        filter: Result<&Filter, &str>,
    ) -> io::Result<Support<MeasureState<String>>> {
        match filter {
            Ok(filter) => {
                let done = platform::filter_calls(filter)?;
                Ok(done.map(|()| MeasureState::InForce(self.describe_filter())))
            }
            Err("") => Ok(Support::Unsupported),
            Err(cause) => Err(io::Error::other(cause.to_owned())),
        }
    }

    fn try_measure(
        &self,
        measure: Measure,
        means: &MeasureInputs<'_>,
        evidence: &mut Evidence,
    ) -> io::Result<Support<MeasureState<String>>> {
        let described = |()| MeasureState::InForce(measure.name().to_owned());
        match measure {
            Measure::Tracers => platform::refuse_tracers().map(|done| done.map(described)),
            Measure::Privileges => {
                platform::forbid_new_privileges().map(|done| done.map(described))
            }
            Measure::Bound => {
                let done = platform::limit_capabilities(self.kept_capabilities())?;
                Ok(done.map(|state| state.map(|()| self.describe_bound().to_owned())))
            }
            Measure::Keyring => {
                let mut number = |number| {
                    evidence.keyring = Some(number);
                    measure.name().to_owned()
                };
                Ok(platform::leave_keyring()?.map(|taken| taken.map(&mut number)))
            }
            Measure::Domain => {
                let domain =
                    platform::confine_process(&self.request_domain(means.serves), means.root)?;
                Ok(domain.map(|taken| taken.map(|domain| self.describe_domain(domain))))
            }
            Measure::Filter => self.load_filter(means.filter),
        }
    }

    fn describe_bound(&self) -> &'static str {
        if self.suexec {
            "capability bounding set of setuid and setgid only (suexec)"
        } else {
            Measure::Bound.name()
        }
    }

    fn describe_domain(&self, domain: Domain) -> String {
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
        if domain.bind {
            kept.push("TCP ports to bind");
        }
        let ports = match (&self.connect, domain.connect) {
            (Connect::Only(ports), true) if ports.is_empty() => "; no TCP connections".to_owned(),
            (Connect::Only(ports), true) => {
                let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
                format!("; TCP connections to {} only", join_list(&ports))
            }
            _ => String::new(),
        };
        format!("Landlock domain (ABI {}: {}{ports})", domain.abi, kept.join(", "))
    }

    fn describe_filter(&self) -> String {
        let name = Measure::Filter.name();
        if self.allowed.is_empty() {
            return name.to_owned();
        }
        format!("{name} (allowed: {})", self.allowed.join(", "))
    }
}

/// The answer where a call does not exist, and a filter is in force.
const HIDDEN: &str = "this system has none, or a filter of system calls hides it";

/// `EPERM` is an answer of its own: the system has the facility, and something denies it to root. A call that does not
/// exist (`ENOSYS`) is another one where httpd was started under a filter, which may hide the call.
fn to_result(
    answer: io::Result<Support<MeasureState<String>>>,
    is_filtered: bool,
) -> MeasureResult {
    match answer {
        Ok(Support::Available(MeasureState::InForce(words))) => MeasureResult::InForce(words),
        Ok(Support::Available(MeasureState::NotInForce(found))) => MeasureResult::Lie(found),
        Ok(Support::Unsupported) if is_filtered => MeasureResult::Denied(HIDDEN.to_owned()),
        Ok(Support::Unsupported) => MeasureResult::Not("this system has none".into()),
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => {
            MeasureResult::Denied(error.to_string())
        }
        Err(error) => MeasureResult::Not(error.to_string()),
    }
}

impl Hardening {
    /// Evidence that `measure` is not in force. A domain was tried when it was entered, and no system
    /// call leaves one.
    pub(super) fn find_lapse(&self, measure: Measure, evidence: &Evidence) -> Option<String> {
        match measure {
            Measure::Tracers => is_so(platform::has_refused_tracers(), "the process is dumpable"),
            Measure::Privileges => is_so(platform::has_no_new_privileges(), "the flag is not set"),
            Measure::Bound => match platform::read_capability_bound() {
                Ok(Support::Available(left)) if left & !self.plan.kept_capabilities() != 0 => {
                    Some(format!("{left:#x}"))
                }
                Ok(_) => None,
                Err(error) => Some(error.to_string()),
            },
            Measure::Keyring => self.find_keyring_lapse(evidence),
            Measure::Filter => {
                let filter = self.filter.as_ref()?;
                match platform::find_unrefused_call(filter) {
                    Ok(Support::Available(Some(call))) => Some(format!("{call} is allowed")),
                    Ok(_) => None,
                    Err(error) => Some(error.to_string()),
                }
            }
            Measure::Domain => None,
        }
    }

    /// A filter refuses the question, and with it every use of a keyring.
    fn find_keyring_lapse(&self, evidence: &Evidence) -> Option<String> {
        let own = evidence.keyring?;
        if self.applied().any(|measure| measure == Measure::Filter) {
            return None;
        }
        match platform::read_session_keyring() {
            Ok(is) if is == own => None,
            Ok(is) => Some(format!("the session keyring is {is}, not {own}")),
            Err(error) => Some(error.to_string()),
        }
    }
}

/// A flag that is not set, or cannot be read, is not in force; a system without it has none to set.
fn is_so(answer: io::Result<Support<bool>>, otherwise: &str) -> Option<String> {
    match answer {
        Ok(Support::Available(false)) => Some(otherwise.to_owned()),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}
