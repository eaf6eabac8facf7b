//! NetBSD.

use crate::platform::bsd::handle::describe_by_stat;
use crate::platform::unix::handle::{DescriptorKind, is_directory, is_open};
use crate::platform::unix::ids::Ids;
use crate::platform::unix::posix::check;
use crate::platform::unix::{ids, posix};
use crate::platform::{Capabilities, DescriptorListError, Support, SyscallError, Threads};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// `O_SEARCH` (sys/fcntl.h). The kernel takes it, and still asks for the right to read.
pub(in crate::platform) const WALK: libc::c_int = 0x0080_0000;

/// `F_MAXFD` (sys/fcntl.h): the highest open descriptor of the process.
const F_MAXFD: libc::c_int = 11;

/// Flags for a handle of a file of any kind: without waiting for the other end of a FIFO.
pub(in crate::platform) const HOLD: libc::c_int = libc::O_RDONLY | libc::O_NONBLOCK;

/// The request that gives up a controlling terminal.
pub(in crate::platform) const TIOCNOTTY: libc::c_ulong = 0x2000_7471;

/// Error of `open` for a symbolic link that is not to be followed.
pub(in crate::platform) const REFUSED_LINK: libc::c_int = libc::EFTYPE;

/// Type of the ids that `getgrouplist` writes.
pub(in crate::platform) type GroupListEntry = libc::gid_t;

/// Type of the count of `setgroups`.
pub(in crate::platform) type GroupCount = libc::c_int;

#[allow(unsafe_code, reason = "the C library's own declaration, which the libc crate lacks")]
unsafe extern "C" {
    /// `fchroot(2)`: the descriptor itself becomes the root.
    fn fchroot(fd: libc::c_int) -> libc::c_int;
}

/// The kernel takes the checked descriptor itself.
pub(in crate::platform) fn change_root(jail: OwnedFd) -> Result<(), SyscallError> {
    // SAFETY: the descriptor is open, as it is owned.
    check(unsafe { fchroot(jail.as_raw_fd()) }).map_err(SyscallError::for_call("fchroot"))?;
    drop(jail);
    posix::change_to_root()
}

/// Every number up to the highest that is open.
pub(in crate::platform) fn list_descriptors(
    _: BorrowedFd<'_>,
) -> Result<Vec<RawFd>, DescriptorListError> {
    list_open().map_err(DescriptorListError::Unreadable)
}

fn list_open() -> io::Result<Vec<RawFd>> {
    // SAFETY: fcntl takes numbers only for this operation; any descriptor will do.
    let highest = check(unsafe { libc::fcntl(0, F_MAXFD) })?;
    Ok((0..=highest).filter(|&fd| is_open(fd)).collect())
}

/// By `fstat`: NetBSD has no other descriptors of directories.
pub(in crate::platform) fn find_leading_descriptor() -> io::Result<Support<Option<(RawFd, String)>>>
{
    for fd in list_open()? {
        if is_directory(fd)? {
            return Ok(Support::Available(Some((fd, "a directory".to_owned()))));
        }
    }
    Ok(Support::Available(None))
}

/// By `fstat`.
pub(in crate::platform) fn inspect_descriptor(fd: RawFd) -> io::Result<DescriptorKind> {
    describe_by_stat(fd)
}

/// By the sysctl `kern.proc2`.
pub(in crate::platform) fn count_threads() -> io::Result<Support<Threads>> {
    let mut process = MaybeUninit::<libc::kinfo_proc2>::zeroed();
    let mut size = size_of_val(&process);
    // SAFETY: getpid takes nothing and cannot fail.
    let pid = unsafe { libc::getpid() };
    let record = libc::c_int::try_from(size).map_err(io::Error::other)?;
    let name = [libc::CTL_KERN, libc::KERN_PROC2, libc::KERN_PROC_PID, pid, record, 1];
    // SAFETY: the name has six numbers; the kernel writes at most `size` bytes of one structure.
    check(unsafe {
        libc::sysctl(
            name.as_ptr(),
            6,
            process.as_mut_ptr().cast(),
            &raw mut size,
            std::ptr::null(),
            0,
        )
    })?;
    // SAFETY: all of it is zero, or written by the kernel.
    match unsafe { process.assume_init() }.p_nlwps {
        1 => Ok(Support::Available(Threads::One)),
        0 => Err(io::Error::new(io::ErrorKind::InvalidData, "kern.proc2 reports no threads")),
        _ => Ok(Support::Available(Threads::Several(Vec::new()))),
    }
}

/// NetBSD has no capabilities: nothing to drop.
pub(in crate::platform) fn drop_capabilities() -> io::Result<()> {
    Ok(())
}

pub(in crate::platform) fn read_capabilities() -> io::Result<Support<Capabilities>> {
    Ok(Support::Unsupported)
}

/// NetBSD has no call for the saved ids; that they are gone is proved by trying to use them.
pub(in crate::platform) fn read_ids() -> io::Result<Ids> {
    Ok(ids::read_real_and_effective_ids())
}

pub(in crate::platform) use crate::platform::bsd::common::{
    NO_AUTOMOUNT, find_descriptor_path, has_file_capabilities, read_access_list, read_acl_writers,
    remove_access_list,
};
pub(in crate::platform) use crate::platform::bsd::statfs::{
    is_local, read_file_system, read_mount_flags,
};

// Facilities that this system lacks.
pub(crate) use crate::platform::unsupported::watching::{FoundFile, WatchedProcess};
pub(in crate::platform) use crate::platform::unsupported::watching::{
    ask_watcher, become_watcher, make_watch_filter, open_control_pair, serve_watch,
    watch_this_process, with_roots_files,
};
#[cfg(any(test, fuzzing))]
pub(in crate::platform) use crate::platform::unsupported::watching::{
    check_socket_address, find_in_root,
};

/// The system's own tool that shows the paths that processes use.
pub(in crate::platform) const OTHER_TOOL: &str = "ktrace -di";
pub(in crate::platform) use crate::platform::unsupported::{
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
