//! Files with the results: root's alone, replaced as a whole, in a directory that only root can change.
//!
//! Several runs may write to one directory: a watching process may outlive its server by some seconds, and another server
//! may have been started meanwhile. So each holds a lock while it writes, and adds to the list that it finds. No run writes
//! over what another one has observed.

use crate::learning::mode::LearnMode;
use crate::learning::observation::ObservationTable;
use crate::learning::raw_list::{RawList, format_list, read_list};
use crate::platform;
use crate::platform::{HeldLock, LockFile, MadeFile, with_roots_files};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of a list that is read again. A list of the most and longest names, all of them escaped, is shorter.
const LONGEST: u64 = 80 << 20;

/// The directory of the results of one kind of runs, which was judged, and is held open.
#[derive(Debug)]
pub(crate) struct ResultFolder {
    mode: LearnMode,
    at: PathBuf,
    folder: OwnedFd,
    lock: LockFile,
}

impl ResultFolder {
    /// The directory at `at`, held by `folder`, for results of `mode`.
    ///
    /// # Errors
    /// Returns an error if the lock cannot be opened.
    pub(crate) fn new(mode: LearnMode, at: PathBuf, folder: OwnedFd) -> io::Result<Self> {
        let lock = LockFile::open_at(folder.as_fd(), mode.lock_name())?;
        Ok(Self { mode, at, folder, lock })
    }

    /// The same directory for another process, which locks out this one.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn reopen(&self) -> io::Result<Self> {
        Self::new(self.mode, self.at.clone(), self.folder.try_clone()?)
    }

    /// The descriptors that the process needs.
    pub(crate) fn descriptors(&self) -> [RawFd; 2] {
        [self.folder.as_raw_fd(), self.lock.as_raw_fd()]
    }

    /// The path of a file in it.
    pub(crate) fn path_of(&self, name: &CStr) -> PathBuf {
        self.at.join(Path::new(name.to_str().unwrap_or_default()))
    }

    /// The path of the file with proposed lines.
    pub(crate) fn lines_path(&self) -> PathBuf {
        self.path_of(self.mode.lines_name())
    }

    /// Waits until no other run writes results.
    ///
    /// # Errors
    /// Returns an error if another one does for longer than `patience`.
    pub(crate) fn lock(&self, patience: Duration) -> io::Result<HeldLock> {
        self.lock.hold(patience).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => {
                let lock = self.path_of(self.mode.lock_name());
                io::Error::other(format!(
                    "another run writes its result (it holds \"{}\")",
                    lock.display()
                ))
            }
            _ => error,
        })
    }

    /// Reads the list of all runs; empty if there is none.
    ///
    /// # Errors
    /// Returns an error if there is one, and it cannot be read.
    pub(crate) fn read(&self) -> io::Result<RawList> {
        let file = match platform::open_file_at(self.folder.as_fd(), self.mode.list_name()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(RawList::default()),
            file => File::from(file?),
        };
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text)?;
        Ok(read_list(&text))
    }

    /// Adds `fresh` to the list of all runs, in the watching process, which holds the lock. Returns the number of times that
    /// the list was written.
    ///
    /// # Errors
    /// Returns an error if the list cannot be read or written: then it is as it was.
    pub(crate) fn merge(&self, fresh: &ObservationTable) -> io::Result<u64> {
        let number = with_roots_files(|| Ok(self.add(fresh)?.0.to_string().into_bytes()))?;
        let number = String::from_utf8_lossy(&number).parse();
        number.map_err(|_| io::Error::other("the list was not written"))
    }

    /// As [`Self::merge`]. Returns the list.
    ///
    /// # Errors
    /// Returns an error as [`Self::merge`] does.
    pub(crate) fn merge_whole(&self, fresh: &ObservationTable) -> io::Result<RawList> {
        let text = with_roots_files(|| Ok(self.add(fresh)?.1.into_bytes()))?;
        Ok(read_list(&text))
    }

    fn add(&self, fresh: &ObservationTable) -> io::Result<(u64, String)> {
        let mut list = self.read()?;
        list.table.merge(fresh);
        list.writes = list.writes.saturating_add(1);
        let text = format_list(&list);
        self.replace(self.mode.list_name(), &text)?;
        Ok((list.writes, text))
    }

    /// Writes `text` to the file `name`, which then has the old content or the new one.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn replace(&self, name: &CStr, text: &str) -> io::Result<()> {
        let new = CString::new([name.to_bytes(), b".new"].concat()).map_err(io::Error::other)?;
        let folder = self.folder.as_fd();
        match platform::remove_file_at(folder, &new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let made = MadeFile::create_at(folder, &new)?;
        let mut file = made.as_file()?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        platform::rename_file_at(folder, &new, name)
    }
}
