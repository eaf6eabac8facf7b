//! Darwin (macOS).

pub(super) mod acl;
pub(super) mod imports;
pub(super) mod preload;
use crate::platform::bsd::handle::describe_by_stat;
use crate::platform::unix::handle::{DescriptorKind, describe_socket, is_directory};
use crate::platform::unix::ids::Ids;
use crate::platform::unix::{ids, posix};
use crate::platform::{Capabilities, DescriptorListError, Support, SyscallError, Threads};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};

/// Flag for opening a directory on a path: for reading, as older systems have no `O_SEARCH`.
pub(super) const WALK: libc::c_int = libc::O_RDONLY;

/// Flags for a handle of a file of any kind: without waiting for the other end of a FIFO.
pub(super) const HOLD: libc::c_int = libc::O_RDONLY | libc::O_NONBLOCK;

/// The request that gives up a controlling terminal.
pub(super) const TIOCNOTTY: libc::c_ulong = 0x2000_7471;

/// Error of `open` for a symbolic link that is not to be followed.
pub(super) const REFUSED_LINK: libc::c_int = libc::ELOOP;

/// Type of the ids that `getgrouplist` writes: Darwin declares them signed.
pub(super) type GroupListEntry = libc::c_int;

/// Type of the count of `setgroups`.
pub(super) type GroupCount = libc::c_int;

/// No name is looked up between the check and the entry.
pub(super) fn change_root(jail: OwnedFd) -> Result<(), SyscallError> {
    posix::change_directory(jail.as_fd())?;
    drop(jail);
    posix::chroot_here()?;
    posix::change_to_root()
}

/// `PROC_PIDLISTFDS` of `<sys/proc_info.h>`.
const PROC_PIDLISTFDS: libc::c_int = 1;

/// `struct proc_fdinfo` of `<sys/proc_info.h>`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct FdInfo {
    fd: i32,
    kind: u32,
}

/// By `proc_pidinfo`.
pub(super) fn list_descriptors(_: BorrowedFd<'_>) -> Result<Vec<RawFd>, DescriptorListError> {
    let all = list_entries().map_err(DescriptorListError::Unreadable)?;
    Ok(all.into_iter().map(|entry| entry.fd).collect())
}

fn list_entries() -> io::Result<Vec<FdInfo>> {
    // SAFETY: getpid takes nothing and cannot fail.
    let pid = unsafe { libc::getpid() };
    // SAFETY: without a buffer, the kernel answers how many bytes it would need.
    let need = unsafe { libc::proc_pidinfo(pid, PROC_PIDLISTFDS, 0, std::ptr::null_mut(), 0) };
    let mut list =
        vec![FdInfo::default(); usize::try_from(need).unwrap_or(0) / size_of::<FdInfo>() + 16];
    let room = libc::c_int::try_from(size_of_val(list.as_slice())).unwrap_or(libc::c_int::MAX);
    // SAFETY: the vector has `room` bytes, and FdInfo has the layout of proc_fdinfo.
    let written =
        unsafe { libc::proc_pidinfo(pid, PROC_PIDLISTFDS, 0, list.as_mut_ptr().cast(), room) };
    if written <= 0 {
        return Err(io::Error::last_os_error());
    }
    list.truncate(usize::try_from(written).unwrap_or(0) / size_of::<FdInfo>());
    Ok(list)
}

// Kinds of `struct proc_fdinfo` (sys/proc_info.h).
const VNODE: u32 = 1;
const SOCKET: u32 = 2;
const SHARED_MEMORY: u32 = 3;
const SEMAPHORE: u32 = 4;
const KQUEUE: u32 = 5;
const PIPE: u32 = 6;

/// By the kernel's list and `fstat`.
pub(super) fn inspect_descriptor(fd: RawFd) -> io::Result<DescriptorKind> {
    match list_entries()?.into_iter().find(|entry| entry.fd == fd).map(|entry| entry.kind) {
        None => Ok(DescriptorKind::Closed),
        Some(VNODE) => describe_by_stat(fd),
        Some(SOCKET) => describe_socket(fd),
        Some(SHARED_MEMORY | SEMAPHORE | KQUEUE | PIPE) => Ok(DescriptorKind::Harmless),
        Some(other) => Ok(DescriptorKind::Leading(format!("of the kernel's kind {other}"))),
    }
}

