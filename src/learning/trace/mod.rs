//! Output of tracing tools as observations, for systems that cannot watch: strace, truss, dtruss, kdump, fs_usage.
//!
//! Each tool prints a call on one line or on several ([`calls`], [`kdump`], [`fs_usage`]); [`processes`] knows the directory
//! that a path is relative to, and the user of a process. Only calls that succeeded count.

mod arguments;
mod calls;
mod fs_usage;
mod kdump;
mod processes;

use crate::learning::observation::ObservationTable;
use arguments::Argument;
use calls::CallReader;
use kdump::KdumpReader;
use processes::Processes;
use std::io::{self, BufRead, Read};

/// Bytes of a line that are read.
const LONGEST_LINE: u64 = 64 << 10;

/// A call that has returned, as a tool printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TracedCall {
    /// The process, or the thread if the tool prints no more.
    process: u64,
    /// The program, if the tool prints it.
    program: Option<String>,
    name: String,
    arguments: Vec<Argument>,
    /// The result; `None` if it failed.
    result: Option<i64>,
}

/// A line of a recording.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TraceLine {
    /// It completes these calls.
    Calls(Vec<TracedCall>),
    /// The process has begun a call by which it makes another process.
    Forks(u64),
    /// It is of the tool's format, and says nothing about paths.
    Other,
    /// It is not of this tool.
    Foreign,
}

/// A recording that was read.
#[derive(Debug, Default)]
pub(crate) struct ReadTrace {
    /// Uses that succeeded.
    pub table: ObservationTable,
    /// Number of calls with a path that were understood.
    pub calls: u64,
    /// Number of calls with a path that is cut short, or relative to a directory that the recording does not name.
    pub unclear: u64,
}

/// Readers of all formats; the first that knows a line reads all further ones.
enum TraceReader {
    Calls(CallReader),
    Kdump(KdumpReader),
    FsUsage,
}

impl TraceReader {
    fn read(&mut self, line: &str) -> TraceLine {
        match self {
            Self::Calls(reader) => reader.read(line),
            Self::Kdump(reader) => reader.read(line),
            Self::FsUsage => fs_usage::read_line(line),
        }
    }
}

/// Reads a recording of one of the tools. Lines that are none of the tool's are left out: the traced program may print too.
///
/// # Errors
/// Returns the error of `text`.
pub(crate) fn read_trace(text: &mut dyn BufRead) -> io::Result<ReadTrace> {
    let (mut known, mut processes) = (None::<TraceReader>, Processes::default());
    while let Some(line) = read_line(text)? {
        match &mut known {
            Some(reader) => processes.add(reader.read(&line)),
            None => {
                let (reader, read) = find_reader(&line);
                known = reader;
                processes.add(read);
            }
        }
    }
    Ok(processes.finish())
}

fn find_reader(line: &str) -> (Option<TraceReader>, TraceLine) {
    let all = [
        TraceReader::Kdump(KdumpReader::default()),
        TraceReader::FsUsage,
        TraceReader::Calls(CallReader::default()),
    ];
    for mut reader in all {
        let read = reader.read(line);
        if read != TraceLine::Foreign {
            return (Some(reader), read);
        }
    }
    (None, TraceLine::Foreign)
}

/// The next line, without its end; the rest of one that is too long is left out.
fn read_line(text: &mut dyn BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    text.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else {
        while text.take(LONGEST_LINE).read_until(b'\n', &mut Vec::new())? as u64 == LONGEST_LINE {}
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

#[cfg(test)]
mod tests;
