//! Mounts of this process, if the system lists them (`proc_pid_mountinfo(5)`): other names of a file, and other file systems
//! in a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::ops::Bound;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Number of the mount.
    pub id: u64,
    /// Number of the mount that it is mounted on.
    pub parent: u64,
    /// The number of its file system's device, as the system writes it.
    pub device: String,
    /// Part of the file system that is mounted.
    pub root: PathBuf,
    /// Mount point.
    pub place: PathBuf,
    /// The kind of file system.
    pub kind: String,
    /// Source, as the process that mounted it named it.
    pub source: String,
}

impl Mount {
    /// Whether its root directory may be on one of the devices `files`. A mount is opened only then, because a file server may not
    /// answer. File systems with subvolumes have a device number for each that the table does not list.
    pub(crate) fn may_hold(&self, files: &BTreeSet<String>) -> bool {
        files.contains(&self.device) || matches!(&*self.kind, "btrfs" | "bcachefs")
    }
}

/// All mounts. An earlier view may have thousands, so questions about a path are answered by an index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mounts {
    /// In the order in which they were mounted.
    all: Vec<Mount>,
    /// Numbers of the mounts at each mount point.
    by_place: BTreeMap<PathBuf, Vec<usize>>,
    /// Numbers of the mounts of each part of a file system.
    by_root: BTreeMap<PathBuf, Vec<usize>>,
}

impl Mounts {
    /// Reads the mounts of this process; none if the system does not list them.
    pub(crate) fn read() -> Self {
        Self::parse(&std::fs::read("/proc/self/mountinfo").unwrap_or_default())
    }

    pub(super) fn parse(table: &[u8]) -> Self {
        let all: Vec<_> = table.split(|&byte| byte == b'\n').filter_map(parse_line).collect();
        let (mut by_place, mut by_root) = (BTreeMap::new(), BTreeMap::new());
        for (number, mount) in all.iter().enumerate() {
            by_place.entry(mount.place.clone()).or_insert_with(Vec::new).push(number);
            by_root.entry(mount.root.clone()).or_insert_with(Vec::new).push(number);
        }
        Self { all, by_place, by_root }
    }

    /// All mounts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.all.iter()
    }

    /// Mounts at `place`.
    pub(crate) fn at(&self, place: &Path) -> impl Iterator<Item = &Mount> {
        let numbers = self.by_place.get(place).into_iter().flatten();
        numbers.filter_map(|&number| self.all.get(number))
    }

    /// Mounts below `directory`.
    pub(crate) fn below<'a>(&'a self, directory: &'a Path) -> impl Iterator<Item = &'a Mount> {
        // Paths below a directory come next after it in the order of paths.
        let behind = (Bound::Excluded(directory), Bound::Unbounded);
        let places = self.by_place.range::<Path, _>(behind);
        let below = places.take_while(move |(place, _)| place.starts_with(directory));
        below.flat_map(|(_, numbers)| numbers).filter_map(|&number| self.all.get(number))
    }

    /// The mount that a file at `path`, which has no symbolic link in it, is on.
    fn find_holder(&self, path: &Path) -> Option<&Mount> {
        let numbers = path.ancestors().find_map(|above| self.by_place.get(above))?;
        self.all.get(*numbers.last()?)
    }

    /// Other names of `path`, which has no symbolic link in it, through other mounts of its file system. The caller has to check that
    /// they lead to the same file.
    pub(crate) fn other_names(&self, path: &Path) -> Vec<PathBuf> {
        let Some(mine) = self.find_holder(path) else { return Vec::new() };
        let Ok(rest) = path.strip_prefix(&mine.place) else { return Vec::new() };
        let within = mine.root.join(rest);
        let roots = within.ancestors().filter_map(|above| self.by_root.get(above)).flatten();
        let all = roots.filter_map(|&number| self.all.get(number));
        let same = all.filter(|mount| mount.device == mine.device);
        let name = |mount: &Mount| Some(mount.place.join(within.strip_prefix(&mount.root).ok()?));
        let mut names: Vec<_> =
            same.filter_map(name).map(|name| name.components().collect()).collect();
        names.retain(|name: &PathBuf| name != path);
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Reads the number of the mount that `file` was opened on, if the system reports it.
pub(crate) fn read_mount_id(file: BorrowedFd<'_>) -> Option<u64> {
    let path = format!("/proc/self/fdinfo/{}", file.as_raw_fd());
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix("mnt_id:"))?.trim().parse().ok()
}

