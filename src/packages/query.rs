//! Databases that only their own tool can read: those of rpm and of FreeBSD's pkg. The tool is a program that is root's
//! alone. It runs as a user that no account has, without any rights, with a deadline, and only if the database is there.

use super::Visit;
use super::lists::{add_path, join_paths};
use crate::platform::{NO_ACCOUNT, SingleThread, UnprivilegedCommand};
use crate::trust::trusted::Judge;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time within which a tool answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// Limit of the size of an answer.
const LONGEST: usize = 8 << 20;

/// Limit of the number of paths, and of packages.
const MOST: usize = 64;

/// A tool that answers questions about packages.
struct Tool {
    program: &'static CStr,
    /// Its database, of which one exists.
    databases: &'static [&'static str],
    /// Arguments before paths: it prints the package of each of them.
    owners: &'static [&'static CStr],
    /// Arguments before packages: it prints lines of a name and a path.
    contents: &'static [&'static CStr],
}

const TOOLS: [Tool; 2] = [
    Tool {
        program: c"/usr/bin/rpm",
        databases: &["/usr/lib/sysimage/rpm", "/var/lib/rpm"],
        owners: &[c"-q", c"-f", c"--queryformat", c"%{NAME}\n", c"--"],
        contents: &[c"-q", c"--queryformat", c"[%{=NAME} %{FILENAMES}\n]", c"--"],
    },
    Tool {
        program: c"/usr/local/sbin/pkg",
        databases: &["/var/db/pkg/local.sqlite"],
        owners: &[c"which", c"-q"],
        contents: &[c"query", c"%n %Fp"],
    },
];

/// Calls `visit` with the name of each package that has one of the paths, and its list of paths.
pub(super) fn read_lists(served: &[PathBuf], judge: &Judge, visit: Visit<'_>) {
    for tool in TOOLS.iter().filter(|tool| tool.is_there(judge)) {
        let paths = served.iter().filter_map(|path| CString::new(path.as_os_str().as_bytes()).ok());
        let owners = tool.ask(tool.owners, &paths.take(MOST).collect::<Vec<_>>());
        let names = parse_names(&owners);
        if names.is_empty() {
            continue;
        }
        for (name, paths) in parse_contents(&tool.ask(tool.contents, &names)) {
            visit(&name, &join_paths(&paths));
        }
    }
}

impl Tool {
    /// Whether the tool and its database are there, and root's alone.
    fn is_there(&self, judge: &Judge) -> bool {
        let is_kept = |path: &&str| {
            let path = Path::new(path);
            judge.open_folder(path).is_ok() || judge.open_file(path).is_ok()
        };
        let program = Path::new(std::ffi::OsStr::from_bytes(self.program.to_bytes()));
        self.databases.iter().any(is_kept) && judge.open_file(program).is_ok()
    }

    /// The answer to a question; empty if there is none. Its path leads through directories of root only, so the program is
    /// the one that was judged.
    fn ask(&self, question: &[&CStr], about: &[CString]) -> String {
        let arguments: Vec<&CStr> =
            question.iter().copied().chain(about.iter().map(CString::as_c_str)).collect();
        let (user, group) = NO_ACCOUNT;
        let command =
            UnprivilegedCommand { program: self.program, arguments: &arguments, user, group };
        let answer = SingleThread::check()
            .and_then(|alone| command.run_with_limit(alone, PATIENCE, LONGEST));
        // A path of no package makes the tool fail, after an answer about the others.
        answer.map(|answer| String::from_utf8_lossy(&answer.bytes).into_owned()).unwrap_or_default()
    }
}

/// Names of packages, one in each line. Other lines say that a path has no package.
fn parse_names(answer: &str) -> Vec<CString> {
    let is_name = |line: &&str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-,~".contains(&byte);
        line.bytes().all(is_letter) && line.starts_with(|it: char| it.is_ascii_alphanumeric())
    };
    let names: BTreeSet<_> = answer.lines().filter(is_name).collect();
    names.into_iter().take(MOST).filter_map(|name| CString::new(name).ok()).collect()
}

/// Paths of each package, with the directories that contain them.
fn parse_contents(answer: &str) -> BTreeMap<String, BTreeSet<PathBuf>> {
    let mut found: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for line in answer.lines() {
        if let Some((name, path)) = line.split_once(' ').filter(|(_, path)| path.starts_with('/')) {
            add_path(Path::new(path), found.entry(name.to_owned()).or_default());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_packages_are_asked_for() {
        let answer =
            "wiki\nfile /srv is not owned by any package\n--eval\nphp82-wiki-1.2,1\nwiki\n";
        assert_eq!(parse_names(answer), [c"php82-wiki-1.2,1".to_owned(), c"wiki".to_owned()]);
    }

    #[test]
    fn each_package_has_its_paths_and_their_directories() {
        let answer =
            "wiki /etc/wiki/my settings\nother /usr/share/other\nnonsense\nwiki relative\n";
        let found = parse_contents(answer);
        assert_eq!(found.len(), 2, "{found:?}");
        let wiki = &found["wiki"];
        assert!(wiki.contains(Path::new("/etc/wiki/my settings")), "{wiki:?}");
        assert!(wiki.contains(Path::new("/etc/wiki")), "{wiki:?}");
    }
}
