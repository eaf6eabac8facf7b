//! Files with the results: root's alone, replaced as a whole, in a directory that only root can change.

use crate::learning::learner::LearnMode;
use crate::learning::observation::ObservationTable;
use crate::learning::raw_list::{format_list, read_list};
use crate::platform;
use crate::platform::{MadeFile, with_roots_files};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Bytes of a list that is read again.
const LONGEST: u64 = 64 << 20;

impl LearnMode {
    /// The name of the raw list.
    pub(crate) const fn list_name(self) -> &'static CStr {
        match self {
            Self::Outside => c"chroot-learned.paths",
            Self::Inside => c"chroot-watched.paths",
        }
    }

    /// The name of the file with proposed lines.
    pub(crate) const fn lines_name(self) -> &'static CStr {
        match self {
            Self::Outside => c"chroot-learned.conf",
            Self::Inside => c"chroot-watched.conf",
        }
    }
}

/// The directory of the results, which was judged, and is held open.
#[derive(Debug)]
pub(crate) struct ResultFolder {
    at: PathBuf,
    folder: OwnedFd,
}

impl ResultFolder {
    /// The directory at `at`, held by `folder`.
    pub(crate) fn new(at: PathBuf, folder: OwnedFd) -> Self {
        Self { at, folder }
    }

    /// The descriptor.
    pub(crate) fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.folder.as_fd()
    }

    /// The path of a file in it.
    pub(crate) fn path_of(&self, name: &CStr) -> PathBuf {
        self.at.join(Path::new(name.to_str().unwrap_or_default()))
    }

    /// Reads the list of earlier runs; empty if there is none.
    pub(crate) fn read_list(&self, mode: LearnMode) -> io::Result<ObservationTable> {
        let mut table = ObservationTable::default();
        let file = match platform::open_file_at(self.folder.as_fd(), mode.list_name()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(table),
            file => File::from(file?),
        };
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text)?;
        read_list(&text, &mut table);
        Ok(table)
    }

    /// Writes the list, in the watching process.
    pub(crate) fn write_list(&self, mode: LearnMode, table: &ObservationTable) -> io::Result<()> {
        with_roots_files(|| self.replace(mode.list_name(), &format_list(table)))
    }

    /// Writes `text` to the file `name`, which then has the old content or the new one.
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
