//! When what the configuration needs is tried from inside, and who hears of it.
//!
//! At configtest and before the logs are open, on the terminal: in the jail as it will be. At start and
//! at each restart, in the log: in the very jail that the children will enter.

use crate::config::other_directives::BaseDirs;
use crate::config::set_catalogue::RESOLV_CONF;
use crate::config::{Preflight, ProvideItem};
use crate::httpd::pass::Pass;
use crate::httpd::server::Server;
use crate::httpd::{log, server};
use crate::lifecycle::state::State;
use crate::lifecycle::{hints, probe_paths};
use crate::messages::{Failure, Fault, PreflightFault, PreflightFinding, PreflightNotice, Remark};
use crate::platform::{Attempt, AttemptEnd, AttemptOutput, SingleThread};
use crate::preflight;
use crate::preflight::{
    FailedRequirement, HostAnswers, HostProvider, JudgedFailure, KnownIssue, PhpKind, PlannedFiles,
    Provider, ReportingHost, Requirement, RuleInput, SearchDepth, TrialEvent, VerdictInput,
};
use crate::trust::trusted::Judge;
use crate::view::{FixedRoot, HostPathMode, ProvideOutcome, Provided};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time that a trial may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Failures of a trial, and issues that are known without one.
pub(crate) struct Judgement {
    /// Failures for which the jail is the cause.
    pub failures: Vec<JudgedFailure>,
    /// Known issues.
    pub known: Vec<KnownIssue>,
    /// Number of the requirements that were tried.
    pub count: usize,
}

/// Claims that are tried in one jail.
pub(crate) struct Trial {
    mode: HostPathMode,
    at: PathBuf,
    /// The descriptor by which it enters.
    entrance: RawFd,
    host: HostProvider,
    prospect: PlannedFiles,
    /// Files that were left out, and that no further word would provide.
    remarks: Vec<Remark>,
    /// Paths that words of `ChrootProvide` name.
    provided: Vec<PathBuf>,
}

impl Trial {
    /// A trial in a jail in which nothing is written yet.
    pub(crate) fn before_writing(fixed: &FixedRoot, pass: Pass) -> Self {
        let copies = fixed.provided.iter().filter(|_| fixed.mode != HostPathMode::View);
        let copies = copies.filter(|shown| shown.outcome != ProvideOutcome::JailsOwn);
        let copies =
            copies.map(|shown| (shown.path.clone(), shown.outcome == ProvideOutcome::Made));
        let copies: BTreeMap<_, _> = copies.collect();
        // The file of the name servers is not copied yet; at start names are looked up after that.
        let will_know = copies.contains_key(Path::new(RESOLV_CONF));
        let prospect = PlannedFiles {
            links: fixed.links.clone(),
            copies,
            look_up: !will_know,
            in_thread: server::is_threaded(),
            path: std::env::var_os("PATH"),
            in_view: fixed.mode == HostPathMode::View,
            depth: choose_depth(pass),
        };
        Self::new(fixed, prospect)
    }

    /// A trial in the jail as it is. A restart does not wait for name servers.
    pub(crate) fn after_writing(fixed: &FixedRoot, pass: Pass) -> Self {
        let prospect = PlannedFiles {
            look_up: pass != Pass::Restart,
            in_thread: server::is_threaded(),
            path: std::env::var_os("PATH"),
            in_view: fixed.mode == HostPathMode::View,
            depth: choose_depth(pass),
            ..PlannedFiles::default()
        };
        Self::new(fixed, prospect)
    }

    fn new(fixed: &FixedRoot, prospect: PlannedFiles) -> Self {
        let (at, entrance) = (fixed.jail.at().to_owned(), fixed.jail.entrance().as_raw_fd());
        let host = HostProvider {
            judge: Judge::outside(&fixed.jail),
            in_view: fixed.mode == HostPathMode::View,
        };
        let remarks = fixed.remarks.clone();
        let named = |shown: &Provided| matches!(shown.origin, ProvideItem::Path { .. });
        let provided = fixed.provided.iter().filter(|shown| named(shown));
        let provided = provided.map(|shown| shown.path.clone()).collect();
        Self { mode: fixed.mode, at, entrance, host, prospect, remarks, provided }
    }

