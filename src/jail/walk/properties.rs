//! Properties of paths: by the text, and walked through real symbolic links. The kernel is asked for the same.

use crate::jail::walk::{OpenedPath, on_host, walk_inside};
use crate::path::{Component, InsidePath, JailPath, clean_lexically, components};
use crate::platform::{self, Support};
use std::ffi::{CString, OsStr};
use std::fs;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Lines that are used of one input.
const MOST_LINES: usize = 24;

/// Each line of `input` is a file, a directory (`NAME/`) or a link (`NAME -> TARGET`) in a tree that is made; the last line is
/// a path that is walked with the tree as the root. The walk stays inside, and ends where the kernel says.
pub(crate) fn check_paths(input: &[u8]) {
    let lines: Vec<_> = input.split(|&byte| byte == b'\n').take(MOST_LINES).collect();
    lines.iter().for_each(|line| check_text(line));
    let Some((path, entries)) = lines.split_last() else { return };
    // Miri knows no call that opens a file below a directory.
    let Some(tree) = (!cfg!(miri)).then(|| MadeTree::make(entries)).flatten() else { return };
    let Ok(root) = on_host(&tree.0) else { return };
    let path = CString::new(path.split(|&byte| byte == 0).next().unwrap_or_default());
    let path = path.unwrap_or_default();
    let inside = Path::new(OsStr::from_bytes(path.to_bytes()));
    let walked = walk_inside(root.file.as_fd(), InsidePath::as_written(inside)).ok();
    if let Some(walked) = &walked {
        check_place(&tree.0, walked);
    }
    let Ok(Support::Available(theirs)) = platform::find_in_root(root.file.as_fd(), &path) else {
        return;
    };
    let theirs = platform::read_facts(theirs.as_raw_fd()).ok().map(|facts| facts.identity);
    assert_eq!(walked.map(|walked| walked.facts.identity), theirs, "{inside:?}");
}

/// The place that a walk names has the file that it found, in the tree, without a link on the way.
fn check_place(tree: &Path, walked: &OpenedPath) {
    let bytes = walked.at.as_os_str().as_bytes();
    assert_eq!(clean_lexically(bytes), walked.at);
    let place = tree.join(walked.at.strip_prefix("/").unwrap_or(&walked.at));
    assert!(place.starts_with(tree));
    let found = on_host(&place).ok();
    let links = found.as_ref().map(|found| found.links.len());
    let tree_links = on_host(tree).ok().map(|found| found.links.len());
    assert_eq!(links, tree_links, "{place:?}");
    assert_eq!(found.map(|found| found.facts.identity), Some(walked.facts.identity), "{place:?}");
}

/// The rules about the text of a path.
fn check_text(text: &[u8]) {
    let jail = JailPath::new(OsStr::from_bytes(text));
    assert_eq!(jail.is_some(), text.starts_with(b"/") && !text.contains(&0));
    let clean = clean_lexically(text);
    let bytes = clean.as_os_str().as_bytes();
    assert!(bytes.starts_with(b"/") && (bytes == b"/" || !bytes.ends_with(b"/")), "{clean:?}");
    assert_eq!(clean_lexically(bytes), clean);
    assert!(components(bytes).iter().all(|part| *part != Component::Up), "{clean:?}");
}

/// A tree of files, which is removed at the end.
struct MadeTree(PathBuf);

impl MadeTree {
    fn make(entries: &[&[u8]]) -> Option<Self> {
        // Tests of one process run side by side.
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Relaxed);
        let name = format!("mod_chroot-fuzz-{}-{number}", std::process::id());
        let tree = Self(std::env::temp_dir().join(name));
        let _ = fs::remove_dir_all(&tree.0);
        fs::create_dir(&tree.0).ok()?;
        entries.iter().for_each(|entry| tree.add(entry));
        Some(tree)
    }

    /// A line that cannot be made is left out. A name is cleaned by its text, and no link is passed, so all of it lies in the tree.
    fn add(&self, entry: &[u8]) {
        let arrow = entry.windows(4).position(|part| part == b" -> ");
        let name = &entry[..arrow.unwrap_or(entry.len())];
        let clean = clean_lexically(name);
        let mut place = self.0.clone();
        for part in clean.iter().skip(1) {
            if fs::symlink_metadata(&place).is_ok_and(|it| !it.is_dir()) {
                return;
            }
            place.push(part);
        }
        if place == self.0 {
            return;
        }
        if let Some(folder) = place.parent() {
            let _ = fs::create_dir_all(folder);
        }
        let _ = match arrow {
            Some(at) => symlink(OsStr::from_bytes(&entry[at + 4..]), &place),
            None if name.ends_with(b"/") => fs::create_dir(&place),
            None => fs::File::create_new(&place).map(drop),
        };
    }
}

impl Drop for MadeTree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
