//! Files that the server keeps for itself, and files that no jail should have, recognised by the identity of the file and of the
//! folders that contain it, not by their names.
//!
//! A folder shows the files in it; so does another name of the folder, a mount of it, a folder in which it is mounted,
//! and a folder with a hard link to the file.

use crate::audit;
use crate::audit::{OwnFile, OwnKind};
use crate::config::{exposed, exposes};
use crate::jail::run_as::RunAs;
use crate::jail::walk::{OpenedPath, WalkSeries, on_host};
use crate::messages::ContainedOwnFile;
use crate::platform;
use crate::platform::{
    Attempt, AttemptEnd, AttemptOutput, FileKind, Identity, InodeKind, SingleThread,
};
use crate::view::mounts::mountinfo::{Mount, Mounts};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// All of these files, at this moment.
#[derive(Debug)]
pub(crate) struct Secrets<'a> {
    mounts: Mounts,
    run_as: &'a RunAs,
    own: Vec<Secret<'a>>,
    /// Numbers of the files by their own identity and by those of the folders that contain them.
    inside: BTreeMap<Identity, Vec<usize>>,
    /// Numbers of the keys by the identities of the folders in their names.
    named: BTreeMap<Identity, Vec<usize>>,
    /// Folders that show too much as a whole, each with a description of its contents.
    host: Vec<(Identity, &'static str)>,
    /// Devices that have one of these folders or files.
    devices: BTreeSet<String>,
}

/// One of the server's files.
#[derive(Debug)]
struct Secret<'a> {
    own: &'a OwnFile,
    /// Its identity; `None` if it does not exist yet.
    file: Option<Identity>,
    /// Whether it may have another name by a hard link.
    is_linked: bool,
    /// Folders that really contain it.
    above: Rc<[Identity]>,
    /// Folders in its name, if it is a key.
    named: Vec<Identity>,
}

/// Folders that were looked at: many files are in one.
#[derive(Default)]
struct KnownFolders {
    walks: WalkSeries,
    /// All folders above each, and it itself.
    above: BTreeMap<PathBuf, Rc<[Identity]>>,
}

/// Time limit of the search for a hard link.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);

/// Limit of depth: a tree that an attacker made deep would use up all descriptors.
const DEEPEST: usize = 256;

impl<'a> Secrets<'a> {
    /// Finds the identities of all files of `own`; `run_as` is the user of the children.
    pub(crate) fn find(own: &'a [OwnFile], run_as: &'a RunAs) -> Self {
        let mounts = Mounts::read();
        let mut known = KnownFolders::default();
        let own: Vec<_> = own.iter().map(|own| Secret::find(own, &mounts, &mut known)).collect();
        let identity = |path| on_host(path).ok().map(|found| found.facts.identity);
        let host: Vec<_> =
            exposed().filter_map(|(path, what)| Some((identity(path)?, what))).collect();
        let (mut inside, mut named) = (BTreeMap::new(), BTreeMap::new());
        for (number, secret) in own.iter().enumerate() {
            index_keys(&mut inside, secret.above.iter().chain(&secret.file), number);
            index_keys(&mut named, secret.named.iter(), number);
        }
        let known = host.iter().map(|(identity, _)| identity).chain(inside.keys());
        let devices = known.map(|identity| identity.format_device()).collect();
        Self { mounts, run_as, own, inside, named, host, devices }
    }

    /// Lists the mounts below `found`, which has some only if it is a directory.
    fn list_mounts_in<'b>(&'b self, found: &'b OpenedPath) -> impl Iterator<Item = &'b Mount> {
        let is_directory = found.facts.kind == FileKind::Directory;
        is_directory.then(|| self.mounts.below(&found.at)).into_iter().flatten()
    }

    /// Lists the root directories of mounts below `found` that may contain one of the files.
    fn list_mounted_in<'b>(&'b self, found: &'b OpenedPath) -> impl Iterator<Item = Identity> + 'b {
        let mounts = self.list_mounts_in(found).filter(|mount| mount.may_hold(&self.devices));
        let identity = |place: &Path| on_host(place).ok().map(|found| found.facts.identity);
        mounts.filter_map(move |mount| identity(&mount.place))
    }

