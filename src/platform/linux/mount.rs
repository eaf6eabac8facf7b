//! Mounts of Linux, by descriptor: the source is a file that was opened, the target one that was created. Needs Linux 5.12
//! (`mount_setattr(2)`).

use crate::platform::unix::posix::check;
use crate::platform::{NoMounts, Ownership, Support, backend};
use std::ffi::{CStr, CString, c_char};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::null;

/// The private mount namespace of this process. The value proves that the host's was left.
#[derive(Debug)]
pub(crate) struct MountNamespace(());

/// Uses that a mount forbids for all its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MountLimits {
    /// Writing.
    pub writing: bool,
    /// Opening device nodes.
    pub devices: bool,
    /// Gaining rights by set-user-id, set-group-id and file capabilities.
    pub setuid: bool,
    /// Executing.
    pub executing: bool,
}

// Numbers of <linux/mount.h>, which the libc crate of Debian 13 lacks.
pub(in crate::platform) const OPEN_TREE_CLONE: libc::c_uint = 1;
pub(in crate::platform) const OPEN_TREE_CLOEXEC: libc::c_uint = libc::O_CLOEXEC as libc::c_uint;
pub(in crate::platform) const AT_RECURSIVE: libc::c_uint = 0x8000;
pub(in crate::platform) const MOVE_MOUNT_F_EMPTY_PATH: libc::c_uint = 0x04;
pub(in crate::platform) const MOVE_MOUNT_T_EMPTY_PATH: libc::c_uint = 0x40;
pub(in crate::platform) const FSOPEN_CLOEXEC: libc::c_uint = 1;
pub(in crate::platform) const FSMOUNT_CLOEXEC: libc::c_uint = 1;
pub(in crate::platform) const FSCONFIG_SET_STRING: libc::c_uint = 1;
pub(in crate::platform) const FSCONFIG_CMD_CREATE: libc::c_uint = 6;
pub(in crate::platform) const RENAME_NOREPLACE: libc::c_uint = 1;
pub(in crate::platform) const RENAME_EXCHANGE: libc::c_uint = 2;
pub(in crate::platform) const MOUNT_ATTR_RDONLY: u64 = 1;
pub(in crate::platform) const MOUNT_ATTR_NOSUID: u64 = 2;
pub(in crate::platform) const MOUNT_ATTR_NODEV: u64 = 4;
pub(in crate::platform) const MOUNT_ATTR_NOEXEC: u64 = 8;

/// `struct mount_attr` of `<linux/mount.h>`.
#[repr(C)]
pub(in crate::platform) struct MountAttr {
    set: u64,
    clear: u64,
    propagation: u64,
    userns_fd: u64,
}

impl MountNamespace {
    /// Leaves the namespace that this process shares with others for a copy of its own. Mounts of
    /// the host still propagate to the copy, but not the other way round.
    ///
    /// The inner error is the reason for which it cannot: a kernel older than 5.12, a missing capability, or a filter,
    /// security module or container that denies a call.
    ///
    /// # Errors
    /// Returns an error if a call fails for another reason, with its `errno`.
    pub(crate) fn unshare() -> io::Result<Result<Self, NoMounts>> {
        if !is_new_enough() {
            return Ok(Err(NoMounts::Call));
        }
        let before = read_mount_id(c"/")?;
        // SAFETY: unshare takes a number. It changes the calling thread, which makes the children.
        if is_denied(check(unsafe { libc::unshare(libc::CLONE_NEWNS) }))? {
            return Ok(Err(explain_denial(NoMounts::Namespace)));
        }
        let flags = libc::MS_REC | libc::MS_SLAVE;
        // SAFETY: the paths are literals that end in NUL; the kernel ignores what is null here.
        let answer = unsafe { libc::mount(null(), c"/".as_ptr(), null(), flags, null()) };
        if is_denied(check(answer))? {
            return Ok(Err(explain_denial(NoMounts::Mount)));
        }
        // Each mount of the copy has a number of its own, while the host's is still there.
        if read_mount_id(c"/")? == before {
            return Err(io::Error::other(
                "unshare succeeded, but the mount namespace is still the host's",
            ));
        }
        if has_shared_mounts()? {
            return Err(io::Error::other(
                "mount succeeded, but mounts would still propagate to the host (shared)",
            ));
        }
        Ok(Ok(Self(())))
    }

