//! Facts about the configuration and the host that proposed lines depend on.

use crate::audit::OwnKind;
use crate::config::{FixRoot, JailSetting, Provide};
use crate::learning::{
    BroughtFiles, ObservationTable, RuleFacts, SecretSearch, ShownPath, UserHost, Uses,
};
use crate::lifecycle::state::State;
use crate::messages::{Fault, LearnFault, Place};
use crate::platform::{Attempt, MountNamespace, SingleThread};
use crate::programs;
use crate::programs::Modules;
use crate::provide::{ConfiguredPaths, ProgramRequests, RequestKind, UserFiles, collect_requests};
use crate::trust::trusted::Judge;
use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time in which a view is tried.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// The jail.
    pub(super) jail: PathBuf,
    /// Whether the children get a view; else files are copied into the jail.
    pub(super) in_view: bool,
    judge: Judge,
    shown: Vec<ShownPath>,
    /// Files that the server keeps for itself.
    pub(super) keeps: Vec<PathBuf>,
    /// Whether Python looks up the name of its user each time when it starts.
    pub(super) python_looks_up: bool,
}

/// Variables of the environment with one of which Python looks up no user when it starts.
const PYTHON_KNOWS_BY: [&str; 3] = ["HOME", "PYTHONUSERBASE", "PYTHONNOUSERSITE"];

impl LearnSurvey {
    /// Collects the facts, as if `result`, the file that will be replaced, were not included.
    ///
    /// # Errors
    /// Returns an error if the jail, or a program that is provided, cannot be examined.
    pub(crate) fn make(
        state: &State,
        setting: &JailSetting,
        result: &Path,
    ) -> Result<LearnSurvey, Fault> {
        let jail = state.find_jail(setting)?;
        let in_view = has_view(state).map_err(|error| {
            Fault::new(setting.jail.as_path(), LearnFault::Failed("fork", error))
        })?;
        let mut programs = ProgramRequests::for_jail(&jail, in_view);
        // Lines of an earlier result, which this one replaces.
        let provide = without_lines_of(&state.settings.provide, result);
        let configured = configure_trial(state);
        let requests = collect_requests(&provide, &configured, in_view, &mut programs)?;
        let of_jail =
            |path: &Path| ShownPath { path: path.to_owned(), writable: true, private: false };
        let mut shown = vec![of_jail(jail.at()), of_jail(jail.written().as_path())];
        shown.extend(requests.into_iter().map(|request| {
            let private = request.kind == RequestKind::Scratch;
            // A copy cannot be written to.
            let writable = private || in_view && request.is_writable();
            ShownPath { writable, private, path: request.path }
        }));
        let is_kept = |kind| !matches!(kind, OwnKind::Code | OwnKind::Certificate);
        let keeps = state.own.iter().filter(|own| is_kept(own.kind)).map(|own| own.path.clone());
        let (at, judge) = (jail.at().to_owned(), Judge::outside(&jail));
        let keeps = keeps.collect();
        // The children and their programs inherit the environment.
        let python_looks_up = PYTHON_KNOWS_BY.iter().all(|name| std::env::var_os(name).is_none());
        Ok(LearnSurvey { jail: at, in_view, judge, shown, keeps, python_looks_up })
    }
}

/// Paths of the configuration, with empty lists of users: a trial opens them, and does not read them.
pub(super) fn configure_trial(state: &State) -> ConfiguredPaths {
    ConfiguredPaths { users: Some(UserFiles::default()), ..state.configured.clone() }
}

/// Whether the children of this configuration get a view. A process of its own tries it, because that leaves the host's
/// mount namespace.
fn has_view(state: &State) -> io::Result<bool> {
    match FixRoot::or_default(state.settings.fix_root, state.serves_root) {
        FixRoot::View => Ok(true),
        FixRoot::Link | FixRoot::Off => Ok(false),
        FixRoot::On => {
            let attempt = Attempt::new(SingleThread::check()?, PATIENCE);
            attempt.check_rule(|| matches!(MountNamespace::unshare(), Ok(Ok(_))))
        }
    }
}

/// `provide` without the lines that come from `file`, by whatever name it is included.
pub(super) fn without_lines_of(provide: &Provide, file: &Path) -> Provide {
    let identity = |path: &Path| {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(path).ok().map(|facts| (facts.dev(), facts.ino()))
    };
    let result = identity(file);
    let is_result = |place: &Place| {
        let path = Path::new(&place.file);
        path == file || result.is_some() && identity(path) == result
    };
    let mut other = provide.clone();
    other.requested.retain(|(_, place)| !is_result(place));
    other
}

/// Programs that were run, and interpreters.
pub(super) fn list_programs(table: &ObservationTable) -> Vec<PathBuf> {
    let runs = table.paths().filter(|seen| seen.uses.has(Uses::RUN)).map(|seen| seen.path.clone());
    runs.take(MOST_PROGRAMS).chain(INTERPRETERS.iter().map(PathBuf::from)).collect()
}

impl LearnSurvey {
    /// Writes the number of each program of [`list_programs`] that is root's alone. Strangers choose the paths, so the way to
    /// one may hang: only a process that may hang looks.
    pub(super) fn list_trusted(&self, all: &[PathBuf], out: &mut dyn Write) -> io::Result<()> {
        for (number, program) in all.iter().enumerate() {
            if self.judge.open_file(program).is_ok() {
                writeln!(out, "{number}")?;
            }
        }
        Ok(())
    }

    /// Those of `programs` that `program:` accepts, each with the files that it brings.
    pub(super) fn find_programs(
        &self,
        programs: Vec<PathBuf>,
        modules: Modules,
    ) -> BTreeMap<PathBuf, BroughtFiles> {
        let brought = |program: PathBuf| {
            let needs = programs::find_needs(&program, &self.judge, modules).ok()?;
            let modules: Vec<_> = needs.modules.into_iter().collect();
            let libraries = programs::list_shown(needs.libraries, true);
            let mut paths: Vec<_> = needs.files.into_iter().chain(libraries).collect();
            paths.extend(modules.iter().cloned());
            paths.sort_unstable();
            paths.dedup();
            let in_view = self.in_view;
            let is_brought = |path: &PathBuf| programs::is_brought_data(path, in_view);
            let data = needs.data.into_iter().filter(is_brought).collect();
            Some((program, BroughtFiles { paths, modules, data }))
        };
        programs.into_iter().filter_map(brought).collect()
    }

    /// Whether `path` is available without a further line.
    pub(super) fn is_shown(&self, path: &Path) -> bool {
        self.shown.iter().any(|shown| path.starts_with(&shown.path))
    }

    /// Facts for the rules.
    pub(super) fn facts<'a>(
        &'a self,
        programs: &'a BTreeMap<PathBuf, BroughtFiles>,
    ) -> RuleFacts<'a> {
        RuleFacts {
            shown: &self.shown,
            keeps: &self.keeps,
            programs,
            host: &UserHost,
            in_view: self.in_view,
            python_looks_up: self.python_looks_up,
            secrets: SecretSearch::default(),
        }
    }
}
