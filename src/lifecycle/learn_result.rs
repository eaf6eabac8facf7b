//! The result of learning: lines are made of what was observed, tried in the jail, and written. The parent does this before
//! a configuration ends; the watching process does it alone, without the trial, if the parent has ended.

use crate::audit::OwnKind;
use crate::config::{JailSetting, Provide, ProvideItem};
use crate::httpd::server::Server;
use crate::jail::FoundJail;
use crate::jail::run_as::RunAs;
use crate::learning::{
    BroughtFiles, LearnMode, Observation, ObservationTable, Proposal, ReportHead, ResultFolder,
    RuleFacts, ShownPath, TriedResult, UserHost, Uses, format_proposal, format_report, propose,
    read_proposal, request, try_uses,
};
use crate::lifecycle::learn::Learning;
use crate::lifecycle::probe_paths;
use crate::lifecycle::state::State;
use crate::messages::{Fault, LearnNotice, LearnResult, Message, Place};
use crate::platform;
use crate::platform::{Attempt, AttemptEnd, SingleThread, with_roots_files};
use crate::preflight;
use crate::preflight::{Basis, PlannedFiles, Remedy, Requirement, Resource};
use crate::programs;
use crate::programs::Modules;
use crate::provide::{ProgramRequests, RequestKind, collect_requests};
use crate::trust::trusted::Judge;
use crate::view;
use crate::view::{ChosenMode, HostPathRequest};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time that making lines, and trying them, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Programs whose needs are examined.
const MOST_PROGRAMS: usize = 200;

/// Interpreters that run inside httpd, in modules of their own.
const INTERPRETERS: [&str; 6] = [
    "/usr/bin/python3",
    "/usr/bin/perl",
    "/usr/local/bin/python3",
    "/usr/local/bin/perl",
    "/usr/pkg/bin/python3",
    "/usr/pkg/bin/perl",
];

/// Facts about the configuration that lines depend on.
#[derive(Debug)]
pub(crate) struct LearnSurvey {
    jail: PathBuf,
    judge: Judge,
    shown: Vec<ShownPath>,
    keeps: Vec<PathBuf>,
}

/// Collects them.
///
/// # Errors
/// The jail, or a program that is provided, cannot be examined.
pub(crate) fn survey(state: &State, setting: &JailSetting) -> Result<LearnSurvey, Fault> {
    let jail = FoundJail::find(&setting.jail).and_then(|jail| jail.check(state.settings.check))?;
    let mut programs = ProgramRequests::for_jail(&jail, true);
    let (provide, configured) = (&state.settings.provide, &state.configured);
    let requests = collect_requests(provide, configured, true, &mut programs)?;
    let of_jail = |path: &Path| ShownPath { path: path.to_owned(), writable: true, private: false };
    let mut shown = vec![of_jail(jail.at()), of_jail(jail.written().as_path())];
    shown.extend(requests.into_iter().map(|request| {
        let private = request.kind == RequestKind::Scratch;
        ShownPath { writable: private || request.is_writable(), private, path: request.path }
    }));
    let is_kept = |kind| !matches!(kind, OwnKind::Code | OwnKind::Certificate);
    let keeps = state.own.iter().filter(|own| is_kept(own.kind)).map(|own| own.path.clone());
    let (at, judge) = (jail.at().to_owned(), Judge::outside(&jail));
    Ok(LearnSurvey { jail: at, judge, shown, keeps: keeps.collect() })
}

impl LearnSurvey {
    /// Programs that were run, and interpreters, each with the files that `program:` brings for it.
    fn find_programs(
        &self,
        table: &ObservationTable,
        modules: Modules,
    ) -> BTreeMap<PathBuf, BroughtFiles> {
        let runs =
            table.paths().filter(|seen| seen.uses.has(Uses::RUN)).map(|seen| seen.path.clone());
        let all = runs.take(MOST_PROGRAMS).chain(INTERPRETERS.iter().map(PathBuf::from));
        let brought = |program: PathBuf| {
            let needs = programs::find_needs(&program, &self.judge, modules).ok()?;
            let modules: Vec<_> = needs.modules.into_iter().collect();
            let libraries = needs.libraries.into_iter().map(|library| library.shown(true));
            let mut paths: Vec<_> = needs.files.into_iter().chain(libraries).collect();
            paths.extend(modules.iter().cloned());
            paths.sort_unstable();
            paths.dedup();
            Some((program, BroughtFiles { paths, modules }))
        };
        all.filter_map(brought).collect()
    }

    fn facts<'a>(&'a self, programs: &'a BTreeMap<PathBuf, BroughtFiles>) -> RuleFacts<'a> {
        RuleFacts { shown: &self.shown, keeps: &self.keeps, programs, host: &UserHost }
    }
}

/// Writes lines that were not tried, in the watching process, whose parent has ended.
pub(crate) fn finish_alone(
    mode: LearnMode,
    survey: &LearnSurvey,
    table: &ObservationTable,
    folder: &ResultFolder,
) {
    let programs = survey.find_programs(table, Modules::Ignored);
    let proposal = propose(table, &survey.facts(&programs));
    let reason = "httpd has ended first; start and stop it with this option once more".to_owned();
    let tried = TriedResult::Untried(reason);
    let text = format(mode, survey, folder, &tried, &proposal, table);
    // Nobody is left to report a failure to.
    let _ = with_roots_files(|| folder.replace(mode.lines_name(), &text));
}

