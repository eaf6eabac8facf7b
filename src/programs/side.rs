//! The two sides from which programs are looked at: root outside, who reads only what is root's
//! alone, and a child inside, which reads what it may.

use crate::messages::{DistrustReason, ProgramFault, WalkFault};
use crate::trust::trusted::Judge;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file that a side has at a path.
#[derive(Debug)]
pub(crate) enum OpenedFile {
    /// A regular file.
    File {
        /// Where it really is: absolute, without symbolic links.
        at: PathBuf,
        /// The file, open for reading.
        file: File,
    },
    /// A file that will be there, and cannot be read yet.
    Promised,
    /// Nothing, or nothing that could be read.
    Nothing,
}

/// A side.
pub(crate) trait Side {
    /// The reason for which it reads no further.
    type Refusal;

    /// Opens the regular file at `path`, which is absolute. Nothing is waited for.
    ///
    /// # Errors
    /// Returns an error if there is something that this side must not read.
    fn open(&self, path: &Path) -> Result<OpenedFile, Self::Refusal>;

    /// All that the file at `path` holds, if that is no more than `most` bytes; nothing if there is no
    /// such file.
    ///
    /// # Errors
    /// Returns an error as [`Self::open`] does.
    fn read_contents(&self, path: &Path, most: u64) -> Result<Vec<u8>, Self::Refusal> {
        let OpenedFile::File { file, .. } = self.open(path)? else { return Ok(Vec::new()) };
        let mut content = Vec::new();
        match file.take(most + 1).read_to_end(&mut content) {
            Ok(count) if count as u64 <= most => Ok(content),
            _ => Ok(Vec::new()),
        }
    }
}

/// Root, outside.
#[derive(Debug)]
pub(crate) struct HostSide<'a>(pub &'a Judge);

impl Side for HostSide<'_> {
    type Refusal = ProgramFault;

    fn open(&self, path: &Path) -> Result<OpenedFile, ProgramFault> {
        match self.0.open_file(path) {
            Ok(judged) => {
                let at = judged.at().to_owned();
                Ok(OpenedFile::File { at, file: judged.into_file() })
            }
            Err(DistrustReason::Walk(WalkFault::Missing(_) | WalkFault::NotDirectory(..))) => {
                Ok(OpenedFile::Nothing)
            }
            Err(cause) => Err(ProgramFault::new(path, cause)),
        }
    }
}
