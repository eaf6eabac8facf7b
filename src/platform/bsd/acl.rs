//! Access control lists of FreeBSD and of NetBSD 10, which has taken them over: `acl(3)`. Constants
//! are those of `<sys/acl.h>`, alike in both.

use crate::platform::unix::posix::check;
use crate::platform::{AccessList, Grantee, GroupId, UserId};
use std::ffi::{c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;

pub(in crate::platform) const TYPE_ACCESS: c_int = 2;
pub(in crate::platform) const TYPE_NFS4: c_int = 4;
pub(in crate::platform) const FIRST_ENTRY: c_int = 0;
pub(in crate::platform) const NEXT_ENTRY: c_int = 1;
pub(in crate::platform) const USER: u32 = 0x02;
pub(in crate::platform) const GROUP_OBJ: u32 = 0x04;
pub(in crate::platform) const GROUP: u32 = 0x08;
pub(in crate::platform) const MASK: u32 = 0x10;
pub(in crate::platform) const EVERYONE: u32 = 0x40;
pub(in crate::platform) const ALLOW: u16 = 0x0100;
pub(in crate::platform) const INHERIT_ONLY: u16 = 0x0008;
/// `ACL_WRITE` of a POSIX list.
pub(in crate::platform) const WRITE: [u32; 1] = [0x0002];
/// `WRITE_DATA`, `APPEND_DATA`, `DELETE_CHILD`, `WRITE_ACL`, `WRITE_OWNER` of a list of NFS version 4:
/// each of them is enough to replace the file that was judged.
pub(in crate::platform) const CHANGE: [u32; 5] = [0x10, 0x20, 0x100, 0x2000, 0x4000];

unsafe extern "C" {
    fn acl_get_fd_np(fd: c_int, kind: c_int) -> *mut c_void;
    fn acl_free(object: *mut c_void) -> c_int;
    fn acl_get_entry(list: *mut c_void, which: c_int, entry: *mut *mut c_void) -> c_int;
    fn acl_get_tag_type(entry: *mut c_void, tag: *mut u32) -> c_int;
    fn acl_get_permset(entry: *mut c_void, permissions: *mut *mut c_void) -> c_int;
    fn acl_get_perm_np(permissions: *mut c_void, permission: u32) -> c_int;
    fn acl_get_qualifier(entry: *mut c_void) -> *mut c_void;
    fn acl_get_entry_type_np(entry: *mut c_void, kind: *mut u16) -> c_int;
    fn acl_get_flagset_np(entry: *mut c_void, flags: *mut *mut c_void) -> c_int;
    fn acl_get_flag_np(flags: *mut c_void, flag: u16) -> c_int;
}

/// Users and groups that a list of `directory` lets change it, beyond the mode bits.
pub(in crate::platform) fn read_writers(directory: BorrowedFd<'_>) -> io::Result<Vec<Grantee>> {
    if let Some(list) = List::open(directory, TYPE_NFS4)? {
        return Ok(list.read_entries()?.iter().filter_map(AclEntry::nfs4_writer).collect());
    }
    let Some(list) = List::open(directory, TYPE_ACCESS)? else { return Ok(Vec::new()) };
    let entries = list.read_entries()?;
    let masked = entries.iter().any(|entry| entry.tag == MASK && !entry.grants(&WRITE));
    Ok(entries.iter().filter(|_| !masked).filter_map(AclEntry::posix_writer).collect())
}

/// Rights in a list of `file` beyond the mode bits. The rights of the owner, the group and everyone are in the mode bits;
/// so a list that names no other user or group adds nothing.
pub(in crate::platform) fn read_access_list(file: BorrowedFd<'_>) -> io::Result<AccessList> {
    for kind in [TYPE_NFS4, TYPE_ACCESS] {
        let Some(list) = List::open(file, kind)? else { continue };
        let names_somebody =
            list.read_entries()?.iter().any(|entry| [USER, GROUP].contains(&entry.tag));
        return Ok(if names_somebody { AccessList::Other } else { AccessList::Plain });
    }
    Ok(AccessList::Plain)
}

/// A list that the C library has allocated.
struct List(NonNull<c_void>);

impl List {
    /// `None` where the file or its file system has no list of this kind.
    fn open(directory: BorrowedFd<'_>, kind: c_int) -> io::Result<Option<Self>> {
        // SAFETY: the descriptor is open while it is borrowed.
        match NonNull::new(unsafe { acl_get_fd_np(directory.as_raw_fd(), kind) }) {
            Some(list) => Ok(Some(Self(list))),
            None => match io::Error::last_os_error() {
                none if matches!(
                    none.raw_os_error(),
                    Some(libc::EINVAL | libc::EOPNOTSUPP | libc::ENOSYS)
                ) =>
                {
                    Ok(None)
                }
                error => Err(error),
            },
        }
    }

    fn read_entries(&self) -> io::Result<Vec<AclEntry>> {
        let mut entries = Vec::new();
        let mut which = FIRST_ENTRY;
        loop {
            let mut entry = std::ptr::null_mut();
            // SAFETY: the list is alive until it is dropped; one pointer is written.
            match check(unsafe { acl_get_entry(self.0.as_ptr(), which, &raw mut entry) })? {
                1 => entries.push(AclEntry::read(entry)?),
                _ => return Ok(entries),
            }
            which = NEXT_ENTRY;
        }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: acl_get_fd_np has allocated the list, and it is freed here only.
        unsafe { acl_free(self.0.as_ptr()) };
    }
}

struct AclEntry {
    tag: u32,
    id: u32,
    granted: Vec<u32>,
    counts: bool,
}

impl AclEntry {
    fn read(entry: *mut c_void) -> io::Result<Self> {
        let mut tag = 0;
        // SAFETY: the entry belongs to a list that is alive; one number is written.
        check(unsafe { acl_get_tag_type(entry, &raw mut tag) })?;
        let mut permissions = std::ptr::null_mut();
        // SAFETY: as above; one pointer into the entry is written.
        check(unsafe { acl_get_permset(entry, &raw mut permissions) })?;
        // SAFETY: the set belongs to the entry; a permission of the other brand answers -1.
        let granted = |&bit: &u32| unsafe { acl_get_perm_np(permissions, bit) } == 1;
        let granted = WRITE.iter().chain(&CHANGE).copied().filter(granted).collect();
        Ok(Self { tag, id: read_qualifier(entry, tag), granted, counts: is_effective(entry) })
    }

    fn grants(&self, any: &[u32]) -> bool {
        any.iter().any(|bit| self.granted.contains(bit))
    }

    fn posix_writer(&self) -> Option<Grantee> {
        self.grants(&WRITE).then(|| self.to_grantee()).flatten()
    }

    fn nfs4_writer(&self) -> Option<Grantee> {
        (self.counts && self.grants(&CHANGE)).then(|| match self.tag {
            GROUP_OBJ => Some(Grantee::Named("the owning group".into())),
            EVERYONE => Some(Grantee::Named("everyone".into())),
            _ => self.to_grantee(),
        })?
    }

    fn to_grantee(&self) -> Option<Grantee> {
        match self.tag {
            USER if self.id != 0 => Some(Grantee::User(UserId(self.id))),
            GROUP => Some(Grantee::Group(GroupId(self.id))),
            _ => None,
        }
    }
}

/// The id of a named user or group.
fn read_qualifier(entry: *mut c_void, tag: u32) -> u32 {
    if tag != USER && tag != GROUP {
        return u32::MAX;
    }
    // SAFETY: the entry belongs to a list that is alive; the answer is a copy to be freed, or null.
    let Some(id) = NonNull::new(unsafe { acl_get_qualifier(entry) }.cast::<u32>()) else {
        return u32::MAX;
    };
    // SAFETY: for these tags the copy is one uid_t or gid_t.
    let number = unsafe { id.as_ptr().read() };
    // SAFETY: acl_get_qualifier has allocated the copy, and it is freed here only.
    unsafe { acl_free(id.as_ptr().cast()) };
    number
}

/// Whether an entry of NFS version 4 is a grant, for the directory itself. True if that is unknown.
fn is_effective(entry: *mut c_void) -> bool {
    let mut kind = 0;
    // SAFETY: the entry belongs to a list that is alive; one number is written.
    if unsafe { acl_get_entry_type_np(entry, &raw mut kind) } == 0 && kind != ALLOW {
        return false;
    }
    let mut flags = std::ptr::null_mut();
    // SAFETY: as above; one pointer into the entry is written.
    if unsafe { acl_get_flagset_np(entry, &raw mut flags) } != 0 {
        return true;
    }
    // SAFETY: the set belongs to the entry.
    unsafe { acl_get_flag_np(flags, INHERIT_ONLY) != 1 }
}
