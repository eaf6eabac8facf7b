//! Files that the server keeps for itself, and whether its children could reach them.

use crate::jail::judge::can_write;
use crate::jail::run_as::RunAs;
use crate::jail::walk::{OpenedPath, on_host};
use crate::messages::{Finding, FindingKind, show_path};
use crate::platform;
use crate::platform::{FileFacts, Grantee, Identity, Support};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::{Path, PathBuf};

/// A file that the server keeps for itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct OwnFile {
    /// The directive that names it, or a description.
    pub directive: &'static str,
    /// Host path.
    pub path: PathBuf,
    /// Kind of the file, and by that the access that children must not have.
    pub kind: OwnKind,
}

impl OwnFile {
    /// Describes a key, for a message about a path that would expose it.
    pub(crate) fn describe_key(&self) -> String {
        format!("a key of this server (\"{}\", {})", show_path(&self.path), self.directive)
    }
}

/// Kind of a file that the server keeps for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OwnKind {
    /// A private key, or another secret.
    Key,
    /// A directory of private keys, which may have other files in it too.
    Keys,
    /// A certificate without a key in it.
    Certificate,
    /// A log.
    Log,
    /// A configuration file.
    Configuration,
    /// The file with the parent's process id.
    PidFile,
    /// Code that httpd loads as root at each start: children may read it, but not change it.
    Code,
}

/// Splits `own` into findings, which lie in the jail by their own path, even if they do not exist yet, and the identities of
/// the others, so that they are recognised under another name.
pub(super) fn split_by_place(
    jail: Identity,
    own: &[OwnFile],
    accounts: &[RunAs],
) -> (Vec<Finding>, BTreeMap<Identity, OwnFile>) {
    let (mut findings, mut others) = (Vec::new(), BTreeMap::new());
    let mut seen: BTreeMap<&Path, Option<bool>> = BTreeMap::new();
    // A module that writes to a directory of keys in children needs it where they can write.
    for file in own.iter().filter(|file| file.kind != OwnKind::Keys) {
        let Some(parent) = file.path.parent() else { continue };
        let inside = *seen
            .entry(parent)
            .or_insert_with(|| is_changeable_below(jail, parent, accounts).unwrap_or_default());
        if let Some(is_changeable) = inside {
            if file.kind != OwnKind::Code || is_changeable || can_change(&file.path, accounts) {
                findings.push(Finding {
                    path: file.path.clone(),
                    kind: FindingKind::Own(file.directive),
                });
            }
        } else if let Ok(found) = on_host(&file.path) {
            others.insert(found.facts.identity, file.clone());
        }
    }
    (findings, others)
}

/// Whether one of the accounts could write to the file at `path`, a path of the configuration.
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

/// Whether the children could write to `directory` or to a directory above it in the jail; `None` if it is not in the jail.
/// Climbs by descriptor.
fn is_changeable_below(
    jail: Identity,
    directory: &Path,
    accounts: &[RunAs],
) -> io::Result<Option<bool>> {
    let Ok(OpenedPath { file: mut here, facts, .. }) = on_host(directory) else { return Ok(None) };
    let mut identity = facts.identity;
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
