//! The processes of a recording: their working directories, directories that they hold open, and whether they have become
//! another user than root.

use crate::learning::observation::{Observation, ObservationTable, PortUse, Uses};
use crate::learning::trace::arguments::{Argument, read_number, read_string};
use crate::learning::trace::calls::is_fork;
use crate::learning::trace::{ReadTrace, TraceLine, TracedCall};
use crate::path::clean_lexically;
use crate::platform::{CallKind, CallRow, Effect, find_path_call};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Processes, and descriptors of each, that are remembered.
const MOST_PROCESSES: usize = 10_000;
const MOST_FILES: usize = 1000;

/// `AT_FDCWD`, as numbers of Linux and FreeBSD, and of macOS.
const WORKING_DIRECTORY: [i64; 5] = [-100, 0xffff_ff9c, -2, 0xffff_fffe, -1];

/// Flags of `open` as numbers of the BSDs and macOS, whose tools may print no names.
const WRITE_ONLY: i64 = 1;
const READ_WRITE: i64 = 2;
const CREATE: i64 = 0x200;
const TRUNCATE: i64 = 0x400;

/// The number that leaves a user id as it is.
const NO_USER: i64 = 0xffff_ffff;

/// A process.
#[derive(Debug, Clone, Default)]
struct Process {
    /// `None` if the recording did not name it yet.
    directory: Option<PathBuf>,
    files: BTreeMap<i64, PathBuf>,
    program: PathBuf,
    is_user: bool,
}

/// All processes, and the uses of paths so far.
#[derive(Debug, Default)]
pub(super) struct Processes {
    all: BTreeMap<u64, Process>,
    /// The process that makes another one now.
    forking: Option<u64>,
    every: ObservationTable,
    /// Uses by processes that have given up being root.
    of_users: ObservationTable,
    /// Whether a process has done so: then those of root, such as httpd's parent, do not count.
    has_users: bool,
    calls: u64,
    unclear: u64,
}

impl Processes {
    /// Adds a line of a recording.
    pub(super) fn add(&mut self, line: TraceLine) {
        match line {
            TraceLine::Calls(calls) => calls.into_iter().for_each(|call| self.add_call(&call)),
            TraceLine::Forks(process) => self.forking = Some(process),
            TraceLine::Other | TraceLine::Foreign => {}
        }
    }

    /// The recording, as read.
    pub(super) fn finish(self) -> ReadTrace {
        let table = if self.has_users { self.of_users } else { self.every };
        ReadTrace { table, calls: self.calls, unclear: self.unclear }
    }

    fn add_call(&mut self, call: &TracedCall) {
        let Some(result) = call.result else { return };
        let Some(process) = self.find(call.process) else { return };
        if let Some(program) = &call.program {
            process.program = PathBuf::from(program);
        }
        let number = |at: usize| call.arguments.get(at).and_then(|it| read_number(it.bare()));
        let plain = call.name.trim_start_matches('_');
        let plain = plain.trim_end_matches(|letter: char| letter.is_ascii_digit());
        match plain {
            "setuid" | "setreuid" | "setresuid" | "seteuid" => {
                let user =
                    number(0).into_iter().chain(number(1)).find(|user| (1..NO_USER).contains(user));
                process.is_user |= user.is_some();
                self.has_users |= user.is_some();
            }
            "fchdir" => {
                let held = call.arguments.first().map(|held| process.find_folder(held.bare()));
                process.directory = held.flatten();
            }
            "close" => drop(process.files.remove(&number(0).unwrap_or(-1))),
            _ if is_fork(&call.name) => self.add_child(call.process, result),
            _ => {
                if let Some(row) = find_path_call(&call.name) {
                    self.add_path_call(call, row, result);
                }
            }
        }
    }

    /// The process `number`; a new one is a copy of the process that forks.
    fn find(&mut self, number: u64) -> Option<&mut Process> {
        if !self.all.contains_key(&number) {
            if self.all.len() >= MOST_PROCESSES {
                return None;
            }
            let parent = self.forking.and_then(|forking| self.all.get(&forking));
            let copy = parent.cloned().unwrap_or_default();
            self.all.insert(number, copy);
        }
        self.all.get_mut(&number)
    }

