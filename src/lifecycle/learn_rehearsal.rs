//! The trial of proposed lines: a process enters the jail as it would be with them, and tries each use that needs to
//! succeed.

use crate::learning::{BroughtFiles, Observation, Uses, try_uses};
use crate::preflight;
use crate::preflight::{Basis, PlannedFiles, Remedy, Requirement, Resource};
use crate::view::HostPathMode;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Failures that are reported.
const MOST_FAILURES: usize = 1000;

/// The jail in which uses are tried.
pub(super) struct TriedJail<'a> {
    /// The mode of host paths.
    pub mode: HostPathMode,
    /// The jail on the host.
    pub at: PathBuf,
    /// Links and copies that a start would make in a jail without a view.
    pub planned: PlannedFiles,
    /// Programs that `program:` accepts.
    pub programs: &'a BTreeMap<PathBuf, BroughtFiles>,
}

impl TriedJail<'_> {
    /// Tries all uses, inside, and reports each that fails: its number and the reason on one line.
    ///
    /// # Errors
    /// Returns an error if the reader is gone.
    pub(super) fn try_all(&self, needed: &[Observation], out: &mut dyn Write) -> io::Result<()> {
        let (mut requirements, mut failed) = (Vec::new(), Vec::new());
        for (number, seen) in needed.iter().enumerate() {
            let path = self.find_inside(&seen.path);
            if let Some(resource) = self.require(&path, seen) {
                requirements.push((number, make_requirement(seen, resource)));
            } else if let Err(error) = self.try_simple(path, seen) {
                failed.push((number, error));
            }
        }
        for (number, error) in failed.into_iter().take(MOST_FAILURES) {
            writeln!(out, "{number}\t{error}")?;
        }
        let mut events = Vec::new();
        let all: Vec<_> = requirements.iter().map(|(_, it)| it.clone()).collect();
        preflight::write_event(&mut events, &preflight::TrialEvent::Entered)?;
        preflight::try_requirements(&all, &self.planned, &mut events)?;
        let failures =
            preflight::collect_failures(&events).map_err(|_| io::Error::other("no events"))?;
        for one in failures.into_iter().take(MOST_FAILURES) {
            if let Some((number, _)) = requirements.get(one.requirement) {
                writeln!(out, "{number}\tit {}", one.failure.fact().replace('\n', " "))?;
            }
        }
        Ok(())
    }

    /// The path by which a child uses the file: with inside paths, one in the jail begins there.
    fn find_inside(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(&self.at) {
            Ok(rest) if self.mode == HostPathMode::Off => Path::new("/").join(rest),
            _ => path.to_owned(),
        }
    }

    /// The use as a requirement of the preflight: a program or a socket; without a view also a file, which may be copied
    /// at the next start only.
    fn require(&self, path: &Path, seen: &Observation) -> Option<Resource> {
        let path = path.to_owned();
        let is_folder = || self.planned.resolve_link(&path).unwrap_or(path.clone()).is_dir();
        match seen.uses {
            uses if uses.has(Uses::CONNECT) => Some(Resource::Socket(path)),
            uses if uses.has(Uses::RUN) && self.programs.contains_key(&seen.path) => {
                Some(Resource::Program(path))
            }
            _ if self.mode == HostPathMode::View => None,
            uses if uses.write() && is_folder() => Some(Resource::WritableFolder(path)),
            uses if uses.write() => Some(Resource::WritableFile(path)),
            uses if uses.has(Uses::READ | Uses::RUN) => Some(Resource::Either(path)),
            _ => None,
        }
    }

    fn try_simple(&self, path: PathBuf, seen: &Observation) -> io::Result<()> {
        if self.planned.will_exist(&path) {
            return Ok(());
        }
        try_uses(&Observation { path, ..seen.clone() })
    }
}

fn make_requirement(seen: &Observation, resource: Resource) -> Requirement {
    Requirement {
        directive: String::new(),
        value: seen.path.to_string_lossy().into_owned(),
        place: None,
        resource,
        breaks: true,
        optional: false,
        refuses: false,
        basis: Basis::Written,
        remedy: Remedy::Words(String::new()),
    }
}

/// Reads the report: each use that fails, with the reason.
pub(super) fn read_failures(report: &[u8], needed: &[Observation]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(report);
    let failure = |line: &str| {
        let (number, reason) = line.split_once('\t')?;
        let seen = needed.get(number.parse::<usize>().ok()?)?;
        Some((seen.path.to_string_lossy().into_owned(), reason.to_owned()))
    };
    text.lines().filter_map(failure).collect()
}
