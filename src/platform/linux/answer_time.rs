//! Time in which file systems answer, from the table of mounts: `fstatfs` would ask them.

use crate::platform::linux::check;
use crate::platform::{AnswerTime, UserId};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};

/// File systems of disks, of memory, of layers of both, and the kernel's own, by the names that the table has for them.
const AT_ONCE: [&str; 40] = [
    "aufs",
    "bcachefs",
    "bpf",
    "btrfs",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "erofs",
    "exfat",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "jfs",
    "mqueue",
    "nilfs2",
    "nsfs",
    "ntfs3",
    "overlay",
    "proc",
    "pstore",
    "ramfs",
    "reiserfs",
    "rootfs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tmpfs",
    "tracefs",
    "udf",
    "vfat",
    "xfs",
];

/// The kernel writes the owner of a FUSE file system into the table, where no program can change it.
pub(in crate::platform) fn find_answer_time(file: BorrowedFd<'_>) -> AnswerTime {
    let mount = read_mount_id(file).and_then(|id| {
        let table = std::fs::read("/proc/self/mountinfo").ok()?;
        let mut lines = table.split(|&byte| byte == b'\n');
        lines.find(|line| line.split(|&byte| byte == b' ').next() == Some(id.as_bytes())).map(parse)
    });
    mount.unwrap_or(AnswerTime::Unknown)
}

/// `AUTOFS_SUPER_MAGIC` of `<linux/magic.h>`.
const AUTOFS: u32 = 0x0187;

pub(in crate::platform) fn is_automounter(directory: BorrowedFd<'_>) -> bool {
    let mut stat = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the descriptor is open, and fstatfs writes one `struct statfs` or fails.
    if check(unsafe { libc::fstatfs(directory.as_raw_fd(), stat.as_mut_ptr()) }).is_err() {
        return false;
    }
    // SAFETY: fstatfs has succeeded, so the structure is written.
    unsafe { stat.assume_init() }.f_type as u32 == AUTOFS
}

fn read_mount_id(file: BorrowedFd<'_>) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
    Some(text.lines().find_map(|line| line.strip_prefix("mnt_id:"))?.trim().to_owned())
}

/// Judges a line such as `57 27 0:51 / /home/a/x rw - fuse.sshfs a@host: rw,user_id=1000,group_id=1000`.
fn parse(line: &[u8]) -> AnswerTime {
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ').skip_while(|word| *word != "-").skip(1);
    let (kind, options) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
    if AT_ONCE.contains(&kind) {
        return AnswerTime::AtOnce;
    }
    if kind == "autofs" {
        return AnswerTime::Mounted;
    }
    let is_fuse = kind == "fuse" || kind == "fuseblk" || kind.starts_with("fuse.");
    let user = options.split(',').find_map(|option| option.strip_prefix("user_id=")?.parse().ok());
    match user {
        Some(user) if is_fuse && user != 0 => AnswerTime::OfProgram(UserId(user)),
        _ => AnswerTime::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::open_root;
    use std::os::fd::AsFd;

    #[test]
    fn the_owner_of_a_program_that_serves_files_is_known() {
        let judge = |rest: &str| parse(format!("57 27 0:51 / /x rw shared:1 - {rest}").as_bytes());
        let of_user = "a@host: rw,user_id=1000,group_id=1000,allow_other";
        assert_eq!(judge(&format!("fuse.sshfs {of_user}")), AnswerTime::OfProgram(UserId(1000)));
        assert_eq!(judge(&format!("fuse {of_user}")), AnswerTime::OfProgram(UserId(1000)));
        assert_eq!(judge("fuse root@host: rw,user_id=0,group_id=0"), AnswerTime::Unknown);
        assert_eq!(judge("nfs4 host:/x rw,vers=4.2"), AnswerTime::Unknown);
        assert_eq!(judge("autofs systemd-1 rw,fd=29"), AnswerTime::Mounted);
        assert_eq!(judge("ext4 /dev/sda1 rw"), AnswerTime::AtOnce);
        assert_eq!(parse(b""), AnswerTime::Unknown);
    }

    #[test]
    fn the_disk_answers_at_once() {
        assert_eq!(find_answer_time(open_root().unwrap().as_fd()), AnswerTime::AtOnce);
    }
}
