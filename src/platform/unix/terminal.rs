//! The controlling terminal of a process: what is typed into it (`TIOCSTI`) is read by the shell
//! that started the server.

use crate::platform::unix::posix::check;
use crate::platform::{Support, backend};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;

/// Whether this process has a controlling terminal. Unsupported where the system does not report it.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn has_terminal() -> io::Result<Support<bool>> {
    match open_terminal() {
        Ok(_) => Ok(Support::Available(true)),
        Err(error) => match error.raw_os_error() {
            // Darwin and the BSDs have ENXIO too.
            Some(libc::ENXIO) => Ok(Support::Available(false)),
            Some(libc::ENOENT | libc::EACCES | libc::EPERM | libc::ENOTDIR | libc::ENODEV) => {
                backend::has_terminal()
            }
            Some(libc::EIO) => Ok(Support::Available(true)),
            _ => Err(error),
        },
    }
}

/// Gives up the controlling terminal. A session leader, such as `httpd -X` in a container, would get SIGHUP by that, so it
/// is ignored meanwhile.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
pub(crate) fn give_up_terminal() -> io::Result<()> {
    let terminal = open_terminal()?;
    let leads = is_session_leader();
    // SAFETY: the signal is ignored for a moment, and this process has one thread.
    let before = leads.then(|| unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) });
    // SAFETY: the request takes no argument.
    let answer = check(unsafe { libc::ioctl(terminal.as_raw_fd(), backend::TIOCNOTTY) });
    if let Some(before) = before {
        // SAFETY: what it was before, as the call above answered.
        unsafe { libc::signal(libc::SIGHUP, before) };
    }
    answer.map(drop)
}

fn open_terminal() -> io::Result<File> {
    File::options().read(true).write(true).custom_flags(libc::O_NOCTTY).open("/dev/tty")
}

fn is_session_leader() -> bool {
    // SAFETY: getpid takes nothing and cannot fail.
    let me = unsafe { libc::getpid() };
    // SAFETY: getsid takes a number.
    me == unsafe { libc::getsid(0) }
}
