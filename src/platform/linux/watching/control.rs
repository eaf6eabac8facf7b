//! The connection between the parent, children that hand over a listener, and the watching process: a pair of sockets
//! that keep messages apart, and report the end of the other side.

use crate::platform::Support;
use crate::platform::unix::posix::check;
use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// Bytes of an answer.
const LONGEST: usize = 4096;

/// The message of a child that hands over its listener.
const HERE: u8 = b'L';

/// A message.
#[derive(Debug)]
pub(super) enum ControlMessage {
    /// A listener of a child.
    Listener(OwnedFd),
    /// A request of the parent.
    Request(u8),
    /// Nobody holds the other end any more.
    End,
}

pub(in crate::platform) fn open_control_pair() -> io::Result<Support<(OwnedFd, OwnedFd)>> {
    let mut ends: [RawFd; 2] = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: two numbers are written.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) })?;
    // SAFETY: socketpair has just made this descriptor, and nobody else knows it.
    let parent = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: as above.
    let watcher = unsafe { OwnedFd::from_raw_fd(ends[1]) };
    Ok(Support::Available((parent, watcher)))
}

/// Room for a control message with one descriptor, aligned as its header.
type Ancillary = [u64; 4];

/// A message of one byte with room for a descriptor beside it.
fn message(byte: &mut libc::iovec, beside: &mut Ancillary) -> libc::msghdr {
    // SAFETY: all bytes 0 are a message without anything.
    let mut message: libc::msghdr = unsafe { MaybeUninit::zeroed().assume_init() };
    message.msg_iov = byte;
    message.msg_iovlen = 1;
    message.msg_control = beside.as_mut_ptr().cast();
    // SAFETY: the macro calculates a length.
    message.msg_controllen = unsafe { libc::CMSG_SPACE(size_of::<RawFd>() as u32) } as _;
    message
}

/// Sends the descriptor; the caller closes its own.
pub(super) fn send_listener(control: BorrowedFd<'_>, listener: BorrowedFd<'_>) -> io::Result<()> {
    let (mut byte, mut beside) = ([HERE], Ancillary::default());
    let mut part = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
    let message = message(&mut part, &mut beside);
    // SAFETY: the message has room for one header.
    let header = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    // SAFETY: the header lies at the beginning of `beside`, which is aligned for it and large enough.
    let Some(header) = (unsafe { header.as_mut() }) else {
        return Err(io::Error::other("no room"));
    };
    header.cmsg_level = libc::SOL_SOCKET;
    header.cmsg_type = libc::SCM_RIGHTS;
    // SAFETY: the macro calculates a length.
    header.cmsg_len = unsafe { libc::CMSG_LEN(size_of::<RawFd>() as u32) } as _;
    // SAFETY: the data follow the header, inside `beside`.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: the data have room for one number, at any alignment.
    unsafe { data.cast::<RawFd>().write_unaligned(listener.as_raw_fd()) };
    // SAFETY: all pointers of the message lead to variables that live here.
    let sent =
        unsafe { libc::sendmsg(control.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL) };
    if sent == 1 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Receives the next message.
pub(super) fn receive(control: BorrowedFd<'_>) -> io::Result<ControlMessage> {
    let (mut byte, mut beside) = ([0_u8], Ancillary::default());
    let mut part = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
    let mut message = message(&mut part, &mut beside);
    let flags = libc::MSG_CMSG_CLOEXEC;
    // SAFETY: all pointers of the message lead to variables that live here.
    let received = unsafe { libc::recvmsg(control.as_raw_fd(), &raw mut message, flags) };
    match received {
        0 => return Ok(ControlMessage::End),
        1 => {}
        _ => return Err(io::Error::last_os_error()),
    }
    // SAFETY: the kernel has written the message and its length.
    let header = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    // SAFETY: null, or a header inside `beside` that the kernel has written.
    let Some(header) = (unsafe { header.as_ref() }) else {
        return Ok(ControlMessage::Request(byte[0]));
    };
    if (header.cmsg_level, header.cmsg_type) != (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
        return Ok(ControlMessage::Request(byte[0]));
    }
    // SAFETY: the data follow the header, inside `beside`.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: the kernel has written one number there; there is no room for more.
    let fd = unsafe { data.cast::<RawFd>().read_unaligned() };
    // SAFETY: the kernel has just made this descriptor, and nobody else knows it.
    Ok(ControlMessage::Listener(unsafe { OwnedFd::from_raw_fd(fd) }))
}

/// Sends an answer.
pub(super) fn reply(control: BorrowedFd<'_>, answer: &[u8]) {
    let answer = &answer[..answer.len().min(LONGEST)];
    let (start, length) = (answer.as_ptr().cast(), answer.len());
    // SAFETY: the pointer and the length are those of one slice. A parent that is gone needs no answer.
    unsafe { libc::send(control.as_raw_fd(), start, length, libc::MSG_NOSIGNAL) };
}

pub(in crate::platform) fn ask_watcher(
    control: BorrowedFd<'_>,
    request: u8,
    patience: Duration,
) -> io::Result<Vec<u8>> {
    let (fd, deadline) = (control.as_raw_fd(), Instant::now() + patience);
    // An answer that came too late for an earlier request.
    while receive_bytes(fd)?.is_some() {}
    let byte = [request];
    // SAFETY: one byte is read. Nobody is waited for.
    let sent =
        unsafe { libc::send(fd, byte.as_ptr().cast(), 1, libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT) };
    if sent != 1 {
        return Err(io::Error::last_os_error());
    }
    loop {
        wait_readable(control.as_fd(), deadline)?;
        if let Some(answer) = receive_bytes(fd)? {
            return Ok(answer);
        }
    }
}

/// A message, if one is there.
fn receive_bytes(fd: RawFd) -> io::Result<Option<Vec<u8>>> {
    let mut answer = vec![0; LONGEST];
    // SAFETY: the pointer and the length are those of one vector.
    let length =
        unsafe { libc::recv(fd, answer.as_mut_ptr().cast(), answer.len(), libc::MSG_DONTWAIT) };
    match usize::try_from(length) {
        Ok(0) => Err(io::Error::from_raw_os_error(libc::EPIPE)),
        Ok(length) => {
            answer.truncate(length);
            Ok(Some(answer))
        }
        Err(_) => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            error => Err(error),
        },
    }
}

fn wait_readable(control: BorrowedFd<'_>, deadline: Instant) -> io::Result<()> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::Error::from_raw_os_error(libc::ETIMEDOUT));
    }
    let mut wanted = libc::pollfd { fd: control.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let milliseconds = libc::c_int::try_from(left.as_millis() + 1).unwrap_or(libc::c_int::MAX);
    // SAFETY: one structure is read and written where the pointer says.
    match check(unsafe { libc::poll(&raw mut wanted, 1, milliseconds) }) {
        Err(error) if error.raw_os_error() != Some(libc::EINTR) => Err(error),
        _ => Ok(()),
    }
}
