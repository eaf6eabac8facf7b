//! Directories of the system (`/usr/share/...`) that `Alias` and `ScriptAlias` serve: the configuration names
//! them, so children may read them.

use crate::config::exposes;
use crate::config::other_directives::OtherDirective;
use crate::httpd::pool::Pool;
use crate::httpd::{config_tree, server};
use crate::jail::walk::{on_host, to_directory};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Those that are root's alone and lie apart from the jail. Whether the server keeps something for
/// itself in them is asked when they are laid out.
pub(crate) fn read(jail: &Path, pool: Pool) -> Vec<PathBuf> {
    let written = config_tree::foreign(&["Alias", "ScriptAlias"], pool);
    let named = written.iter().filter_map(target).filter_map(|path| {
        let found = on_host(&path).ok()?;
        let is_whole = found.at.components().count() <= 2 || exposes(&found.at).is_some();
        let apart = [&found.at, &path]
            .into_iter()
            .all(|path| !jail.starts_with(path) && !path.starts_with(jail));
        let is_fit = !is_whole && apart && is_roots(&found.at);
        is_fit.then_some(path)
    });
    let mut all: Vec<_> = named.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The path that is served, if it is not made from the request. The name of a URL may be left out
/// within a `<Location>`.
fn target(written: &OtherDirective) -> Option<PathBuf> {
    let word: &OsStr = written.words.last()?;
    // Without a slash behind it.
    let path = server::server_root().join(word).components().collect();
    let is_fixed = !word.as_bytes().contains(&b'%') && word.as_bytes().starts_with(b"/");
    is_fixed.then_some(path)
}

/// Nobody but root can change which directory that is, nor, of a file, exchange it.
pub(super) fn is_roots(path: &Path) -> bool {
    let judged = to_directory(path).or_else(|_| to_directory(path.parent().unwrap_or(path)));
    judged.is_ok_and(|found| found.complaints.is_empty())
}
