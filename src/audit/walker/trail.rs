//! Position of a directory in the jail, which shares memory with those of its subdirectories. A path is composed only for a
//! message.

use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Position of one directory.
#[derive(Debug)]
pub(super) struct DirTrail {
    above: Option<Arc<DirTrail>>,
    name: CString,
    depth: usize,
}

impl DirTrail {
    /// Position of the jail.
    pub(super) fn root() -> Self {
        Self { above: None, name: CString::default(), depth: 0 }
    }

    /// Position of a directory in this one.
    pub(super) fn child(self: &Arc<Self>, name: &CStr) -> Arc<Self> {
        Arc::new(Self { above: Some(Arc::clone(self)), name: name.into(), depth: self.depth + 1 })
    }

    /// Number of directories between the jail and this one.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Host path of `name` in this directory, in the jail at `jail`.
    pub(super) fn path(&self, jail: &Path, name: &CStr) -> PathBuf {
        let upwards = std::iter::successors(Some(self), |trail| trail.above.as_deref());
        let mut names: Vec<&CStr> = upwards.map(|trail| trail.name.as_c_str()).collect();
        // The jail itself has no name.
        names.pop();
        names.reverse();
        if name != c"." {
            names.push(name);
        }
        let mut path = jail.to_owned();
        path.extend(names.into_iter().map(|name| OsStr::from_bytes(name.to_bytes())));
        path
    }
}