    /// Describes files of the host that `found` would show and that no jail should have.
    pub(crate) fn find_exposed(&self, found: &OpenedPath) -> Option<&'static str> {
        if let Some(what) = exposes(&found.at) {
            return Some(what);
        }
        let known = |identity| self.host.iter().find(|(host, _)| *host == identity);
        let here = [found.facts.identity].into_iter().chain(self.list_mounted_in(found));
        let kinds = self.list_mounts_in(found).map(|mount| mount.kind.clone());
        // A socket beside the host's devices, such as `/dev/log`, is none of them.
        let is_socket = || {
            platform::read_inode(found.file.as_fd())
                .is_ok_and(|inode| inode.sort == InodeKind::Socket)
        };
        let own = platform::read_file_system(found.file.as_fd()).ok();
        let own = own.filter(|kind| !(matches!(&**kind, "devtmpfs" | "devfs") && is_socket()));
        let kinds = own.into_iter().chain(kinds);
        here.filter_map(known)
            .map(|(_, what)| *what)
            .next()
            .or_else(|| kinds.filter_map(|kind| describe_kernel_files(&kind)).next())
    }

    /// Finds the server's own files that `found` would show, keys first. If it `is_named`, a folder counts as showing also the keys
    /// whose names lead through it. Code counts if it is `writable`.
    pub(crate) fn find_shown(
        &self,
        found: &OpenedPath,
        is_named: bool,
        writable: bool,
    ) -> Vec<&OwnFile> {
        let here: Vec<_> = self.list_mounted_in(found).chain([found.facts.identity]).collect();
        let linked = self.find_linked_into(found);
        let inside = here.iter().chain(&linked).filter_map(|it| self.inside.get(it));
        let named = here.iter().filter_map(|it| self.named.get(it)).filter(|_| is_named);
        let mut numbers: BTreeSet<usize> = inside.chain(named).flatten().copied().collect();
        let contains = |(_, secret): &(usize, &Secret<'_>)| secret.contains(found);
        let of_stores = self.own.iter().enumerate().filter(contains);
        numbers.extend(of_stores.map(|(number, _)| number));
        let counts = |secret: &&Secret<'_>| match secret.own.kind {
            OwnKind::Certificate => false,
            OwnKind::Code => writable && secret.is_changeable(self.run_as),
            _ => true,
        };
        let all = numbers.into_iter().filter_map(|number| self.own.get(number));
        let mut all: Vec<_> = all.filter(counts).collect();
        all.sort_by_key(|secret| !secret.is_key());
        all.into_iter().map(|secret| secret.own).collect()
    }

    /// Finds files that have a hard link in the directory `found`. Only files with several names are searched for, in a
    /// process of its own, because the directory may be large, or its disk may not answer.
    fn find_linked_into(&self, found: &OpenedPath) -> BTreeSet<Identity> {
        let is_sought = |secret: &&Secret<'_>| {
            secret.is_linked && matches!(secret.own.kind, OwnKind::Key | OwnKind::Log)
        };
        let files = self.own.iter().filter(is_sought).filter_map(|secret| secret.file);
        let files: Vec<_> = files.filter(|file| file.shares_device(found.facts.identity)).collect();
        if files.is_empty() || found.facts.kind != FileKind::Directory {
            return BTreeSet::new();
        }
        let look = |out: &mut dyn Write| find_links_in(found.file.as_fd(), &files, DEEPEST, out);
        let attempt = SingleThread::check().and_then(|alone| {
            Attempt::new(alone, PATIENCE).keep_open(found.file.as_fd()).run(look)
        });
        match attempt {
            Ok(AttemptOutput { bytes, end: AttemptEnd::Done }) => {
                let numbers = String::from_utf8_lossy(&bytes).into_owned();
                let numbers = numbers.lines().filter_map(|line| line.parse::<usize>().ok());
                numbers.filter_map(|number| files.get(number).copied()).collect()
            }
            // A directory that was not searched to its end may hold all of them.
            _ => files.into_iter().collect(),
        }
    }
}

/// Writes the number of each of `files` that is in the directory `folder` or below it.
///
/// # Errors
/// Returns an error if a file or directory cannot be read.
fn find_links_in(
    folder: BorrowedFd<'_>,
    files: &[Identity],
    depth: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let here = platform::read_inode(folder)?.identity;
    for name in platform::list_names(folder)? {
        let inode = platform::read_inode_at(folder, &name)?;
        if let Some(number) = files.iter().position(|file| *file == inode.identity) {
            writeln!(out, "{number}")?;
        }
        if inode.sort == InodeKind::Directory && inode.identity.shares_device(here) {
            let below = depth.checked_sub(1).ok_or(io::ErrorKind::InvalidInput)?;
            find_links_in(platform::open_directory_at(folder, &name)?.as_fd(), files, below, out)?;
        }
    }
    Ok(())
}

