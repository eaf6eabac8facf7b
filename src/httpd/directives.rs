//! The directive. mod_unixd has one of the same name; httpd calls both, in the order of loading,
//! and both see what pre_config has written into the tree.

use super::bindings as sys;
use super::guard::caught;
use super::server::Server;
use crate::fault::{Fault, Place, SettingFault};
use crate::path::JailPath;
use crate::settings::Asked;
use std::ffi::{CStr, OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;

/// `ChrootDir`: keeps what pre_config has resolved. httpd adds file and line to what it refuses.
///
/// # Safety
/// httpd calls it, with the parameters of the directive and its one word.
pub(super) unsafe extern "C" fn chroot_dir(
    parms: *mut sys::cmd_parms,
    _: *mut c_void,
    word: *const c_char,
) -> *const c_char {
    // SAFETY: httpd calls a directive with parameters that live as long as the call.
    let parms = unsafe { &mut *parms };
    // SAFETY: httpd gives a TAKE1 directive one word that ends in NUL.
    let word = OsStr::from_bytes(unsafe { CStr::from_ptr(word) }.to_bytes());
    match caught(|| keep(parms, word)) {
        Ok(()) => std::ptr::null(),
        Err(fault) => sentence(parms.pool, &fault),
    }
}

fn keep(parms: &sys::cmd_parms, word: &OsStr) -> Result<(), Fault> {
    let fault = |why| Fault::new(word, why);
    // pre_config saw no section, but directives can be made while the tree is processed (<Perl>).
    // SAFETY: the server of a directive is alive while it is processed.
    let server = unsafe { Server::new(parms.server) }.filter(|_| parms.path.is_null());
    let is_main =
        |server: &Server| Server::main().is_some_and(|main| main.as_ptr() == server.as_ptr());
    let Some(server) = server.filter(is_main) else {
        return Err(fault(SettingFault::InSection("a section".into())));
    };
    let jail = JailPath::new(word).ok_or_else(|| fault(SettingFault::NotAbsolute))?;
    let place = place(parms);
    let state = server.state().ok_or_else(|| fault(SettingFault::InSection("a section".into())))?;
    match &state.asked {
        Some(asked) if asked.jail != jail => Err(fault(SettingFault::Twice {
            other: asked.jail.to_string(),
            at: asked.place.clone(),
        })),
        _ => {
            state.asked.get_or_insert(Asked { jail, place });
            Ok(())
        }
    }
}

fn place(parms: &sys::cmd_parms) -> Place {
    // SAFETY: httpd points to the node that it processes, which lives in the configuration pool.
    let Some(node) = (unsafe { parms.directive.as_ref() }) else {
        return Place { file: "(generated)".into(), line: 0 };
    };
    // SAFETY: a node's file name ends in NUL and lives in the configuration pool.
    let file = unsafe { CStr::from_ptr(node.filename) }.to_string_lossy().into_owned();
    Place { file, line: u32::try_from(node.line_num).unwrap_or(0) }
}

/// The fault as a string that lives in `pool`.
fn sentence(pool: *mut sys::apr_pool_t, fault: &Fault) -> *const c_char {
    let text = fault.to_string();
    // SAFETY: the copy is as long as the string, ends in NUL and lives in httpd's pool.
    unsafe { sys::apr_pstrmemdup(pool, text.as_ptr().cast(), text.len()) }
}