    /// Lets a process `enter` and try, and logs the failures. Returns the messages.
    ///
    /// # Errors
    /// Returns an error if it was not let in, as no child would be. Under `strict` also if requests would fail, or nothing
    /// could be tried.
    pub(crate) fn run(
        &self,
        server: Server,
        state: &State,
        enter: impl FnOnce() -> Result<(), Fault>,
    ) -> Result<Vec<String>, Fault> {
        if state.settings.preflight == Preflight::Off {
            return Ok(Vec::new());
        }
        let Judgement { failures, known, count } = self.judge(server, state, enter)?;
        let found = preflight::build_findings(&failures, &known);
        log_findings(server, state.settings.preflight, count, &found)
    }

    /// Links and copies that a start would make; nothing else is tried with them.
    pub(super) fn into_planned(self) -> PlannedFiles {
        let (look_up, depth) = (false, SearchDepth::Nothing);
        PlannedFiles { look_up, depth, ..self.prospect }
    }

    /// Lets a process `enter` and try, and judges the failures.
    ///
    /// # Errors
    /// Returns an error if it was not let in; under `strict` also if nothing could be tried.
    pub(crate) fn judge(
        &self,
        server: Server,
        state: &State,
        enter: impl FnOnce() -> Result<(), Fault>,
    ) -> Result<Judgement, Fault> {
        let mode = state.settings.preflight;
        let (claims, known) = self.claims(server, state);
        let failed = match self.find_failed(server, state, &claims, enter) {
            Ok(failed) => failed,
            Err(PreflightFault::Untried(error)) if mode != Preflight::Strict => {
                server.log(&PreflightNotice::untried(&error).about(mode.word()));
                Vec::new()
            }
            Err(cause) => return Err(fault(mode, cause)),
        };
        let known_outside = known_outside(&claims, &failed);
        let uid = server::info().user.0;
        let mode_of_paths = self.mode;
        let judge = |programs: &dyn Provider| {
            let known_outside = &known_outside;
            let input = VerdictInput { mode: mode_of_paths, uid, known_outside, programs };
            preflight::judge_failures(&claims, failed.clone(), &input)
        };
        let (answers, is_complete) = match failed.is_empty() {
            true => (HostAnswers::default(), true),
            false => self.ask_host(|host| drop(judge(host))).unwrap_or_default(),
        };
        if !is_complete {
            server.log(&PreflightNotice::Unfinished.about(mode.word()));
        }
        let mut failures = judge(&answers);
        failures.iter_mut().for_each(|failure| self.correct_fix(failure));
        Ok(Judgement { failures, known, count: claims.len() })
    }

    /// Answers of the host to the questions that `judge` asks, and whether they are all of them. Another process asks:
    /// somebody in the jail names some of the paths, and may have them hang, or change what is there.
    fn ask_host(&self, judge: impl Fn(&dyn Provider)) -> io::Result<(HostAnswers, bool)> {
        let attempt = Attempt::new(SingleThread::check()?, probe_paths::PATIENCE);
        let asked = attempt.run(|out| {
            judge(&ReportingHost::new(&self.host, out));
            Ok(())
        })?;
        Ok((HostAnswers::read(&asked.bytes), asked.end == AttemptEnd::Done))
    }

    /// The remedy for what was left out is that of its remark.
    fn correct_fix(&self, failure: &mut JudgedFailure) {
        let PreflightFinding { subject, value, failure_kind, .. } = &failure.finding;
        let path = subject.clone().unwrap_or_else(|| PathBuf::from(value));
        let found = self.remarks.iter().find_map(|it| Some((it, it.remedy_for(&path)?)));
        if let (Failure::Missing, Some((remark, remedy))) = (failure_kind, found) {
            failure.set_fix(remedy);
            // Without a jail, the children could not read it either.
            failure.finding.refuses &= !remark.is_closed();
        }
    }

    /// Which claims do not hold inside.
    fn find_failed(
        &self,
        server: Server,
        state: &State,
        claims: &[Requirement],
        enter: impl FnOnce() -> Result<(), Fault>,
    ) -> Result<Vec<FailedRequirement>, PreflightFault> {
        let alone = SingleThread::check().map_err(PreflightFault::Untried)?;
        let attempt = Attempt::new(alone, PATIENCE).keep_open(self.entrance);
        let log = log::descriptor(server.as_ptr());
        let attempt = log.into_iter().fold(attempt, Attempt::keep_open);
        let reported = attempt.run(|out| {
            if let Err(fault) = enter() {
                return preflight::write_event(out, &TrialEvent::Refused(fault.to_string()));
            }
            preflight::write_event(out, &TrialEvent::Entered)?;
            preflight::try_requirements(claims, &self.prospect, out)
        });
        let AttemptOutput { bytes, end } = reported.map_err(PreflightFault::Untried)?;
        let failed = preflight::collect_failures(&bytes)?;
        if end != AttemptEnd::Done || preflight::is_cut(&bytes) {
            let mode = state.settings.preflight;
            // A restart takes down a server that serves; it is not refused for want of time.
            if mode == Preflight::Strict && state.pass != Pass::Restart {
                let reason = match end {
                    AttemptEnd::Done => "the time was up".to_owned(),
                    end => end.to_error().to_string(),
                };
                return Err(PreflightFault::Incomplete(reason));
            }
            server.log(&PreflightNotice::Unfinished.about(mode.word()));
        }
        Ok(failed)
    }