fn index_keys<'a>(
    index: &mut BTreeMap<Identity, Vec<usize>>,
    keys: impl Iterator<Item = &'a Identity>,
    number: usize,
) {
    keys.for_each(|key| index.entry(*key).or_default().push(number));
}

impl<'a> Secret<'a> {
    fn find(own: &'a OwnFile, mounts: &Mounts, folders: &mut KnownFolders) -> Self {
        let Ok((found, passed_dirs)) = folders.walks.walk(&own.path) else {
            // It will be made there.
            let folder = own.path.parent().and_then(|parent| folders.walks.walk(parent).ok());
            let above = folder.map(|(folder, _)| list_ancestors(&folder.at, mounts, folders));
            let (above, named) = (above.unwrap_or_default(), Vec::new());
            return Self { own, file: None, is_linked: false, named, above };
        };
        let is_linked = platform::read_inode(found.file.as_fd())
            .is_ok_and(|inode| inode.sort == InodeKind::File && inode.links > 1);
        let parent = found.at.parent().unwrap_or(Path::new("/"));
        let above = list_ancestors(parent, mounts, folders);
        let mut secret =
            Self { own, file: Some(found.facts.identity), is_linked, above, named: Vec::new() };
        if secret.is_key() {
            secret.named = passed_dirs.iter().map(|passed| passed.facts.identity).collect();
        }
        secret
    }

    fn is_key(&self) -> bool {
        matches!(self.own.kind, OwnKind::Key | OwnKind::Keys)
    }

    /// Whether it is a folder of keys and `found` lies in it, except for the files of mod_md that children need.
    fn contains(&self, found: &OpenedPath) -> bool {
        const OPEN: [&str; 2] = ["challenges", "ocsp"];
        if self.own.kind != OwnKind::Keys {
            return false;
        }
        let mut passed_dirs = found.at.ancestors().skip(1);
        let holds = |above: &&Path| {
            self.file.is_some() && on_host(above).ok().map(|it| it.facts.identity) == self.file
        };
        let Some(store) = passed_dirs.find(holds) else { return false };
        let first = found.at.strip_prefix(store).ok().and_then(|rest| rest.iter().next());
        !first.is_some_and(|first| OPEN.iter().any(|open| first == *open))
    }

    /// Whether the children could write to it on a writable mount.
    fn is_changeable(&self, run_as: &RunAs) -> bool {
        let folder = self.own.path.parent();
        [Some(&*self.own.path), folder].into_iter().flatten().any(|path| {
            on_host(path).is_ok_and(|found| {
                audit::is_writable(found.file.as_fd(), std::slice::from_ref(run_as))
            })
        })
    }
}

/// Lists `folder`, which has no symbolic link in its path, and the folders above it, by all of its names.
fn list_ancestors(folder: &Path, mounts: &Mounts, known: &mut KnownFolders) -> Rc<[Identity]> {
    if let Some(known) = known.above.get(folder) {
        return Rc::clone(known);
    }
    let walks = &mut known.walks;
    let mut identity = |path: &Path| walks.walk(path).ok().map(|(found, _)| found.facts.identity);
    let this = identity(folder);
    let others = mounts.other_names(folder).into_iter().filter(|name| identity(name) == this);
    let names: Vec<_> = others.chain([folder.to_owned()]).collect();
    let all: BTreeSet<_> =
        names.iter().flat_map(|name| name.ancestors()).filter_map(identity).collect();
    let all: Rc<[Identity]> = all.into_iter().collect();
    known.above.insert(folder.to_owned(), Rc::clone(&all));
    all
}

/// Describes a file system that the kernel generates; no part of one is harmless.
fn describe_kernel_files(kind: &str) -> Option<&'static str> {
    match kind {
        "proc" | "procfs" | "linprocfs" => Some("the processes outside"),
        "sysfs" | "linsysfs" | "debugfs" | "tracefs" | "securityfs" | "configfs" | "cgroup"
        | "cgroup2" | "bpf" | "efivarfs" | "pstore" | "selinuxfs" | "kernfs" => {
            Some("the kernel's settings")
        }
        "devfs" | "devtmpfs" => Some("the host's devices"),
        _ => None,
    }
}

/// Describes the first of `all` and the number of the others, for a message.
pub(crate) fn describe_own_files(all: &[&OwnFile]) -> Option<ContainedOwnFile> {
    let first = all.first()?;
    Some(ContainedOwnFile {
        path: first.path.clone(),
        directive: first.directive,
        more: all.len() - 1,
    })
}
