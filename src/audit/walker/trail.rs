//! The way from the jail to a directory, shared with the ways to all that is below it: a path is
//! put together only for what is told.

use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One directory on the way.
#[derive(Debug)]
pub(super) struct DirTrail {
    above: Option<Arc<DirTrail>>,
    name: CString,
    depth: usize,
}

impl DirTrail {
    /// The jail.
    pub(super) fn root() -> Self {
        Self { above: None, name: CString::default(), depth: 0 }
    }

    /// A directory in this one.
    pub(super) fn child(self: &Arc<Self>, name: &CStr) -> Arc<Self> {
        Arc::new(Self { above: Some(Arc::clone(self)), name: name.into(), depth: self.depth + 1 })
    }

    /// How many directories below the jail.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The path of `name` in this directory, seen from outside, the jail being at `jail`.
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
