//! Facts of the host that the rules of the preflight and its advice need: settings and compiled-in defaults of PHP, folders
//! of packages. Only files that root alone can change are read.

use crate::config::exposes;
use crate::httpd::server::Server;
use crate::jail::walk::on_host;
use crate::lifecycle::state::State;
use crate::messages::{DistrustReason, PreflightNotice};
use crate::packages::{PackageFolders, find_package_folders};
use crate::platform;
use crate::platform::FileKind;
use crate::preflight;
use crate::preflight::{Basis, PhpDefaults, Requirement, Resource};
use crate::trust::trusted::Judge;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

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

/// Reads the settings of mod_php, outside, as far as they are root's alone.
pub(crate) fn read_php_ini(server: Server, state: &State, judge: &Judge) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for path in preflight::list_ini_files(&state.foreign, &|folder| list_folder(folder, judge)) {
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

/// Requirements that are likely: folders of the packages of what is served. Found once in a configuration pass.
pub(crate) fn suggest_packages(
    state: &State,
    claims: &[Requirement],
    judge: &Judge,
) -> Vec<Requirement> {
    let found =
        state.packages.get_or_init(|| find_package_folders(&list_served(claims, judge), judge));
    let Some(setting) = &state.settings.jail else { return Vec::new() };
    let jail = setting.jail.as_path();
    let is_apart = |requirement: &Requirement| match &requirement.resource {
        Resource::Whole(path) => !path.starts_with(jail) && !jail.starts_with(path),
        _ => true,
    };
    found.iter().flat_map(|package| suggest_folders(package, claims)).filter(is_apart).collect()
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
    let exists = |path: &&PathBuf| {
        let found = on_host(path);
        found.is_ok_and(|it| matches!(it.facts.kind, FileKind::Directory | FileKind::File))
    };
    let existing = package.folders.iter().filter(exists);
    existing.map(|path| preflight::suggest_path(claim, path)).collect()
}
