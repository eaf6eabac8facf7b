//! Files that this process has loaded code from: its modules, and their libraries.

use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Paths of loaded objects, as the loader has them; those without an absolute path are left out.
pub(crate) fn list_loaded_objects() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::env::current_exe().into_iter().collect();
    collect_names(&mut found);
    found.retain(|path| path.is_absolute());
    found
}

/// Adds the name of a loaded object.
fn push_name(name: *const c_char, found: &mut Vec<PathBuf>) {
    if !name.is_null() {
        // SAFETY: the loader's names end in NUL, and live as long as the object is loaded; the caller
        // runs in the one thread that loads and unloads.
        let name = unsafe { CStr::from_ptr(name) };
        found.push(PathBuf::from(OsStr::from_bytes(name.to_bytes())));
    }
}

cfg_if::cfg_if! {
    if #[cfg(target_os = "macos")] {
        // The libc crate would have them taken from another one.
        unsafe extern "C" {
            fn _dyld_image_count() -> u32;
            fn _dyld_get_image_name(index: u32) -> *const c_char;
        }

        fn collect_names(found: &mut Vec<PathBuf>) {
            // SAFETY: dyld answers with a number.
            let count = unsafe { _dyld_image_count() };
            for index in 0..count {
                // SAFETY: dyld answers with a name, or null for a number that is too high.
                push_name(unsafe { _dyld_get_image_name(index) }, found);
            }
        }
    } else {
        use std::ffi::{c_int, c_void};

        fn collect_names(found: &mut Vec<PathBuf>) {
            // SAFETY: the loader calls `visit_object` with the pointer that is given here, before it returns.
            unsafe { libc::dl_iterate_phdr(Some(visit_object), (&raw mut *found).cast()) };
        }

        /// # Safety
        /// `collect_names` has the loader call it, with its list.
        unsafe extern "C" fn visit_object(
            info: *mut libc::dl_phdr_info,
            _: libc::size_t,
            found: *mut c_void,
        ) -> c_int {
            // SAFETY: `collect_names` has passed this pointer on, and waits.
            let found = unsafe { &mut *found.cast::<Vec<PathBuf>>() };
            // SAFETY: the loader describes one object.
            push_name(unsafe { (*info).dlpi_name }, found);
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_and_this_program_are_among_them() {
        let found = list_loaded_objects();
        let has = |part: &str| found.iter().any(|path| path.to_string_lossy().contains(part));
        assert!(has("mod_chroot") && (has("libc.") || has("libSystem")), "{found:?}");
    }
}
