//! httpd opens an access control file (`.htaccess`).

use crate::httpd::bindings as sys;
use crate::httpd::guard::caught;
use crate::httpd::log::{Level, write};
use crate::httpd::server::Server;
use crate::lifecycle::htaccess::{self, Htaccess};
use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Lets httpd open the file, unless it is a link that leads nowhere inside: then access is denied.
///
/// # Safety
/// httpd calls it in a child, with the names of a directory and of a file in it.
pub(crate) unsafe extern "C" fn open(
    _: *mut sys::request_rec,
    directory: *const c_char,
    name: *const c_char,
    _: *mut *mut sys::ap_configfile_t,
    full_name: *mut *const c_char,
) -> sys::apr_status_t {
    let Some(server) = Server::main().filter(htaccess::is_jailed) else {
        return sys::CHROOT_AP_DECLINED;
    };
    // SAFETY: httpd gives strings that end in NUL and live as long as the request.
    let directory = unsafe { CStr::from_ptr(directory) };
    // SAFETY: as above.
    let file = unsafe { CStr::from_ptr(name) };
    let found = caught(|| Ok(htaccess::check(&server, &full_path(directory, file))));
    match found {
        Ok(Htaccess::Open) => return sys::CHROOT_AP_DECLINED,
        Ok(Htaccess::Absent) => return libc::ENOENT,
        Ok(Htaccess::DeadLink) => {}
        Err(fault) => write(server.as_ptr(), Level::Alert, &fault.to_string()),
    }
    // SAFETY: httpd gives the place of a pointer, which it prints in its own log line.
    unsafe { *full_name = name };
    libc::EACCES
}

/// The path that httpd itself would open (`ap_make_full_path`).
fn full_path(directory: &CStr, name: &CStr) -> PathBuf {
    let mut path = directory.to_bytes().to_vec();
    if !path.is_empty() && !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend(name.to_bytes());
    PathBuf::from(OsStr::from_bytes(&path))
}