    /// A new, empty tmpfs, mounted nowhere yet. `options` are those of `tmpfs(5)`.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn create_tmpfs(&self, options: &[(&CStr, &CStr)]) -> io::Result<OwnedFd> {
        // SAFETY: the name is a literal that ends in NUL.
        let context = own_descriptor(unsafe {
            libc::syscall(libc::SYS_fsopen, c"tmpfs".as_ptr(), FSOPEN_CLOEXEC)
        })?;
        for (key, value) in options {
            configure_context(context.as_fd(), FSCONFIG_SET_STRING, key.as_ptr(), value.as_ptr())?;
        }
        configure_context(context.as_fd(), FSCONFIG_CMD_CREATE, null(), null())?;
        // SAFETY: fsmount takes numbers, the first of which is a descriptor that is open.
        own_descriptor(unsafe {
            libc::syscall(libc::SYS_fsmount, context.as_raw_fd(), FSMOUNT_CLOEXEC, 0)
        })
    }

    /// A copy of `file`, mounted nowhere yet: a directory with all mounts below it, or a
    /// single file.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn copy_mount(&self, file: BorrowedFd<'_>) -> io::Result<OwnedFd> {
        let empty = libc::AT_EMPTY_PATH as libc::c_uint;
        let flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | empty;
        // SAFETY: the descriptor is open, and the path is a literal that ends in NUL.
        own_descriptor(unsafe {
            libc::syscall(libc::SYS_open_tree, file.as_raw_fd(), c"".as_ptr(), flags)
        })
    }

    /// Forbids the uses `forbidden` on `mount`, and with `deep` on all mounts below it. Writing comes last: the kernel makes no mount
    /// read-only in which a file is open for writing, and then changes none of those below it either.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`: `EBUSY` for a file that is open for writing.
    pub(crate) fn restrict_mount(
        &self,
        mount: BorrowedFd<'_>,
        forbidden: MountLimits,
        deep: bool,
    ) -> io::Result<()> {
        let flag = |yes: bool, flag: u64| if yes { flag } else { 0 };
        let uses = flag(forbidden.devices, MOUNT_ATTR_NODEV)
            | flag(forbidden.setuid, MOUNT_ATTR_NOSUID)
            | flag(forbidden.executing, MOUNT_ATTR_NOEXEC);
        for set in [uses, flag(forbidden.writing, MOUNT_ATTR_RDONLY)] {
            if set != 0 {
                let attributes = MountAttr { set, clear: 0, propagation: 0, userns_fd: 0 };
                set_attributes(mount, deep, &attributes)?;
            }
        }
        Ok(())
    }

    /// A copy of the one mount `file` is on, mounted nowhere, without the mounts below it: files can be created, renamed and
    /// removed through it, although the mount itself is read-only.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn copy_writable(&self, file: BorrowedFd<'_>) -> io::Result<OwnedFd> {
        let empty = libc::AT_EMPTY_PATH as libc::c_uint;
        let flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | empty;
        // SAFETY: the descriptor is open, and the path is a literal that ends in NUL.
        let copy = own_descriptor(unsafe {
            libc::syscall(libc::SYS_open_tree, file.as_raw_fd(), c"".as_ptr(), flags)
        })?;
        let clear = MOUNT_ATTR_RDONLY;
        let attributes = MountAttr { set: 0, clear, propagation: 0, userns_fd: 0 };
        set_attributes(copy.as_fd(), false, &attributes)?;
        Ok(copy)
    }

    /// Renames `from` to `to`, each a name in a directory. With `exchange`, `to` exists and becomes `from` at the same
    /// moment; without, it must not exist. Mounts on either of them come with it, unless they are in this
    /// process's own namespace: then it is an error.
    ///
    /// # Errors
    /// Returns an error if the call fails, with its `errno`: `EBUSY` for a mount in this namespace.
    pub(crate) fn rename_place(
        &self,
        from: (BorrowedFd<'_>, &CStr),
        to: (BorrowedFd<'_>, &CStr),
        exchange: bool,
    ) -> io::Result<()> {
        let flags = if exchange { RENAME_EXCHANGE } else { RENAME_NOREPLACE };
        // SAFETY: both descriptors are open, and both names end in NUL.
        let answer = unsafe {
            libc::syscall(
                libc::SYS_renameat2,
                from.0.as_raw_fd(),
                from.1.as_ptr(),
                to.0.as_raw_fd(),
                to.1.as_ptr(),
                flags,
            )
        };
        check_long(answer).map(drop)
    }

    /// Mounts `mount`, which was mounted nowhere, on `target`: a directory on a directory, a file
    /// on a file.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn attach_mount(
        &self,
        mount: BorrowedFd<'_>,
        target: BorrowedFd<'_>,
    ) -> io::Result<()> {
        // SAFETY: both descriptors are open, and both paths are literals that end in NUL.
        let answer = unsafe {
            libc::syscall(
                libc::SYS_move_mount,
                mount.as_raw_fd(),
                c"".as_ptr(),
                target.as_raw_fd(),
                c"".as_ptr(),
                MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH,
            )
        };
        check_long(answer).map(drop)
    }

    /// Sets the owner and group of `held`, which may be a symbolic link.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn set_owner(&self, held: BorrowedFd<'_>, manners: Ownership) -> io::Result<()> {
        let Ownership { user, group, .. } = manners;
        let (fd, empty) = (held.as_raw_fd(), libc::AT_EMPTY_PATH | libc::AT_SYMLINK_NOFOLLOW);
        // SAFETY: the descriptor is open, and the path is a literal that ends in NUL.
        check(unsafe { libc::fchownat(fd, c"".as_ptr(), user.0, group.0, empty) }).map(drop)
    }

    /// Sets the access control list of `directory`, which is open, to `raw`.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`; `EOPNOTSUPP` if its file system has no such lists.
    pub(crate) fn set_access_list(&self, directory: BorrowedFd<'_>, raw: &[u8]) -> io::Result<()> {
        backend::set_access_list(directory, raw)
    }

    /// Unmounts what is mounted at `path`, with all that is below it, in this namespace only.
    ///
    /// # Errors
    /// Returns an error if the call fails, with its `errno`: `EINVAL` if nothing is mounted there.
    pub(crate) fn detach_mount(&self, path: &CStr) -> io::Result<()> {
        let flags = libc::MNT_DETACH | libc::UMOUNT_NOFOLLOW;
        // SAFETY: the path ends in NUL.
        check(unsafe { libc::umount2(path.as_ptr(), flags) }).map(drop)
    }
}

