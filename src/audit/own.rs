#![forbid(unsafe_code)]
//! What the server keeps for itself: whether its children could reach it.

use crate::fault::{Finding, What};
use crate::platform::{self, Identity};
use std::collections::HashMap;
use std::ffi::CString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A file of the server's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct OwnFile {
    /// The directive that names it, or what else it is.
    pub what: &'static str,
    /// Where it is, outside.
    pub path: PathBuf,
}

/// Those that lie in the jail by their own path, also if they do not exist yet; and, of the others,
/// which file each of them is, so that it is known again under another name.
pub(super) fn sort(jail: Identity, own: &[OwnFile]) -> (Vec<Finding>, HashMap<Identity, OwnFile>) {
    let (mut found, mut elsewhere) = (Vec::new(), HashMap::new());
    let mut seen: HashMap<&Path, bool> = HashMap::new();
    for file in own {
        let Some(parent) = file.path.parent() else { continue };
        let inside = *seen.entry(parent).or_insert_with(|| is_below(jail, parent).unwrap_or(false));
        if inside {
            found.push(Finding { path: file.path.clone(), what: What::Own(file.what) });
        } else if let Ok(inode) =
            c_string(&file.path).and_then(|path| platform::inode_of_path(&path))
        {
            elsewhere.insert(inode.identity, file.clone());
        }
    }
    (found, elsewhere)
}

/// Whether `directory` is the jail or below it, climbing from it by descriptor.
fn is_below(jail: Identity, directory: &Path) -> io::Result<bool> {
    let mut here = platform::open_path(&c_string(directory)?)?;
    let mut identity = platform::inode_of(here.as_fd())?.identity;
    while identity != jail {
        here = platform::open_directory_at(here.as_fd(), c"..")?;
        let above = platform::inode_of(here.as_fd())?.identity;
        if above == identity {
            return Ok(false);
        }
        identity = above;
    }
    Ok(true)
}

fn c_string(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}
