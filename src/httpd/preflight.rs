//! When what the configuration needs is tried from inside, and who hears of it.
//!
//! At configtest and before the logs are open, on the terminal: in the jail as it will be. At start and
//! at each restart, in the log: in the very jail that the children will enter.

use super::log::{Level, write};
use super::server::{self, Server};
use super::state::State;
use crate::configured::Bases;
use crate::fault::{Fault, Lack, PreflightFault, PreflightNotice, Remark, Shortcoming};
use crate::platform;
use crate::preflight::{self, Circumstance, Claim, Facts, Failed, Known, Prospect, Told};
use crate::settings::Preflight;
use crate::view::{Fixed, Outcome, Way};
use crate::walk::on_host;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Seconds that a trial may take.
const PATIENCE: u32 = 5;

/// What is tried, and where.
pub(super) struct Trial {
    way: Way,
    at: PathBuf,
    prospect: Prospect,
    /// What was left out, which no further word would bring.
    remarks: Vec<Remark>,
}

impl Trial {
    /// In a jail in which nothing is written yet.
    pub(super) fn of_plan(fixed: &Fixed) -> Self {
        let copies = fixed.provided.iter().filter(|_| fixed.way != Way::View);
        let copies = copies.filter(|shown| shown.outcome != Outcome::JailsOwn);
        let copies = copies.map(|shown| (shown.path.clone(), shown.outcome == Outcome::Made));
        let copies: Vec<_> = copies.collect();
        // What names are asked of is not there yet; at start they are looked up once it is.
        let will_know = copies.iter().any(|(path, _)| path.ends_with("etc/resolv.conf"));
        let prospect = Prospect {
            links: fixed.links.clone(),
            copies,
            look_up: !will_know,
            in_thread: server::is_threaded(),
        };
        Self::of(fixed, prospect)
    }

    fn of(fixed: &Fixed, prospect: Prospect) -> Self {
        let (at, remarks) = (fixed.jail.at().to_owned(), fixed.remarks.clone());
        Self { way: fixed.way, at, prospect, remarks }
    }

    /// In the jail as it is. A restart does not wait for name servers.
    pub(super) fn of_fact(fixed: &Fixed) -> Self {
        let prospect = Prospect {
            look_up: !server::is_restart(),
            in_thread: server::is_threaded(),
            ..Prospect::default()
        };
        Self::of(fixed, prospect)
    }

    /// Lets a process `enter` and try, and says what children would not find. Answers the same.
    ///
    /// # Errors
    /// It was not let in, as no child would be. Under `strict` also: requests would fail, or nothing could
    /// be tried.
    pub(super) fn run(
        &self,
        server: Server,
        state: &State,
        enter: impl FnOnce() -> Result<(), Fault>,
    ) -> Result<Vec<String>, Fault> {
        let mode = state.settings.preflight;
        if mode == Preflight::Off {
            return Ok(Vec::new());
        }
        let (claims, known) = self.claims(state);
        let failed = match self.failed(server, mode, &claims, enter) {
            Ok(failed) => failed,
            Err(PreflightFault::Untried(error)) if mode != Preflight::Strict => {
                tell(server, Level::Warning, mode, &PreflightNotice::untried(&error));
                Vec::new()
            }
            Err(why) => return Err(fault(mode, why)),
        };
        let known_outside = known_outside(&claims, &failed);
        let by = Circumstance {
            way: self.way,
            uid: server::circumstances().user.0,
            exists: &|path| on_host(path).is_ok(),
            known_outside: &known_outside,
        };
        let mut all = preflight::shortcomings(&claims, &known, failed, &by);
        all.iter_mut().for_each(|one| self.correct(one));
        tell(server, Level::Info, mode, &PreflightNotice::Tried(claims.len(), all.len()));
        say(server, mode, &all)
    }

    /// The remedy for what was left out is that of its remark.
    fn correct(&self, one: &mut Shortcoming) {
        let path = one.subject.clone().unwrap_or_else(|| PathBuf::from(&one.value));
        let remedy = self.remarks.iter().find_map(|remark| remark.remedy_for(&path));
        if let (Lack::Missing, Some(remedy)) = (&one.lack, remedy) {
            one.remedy = remedy;
        }
    }

    /// Which claims do not hold inside.
    fn failed(
        &self,
        server: Server,
        mode: Preflight,
        claims: &[Claim],
        enter: impl FnOnce() -> Result<(), Fault>,
    ) -> Result<Vec<Failed>, PreflightFault> {
        let told = platform::told_by_a_child(PATIENCE, |out| {
            if let Err(fault) = enter() {
                return preflight::tell(out, &Told::Refused(fault.to_string()));
            }
            preflight::tell(out, &Told::Entered)?;
            preflight::try_all(claims, &self.prospect, out)
        });
        let (told, ended) = told.map_err(PreflightFault::Untried)?;
        let failed = preflight::failures(&told)?;
        if !ended {
            tell(server, Level::Warning, mode, &PreflightNotice::Unfinished);
        }
        Ok(failed)
    }

    fn claims(&self, state: &State) -> (Vec<Claim>, Vec<Known>) {
        let scratch = ["TMPDIR", "TMP", "TEMP"].iter().filter_map(std::env::var_os);
        let scratch: Vec<_> = scratch.map(PathBuf::from).collect();
        let server_root = server::server_root();
        let facts = Facts {
            bases: Bases { server_root: &server_root, runtime_dir: &state.runtime_dir },
            is_loaded: &server::is_loaded,
            way: self.way,
            suexec: server::circumstances().suexec,
            jail_at: &self.at,
            scratch: &scratch,
            php_ini: &php_ini(state),
        };
        preflight::claims(&state.foreign, &facts)
    }
}

/// The settings of mod_php, outside. A file that cannot be read has none.
fn php_ini(state: &State) -> Vec<(PathBuf, String)> {
    let names = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()).collect()
    };
    let files = preflight::php_ini_files(&state.foreign, &names).into_iter();
    files.filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?))).collect()
}

/// Which names that are unknown inside are known outside.
fn known_outside(claims: &[Claim], failed: &[Failed]) -> BTreeSet<usize> {
    if !preflight::has_names(claims, failed) {
        return BTreeSet::new();
    }
    let told = platform::told_by_a_child(PATIENCE, |out| {
        preflight::names_known_outside(claims, failed, out)
    });
    told.map(|(told, _)| preflight::held(&told)).unwrap_or_default()
}

fn say(server: Server, mode: Preflight, all: &[Shortcoming]) -> Result<Vec<String>, Fault> {
    let fatal = |one: &&Shortcoming| mode == Preflight::Strict && one.breaks;
    for one in all {
        let level = if fatal(&one) { Level::Refused } else { Level::Warning };
        write(server.as_ptr(), level, &one.to_string());
    }
    match all.iter().filter(fatal).count() {
        0 => Ok(all.iter().map(ToString::to_string).collect()),
        count => Err(fault(mode, PreflightFault::Breaks(count))),
    }
}

fn fault(mode: Preflight, why: PreflightFault) -> Fault {
    Fault::of("ChrootPreflight", mode.word(), why)
}

fn tell(server: Server, level: Level, mode: Preflight, notice: &PreflightNotice) {
    write(server.as_ptr(), level, &notice.about(mode.word()));
}
