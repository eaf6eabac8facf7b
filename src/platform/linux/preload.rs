//! Files that Linux's C libraries read late: glibc many, musl few.

use crate::platform::Support;
use crate::platform::unix::posix::check;
use crate::platform::unix::preload::with_environment;
use std::ffi::{CStr, CString};
use std::io;

pub(crate) use crate::platform::unix::iconv::Conversion;

/// glibc looks for it when a thread ends (`pthread_exit`), and aborts if it is not there. musl needs
/// none.
pub(crate) fn find_thread_exit_library() -> Support<&'static CStr> {
    if IS_GLIBC { Support::Available(c"libgcc_s.so.1") } else { Support::Unsupported }
}

const IS_GLIBC: bool = cfg!(target_env = "gnu");

/// The library of a service that `nsswitch.conf` names; none if it is part of glibc itself, as `files`
/// and `dns` are since 2.34.
pub(crate) fn find_name_service_library(service: &str) -> Support<Option<CString>> {
    if !IS_GLIBC {
        return Support::Unsupported;
    }
    // SAFETY: the name is a literal that ends in NUL.
    let own = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"_nss_files_getpwnam_r".as_ptr()) };
    if matches!(service, "files" | "dns") && !own.is_null() {
        return Support::Available(None);
    }
    Support::Available(CString::new(format!("libnss_{service}.so.2")).ok())
}

/// A locale whose tables are loaded while this lives, here or in a process that this one was forked
/// from.
#[derive(Debug)]
pub(crate) struct Locale(libc::locale_t);

impl Locale {
    /// Loads the tables of `name`; an empty name stands for the locale of the environment.
    ///
    /// # Errors
    /// Returns an error if the call fails, with its `errno`: `ENOENT` if there is no such locale.
    pub(crate) fn open(name: &CStr) -> io::Result<Support<Self>> {
        // SAFETY: the name ends in NUL; null stands for the locale `C` as what to begin with.
        let opened =
            unsafe { libc::newlocale(EVERY_CATEGORY, name.as_ptr(), std::ptr::null_mut()) };
        check(if opened.is_null() { -1 } else { 0 })?;
        Ok(Support::Available(Self(opened)))
    }
}

// SAFETY: the handle is only kept, and closed once, by its owner; any thread may do that.
unsafe impl Send for Locale {}

// SAFETY: as above: nothing reads through a shared reference.
unsafe impl Sync for Locale {}

impl Drop for Locale {
    fn drop(&mut self) {
        // SAFETY: newlocale has made it, and no thread uses it.
        unsafe { libc::freelocale(self.0) };
    }
}

/// `LC_ALL_MASK` of `<locale.h>`: a bit for each category from 0 to 12, but for 6, which is `LC_ALL`.
const EVERY_CATEGORY: libc::c_int = 0x1fff & !(1 << 6);

/// Whether `keep_name_servers` does anything.
pub(crate) const KEEPS_NAME_SERVERS: bool = IS_GLIBC;

/// Makes this thread keep the name servers that it has read. Threads that start later do not have
/// them: glibc reads `resolv.conf` for each, and takes 127.0.0.1 for the only server if there is none.
/// musl keeps nothing.
pub(crate) fn keep_name_servers() {
    if !IS_GLIBC {
        return;
    }
    // Since 2.26 glibc checks resolv.conf for changes before each lookup, unless no-reload is set.
    with_environment(c"RES_OPTIONS", c"no-reload", || {
        // SAFETY: this changes the resolver's state of this thread, the only one.
        unsafe { libc::res_init() };
    });
}
