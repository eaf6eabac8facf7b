//! The open descriptors of this process: a complete list, and the kind of each.

use crate::platform::DescriptorListError;
use crate::platform::linux::check;
use crate::platform::unix::descriptor_limit::read_limit;
use crate::platform::unix::handle::{
    DescriptorKind, UNKNOWN_FILE_SYSTEM, describe_socket, describe_terminal, is_open, is_terminal,
    read_flags,
};
use crate::platform::unix::posix;
use crate::platform::unix::search::{Names, OpenDirectory, open_directory};
use nix::sys::stat;
use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

/// Without procfs, numbers from here on are not looked at one by one, but closed.
const MOST: libc::rlim_t = 1 << 16;

/// Every number up to the highest that `/proc/self/fd` lists is tried, so that a list with a gap is
/// seen; above it nothing can be open, and is closed if it is. Where there is no procfs, every
/// number below the limit is tried, and what lies above has to be closed.
pub(in crate::platform) fn list_descriptors(
    held: BorrowedFd<'_>,
) -> Result<Vec<RawFd>, DescriptorListError> {
    match read_proc_list(held)? {
        Some(list) => {
            let end = list.iter().max().map_or(0, |highest| highest.saturating_add(1));
            let open: Vec<_> = (0..end).filter(|&fd| is_open(fd)).collect();
            if let Some(hidden) = open.iter().find(|fd| !list.contains(fd)) {
                return Err(DescriptorListError::missing(*hidden));
            }
            // Kernels before 5.9 lack the call; the list is the kernel's own.
            let _ = close_from(end);
            Ok(open)
        }
        None => list_below_limit(held),
    }
}

/// The numbers in `/proc/self/fd`, if procfs is there: its own descriptor has to be among them.
fn read_proc_list(held: BorrowedFd<'_>) -> Result<Option<Vec<RawFd>>, DescriptorListError> {
    let found = match open_directory(c"/proc/self/fd") {
        Ok(found) => found,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(DescriptorListError::Unreadable(error)),
    };
    let directory =
        OpenDirectory::open_at(found.as_fd(), c".").map_err(DescriptorListError::Unreadable)?;
    match crate::platform::linux::read_file_system(directory.as_fd())
        .map_err(DescriptorListError::Unreadable)?
    {
        proc if proc == "proc" => {}
        other => {
            return Err(DescriptorListError::Incomplete(format!(
                "/proc/self/fd is {other}, not procfs"
            )));
        }
    }
    let mut names = Names::default();
    directory.read_names(&mut names, usize::MAX).map_err(DescriptorListError::Unreadable)?;
    let list: Option<Vec<RawFd>> = names.iter().map(parse_number).collect();
    let list = list.ok_or_else(|| {
        DescriptorListError::Incomplete("a name in /proc/self/fd is no number".into())
    })?;
    for fd in [held.as_raw_fd(), found.as_raw_fd(), directory.as_fd().as_raw_fd()] {
        if !list.contains(&fd) {
            return Err(DescriptorListError::missing(fd));
        }
    }
    Ok(Some(list))
}

fn parse_number(name: &CStr) -> Option<RawFd> {
    name.to_str().ok()?.parse().ok()
}

/// Whether there is no procfs, or that of a PID namespace without this process.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR))
}

fn list_below_limit(held: BorrowedFd<'_>) -> Result<Vec<RawFd>, DescriptorListError> {
    let limit = read_limit().map_err(DescriptorListError::Unreadable)?;
    check_close_range(held).map_err(DescriptorListError::Above)?;
    let end = RawFd::try_from(limit.rlim_max.min(MOST)).unwrap_or(RawFd::MAX);
    close_from(end).map_err(DescriptorListError::Above)?;
    Ok((0..end).filter(|&fd| is_open(fd)).collect())
}

/// Closes every descriptor from `first` on: `close_range(2)`, since Linux 5.9.
fn close_from(first: RawFd) -> io::Result<()> {
    close_range(first, libc::c_uint::MAX)
}

