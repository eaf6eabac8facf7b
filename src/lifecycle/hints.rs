//! Facts of the host that the rules of the preflight and its advice need: settings and compiled-in defaults of PHP, folders
//! of packages. Only files that root alone can change are read.

use crate::config::exposes;
use crate::httpd::server::Server;
use crate::jail::walk::on_host;
use crate::lifecycle::state::State;
use crate::messages::{DistrustReason, PreflightNotice};
use crate::packages::{PackageFolders, find_package_folders};
use crate::platform;
use crate::platform::{Attempt, FileKind, SingleThread, split_records, write_record};
use crate::preflight;
use crate::preflight::{Basis, PhpDefaults, PhpKind, Requirement, Resource};
use crate::trust::trusted::Judge;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Limits of the sizes of an ini file, of which PHP's own has 70,000 bytes, and of a library.
const LONGEST_INI: u64 = 1 << 20;
const LONGEST_LIBRARY: u64 = 64 << 20;

/// Limit of the number of programs whose packages are looked for.
const MOST_PROGRAMS: usize = 200;

/// Programs that hand mail over for others, by a set-id bit.
const MAIL_HELPERS: [&str; 6] = [
    "/usr/sbin/sendmail",
    "/usr/sbin/postdrop",
    "/usr/libexec/postfix/postdrop",
    "/usr/local/sbin/postdrop",
    "/usr/pkg/sbin/postdrop",
    "/usr/sbin/exim4",
];

/// Reads the settings of a kind of PHP, outside, as far as they are root's alone.
pub(crate) fn read_php_ini(
    server: Server,
    state: &State,
    kind: PhpKind,
    judge: &Judge,
) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    if kind == PhpKind::Cgi && !preflight::has_php_cgi(&state.foreign) {
        return found;
    }
    let list = |folder: &Path| list_folder(folder, judge);
    for path in preflight::list_ini_files(&state.foreign, kind, &list) {
        match judge.open_file(&path).and_then(|file| file.read_contents(LONGEST_INI)) {
            Ok(content) => found.push((path, String::from_utf8_lossy(&content).into_owned())),
            // It need not be there.
            Err(DistrustReason::Walk(_)) => {}
            Err(cause) => {
                let notice = PreflightNotice::Unread(path, cause);
                server.log(&notice.about(state.settings.preflight.word()));
            }
        }
    }
    found
}

fn list_folder(folder: &Path, judge: &Judge) -> Vec<PathBuf> {
    let names = judge.open_folder(folder).map(|folder| folder.list_entries()).unwrap_or_default();
    names.into_iter().map(|(name, _)| folder.join(OsStr::from_bytes(name.to_bytes()))).collect()
}

/// Reads the defaults that are compiled into PHP, if it is loaded.
pub(crate) fn read_php_defaults(judge: &Judge) -> PhpDefaults {
    let mut defaults = PhpDefaults::default();
    let read = |path: &Path| judge.open_file(path).ok()?.read_contents(LONGEST_LIBRARY).ok();
    for module in
        platform::list_loaded_objects().iter().filter(|path| preflight::is_php_module(path))
    {
        let Some(content) = read(module) else { continue };
        let folders = defaults.add_module(&content);
        let extensions = folders
            .iter()
            .flat_map(|folder| preflight::MYSQL_EXTENSIONS.map(|extension| folder.join(extension)));
        extensions
            .filter_map(|path| read(&path))
            .for_each(|content| defaults.add_sockets(&content));
    }
    defaults
}

/// Ids of people, on the systems that are known: those below are of services.
const PEOPLE: std::ops::Range<u32> = 1000..60_000;

/// Number of directories of homes that are advised.
const MOST_HOMES: usize = 5;

/// Lists the directories that contain the homes of people, by the list of users.
pub(crate) fn list_homes(judge: &Judge) -> Vec<PathBuf> {
    let file = judge.open_file(Path::new("/etc/passwd"));
    let content = file.and_then(|file| file.read_contents(LONGEST_INI)).unwrap_or_default();
    let text = String::from_utf8_lossy(&content);
    let folder = |line: &str| {
        let fields: Vec<_> = line.split(':').collect();
        let is_person = PEOPLE.contains(&fields.get(2)?.parse().ok()?);
        let folder = Path::new(fields.get(5)?).parent()?.to_owned();
        let is_fit = is_person && folder.is_absolute() && exposes(&folder).is_none();
        is_fit.then_some(folder)
    };
    let mut folders: Vec<PathBuf> = text.lines().filter_map(folder).collect();
    folders.sort();
    folders.dedup();
    folders.truncate(MOST_HOMES);
    folders
}

