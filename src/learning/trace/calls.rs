//! Lines with one call each: strace on Linux, truss on FreeBSD, dtruss on macOS.

use crate::learning::trace::arguments::{read_number, split_arguments};
use crate::learning::trace::{TraceLine, TracedCall};
use std::collections::BTreeMap;

/// Calls that are waited for at the same time.
const MOST_UNFINISHED: usize = 10_000;

/// A reader of such lines.
#[derive(Debug, Default)]
pub(super) struct CallReader {
    /// Beginnings of calls that strace has interrupted, by process.
    unfinished: BTreeMap<u64, String>,
}

impl CallReader {
    /// Reads a line.
    pub(super) fn read(&mut self, line: &str) -> TraceLine {
        let (process, text) = split_prefix(line);
        if text.starts_with("+++ ") || text.starts_with("--- ") {
            return TraceLine::Other;
        }
        if let Some(begun) = text.strip_suffix("<unfinished ...>") {
            return self.keep(process, begun);
        }
        let resumed = text.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>"));
        if let Some((_, rest)) = resumed {
            let Some(begun) = self.unfinished.remove(&process) else { return TraceLine::Other };
            return read_call(process, &format!("{begun}{rest}"));
        }
        read_call(process, text)
    }

    fn keep(&mut self, process: u64, begun: &str) -> TraceLine {
        if self.unfinished.len() < MOST_UNFINISHED {
            self.unfinished.insert(process, begun.to_owned());
        }
        let name = begun.split('(').next().unwrap_or_default();
        if is_fork(name) { TraceLine::Forks(process) } else { TraceLine::Other }
    }
}

/// Whether the call makes another process.
pub(super) fn is_fork(name: &str) -> bool {
    let name =
        name.trim_start_matches('_').trim_end_matches(|letter: char| letter.is_ascii_digit());
    ["fork", "vfork", "clone", "rfork", "pdfork"].contains(&name)
}

/// Splits off the number of the process and the time: `[pid 12] `, `12 `, `12: `, `12/0x3f:  `, each with `10:11:12.5 `.
fn split_prefix(line: &str) -> (u64, &str) {
    let line = line.trim_start();
    let (number, rest) = match line.strip_prefix("[pid") {
        Some(rest) => rest.split_once(']').unwrap_or(("", rest)),
        None => {
            let end = line.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(0);
            match (&line[..end], &line[end..]) {
                (number, rest) if rest.starts_with(' ') => (number, rest),
                (number, rest) if rest.starts_with(':') && !is_time(line) => (number, &rest[1..]),
                (number, rest) if rest.starts_with('/') => {
                    (number, rest.split_once(':').map_or(rest, |(_, rest)| rest))
                }
                _ => ("", line),
            }
        }
    };
    let (number, mut rest) = (number.trim().parse().unwrap_or(0), rest.trim_start());
    while let Some((_, after)) = rest.split_once(' ').filter(|(word, _)| is_time(word)) {
        rest = after.trim_start();
    }
    (number, rest)
}

/// Whether `word` begins with a time: `10:11:12`, or seconds with a fraction.
fn is_time(word: &str) -> bool {
    let word = word.split(' ').next().unwrap_or_default();
    let is_digit = |letter: char| letter.is_ascii_digit() || letter == ':' || letter == '.';
    let has_mark = word.contains('.') || word.matches(':').count() == 2;
    has_mark
        && word.starts_with(|letter: char| letter.is_ascii_digit())
        && word.chars().all(is_digit)
}

fn read_call(process: u64, text: &str) -> TraceLine {
    let Some((name, rest)) = text.split_once('(') else { return TraceLine::Foreign };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return TraceLine::Foreign;
    }
    let Some((arguments, rest)) = split_arguments(rest) else { return TraceLine::Foreign };
    let rest = rest.trim_start();
    let result = match rest.strip_prefix('=') {
        Some(result) if result.contains("Err#") => None,
        Some(result) => read_number(result).filter(|number| *number >= 0 || waits(result)),
        None if rest.starts_with("ERR#") => None,
        None => return TraceLine::Foreign,
    };
    let name = name.to_owned();
    TraceLine::Calls(vec![TracedCall { process, program: None, name, arguments, result }])
}

/// Whether the call goes on by itself: `connect` with a socket that does not wait.
fn waits(result: &str) -> bool {
    result.contains("EINPROGRESS")
}