    fn add_child(&mut self, parent: u64, child: i64) {
        self.forking = Some(parent);
        if let Some(child) = u64::try_from(child).ok().filter(|child| *child > 0) {
            self.find(child);
        }
        self.forking = None;
    }

    fn add_path_call(&mut self, call: &TracedCall, row: &CallRow, result: i64) {
        let Some(process) = self.all.get_mut(&call.process) else { return };
        let found = process.find_uses(call, row);
        let is_path = |found: &&FoundUse| matches!(found, FoundUse::Path(..));
        self.calls += found.iter().filter(is_path).count() as u64;
        self.unclear += found.iter().filter(|found| **found == FoundUse::Unclear).count() as u64;
        process.follow(call, row, &found, result);
        let (program, is_user) = (process.program.clone(), process.is_user);
        let count = if is_user { 2 } else { 1 };
        for table in [&mut self.every, &mut self.of_users].into_iter().take(count) {
            found.iter().for_each(|found| found.add_to(table, &program));
        }
    }
}

/// A use that a call makes.
#[derive(Debug, PartialEq, Eq)]
enum FoundUse {
    Path(PathBuf, CallKind),
    Port(PortUse),
    /// A path that is cut short, or relative to a directory that is not known.
    Unclear,
}

impl FoundUse {
    fn add_to(&self, table: &mut ObservationTable, program: &Path) {
        let program = program.to_owned();
        match self {
            Self::Path(path, kind) => {
                let (path, real, uses) = (path.clone(), path.clone(), Uses::of_call(*kind));
                table.add(Observation { path, real, program, uses, count: 1, set_id: false });
            }
            Self::Port(port) => table.add_port(port.clone(), &program, 1),
            Self::Unclear => {}
        }
    }
}

impl Process {
    /// The uses that the call makes of paths and ports.
    fn find_uses(&self, call: &TracedCall, row: &CallRow) -> Vec<FoundUse> {
        let argument = |at: u8| call.arguments.get(usize::from(at));
        let kind = find_kind(row, &argument);
        let places = [Some((row.path, kind)), row.other.map(|other| (other, CallKind::Change))];
        let find = |((folder, at), kind): ((Option<u8>, u8), CallKind)| {
            let folder = folder.map(|at| argument(at).map_or("", Argument::bare));
            match argument(at)? {
                Argument::Quoted(path, _) if path.is_empty() => None,
                Argument::Quoted(path, false) => Some(self.find_use(path, folder, kind)),
                Argument::Quoted(_, true) => Some(FoundUse::Unclear),
                Argument::Bare(address) if matches!(row.effect, Effect::Address(..)) => {
                    self.find_address_use(address, kind)
                }
                Argument::Bare(_) => None,
            }
        };
        places.into_iter().flatten().filter_map(find).collect()
    }

    fn find_address_use(&self, address: &str, kind: CallKind) -> Option<FoundUse> {
        match read_address(address)? {
            Address::Path(path) => Some(self.find_use(&path, None, kind)),
            Address::Port(port) if kind == CallKind::Connect => Some(FoundUse::Port(port)),
            Address::Port(_) => None,
        }
    }

    fn find_use(&self, path: &[u8], folder: Option<&str>, kind: CallKind) -> FoundUse {
        let path = self.make_absolute(path, folder);
        path.map_or(FoundUse::Unclear, |path| FoundUse::Path(path, kind))
    }

    /// The path without `.` and `..`; `None` if it is relative to a directory that is not known.
    fn make_absolute(&self, path: &[u8], folder: Option<&str>) -> Option<PathBuf> {
        let base = match folder {
            _ if path.starts_with(b"/") => PathBuf::new(),
            None => self.directory.clone()?,
            Some(folder) => self.find_folder(folder)?,
        };
        Some(clean_lexically(&[base.as_os_str().as_bytes(), b"/", path].concat()))
    }

    /// The directory of a descriptor: `AT_FDCWD`, `5`, or `5</srv>` where the tool prints its path.
    fn find_folder(&self, text: &str) -> Option<PathBuf> {
        if let Some((_, named)) = text.split_once('<') {
            let named = named.strip_suffix('>').unwrap_or(named);
            if named.starts_with('/') {
                return Some(PathBuf::from(OsString::from_vec(named.as_bytes().to_vec())));
            }
        }
        match read_number(text) {
            _ if text.starts_with("AT_FDCWD") => self.directory.clone(),
            Some(number) if WORKING_DIRECTORY.contains(&number) => self.directory.clone(),
            Some(number) => self.files.get(&number).cloned(),
            None => None,
        }
    }

