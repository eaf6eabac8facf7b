//! Directories at the host's top level, and symbolic links by which the host itself gives its folders other names, such as
//! `/var/run` for `/run` and `/bin` for `/usr/bin`. A path that leads through such a link is valid inside as well, if its
//! target is shown.

use crate::jail::walk::{SymbolicLink, on_host};
use crate::messages::ViewFault;
use crate::path::joined;
use crate::platform;
use crate::platform::{FileKind, Ownership, UserId};
use crate::view::mounts::source::to_ownership;
use std::ffi::CString;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

/// Folders in which the host has such links.
const FOLDERS: [&str; 2] = ["/", "/var"];

/// Folder of the links by which Debian chooses among programs. Links to them and from them are part of a path.
pub(crate) const ALTERNATIVES: &str = "/etc/alternatives";

/// Lists the links of root's in [`FOLDERS`], each with the real path that it leads to.
pub(crate) fn list_host_links() -> Vec<(SymbolicLink, PathBuf)> {
    FOLDERS.iter().flat_map(|folder| list_links_in(Path::new(folder))).collect()
}

fn list_links_in(path: &Path) -> Vec<(SymbolicLink, PathBuf)> {
    let Ok(folder) = on_host(path) else { return Vec::new() };
    let names = platform::list_names(folder.file.as_fd()).unwrap_or_default();
    let find = |name: CString| {
        // From memory: a file system that is mounted there may not answer.
        let (facts, _) = platform::recall_facts_at(folder.file.as_fd(), &name).ok()?;
        if facts.kind != FileKind::Link || facts.owner != UserId(0) {
            return None;
        }
        let at = folder.at.join(joined([&name]).strip_prefix("/").ok()?);
        let target = platform::read_link_at(folder.file.as_fd(), &name).ok()?;
        let real = on_host(&at).ok()?.at;
        Some((SymbolicLink { at, target, facts }, real))
    };
    names.into_iter().filter_map(find).collect()
}

/// Lists the directories at the host's `/`, links to directories among them, each with its ownership. A file system that is mounted on
/// one is not asked: it may not answer.
///
/// # Errors
/// Returns an error if the directory cannot be read.
pub(crate) fn list_host_dirs() -> Result<Vec<(CString, Ownership)>, ViewFault> {
    let read = |error| ViewFault::Read("/".into(), error);
    let root = on_host(Path::new("/"))?;
    let names = platform::list_names(root.file.as_fd()).map_err(read)?;
    let find = |name: CString| {
        let (mut facts, _) = platform::recall_facts_at(root.file.as_fd(), &name).ok()?;
        if facts.kind == FileKind::Link {
            facts = on_host(&joined([&name])).ok()?.facts;
        }
        (facts.kind == FileKind::Directory).then(|| (name, to_ownership(facts)))
    };
    Ok(names.into_iter().filter_map(find).collect())
}
