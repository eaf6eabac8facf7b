//! Trial of the requirements in a process like a child: inside, as the children's user.

use crate::config::set_catalogue::{PASSWD, RESOLV_CONF};
use crate::messages::Failure;
use crate::platform;
use crate::platform::UserId;
use crate::preflight::access_check::{PathFailure, PlannedFiles, Purpose, SearchDepth};
use crate::preflight::access_files::AccessFileSearch;
use crate::preflight::host_names::look_up_names;
use crate::preflight::program::ProgramChecks;
use crate::preflight::requirement::{Basis, Requirement, Resource};
use crate::preflight::tree::TreeSearch;
use crate::preflight::wire::{FailedRequirement, TrialEvent, write_event};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Tries the requirements one after the other, and reports those that fail. Host names come last, because their
/// lookup can take long.
///
/// # Errors
/// Returns an error if the reader is gone.
pub(crate) fn try_requirements(
    requirements: &[Requirement],
    planned: &PlannedFiles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut tools =
        Tools { programs: ProgramChecks::default(), trees: TreeSearch::new(planned.depth) };
    // Whether there are pages of PHP is known after the search of the directories that are served.
    let is_early = |requirement: &Requirement| requirement.basis != Basis::PhpDefault;
    let all = || requirements.iter().enumerate();
    let (early, late) = (all().filter(|it| is_early(it.1)), all().filter(|it| !is_early(it.1)));
    for (index, requirement) in early.chain(late) {
        if !is_early(requirement) && !tools.trees.may_have_pages() {
            continue;
        }
        // A page in a library that is provided is none of the site.
        tools.trees.counts_pages = requirement.place.is_some();
        tools.trees.requirement = index;
        for (subject, failure) in find_failures(&requirement.resource, planned, &mut tools) {
            write_event(
                out,
                &TrialEvent::Failed(FailedRequirement { requirement: index, subject, failure }),
            )?;
        }
    }
    for (requirement, (subject, failure)) in tools.trees.read_found_files() {
        let failed = FailedRequirement { requirement, subject, failure };
        write_event(out, &TrialEvent::Failed(failed))?;
    }
    if planned.depth != SearchDepth::Nothing {
        search_access_files(requirements, planned, out)?;
    }
    let hosts =
        requirements.iter().enumerate().filter_map(|(index, requirement)| {
            match &requirement.resource {
                Resource::Host(name) => Some((index, name.clone())),
                _ => None,
            }
        });
    if planned.look_up { look_up_names(hosts.collect(), planned.in_thread, out) } else { Ok(()) }
}

/// Results that several requirements share.
struct Tools {
    programs: ProgramChecks,
    trees: TreeSearch,
}

/// Searches directories for access control files that lead nowhere, after everything else that takes no time.
fn search_access_files(
    requirements: &[Requirement],
    planned: &PlannedFiles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut search = AccessFileSearch::default();
    for (index, requirement) in requirements.iter().enumerate() {
        let Resource::AccessFiles { folder, names } = &requirement.resource else { continue };
        for (subject, failure) in search.search(folder, names, planned) {
            let failed = FailedRequirement { requirement: index, subject, failure };
            write_event(out, &TrialEvent::Failed(failed))?;
        }
    }
    if search.is_cut { write_event(out, &TrialEvent::Cut) } else { Ok(()) }
}

fn find_failures(
    resource: &Resource,
    planned: &PlannedFiles,
    tools: &mut Tools,
) -> Vec<PathFailure> {
    let programs = &mut tools.programs;
    let one = |result: Result<(), PathFailure>| result.err().into_iter().collect();
    match resource {
        Resource::File(path) => one(planned.check(path, Purpose::ReadFile)),
        Resource::AnyFile(paths) => {
            one(check_any(paths, |path| planned.check(path, Purpose::ReadFile)))
        }
        Resource::Folder(path) => one(planned.check(path, Purpose::ReadFolder)),
        Resource::Either(path) => one(planned.check(path, Purpose::Read)),
        Resource::Whole(path) => one(planned.check(path, Purpose::ReadWhole)),
        Resource::WritableFolder(path) => one(planned.check(path, Purpose::MakeIn)),
        Resource::WritableFile(path) => one(check_writable_file(path, planned)),
        Resource::Socket(path) => one(planned.check(path, Purpose::Connect)),
        Resource::Program(path) => one(programs.check_program(path, planned)),
        Resource::Programs { folder, endings } => {
            let mut failures = programs.check_directory(folder, endings, planned);
            for program in programs.list_programs(folder, endings) {
                tools.trees.read_mentions(&program, true, &mut failures);
            }
            failures
        }
        Resource::Resolver => one(planned.check(Path::new(RESOLV_CONF), Purpose::ReadFile)),
        Resource::Users => one(check_users(planned)),
        Resource::Scratch(paths) => one(check_temp_dirs(paths, planned)),
        Resource::Tree(path) => tools.trees.search(path),
        Resource::Host(_) | Resource::AccessFiles { .. } => Vec::new(),
    }
}

/// Succeeds if `holds` succeeds for one path. The failure of a path that exists is preferred to that of a missing one.
fn check_any(
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

/// Checks a file that is written to, or the directory in which it would be created.
fn check_writable_file(path: &Path, planned: &PlannedFiles) -> Result<(), PathFailure> {
    match planned.check(path, Purpose::WriteFile) {
        Err((_, Failure::Missing)) => {
            planned.check(path.parent().unwrap_or(Path::new("/")), Purpose::MakeIn)
        }
        result => result,
    }
}

/// Looks for a list of users, or looks up the names of several: the children's own may have none (`User #1000`), and
/// systemd's library knows root without a list.
fn check_users(planned: &PlannedFiles) -> Result<(), PathFailure> {
    let known = |user| matches!(platform::find_user_name(user), Ok(Some(_)));
    let has_list = planned.check(Path::new(PASSWD), Purpose::ReadFile).is_ok();
    let users = [platform::effective_user(), UserId(1), UserId(2)];
    if has_list || users.into_iter().any(known) {
        Ok(())
    } else {
        Err((PathBuf::new(), Failure::Users))
    }
}

fn check_temp_dirs(paths: &[PathBuf], planned: &PlannedFiles) -> Result<(), PathFailure> {
    if paths.iter().any(|path| planned.check(path, Purpose::MakeIn).is_ok()) {
        Ok(())
    } else {
        Err((PathBuf::new(), Failure::Scratch))
    }
}
