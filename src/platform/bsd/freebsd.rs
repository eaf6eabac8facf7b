//! FreeBSD.

mod descriptors;
mod process;

pub(in crate::platform) use descriptors::{
    find_leading_descriptor, inspect_descriptor, list_descriptors,
};
pub(in crate::platform) use process::count_threads;

use crate::platform::unix::ids::Ids;
use crate::platform::unix::posix;
use crate::platform::unix::posix::{GroupId, UserId, check};
use crate::platform::{Capabilities, Support, SyscallError};
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Flag for opening a directory on a path: no right to read is needed.
pub(in crate::platform) const WALK: libc::c_int = libc::O_EXEC;

/// Flags for a handle of a file of any kind: without waiting for the other end of a FIFO.
pub(in crate::platform) const HOLD: libc::c_int = libc::O_RDONLY | libc::O_NONBLOCK;

/// The request that gives up a controlling terminal.
pub(in crate::platform) const TIOCNOTTY: libc::c_ulong = 0x2000_7471;

/// Error of `open` for a symbolic link that is not to be followed.
pub(in crate::platform) const REFUSED_LINK: libc::c_int = libc::EMLINK;

/// Type of the ids that `getgrouplist` writes.
pub(in crate::platform) type GroupListEntry = libc::gid_t;

/// Type of the count of `setgroups`.
pub(in crate::platform) type GroupCount = libc::c_int;

/// No name is looked up between the check and the entry.
///
/// While any directory is open, FreeBSD refuses `chroot` with `EPERM`: to a process in a FreeBSD jail or a chroot, and to
/// every process if `kern.chroot_allow_open_directories` is 0. So `jail` is closed before; the caller has closed the others.
/// `fchroot(2)` counts its own descriptor, and is no help.
pub(in crate::platform) fn change_root(jail: OwnedFd) -> Result<(), SyscallError> {
    posix::change_directory(jail.as_fd())?;
    drop(jail);
    posix::chroot_here()?;
    posix::change_to_root()
}

/// FreeBSD has no capabilities of this kind: nothing to drop.
pub(in crate::platform) fn drop_capabilities() -> io::Result<()> {
    Ok(())
}

pub(in crate::platform) fn read_capabilities() -> io::Result<Support<Capabilities>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn read_ids() -> io::Result<Ids> {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: getresuid writes three numbers where the pointers say.
    check(unsafe { libc::getresuid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    let users = vec![UserId(real), UserId(effective), UserId(saved)];
    // SAFETY: getresgid does the same.
    check(unsafe { libc::getresgid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    Ok(Ids { users, groups: vec![GroupId(real), GroupId(effective), GroupId(saved)] })
}

/// `kern.chroot_allow_open_directories`: only 0 refuses every process that holds one.
pub(in crate::platform) fn can_chroot_with_open_directories() -> io::Result<Support<bool>> {
    let value = read_sysctl(c"kern.chroot_allow_open_directories")?;
    Ok(value.map(|value| value != 0))
}

/// For `..` the kernel has one barrier for each process: the root of its first `chroot`, or of its FreeBSD jail. A process that
/// has one already keeps it, so that a user who may chroot passes the jail's root by `..`.
pub(in crate::platform) fn can_users_leave_by_chroot() -> io::Result<Support<bool>> {
    match read_sysctl(c"security.bsd.unprivileged_chroot")? {
        Support::Available(0) => Ok(Support::Available(false)),
        Support::Available(_) => {
            let is_jailed = read_sysctl(c"security.jail.jailed")? != Support::Available(0);
            Ok(Support::Available(is_jailed || descriptors::has_barrier()?))
        }
        // Older kernels let only root chroot.
        Support::Unsupported => Ok(Support::Unsupported),
    }
}

fn read_sysctl(name: &CStr) -> io::Result<Support<libc::c_int>> {
    let mut value: libc::c_int = 0;
    let mut size = size_of_val(&value);
    // SAFETY: the name ends in NUL; the kernel writes at most `size` bytes, which is one number.
    let answer = unsafe {
        libc::sysctlbyname(
            name.as_ptr(),
            (&raw mut value).cast(),
            &raw mut size,
            std::ptr::null(),
            0,
        )
    };
    match check(answer) {
        Ok(_) => Ok(Support::Available(value)),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(Support::Unsupported),
        Err(error) => Err(error),
    }
}

/// `PROC_NO_NEW_PRIVS_CTL` and its two neighbours (sys/procctl.h): FreeBSD 13.2 has them.
const NO_NEW_PRIVS_CTL: libc::c_int = 19;
const NO_NEW_PRIVS_STATUS: libc::c_int = 20;
const NO_NEW_PRIVS_ENABLE: libc::c_int = 1;

/// One number about this process, read or written by `procctl`. A kernel that does not know the
/// request fails with `EINVAL`.
fn procctl(request: libc::c_int, number: &mut libc::c_int) -> io::Result<Support<()>> {
    let data = std::ptr::from_mut(number).cast();
    // SAFETY: these requests read or write one number; id 0 is the calling process.
    match check(unsafe { libc::procctl(libc::P_PID, 0, request, data) }) {
        Ok(_) => Ok(Support::Available(())),
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(Support::Unsupported),
        Err(error) => Err(error),
    }
}

pub(in crate::platform) fn forbid_new_privileges() -> io::Result<Support<()>> {
    procctl(NO_NEW_PRIVS_CTL, &mut { NO_NEW_PRIVS_ENABLE })
}

pub(in crate::platform) fn has_no_new_privileges() -> io::Result<Support<bool>> {
    let mut status = 0;
    Ok(match procctl(NO_NEW_PRIVS_STATUS, &mut status)? {
        Support::Available(()) => Support::Available(status == NO_NEW_PRIVS_ENABLE),
        Support::Unsupported => Support::Unsupported,
    })
}

/// Neither this process nor a program that it starts is traced, or writes a core.
pub(in crate::platform) fn refuse_tracers() -> io::Result<Support<()>> {
    procctl(libc::PROC_TRACE_CTL, &mut { libc::PROC_TRACE_CTL_DISABLE_EXEC })
}

/// Whether this process is untraceable: the status is -1.
pub(in crate::platform) fn has_refused_tracers() -> io::Result<Support<bool>> {
    let mut status = 0;
    Ok(procctl(libc::PROC_TRACE_STATUS, &mut status)?.map(|()| status == -1))
}

pub(in crate::platform) use crate::platform::bsd::common::{
    NO_AUTOMOUNT, find_descriptor_path, has_file_capabilities, read_access_list, read_acl_writers,
    remove_access_list,
};
pub(in crate::platform) use crate::platform::bsd::statfs::{
    is_local, read_file_system, read_mount_flags,
};
pub(in crate::platform) use crate::platform::unix::atfork::register_fork_handlers;

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
    adopt_orphans, can_execve_change_domain, close_range, confine_process, filter_calls,
    find_unrefused_call, has_terminal, inspect_process, is_filtered, leave_keyring,
    limit_capabilities, list_children, list_filtered_calls, list_processes, make_filter,
    mark_descendants, read_capability_bound, read_session_keyring, try_calls,
};

/// Constants and layouts of this file, compared with this system's headers by tools/cross.
#[cfg(conformance)]
mod conformance {
    #![allow(unused_imports, reason = "the table of each system uses some of them")]
    use super::*;
    use crate::platform::*;
    include!(env!("MOD_CHROOT_CONFORMANCE"));
}
