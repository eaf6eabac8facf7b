//! Measures that a child takes against itself besides giving up root, so that it cannot use what a
//! chroot leaves open: capabilities of programs that it starts, other processes of its user, keys,
//! sockets, terminals.
//!
//! The measures are tried at start, in a child process that ends at once, and the result is
//! logged. Each real child must then get as much, or it does not serve. A measure that is refused can be
//! done without; one that the system grants and that is not in force afterwards stops the server.
//! Of all this the filter and the file rules of `full` cost a request something: a tenth of a microsecond for each call,
//! and one to two for each file that is opened.
//!
//! Not promised: a wall against the kernel's own faults.

mod apply;
mod measure;

pub(crate) use apply::Evidence;

use crate::config::{Connect, Harden};
use crate::messages::{Advice, HardenFault};
use crate::platform;
use crate::platform::{Attempt, DomainRequest, Filter, FilterRequest, SingleThread, Support};
use apply::MeasureInputs;
use measure::{ALL, Measure, MeasureResult};
use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Time within which the measures are tried.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hardening as the configuration asks for it, and as far as the rest of the server allows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct HardeningPlan {
    /// `ChrootHarden`.
    pub asked: Harden,
    /// Its words `allow:NAME`.
    pub allowed: Vec<String>,
    /// `ChrootConnect`.
    pub connect: Connect,
    /// A module binds TCP ports in children, or the administrator allows it.
    pub binds: bool,
    /// CGI programs are started through suexec, which is a setuid program.
    pub suexec: bool,
    /// mod_cgid is loaded: server children end CGI programs that its daemon has started.
    pub cgid: bool,
    /// A security module gives CGI programs a domain of their own (SELinux).
    pub domains: bool,
    /// `CoreDumpDirectory` is set: mod_unixd makes the children write cores.
    pub cores: bool,
}

/// A plan that was tried.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hardening {
    plan: HardeningPlan,
    tried: Vec<(Measure, MeasureResult)>,
    filter: Option<Filter>,
    /// This process is one of the server's children, not a daemon that starts programs.
    pub serves: bool,
}

/// `CAP_SETGID` and `CAP_SETUID`: what suexec needs to become another user.
const SUEXEC: u64 = 1 << 6 | 1 << 7;

impl HardeningPlan {
    fn measures(&self) -> impl Iterator<Item = Measure> {
        ALL.into_iter().filter(|measure| match (self.asked, measure) {
            (Harden::Off, _) => false,
            (_, Measure::Tracers) => !self.cores,
            (_, Measure::Privileges) => !self.suexec && !self.domains,
            _ => true,
        })
    }

    /// Measures that are not tried, each with the reason.
    fn left_out(&self) -> impl Iterator<Item = String> {
        let reasons = [
            (self.suexec, Measure::Privileges, "suexec is in use"),
            (self.domains, Measure::Privileges, "SELinux gives programs their domains"),
            (self.cores, Measure::Tracers, "CoreDumpDirectory is set"),
        ];
        let holds = reasons.into_iter().filter(|(holds, ..)| *holds);
        holds.map(|(_, measure, cause)| format!("{} ({cause})", measure.name()))
    }

    fn kept_capabilities(&self) -> u64 {
        if self.suexec { SUEXEC } else { 0 }
    }

    /// Server children must be able to signal what mod_cgid's daemon has started.
    fn request_domain(&self, serves: bool) -> DomainRequest {
        DomainRequest {
            signals: !(self.cgid && serves),
            sockets: true,
            files: self.asked == Harden::Full,
            connect: self.connect.ports(),
            bind: !self.binds,
        }
    }

    fn request_filter(&self) -> FilterRequest {
        let guards_connections = self.connect != Connect::Any;
        FilterRequest { allowed: self.allowed.clone(), guards_connections }
    }

    /// Tries everything in a child process.
    ///
    /// # Errors
    /// Returns an error if there is no such child, if a measure is granted and not in force, or, with `full`, if one
    /// is not granted.
    pub(crate) fn tried(
        self,
        alone: SingleThread,
        root: BorrowedFd<'_>,
    ) -> Result<Hardening, HardenFault> {
        let measures: Vec<_> = self.measures().collect();
        let filter = self.make_filter();
        let made = filter.as_ref().map_err(String::as_str);
        // Asked before the trial: a domain with file rules hides procfs.
        let is_filtered = matches!(platform::is_filtered(), Ok(Support::Available(true)));
        let means = MeasureInputs { root, filter: made, serves: false, is_filtered };
        let answers = Attempt::new(alone, PATIENCE).keep_open(root).read_answer(|| {
            let mut evidence = Evidence::default();
            let answers =
                measures.iter().map(|&it| self.apply_measure(it, &means, &mut evidence).to_line());
            answers.collect::<Vec<_>>().join("\n").into_bytes()
        });
        let answers = String::from_utf8(answers.map_err(HardenFault::Untried)?)
            .map_err(|error| HardenFault::Untried(io::Error::other(error)))?;
        let answers: Vec<_> = answers.lines().map(MeasureResult::from_line).collect();
        if answers.len() != measures.len() {
            return Err(HardenFault::Untried(io::Error::other("it has not tried everything")));
        }
        for (measure, answer) in measures.iter().zip(&answers) {
            self.check_answer(*measure, answer)?;
        }
        let tried = measures.into_iter().zip(answers).collect();
        Ok(Hardening { plan: self, tried, filter: filter.ok(), serves: false })
    }

