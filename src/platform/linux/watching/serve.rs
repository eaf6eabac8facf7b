//! The loop of the watching process: one process, one thread, the only holder of the listeners.

use super::calls::{SOCKET_CALL, SOCKET_CALLS};
use super::control::{ControlMessage, receive, reply};
use super::filter::find_compat_arch;
use super::memory::{SocketAddress, read_address, read_string, read_u32s, read_u64};
use super::process::{WatchedProcess, open_path, read_file_user};
use crate::platform::path_calls::{CALLS, CallRow, Effect, PathArguments};
use crate::platform::unix::posix::check;
use crate::platform::watching::{CallKind, CallObserver, WatchedCall};
use libseccomp::{
    ScmpArch, ScmpNotifReq, ScmpNotifResp, ScmpNotifRespFlags, ScmpSyscall, notify_id_valid,
};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::time::{Duration, Instant};

/// Rows by the number of the call, for the machine's own programs and for 32-bit ones.
struct CallNumbers {
    native: BTreeMap<i32, &'static CallRow>,
    compat: BTreeMap<i32, &'static CallRow>,
    socket_call: Option<i32>,
}

impl CallNumbers {
    fn find() -> Self {
        let of = |arch: ScmpArch| {
            let number = |row: &'static CallRow| {
                let call = ScmpSyscall::from_name_by_arch(row.name, arch).ok()?;
                let number = i32::from(call);
                (number >= 0).then_some((number, row))
            };
            CALLS.iter().filter_map(number).collect()
        };
        let compat = find_compat_arch();
        let socket_call =
            compat.and_then(|arch| ScmpSyscall::from_name_by_arch(SOCKET_CALL, arch).ok());
        Self {
            native: of(ScmpArch::native()),
            compat: compat.map(of).unwrap_or_default(),
            socket_call: socket_call.map(i32::from),
        }
    }
}

/// A listener, and whether its processes have given up being root.
struct Listener {
    file: OwnedFd,
    is_user: bool,
}

/// Listeners that are held, one for each child. A process beyond them cannot use a path (`ENOSYS`).
const MOST_LISTENERS: usize = 4096;

