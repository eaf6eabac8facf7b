//! The private directories of the children, for temporary files and for shared memory: each is a tmpfs that a restart does
//! not empty. Another jail or user gets other ones.
//!
//! The parent keeps only its mounts over a restart, so the directory is recognised by facts that only root can have set: a tmpfs
//! of root's, mounted at the place of the earlier view, with a source that names jail and user.

use crate::config::set_catalogue::SHARED_MEMORY;
use crate::jail::walk::{OpenedPath, on_host};
use crate::platform;
use crate::platform::{FileFacts, FileKind, Identity, MountLimits, MountNamespace, UserId};
use crate::view::mounts::mount_point::MOUNT_POINT;
use crate::view::mounts::mountinfo::{Mount, Mounts, read_mount_id};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Owner of a temporary directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner<'a> {
    /// User of the children.
    pub user: UserId,
    /// The jail, as configured.
    pub jail: &'a Path,
}

/// A private directory. Each is one file system, at whatever places of the view it is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PrivateDir {
    /// For temporary files.
    Temporary,
    /// For shared memory and semaphores (`shm_overview(7)`, `sem_overview(7)`).
    SharedMemory,
}

impl PrivateDir {
    /// The directory that belongs at `path`.
    pub(crate) fn for_path(path: &Path) -> Self {
        if path.starts_with(SHARED_MEMORY) { Self::SharedMemory } else { Self::Temporary }
    }

    /// Its name in the mount table, without the owner.
    fn name(self) -> &'static str {
        match self {
            Self::Temporary => "mod_chroot-tmp",
            Self::SharedMemory => "mod_chroot-shm",
        }
    }

    /// Its places in an earlier view.
    fn places(self) -> &'static [&'static str] {
        match self {
            Self::Temporary => &["/run/mod_chroot/tmp", "/run/mod_chroot/var/tmp"],
            Self::SharedMemory => &["/run/mod_chroot/dev/shm"],
        }
    }
}

/// Mode: everybody can create files in it, and remove their own.
const MODE: u32 = 0o1777;

/// Divisor of the memory limit of the service that gives the size of a private directory.
const LIMIT_PARTS: u64 = 4;

/// Minimum size in bytes: tmpfs takes 0 as no limit.
const LEAST_SIZE: u64 = 1 << 20;

const TEMPORARY: MountLimits =
    MountLimits { writing: false, devices: true, setuid: true, executing: false };

/// Creates an empty one.
///
/// # Errors
/// Returns the `errno` of the failing call.
pub(crate) fn create_private(
    namespace: &MountNamespace,
    directory: PrivateDir,
    owner: Owner<'_>,
) -> io::Result<OwnedFd> {
    let source = CString::new(compose_source(directory, owner))?;
    // A file that does not fit is an error of one request; memory that is used up would end the server.
    let size = match namespace.read_memory_limit() {
        Some(limit) => (limit / LIMIT_PARTS).max(LEAST_SIZE).to_string(),
        None => "50%".to_owned(),
    };
    let size = CString::new(size)?;
    let options = [(c"source", &*source), (c"mode", c"1777"), (c"size", &*size)];
    let mount = namespace.create_tmpfs(&options)?;
    namespace.restrict_mount(mount.as_fd(), TEMPORARY, false)?;
    Ok(mount)
}

/// Finds those of the earlier view that have the same owner, and sets their limits again.
///
/// # Errors
/// Returns the `errno` of the failing call.
pub(crate) fn find_earlier(
    namespace: &MountNamespace,
    owner: Owner<'_>,
) -> io::Result<BTreeMap<PrivateDir, OwnedFd>> {
    let mounts = Mounts::read();
    let mut found = BTreeMap::new();
    for directory in [PrivateDir::Temporary, PrivateDir::SharedMemory] {
        let earlier = copy_earlier(namespace, &mounts, directory, owner)?;
        found.extend(earlier.map(|mount| (directory, mount)));
    }
    Ok(found)
}

fn copy_earlier(
    namespace: &MountNamespace,
    mounts: &Mounts,
    directory: PrivateDir,
    owner: Owner<'_>,
) -> io::Result<Option<OwnedFd>> {
    let Some((_, found)) = open_mounted(mounts, directory, owner) else { return Ok(None) };
    // Without the mounts in it: they belong to the earlier view.
    let again = namespace.copy_writable(found.file.as_fd())?;
    namespace.restrict_mount(again.as_fd(), TEMPORARY, true)?;
    Ok(Some(again))
}

/// Opens the private directory of `owner` in the view of this process's namespace, and finds its place.
fn open_mounted(
    mounts: &Mounts,
    directory: PrivateDir,
    owner: Owner<'_>,
) -> Option<(&'static str, OpenedPath)> {
    let source = compose_source(directory, owner);
    let open_at = |place: &&'static str| {
        let may_be = |mount: &&Mount| {
            mount.source == source && mount.kind == "tmpfs" && mount.place == Path::new(place)
        };
        let open = |mount: &Mount| on_host(&mount.place).ok().filter(|found| is_ours(found, mount));
        Some((*place, mounts.iter().filter(may_be).find_map(open)?))
    };
    directory.places().iter().find_map(open_at)
}

/// Finds the private directory of `owner` in the view of this process's namespace: its path inside, and its identity.
pub(crate) fn find_mounted(directory: PrivateDir, owner: Owner<'_>) -> Option<(PathBuf, Identity)> {
    let (place, found) = open_mounted(&Mounts::read(), directory, owner)?;
    let inside = Path::new(place).strip_prefix(MOUNT_POINT.to_str().ok()?).ok()?;
    Some((Path::new("/").join(inside), found.facts.identity))
}

/// Whether `found` is the root directory of `mount`, with the owner and mode that it was created with. Only root could have changed
/// them.
fn is_ours(found: &OpenedPath, mount: &Mount) -> bool {
    found.at == mount.place
        && mount.root == Path::new("/")
        && is_private_root(found.facts)
        && read_mount_id(found.file.as_fd()) == Some(mount.id)
        && platform::read_file_system(found.file.as_fd()).is_ok_and(|kind| kind == "tmpfs")
}

/// Whether a directory with these `facts` may be the root of a private one.
pub(crate) fn is_private_root(facts: FileFacts) -> bool {
    facts.kind == FileKind::Directory && (facts.owner, facts.mode) == (UserId(0), MODE)
}

/// Composes the name in the mount table. It has at most 255 bytes, so a number stands for the jail.
fn compose_source(directory: PrivateDir, Owner { user, jail }: Owner<'_>) -> String {
    // FNV-1a: the same in every build, so that an upgrade of the module keeps the directory.
    let mix = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let number = jail.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, mix);
    format!("{}:{}:{number:016x}", directory.name(), user.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jail_and_a_user_have_a_name_of_their_own() {
        let name = |user, jail: &str| {
            let owner = Owner { user: UserId(user), jail: Path::new(jail) };
            compose_source(PrivateDir::Temporary, owner)
        };
        assert_eq!(name(33, "/srv/www"), name(33, "/srv/www"));
        let all =
            [name(33, "/srv/www"), name(34, "/srv/www"), name(33, "/srv/www2"), name(33, "/srv")];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{all:?}");
        assert!(name(u32::MAX, &"/x".repeat(2000)).len() < 256);
    }
}
