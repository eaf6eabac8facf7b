//! Lines of macOS' fs_usage, in its wide format (`-w`):
//!
//! ```text
//! 10:11:12.000001  open              F=5        (R_____)  /etc/hosts      0.000012   httpd.4711
//! 10:11:12.000002  stat64            [  2]                /no/such        0.000004 W httpd.4711
//! ```

use crate::learning::trace::arguments::Argument;
use crate::learning::trace::{TraceLine, TracedCall};
use crate::platform::{Effect, find_path_call};

/// Reads a line.
pub(super) fn read_line(line: &str) -> TraceLine {
    let Some((name, rest)) = split_beginning(line) else { return TraceLine::Foreign };
    let Some((middle, process, program)) = split_end(rest) else { return TraceLine::Foreign };
    let Some(row) = find_path_call(name) else { return TraceLine::Other };
    let (marks, path) = split_marks(middle);
    if path.is_empty() {
        return TraceLine::Other;
    }
    let has_failed = marks.iter().any(|mark| mark.starts_with('['));
    let letters = marks.iter().find(|mark| mark.starts_with('(')).copied().unwrap_or_default();
    let number = marks.iter().find_map(|mark| mark.strip_prefix("F=")?.parse().ok());
    let mut arguments = vec![Argument::Bare("AT_FDCWD".to_owned()); 5];
    arguments[usize::from(row.path.1)] = Argument::quoted(path);
    if let Effect::OpenFlags(at) | Effect::AccessMode(at) = row.effect {
        arguments[usize::from(at)] = Argument::Bare(name_flags(letters, row.effect));
    }
    let result = if has_failed { None } else { Some(number.unwrap_or(0)) };
    let (program, name) = (Some(program.to_owned()), row.name.to_owned());
    TraceLine::Calls(vec![TracedCall { process, program, name, arguments, result }])
}

/// The name of the call, which follows the time, and the rest.
fn split_beginning(line: &str) -> Option<(&str, &str)> {
    let (time, rest) = line.trim_start().split_once(' ')?;
    let is_time = time.len() >= 8
        && time.chars().all(|letter| letter.is_ascii_digit() || letter == ':' || letter == '.')
        && time.matches(':').count() == 2;
    let (name, rest) = rest.trim_start().split_once(' ')?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    // strace prints the time first as well, and then a call with its arguments.
    (is_time && name.chars().all(is_name)).then_some((name, rest))
}

/// The middle of the line, the thread, and the program: `0.000012 W httpd.4711` is the end.
fn split_end(rest: &str) -> Option<(&str, u64, &str)> {
    let is_elapsed = |word: &str| {
        word.len() >= 8
            && word.contains('.')
            && word.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
    };
    let mut words = rest.match_indices(' ').rev().map(|(at, _)| at);
    // The last word that is a time; a program's name may have spaces.
    let at = words.find(|&at| is_elapsed(rest[at + 1..].split(' ').next().unwrap_or_default()))?;
    let (_, end) = rest[at + 1..].split_once(' ')?;
    let end = end.trim_start();
    let end = end.strip_prefix("W ").unwrap_or(end).trim_start();
    let (program, thread) = end.rsplit_once('.')?;
    Some((rest[..at].trim(), thread.trim().parse().ok()?, program))
}

/// The marks before the path, such as `F=5`, `(R_____)` and `[  2]`; and the path.
fn split_marks(middle: &str) -> (Vec<&str>, &str) {
    let (mut marks, mut rest) = (Vec::new(), middle.trim());
    loop {
        let end = match rest.chars().next() {
            Some('(') => rest.find(')').map(|at| at + 1),
            Some('[') => rest.find(']').map(|at| at + 1),
            _ if rest.starts_with("F=") || rest.starts_with("B=") || rest.starts_with("D=") => {
                Some(rest.find(' ').unwrap_or(rest.len()))
            }
            _ => None,
        };
        let Some(end) = end else { return (marks, rest) };
        marks.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
}

/// The flags of `open` or `access` that the letters stand for: read, write, create, append, truncate.
fn name_flags(letters: &str, effect: Effect) -> String {
    let has = |letter| letters.contains(letter);
    if matches!(effect, Effect::AccessMode(_)) {
        return if has('W') { "W_OK" } else { "R_OK" }.to_owned();
    }
    let access = match (has('R'), has('W')) {
        (_, false) => "O_RDONLY",
        (false, true) => "O_WRONLY",
        (true, true) => "O_RDWR",
    };
    let creates = if has('C') { "|O_CREAT" } else { "" };
    format!("{access}{creates}{}", if has('T') { "|O_TRUNC" } else { "" })
}