    fn claims(&self, server: Server, state: &State) -> (Vec<Requirement>, Vec<KnownIssue>) {
        let scratch = ["TMPDIR", "TMP", "TEMP"].iter().filter_map(std::env::var_os);
        let scratch: Vec<_> = scratch.map(PathBuf::from).collect();
        let (server_root, judge) = (server::server_root(), &self.host.judge);
        let facts = RuleInput {
            base_dirs: BaseDirs { server_root: &server_root, runtime_dir: &state.runtime_dir },
            is_loaded: &server::is_loaded,
            mode: self.mode,
            has_suexec: server::info().suexec,
            jail: &self.at,
            temp_dirs: &scratch,
            php_ini: &hints::read_php_ini(server, state, PhpKind::Module, judge),
            php_cgi_ini: &hints::read_php_ini(server, state, PhpKind::Cgi, judge),
            php_defaults: state.php_defaults.get_or_init(|| hints::read_php_defaults(judge)),
            inside_paths: state.inside_paths || self.mode == HostPathMode::Off,
            homes: &hints::list_homes(judge),
            needs_set_id_mailer: hints::needs_set_id_mailer(),
        };
        let (mut claims, known) = preflight::collect_requirements(&state.foreign, &facts);
        if self.prospect.depth == SearchDepth::Files {
            claims.extend(hints::suggest_packages(state, &claims, judge));
            let own = self.provided.iter().filter(|path| preflight::is_of_one_application(path));
            claims.extend(own.map(|path| preflight::search_path(path)));
        }
        (claims, known)
    }
}

/// Depth of the search of directories that are served: a restart does not wait for it.
fn choose_depth(pass: Pass) -> SearchDepth {
    match pass {
        Pass::ConfigTest(_) => SearchDepth::Files,
        Pass::FirstRead | Pass::Start => SearchDepth::Links,
        Pass::Restart | Pass::SignalOnly | Pass::Print => SearchDepth::Nothing,
    }
}

/// Which names that are unknown inside are known outside.
fn known_outside(claims: &[Requirement], failed: &[FailedRequirement]) -> BTreeSet<usize> {
    if !preflight::has_host_names(claims, failed) {
        return BTreeSet::new();
    }
    let listed = SingleThread::check().and_then(|alone| {
        let look = |out: &mut dyn Write| preflight::look_up_outside(claims, failed, out);
        Attempt::new(alone, PATIENCE).run(look)
    });
    listed.map(|listed| preflight::list_known_names(&listed.bytes)).unwrap_or_default()
}

/// Logs the findings, and returns the messages.
///
/// # Errors
/// Returns an error under `strict` if requests would fail, and always without a file that decides about access.
pub(crate) fn log_findings(
    server: Server,
    mode: Preflight,
    count: usize,
    found: &[PreflightFinding],
) -> Result<Vec<String>, Fault> {
    server.log(&PreflightNotice::Tried(count, found.len()).about(mode.word()));
    let breaks = |one: &&PreflightFinding| mode == Preflight::Strict && one.breaks;
    let is_fatal = |one: &&PreflightFinding| one.refuses || breaks(one);
    let messages: Vec<_> = found.iter().map(|one| one.message(is_fatal(&one))).collect();
    messages.iter().for_each(|message| server.log(message));
    let opens = found.iter().filter(|one| one.refuses).count();
    match (opens, found.iter().filter(is_fatal).count()) {
        (1.., _) => Err(fault(mode, PreflightFault::Opens(opens))),
        (0, 0) => Ok(messages.iter().map(ToString::to_string).collect()),
        (0, count) => Err(fault(mode, PreflightFault::Breaks(count))),
    }
}

fn fault(mode: Preflight, cause: PreflightFault) -> Fault {
    Fault::for_directive("ChrootPreflight", mode.word(), cause)
}