/// By `proc_pidinfo`, and `fstat` for directories.
pub(super) fn find_leading_descriptor() -> io::Result<Support<Option<(RawFd, String)>>> {
    for FdInfo { fd, kind } in list_entries()? {
        let leads = match kind {
            VNODE => is_directory(fd)?.then(|| "a directory".to_owned()),
            SOCKET | SHARED_MEMORY | SEMAPHORE | KQUEUE | PIPE => None,
            other => Some(format!("of the kernel's kind {other}")),
        };
        if let Some(what) = leads {
            return Ok(Support::Available(Some((fd, what))));
        }
    }
    Ok(Support::Available(None))
}

/// By `proc_pidinfo`.
pub(super) fn count_threads() -> io::Result<Support<Threads>> {
    let mut task = MaybeUninit::<libc::proc_taskinfo>::zeroed();
    let size = libc::c_int::try_from(size_of_val(&task)).map_err(io::Error::other)?;
    // SAFETY: getpid takes nothing and cannot fail.
    let pid = unsafe { libc::getpid() };
    // SAFETY: the kernel writes at most `size` bytes of one structure.
    let written = unsafe {
        libc::proc_pidinfo(pid, libc::PROC_PIDTASKINFO, 0, task.as_mut_ptr().cast(), size)
    };
    if written < size {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all of it is written by the kernel.
    match unsafe { task.assume_init() }.pti_threadnum {
        1 => Ok(Support::Available(Threads::One)),
        _ => Ok(Support::Available(Threads::Several(Vec::new()))),
    }
}

/// Darwin has no capabilities: nothing to drop.
pub(super) fn drop_capabilities() -> io::Result<()> {
    Ok(())
}

pub(super) fn read_capabilities() -> io::Result<Support<Capabilities>> {
    Ok(Support::Unsupported)
}

/// Darwin does not report the saved ids; the proof tries to use them.
pub(super) fn read_ids() -> io::Result<Ids> {
    Ok(ids::read_real_and_effective_ids())
}

pub(super) use crate::platform::bsd::common::{
    NO_AUTOMOUNT, find_descriptor_path, has_file_capabilities, read_access_list, read_acl_writers,
    remove_access_list,
};
pub(super) use crate::platform::bsd::statfs::{is_local, read_file_system, read_mount_flags};

// Facilities that this system lacks.
pub(crate) use crate::platform::unsupported::watching::{FoundFile, WatchedProcess};
pub(super) use crate::platform::unsupported::watching::{
    ask_watcher, become_watcher, make_watch_filter, open_control_pair, serve_watch,
    watch_this_process, with_roots_files,
};
#[cfg(any(test, fuzzing))]
pub(super) use crate::platform::unsupported::watching::{check_socket_address, find_in_root};

/// The system's own tool that shows the paths that processes use.
pub(super) const OTHER_TOOL: &str = "fs_usage -w -f pathname";
pub(super) use crate::platform::unsupported::{
    adopt_orphans, can_chroot_with_open_directories, can_execve_change_domain,
    can_users_leave_by_chroot, close_range, confine_process, filter_calls, find_unrefused_call,
    forbid_new_privileges, has_no_new_privileges, has_refused_tracers, has_terminal,
    inspect_process, is_filtered, leave_keyring, limit_capabilities, list_children,
    list_filtered_calls, list_processes, make_filter, mark_descendants, read_capability_bound,
    read_session_keyring, refuse_tracers, register_fork_handlers, try_calls,
};

/// Constants and layouts of this file, compared with this system's headers by tools/cross.
#[cfg(conformance)]
mod conformance {
    #![allow(unused_imports, reason = "the table of each system uses some of them")]
    use super::*;
    use crate::platform::*;
    include!(env!("MOD_CHROOT_CONFORMANCE"));
}
