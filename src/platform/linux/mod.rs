//! Linux.

mod acl;
mod answer_time;
mod children;
mod close;
mod descriptors;
mod directory;
mod filter;
mod fork;
mod harden;
mod landlock;
mod memory;
pub(super) mod mount;
pub(super) mod preload;
mod process;
mod processes;
mod watching;
mod witness;
mod xattr;

pub(super) use crate::platform::unix::atfork::register_fork_handlers;
pub(super) use answer_time::{find_answer_time, is_automounter};
pub(super) use children::{inspect_process, list_children};
pub(super) use close::close_range;
pub(super) use descriptors::{inspect_descriptor, list_descriptors};
pub(super) use directory::{
    read_access_list, read_acl_writers, read_mount_flags, remove_access_list, set_access_list,
};
pub(super) use filter::{
    filter_calls, find_unrefused_call, is_filtered, list_filtered_calls, make_filter, try_calls,
};
pub(super) use fork::{adopt_orphans, mark_descendants};
pub(super) use harden::{
    can_execve_change_domain, forbid_new_privileges, has_no_new_privileges, has_refused_tracers,
    leave_keyring, limit_capabilities, read_capability_bound, read_session_keyring, refuse_tracers,
};
pub(super) use landlock::confine_process;
pub(super) use process::{count_threads, has_terminal};
pub(super) use processes::list_processes;
pub(crate) use watching::{FoundFile, WatchedProcess};
pub(super) use watching::{
    OTHER_TOOL, ask_watcher, become_watcher, make_watch_filter, open_control_pair, serve_watch,
    watch_this_process, with_roots_files,
};
#[cfg(any(test, fuzzing))]
pub(super) use watching::{check_socket_address, find_in_root};

/// The request that gives up a controlling terminal.
pub(super) use libc::TIOCNOTTY;

use crate::platform::unix::ids::Ids;
use crate::platform::unix::posix;
use crate::platform::unix::posix::{GroupId, UserId, check};
use crate::platform::{Capabilities, Support, SyscallError};
use std::ffi::{CStr, CString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// Flag for opening a directory on a path: no right to read is needed.
pub(super) const WALK: libc::c_int = libc::O_PATH;

/// Flag for a handle of a file of any kind: it is not opened.
pub(super) const HOLD: libc::c_int = libc::O_PATH;

/// Error of `open` for a symbolic link that is not to be followed.
pub(super) const REFUSED_LINK: libc::c_int = libc::ELOOP;

/// Type of the ids that `getgrouplist` writes.
pub(super) type GroupListEntry = libc::gid_t;

/// Type of the count of `setgroups`.
pub(super) type GroupCount = libc::size_t;

/// No name is looked up between the check and the entry.
pub(super) fn change_root(jail: OwnedFd) -> Result<(), SyscallError> {
    posix::change_directory(jail.as_fd())?;
    drop(jail);
    posix::chroot_here()?;
    posix::change_to_root()
}

/// `_LINUX_CAPABILITY_VERSION_3` of `<linux/capability.h>`: two words of 32 bits per set.
const VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: libc::c_int,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Word {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

static THIS_THREAD: Header = Header { version: VERSION_3, pid: 0 };

/// `capset` to nothing, and the ambient set cleared. glibc has no wrapper for `capset`.
pub(super) fn drop_capabilities() -> io::Result<()> {
    // SAFETY: prctl takes numbers only for this operation.
    check(unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) })?;
    let nothing = [Word::default(); 2];
    // SAFETY: header and data have the layout of version 3 of the interface (capset(2)), and the
    // kernel only reads them.
    let answer =
        unsafe { libc::syscall(libc::SYS_capset, &raw const THIS_THREAD, nothing.as_ptr()) };
    check(if answer == 0 { 0 } else { -1 }).map(drop)
}

pub(super) fn read_capabilities() -> io::Result<Support<Capabilities>> {
    let mut words = [Word::default(); 2];
    let mut header = Header { ..THIS_THREAD };
    // SAFETY: header and data have the layout of version 3 of the interface (capget(2)): the
    // kernel writes two words.
    let answer = unsafe { libc::syscall(libc::SYS_capget, &raw mut header, words.as_mut_ptr()) };
    check(if answer == 0 { 0 } else { -1 })?;
    let join = |set: fn(&Word) -> u32| u64::from(set(&words[0])) | u64::from(set(&words[1])) << 32;
    Ok(Support::Available(Capabilities {
        permitted: join(|word| word.permitted),
        effective: join(|word| word.effective),
        inheritable: join(|word| word.inheritable),
        ambient: read_ambient_set()?,
    }))
}

fn read_ambient_set() -> io::Result<u64> {
    harden::read_capability_set(|capability| {
        // SAFETY: prctl takes numbers only for this operation.
        unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_IS_SET, capability, 0, 0) }
    })
}

