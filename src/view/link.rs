#![forbid(unsafe_code)]
//! The self-link: `<jail>/srv/www -> /`, so that `/srv/www/htdocs` means `/htdocs` inside.

use crate::jail::Jail;
use crate::platform::{self, Kind, UserId};
use std::ffi::CStr;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Component, PathBuf};

/// What the link says.
pub(super) const TARGET: &CStr = c"/";

/// Where the jail is found outside, each place once: its real one, and the one that is written if
/// symbolic links lie between the two.
pub(super) fn host_paths(jail: &Jail) -> Vec<PathBuf> {
    let mut paths = vec![jail.at().to_owned()];
    let written = jail.written().as_path();
    let is_plain = !written.components().any(|part| part == Component::ParentDir);
    let clean: PathBuf = written.components().collect();
    if is_plain && !paths.contains(&clean) {
        paths.push(clean);
    }
    paths
}

/// Whether `name` in `folder` is a link of root's to the root directory, whoever made it.
///
/// # Errors
/// The failing call's `errno`.
pub(super) fn leads_to_root(folder: BorrowedFd<'_>, name: &CStr) -> io::Result<bool> {
    let facts = platform::facts_at(folder, name)?;
    if facts.kind != Kind::Link || facts.owner != UserId(0) {
        return Ok(false);
    }
    let target = platform::read_link_at(folder, name)?;
    Ok(target.starts_with(b"/") && target.iter().all(|byte| matches!(byte, b'/' | b'.')))
}
