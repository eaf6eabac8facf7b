//! The result of learning: lines are made of what was observed, tried in the jail, and written. The parent does this before
//! a configuration ends; the watching process does it alone, without the trial, if the parent has ended.

use crate::config::{JailSetting, Provide, ProvideItem};
use crate::httpd::server::Server;
use crate::jail::FoundJail;
use crate::jail::run_as::RunAs;
use crate::learning::{
    BroughtFiles, LearnMode, Observation, ObservationTable, Proposal, ReportHead, ResultFolder,
    TriedResult, UnproposedPath, UserHost, Uses, find_line_objection, format_proposal,
    format_report, propose, read_proposal, request, try_uses,
};
use crate::lifecycle::learn::Learning;
use crate::lifecycle::learn_survey::{LearnSurvey, list_programs, survey, without_lines_of};
use crate::lifecycle::probe_paths;
use crate::lifecycle::state::State;
use crate::messages::{Fault, LearnNotice, LearnResult, Message, Place};
use crate::platform;
use crate::platform::{Attempt, AttemptEnd, SingleThread, with_roots_files};
use crate::preflight;
use crate::preflight::{Basis, PlannedFiles, Remedy, Requirement, Resource};
use crate::programs::Modules;
use crate::view;
use crate::view::{ChosenMode, HostPathRequest};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::Duration;

/// Time that making lines, and trying them, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Writes lines that were not tried, in the watching process, whose parent has ended.
pub(crate) fn finish_alone(
    mode: LearnMode,
    survey: &LearnSurvey,
    table: &ObservationTable,
    folder: &ResultFolder,
) {
    let programs = survey.find_programs(list_programs(table), Modules::Ignored);
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
        let Learning { mode, folder, .. } = self.learning;
        let file = folder.path_of(mode.lines_name());
        let answer = self.learning.ask(request::WRITE);
        let notices = match answer.as_deref().map(read_counts) {
            Err(_) => {
                self.learning.kill_watcher();
                vec![LearnNotice::Silent(*mode == LearnMode::Outside)]
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
        let result = folder.path_of(mode.lines_name());
        let survey = survey(self.state, self.setting, &result).map_err(fault)?;
        let table = folder.read_list(*mode)?;
        let programs = self.choose_trusted(&survey, list_programs(&table))?;
        let programs = survey.find_programs(programs, Modules::Asked);
        let made = self.attempt()?.run(|out| {
            self.become_user()?;
            let proposal = propose(&table, &survey.facts(&programs));
            out.write_all(format_proposal(&proposal, &table).as_bytes())
        })?;
        if made.end != AttemptEnd::Done {
            return Err(made.end.to_error());
        }
        let mut proposal = read_proposal(&made.bytes, &table);
        self.judge_again(&mut proposal, &survey)?;
        proposal.add_settings(&self.find_settings(&survey));
        let tried = match self.rehearse(&proposal, &programs) {
            Ok(failed) => TriedResult::Tried(proposal.needed.len(), failed),
            Err(reason) => TriedResult::Untried(reason),
        };
        let text = format(*mode, &survey, folder, &tried, &proposal, &table);
        folder.replace(mode.lines_name(), &text)?;
        Ok(match tried {
            TriedResult::Untried(reason) => LearnResult::Untried(reason),
            TriedResult::Tried(uses, failed) if failed.is_empty() => {
                let refused: BTreeSet<_> =
                    proposal.unproposed.iter().map(|it| &it.seen.path).collect();
                LearnResult::Written(proposal.lines.len(), paths, uses, refused.len())
            }
            TriedResult::Tried(uses, failed) => LearnResult::Failing(failed.len(), uses),
        })
    }

    /// Those of `programs` that are root's alone, so that nobody else can change the way to them afterwards. If the way to
    /// one hangs, it and those after it are left out.
    fn choose_trusted(
        self,
        survey: &LearnSurvey,
        programs: Vec<PathBuf>,
    ) -> io::Result<Vec<PathBuf>> {
        let judged = self.attempt()?.run(|out| survey.list_trusted(&programs, out))?;
        let text = String::from_utf8_lossy(&judged.bytes);
        let numbers: Vec<usize> = text.lines().filter_map(|line| line.parse().ok()).collect();
        let chosen = programs.into_iter().enumerate();
        Ok(chosen.filter(|(it, _)| numbers.contains(it)).map(|(_, program)| program).collect())
    }

    /// Judges each line by the file that it leads to now, as root, in a process that may hang.
    fn judge_again(self, proposal: &mut Proposal, survey: &LearnSurvey) -> io::Result<()> {
        let judged = self.attempt()?.run(|out| list_objections(proposal, survey, out))?;
        if judged.end != AttemptEnd::Done {
            return Err(judged.end.to_error());
        }
        let text = String::from_utf8_lossy(&judged.bytes);
        let refused = text.lines().filter_map(|line| line.split_once('\t'));
        let refused: BTreeMap<usize, &str> =
            refused.filter_map(|(number, reason)| Some((number.parse().ok()?, reason))).collect();
        let lines = std::mem::take(&mut proposal.lines).into_iter().enumerate();
        for (number, line) in lines {
            let Some(reason) = refused.get(&number) else {
                proposal.lines.push(line);
                continue;
            };
            let unproposed = |seen| UnproposedPath { reason: (*reason).to_owned(), seen };
            proposal.unproposed.extend(line.uses.into_iter().map(unproposed));
        }
        Ok(())
    }

    /// Files that `ChrootProvide config` has and nothing shows yet: the configuration names them for the children, so the server may
    /// refuse to start without them, though nobody asked for a password while it learned.
    fn find_settings(self, survey: &LearnSurvey) -> Vec<PathBuf> {
        let files = self.state.configured.files.iter().map(|(path, _)| path);
        let is_missing = |path: &&PathBuf| {
            !survey.is_shown(path)
                && probe_paths::all_answer(std::slice::from_ref(*path)).is_ok()
                && path.exists()
        };
        files.filter(is_missing).cloned().collect()
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
        let file = self.learning.folder.path_of(self.learning.mode.lines_name());
        let mut provide = without_lines_of(&self.state.settings.provide, &file);
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

/// Writes the number of each line that there is a reason against, and the reason.
fn list_objections(
    proposal: &Proposal,
    survey: &LearnSurvey,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (number, line) in proposal.lines.iter().enumerate() {
        let objection = match &line.item {
            ProvideItem::Set(_) => None,
            ProvideItem::Path { path, .. } | ProvideItem::Program(path) => {
                find_line_objection(path, &survey.keeps, &UserHost)
            }
        };
        if let Some(reason) = objection {
            writeln!(out, "{number}\t{reason}")?;
        }
    }
    Ok(())
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