fn close_range(first: RawFd, last: libc::c_uint) -> io::Result<()> {
    let first = libc::c_uint::try_from(first).unwrap_or(libc::c_uint::MAX);
    // SAFETY: the call takes numbers. No value of ours owns a descriptor in this range.
    let answer = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    check(libc::c_int::try_from(answer).unwrap_or(-1)).map(drop)
}

/// Checks that `close_range` works, by closing a copy of `held`.
fn check_close_range(held: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fcntl takes numbers only for this operation.
    let copy = unsafe { libc::fcntl(held.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 0) };
    let copy = check(copy)?;
    let answer = close_range(copy, libc::c_uint::try_from(copy).unwrap_or(0));
    if is_open(copy) {
        posix::close_descriptor(copy)?;
        answer?;
        return Err(io::Error::other("close_range says that it did, and closes nothing"));
    }
    answer
}

/// The kind of `fd`, by its type, its device, its file system, or the name that the kernel has for it.
pub(in crate::platform) fn inspect_descriptor(fd: RawFd) -> io::Result<DescriptorKind> {
    let facts = match posix::read_stat(fd) {
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => {
            return Ok(DescriptorKind::Closed);
        }
        facts => facts?,
    };
    let kind = facts.st_mode & libc::S_IFMT;
    if kind == libc::S_IFDIR {
        return Ok(DescriptorKind::leading("a directory"));
    }
    if read_flags(fd)? & libc::O_PATH != 0 {
        return Ok(DescriptorKind::leading("a path that was only looked up"));
    }
    match kind {
        libc::S_IFREG => describe_file(fd, facts.st_dev),
        libc::S_IFIFO => Ok(DescriptorKind::Harmless),
        libc::S_IFSOCK => describe_socket(fd),
        libc::S_IFCHR => describe_device(fd, facts.st_rdev),
        libc::S_IFBLK => Ok(DescriptorKind::leading("a block device")),
        _ => Ok(describe_anonymous(fd)),
    }
}

/// Character devices that give a process nothing: `null`, `zero`, `full`, `random`, `urandom`,
/// `hwrng`.
const DEVICES: [(u64, u64); 6] = [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (10, 183)];

fn describe_device(fd: RawFd, device: libc::dev_t) -> io::Result<DescriptorKind> {
    let (major, minor) = (stat::major(device), stat::minor(device));
    if DEVICES.contains(&(major, minor)) {
        return Ok(DescriptorKind::Harmless);
    }
    // Terminals, consoles and both ends of pseudo-terminals; one that was hung up is one still.
    if is_terminal(fd) || matches!(major, 4 | 5 | 136..=143) {
        return describe_terminal(fd);
    }
    Ok(DescriptorKind::Leading(format!("device {major}:{minor}")))
}

/// File systems whose files are not content, but the kernel itself or other processes.
const KERNELS_OWN: [(u32, &str); 17] = [
    (0x9fa0, "a file of procfs"),
    (0x6265_6572, "a file of sysfs"),
    (0x6462_6720, "a file of debugfs"),
    (0x7472_6163, "a file of tracefs"),
    (0x7363_6673, "a file of securityfs"),
    (0x6265_6570, "a file of configfs"),
    (0x0027_e0eb, "a file of cgroup"),
    (0x6367_7270, "a file of cgroup2"),
    (0xcafe_4a11, "a file of bpf"),
    (0xde5e_81e4, "a file of efivarfs"),
    (0x6165_676c, "a file of pstore"),
    (0xf97c_ff8c, "a file of selinuxfs"),
    (0x6573_5543, "a file of fusectl"),
    (0x4249_4e4d, "a file of binfmt_misc"),
    (0x1980_0202, "a message queue"),
    (NAMESPACES, "a namespace"),
    (PROCESSES, "a process"),
];
pub(super) const NAMESPACES: u32 = 0x6e73_6673;
/// `PID_FS_MAGIC`, since Linux 6.9; before, a pidfd is anonymous.
const PROCESSES: u32 = 0x5049_4446;
pub(super) const ANONYMOUS: u32 = 0x0904_1934;

