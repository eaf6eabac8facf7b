//! httpd's error log.

use crate::httpd::{bindings as sys, main_state, slot};
pub(crate) use crate::messages::Level;
use std::ffi::{CString, c_int};
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

fn number(level: Level) -> c_int {
    match level {
        Level::Refused => sys::APLOG_EMERG,
        Level::Alert => sys::APLOG_ALERT,
        Level::Warning => sys::APLOG_WARNING,
        Level::Notice => sys::APLOG_NOTICE,
        Level::Info => sys::APLOG_INFO,
    }
}

/// Whether httpd has opened its logs in the first of the two passes of a start.
static OPEN: AtomicBool = AtomicBool::new(false);

/// Notes that httpd has opened its logs.
pub(crate) fn opened() {
    OPEN.store(true, Relaxed);
}

/// httpd's mark of a line without time, level and process. Such a line is for the terminal: at configtest, and in the
/// first pass of a start until the logs are open. From then on stderr is the error log, also while a restart
/// reads the configuration.
fn choose_mark(level: Level) -> c_int {
    let is_for_terminal = matches!(level, Level::Refused | Level::Warning);
    let is_open = OPEN.load(Relaxed) || main_state::has_opened_logs();
    if is_for_terminal && !is_open { sys::APLOG_STARTUP } else { 0 }
}

/// Descriptor of the error log of `server`, for a process that keeps little else. None while the log
/// is not open, or if messages go to syslog or another provider.
pub(crate) fn descriptor(server: *const sys::server_rec) -> Option<RawFd> {
    // SAFETY: the server is one that a hook was given, which is alive while the hook runs.
    let file = unsafe { server.as_ref() }?.error_log;
    if file.is_null() {
        return None;
    }
    let mut descriptor = -1;
    // SAFETY: the log is a file that httpd has opened and keeps; APR writes one number.
    let status = unsafe { sys::apr_os_file_get(&raw mut descriptor, file) };
    (status == 0 && descriptor >= 0).then_some(descriptor)
}

/// Writes `text` to the error log of `server`, or to stderr while `server` is null.
pub(crate) fn write(server: *const sys::server_rec, level: Level, text: &str) {
    // A NUL cannot come from a configuration, but a message is not worth failing for.
    let text = CString::new(text.replace('\0', "?")).unwrap_or_default();
    // SAFETY: the file name, the format and the text end in NUL and outlive the call; the format
    // takes exactly one string; httpd's contract allows a null server, and a server that a hook was
    // given is alive while the hook runs.
    unsafe {
        sys::ap_log_error_(
            c"mod_chroot".as_ptr(),
            0,
            slot::index(),
            number(level) | choose_mark(level),
            0,
            server,
            c"%s".as_ptr(),
            text.as_ptr(),
        );
    }
}
