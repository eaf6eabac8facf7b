//! The error log is part of the contract: what a test did not declare must not be in it.

use std::fs;
use std::path::PathBuf;

const QUIET: [&str; 13] = [
    "notice", "info", "debug", "trace1", "trace2", "trace3", "trace4", "trace5", "trace6",
    "trace7", "trace8", "trace", "data",
];

/// Messages of mpm_event, now and then, about a child that is ended while a connection is kept alive: its pollset is
/// closed before its threads are. Seen on a busy machine.
const OF_EVENT: [&str; 2] = [
    "(9)Bad file descriptor: AH03092: process_lingering_close: apr_pollset_add failure",
    "(9)Bad file descriptor: AH03093: process_socket: apr_pollset_add failure for keep alive",
];

/// Messages of modules on a machine whose packages are of different days, whatever the configuration: libraries are older
/// or newer than those that the module was built with.
const OF_PACKAGES: [&str; 2] =
    ["AH01882: Init: this version of mod_ssl was compiled against", "Loaded PCRE do not match"];

/// The lines that httpd wrote, and those that the test has declared.
#[derive(Debug)]
pub(crate) struct Log {
    files: Vec<PathBuf>,
    allowed: Vec<String>,
    expected: Vec<String>,
}

impl Log {
    /// The log kept in these files.
    pub(crate) fn new(files: Vec<PathBuf>, allowed: Vec<String>, expected: Vec<String>) -> Log {
        Log { files, allowed, expected }
    }

    /// Everything written so far.
    pub(crate) fn text(&self) -> String {
        let read = |file| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned();
        self.files.iter().map(read).collect()
    }

    /// How many lines hold the words.
    pub(crate) fn count(&self, words: &str) -> usize {
        self.text().lines().filter(|line| line.contains(words)).count()
    }

    /// Lines with these words may be there.
    pub(crate) fn allow(&mut self, words: &str) {
        self.allowed.push(words.to_owned());
    }

    /// The declared lines that are missing, and the lines that are warnings or worse and not declared.
    pub(crate) fn violations(&self) -> Vec<String> {
        let text = self.text();
        let missing = self.expected.iter().filter(|words| !text.contains(words.as_str()));
        let missing = missing.map(|words| format!("missing from the error log: {words}"));
        let loud = text.lines().filter(|line| is_loud(line) && !self.is_declared(line));
        missing.chain(loud.map(|line| format!("undeclared: {line}"))).collect()
    }

    fn is_declared(&self, line: &str) -> bool {
        let is_of_others = OF_EVENT.iter().chain(&OF_PACKAGES).any(|words| line.contains(words));
        is_of_others
            || self.allowed.iter().chain(&self.expected).any(|words| line.contains(words.as_str()))
    }
}

/// Whether a line is of level warn or worse; a line without a level is somebody crying out.
fn is_loud(line: &str) -> bool {
    let level = line.split_once("] [").and_then(|(_, rest)| rest.split_once(']'));
    let level = level.and_then(|(tag, _)| tag.split_once(':')).map(|(_, level)| level);
    !line.trim().is_empty() && !level.is_some_and(|level| QUIET.contains(&level))
}
