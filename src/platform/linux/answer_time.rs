//! Time in which file systems answer, from the table of mounts: `fstatfs` would ask them.

use crate::platform::linux::check;
use crate::platform::unix::files::open_handle_at;
use crate::platform::unix::look::recall_facts;
use crate::platform::{AnswerTime, FileKind, UserId, open_root};
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// File systems of disks and of memory, and the kernel's own, by the names that the table has for them. A disk may be reached over a network.
const AT_ONCE: [&str; 39] = [
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
    "zfs",
];

/// File systems that are made of directories of other file systems.
const LAYERED: [&str; 2] = ["aufs", "overlay"];

/// Limit of layered file systems on top of each other; the kernel's is 2.
const DEEPEST: usize = 3;

/// The kernel writes the owner of a FUSE file system into the table, where no program can change it.
pub(in crate::platform) fn find_answer_time(file: BorrowedFd<'_>) -> AnswerTime {
    let table = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    let table = String::from_utf8_lossy(&table);
    let table = MountLines { table: &table, find_holder: &find_holder };
    read_mount_id(file).map_or(AnswerTime::Unknown, |id| table.judge(&id, 0))
}

/// Whether the layered file system that holds `directory` answers at once.
pub(in crate::platform) fn has_local_layers(directory: BorrowedFd<'_>) -> bool {
    find_answer_time(directory) == AnswerTime::AtOnce
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

/// Finds the number of the mount that the directory at a path is on, if all mounts on the way answer at once.
type HolderFinder<'a> = dyn Fn(&str, &dyn Fn(&str) -> bool) -> Option<String> + 'a;

/// The table of mounts.
struct MountLines<'a> {
    table: &'a str,
    find_holder: &'a HolderFinder<'a>,
}

impl MountLines<'_> {
    /// Judges the mount with the number `id`, which has a line such as
    /// `57 27 0:51 / /home/a/x rw - fuse.sshfs a@host: rw,user_id=1000,group_id=1000`.
    fn judge(&self, id: &str, depth: usize) -> AnswerTime {
        let mut lines = self.table.lines();
        let line = lines.find(|line| line.split(' ').next() == Some(id));
        let Some(mount) = line.map(MountLine::parse) else { return AnswerTime::Unknown };
        if AT_ONCE.contains(&mount.kind) {
            return AnswerTime::AtOnce;
        }
        if mount.kind == "autofs" {
            return AnswerTime::Mounted;
        }
        if LAYERED.contains(&mount.kind)
            && (self.is_root(&mount) || self.has_local_layers(&mount, depth))
        {
            return AnswerTime::AtOnce;
        }
        let is_fuse =
            mount.kind == "fuse" || mount.kind == "fuseblk" || mount.kind.starts_with("fuse.");
        match mount.option("user_id=").and_then(|user| user.parse().ok()) {
            Some(user) if is_fuse && user != 0 => AnswerTime::OfProgram(UserId(user)),
            _ => AnswerTime::Unknown,
        }
    }

    /// Whether it is the file system of the root directory. In a container, the table has no usable names of its layers. If it does not answer, nothing
    /// does.
    fn is_root(&self, mount: &MountLine<'_>) -> bool {
        let mut lines = self.table.lines().map(MountLine::parse);
        lines.any(|line| line.place == "/" && line.device == mount.device)
    }

    /// Whether the table names the layers of `mount`, and each is on a file system that answers at once.
    fn has_local_layers(&self, mount: &MountLine<'_>, depth: usize) -> bool {
        let layers = mount.list_layers();
        let answers = |id: &str| self.judge(id, depth + 1) == AnswerTime::AtOnce;
        let is_local =
            |layer: &&str| (self.find_holder)(layer, &answers).is_some_and(|id| answers(&id));
        depth < DEEPEST && !layers.is_empty() && layers.iter().all(is_local)
    }
}

/// A line of the table.
struct MountLine<'a> {
    device: &'a str,
    place: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> MountLine<'a> {
    fn parse(line: &'a str) -> Self {
        let mut words = line.split(' ').skip(2);
        let (device, place) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
        let mut words = words.skip_while(|word| *word != "-").skip(1);
        let (kind, options) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
        Self { device, place, kind, options }
    }

    fn option(&self, name: &str) -> Option<&'a str> {
        self.options.split(',').find_map(|option| option.strip_prefix(name))
    }

    /// Lists the directories that it consists of.
    fn list_layers(&self) -> Vec<&'a str> {
        let is_layer =
            |name: &str| matches!(name, "lowerdir" | "lowerdir+" | "datadir+" | "upperdir");
        let named = self.options.split(',').filter_map(|option| option.split_once('='));
        let lists = named.filter(|(name, _)| is_layer(name)).map(|(_, list)| list);
        lists.flat_map(|list| list.split(':')).filter(|layer| !layer.is_empty()).collect()
    }
}

