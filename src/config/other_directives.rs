//! Directives of other modules, as parsed by httpd. The rules of the preflight know their meaning for children.

use crate::messages::Place;
use std::ffi::OsString;
use std::path::Path;

/// A directive of another module.
#[derive(Debug, Clone)]
pub(crate) struct OtherDirective {
    /// Name, as httpd spells it.
    pub name: String,
    /// Words after the name.
    pub words: Vec<OsString>,
    /// Sections that contain it, as written, the outermost first (`<VirtualHost *:80>`).
    pub sections: Vec<String>,
    /// Place in the configuration.
    pub place: Place,
}

/// Directories that relative paths are relative to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BaseDirs<'a> {
    /// `ServerRoot`.
    pub server_root: &'a Path,
    /// `DefaultRuntimeDir`.
    pub runtime_dir: &'a Path,
}

/// The name that administrators use for a module: that of its source file, without the ending.
pub(crate) fn module_name(source: &str) -> &str {
    source.rsplit_once('.').map_or(source, |(name, _)| name)
}
