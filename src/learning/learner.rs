//! The watching process' judgement: would this call have succeeded by the rights of `User`, and in the jail: is it a miss,
//! which the host could answer?

use crate::learning::mode::LearnMode;
use crate::learning::observation::{Observation, ObservationTable, PortUse, Uses};
use crate::learning::store::ResultFolder;
use crate::path::{Component, components, joined};
use crate::platform::{
    Access, CallKind, CallObserver, FileKind, FoundFile, WatchedCall, WatchedProcess,
};
use crate::programs::{DEEPEST, interpreter, read_start};
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Requests of the parent to the watching process, one byte each.
pub(crate) mod request {
    /// Answers that it is there: [`DONE`].
    pub(crate) const STATE: u8 = b'S';
    /// Adds to the raw list what was observed since it was written, and answers [`DONE`], or the reason why it could not.
    pub(crate) const WRITE: u8 = b'W';
    /// As [`WRITE`], when the server stops: its parent makes the last lines.
    pub(crate) const WRITE_LAST: u8 = b'L';
    /// Answers whether a path of the self-test was seen: `yes` or `no`.
    pub(crate) const TEST: u8 = b'T';
    /// The parent has ended, and all watched processes: the last report.
    pub(crate) const END: u8 = b'E';

    /// The answer that a request is carried out.
    pub(crate) const DONE: &[u8] = b"done";
}

/// The path that the self-test looks for. Nothing is there, and nobody else asks for it.
pub(crate) const TEST_PATH: &CStr = c"/mod_chroot-self-test-of-learning";

/// Time for another run to write its result, while requests wait.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);

/// The same when the server has ended, and nobody waits.
const LAST_PATIENCE: Duration = Duration::from_secs(30);

/// Writes the result when the parent has ended first.
pub(crate) type FinalReport = Box<dyn Fn(&ObservationTable, &ResultFolder)>;

/// The watching process' state.
pub(crate) struct Learner {
    mode: LearnMode,
    /// Observations since the list was written.
    fresh: ObservationTable,
    folder: ResultFolder,
    /// Number of times that the list was written when this run last read or wrote it.
    writes: u64,
    has_seen_test: bool,
    /// Whether the parent makes the last lines.
    has_lines: bool,
    /// Called at the end with the list of all runs.
    at_end: FinalReport,
}

impl Learner {
    /// A learner that keeps results in `folder`, where the list was written `writes` times.
    pub(crate) fn new(
        mode: LearnMode,
        folder: ResultFolder,
        writes: u64,
        at_end: FinalReport,
    ) -> Self {
        let fresh = ObservationTable::default();
        Self { mode, fresh, folder, writes, has_seen_test: false, has_lines: false, at_end }
    }

    fn observe_path(&mut self, process: &WatchedProcess<'_>, call: PathCall) {
        if call.said.as_c_str() == TEST_PATH {
            self.has_seen_test = true;
            return;
        }
        if self.mode == LearnMode::Inside && is_of_entry(&call.tidy) {
            return;
        }
        if self.fresh.count_known(&call.tidy, call.uses()) {
            return;
        }
        let seen = match (self.mode, process.is_inside()) {
            // A process that has entered a root directory of its own is not the administrator's business.
            (LearnMode::Outside, true) | (LearnMode::Inside, false) => None,
            (LearnMode::Outside, false) => call.find_success(process),
            (LearnMode::Inside, true) if call.succeeds_inside(process) => None,
            (LearnMode::Inside, true) => call.find_success(process),
        };
        let Some(seen) = seen else { return };
        if seen.uses.has(Uses::RUN) {
            self.observe_interpreter(process, &seen.path, DEEPEST);
        }
        self.fresh.add(seen);
    }

    /// The kernel opens the interpreter of a script without a call that could be seen.
    fn observe_interpreter(&mut self, process: &WatchedProcess<'_>, script: &Path, levels: usize) {
        let Some(path) = find_interpreter(process, script).filter(|_| levels > 0) else { return };
        let Some(call) = PathCall::new(CallKind::Run, path.as_os_str().as_bytes(), true) else {
            return;
        };
        let Some(seen) = call.find_success(process) else { return };
        self.observe_interpreter(process, &path, levels - 1);
        self.fresh.add(seen);
    }

