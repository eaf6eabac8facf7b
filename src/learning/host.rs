//! Questions of the rules about files of the host. They are asked with the rights of `User`, in a process that may wait
//! or end: never in httpd's parent.

use crate::jail::walk::{on_host, to_directory};
use crate::messages::WalkFault;
use crate::platform;
use crate::platform::{Access, FileKind, UserId};
use std::ffi::CString;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Kind of a file of the host, symbolic links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// A directory.
    Directory,
    /// A regular file that can be run.
    Program,
    /// Another regular file.
    File,
    /// A socket, device or FIFO.
    Special,
}

/// Files of the host, as `User` sees them.
pub(crate) trait HostFiles {
    /// Kind of the file at `path`; `None` if there is none.
    fn kind(&self, path: &Path) -> Option<NodeKind>;

    /// `path` without symbolic links; `None` if there is no such file.
    fn find_real(&self, path: &Path) -> Option<PathBuf>;

    /// Whether the way to `path` has a symbolic link that others than root can set, or cannot be examined.
    fn passes_foreign_link(&self, path: &Path) -> bool;

    /// Whether `User` may write to the file at `path`, or make files in that directory.
    fn may_write(&self, path: &Path) -> bool;

    /// Whether `User` may read the file at `path`.
    fn may_read(&self, path: &Path) -> bool;

    /// Whether the regular file at `path` has the text of a private key near its beginning.
    fn holds_key(&self, path: &Path) -> bool;

    /// Whether the file at `path` is a program that runs with the rights of its owner or group.
    fn has_set_id(&self, path: &Path) -> bool;

    /// Names in the directory at `path`, each with whether it is a directory; a symbolic link is none.
    fn list(&self, path: &Path) -> Vec<(PathBuf, bool)>;
}

/// Bytes in which a private key is looked for: certificates may come before it.
const KEY_WITHIN: u64 = 32 << 10;

/// End of the first line of a private key in PEM, of any kind.
const KEY_MARK: &[u8] = b"PRIVATE KEY-----";

/// Root.
const ROOT: UserId = UserId(0);

/// The host of this process, which has the rights of `User`.
#[derive(Debug)]
pub(crate) struct UserHost;

impl HostFiles for UserHost {
    fn kind(&self, path: &Path) -> Option<NodeKind> {
        let facts = on_host(path).ok()?.facts;
        Some(match facts.kind {
            FileKind::Directory => NodeKind::Directory,
            FileKind::File if facts.mode & 0o111 != 0 => NodeKind::Program,
            FileKind::File => NodeKind::File,
            FileKind::Link | FileKind::Other => NodeKind::Special,
        })
    }

    fn find_real(&self, path: &Path) -> Option<PathBuf> {
        on_host(path).ok().map(|found| found.at)
    }

    fn passes_foreign_link(&self, path: &Path) -> bool {
        let Ok(found) = on_host(path) else { return true };
        found.links.iter().any(|link| {
            let folder = to_directory(link.at.parent().unwrap_or(Path::new("/")));
            link.facts.owner != ROOT
                || match folder {
                    Ok(folder) => !folder.complaints.is_empty(),
                    // The root directory, in which a stranger could change nothing that would remain.
                    Err(fault) => !matches!(fault, WalkFault::IsRoot),
                }
        })
    }

    fn may_write(&self, path: &Path) -> bool {
        let path = CString::new(path.as_os_str().as_bytes()).unwrap_or_default();
        platform::check_access(&path, Access::Write).is_ok()
    }

    fn may_read(&self, path: &Path) -> bool {
        let path = CString::new(path.as_os_str().as_bytes()).unwrap_or_default();
        platform::check_access(&path, Access::Read).is_ok()
    }

    fn holds_key(&self, path: &Path) -> bool {
        let path = CString::new(path.as_os_str().as_bytes()).unwrap_or_default();
        let Ok(file) = platform::open_regular_file(&path) else { return false };
        let mut text = Vec::new();
        let read = file.take(KEY_WITHIN).read_to_end(&mut text);
        read.is_ok() && text.windows(KEY_MARK.len()).any(|part| part == KEY_MARK)
    }

    fn has_set_id(&self, path: &Path) -> bool {
        let facts = on_host(path).map(|found| found.facts);
        facts.is_ok_and(|facts| facts.kind == FileKind::File && facts.mode & 0o6000 != 0)
    }

    fn list(&self, path: &Path) -> Vec<(PathBuf, bool)> {
        let Ok(folder) = on_host(path) else { return Vec::new() };
        if folder.facts.kind != FileKind::Directory {
            return Vec::new();
        }
        let names = platform::list_names(folder.file.as_fd()).unwrap_or_default().into_iter();
        let entry = |name: CString| {
            let facts = platform::read_facts_at(folder.file.as_fd(), &name);
            let is_folder = facts.is_ok_and(|facts| facts.kind == FileKind::Directory);
            (path.join(std::ffi::OsStr::from_bytes(name.to_bytes())), is_folder)
        };
        names.map(entry).collect()
    }
}