fn format(
    mode: LearnMode,
    survey: &LearnSurvey,
    folder: &ResultFolder,
    tried: &TriedResult,
    proposal: &Proposal,
    table: &ObservationTable,
) -> String {
    let (file, list) = (folder.path_of(mode.lines_name()), folder.path_of(mode.list_name()));
    let head = ReportHead { mode, file: &file, list: &list, jail: &survey.jail, tried };
    format_report(&head, proposal, table)
}

/// Writes the result, in the parent, before this configuration ends.
pub(crate) fn conclude(server: Server) {
    let Some(state) = State::find(&server) else { return };
    let learning = state.learning.get().filter(|learning| learning.has_watcher());
    let (Some(learning), Some(setting)) = (learning, &state.settings.jail) else {
        return;
    };
    let result = Conclusion { state, setting, learning };
    for message in result.finish() {
        server.log(&message);
    }
}

/// The end of a run.
#[derive(Clone, Copy)]
struct Conclusion<'a> {
    state: &'a State,
    setting: &'a JailSetting,
    learning: &'a Learning,
}

impl Conclusion<'_> {
    /// Returns the messages about it.
    fn finish(self) -> Vec<Message> {
        let Learning { mode, folder, watcher, .. } = self.learning;
        let file = folder.path_of(mode.lines_name());
        let answer = self.learning.ask(request::WRITE);
        let notices = match answer.as_deref().map(read_counts) {
            Err(_) => {
                platform::kill_child(*watcher);
                vec![LearnNotice::Silent]
            }
            Ok(Err(reason)) => vec![LearnNotice::Result(file, LearnResult::Unwritten(reason))],
            Ok(Ok((paths, lost))) => {
                let unwritten = |error: io::Error| LearnResult::Unwritten(error.to_string());
                let result = self.write(paths).unwrap_or_else(unwritten);
                let lost = (lost > 0).then_some(LearnNotice::Incomplete(lost));
                [LearnNotice::Result(file, result)].into_iter().chain(lost).collect()
            }
        };
        notices.iter().map(|notice| notice.about(mode.define())).collect()
    }

    /// Makes lines, tries them, and writes the file.
    fn write(self, paths: usize) -> io::Result<LearnResult> {
        let Learning { mode, folder, .. } = self.learning;
        let fault = |fault: Fault| io::Error::other(fault.to_string());
        let survey = survey(self.state, self.setting).map_err(fault)?;
        let table = folder.read_list(*mode)?;
        let programs = survey.find_programs(&table, Modules::Asked);
        let made = self.attempt()?.run(|out| {
            self.become_user()?;
            let proposal = propose(&table, &survey.facts(&programs));
            out.write_all(format_proposal(&proposal, &table).as_bytes())
        })?;
        if made.end != AttemptEnd::Done {
            return Err(made.end.to_error());
        }
        let proposal = read_proposal(&made.bytes, &table);
        let tried = match self.rehearse(&proposal, &programs) {
            Ok(failed) => TriedResult::Tried(proposal.needed.len(), failed),
            Err(reason) => TriedResult::Untried(reason),
        };
        let text = format(*mode, &survey, folder, &tried, &proposal, &table);
        folder.replace(mode.lines_name(), &text)?;
        Ok(match tried {
            TriedResult::Untried(reason) => LearnResult::Untried(reason),
            TriedResult::Tried(uses, failed) if failed.is_empty() => {
                LearnResult::Written(proposal.lines.len(), paths, uses)
            }
            TriedResult::Tried(uses, failed) => LearnResult::Failing(failed.len(), uses),
        })
    }

    fn attempt(self) -> io::Result<Attempt> {
        Ok(Attempt::new(SingleThread::check()?, PATIENCE))
    }

    fn become_user(self) -> io::Result<()> {
        let RunAs { user, group, groups, .. } = &self.learning.run_as;
        let became = platform::set_groups(*group, groups).and_then(|()| platform::set_user(*user));
        became.map_err(|error| io::Error::other(format!("{}: {}", error.call, error.error)))
    }

    /// Tries all uses in a view with these lines. Returns those that fail, each with its reason.
    ///
    /// # Errors
    /// Returns the reason for which nothing could be tried.
    fn rehearse(
        self,
        proposal: &Proposal,
        programs: &BTreeMap<PathBuf, BroughtFiles>,
    ) -> Result<Vec<(String, String)>, String> {
        let provide = self.add_lines(proposal);
        let asked = HostPathRequest {
            fix_root: self.state.settings.fix_root,
            serves_root: self.state.serves_root,
            inside_paths: self.state.inside_paths,
            provide: &provide,
            configured: &self.state.configured,
            own: &self.state.own,
            run_as: &self.learning.run_as,
        };
        let reason = |fault: Fault| fault.to_string();
        let mode = view::choose_mode(&asked).map_err(reason)?;
        if !matches!(mode, ChosenMode::View(..)) {
            return Err("ChrootFixRoot is not view, so files would have to be copied".to_owned());
        }
        let jail = FoundJail::find(&self.setting.jail)
            .and_then(|jail| jail.check(self.state.settings.check));
        let fixed =
            view::rehearse_host_paths(mode, jail.map_err(reason)?, &asked).map_err(reason)?;
        let jail = fixed.jail;
        let entrance = jail.entrance().as_raw_fd();
        let claims = list_claims(&proposal.needed, programs);
        let tried = self.attempt().and_then(|attempt| {
            attempt.keep_open(entrance).run(|out| {
                jail.enter(&self.learning.run_as)
                    .map_err(|fault| io::Error::other(fault.to_string()))?;
                try_all(&proposal.needed, &claims, out)
            })
        });
        let tried = tried.map_err(|error| error.to_string())?;
        if tried.end != AttemptEnd::Done {
            return Err(tried.end.to_error().to_string());
        }
        Ok(read_failures(&tried.bytes, &proposal.needed))
    }

    /// `ChrootProvide` with the proposed lines.
    fn add_lines(self, proposal: &Proposal) -> Provide {
        let mut provide = self.state.settings.provide.clone();
        let file = self.learning.folder.path_of(self.learning.mode.lines_name());
        let place = Place { file: file.to_string_lossy().into_owned(), line: 1 };
        // A path that would keep root waiting is left out, so its uses fail.
        let answers = |item: &ProvideItem| match item {
            ProvideItem::Path { path, .. } | ProvideItem::Program(path) => {
                probe_paths::all_answer(std::slice::from_ref(path)).is_ok()
            }
            ProvideItem::Set(_) => true,
        };
        let items = proposal.lines.iter().map(|line| &line.item).filter(|item| answers(item));
        provide.requested.extend(items.map(|item| (item.clone(), place.clone())));
        provide
    }
}