    /// Adds the observations to the list of all runs.
    fn write_list(&mut self) -> io::Result<()> {
        let _held = self.folder.lock(LOCK_PATIENCE)?;
        self.writes = self.folder.merge(&self.fresh)?;
        self.fresh = ObservationTable::default();
        Ok(())
    }

    /// The same at the end, and writes lines. Those of a run that has come between remain: they were tried, and the next run
    /// makes lines of the whole list.
    fn write_last(&self) -> io::Result<()> {
        let _held = self.folder.lock(LAST_PATIENCE)?;
        let list = self.folder.merge_whole(&self.fresh)?;
        if list.writes == self.writes.saturating_add(1) && !self.has_lines {
            (self.at_end)(&list.table, &self.folder);
        }
        Ok(())
    }
}

/// Whether `path` is of the kind that a child of this server reads when it has entered, and proves it.
fn is_of_entry(path: &Path) -> bool {
    path.starts_with("/proc/self") || path.starts_with("/proc/thread-self")
}

/// The interpreter of the script at `path`; `None` if it is no script that `User` may read.
fn find_interpreter(process: &WatchedProcess<'_>, path: &Path) -> Option<PathBuf> {
    let path = CString::new(path.as_os_str().as_bytes()).ok()?;
    let mut file = process.find_on_host(&path, true).ok()?.open().ok()?;
    interpreter(&read_start(&mut file)).map(|named| named.path).filter(|path| path.is_absolute())
}

impl CallObserver for Learner {
    fn observe(&mut self, process: &WatchedProcess<'_>, call: WatchedCall) {
        match call {
            WatchedCall::Path { kind, path, follows } => {
                if let Some(call) = PathCall::new(kind, &path, follows) {
                    self.observe_path(process, call);
                }
            }
            WatchedCall::Port(address, port) => {
                let port = PortUse { address: address.to_string(), port };
                self.fresh.add_port(port, &process.program(), 1);
            }
            WatchedCall::Unreadable => self.fresh.lost = self.fresh.lost.saturating_add(1),
        }
    }

    fn answer(&mut self, asked: u8) -> Vec<u8> {
        match asked {
            // Each trial proves something of its own.
            request::TEST if std::mem::take(&mut self.has_seen_test) => b"yes".to_vec(),
            request::TEST => b"no".to_vec(),
            request::WRITE | request::WRITE_LAST => match self.write_list() {
                Ok(()) => {
                    self.has_lines = asked == request::WRITE_LAST;
                    request::DONE.to_vec()
                }
                Err(error) => error.to_string().into_bytes(),
            },
            request::END => {
                if !self.fresh.is_empty() {
                    // Nobody is left to report a failure to.
                    let _ = self.write_last();
                }
                Vec::new()
            }
            _ => request::DONE.to_vec(),
        }
    }
}

/// A path, and what a call does with it.
struct PathCall {
    kind: CallKind,
    /// As it was used: `..` after a link does not mean what the text says.
    said: CString,
    /// Without `.` and `..`, by the text.
    tidy: PathBuf,
    follows: bool,
}

impl PathCall {
    fn new(kind: CallKind, path: &[u8], follows: bool) -> Option<Self> {
        let mut names = Vec::new();
        for component in components(path) {
            match component {
                Component::Up => drop(names.pop()),
                Component::Name(name) => names.push(name),
            }
        }
        Some(Self { kind, said: CString::new(path).ok()?, tidy: joined(&names), follows })
    }

    fn uses(&self) -> Uses {
        Uses::of_call(self.kind)
    }

    fn creates(&self) -> bool {
        matches!(self.kind, CallKind::Change | CallKind::Open { creates: true, .. })
    }

    /// The directory that the path lies in.
    fn parent(&self) -> CString {
        let bytes = self.said.to_bytes();
        let end = bytes.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        CString::new(bytes.get(..end.max(1)).unwrap_or_default()).unwrap_or_default()
    }