/// Whether the host's mail program depends on a set-id bit.
pub(crate) fn needs_set_id_mailer() -> bool {
    let has_bit =
        |path: &&str| on_host(Path::new(path)).is_ok_and(|found| found.facts.mode & 0o6000 != 0);
    MAIL_HELPERS.iter().any(has_bit)
}

/// Time that the search for folders of packages may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Requirements that are likely: folders of the packages of what is served. Found once in a configuration pass.
pub(crate) fn suggest_packages(
    state: &State,
    claims: &[Requirement],
    judge: &Judge,
) -> Vec<Requirement> {
    let found = state.packages.get_or_init(|| find_existing_folders(claims, judge));
    let Some(setting) = &state.settings.jail else { return Vec::new() };
    let jail = setting.jail.as_path();
    let is_apart = |requirement: &Requirement| match &requirement.resource {
        Resource::Whole(path) => !path.starts_with(jail) && !jail.starts_with(path),
        _ => true,
    };
    found.iter().flat_map(|package| suggest_folders(package, claims)).filter(is_apart).collect()
}

/// Folders of the packages of what is served, as far as the host has them. Another process looks: the way to one may hang.
fn find_existing_folders(claims: &[Requirement], judge: &Judge) -> Vec<PackageFolders> {
    let exists = |path: &&PathBuf| {
        let found = on_host(path);
        found.is_ok_and(|it| matches!(it.facts.kind, FileKind::Directory | FileKind::File))
    };
    let look = |out: &mut dyn Write| {
        for package in find_package_folders(&list_served(claims, judge), judge) {
            for folder in package.folders.iter().filter(exists) {
                let paths = [&package.served, folder].map(|path| path.as_os_str().as_bytes());
                write_record(out, &paths)?;
            }
        }
        Ok(())
    };
    let attempt = SingleThread::check().map(|alone| Attempt::new(alone, PATIENCE));
    let found = attempt.and_then(|attempt| attempt.run(look));
    found.map(|found| read_folders(&found.bytes)).unwrap_or_default()
}

/// Reads pairs of paths: what is served, and a folder of its package. An incomplete last pair is left out.
fn read_folders(report: &[u8]) -> Vec<PackageFolders> {
    let path = |bytes: &[u8]| PathBuf::from(OsStr::from_bytes(bytes));
    let mut found: Vec<PackageFolders> = Vec::new();
    for pair in split_records(report) {
        let [served, folder] = pair.map(path);
        match found.last_mut().filter(|last| last.served == served) {
            Some(last) => drop(last.folders.insert(folder)),
            None => found.push(PackageFolders { served, folders: BTreeSet::from([folder]) }),
        }
    }
    found
}

/// Paths that are served from outside of the jail, and programs in them.
fn list_served(claims: &[Requirement], judge: &Judge) -> Vec<PathBuf> {
    let mut served = Vec::new();
    for claim in claims.iter().filter(|claim| claim.basis == Basis::Written) {
        match &claim.resource {
            Resource::Tree(path) => served.push(path.clone()),
            Resource::Programs { folder, .. } => {
                let programs = list_folder(folder, judge);
                served.extend(programs.into_iter().take(MOST_PROGRAMS));
            }
            _ => {}
        }
    }
    served.sort();
    served.dedup();
    served
}

fn suggest_folders(package: &PackageFolders, claims: &[Requirement]) -> Vec<Requirement> {
    let serves = |claim: &&Requirement| match &claim.resource {
        Resource::Tree(path) | Resource::Programs { folder: path, .. } => {
            package.served.starts_with(path)
        }
        _ => false,
    };
    let Some(claim) = claims.iter().find(serves) else { return Vec::new() };
    package.folders.iter().map(|path| preflight::suggest_path(claim, path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_ends_early_has_whole_pairs_only() {
        let report = b"/a\0/etc/a\0/a\0/var/lib/a\0/b\0/etc/b\0";
        let whole = read_folders(report);
        let shown = |found: &[PackageFolders]| {
            let pairs = found.iter().flat_map(|package| {
                package.folders.iter().map(|folder| format!("{:?} {folder:?}", package.served))
            });
            pairs.collect::<Vec<_>>()
        };
        assert_eq!(shown(&whole).len(), 3);
        assert_eq!(whole.len(), 2);
        for end in 0..report.len() {
            assert!(shown(&whole).starts_with(&shown(&read_folders(&report[..end]))), "{end}");
        }
    }
}
