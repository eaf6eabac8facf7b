//! mod_unixd, which makes children give up root.

use std::ffi::{c_int, c_void};

type SetupChild = unsafe extern "C" fn() -> c_int;

/// Calls `ap_unixd_setup_child` in this process, which has one thread and ends soon. Returns whether it
/// succeeded; `None` if there is no such function.
pub(crate) fn setup_child() -> Option<bool> {
    let setup_child = find_setup_child()?;
    // SAFETY: httpd's function takes nothing. It changes the user and root of this process.
    Some(unsafe { setup_child() } == 0)
}

/// The function, by its name: it is in httpd itself or in mod_unixd, which may be loaded after this
/// module, so that this module cannot be linked to it.
fn find_setup_child() -> Option<SetupChild> {
    // SAFETY: the name is a literal that ends in NUL.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"ap_unixd_setup_child".as_ptr()) };
    // SAFETY: httpd has had a function of this name and type since 2.4.0 (unixd.h); an Option of a
    // function pointer has the layout of a pointer that may be null.
    unsafe { std::mem::transmute::<*mut c_void, Option<SetupChild>>(found) }
}
