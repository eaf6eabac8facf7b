//! Facts of the host by which a verdict is found and a remedy is chosen.

use crate::view::HostPathMode;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Facts by which failures are judged.
pub(crate) struct VerdictInput<'a> {
    /// Mode that keeps host paths valid.
    pub mode: HostPathMode,
    /// The user of the children.
    pub uid: u32,
    /// Requirements whose host names are known outside.
    pub known_outside: &'a BTreeSet<usize>,
    /// Programs and libraries of the host.
    pub programs: &'a dyn Provider,
}

/// Programs and libraries of the host, as far as they may be provided.
pub(crate) trait Provider {
    /// Whether the host has something at the path.
    fn exists(&self, path: &Path) -> bool;

    /// Path for `program:`, from the path or the name of a program.
    ///
    /// # Errors
    /// Returns an error with the reason for which it would be refused, and the fix.
    fn find_program(&self, named: &Path) -> Result<PathBuf, String>;

    /// Paths that provide a loader and the libraries that it would load; `None` if it is not the loader of this
    /// system, or does not find them.
    fn find_libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>>;

    /// Whether the path leads to a regular file.
    fn is_file(&self, path: &Path) -> bool;

    /// Whether the symbolic link at `path` leads to `target`, and root alone has chosen that: it can change each link on the
    /// way.
    fn is_roots_link(&self, path: &Path, target: &Path) -> bool;

    /// Whether root alone can write the file at `path`, which is outside of the jail.
    fn is_roots_file(&self, path: &Path) -> bool;

    /// Whether root alone can write the script at `path`, in the jail or outside.
    fn is_roots_script(&self, path: &Path) -> bool;
}