/// File systems with content, and without a device of their own: in memory, over the network, over others, or with a
/// number of their own for each part (coreutils' `stat -f` has a list of all numbers).
const CONTENT: [u32; 39] = [
    0x0102_1994, // tmpfs
    0x8584_58f6, // ramfs
    0x9584_58f6, // hugetlbfs
    0x794c_7630, // overlay
    0x9123_683e, // btrfs
    0x7372_7279, // btrfs, of tests
    0x2fc1_2fc1, // ZFS
    0xca45_1a4e, // bcachefs
    0xe0f5_e1e2, // EROFS in a file
    0x6573_5546, // FUSE, virtiofs
    0x0102_1997, // 9p
    0x0000_6969, // NFS
    0x0000_517b, // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB 2
    0x00c3_6400, // Ceph
    0x5346_414f, // OpenAFS
    0x6b41_4653, // AFS
    0x7375_7245, // Coda
    0x0000_564c, // NCP
    0x0bd0_0bd0, // Lustre
    0x4750_4653, // GPFS
    0x2003_0528, // OrangeFS
    0x1983_0326, // BeeGFS
    0xaad7_aaea, // PanFS
    0xbeef_dead, // StorNext
    0x0131_11a8, // IBRIX
    0x6163_6673, // ACFS
    0xa501_fcf5, // VxFS
    0x0000_f15f, // eCryptfs
    0x6175_6673, // aufs
    0x6a65_6a62, // shiftfs
    0x5dca_2df5, // sdcardfs
    0x2405_1905, // UBIFS
    0x00c0_ffee, // hostfs
    0x786f_4256, // VirtualBox
    0xbacb_acbc, // VMware
    0x7c7c_6673, // Parallels
    0x5346_4846, // WSL
];

fn describe_file(fd: RawFd, device: libc::dev_t) -> io::Result<DescriptorKind> {
    let mut stat = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: fstatfs writes one `struct statfs` or fails; a number that is no descriptor is an
    // error, not undefined.
    check(unsafe { libc::fstatfs(fd, stat.as_mut_ptr()) })?;
    // SAFETY: fstatfs has succeeded, so the structure is written.
    let magic = unsafe { stat.assume_init() }.f_type as u32;
    if magic == ANONYMOUS {
        return Ok(describe_anonymous(fd));
    }
    Ok(describe_file_system(magic, stat::major(device) != 0))
}

/// The kind of a regular file by the number of its file system. A file system has content if it is on a device or in the
/// list; the kernel's own objects, and those of later kernels, can be regular files as well.
fn describe_file_system(magic: u32, is_on_device: bool) -> DescriptorKind {
    if let Some((_, what)) = KERNELS_OWN.iter().find(|(number, _)| *number == magic) {
        return DescriptorKind::leading(what);
    }
    if is_on_device || CONTENT.contains(&magic) {
        return DescriptorKind::Harmless;
    }
    DescriptorKind::Leading(format!("{UNKNOWN_FILE_SYSTEM}, {magic:#x}"))
}

/// Files that servers and their libraries wait with.
const WAITING: [&str; 4] = ["[eventpoll]", "[eventfd]", "[timerfd]", "[signalfd]"];

/// A file without a name in any file system, as procfs calls it.
fn describe_anonymous(fd: RawFd) -> DescriptorKind {
    let Ok(name) = std::fs::read_link(format!("/proc/self/fd/{fd}")) else {
        return DescriptorKind::leading("of a kind that only procfs could tell");
    };
    let name = name.to_string_lossy();
    let name = name.strip_prefix("anon_inode:").unwrap_or(&name);
    if WAITING.contains(&name) {
        DescriptorKind::Harmless
    } else {
        DescriptorKind::Leading(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_stay_open_if_its_file_system_is_known_to_have_content() {
        let is_harmless =
            |magic, on_device| describe_file_system(magic, on_device) == DescriptorKind::Harmless;
        assert!(is_harmless(0x9123_683e, false), "btrfs has no device number of its own");
        assert!(is_harmless(0xef53, true), "ext4 is on a device");
        assert!(!is_harmless(0x5345_434d, false), "secretmem is in no list");
        assert!(!is_harmless(PROCESSES, false) && !is_harmless(NAMESPACES, false));
        assert!(!is_harmless(0x9fa0, true), "procfs is procfs whatever its device is");
    }
}