    /// Follows the effect of a call on the process itself.
    fn follow(&mut self, call: &TracedCall, row: &CallRow, found: &[FoundUse], result: i64) {
        let Some(FoundUse::Path(path, _)) = found.first() else { return };
        match row.effect {
            Effect::OpenFlags(_) | Effect::OpenHow(_) if self.files.len() < MOST_FILES => {
                self.files.insert(result, path.clone());
            }
            Effect::Always(CallKind::Run) if call.program.is_none() => {
                self.program.clone_from(path)
            }
            Effect::Always(CallKind::Look) if row.name == "chdir" => {
                self.directory = Some(path.clone());
            }
            _ => {}
        }
    }
}

/// The use that the arguments ask for.
fn find_kind<'a>(row: &CallRow, argument: &impl Fn(u8) -> Option<&'a Argument>) -> CallKind {
    let text = |at| argument(at).map_or("", Argument::bare);
    match row.effect {
        Effect::Always(kind) | Effect::Address(_, kind) => kind,
        Effect::OpenFlags(at) | Effect::OpenHow(at) => read_open_flags(text(at)),
        Effect::AccessMode(at) => {
            let mode = text(at);
            let number = read_number(mode).unwrap_or(0);
            if mode.contains("W_OK") || number & 2 != 0 {
                CallKind::AskWrite
            } else {
                CallKind::Look
            }
        }
    }
}

fn read_open_flags(text: &str) -> CallKind {
    let (mut writes, mut reads, mut creates, mut truncates, mut only_path) = (
        text.contains("O_WRONLY"),
        true,
        text.contains("O_CREAT"),
        text.contains("O_TRUNC"),
        false,
    );
    if text.contains("O_") {
        reads = !writes;
        writes |= text.contains("O_RDWR");
        only_path = text.contains("O_PATH");
    } else if let Some(number) = read_number(text) {
        reads = number & 3 != WRITE_ONLY;
        writes = number & (WRITE_ONLY | READ_WRITE) != 0;
        creates = number & CREATE != 0;
        truncates = number & TRUNCATE != 0;
    }
    if only_path {
        return CallKind::Look;
    }
    CallKind::Open { reads, writes: writes || creates || truncates, creates }
}

/// An address of a socket.
enum Address {
    Path(Vec<u8>),
    Port(PortUse),
}

/// Reads an address as strace prints it (`{sa_family=AF_UNIX, sun_path="/run/x"}`), or truss and kdump
/// (`{ AF_UNIX "/run/x" }`, `{ AF_INET, 127.0.0.1:80 }`).
fn read_address(text: &str) -> Option<Address> {
    if ["AF_UNIX", "AF_LOCAL", "AF_FILE"].iter().any(|family| text.contains(family)) {
        let path = match text.find('"') {
            // An abstract name.
            Some(at) if text[..at].ends_with('@') => return None,
            Some(at) => read_string(&text[at..])?.0,
            None => text[text.find('/')?..].trim_end_matches(['}', ' ']).as_bytes().to_vec(),
        };
        return Some(Address::Path(path));
    }
    if !text.contains("AF_INET") {
        return None;
    }
    if let Some((_, port)) = text.split_once("htons(") {
        let port = read_number(port).and_then(|port| u16::try_from(port).ok())?;
        let (_, address) = text.split_once('"')?;
        let address = address.split('"').next()?.to_owned();
        return Some(Address::Port(PortUse { address, port }));
    }
    let words = text.trim_matches(['{', '}', ' ']).split_once([' ', ','])?.1;
    let (address, port) = words.trim_matches([' ', ',']).rsplit_once(':')?;
    let address = address.trim_matches(['[', ']']).to_owned();
    Some(Address::Port(PortUse { address, port: port.parse().ok()? }))
}

#[cfg(test)]
pub(super) fn list_paths(trace: &ReadTrace) -> Vec<(String, &Path)> {
    trace.table.paths().map(|seen| (seen.uses.letters(), seen.path.as_path())).collect()
}
