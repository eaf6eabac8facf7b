//! The result of learning: lines are made of what was observed, tried in the jail, and written. The parent does this before
//! a configuration ends; the watching process does it alone, without the trial, if the parent has ended.

use crate::config::{JailSetting, Provide, ProvideItem};
use crate::httpd::pass::Pass;
use crate::httpd::server::Server;
use crate::httpd::watcher_process::CleanupMoment;
use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::learning::{
    BroughtFiles, LearnMode, ObservationTable, Proposal, ReportHead, ResultFolder, TriedResult,
    UnproposedPath, UserHost, find_line_objection, format_proposal, format_report, propose,
    read_proposal, request,
};
use crate::lifecycle::learn_rehearsal::{TriedJail, read_failures};
use crate::lifecycle::learn_survey::{
    LearnSurvey, configure_trial, list_programs, without_lines_of,
};
use crate::lifecycle::learning_run::Learning;
use crate::lifecycle::run_preflight::Trial;
use crate::lifecycle::state::State;
use crate::lifecycle::{probe_hardening, probe_paths};
use crate::messages::{Fault, LearnNotice, LearnResult, Place};
use crate::platform;
use crate::platform::{Attempt, AttemptEnd, SingleThread, with_roots_files};
use crate::programs::Modules;
use crate::view;
use crate::view::HostPathRequest;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::Duration;

/// Time that each step of making lines, and of trying them, may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Time for another run to write its result.
const LOCK_PATIENCE: Duration = Duration::from_secs(20);

/// Writes lines that were not tried, in the watching process, whose parent has ended, and which holds the lock.
pub(crate) fn write_untried_result(
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
    let _ = with_roots_files(|| folder.replace(mode.lines_name(), &text).map(|()| Vec::new()));
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
    let head =
        ReportHead { origin: mode.origin(), file: &file, list: &list, jail: &survey.jail, tried };
    format_report(&head, proposal, table)
}

/// Writes the result, in the parent, before this configuration ends.
pub(crate) fn write_result(server: Server, moment: CleanupMoment) {
    let Some(state) = State::find(&server) else { return };
    let learning = state.learning.get().filter(|learning| learning.has_watcher());
    let (Some(learning), Some(setting)) = (learning, &state.settings.jail) else {
        return;
    };
    let asked = match moment {
        CleanupMoment::Restart => request::WRITE,
        CleanupMoment::Stop => request::WRITE_LAST,
    };
    let notices = write_lines(state, setting, learning, asked);
    for message in notices.iter().map(|notice| notice.about(learning.mode.define())) {
        server.log(&message);
    }
}

/// Asks the watching process to write its list, and writes lines. Returns the messages about it.
fn write_lines(
    state: &State,
    setting: &JailSetting,
    learning: &Learning,
    asked: u8,
) -> Vec<LearnNotice> {
    let Learning { mode, folder, run_as, .. } = learning;
    let failure = match learning.ask(asked) {
        Err(_) => {
            learning.kill_watcher();
            return vec![LearnNotice::Silent(*mode == LearnMode::Outside)];
        }
        Ok(answer) if answer == request::DONE => None,
        Ok(reason) => Some(String::from_utf8_lossy(&reason).into_owned()),
    };
    let result = folder.lines_path();
    let maker = LineMaker { state, setting, mode: *mode, result, run_as, is_traced: false };
    let written = match failure {
        None => write_made_lines(&maker, folder),
        Some(reason) => Err(io::Error::other(reason)),
    };
    let (result, lost) =
        written.unwrap_or_else(|error| (LearnResult::Unwritten(error.to_string()), 0));
    let lost = (lost > 0).then_some(LearnNotice::Incomplete(lost));
    [LearnNotice::Result(folder.lines_path(), result)].into_iter().chain(lost).collect()
}

/// Writes the lines of the list of all runs. Returns the result, and the number of uses that are not in the list.
fn write_made_lines(
    maker: &LineMaker<'_>,
    folder: &ResultFolder,
) -> io::Result<(LearnResult, u64)> {
    let _held = folder.lock(LOCK_PATIENCE)?;
    let table = folder.read()?.table;
    let made = maker.make(&table)?;
    let text = format(maker.mode, &made.survey, folder, &made.tried, &made.proposal, &table);
    folder.replace(maker.mode.lines_name(), &text)?;
    let result = match made.tried {
        TriedResult::Untried(reason) => LearnResult::Untried(reason),
        TriedResult::Tried(uses, failed) if failed.is_empty() => {
            let refused: BTreeSet<_> =
                made.proposal.unproposed.iter().map(|it| &it.seen.path).collect();
            LearnResult::Written(made.proposal.lines.len(), table.len(), uses, refused.len())
        }
        TriedResult::Tried(uses, failed) => LearnResult::Failing(failed.len(), uses),
    };
    Ok((result, table.lost))
}

/// Makes lines of observed uses, in the parent.
#[derive(Debug)]
pub(super) struct LineMaker<'a> {
    /// The configuration.
    pub state: &'a State,
    /// The jail.
    pub setting: &'a JailSetting,
    /// Kind of the run.
    pub mode: LearnMode,
    /// Path of the file with the lines; those that it has now do not count.
    pub result: PathBuf,
    /// The account of the children.
    pub run_as: &'a RunAs,
    /// Whether the uses were recorded by a tool, which knows less about files.
    pub is_traced: bool,
}

/// Lines that were made, and tried.
pub(super) struct MadeLines {
    /// Facts about the configuration.
    pub survey: LearnSurvey,
    /// The lines.
    pub proposal: Proposal,
    /// The result of trying them.
    pub tried: TriedResult,
}