impl MountNamespace {
    /// Unmounts the mount whose root `held` is, with all that is below it, in this namespace only. No name that others could
    /// change is looked up.
    ///
    /// # Errors
    /// Returns an error if the call fails, with its `errno`: `EINVAL` if it is no root of a mount, `ENOENT` without procfs.
    pub(crate) fn detach_held(&self, held: BorrowedFd<'_>) -> io::Result<()> {
        let path = CString::new(format!("/proc/self/fd/{}", held.as_raw_fd()))?;
        // SAFETY: the path ends in NUL.
        check(unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) }).map(drop)
    }
}

/// `STATX_MNT_ID` of `<linux/stat.h>`, since Linux 5.8, and offsets in `struct statx`.
const STATX_MNT_ID: libc::c_uint = 0x1000;
const MASK: usize = 0;
const MOUNT: usize = 144 / 8;

/// The number of the mount that `path` is on. None is used twice at the same time.
fn read_mount_id(path: &CStr) -> io::Result<u64> {
    let mut statx = [0_u64; 32];
    // SAFETY: the path ends in NUL; the kernel writes one `struct statx`, which has 256 bytes.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_statx,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::AT_SYMLINK_NOFOLLOW | libc::AT_NO_AUTOMOUNT,
            STATX_MNT_ID,
            statx.as_mut_ptr(),
        )
    };
    check_long(answer)?;
    let first = statx[MASK].to_ne_bytes();
    let mask = libc::c_uint::from_ne_bytes([first[0], first[1], first[2], first[3]]);
    if mask & STATX_MNT_ID == 0 || statx[MOUNT] == 0 {
        return Err(io::Error::other("statx tells no number of the mount"));
    }
    Ok(statx[MOUNT])
}

