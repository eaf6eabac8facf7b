//! Files that the C library reads at first use, read earlier. Some of them stay in the process for good, others as long as
//! a value lives; every process forked from this one inherits them.

use crate::platform::{Support, preload_backend};
use std::ffi::{CStr, CString};
use std::io;

pub(crate) use preload_backend::{
    KEEPS_NAME_SERVERS, Locale, find_name_service_library, find_thread_exit_library,
    keep_name_servers,
};

/// Loads a library for as long as this process lives. A later request for it, by this path or by the name in it, does not
/// use the file system.
///
/// # Errors
/// Returns an error with the text of the loader.
pub(crate) fn keep_library(name: &CStr) -> Result<(), String> {
    // SAFETY: the name ends in NUL. The constructors of the library run: the callers name libraries
    // of the host that only root can change.
    if unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) }.is_null() {
        return Err(read_loader_error());
    }
    Ok(())
}

fn read_loader_error() -> String {
    // SAFETY: dlerror takes nothing, and answers null or a string that ends in NUL and lives until the
    // loader is called again by this thread.
    let text = unsafe { libc::dlerror() };
    if text.is_null() {
        return "no reason given".to_owned();
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The tables of a character set, both ways. While this lives, here or in a process that this one was
/// forked from, they are found without a look at the file system.
#[derive(Debug)]
pub(crate) struct Charset {
    _to: Conversion,
    _from: Conversion,
}

impl Charset {
    /// Loads the tables of `name`.
    ///
    /// # Errors
    /// Returns an error if the call fails, with its `errno`: `EINVAL` if there are none.
    pub(crate) fn open(name: &CStr) -> io::Result<Support<Self>> {
        let (Support::Available(to), Support::Available(from)) =
            (Conversion::open(c"UTF-8", name)?, Conversion::open(name, c"UTF-8")?)
        else {
            return Ok(Support::Unsupported);
        };
        Ok(Support::Available(Self { _to: to, _from: from }))
    }
}

use preload_backend::Conversion;

/// `setenv`, for a child that has one thread.
fn set_environment(name: &CStr, value: &CStr) {
    // SAFETY: both strings end in NUL and are copied; no other thread reads the environment. That there
    // is no memory for it changes nothing.
    unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) };
}

/// Calls `work` with `value` appended to the variable `name`, and restores the variable.
#[allow(dead_code, reason = "only for systems whose resolver reads the environment")]
pub(in crate::platform) fn with_environment<T>(
    name: &CStr,
    value: &CStr,
    work: impl FnOnce() -> T,
) -> T {
    // SAFETY: the name ends in NUL; the answer is null, or lives until the environment is changed.
    let before = unsafe { libc::getenv(name.as_ptr()) };
    // SAFETY: as above: a string that ends in NUL.
    let before = (!before.is_null()).then(|| unsafe { CStr::from_ptr(before) }.to_owned());
    let both = before.as_ref().map(|before| [before.to_bytes(), value.to_bytes()].join(&b' '));
    let value = both.and_then(|both| CString::new(both).ok()).unwrap_or_else(|| value.to_owned());
    set_environment(name, &value);
    let answer = work();
    match before {
        Some(before) => set_environment(name, &before),
        // SAFETY: the name ends in NUL; no other thread reads the environment.
        None => drop(unsafe { libc::unsetenv(name.as_ptr()) }),
    }
    answer
}

/// File with the time zone of the machine.
pub(crate) const LOCAL_TIME: &CStr = c"/etc/localtime";

/// Keeps the time zone of the child by setting `TZ`. Without it, libraries look for the zone of the machine again and
/// again (glibc at each `tzset`, `strftime` or `localtime`), and find none inside.
pub(crate) fn keep_time_zone() {
    // SAFETY: the name ends in NUL; the answer is only compared.
    let is_told = !unsafe { libc::getenv(c"TZ".as_ptr()) }.is_null();
    if !is_told && crate::platform::read_path_facts(LOCAL_TIME).is_ok() {
        set_environment(c"TZ", c":/etc/localtime");
    }
    // SAFETY: this thread is the only one.
    unsafe { tzset() };
}

/// Connects the child to the system's log, if there is one, while it is still outside.
pub(crate) fn connect_to_syslog() {
    // SAFETY: without a name and a facility, those in force are kept, which are the C library's own.
    unsafe { libc::openlog(std::ptr::null(), libc::LOG_NDELAY, 0) };
}

unsafe extern "C" {
    fn tzset();
}

// The contract, checked by the compiler: a backend whose signature drifts does not build.
const _: fn(&CStr, &CStr) -> io::Result<Support<Conversion>> = Conversion::open;
const _: fn(&CStr) -> io::Result<Support<Locale>> = Locale::open;
const _: fn() = keep_name_servers;
const _: bool = KEEPS_NAME_SERVERS;
const _: fn(&str) -> Support<Option<CString>> = find_name_service_library;
const _: fn() -> Support<&'static CStr> = find_thread_exit_library;
