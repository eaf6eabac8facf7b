//! Tries the needs of children in a process like them: inside, as their user.

use crate::config::set_catalogue::RESOLV_CONF;
use crate::messages::Failure;
use crate::platform;
use crate::platform::UserId;
use crate::preflight::access_check::{PathFailure, PlannedFiles, Purpose};
use crate::preflight::names::look_up;
use crate::preflight::program::ProgramChecks;
use crate::preflight::requirement::{Requirement, Resource};
use crate::preflight::wire::{FailedRequirement, TrialEvent, write};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Tries `claims` one after the other, and reports those that fail. Names of hosts come last, because they
/// can take long.
///
/// # Errors
/// The reader is gone.
pub(crate) fn try_all(
    claims: &[Requirement],
    prospect: &PlannedFiles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut programs = ProgramChecks::default();
    for (index, claim) in claims.iter().enumerate() {
        for (subject, lack) in lacking(&claim.need, prospect, &mut programs) {
            write(out, &TrialEvent::Failed(FailedRequirement { claim: index, subject, lack }))?;
        }
    }
    let hosts = claims.iter().enumerate().filter_map(|(index, claim)| match &claim.need {
        Resource::Host(name) => Some((index, name.clone())),
        _ => None,
    });
    if prospect.look_up { look_up(hosts.collect(), prospect.in_thread, out) } else { Ok(()) }
}

fn lacking(
    need: &Resource,
    prospect: &PlannedFiles,
    programs: &mut ProgramChecks,
) -> Vec<PathFailure> {
    let one = |result: Result<(), PathFailure>| result.err().into_iter().collect();
    match need {
        Resource::File(path) => one(prospect.has(path, Purpose::ReadFile)),
        Resource::AnyFile(paths) => one(any(paths, |path| prospect.has(path, Purpose::ReadFile))),
        Resource::Folder(path) => one(prospect.has(path, Purpose::ReadFolder)),
        Resource::Either(path) => one(prospect.has(path, Purpose::Read)),
        Resource::WritableFolder(path) => one(prospect.has(path, Purpose::MakeIn)),
        Resource::WritableFile(path) => one(writable_file(path, prospect)),
        Resource::Socket(path) => one(prospect.has(path, Purpose::Connect)),
        Resource::Program(path) => one(programs.run(path, prospect)),
        Resource::Programs { folder, endings } => programs.all_in(folder, endings, prospect),
        Resource::Resolver => one(prospect.has(Path::new(RESOLV_CONF), Purpose::ReadFile)),
        Resource::Users => one(users()),
        Resource::Scratch(paths) => one(scratch(paths, prospect)),
        Resource::Host(_) => Vec::new(),
    }
}

/// The first failure, unless one of them holds; one that is there counts more than a missing one.
fn any(
    paths: &[PathBuf],
    holds: impl Fn(&Path) -> Result<(), PathFailure>,
) -> Result<(), PathFailure> {
    let mut worst: Option<PathFailure> = None;
    for path in paths {
        match (holds(path), &worst) {
            (Ok(()), _) => return Ok(()),
            (Err(lacking), None) => worst = Some(lacking),
            (Err(lacking), Some((_, Failure::Missing))) if lacking.1 != Failure::Missing => {
                worst = Some(lacking);
            }
            (Err(_), Some(_)) => {}
        }
    }
    worst.map_or(Ok(()), Err)
}

/// A file that is not there yet will be made.
fn writable_file(path: &Path, prospect: &PlannedFiles) -> Result<(), PathFailure> {
    match prospect.has(path, Purpose::WriteFile) {
        Err((_, Failure::Missing)) => {
            prospect.has(path.parent().unwrap_or(Path::new("/")), Purpose::MakeIn)
        }
        result => result,
    }
}

/// Any user's name will do: the children's own may have none (`User #1000`).
fn users() -> Result<(), PathFailure> {
    let known = |user| matches!(platform::find_user_name(user), Ok(Some(_)));
    if [platform::effective_user(), UserId(1), UserId(2)].into_iter().any(known) {
        Ok(())
    } else {
        Err((PathBuf::new(), Failure::Users))
    }
}

fn scratch(paths: &[PathBuf], prospect: &PlannedFiles) -> Result<(), PathFailure> {
    if paths.iter().any(|path| prospect.has(path, Purpose::MakeIn).is_ok()) {
        Ok(())
    } else {
        Err((PathBuf::new(), Failure::Scratch))
    }
}
