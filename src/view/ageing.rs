//! Removal of files that nobody has used for a long time from the private directory for temporary files, as `systemd-tmpfiles(8)` does
//! it in the `/tmp` of a host: a request that was killed leaves its files there.
//!
//! This is for a process that has entered the jail as a child does, and has the rights of a child. It works by descriptor, follows no link
//! and never leaves the file system of the private directory.

use crate::jail::walk::on_host;
use crate::platform;
use crate::platform::{Identity, Names, OpenDirectory};
use crate::view::mounts::private_tmp::{Owner, PrivateDir, find_mounted};
use std::ffi::{CStr, OsStr};
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Time after which a file that nobody has used is removed: that of `systemd-tmpfiles` for `/tmp`.
pub(crate) const AGE: Duration = Duration::from_secs(10 * 24 * 60 * 60);

/// Limit of the names that are looked at in one directory.
const MOST_NAMES: usize = 100_000;

/// Limit of the directories in each other.
const MOST_DEPTH: usize = 32;

/// The private directory for temporary files in a mounted view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MountedTmp {
    /// Its path inside.
    path: PathBuf,
    identity: Identity,
}

impl MountedTmp {
    /// Finds the directory of `owner` in the view of this process's namespace, outside of the jail.
    pub(crate) fn find(owner: Owner<'_>) -> Option<Self> {
        let (path, identity) = find_mounted(PrivateDir::Temporary, owner)?;
        Some(Self { path, identity })
    }

    /// Removes what has not been used for [`AGE`] before `now`, as far as this process may, and until `end`. Returns the number of
    /// files and directories. This process is inside.
    ///
    /// # Errors
    /// Returns an error if the directory is not there.
    pub(crate) fn remove_unused(&self, now: SystemTime, end: Instant) -> io::Result<usize> {
        let absent = || io::Error::from(io::ErrorKind::NotFound);
        let found = on_host(&self.path).map_err(|_| absent())?;
        if found.facts.identity != self.identity {
            return Err(absent());
        }
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let oldest = i64::try_from(now.saturating_sub(AGE).as_secs()).unwrap_or_default();
        let mut cleaner = Cleaner { identity: self.identity, oldest, end, removed: 0 };
        cleaner.clean(found.file.as_fd(), c".", &self.path, 0)?;
        Ok(cleaner.removed)
    }
}

struct Cleaner {
    /// The directory that is cleaned: its file system is not left.
    identity: Identity,
    /// Seconds since the epoch: what was used later stays.
    oldest: i64,
    end: Instant,
    removed: usize,
}

impl Cleaner {
    /// Cleans the directory `name` in `parent`. Its path is `path`.
    fn clean(
        &mut self,
        parent: BorrowedFd<'_>,
        name: &CStr,
        path: &Path,
        depth: usize,
    ) -> io::Result<()> {
        let folder = OpenDirectory::open_at(parent, name)?;
        let facts = platform::read_facts(folder.as_fd().as_raw_fd())?;
        if !facts.identity.shares_device(self.identity) {
            return Ok(());
        }
        let mut names = Names::default();
        folder.read_names(&mut names, MOST_NAMES)?;
        for name in names.iter() {
            if Instant::now() >= self.end {
                break;
            }
            // Another program may have removed it.
            let _ = self.clean_name(folder.as_fd(), name, path, depth);
        }
        Ok(())
    }

    fn clean_name(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &CStr,
        path: &Path,
        depth: usize,
    ) -> io::Result<()> {
        let file = platform::open_handle_at(folder, name)?;
        let facts = platform::read_facts(file.as_raw_fd())?;
        if !facts.identity.shares_device(self.identity) {
            return Ok(());
        }
        let found = File::from(file).metadata()?;
        let path = path.join(OsStr::from_bytes(name.to_bytes()));
        if found.is_dir() {
            if depth < MOST_DEPTH {
                self.clean(folder, name, &path, depth + 1)?;
            }
            if self.is_old(&found) {
                platform::remove_directory_at(folder, name)?;
                self.removed += 1;
            }
        } else if self.is_old(&found) && !(found.file_type().is_socket() && is_in_use(&path)) {
            platform::remove_file_at(folder, name)?;
            self.removed += 1;
        }
        Ok(())
    }

    /// Whether nobody has used it since. Listing a directory does not count as use.
    fn is_old(&self, found: &Metadata) -> bool {
        let changed = found.mtime().max(found.ctime());
        let used = if found.is_dir() { changed } else { changed.max(found.atime()) };
        used < self.oldest
    }
}

/// Whether a program listens on the socket. Sockets of other types than datagram do not notice the attempt.
fn is_in_use(socket: &Path) -> bool {
    let answer = UnixDatagram::unbound().and_then(|asker| asker.connect(socket));
    !answer.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    fn clean(folder: &Path, later: Duration) -> usize {
        let found = on_host(folder).unwrap();
        let tmp = MountedTmp { path: folder.to_owned(), identity: found.facts.identity };
        let end = Instant::now() + Duration::from_secs(60);
        tmp.remove_unused(SystemTime::now() + later, end).unwrap()
    }

    #[test]
    fn what_is_old_is_removed_and_what_is_in_use_stays() {
        let scene = tempfile::tempdir().unwrap();
        let at = |name: &str| scene.path().join("tmp").join(name);
        fs::create_dir_all(at("upload/part")).unwrap();
        for name in ["left", "upload/part/data"] {
            fs::write(at(name), "x").unwrap();
        }
        let precious = scene.path().join("precious");
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("file"), "x").unwrap();
        symlink(&precious, at("link")).unwrap();
        let listener = UnixListener::bind(at("live")).unwrap();
        drop(UnixListener::bind(at("dead")).unwrap());
        let tmp = scene.path().join("tmp");
        assert_eq!(clean(&tmp, AGE / 2), 0);
        fs::write(at("young"), "x").unwrap();
        let young = fs::File::open(at("young")).unwrap();
        young.set_modified(SystemTime::now() + AGE).unwrap();
        // left, upload, part, data, link, dead.
        assert_eq!(clean(&tmp, AGE + Duration::from_secs(60)), 6);
        let mut left: Vec<_> =
            fs::read_dir(&tmp).unwrap().map(|it| it.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["live", "young"]);
        assert!(precious.join("file").exists());
        drop(listener);
    }

    #[test]
    fn another_directory_than_the_one_that_was_found_is_not_cleaned() {
        let scene = tempfile::tempdir().unwrap();
        let identity = on_host(Path::new("/usr")).unwrap().facts.identity;
        let tmp = MountedTmp { path: scene.path().to_owned(), identity };
        let end = Instant::now() + Duration::from_secs(60);
        tmp.remove_unused(SystemTime::now(), end).unwrap_err();
    }

    #[test]
    fn the_search_ends_in_time() {
        let scene = tempfile::tempdir().unwrap();
        fs::write(scene.path().join("left"), "x").unwrap();
        let identity = on_host(scene.path()).unwrap().facts.identity;
        let tmp = MountedTmp { path: scene.path().to_owned(), identity };
        assert_eq!(tmp.remove_unused(SystemTime::now() + AGE * 2, Instant::now()).unwrap(), 0);
    }
}