/// Programs and sockets among the uses, as requirements of the preflight, each with the number of the use.
fn list_claims(
    needed: &[Observation],
    programs: &BTreeMap<PathBuf, BroughtFiles>,
) -> Vec<(usize, Requirement)> {
    let claim = |(number, seen): (usize, &Observation)| {
        let resource = match seen.uses {
            uses if uses.has(Uses::CONNECT) => Resource::Socket(seen.path.clone()),
            uses if uses.has(Uses::RUN) && programs.contains_key(&seen.path) => {
                Resource::Program(seen.path.clone())
            }
            _ => return None,
        };
        let (directive, value) = (String::new(), seen.path.to_string_lossy().into_owned());
        let remedy = Remedy::Words(String::new());
        let requirement = Requirement {
            directive,
            value,
            place: None,
            resource,
            breaks: true,
            optional: false,
            refuses: false,
            basis: Basis::Written,
            remedy,
        };
        Some((number, requirement))
    };
    needed.iter().enumerate().filter_map(claim).collect()
}

/// Tries all uses, and reports each that fails: its number and the reason on one line.
fn try_all(
    needed: &[Observation],
    claims: &[(usize, Requirement)],
    out: &mut dyn Write,
) -> io::Result<()> {
    for (number, seen) in needed.iter().enumerate() {
        let is_claimed = claims.iter().any(|(claimed, _)| *claimed == number);
        if let Err(error) = if is_claimed { Ok(()) } else { try_uses(seen) } {
            writeln!(out, "{number}\t{error}")?;
        }
    }
    let mut events = Vec::new();
    let requirements: Vec<_> = claims.iter().map(|(_, it)| it.clone()).collect();
    preflight::write_event(&mut events, &preflight::TrialEvent::Entered)?;
    preflight::try_requirements(&requirements, &PlannedFiles::default(), &mut events)?;
    let failed = preflight::collect_failures(&events).map_err(|_| io::Error::other("no events"))?;
    for one in failed {
        if let Some((number, _)) = claims.get(one.requirement) {
            writeln!(out, "{number}\t{}", describe(&one))?;
        }
    }
    Ok(())
}

fn describe(failed: &preflight::FailedRequirement) -> String {
    let text = format!("{:?}", failed.failure);
    text.replace('\n', " ")
}

fn read_failures(report: &[u8], needed: &[Observation]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(report);
    let failure = |line: &str| {
        let (number, reason) = line.split_once('\t')?;
        let seen = needed.get(number.parse::<usize>().ok()?)?;
        Some((seen.path.to_string_lossy().into_owned(), reason.to_owned()))
    };
    text.lines().filter_map(failure).collect()
}

/// Number of paths, and of calls that are not recorded; or the reason for which nothing was written.
fn read_counts(answer: &[u8]) -> Result<(usize, u64), String> {
    let text = String::from_utf8_lossy(answer).into_owned();
    let numbers: Vec<u64> = text.split(' ').filter_map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [paths, unreadable, lost] => {
            Ok((usize::try_from(*paths).unwrap_or(usize::MAX), unreadable.saturating_add(*lost)))
        }
        _ => Err(text),
    }
}
