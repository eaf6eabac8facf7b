//! When what the configuration needs is tried from inside, and who hears of it.
//!
//! At configtest and before the logs are open, on the terminal: in the jail as it will be. At start and
//! at each restart, in the log: in the very jail that the children will enter.

use super::log::{self, Level, write};
use super::server::{self, Server};
use super::state::State;
use crate::answering;
use crate::configured::Bases;
use crate::fault::{Distrust, Fault, Lack, PreflightFault, PreflightNotice, Remark, Shortcoming};
use crate::platform::{Attempt, End, Reported, SingleThread};
use crate::preflight::{
    self, Circumstance, Claim, Facts, Failed, Host, Known, Prospect, Told, Unasked,
};
use crate::settings::Preflight;
use crate::trusted::Judge;
use crate::view::{Fixed, Outcome, Way};
use crate::walk::on_host;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time that a trial may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Claims that are tried in one jail.
pub(super) struct Trial {
    way: Way,
    at: PathBuf,
    /// The descriptor by which it enters.
    entrance: RawFd,
    host: Host,
    prospect: Prospect,
    /// Files that were left out, and that no further word would provide.
    remarks: Vec<Remark>,
}

impl Trial {
    /// In a jail in which nothing is written yet.
    pub(super) fn of_plan(fixed: &Fixed) -> Self {
        let copies = fixed.provided.iter().filter(|_| fixed.way != Way::View);
        let copies = copies.filter(|shown| shown.outcome != Outcome::JailsOwn);
        let copies = copies.map(|shown| (shown.path.clone(), shown.outcome == Outcome::Made));
        let copies: Vec<_> = copies.collect();
        // The file of the name servers is not copied yet; at start names are looked up after that.
        let will_know = copies.iter().any(|(path, _)| path.ends_with("etc/resolv.conf"));
        let prospect = Prospect {
            links: fixed.links.clone(),
            copies,
            look_up: !will_know,
            in_thread: server::is_threaded(),
            path: std::env::var_os("PATH"),
        };
        Self::new(fixed, prospect)
    }

    /// In the jail as it is. A restart does not wait for name servers.
    pub(super) fn of_fact(fixed: &Fixed) -> Self {
        let prospect = Prospect {
            look_up: !server::is_restart(),
            in_thread: server::is_threaded(),
            path: std::env::var_os("PATH"),
            ..Prospect::default()
        };
        Self::new(fixed, prospect)
    }

    fn new(fixed: &Fixed, prospect: Prospect) -> Self {
        let (at, entrance) = (fixed.jail.at().to_owned(), fixed.jail.entrance().as_raw_fd());
        let host = Host { judge: Judge::outside(&fixed.jail), in_view: fixed.way == Way::View };
        let remarks = fixed.remarks.clone();
        Self { way: fixed.way, at, entrance, host, prospect, remarks }
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
        let (claims, known) = self.claims(server, state);
        let failed = match self.failed(server, mode, &claims, enter) {
            Ok(failed) => failed,
            Err(PreflightFault::Untried(error)) if mode != Preflight::Strict => {
                tell(server, Level::Warning, mode, &PreflightNotice::untried(&error));
                Vec::new()
            }
            Err(why) => return Err(fault(mode, why)),
        };
        let known_outside = known_outside(&claims, &failed);
        // Root looks at the host for advice only, and waits for nothing that somebody in the jail names.
        let answers = answering::all_answer(&preflight::paths_of(&claims, &failed)).is_ok();
        if !answers {
            tell(server, Level::Warning, mode, &PreflightNotice::Unfinished);
        }
        let by = Circumstance {
            way: self.way,
            uid: server::circumstances().user.0,
            exists: &|path| !answers || on_host(path).is_ok(),
            known_outside: &known_outside,
            programs: if answers { &self.host } else { &Unasked },
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
        let alone = SingleThread::checked().map_err(PreflightFault::Untried)?;
        let attempt = Attempt::new(alone, PATIENCE).keeping(self.entrance);
        let log = log::descriptor(server.as_ptr());
        let attempt = log.into_iter().fold(attempt, Attempt::keeping);
        let reported = attempt.report(|out| {
            if let Err(fault) = enter() {
                return preflight::tell(out, &Told::Refused(fault.to_string()));
            }
            preflight::tell(out, &Told::Entered)?;
            preflight::try_all(claims, &self.prospect, out)
        });
        let Reported { bytes, end } = reported.map_err(PreflightFault::Untried)?;
        let failed = preflight::failures(&bytes)?;
        if end != End::Done {
            tell(server, Level::Warning, mode, &PreflightNotice::Unfinished);
        }
        Ok(failed)
    }

    fn claims(&self, server: Server, state: &State) -> (Vec<Claim>, Vec<Known>) {
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
            php_ini: &php_ini(server, state, &self.host.judge),
        };
        preflight::claims(&state.foreign, &facts)
    }
}

/// Bytes of an ini file: PHP's own has 70,000.
const LONGEST_INI: u64 = 1 << 20;

/// The settings of mod_php, outside, as far as they are root's alone.
fn php_ini(server: Server, state: &State, judge: &Judge) -> Vec<(PathBuf, String)> {
    let names = |folder: &Path| -> Vec<PathBuf> {
        let names = judge.folder(folder).map(|folder| folder.entries()).unwrap_or_default();
        names.into_iter().map(|(name, _)| folder.join(OsStr::from_bytes(name.to_bytes()))).collect()
    };
    let mut found = Vec::new();
    for path in preflight::php_ini_files(&state.foreign, &names) {
        match judge.file(&path).and_then(|file| file.content(LONGEST_INI)) {
            Ok(content) => found.push((path, String::from_utf8_lossy(&content).into_owned())),
            // It need not be there.
            Err(Distrust::Walk(_)) => {}
            Err(why) => {
                let notice = PreflightNotice::Unread(path, why);
                tell(server, Level::Warning, state.settings.preflight, &notice);
            }
        }
    }
    found
}

/// Which names that are unknown inside are known outside.
fn known_outside(claims: &[Claim], failed: &[Failed]) -> BTreeSet<usize> {
    if !preflight::has_names(claims, failed) {
        return BTreeSet::new();
    }
    let told = SingleThread::checked().and_then(|alone| {
        let look = |out: &mut dyn Write| preflight::names_known_outside(claims, failed, out);
        Attempt::new(alone, PATIENCE).report(look)
    });
    told.map(|told| preflight::held(&told.bytes)).unwrap_or_default()
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