/// Whether a mount of this namespace propagates its changes; false without procfs, where it is unknown.
fn has_shared_mounts() -> io::Result<bool> {
    let table = match std::fs::read("/proc/self/mountinfo") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        table => table?,
    };
    let is_shared = |line: &[u8]| {
        // The optional fields, from the seventh to a hyphen.
        let fields = line.split(|&byte| byte == b' ').skip(6);
        fields.take_while(|field| *field != b"-").any(|field| field.starts_with(b"shared:"))
    };
    Ok(table.split(|&byte| byte == b'\n').any(is_shared))
}

fn set_attributes(mount: BorrowedFd<'_>, deep: bool, attributes: &MountAttr) -> io::Result<()> {
    let empty = libc::AT_EMPTY_PATH as libc::c_uint;
    // SAFETY: the structure has the layout of mount_setattr(2), whose size is passed with it,
    // and the kernel only reads it; the path is a literal that ends in NUL.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            empty | if deep { AT_RECURSIVE } else { 0 },
            &raw const *attributes,
            size_of::<MountAttr>(),
        )
    };
    check_long(answer).map(drop)
}

/// Whether the call failed because this process has no right to it, or because a filter hides it: every kernel that has
/// `mount_setattr` has these calls.
fn is_denied(answer: io::Result<libc::c_int>) -> io::Result<bool> {
    const DENIED: [libc::c_int; 3] = [libc::EPERM, libc::EACCES, libc::ENOSYS];
    match answer {
        Err(error) if error.raw_os_error().is_some_and(|number| DENIED.contains(&number)) => {
            Ok(true)
        }
        answer => answer.map(|_| false),
    }
}

/// From `linux/capability.h`.
const CAP_SYS_ADMIN: u32 = 21;

/// The reason for which a call about mounts is denied: the capability, or else the call itself.
fn explain_denial(call: NoMounts) -> NoMounts {
    match backend::read_capabilities() {
        Ok(Support::Available(held)) if held.effective & 1 << CAP_SYS_ADMIN == 0 => {
            NoMounts::Capability
        }
        _ => call,
    }
}

/// Whether the kernel has `mount_setattr`, the newest of the calls: without a descriptor it fails before it reads memory,
/// with `ENOSYS` if it is missing.
fn is_new_enough() -> bool {
    // SAFETY: the kernel refuses the numbers; it reads no memory.
    let answer =
        unsafe { libc::syscall(libc::SYS_mount_setattr, -1, null::<c_char>(), 0, null::<u8>(), 0) };
    check_long(answer).is_err_and(|error| error.raw_os_error() != Some(libc::ENOSYS))
}

fn configure_context(
    context: BorrowedFd<'_>,
    command: libc::c_uint,
    key: *const c_char,
    value: *const c_char,
) -> io::Result<()> {
    // SAFETY: the descriptor is open; key and value end in NUL or are null, as the command has it.
    let answer =
        unsafe { libc::syscall(libc::SYS_fsconfig, context.as_raw_fd(), command, key, value, 0) };
    check_long(answer).map(drop)
}

fn check_long(answer: libc::c_long) -> io::Result<libc::c_int> {
    check(libc::c_int::try_from(answer).unwrap_or(-1))
}

fn own_descriptor(answer: libc::c_long) -> io::Result<OwnedFd> {
    let fd = check_long(answer)?;
    // SAFETY: the kernel has just made this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
