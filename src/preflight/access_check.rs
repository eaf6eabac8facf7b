//! Whether this process, which is inside, can do with a path what children will.

use crate::jail::walk::on_host;
use crate::messages::Failure;
use crate::platform;
use crate::platform::{Access, check_access};
use crate::programs::{OpenedFile, Side};
use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// Why something does not hold, and of which path.
pub(crate) type PathFailure = (PathBuf, Failure);

/// How what children will see differs from what is there now: at configtest nothing is written
/// into a jail.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlannedFiles {
    /// Paths that will be links to the root.
    pub links: Vec<PathBuf>,
    /// Paths that will be copied, and whether children will be able to write there.
    pub copies: Vec<(PathBuf, bool)>,
    /// Whether names of hosts are looked up.
    pub look_up: bool,
    /// Whether the children look them up in threads.
    pub in_thread: bool,
    /// The `PATH` of programs; the process that tries has no environment.
    pub path: Option<OsString>,
}

/// A purpose for which a child uses a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    ReadFile,
    ReadFolder,
    Read,
    WriteFile,
    MakeIn,
    Connect,
    Run,
}

impl PlannedFiles {
    /// Whether `path` is, or will be, fit for the purpose.
    ///
    /// # Errors
    /// Why it is not.
    pub(crate) fn has(&self, path: &Path, purpose: Purpose) -> Result<(), PathFailure> {
        let writes = matches!(purpose, Purpose::WriteFile | Purpose::MakeIn | Purpose::Connect);
        if self.will_be(path, writes) {
            return Ok(());
        }
        let mut result = fit(path, purpose);
        if let (Err(Failure::Missing), Some(inside)) = (&result, self.inside(path)) {
            result = fit(&inside, purpose);
            // Where a link in the jail leads will be known when the other link is there.
            if result.is_err() && passes_a_link(&inside) {
                return Ok(());
            }
        }
        result.map_err(|lack| (path.to_owned(), lack))
    }

    fn will_be(&self, path: &Path, to_write: bool) -> bool {
        let will_be =
            |(copy, writable): &(PathBuf, bool)| path.starts_with(copy) && (*writable || !to_write);
        self.copies.iter().any(will_be)
    }

    /// Where `path` is now that will lead through a link.
    pub(crate) fn inside(&self, path: &Path) -> Option<PathBuf> {
        let rest = self.links.iter().find_map(|link| path.strip_prefix(link).ok())?;
        Some(Path::new("/").join(rest))
    }
}

/// A child's side of the host: it reads what it may, and what it may not is not there.
pub(crate) struct JailSide<'a>(pub &'a PlannedFiles);

impl Side for JailSide<'_> {
    type Refusal = Infallible;

    fn open(&self, path: &Path) -> Result<OpenedFile, Infallible> {
        if self.0.will_be(path, false) {
            return Ok(OpenedFile::Promised);
        }
        let open = |path: &Path| {
            let file = platform::open_regular_file(&c_string(path)).ok()?;
            let at = on_host(path).map_or_else(|_| path.to_owned(), |found| found.at);
            Some(OpenedFile::File { at, file })
        };
        let found = open(path).or_else(|| open(&self.0.inside(path)?));
        Ok(found.unwrap_or(OpenedFile::Nothing))
    }
}

/// Whether a symbolic link is on the way.
fn passes_a_link(path: &Path) -> bool {
    path.ancestors().any(|part| fs::symlink_metadata(part).is_ok_and(|is| is.is_symlink()))
}

fn fit(path: &Path, purpose: Purpose) -> Result<(), Failure> {
    let is = fs::metadata(path).map_err(|error| lack_of(&error))?;
    let wanted = |fits: bool| if fits { Ok(()) } else { Err(Failure::Kind(kind(&is).to_owned())) };
    match purpose {
        Purpose::Read if is.is_dir() => fit(path, Purpose::ReadFolder),
        Purpose::Read => fit(path, Purpose::ReadFile),
        Purpose::ReadFile => {
            wanted(is.is_file())?;
            platform::open_regular_file(&c_string(path)).map(drop).map_err(|error| lack_of(&error))
        }
        Purpose::ReadFolder => {
            wanted(is.is_dir())?;
            fs::read_dir(path).map_err(|error| lack_of(&error))?;
            allowed(path, Access::Pass)
        }
        Purpose::WriteFile => {
            wanted(is.is_file())?;
            allowed(path, Access::Write)
        }
        Purpose::MakeIn => {
            wanted(is.is_dir())?;
            allowed(path, Access::Write)?;
            allowed(path, Access::Pass)
        }
        Purpose::Connect => {
            wanted(is.file_type().is_socket())?;
            allowed(path, Access::Write)
        }
        Purpose::Run => {
            wanted(is.is_file())?;
            allowed(path, Access::Pass)
        }
    }
}

/// A path for the kernel; one with a NUL in it leads nowhere.
fn c_string(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}

fn allowed(path: &Path, access: Access) -> Result<(), Failure> {
    check_access(&c_string(path), access).map_err(|error| match access {
        Access::Write if error.kind() != io::ErrorKind::NotFound => {
            Failure::Unwritable((&error).into())
        }
        _ => lack_of(&error),
    })
}

fn lack_of(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Failure::Missing,
        _ => Failure::Denied(error.into()),
    }
}

fn kind(is: &Metadata) -> &'static str {
    let kind = is.file_type();
    if kind.is_dir() {
        "a directory"
    } else if kind.is_file() {
        "a regular file"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "neither a file nor a directory"
    }
}
