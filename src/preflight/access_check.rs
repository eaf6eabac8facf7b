//! Access checks of paths by a process that is inside, as children would use them.

use crate::jail::walk::on_host;
use crate::messages::Failure;
use crate::platform;
use crate::platform::{Access, check_access};
use crate::programs::{OpenedFile, Side};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// A path, and the reason for which its check failed.
pub(crate) type PathFailure = (PathBuf, Failure);

/// Files that are not in the jail yet, and that a start would create: configtest writes nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlannedFiles {
    /// Paths that will be links to the root.
    pub links: Vec<PathBuf>,
    /// Paths that will be copied, and whether children will be able to write there.
    pub copies: BTreeMap<PathBuf, bool>,
    /// Whether host names are looked up.
    pub look_up: bool,
    /// Whether the children look them up in threads.
    pub in_thread: bool,
    /// `PATH` for programs; the trial process has no environment.
    pub path: Option<OsString>,
    /// Whether the root directory is that of a view, which has folders of its own on the way to provided files.
    pub in_view: bool,
    /// Depth of the search of directories that are served.
    pub depth: SearchDepth,
}

/// Depth of the search of directories that are served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum SearchDepth {
    /// They are not searched.
    #[default]
    Nothing,
    /// Links and rights are examined.
    Links,
    /// Files are read too.
    Files,
}

/// A purpose for which a child uses a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    ReadFile,
    ReadFolder,
    Read,
    ReadWhole,
    WriteFile,
    MakeIn,
    Connect,
    Run,
}

impl PlannedFiles {
    /// Checks that `path` is, or will be, usable for the purpose.
    ///
    /// # Errors
    /// Returns an error if it is not.
    pub(crate) fn check(&self, path: &Path, purpose: Purpose) -> Result<(), PathFailure> {
        let writes = matches!(purpose, Purpose::WriteFile | Purpose::MakeIn | Purpose::Connect);
        if self.is_planned(path, writes) {
            return Ok(());
        }
        if self.in_view && purpose == Purpose::ReadWhole && is_on_the_way(path) {
            return Err((path.to_owned(), Failure::Missing));
        }
        let mut result = check_purpose(path, purpose);
        if let (Err(Failure::Missing), Some(inside)) = (&result, self.resolve_link(path)) {
            result = check_purpose(&inside, purpose);
            // The target of a link in the jail is only known once the planned link exists.
            if result.is_err() && has_link(&inside) {
                return Ok(());
            }
        }
        result.map_err(|failure| (path.to_owned(), failure))
    }

    /// Whether there will be something at `path` that is not there yet.
    pub(crate) fn will_exist(&self, path: &Path) -> bool {
        let linked = || self.resolve_link(path).is_some_and(|inside| inside.exists());
        self.is_planned(path, false) || linked()
    }

    fn is_planned(&self, path: &Path, to_write: bool) -> bool {
        let mut copies = path.ancestors().filter_map(|above| self.copies.get(above));
        copies.any(|is_writable| *is_writable || !to_write)
    }

    /// Present location of a path that will lead through a planned link.
    pub(crate) fn resolve_link(&self, path: &Path) -> Option<PathBuf> {
        let rest = self.links.iter().find_map(|link| path.strip_prefix(link).ok())?;
        Some(Path::new("/").join(rest))
    }
}

/// Files as a child sees them: one that it may not read is missing.
pub(crate) struct JailSide<'a>(pub &'a PlannedFiles);

impl Side for JailSide<'_> {
    type Refusal = Infallible;

    fn open(&self, path: &Path) -> Result<OpenedFile, Infallible> {
        if self.0.is_planned(path, false) {
            return Ok(OpenedFile::Promised);
        }
        let open = |path: &Path| {
            let file = platform::open_regular_file(&c_string(path)).ok()?;
            let at = on_host(path).map_or_else(|_| path.to_owned(), |found| found.at);
            Some(OpenedFile::File { at, file })
        };
        let found = open(path).or_else(|| open(&self.0.resolve_link(path)?));
        Ok(found.unwrap_or(OpenedFile::Nothing))
    }
}

/// Whether the path leads to a folder that the view has made, on the way to provided files.
fn is_on_the_way(path: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).map(|is| is.dev()).ok();
    path.is_dir() && device(path) == device(Path::new("/"))
}

/// Whether a component of the path is a symbolic link.
fn has_link(path: &Path) -> bool {
    path.ancestors().any(|part| fs::symlink_metadata(part).is_ok_and(|is| is.is_symlink()))
}

fn check_purpose(path: &Path, purpose: Purpose) -> Result<(), Failure> {
    let is = fs::metadata(path).map_err(|error| classify_error(&error))?;
    let wanted =
        |fits: bool| if fits { Ok(()) } else { Err(Failure::Kind(name_kind(&is).to_owned())) };
    match purpose {
        Purpose::ReadWhole => check_purpose(path, Purpose::Read),
        Purpose::Read if is.is_dir() => check_purpose(path, Purpose::ReadFolder),
        Purpose::Read => check_purpose(path, Purpose::ReadFile),
        Purpose::ReadFile => {
            wanted(is.is_file())?;
            platform::open_regular_file(&c_string(path))
                .map(drop)
                .map_err(|error| classify_error(&error))
        }
        Purpose::ReadFolder => {
            wanted(is.is_dir())?;
            fs::read_dir(path).map_err(|error| classify_error(&error))?;
            check_allowed(path, Access::Pass)
        }
        Purpose::WriteFile => {
            wanted(is.is_file())?;
            check_allowed(path, Access::Write)
        }
        Purpose::MakeIn => {
            wanted(is.is_dir())?;
            check_allowed(path, Access::Write)?;
            check_allowed(path, Access::Pass)
        }
        Purpose::Connect => {
            wanted(is.file_type().is_socket())?;
            check_allowed(path, Access::Write)
        }
        Purpose::Run => {
            wanted(is.is_file())?;
            check_allowed(path, Access::Pass)
        }
    }
}

/// Path for the kernel; empty if it contains a NUL.
fn c_string(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}

fn check_allowed(path: &Path, access: Access) -> Result<(), Failure> {
    check_access(&c_string(path), access).map_err(|error| match access {
        Access::Write if error.kind() != io::ErrorKind::NotFound => {
            Failure::Unwritable((&error).into())
        }
        _ => classify_error(&error),
    })
}

fn classify_error(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Failure::Missing,
        _ => Failure::Denied(error.into()),
    }
}

fn name_kind(is: &Metadata) -> &'static str {
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