    /// Whether the rights of `User` allow the use.
    fn is_allowed(&self, file: &FoundFile) -> bool {
        let may = |access| file.check_access(access).is_ok();
        match self.kind {
            CallKind::Open { reads, writes, .. } => {
                (!reads || may(Access::Read)) && (!writes || may(Access::Write))
            }
            CallKind::AskWrite | CallKind::Connect => may(Access::Write),
            CallKind::Run => may(Access::Pass),
            CallKind::Look | CallKind::Change => true,
        }
    }

    /// The observation, if the use succeeds outside of a jail.
    fn find_success(&self, process: &WatchedProcess<'_>) -> Option<Observation> {
        let found = process.find_on_host(&self.said, self.follows).ok();
        let is_allowed = match &found {
            Some(file) => self.is_allowed(file),
            None if self.creates() => {
                let parent = process.find_on_host(&self.parent(), true);
                parent.is_ok_and(|parent| parent.check_access(Access::Write).is_ok())
            }
            None => false,
        };
        if !is_allowed {
            return None;
        }
        let real = found.as_ref().and_then(|file| file.find_path().ok());
        let is_odd = self.said.to_bytes().windows(3).any(|part| part == b"/..");
        let path = match &real {
            // The name that it has, as the text may be wrong.
            Some(real) if is_odd => real.clone(),
            _ => self.tidy.clone(),
        };
        let facts = found.as_ref().and_then(|file| file.facts().ok());
        let has_set_id = facts.is_some_and(|it| it.kind == FileKind::File && it.mode & 0o6000 != 0);
        let set_id = self.kind == CallKind::Run && has_set_id;
        let real = real.unwrap_or_else(|| path.clone());
        Some(Observation {
            path,
            real,
            program: process.program(),
            uses: self.uses(),
            count: 1,
            set_id,
        })
    }

    /// Whether the use succeeds in the jail.
    fn succeeds_inside(&self, process: &WatchedProcess<'_>) -> bool {
        match process.find_inside(&self.said, self.follows) {
            Ok(file) => match self.kind {
                CallKind::Run => !lacks_interpreter(process, &file),
                CallKind::Change | CallKind::AskWrite | CallKind::Open { writes: true, .. } => {
                    // Another refusal is the host's own, too.
                    let answer = file.check_access(Access::Write);
                    answer.map_or_else(|error| error.raw_os_error() != Some(READ_ONLY), |()| true)
                }
                _ => true,
            },
            Err(_) if self.creates() => {
                let parent = process.find_inside(&self.parent(), true);
                parent.is_ok_and(|parent| parent.check_access(Access::Write).is_ok())
            }
            Err(_) => false,
        }
    }
}

/// Checks that a path of a process, whatever its bytes are, is one that an observation can have.
#[cfg(any(test, fuzzing))]
pub(super) fn check_path_call(path: &[u8]) {
    let Some(call) = PathCall::new(CallKind::Change, path, true) else {
        return assert!(path.contains(&0));
    };
    let tidy = call.tidy.as_os_str().as_bytes();
    assert_eq!(crate::path::clean_lexically(tidy), call.tidy);
    let parent = call.parent();
    assert!(!parent.is_empty() || path.is_empty(), "{path:?}");
    assert!(!path.starts_with(b"/") || parent.to_bytes().starts_with(b"/"), "{path:?}");
}

/// `EROFS`, which is the same number on every system.
const READ_ONLY: i32 = 30;

/// Whether the kernel would fail to start the program because its interpreter or loader is not inside.
fn lacks_interpreter(process: &WatchedProcess<'_>, file: &FoundFile) -> bool {
    let Ok(mut file) = file.open() else { return false };
    let named = interpreter(&read_start(&mut file)).map(|named| named.path);
    let named = named.or_else(|| crate::programs::Binary::read(file)?.loader);
    let Some(named) = named.filter(|path| path.is_absolute()) else { return false };
    let Ok(path) = CString::new(named.as_os_str().as_bytes()) else { return false };
    process.find_inside(&path, true).is_err()
}