pub(super) fn read_ids() -> io::Result<Ids> {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: getresuid writes three numbers where the pointers say.
    check(unsafe { libc::getresuid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    let users = vec![UserId(real), UserId(effective), UserId(saved)];
    // SAFETY: getresgid does the same.
    check(unsafe { libc::getresgid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    Ok(Ids { users, groups: vec![GroupId(real), GroupId(effective), GroupId(saved)] })
}

/// procfs has a name for every open descriptor, which leads to the same directory even after a rename. Without procfs
/// there is none.
pub(super) fn find_descriptor_path(directory: BorrowedFd<'_>) -> Support<CString> {
    let Ok(path) = CString::new(format!("/proc/self/fd/{}", directory.as_raw_fd())) else {
        return Support::Unsupported;
    };
    match (posix::read_path_facts(&path), posix::read_facts(directory.as_raw_fd())) {
        (Ok(named), Ok(held)) if named == held => Support::Available(path),
        _ => Support::Unsupported,
    }
}

/// Flag of `fstatat`: no automounter is triggered.
pub(super) const NO_AUTOMOUNT: libc::c_int = libc::AT_NO_AUTOMOUNT;

/// Asked by the name that procfs has for the directory: one call, and the file is not opened.
pub(super) fn has_file_capabilities(
    parent: BorrowedFd<'_>,
    name: &CStr,
) -> io::Result<Support<bool>> {
    let mut path = format!("/proc/self/fd/{}/", parent.as_raw_fd()).into_bytes();
    path.extend_from_slice(name.to_bytes());
    let Ok(path) = CString::new(path) else { return Ok(Support::Available(false)) };
    let attribute = c"security.capability".as_ptr();
    // SAFETY: both strings end in NUL; with room for none, nothing is written.
    let size = unsafe { libc::lgetxattr(path.as_ptr(), attribute, std::ptr::null_mut(), 0) };
    if size >= 0 {
        return Ok(Support::Available(true));
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ENODATA | libc::EOPNOTSUPP) => Ok(Support::Available(false)),
        Some(libc::ENOENT) if find_descriptor_path(parent) == Support::Unsupported => {
            Ok(Support::Unsupported)
        }
        _ => Err(error),
    }
}

/// File systems that callers distinguish, by their number in `<linux/magic.h>`.
const FILE_SYSTEMS: [(u32, &str); 14] = [
    (0x9fa0, "proc"),
    (0x6265_6572, "sysfs"),
    (0x1cd1, "devpts"),
    (0x6462_6720, "debugfs"),
    (0x7472_6163, "tracefs"),
    (0x7363_6673, "securityfs"),
    (0x6265_6570, "configfs"),
    (0x0027_e0eb, "cgroup"),
    (0x6367_7270, "cgroup2"),
    (0xcafe_4a11, "bpf"),
    (0xde5e_81e4, "efivarfs"),
    (0x6165_676c, "pstore"),
    (0xf97c_ff8c, "selinuxfs"),
    (TMPFS, "tmpfs"),
];

/// `TMPFS_MAGIC`, which devtmpfs has too.
const TMPFS: u32 = 0x0102_1994;

pub(super) fn read_file_system(directory: BorrowedFd<'_>) -> io::Result<String> {
    let mut stat = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the descriptor is open, and fstatfs writes one `struct statfs` or fails.
    check(unsafe { libc::fstatfs(directory.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: fstatfs has succeeded, so the structure is written.
    let magic = unsafe { stat.assume_init() }.f_type as u32;
    if magic == TMPFS && is_hosts_dev(directory) {
        return Ok("devtmpfs".into());
    }
    let known = FILE_SYSTEMS.iter().find(|(number, _)| *number == magic);
    Ok(known.map_or_else(|| format!("{magic:#x}"), |(_, name)| (*name).into()))
}

/// File systems of disks and of memory, by their number in `<linux/magic.h>` and in their own sources.
const LOCAL: [u32; 18] = [
    0xef53,      // ext2, ext3, ext4
    0x5846_5342, // xfs
    0x9123_683e, // btrfs
    0xca45_1a4e, // bcachefs
    0x2fc1_2fc1, // zfs
    0xf2f5_2010, // f2fs
    TMPFS,
    0x8584_58f6, // ramfs
    0x7371_7368, // squashfs
    0xe0f5_e1e2, // erofs
    0x9660,      // iso9660
    0x4d44,      // vfat
    0x2011_bab0, // exfat
    0x5265_4973, // reiserfs
    0x3153_464a, // jfs
    0x3434,      // nilfs2
    0x1501_3346, // udf
    0x7366_746e, // ntfs3
];

/// File systems that are made of directories of other file systems.
const LAYERED: [u32; 2] = [
    0x794c_7630, // overlay
    0x6175_6673, // aufs
];

/// True for known file systems only: a network's, FUSE's and an automounter's are not among them.
pub(super) fn is_local(directory: BorrowedFd<'_>) -> io::Result<bool> {
    let mut stat = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the descriptor is open, and fstatfs writes one `struct statfs` or fails.
    check(unsafe { libc::fstatfs(directory.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: fstatfs has succeeded, so the structure is written.
    let magic = unsafe { stat.assume_init() }.f_type as u32;
    Ok(LOCAL.contains(&magic)
        || (LAYERED.contains(&magic) && answer_time::has_local_layers(directory)))
}

/// Whether this is the devtmpfs on the host's `/dev`. It reports the number of tmpfs, and there is only one.
fn is_hosts_dev(directory: BorrowedFd<'_>) -> bool {
    let identity = |path| posix::read_path_facts(path).map(|facts| facts.identity);
    match (posix::read_facts(directory.as_raw_fd()), identity(c"/dev"), identity(c"/")) {
        (Ok(here), Ok(dev), Ok(root)) => {
            here.identity.shares_device(dev) && !dev.shares_device(root)
        }
        _ => false,
    }
}

/// Linux always allows it.
pub(super) fn can_chroot_with_open_directories() -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}

/// A user needs a namespace for that, and the kernel gives none to a process in a chroot.
pub(super) fn can_users_leave_by_chroot() -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}

/// Only procfs has the list, and it is not inside.
pub(super) fn find_leading_descriptor() -> io::Result<Support<Option<(RawFd, String)>>> {
    Ok(Support::Unsupported)
}

/// Constants and layouts of this file, compared with this system's headers by tools/cross.
#[cfg(conformance)]
mod conformance {
    #![allow(unused_imports, reason = "the table of each system uses some of them")]
    use super::*;
    use crate::platform::*;
    include!(env!("MOD_CHROOT_CONFORMANCE"));
}
