//! What the server keeps for itself: whether its children could reach it.

use crate::jail::judge::can_write;
use crate::jail::run_as::RunAs;
use crate::jail::walk::on_host;
use crate::messages::{Finding, FindingKind, shown};
use crate::platform;
use crate::platform::{FileFacts, Grantee, Identity, Support};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A file of the server's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct OwnFile {
    /// The directive that names it, or what else it is.
    pub what: &'static str,
    /// Where it is, outside.
    pub path: PathBuf,
    /// What children may not do with it.
    pub kind: OwnKind,
}

impl OwnFile {
    /// What would come within reach with it, if it is a key.
    pub(crate) fn as_key(&self) -> String {
        format!("a key of this server (\"{}\", {})", shown(&self.path), self.what)
    }
}

/// What a file of the server's is to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OwnKind {
    /// A private key, or another secret.
    Key,
    /// A directory of private keys, in which other things may lie as well.
    Keys,
    /// A certificate without a key in it.
    Certificate,
    /// A log.
    Log,
    /// A configuration file.
    Configuration,
    /// The file with the parent's number.
    PidFile,
    /// What httpd loads as root at each start: children may read it, but not change it.
    Code,
}

/// Those that lie in the jail by their own path, also if they do not exist yet; and, of the others,
/// which file each of them is, so that it is known again under another name.
pub(super) fn sort(
    jail: Identity,
    own: &[OwnFile],
    accounts: &[RunAs],
) -> (Vec<Finding>, BTreeMap<Identity, OwnFile>) {
    let (mut found, mut elsewhere) = (Vec::new(), BTreeMap::new());
    let mut seen: BTreeMap<&Path, Option<bool>> = BTreeMap::new();
    // A directory of keys that a module writes to in children lies where they can write.
    for file in own.iter().filter(|file| file.kind != OwnKind::Keys) {
        let Some(parent) = file.path.parent() else { continue };
        let inside =
            *seen.entry(parent).or_insert_with(|| below(jail, parent, accounts).ok().flatten());
        if let Some(is_changeable) = inside {
            if file.kind != OwnKind::Code || is_changeable || can_change(&file.path, accounts) {
                found.push(Finding { path: file.path.clone(), what: FindingKind::Own(file.what) });
            }
        } else if let Ok(inode) =
            c_string(&file.path).and_then(|path| platform::read_path_inode(&path))
        {
            elsewhere.insert(inode.identity, file.clone());
        }
    }
    (found, elsewhere)
}

/// Whether one of the accounts could write to the file at `path`, which is the administrator's.
fn can_change(path: &Path, accounts: &[RunAs]) -> bool {
    on_host(path).is_ok_and(|found| is_writable(found.file.as_fd(), accounts))
}

/// Whether one of the accounts could write to `file`: its owner can always give itself the right.
pub(crate) fn is_writable(file: BorrowedFd<'_>, accounts: &[RunAs]) -> bool {
    let Ok(facts) = platform::read_facts(file.as_raw_fd()) else { return true };
    match platform::read_acl_writers(file) {
        _ if accounts.iter().any(|account| facts.owner == account.user) => true,
        Ok(Support::Available(list)) => any_can_write(facts, &list, accounts),
        Ok(Support::Unsupported) => any_can_write(facts, &[], accounts),
        Err(_) => true,
    }
}

fn any_can_write(facts: FileFacts, list: &[Grantee], accounts: &[RunAs]) -> bool {
    accounts.iter().any(|account| can_write(facts, list, account))
}

/// If `directory` is the jail or below it, whether the children could write to it or to one above it
/// in the jail; `None` if it is elsewhere. Climbs from it by descriptor.
fn below(jail: Identity, directory: &Path, accounts: &[RunAs]) -> io::Result<Option<bool>> {
    let mut here = platform::open_directory(&c_string(directory)?)?;
    let mut identity = platform::read_inode(here.as_fd())?.identity;
    let mut is_changeable = is_writable(here.as_fd(), accounts);
    while identity != jail {
        here = platform::open_directory_at(here.as_fd(), c"..")?;
        let above = platform::read_inode(here.as_fd())?.identity;
        if above == identity {
            return Ok(None);
        }
        is_changeable |= is_writable(here.as_fd(), accounts);
        identity = above;
    }
    Ok(Some(is_changeable))
}

fn c_string(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}