/// Time for watched processes to end after the parent.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until nobody holds the other end of `control`, and then until no listener is left, for a short time.
pub(in crate::platform) fn serve_watch(
    control: OwnedFd,
    observer: &mut dyn CallObserver,
) -> io::Result<()> {
    let mut watcher = Watcher { host: open_path("/")?, numbers: CallNumbers::find() };
    let (mut listeners, mut end) = (Vec::<Listener>::new(), None::<Instant>);
    while end.is_none_or(|end| !listeners.is_empty() && Instant::now() < end) {
        let has_parent = end.is_none();
        let events = wait(has_parent.then(|| control.as_fd()), &listeners, end)?;
        for (listener, event) in listeners.iter_mut().zip(&events[usize::from(has_parent)..]) {
            if event & libc::POLLIN != 0 {
                watcher.handle(listener, observer);
            }
        }
        let mut of_listeners = events[usize::from(has_parent)..].iter();
        let is_open = |event: &libc::c_short| event & END == 0 || event & libc::POLLIN != 0;
        listeners.retain(|_| of_listeners.next().is_none_or(is_open));
        if !has_parent || events[0] == 0 {
            continue;
        }
        match receive(control.as_fd()) {
            Ok(ControlMessage::Listener(file)) if listeners.len() < MOST_LISTENERS => {
                listeners.push(Listener { file, is_user: false });
            }
            Ok(ControlMessage::Listener(_)) => {}
            Ok(ControlMessage::Request(request)) => {
                reply(control.as_fd(), &observer.answer(request));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(ControlMessage::End) | Err(_) => end = Some(Instant::now() + GRACE),
        }
    }
    // Calls of processes that are left fail, and wait for nobody.
    drop(listeners);
    // SAFETY: alarm takes a number; the signal ends this process, for which nobody waits.
    unsafe { libc::alarm(LONGEST_END) };
    observer.answer(LAST);
    Ok(())
}

/// Seconds that the last report may take. Until it is written, no other run can write its own.
const LONGEST_END: libc::c_uint = 60;

/// The request that stands for the end.
const LAST: u8 = b'E';

/// Nobody is left behind this descriptor.
const END: libc::c_short = libc::POLLHUP | libc::POLLERR | libc::POLLNVAL;

/// Waits for events until `end`, and returns those of `control`, if it is given, and of each listener.
fn wait(
    control: Option<BorrowedFd<'_>>,
    listeners: &[Listener],
    end: Option<Instant>,
) -> io::Result<Vec<libc::c_short>> {
    let all = control.iter().map(AsRawFd::as_raw_fd);
    let all = all.chain(listeners.iter().map(|listener| listener.file.as_raw_fd()));
    let mut all: Vec<_> =
        all.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 }).collect();
    let count = libc::nfds_t::try_from(all.len()).unwrap_or(0);
    let left = |end: Instant| end.saturating_duration_since(Instant::now()).as_millis() + 1;
    loop {
        let milliseconds = end.map_or(-1, |end| libc::c_int::try_from(left(end)).unwrap_or(0));
        // SAFETY: the pointer and the count are those of one vector.
        match check(unsafe { libc::poll(all.as_mut_ptr(), count, milliseconds) }) {
            Ok(_) => return Ok(all.into_iter().map(|one| one.revents).collect()),
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Facts that every notification needs.
struct Watcher {
    host: OwnedFd,
    numbers: CallNumbers,
}

impl Watcher {
    /// Takes one call, has it observed, and lets it go on, whatever happened.
    fn handle(&mut self, listener: &mut Listener, observer: &mut dyn CallObserver) {
        let fd = listener.file.as_raw_fd();
        // The process may have ended meanwhile.
        let Ok(request) = ScmpNotifReq::receive(fd) else { return };
        if !listener.is_user {
            listener.is_user = read_file_user(request.pid).is_ok_and(|user| user != 0);
        }
        if listener.is_user {
            self.observe(fd, &request, observer);
        }
        let answer = ScmpNotifResp::new_continue(request.id, ScmpNotifRespFlags::empty());
        // A process that has ended needs no answer.
        let _ = answer.respond(fd);
    }

    fn observe(&self, fd: i32, request: &ScmpNotifReq, observer: &mut dyn CallObserver) {
        let Ok(process) = WatchedProcess::find(request.pid, self.host.as_fd()) else { return };
        let calls = self.read(&process, request);
        // The memory that was read belongs to this process if it still waits.
        if notify_id_valid(fd, request.id).is_err() {
            return;
        }
        match calls {
            Ok(calls) => calls.into_iter().for_each(|call| observer.observe(&process, call)),
            Err(error) if error.raw_os_error() == Some(libc::EFAULT) => {}
            Err(_) => observer.observe(&process, WatchedCall::Unreadable),
        }
    }

    /// Reads the paths of a call.
    fn read(
        &self,
        process: &WatchedProcess<'_>,
        request: &ScmpNotifReq,
    ) -> io::Result<Vec<WatchedCall>> {
        let number = i32::from(request.data.syscall);
        let is_native = request.data.arch == ScmpArch::native();
        let mut arguments = request.data.args;
        let rows = if is_native { &self.numbers.native } else { &self.numbers.compat };
        let mut row = rows.get(&number).copied();
        if !is_native && Some(number) == self.numbers.socket_call {
            let name = SOCKET_CALLS.iter().find(|(call, _)| *call == arguments[0]);
            let Some((_, name)) = name else { return Ok(Vec::new()) };
            let words = read_u32s(process.number, arguments[1])?;
            arguments[..3].copy_from_slice(&words);
            row = CALLS.iter().find(|row| row.name == *name);
        }
        let Some(row) = row else { return Ok(Vec::new()) };
        if let Effect::Address(length, kind) = row.effect {
            return read_socket(process, row, kind, arguments, arguments[usize::from(length)]);
        }
        let kind = find_kind(process, row, arguments)?;
        let mut calls = read_path(process, row, kind, row.path, arguments)?;
        if let Some(other) = row.other {
            calls.extend(read_path(process, row, CallKind::Change, other, arguments)?);
        }
        Ok(calls)
    }
}

/// The use that the arguments ask for.
fn find_kind(
    process: &WatchedProcess<'_>,
    row: &CallRow,
    arguments: [u64; 6],
) -> io::Result<CallKind> {
    let argument = |at: u8| arguments[usize::from(at)];
    Ok(match row.effect {
        Effect::Always(kind) | Effect::Address(_, kind) => kind,
        Effect::OpenFlags(at) => kind_of_open(argument(at)),
        Effect::OpenHow(at) => kind_of_open(read_u64(process.number, argument(at))?),
        Effect::AccessMode(at) if argument(at) & libc::W_OK as u64 != 0 => CallKind::AskWrite,
        Effect::AccessMode(_) => CallKind::Look,
    })
}

fn kind_of_open(flags: u64) -> CallKind {
    let has = |flag: libc::c_int| flags & flag as u64 != 0;
    let mode = flags & libc::O_ACCMODE as u64;
    if has(libc::O_PATH) {
        return CallKind::Look;
    }
    let creates = has(libc::O_CREAT);
    let writes = mode != libc::O_RDONLY as u64 || creates || has(libc::O_TRUNC);
    CallKind::Open { reads: mode != libc::O_WRONLY as u64, writes, creates }
}

/// The path in an argument, made absolute by the directory that it is relative to.
fn read_path(
    process: &WatchedProcess<'_>,
    row: &CallRow,
    kind: CallKind,
    (folder, at): PathArguments,
    arguments: [u64; 6],
) -> io::Result<Vec<WatchedCall>> {
    let address = arguments[usize::from(at)];
    if address == 0 {
        return Ok(Vec::new());
    }
    let path = read_string(process.number, address)?.into_bytes();
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let folder =
        folder.map(|at| arguments[usize::from(at)] as i32).filter(|fd| *fd != libc::AT_FDCWD);
    let path = make_absolute(process, path, folder)?;
    let flags = row.flags.map_or(0, |at| arguments[usize::from(at)]);
    let follows = row.follows && flags & libc::AT_SYMLINK_NOFOLLOW as u64 == 0;
    Ok(vec![WatchedCall::Path { kind, path, follows }])
}

fn make_absolute(
    process: &WatchedProcess<'_>,
    path: Vec<u8>,
    folder: Option<i32>,
) -> io::Result<Vec<u8>> {
    if path.starts_with(b"/") {
        return Ok(path);
    }
    let link = match folder {
        Some(fd) => format!("/proc/{}/fd/{fd}", process.number),
        None => format!("/proc/{}/cwd", process.number),
    };
    let base = std::fs::read_link(link)?;
    let base = match &process.root {
        Some((root, _)) => match base.strip_prefix(root) {
            Ok(rest) => std::path::Path::new("/").join(rest),
            Err(_) => base,
        },
        None => base,
    };
    let mut absolute = base.into_os_string().into_vec();
    absolute.push(b'/');
    absolute.extend(path);
    Ok(absolute)
}

fn read_socket(
    process: &WatchedProcess<'_>,
    row: &CallRow,
    kind: CallKind,
    arguments: [u64; 6],
    length: u64,
) -> io::Result<Vec<WatchedCall>> {
    let address = arguments[usize::from(row.path.1)];
    Ok(match read_address(process.number, address, length)? {
        SocketAddress::Path(path) => {
            let path = make_absolute(process, path, None)?;
            vec![WatchedCall::Path { kind, path, follows: row.follows }]
        }
        SocketAddress::Port(host, port) if kind == CallKind::Connect && port != 0 => {
            vec![WatchedCall::Port(host, port)]
        }
        SocketAddress::Port(..) | SocketAddress::Other => Vec::new(),
    })
}
