//! Lines of kdump, on FreeBSD and NetBSD: a call, the paths that the kernel looked up for it, and its result on lines of
//! their own.
//!
//! ```text
//!  1234 httpd    CALL  openat(AT_FDCWD,0x8002c1,0x100000<O_RDONLY|O_CLOEXEC>)
//!  1234 httpd    NAMI  "/etc/motd"
//!  1234 httpd    RET   openat 5
//! ```

use crate::learning::trace::arguments::{Argument, read_number, split_arguments};
use crate::learning::trace::calls::is_fork;
use crate::learning::trace::{TraceLine, TracedCall};
use crate::platform::find_path_call;
use std::collections::BTreeMap;

/// Calls that are waited for at the same time.
const MOST_PENDING: usize = 10_000;

/// Paths that one call looks up.
const MOST_PATHS: usize = 8;

/// A reader of such lines.
#[derive(Debug, Default)]
pub(super) struct KdumpReader {
    /// Calls that have not returned, by process and thread.
    pending: BTreeMap<(u64, u64), PendingCall>,
}

/// A call that has not returned.
#[derive(Debug, Default)]
struct PendingCall {
    name: String,
    arguments: Vec<Argument>,
    paths: Vec<String>,
    address: Option<String>,
}

/// A line, split.
struct KdumpRecord<'a> {
    thread: (u64, u64),
    program: &'a str,
    kind: &'a str,
    text: &'a str,
}

const KINDS: [&str; 18] = [
    "CALL", "RET", "NAMI", "STRU", "GIO", "PSIG", "CSW", "USER", "PROC", "FAULT", "FAUL", "CAP",
    "EMUL", "MISC", "MOOL", "MIB", "ARG", "ENV",
];

impl KdumpRecord<'_> {
    /// Splits a line: one or two numbers, the program, the kind, the text.
    fn split(line: &str) -> Option<KdumpRecord<'_>> {
        let (process, rest) = split_word(line)?;
        let process: u64 = process.parse().ok()?;
        let (word, after) = split_word(rest)?;
        let second = word.parse::<u64>().ok().filter(|_| {
            // A program may have a number as its name.
            split_word(after)
                .is_some_and(|(_, rest)| split_word(rest).is_some_and(|it| KINDS.contains(&it.0)))
        });
        let rest = if second.is_some() { after } else { rest };
        let (program, rest) = split_word(rest)?;
        let (kind, text) = split_word(rest)?;
        let thread = (process, second.unwrap_or(0));
        KINDS.contains(&kind).then_some(KdumpRecord {
            thread,
            program,
            kind,
            text: text.trim_start(),
        })
    }
}

fn split_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(' ').unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

impl KdumpReader {
    /// Reads a line.
    pub(super) fn read(&mut self, line: &str) -> TraceLine {
        let Some(record) = KdumpRecord::split(line) else { return TraceLine::Foreign };
        match record.kind {
            "CALL" => self.begin(&record),
            "NAMI" => {
                let path = record.text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
                let pending = self.pending.get_mut(&record.thread);
                let pending = pending.filter(|pending| pending.paths.len() < MOST_PATHS);
                if let (Some(path), Some(pending)) = (path, pending) {
                    pending.paths.push(path.to_owned());
                }
                TraceLine::Other
            }
            "STRU" => {
                if let Some(pending) = self.pending.get_mut(&record.thread) {
                    let address = record.text.strip_prefix("struct sockaddr ");
                    pending.address = address.map(str::to_owned).or(pending.address.take());
                }
                TraceLine::Other
            }
            "RET" => self.end(&record),
            _ => TraceLine::Other,
        }
    }

    fn begin(&mut self, record: &KdumpRecord<'_>) -> TraceLine {
        let (name, rest) = record.text.split_once('(').unwrap_or((record.text, ")"));
        let arguments = split_arguments(rest).map(|(arguments, _)| arguments).unwrap_or_default();
        let name = name.trim().to_owned();
        let forks = is_fork(&name);
        if self.pending.len() < MOST_PENDING {
            let call = PendingCall { name, arguments, ..PendingCall::default() };
            self.pending.insert(record.thread, call);
        }
        if forks { TraceLine::Forks(record.thread.0) } else { TraceLine::Other }
    }

    fn end(&mut self, record: &KdumpRecord<'_>) -> TraceLine {
        let Some(pending) = self.pending.remove(&record.thread) else { return TraceLine::Other };
        let (name, result) = split_word(record.text).unwrap_or_default();
        if name != pending.name {
            return TraceLine::Other;
        }
        let result = match result.trim() {
            "JUSTRETURN" => Some(0),
            result => read_number(result).filter(|number| *number >= 0),
        };
        let call = |name: &str, arguments| TracedCall {
            process: record.thread.0,
            program: Some(record.program.to_owned()),
            name: name.to_owned(),
            arguments,
            result,
        };
        let (arguments, more) = pending.place_paths();
        let mut calls = vec![call(name, arguments)];
        // The interpreter of a script, and the loader.
        let opened = |path: String| {
            call("open", vec![Argument::quoted(&path), Argument::Bare("O_RDONLY".to_owned())])
        };
        calls.extend(more.into_iter().map(opened));
        TraceLine::Calls(calls)
    }
}

impl PendingCall {
    /// Puts the paths in the place of the pointers to them. Returns the arguments, and the paths that have no place.
    fn place_paths(self) -> (Vec<Argument>, Vec<String>) {
        let Self { name, mut arguments, paths, address } = self;
        let Some(row) = find_path_call(&name) else { return (arguments, Vec::new()) };
        let mut paths = paths.into_iter();
        let places =
            [Some(row.path), row.other].into_iter().flatten().map(|(_, at)| usize::from(at));
        for at in places {
            let text = match (paths.next(), &address) {
                (Some(path), _) => Argument::quoted(&path),
                (None, Some(address)) => Argument::Bare(address.clone()),
                (None, None) => break,
            };
            if arguments.len() <= at {
                arguments.resize(at + 1, Argument::Bare(String::new()));
            }
            arguments[at] = text;
        }
        (arguments, paths.collect())
    }
}