impl LineMaker<'_> {
    /// Makes lines, and tries them.
    ///
    /// # Errors
    /// Returns an error if a step of it fails.
    pub(super) fn make(&self, table: &ObservationTable) -> io::Result<MadeLines> {
        let fault = |fault: Fault| io::Error::other(fault.to_string());
        let mut survey =
            LearnSurvey::make(self.state, self.setting, &self.result).map_err(fault)?;
        // The environment of a recording is not known.
        survey.python_looks_up &= !self.is_traced;
        let programs = self.choose_trusted(&survey, list_programs(table))?;
        let programs = survey.find_programs(programs, Modules::Asked);
        let made = self.attempt()?.run(|out| {
            self.become_user()?;
            let complete = self.is_traced.then(|| table.complete(&UserHost));
            let proposal = propose(complete.as_ref().unwrap_or(table), &survey.facts(&programs));
            out.write_all(format_proposal(&proposal, table).as_bytes())
        })?;
        if made.end != AttemptEnd::Done {
            return Err(made.end.to_error());
        }
        let mut proposal = read_proposal(&made.bytes, table);
        self.judge_again(&mut proposal, &survey)?;
        let all = &self.state.configured.files;
        proposal.add_settings(&self.find_settings(&survey)?, all);
        let tried = match self.rehearse(&proposal, &programs) {
            Ok(failed) => TriedResult::Tried(proposal.needed.len(), failed),
            Err(reason) => TriedResult::Untried(reason),
        };
        Ok(MadeLines { survey, proposal, tried })
    }

    /// Those of `programs` that are root's alone, so that nobody else can change the way to them afterwards. If the way to
    /// one hangs, it and those after it are left out.
    fn choose_trusted(
        &self,
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
    fn judge_again(&self, proposal: &mut Proposal, survey: &LearnSurvey) -> io::Result<()> {
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

    /// Files of the set `config` that nothing shows yet: the configuration names them for the children, so the server may
    /// refuse to start without them, though nobody asked for a password while it learned. Another process looks: the way to one may
    /// hang.
    fn find_settings(&self, survey: &LearnSurvey) -> io::Result<Vec<PathBuf>> {
        let files: Vec<_> = self.state.configured.files.iter().map(|(path, _)| path).collect();
        let looked = self.attempt()?.run(|out| {
            let is_missing = |path: &&PathBuf| !survey.is_shown(path) && path.exists();
            let missing = files.iter().enumerate().filter(|(_, path)| is_missing(path));
            missing.map(|(number, _)| number).try_for_each(|number| writeln!(out, "{number}"))
        })?;
        let text = String::from_utf8_lossy(&looked.bytes);
        let found = text.lines().filter_map(|line| files.get(line.parse::<usize>().ok()?));
        Ok(found.map(|path| (*path).clone()).collect())
    }

    fn attempt(&self) -> io::Result<Attempt> {
        Ok(Attempt::new(SingleThread::check()?, PATIENCE))
    }

    fn become_user(&self) -> io::Result<()> {
        let RunAs { user, group, groups, .. } = self.run_as;
        let became = platform::set_groups(*group, groups).and_then(|()| platform::set_user(*user));
        became.map_err(|error| io::Error::other(format!("{}: {}", error.call, error.error)))
    }

    /// Tries all uses in the jail with these lines. Returns those that fail, each with its reason.
    ///
    /// # Errors
    /// Returns the reason for which nothing could be tried.
    fn rehearse(
        &self,
        proposal: &Proposal,
        programs: &BTreeMap<PathBuf, BroughtFiles>,
    ) -> Result<Vec<(String, String)>, String> {
        let (provide, configured) = (self.add_lines(proposal), configure_trial(self.state));
        let asked = HostPathRequest {
            fix_root: self.state.settings.fix_root,
            serves_root: self.state.serves_root,
            inside_paths: self.state.inside_paths,
            provide: &provide,
            configured: &configured,
            own: &self.state.own,
            run_as: self.run_as,
        };
        let reason = |fault: Fault| fault.to_string();
        let mode = view::choose_mode(&asked).map_err(reason)?;
        let jail = self.state.find_jail(self.setting).map_err(reason)?;
        let fixed = view::rehearse_host_paths(mode, jail, &asked).map_err(reason)?;
        let tried_jail = TriedJail {
            mode: fixed.mode,
            at: fixed.jail.at().to_owned(),
            planned: Trial::before_writing(&fixed, Pass::Restart).into_planned(),
            programs,
        };
        let jail = fixed.jail;
        let run_as = &self.harden(&jail).map_err(reason)?;
        let entrance = jail.entrance().as_raw_fd();
        let tried = self.attempt().and_then(|attempt| {
            attempt.keep_open(entrance).run(|out| {
                jail.enter(run_as).map_err(|fault| io::Error::other(fault.to_string()))?;
                tried_jail.try_all(&proposal.needed, out)
            })
        });
        let tried = tried.map_err(|error| error.to_string())?;
        if tried.end != AttemptEnd::Done {
            return Err(tried.end.to_error().to_string());
        }
        Ok(read_failures(&tried.bytes, &proposal.needed))
    }

    /// The account, with the restrictions of a child: somebody in the jail may have written the files that are tried.
    fn harden(&self, jail: &CheckedJail) -> Result<RunAs, Fault> {
        let hardening = probe_hardening::try_hardening(&self.state.settings, jail, false)?;
        Ok(RunAs { hardening, ..self.run_as.clone() })
    }

    /// `ChrootProvide` with the proposed lines.
    fn add_lines(&self, proposal: &Proposal) -> Provide {
        let mut provide = without_lines_of(&self.state.settings.provide, &self.result);
        let place = Place { file: self.result.to_string_lossy().into_owned(), line: 1 };
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