    /// Refuses a lie, and the lack of a measure that the configuration requires.
    fn check_answer(&self, measure: Measure, answer: &MeasureResult) -> Result<(), HardenFault> {
        let (cause, line) = match answer {
            MeasureResult::InForce(_) => return Ok(()),
            MeasureResult::Lie(found) => {
                return Err(HardenFault::Undone(measure.name(), found.clone()));
            }
            MeasureResult::Denied(cause) => (cause.clone(), measure.unit_line()),
            MeasureResult::Not(cause) => (cause.clone(), ""),
        };
        if self.guards_connections_by(measure) {
            return Err(HardenFault::NoConnectRules(measure.name(), cause, line));
        }
        if self.asked == Harden::Full {
            return Err(HardenFault::Missing(measure.name(), cause, line));
        }
        Ok(())
    }

    /// Without the filter, other protocols would pass by the rules about TCP ports.
    fn guards_connections_by(&self, measure: Measure) -> bool {
        self.connect != Connect::Any && matches!(measure, Measure::Domain | Measure::Filter)
    }

    /// The filter, or the reason why there is none; no words if the system has no such thing.
    fn make_filter(&self) -> Result<Filter, String> {
        match platform::make_filter(&self.request_filter()) {
            Ok(Support::Available(filter)) => Ok(filter),
            Ok(Support::Unsupported) => Err(String::new()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Hardening {
    /// Measures that were in force in the trial.
    fn applied(&self) -> impl Iterator<Item = Measure> {
        let applied = self.tried.iter().filter(|(_, answer)| answer.missing().is_none());
        applied.map(|(measure, _)| *measure)
    }

    /// Applies to the calling process, which is root and outside still, the measures that worked in the trial, except
    /// the filter; `root` is the directory that it is about to enter.
    ///
    /// # Errors
    /// Returns an error if one of them fails or is not in force: the process must end.
    pub(crate) fn apply_outside(&self, root: BorrowedFd<'_>) -> Result<Evidence, HardenFault> {
        let (filter, serves) = (self.borrow_filter(), self.serves);
        let means = MeasureInputs { root, filter, serves, is_filtered: false };
        let mut evidence = Evidence::default();
        for measure in self.applied().filter(|measure| *measure != Measure::Filter) {
            require(measure, self.plan.apply_measure(measure, &means, &mut evidence))?;
        }
        Ok(evidence)
    }

    /// Applies the filter to the calling process, which is root still, and inside: the filter refuses the calls by
    /// which it entered.
    ///
    /// # Errors
    /// Returns an error as [`Self::apply_outside`] does.
    pub(crate) fn apply_inside(&self) -> Result<(), HardenFault> {
        if self.applied().all(|measure| measure != Measure::Filter) {
            return Ok(());
        }
        require(Measure::Filter, self.plan.apply_filter(self.borrow_filter()))
    }

    fn borrow_filter(&self) -> Result<&Filter, &'static str> {
        self.filter.as_ref().ok_or("")
    }

    /// Takes once more what a change of the user undoes.
    ///
    /// # Errors
    /// Returns an error if it cannot be applied any more: the process must end.
    pub(crate) fn reapply_measures(&self) -> Result<(), HardenFault> {
        if self.applied().any(|measure| measure == Measure::Tracers) {
            platform::refuse_tracers()
                .map_err(|error| HardenFault::Lost(Measure::Tracers.name(), error.to_string()))?;
        }
        Ok(())
    }

    /// Asks the system whether what was taken is gone, or tries it.
    ///
    /// # Errors
    /// Returns an error if it is not in force: the process must end.
    pub(crate) fn prove(&self, evidence: &Evidence) -> Result<(), HardenFault> {
        for measure in self.applied() {
            if let Some(found) = self.find_lapse(measure, evidence) {
                return Err(HardenFault::Undone(measure.name(), found));
            }
        }
        Ok(())
    }

    /// Whether a process cannot trace those of its user outside.
    pub(crate) fn keeps_tracing_in(&self) -> bool {
        self.applied().any(|measure| measure == Measure::Domain)
    }

    /// Descriptions of the measures in force.
    pub(crate) fn in_force(&self) -> Vec<String> {
        let words = self.tried.iter().filter(|(_, answer)| answer.missing().is_none());
        words.map(|(_, answer)| answer.words().to_owned()).collect()
    }

    /// Measures that are requested and not in force, each with the reason.
    pub(crate) fn absent(&self) -> Vec<String> {
        let absent = |(measure, answer): &(Measure, MeasureResult)| {
            Some(format!("{} ({})", measure.name(), answer.missing()?))
        };
        let left_out = self.plan.left_out().filter(|_| self.plan.asked != Harden::Off);
        self.tried.iter().filter_map(absent).chain(left_out).collect()
    }

    /// The notice for the log.
    pub(crate) fn notice(&self) -> Advice {
        let (in_force, not) = (self.in_force(), self.absent());
        let denied = self.tried.iter().filter_map(|(measure, answer)| match answer {
            MeasureResult::Denied(_) => Some(measure.unit_line()),
            _ => None,
        });
        Advice::Hardened {
            asked: self.plan.asked.word(),
            in_force,
            not,
            denied: denied.filter(|line| !line.is_empty()).collect(),
        }
    }
}

/// A measure that worked in the trial has to work now.
fn require(measure: Measure, result: MeasureResult) -> Result<(), HardenFault> {
    match result {
        MeasureResult::InForce(_) => Ok(()),
        MeasureResult::Not(cause) | MeasureResult::Denied(cause) => {
            Err(HardenFault::Lost(measure.name(), cause))
        }
        MeasureResult::Lie(found) => Err(HardenFault::Undone(measure.name(), found)),
    }
}

#[cfg(test)]
mod tests;
