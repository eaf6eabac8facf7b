//! Access control lists of Darwin: `acl(3)`, `<sys/acl.h>`, `<sys/kauth.h>`.

use crate::platform::unix::posix::check;
use crate::platform::{AccessList, Grantee, GroupId, UserId};
use std::ffi::{c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;

pub(in crate::platform) const TYPE_EXTENDED: c_int = 0x100;
pub(in crate::platform) const FIRST_ENTRY: c_int = 0;
pub(in crate::platform) const NEXT_ENTRY: c_int = -1;
pub(in crate::platform) const ALLOW: c_int = 1;
pub(in crate::platform) const ONLY_INHERIT: c_int = 1 << 8;
/// `ADD_FILE`, `ADD_SUBDIRECTORY`, `DELETE_CHILD`, `WRITE_SECURITY`, `CHANGE_OWNER`: each of them is
/// enough to replace the file that was judged.
pub(in crate::platform) const CHANGE: [c_int; 5] = [1 << 2, 1 << 5, 1 << 6, 1 << 12, 1 << 13];
/// `ID_TYPE_UID` of `<membership.h>`.
pub(in crate::platform) const IS_USER: c_int = 0;

unsafe extern "C" {
    fn acl_get_fd_np(fd: c_int, kind: c_int) -> *mut c_void;
    fn acl_free(object: *mut c_void) -> c_int;
    fn acl_get_entry(list: *mut c_void, which: c_int, entry: *mut *mut c_void) -> c_int;
    fn acl_get_tag_type(entry: *mut c_void, tag: *mut c_int) -> c_int;
    fn acl_get_permset(entry: *mut c_void, permissions: *mut *mut c_void) -> c_int;
    fn acl_get_perm_np(permissions: *mut c_void, permission: c_int) -> c_int;
    fn acl_get_qualifier(entry: *mut c_void) -> *mut c_void;
    fn acl_get_flagset_np(entry: *mut c_void, flags: *mut *mut c_void) -> c_int;
    fn acl_get_flag_np(flags: *mut c_void, flag: c_int) -> c_int;
    fn mbr_uuid_to_id(uuid: *const c_void, id: *mut u32, kind: *mut c_int) -> c_int;
}

/// Users and groups that a list of `directory` lets change it, beyond the mode bits.
pub(in crate::platform) fn read_writers(directory: BorrowedFd<'_>) -> io::Result<Vec<Grantee>> {
    let Some(list) = open_list(directory)? else { return Ok(Vec::new()) };
    let writers = collect_writers(list.as_ptr());
    // SAFETY: acl_get_fd_np has allocated the list, and it is freed here only.
    unsafe { acl_free(list.as_ptr()) };
    writers
}

/// Rights in a list of `file`: every entry grants or denies rights beyond the mode bits.
pub(in crate::platform) fn read_access_list(file: BorrowedFd<'_>) -> io::Result<AccessList> {
    let Some(list) = open_list(file)? else { return Ok(AccessList::Plain) };
    let mut entry = std::ptr::null_mut();
    // SAFETY: the list is alive; one pointer is written, unless there is no entry.
    let is_empty = unsafe { acl_get_entry(list.as_ptr(), FIRST_ENTRY, &raw mut entry) } != 0;
    // SAFETY: acl_get_fd_np has allocated the list, and it is freed here only.
    unsafe { acl_free(list.as_ptr()) };
    Ok(if is_empty { AccessList::Plain } else { AccessList::Other })
}

/// A list that the C library has allocated, and that the caller frees.
fn open_list(file: BorrowedFd<'_>) -> io::Result<Option<NonNull<c_void>>> {
    // SAFETY: the descriptor is open while it is borrowed.
    match NonNull::new(unsafe { acl_get_fd_np(file.as_raw_fd(), TYPE_EXTENDED) }) {
        Some(list) => Ok(Some(list)),
        None => match io::Error::last_os_error() {
            // Darwin returns ENOENT if there is no list.
            none if matches!(
                none.raw_os_error(),
                Some(libc::ENOENT | libc::EOPNOTSUPP | libc::EINVAL)
            ) =>
            {
                Ok(None)
            }
            error => Err(error),
        },
    }
}

fn collect_writers(list: *mut c_void) -> io::Result<Vec<Grantee>> {
    let mut writers = Vec::new();
    let mut which = FIRST_ENTRY;
    loop {
        let mut entry = std::ptr::null_mut();
        // SAFETY: the list is alive in the caller; one pointer is written. Behind the last entry
        // the answer is -1 with EINVAL.
        if unsafe { acl_get_entry(list, which, &raw mut entry) } != 0 {
            return Ok(writers);
        }
        if is_grant(entry)? {
            writers.extend(read_grantee(entry));
        }
        which = NEXT_ENTRY;
    }
}

fn is_grant(entry: *mut c_void) -> io::Result<bool> {
    let mut tag = 0;
    // SAFETY: the entry belongs to a list that is alive; one number is written.
    check(unsafe { acl_get_tag_type(entry, &raw mut tag) })?;
    let mut permissions = std::ptr::null_mut();
    // SAFETY: as above; one pointer into the entry is written.
    check(unsafe { acl_get_permset(entry, &raw mut permissions) })?;
    let mut flags = std::ptr::null_mut();
    // SAFETY: as above; one pointer into the entry is written.
    check(unsafe { acl_get_flagset_np(entry, &raw mut flags) })?;
    // SAFETY: the set belongs to the entry.
    let only_for_heirs = unsafe { acl_get_flag_np(flags, ONLY_INHERIT) } == 1;
    // SAFETY: the set belongs to the entry.
    let granted = |bit: c_int| unsafe { acl_get_perm_np(permissions, bit) } == 1;
    Ok(tag == ALLOW && !only_for_heirs && CHANGE.into_iter().any(granted))
}

/// User or group of an entry; `None` for root.
fn read_grantee(entry: *mut c_void) -> Option<Grantee> {
    let somebody = || Some(Grantee::Named("a user or group without a number here".into()));
    // SAFETY: the entry belongs to a list that is alive; the answer is a copy to be freed, or null.
    let Some(uuid) = NonNull::new(unsafe { acl_get_qualifier(entry) }) else { return somebody() };
    let (mut id, mut kind) = (0, 0);
    // SAFETY: the copy is a uuid_t; two numbers are written.
    let answer = unsafe { mbr_uuid_to_id(uuid.as_ptr(), &raw mut id, &raw mut kind) };
    // SAFETY: acl_get_qualifier has allocated the copy, and it is freed here only.
    unsafe { acl_free(uuid.as_ptr()) };
    match (answer, kind, id) {
        (0, IS_USER, 0) => None,
        (0, IS_USER, id) => Some(Grantee::User(UserId(id))),
        (0, _, id) => Some(Grantee::Group(GroupId(id))),
        _ => somebody(),
    }
}
