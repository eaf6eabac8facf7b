//! Calls between shared objects of ELF systems, found by what the loader itself reads: the dynamic
//! section of an object names each function that it calls in another one, and the slot that holds the
//! address (System V ABI, "Dynamic Linking").

mod object;

use crate::platform::Support;
use object::{find_object, page_size};
use std::ffi::{CStr, c_int, c_void};
use std::io;

/// Calls that go to a function of ours, until this is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Redirected(Vec<PatchedSlot>);

/// A slot: its address, its former value, and whether the loader had made it read-only.
#[derive(Debug)]
struct PatchedSlot {
    at: usize,
    held: usize,
    read_only: bool,
}

/// Redirects every call of the function `name` by the shared object that contains the address `inside` to `ours`.
/// Unsupported if that object does not call it, or is the program itself.
///
/// # Errors
/// Returns an error if a call fails, with its `errno`.
///
/// # Safety
/// `inside` is an address in a loaded object; `ours` is a function of the same type as the one that is
/// called, and stays where it is as long as the answer lives, as does that object; no other thread
/// calls the function meanwhile.
pub(crate) unsafe fn redirect_calls(
    inside: *const c_void,
    name: &CStr,
    ours: *const c_void,
) -> io::Result<Support<Redirected>> {
    let slots = find_slots(inside as usize, name);
    if slots.is_empty() {
        return Ok(Support::Unsupported);
    }
    // The list is put back if one of the next steps fails.
    let mut redirected = Redirected(Vec::new());
    for slot in slots {
        write_slot(&slot, ours as usize)?;
        redirected.0.push(slot);
    }
    Ok(Support::Available(redirected))
}

/// Whether the shared object that holds the address `inside` calls the function `name`, in a way that
/// [`redirect_calls`] knows.
pub(crate) fn has_import(inside: *const c_void, name: &CStr) -> bool {
    !find_slots(inside as usize, name).is_empty()
}

impl Drop for Redirected {
    fn drop(&mut self) {
        for slot in self.0.drain(..) {
            // It could be written when it was redirected, so it can now.
            let _ = write_slot(&slot, slot.held);
        }
    }
}

/// Writes a slot, which the loader has made read-only if it was to be filled at once (RELRO).
fn write_slot(slot: &PatchedSlot, value: usize) -> io::Result<()> {
    let page = (slot.at & !(page_size() - 1), page_size());
    set_protection(page, libc::PROT_READ | libc::PROT_WRITE)?;
    // SAFETY: `find_slots` has found a word of this object's data there, which can be written now, and the
    // caller of `redirect` promises that no other thread reads it.
    unsafe { (slot.at as *mut usize).write(value) };
    if slot.read_only { set_protection(page, libc::PROT_READ) } else { Ok(()) }
}

fn set_protection((start, size): (usize, usize), protection: c_int) -> io::Result<()> {
    // SAFETY: the page holds data of a loaded object, and stays readable whatever else it becomes.
    let answer = unsafe { libc::mprotect(start as *mut c_void, size, protection) };
    crate::platform::unix::posix::check(answer).map(drop)
}

/// The slots through which the object that holds `inside` calls `name`: words of its data that hold the
/// address of that function now, or, before the first call, one of its own (lazy binding).
fn find_slots(inside: usize, name: &CStr) -> Vec<PatchedSlot> {
    let Some(object) = find_object(inside) else { return Vec::new() };
    // SAFETY: the name ends in NUL.
    let function = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) } as usize;
    let of_name = object
        .read_relocations()
        .into_iter()
        .filter(|it| object.read_symbol_name(*it) == Some(name));
    let places = of_name.map(|it| object.base.wrapping_add(it.offset));
    let aligned = places.filter(|at| at % align_of::<usize>() == 0 && object.contains(*at));
    let slots = aligned.filter_map(|at| {
        // SAFETY: the word is in a loaded segment of the object, and aligned.
        let held = unsafe { (at as *const usize).read() };
        let is_call = function != 0 && (held == function || object.contains(held));
        let read_only = object.read_only.contains(&at);
        is_call.then_some(PatchedSlot { at, held, read_only })
    });
    slots.collect()
}

#[cfg(test)]
mod tests {
    use super::object::Relocation;
    use super::*;

    /// An object that is loaded with every program that can unwind, and that calls abort().
    fn library() -> *const c_void {
        // SAFETY: the name ends in NUL.
        unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"_Unwind_Backtrace".as_ptr()) }
    }

    extern "C" fn ours() {}

    fn held(inside: *const c_void) -> Vec<usize> {
        find_object(inside as usize)
            .map(|object| {
                let of_abort = |it: &Relocation| object.read_symbol_name(*it) == Some(c"abort");
                let all = object.read_relocations().into_iter().filter(of_abort);
                // SAFETY: the slot of a relocation is a word of the object's data.
                all.map(|it| unsafe { ((object.base + it.offset) as *const usize).read() })
                    .collect()
            })
            .unwrap_or_default()
    }

    #[test]
    fn a_call_is_redirected_until_that_is_dropped() {
        let before = held(library());
        assert!(!before.is_empty() && has_import(library(), c"abort"));
        let function = ours as *const ();
        // SAFETY: nothing calls abort in this library while the test runs.
        let redirected = unsafe { redirect_calls(library(), c"abort", function.cast()) }.unwrap();
        assert_eq!(held(library()), vec![function as usize; before.len()]);
        drop(redirected);
        assert_eq!(held(library()), before);
    }

    #[test]
    fn what_is_not_called_is_not_redirected() {
        assert!(!has_import(library(), c"setuid"));
        assert!(!has_import(std::ptr::null(), c"abort"));
    }

    /// It may be the server, which calls the same functions for itself.
    #[test]
    fn the_program_itself_is_left_alone() {
        static HERE: u8 = 0;
        assert!(!has_import((&raw const HERE).cast(), c"abort"));
    }
}