/// Finds the number of the mount that the directory at `path` is on. Nothing is looked up on a mount unless `answers` is true for
/// it. `None` if there is a symbolic link on the way, if the path does not begin at the root, or has unusual bytes, which the table
/// has in another form, with a backslash.
fn find_holder(path: &str, answers: &dyn Fn(&str) -> bool) -> Option<String> {
    let is_plain = path.starts_with('/') && !path.contains('\\');
    let mut here = is_plain.then(open_root)?.ok()?;
    let mut id = read_mount_id(here.as_fd())?;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        if name == ".." || !answers(&id) {
            return None;
        }
        here = open_handle_at(here.as_fd(), &CString::new(name).ok()?).ok()?;
        id = read_mount_id(here.as_fd())?;
        if recall_facts(here.as_fd()).ok()?.kind != FileKind::Directory {
            return None;
        }
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::open_root;
    use std::os::fd::AsFd;
    use std::path::Path;

    /// Judges the mount with the number 57 of a table; layers are found by the names of the mounts.
    fn judge_in(table: &str) -> AnswerTime {
        let find_holder = |path: &str, _: &dyn Fn(&str) -> bool| {
            let lines = table.lines().map(|line| (MountLine::parse(line).place, line));
            let above = lines.filter(|(place, _)| Path::new(path).starts_with(place));
            let (_, line) = above.max_by_key(|(place, _)| place.len())?;
            line.split(' ').next().map(str::to_owned)
        };
        MountLines { table, find_holder: &find_holder }.judge("57", 0)
    }

    #[test]
    fn the_owner_of_a_program_that_serves_files_is_known() {
        let judge = |rest: &str| judge_in(&format!("57 27 0:51 / /x rw shared:1 - {rest}"));
        let of_user = "a@host: rw,user_id=1000,group_id=1000,allow_other";
        assert_eq!(judge(&format!("fuse.sshfs {of_user}")), AnswerTime::OfProgram(UserId(1000)));
        assert_eq!(judge(&format!("fuse {of_user}")), AnswerTime::OfProgram(UserId(1000)));
        assert_eq!(judge("fuse root@host: rw,user_id=0,group_id=0"), AnswerTime::Unknown);
        assert_eq!(judge("nfs4 host:/x rw,vers=4.2"), AnswerTime::Unknown);
        assert_eq!(judge("autofs systemd-1 rw,fd=29"), AnswerTime::Mounted);
        assert_eq!(judge("ext4 /dev/sda1 rw"), AnswerTime::AtOnce);
        assert_eq!(judge_in(""), AnswerTime::Unknown);
    }

    #[test]
    fn layers_answer_as_the_file_systems_that_they_are_on() {
        let judge = |options: &str| {
            judge_in(&format!(
                "27 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n\
                 30 27 0:50 / /far rw shared:2 - nfs4 host:/x rw,vers=4.2\n\
                 31 27 0:52 / /deep rw - overlay overlay rw,lowerdir=/a,upperdir=/far/b,workdir=/w\n\
                 57 27 0:51 / /x rw shared:3 - overlay overlay rw,relatime,{options}"
            ))
        };
        assert_eq!(judge("lowerdir=/a:/b,upperdir=/c,workdir=/w,uuid=on"), AnswerTime::AtOnce);
        assert_eq!(judge("lowerdir+=/a,lowerdir+=/b"), AnswerTime::AtOnce);
        for options in [
            "lowerdir=/a:/far/b,upperdir=/c,workdir=/w",
            "lowerdir=/a,upperdir=/far/c,workdir=/far/w",
            "lowerdir=/a::/far/data",
            "lowerdir+=/a,datadir+=/far/data",
            "lowerdir=/deep/a:/b",
            "lowerdir=l/A:l/B,upperdir=/c,workdir=/w",
            "xino=off",
        ] {
            assert_eq!(judge(options), AnswerTime::Unknown, "{options}");
        }
    }

    #[test]
    fn the_root_of_a_container_answers_though_its_layers_have_no_name_in_it() {
        let root = "900 800 0:51 / / rw - overlay overlay rw,lowerdir=l/A:l/B,upperdir=u,workdir=w";
        let part =
            "57 900 0:51 /srv /srv/again rw - overlay overlay rw,lowerdir=l/A:l/B,upperdir=u";
        let volume = "57 900 0:60 / /data rw - overlay overlay rw,lowerdir=l/C,upperdir=v";
        assert_eq!(judge_in(&format!("{root}\n{part}")), AnswerTime::AtOnce);
        assert_eq!(judge_in(&format!("{root}\n{volume}")), AnswerTime::Unknown);
    }

    #[test]
    fn a_layer_is_looked_up_on_file_systems_that_answer_only() {
        let asked = std::cell::RefCell::new(Vec::new());
        let answers = |id: &str| {
            asked.borrow_mut().push(id.to_owned());
            true
        };
        let scene = tempfile::tempdir().unwrap();
        let path = scene.path();
        let holder = find_holder(path.to_str().unwrap(), &answers);
        let own = std::fs::File::open(path).unwrap();
        assert_eq!(holder, read_mount_id(own.as_fd()));
        assert_eq!(asked.borrow().len(), path.components().count() - 1);
        assert_eq!(find_holder(path.to_str().unwrap(), &|_| false), None);
        std::os::unix::fs::symlink(path, path.join("link")).unwrap();
        assert_eq!(find_holder(path.join("link").to_str().unwrap(), &|_| true), None);
        assert_eq!(find_holder("tmp", &|_| true), None);
    }

    #[test]
    fn the_disk_answers_at_once() {
        assert_eq!(find_answer_time(open_root().unwrap().as_fd()), AnswerTime::AtOnce);
    }
}
