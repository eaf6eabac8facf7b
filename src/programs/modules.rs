//! The directories in which an interpreter looks for its modules.
//!
//! Only the interpreter knows them, so it is run: a program that is root's alone, as a user that no
//! account has, without any rights, with a deadline. That user is not `User`, because a process in the
//! jail could take over a process of `User` outside. Its output is not trusted: each path is judged like
//! everything else that root provides.

use crate::config::exposes;
use crate::messages::{DistrustReason, ProgramRemark};
use crate::platform::{AttemptEnd, NO_ACCOUNT, SingleThread, UnprivilegedCommand};
use crate::trust::trusted::{Judge, RootOwnedDir};
use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time within which an interpreter answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// A kind of interpreter.
struct InterpreterKind {
    /// The beginning of its name.
    name: &'static str,
    /// Arguments that make it print them.
    question: &'static [&'static CStr],
    /// Words, one of which is in the path of each of its directories. Others are not provided.
    marks: &'static [&'static str],
    /// Reads its output.
    paths: fn(&str) -> Vec<PathBuf>,
}

const KINDS: [InterpreterKind; 3] = [
    InterpreterKind {
        name: "perl",
        question: &[c"-e", c"print map { \"$_\\n\" } @INC"],
        marks: &["perl"],
        paths: parse_lines,
    },
    InterpreterKind {
        name: "python",
        question: &[c"-I", c"-c", c"import sys; print('\\n'.join(sys.path))"],
        marks: &["python"],
        paths: parse_lines,
    },
    InterpreterKind {
        name: "php",
        question: &[c"-n", c"-i"],
        marks: &["php", "pear"],
        paths: parse_php_settings,
    },
];

/// Directories of modules.
#[derive(Debug, Default)]
pub(super) struct ModuleDirs {
    /// Those that are provided.
    pub folders: Vec<(PathBuf, RootOwnedDir)>,
    /// Remarks about others.
    pub remarks: Vec<ProgramRemark>,
}

/// Finds the directories of the modules of `program`, if its name is that of a known interpreter.
pub(super) fn find_module_dirs(program: &Path, judge: &Judge) -> ModuleDirs {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let Some(kind) = KINDS.iter().find(|kind| name.starts_with(kind.name)) else {
        return ModuleDirs::default();
    };
    match ask_interpreter(program, kind) {
        Ok(answer) => judge_dirs((kind.paths)(&answer), kind, judge),
        Err(error) => {
            let remarks = vec![ProgramRemark::Silent(program.to_owned(), error)];
            ModuleDirs { remarks, ..ModuleDirs::default() }
        }
    }
}

/// Runs the interpreter and returns its output. Its path leads through directories of root only, so the program is the
/// one that was judged.
fn ask_interpreter(program: &Path, kind: &InterpreterKind) -> io::Result<String> {
    let program = CString::new(program.as_os_str().as_bytes()).map_err(io::Error::other)?;
    let (user, group) = NO_ACCOUNT;
    let run = UnprivilegedCommand { program: &program, arguments: kind.question, user, group };
    let printed = run.run(SingleThread::check()?, PATIENCE)?;
    match printed.end {
        AttemptEnd::Done => Ok(String::from_utf8_lossy(&printed.bytes).into_owned()),
        end => Err(end.to_error()),
    }
}

fn judge_dirs(paths: Vec<PathBuf>, kind: &InterpreterKind, judge: &Judge) -> ModuleDirs {
    let mut modules = ModuleDirs::default();
    let mut seen = BTreeSet::new();
    for path in paths.into_iter().filter(|path| seen.insert(path.clone())) {
        let cause = match judge.open_folder(&path) {
            Ok(folder) => match find_objection(&path, folder.at(), kind) {
                None => {
                    modules.folders.push((path, folder));
                    continue;
                }
                Some(cause) => cause,
            },
            // It need not be there, and what is in the jail is there anyway.
            Err(DistrustReason::Walk(_) | DistrustReason::InJail(_)) => continue,
            Err(cause) => cause.to_string(),
        };
        modules.remarks.push(ProgramRemark::LeftOut(path, cause));
    }
    modules
}

/// Finds the reason for which a directory of root's is not provided, although an interpreter names it.
fn find_objection(path: &Path, at: &Path, kind: &InterpreterKind) -> Option<String> {
    let is_marked = |path: &Path| {
        let text = path.to_string_lossy().to_ascii_lowercase();
        kind.marks.iter().any(|mark| text.contains(mark))
    };
    if [path, at].iter().any(|path| path.components().count() <= 2) {
        Some("is at the top of the host".into())
    } else if let Some(what) = exposes(at) {
        Some(format!("would show {what}"))
    } else if !is_marked(path) || !is_marked(at) {
        Some(format!("is not called like a directory of {}", kind.name))
    } else {
        None
    }
}

fn parse_lines(answer: &str) -> Vec<PathBuf> {
    answer.lines().filter(|line| line.starts_with('/')).map(PathBuf::from).collect()
}

/// Parses the two settings of PHP by which it finds modules. As text a line is
/// `name => value => value`, as a page (php-cgi) a row of a table.
fn parse_php_settings(answer: &str) -> Vec<PathBuf> {
    const NAMES: [&str; 2] = ["extension_dir", "include_path"];
    let mut found = Vec::new();
    for line in answer.lines() {
        let text = line.replace("</td>", "\n").replace(" => ", "\n");
        let plain = |cell: &str| cell.rsplit('>').next().unwrap_or(cell).trim().to_owned();
        let mut cells = text.lines().map(plain);
        if cells.next().is_some_and(|name| NAMES.contains(&&*name)) {
            let value = cells.next().unwrap_or_default();
            found.extend(value.split(':').filter(|path| path.starts_with('/')).map(PathBuf::from));
        }
    }
    found
}

#[cfg(test)]
#[path = "modules_tests.rs"]
mod tests;
