//! Remedies of failures: words for a message, and the items of `ChrootProvide` that they name.

use crate::config::{ProvideItem, ProvideSet, exposes};
use crate::messages::Failure;
use crate::preflight::engine::collector::enclosing_folder;
use crate::preflight::requirement::{Remedy, Requirement, Resource};
use crate::preflight::verdict_input::VerdictInput;
use crate::programs::PROGRAM_FOLDERS;
use crate::view::HostPathMode;
use std::io;
use std::path::{Path, PathBuf};

/// A fix, in words and as items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fix {
    /// Words of the message.
    pub text: String,
    /// Items of `ChrootProvide` that the words name; empty if none is advised.
    pub items: Vec<ProvideItem>,
}

impl From<String> for Fix {
    fn from(text: String) -> Self {
        Self { text, items: Vec::new() }
    }
}

impl From<&str> for Fix {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Fix {
    /// Provides `items`, if `ChrootProvide` would accept them.
    pub(crate) fn provide(items: Vec<ProvideItem>) -> Self {
        let exposed = items.iter().find_map(|item| match item {
            ProvideItem::Path { path, .. } | ProvideItem::Program(path) => exposes(path),
            ProvideItem::Set(_) => None,
        });
        if let Some(contents) = exposed {
            return format!("put it into the jail (to provide it would show {contents})").into();
        }
        let words = items.iter().map(|item| {
            let word = item.to_string();
            // Within the quotes of a message.
            let quote = if word.contains(char::is_whitespace) { "'" } else { "" };
            format!(" {quote}{word}{quote}")
        });
        let text = format!("add \"ChrootProvide{}\"", words.collect::<String>());
        Self { text, items }
    }

    fn provide_paths(writable: bool, paths: &[impl AsRef<Path>]) -> Self {
        let item = |path: &dyn AsRef<Path>| ProvideItem::Path {
            path: path.as_ref().components().collect(),
            writable,
        };
        Self::provide(paths.iter().map(|path| item(path)).collect())
    }