/// Parses a line such as `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`
fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut words = line.split(|&byte| byte == b' ');
    let mut word = || words.next().map(unescape);
    let number = |word: Vec<u8>| String::from_utf8(word).ok()?.parse().ok();
    let (id, parent) = (number(word()?)?, number(word()?)?);
    let (device, root, place) = (word()?, word()?, word()?);
    let mut rest = words.skip_while(|word| *word != b"-").skip(1).map(unescape);
    let path = |bytes| PathBuf::from(OsString::from_vec(bytes));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (kind, source) = (text(rest.next()?), text(rest.next()?));
    let (device, root, place) = (text(device), path(root), path(place));
    Some(Mount { id, parent, device, root, place, kind, source })
}

/// Replaces `\` and three octal digits, by which the kernel writes blanks, ends of lines and backslashes.
fn unescape(word: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((&byte, tail)) = rest.split_first() {
        let code = (byte == b'\\').then(|| tail.get(..3).and_then(parse_octal)).flatten();
        plain.push(code.unwrap_or(byte));
        rest = if code.is_some() { tail.get(3..).unwrap_or_default() } else { tail };
    }
    plain
}

fn parse_octal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(text: &str) -> Mounts {
        Mounts::parse(text.as_bytes())
    }

    #[test]
    fn a_line_is_read_with_what_is_escaped_in_it() {
        let read = table(
            "36 35 98:0 / /mnt\\0402 rw,noatime master:1 shared:3 - ext3 /dev/a\\134b rw\n\
             37 36 0:30 /a /mnt/b rw - tmpfs mod_chroot-tmp rw,size=1k",
        );
        let [one, other] = &read.all[..] else { panic!("{read:?}") };
        assert_eq!((one.id, one.parent, &*one.device), (36, 35, "98:0"));
        assert_eq!((&*one.place, &*one.kind), (Path::new("/mnt 2"), "ext3"));
        assert_eq!(one.source, "/dev/a\\b");
        assert_eq!((&*other.root, &*other.source), (Path::new("/a"), "mod_chroot-tmp"));
        assert_eq!(table("36 35 98:0 / /mnt rw - ext3").all, [], "cut off");
    }

    #[test]
    fn a_file_has_other_names_through_mounts_of_its_file_system() {
        let all = table(
            "1 0 8:1 / / rw - ext4 a rw\n2 1 8:1 /data/ssl /etc/ssl rw - ext4 a rw\n\
             3 1 8:2 / /data rw - ext4 b rw\n4 1 8:1 /srv /mnt/srv rw - ext4 a rw",
        );
        let names = |path: &str| all.other_names(Path::new(path));
        assert_eq!(names("/etc/ssl/key"), [Path::new("/data/ssl/key")]);
        assert_eq!(names("/srv/x"), [Path::new("/mnt/srv/x")]);
        assert_eq!(names("/mnt/srv/x"), [Path::new("/srv/x")]);
        assert_eq!(names("/data/ssl/key"), [""; 0].map(PathBuf::from), "another file system");
        let below: Vec<_> = all.below(Path::new("/etc")).map(|mount| &*mount.place).collect();
        assert_eq!(below, [Path::new("/etc/ssl")]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(line in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse_line(&line);
            prop_assert!(unescape(&line).len() <= line.len());
        }

        #[test]
        fn what_the_kernel_escapes_is_read_back(name in "[ -~]{0,20}") {
            let escaped: String = name
                .chars()
                .map(|it| if " \\#".contains(it) { format!("\\{:03o}", it as u32) } else { it.into() })
                .collect();
            prop_assert_eq!(unescape(escaped.as_bytes()), name.as_bytes());
        }
    }
}
