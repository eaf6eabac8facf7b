//! Directives of other modules, as they are written. What they mean for children is told by the
//! rules of the preflight.

use crate::messages::Place;
use std::ffi::OsString;
use std::path::Path;

/// A directive of another module, as it is written.
#[derive(Debug, Clone)]
pub(crate) struct OtherDirective {
    /// Its name, as httpd spells it.
    pub name: String,
    /// Its words.
    pub words: Vec<OsString>,
    /// The sections it stands in, as written, the outermost first (`<VirtualHost *:80>`).
    pub sections: Vec<String>,
    /// Where it is written.
    pub place: Place,
}

/// What relative paths are relative to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BaseDirs<'a> {
    /// `ServerRoot`.
    pub server_root: &'a Path,
    /// `DefaultRuntimeDir`.
    pub runtime_dir: &'a Path,
}

/// The name that an administrator knows a module by: that of its source file, without the ending.
pub(crate) fn module_name(source: &str) -> &str {
    source.rsplit_once('.').map_or(source, |(name, _)| name)
}