    fn provide_set(set: ProvideSet) -> Self {
        Self::provide(vec![ProvideItem::Set(set)])
    }
}

/// Chooses the fix for a failure.
pub(super) fn choose_fix(
    requirement: &Requirement,
    subject: &Path,
    failure: &Failure,
    input: &VerdictInput<'_>,
) -> Fix {
    match failure {
        Failure::Kind(_) => "correct the path".into(),
        Failure::Denied(_) => format!("let uid {} use it", input.uid).into(),
        Failure::Unwritable(error) if error.kind() != Some(io::ErrorKind::ReadOnlyFilesystem) => {
            format!("let uid {} write to it", input.uid).into()
        }
        Failure::Interpreter(interpreter) => provide_interpreter(subject, interpreter, input),
        Failure::Libraries { loader, names } => provide_libraries(subject, loader, names, input),
        Failure::SetId => "run it outside, or without the bit; inside it has no effect".into(),
        Failure::DeadLink(target) if input.programs.exists(target) => {
            provide_target(subject, target, target, input)
        }
        Failure::DeadLink(_) => "remove the link, which leads nowhere on the host either".into(),
        Failure::LeadsOut(target) => provide_target(subject, target, &widen(target), input),
        Failure::Mentioned(file) => provide_mentioned(subject, file, input),
        Failure::Users => Fix::provide_set(ProvideSet::Users),
        Failure::Unresolved => Fix::provide_set(ProvideSet::Dns),
        Failure::Unwritable(_) if !matches!(requirement.remedy, Remedy::Words(_)) => {
            Fix::provide_paths(true, &[find_journal_folder(subject)])
        }
        _ => choose_by_remedy(requirement, subject, input),
    }
}

/// Endings of SQLite's databases; SQLite creates a journal beside the file.
const DATABASES: [&str; 6] = ["db", "db3", "s3db", "sdb", "sqlite", "sqlite3"];

/// The directory of a database in one file, or `path` itself.
fn find_journal_folder(path: &Path) -> PathBuf {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if DATABASES.contains(&&*ending) { enclosing_folder(path) } else { path.to_owned() }
}

/// Chooses the fix for a path that is missing or read-only.
fn choose_by_remedy(requirement: &Requirement, subject: &Path, input: &VerdictInput<'_>) -> Fix {
    let in_jail = || "put it into the jail, or use ChrootFixRoot view".into();
    let has_view = input.mode == HostPathMode::View;
    match &requirement.remedy {
        Remedy::Words(words) => words.as_str().into(),
        Remedy::Writable(_) if !has_view => in_jail(),
        Remedy::Set(ProvideSet::Config) if !has_view && is_written(&requirement.resource) => {
            in_jail()
        }
        Remedy::Set(set) => Fix::provide_set(*set),
        Remedy::PathOrProgram(path) if input.programs.is_file(path) => provide_program(path, input),
        Remedy::Path(path) | Remedy::PathOrProgram(path) => Fix::provide_paths(false, &[path]),
        Remedy::Writable(path) => Fix::provide_paths(true, &[path]),
        Remedy::Program => provide_program(subject, input),
        Remedy::Programs(paths) => provide_programs(paths, input),
    }
}

/// Interpreters of scripts that every user of the host may run. Versions follow the names.
const INTERPRETERS: [&str; 18] = [
    "awk", "bash", "csh", "dash", "gawk", "guile", "ksh", "lua", "mawk", "mksh", "node", "perl",
    "php", "php-cgi", "python", "ruby", "sh", "tclsh",
];

/// Whether it is one of [`INTERPRETERS`], at its usual place or by its name alone.
fn is_usual_interpreter(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_usual_place =
        folder == Path::new("") || PROGRAM_FOLDERS.iter().any(|usual| folder == Path::new(usual));
    is_usual_place && INTERPRETERS.contains(&name)
}

/// Provides the interpreter of a script. Others than root may have written the script, and chosen the path: then it is
/// advised only if it is one that every script may name.
fn provide_interpreter(script: &Path, interpreter: &Path, input: &VerdictInput<'_>) -> Fix {
    if is_usual_interpreter(interpreter) || input.programs.is_roots_script(script) {
        return provide_program(interpreter, input);
    }
    "others than root can change the script: examine its first line, then provide the program, or correct the line"
        .into()
}

/// Provides all of the programs, or none.
fn provide_programs(paths: &[PathBuf], input: &VerdictInput<'_>) -> Fix {
    let fixes = paths.iter().map(|path| provide_program(path, input));
    let (good, bad): (Vec<_>, Vec<_>) = fixes.partition(|fix| !fix.items.is_empty());
    match bad.into_iter().next() {
        Some(fix) => fix,
        None => Fix::provide(good.into_iter().flat_map(|fix| fix.items).collect()),
    }
}

/// Provides a program: never by a word that would be refused.
fn provide_program(named: &Path, input: &VerdictInput<'_>) -> Fix {
    match input.programs.find_program(named) {
        Ok(path) => Fix::provide(vec![ProvideItem::Program(path)]),
        Err(why) => format!("put it into the jail with its libraries ({why})").into(),
    }
}

/// Provides the libraries of a program: by the word for the program if root may read it, else by the paths of the
/// libraries.
fn provide_libraries(
    subject: &Path,
    loader: &Path,
    names: &[String],
    input: &VerdictInput<'_>,
) -> Fix {
    if let Ok(path) = input.programs.find_program(subject) {
        return Fix::provide(vec![ProvideItem::Program(path)]);
    }
    match input.programs.find_libraries(loader, names) {
        Some(paths) => Fix::provide_paths(false, &paths),
        None => "put its loader and its libraries into the jail, or link it statically".into(),
    }
}

/// Provides `path`, which has the target of a link in it, if root alone can set that and each further link on the way.
/// Otherwise it is a path that others chose.
fn provide_target(link: &Path, target: &Path, path: &Path, input: &VerdictInput<'_>) -> Fix {
    if input.programs.is_roots_link(link, target) {
        Fix::provide_paths(false, &[path])
    } else {
        "others than root can set it: examine the target before you provide it, or remove the link"
            .into()
    }
}

/// Provides a path that a file of root's names, unless it is a matter of the system.
fn provide_mentioned(path: &Path, file: &Path, input: &VerdictInput<'_>) -> Fix {
    let is_system = SYSTEM.iter().chain(&HOST).any(|part| path.starts_with(part));
    if is_system || !input.programs.is_roots_file(file) {
        return "provide it if the application needs it".into();
    }
    let is_program =
        path.parent().is_some_and(|folder| folder.ends_with("bin") || folder.ends_with("sbin"));
    if is_program {
        return provide_program(path, input);
    }
    let is_socket = ["/run", "/var/run"].iter().any(|run| path.starts_with(run));
    let path = if is_socket { enclosing_folder(path) } else { widen(path) };
    Fix::provide_paths(false, &[path])
}

/// Files of the host that say little about an application that names them.
const HOST: [&str; 28] = [
    "/etc/aliases",
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/crontab",
    "/etc/environment",
    "/etc/fstab",
    "/etc/group",
    "/etc/gshadow",
    "/etc/issue",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/login.defs",
    "/etc/machine-id",
    "/etc/mtab",
    "/etc/mysql",
    "/etc/passwd",
    "/etc/postfix",
    "/etc/profile",
    "/etc/security",
    "/etc/shadow",
    "/etc/shells",
    "/etc/sudoers",
    "/run/systemd",
    "/run/user",
    "/usr/lib/systemd",
    "/var/backups",
    "/var/mail",
    "/var/spool/cron",
];

/// Directories whose parts belong to one package each.
const SHARED: [&str; 3] = ["/usr/share", "/etc", "/usr/lib"];

/// Parts of them that belong to the whole system.
const SYSTEM: [&str; 19] = [
    "/etc/alternatives",
    "/etc/apache2",
    "/etc/default",
    "/etc/httpd",
    "/etc/init.d",
    "/etc/pam.d",
    "/etc/pki",
    "/etc/ssh",
    "/etc/ssl",
    "/etc/systemd",
    "/usr/lib/apache2",
    "/usr/lib/cgi-bin",
    "/usr/lib/httpd",
    "/usr/lib/perl5",
    "/usr/lib/php",
    "/usr/lib/ssl",
    "/usr/lib/systemd",
    "/usr/share/doc",
    "/usr/share/man",
];

/// The directory of the package that `path` is from, or `path` itself.
pub(super) fn widen(path: &Path) -> PathBuf {
    let package = |shared: &'static &str| {
        let first = path.strip_prefix(shared).ok()?.components().next()?;
        Some(Path::new(shared).join(first))
    };
    let package = SHARED.iter().find_map(package);
    // `/usr/lib/x86_64-linux-gnu`, `/usr/lib/python3`.
    let is_shared = |it: &Path| {
        let name = it.file_name().unwrap_or_default().to_string_lossy();
        it.starts_with("/usr/lib") && (name.contains("-linux-") || name.starts_with("python"))
    };
    package
        .filter(|it| !is_shared(it) && !SYSTEM.iter().any(|system| it == Path::new(system)))
        .unwrap_or_else(|| path.to_owned())
}

fn is_written(resource: &Resource) -> bool {
    matches!(
        resource,
        Resource::WritableFolder(_) | Resource::WritableFile(_) | Resource::Socket(_)
    )
}
