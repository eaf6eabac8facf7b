#![forbid(unsafe_code)]
//! Tries the needs of children in a process like them: inside, as their user.

use super::claim::{Claim, Need};
use super::names::look_up;
use super::program::Programs;
use super::report::{Failed, Told, write};
use super::seen::{Lacking, Prospect, Purpose};
use crate::fault::Lack;
use crate::platform::{self, UserId};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where C libraries find their name servers.
const RESOLVER: &str = "/etc/resolv.conf";

/// Tries `claims` one after the other, and reports those that fail. Names of hosts come last, because they
/// can take long.
///
/// # Errors
/// The reader is gone.
pub(crate) fn try_all(
    claims: &[Claim],
    prospect: &Prospect,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut programs = Programs::default();
    for (index, claim) in claims.iter().enumerate() {
        for (subject, lack) in lacking(&claim.need, prospect, &mut programs) {
            write(out, &Told::Failed(Failed { claim: index, subject, lack }))?;
        }
    }
    let hosts = claims.iter().enumerate().filter_map(|(index, claim)| match &claim.need {
        Need::Host(name) => Some((index, name.clone())),
        _ => None,
    });
    if prospect.look_up { look_up(hosts.collect(), prospect.in_thread, out) } else { Ok(()) }
}

fn lacking(need: &Need, prospect: &Prospect, programs: &mut Programs) -> Vec<Lacking> {
    let one = |result: Result<(), Lacking>| result.err().into_iter().collect();
    match need {
        Need::File(path) => one(prospect.has(path, Purpose::ReadFile)),
        Need::AnyFile(paths) => one(any(paths, |path| prospect.has(path, Purpose::ReadFile))),
        Need::Folder(path) => one(prospect.has(path, Purpose::ReadFolder)),
        Need::Either(path) => one(prospect.has(path, Purpose::Read)),
        Need::WritableFolder(path) => one(prospect.has(path, Purpose::MakeIn)),
        Need::WritableFile(path) => one(writable_file(path, prospect)),
        Need::Socket(path) => one(prospect.has(path, Purpose::Connect)),
        Need::Program(path) => one(programs.run(path, prospect)),
        Need::Programs { folder, endings } => programs.all_in(folder, endings, prospect),
        Need::Resolver => one(prospect.has(Path::new(RESOLVER), Purpose::ReadFile)),
        Need::Users => one(users()),
        Need::Scratch(paths) => one(scratch(paths, prospect)),
        Need::Host(_) => Vec::new(),
    }
}

/// The first failure, unless one of them holds; one that is there counts more than a missing one.
fn any(paths: &[PathBuf], holds: impl Fn(&Path) -> Result<(), Lacking>) -> Result<(), Lacking> {
    let mut worst: Option<Lacking> = None;
    for path in paths {
        match (holds(path), &worst) {
            (Ok(()), _) => return Ok(()),
            (Err(lacking), None) => worst = Some(lacking),
            (Err(lacking), Some((_, Lack::Missing))) if lacking.1 != Lack::Missing => {
                worst = Some(lacking);
            }
            (Err(_), Some(_)) => {}
        }
    }
    worst.map_or(Ok(()), Err)
}

/// A file that is not there yet will be made.
fn writable_file(path: &Path, prospect: &Prospect) -> Result<(), Lacking> {
    match prospect.has(path, Purpose::WriteFile) {
        Err((_, Lack::Missing)) => {
            prospect.has(path.parent().unwrap_or(Path::new("/")), Purpose::MakeIn)
        }
        result => result,
    }
}

/// Any user's name will do: the children's own may have none (`User #1000`).
fn users() -> Result<(), Lacking> {
    let known = |user| matches!(platform::user_name(user), Ok(Some(_)));
    if [platform::effective_user(), UserId(1), UserId(2)].into_iter().any(known) {
        Ok(())
    } else {
        Err((PathBuf::new(), Lack::Users))
    }
}

fn scratch(paths: &[PathBuf], prospect: &Prospect) -> Result<(), Lacking> {
    if paths.iter().any(|path| prospect.has(path, Purpose::MakeIn).is_ok()) {
        Ok(())
    } else {
        Err((PathBuf::new(), Lack::Scratch))
    }
}
