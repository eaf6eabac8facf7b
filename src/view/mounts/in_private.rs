//! Files and directories of the host's that are shown in a private directory of the view, each at its own path.
//!
//! Children can write to a private directory. So each of these is mounted on a file or directory of root's in it, which
//! nobody else can rename or remove, because the private directory is sticky. A file that a child has put in the place is moved
//! aside, and is not opened. Each step is by descriptor, and follows no link.

use crate::config::set_catalogue::{SHARED_MEMORY, TMP};
use crate::jail::walk::walk_inside;
use crate::path::InsidePath;
use crate::platform;
use crate::platform::{
    GroupId, Identity, InodeKind, MadeDirectory, MadeFile, MountNamespace, OpenDirectory,
    Ownership, UserId,
};
use crate::view::mounts::builder::Builder;
use crate::view::mounts::change::{ChangeKind, is_same};
use crate::view::mounts::private_place::{PlaceContent, PrivatePlace};
use crate::view::mounts::private_tmp::is_private_root;
use crate::view::mounts::source::HeldFile;
use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

/// Number of attempts to make a place while children put other files there.
const MOST_TRIES: usize = 5;

/// Modes of the files and directories that are mounted on. A connection to such a file is refused, and a client tries again.
const SOCKET_MODE: u32 = 0o666;
const FILE_MODE: u32 = 0o444;
const DIRECTORY_MODE: u32 = 0o755;

impl PrivatePlace {
    /// Shows the content at the place, in the view whose root is `root`, unless it is there already.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`, or if children keep putting other files in the place.
    pub(crate) fn show_content(
        &self,
        builder: &Builder<'_>,
        root: BorrowedFd<'_>,
    ) -> io::Result<Option<ChangeKind>> {
        let namespace = builder.namespace;
        let Some(folder) = self.open_folder(namespace, root)? else { return Ok(None) };
        let spot = Spot::new(namespace, folder.as_fd(), &self.name)?;
        match &self.content {
            PlaceContent::Host(held) => spot.show(builder, held, (root, &self.path)),
            PlaceContent::Nothing => spot.clear(),
            PlaceContent::Late => match spot.open()? {
                Some(file) if spot.is_mounted(file.as_fd())? => Ok(None),
                _ => spot.reserve(InodeKind::File, SOCKET_MODE).map(|_| None),
            },
        }
    }

    /// Opens the folder of the place, and makes it if it is needed.
    fn open_folder(
        &self,
        namespace: &MountNamespace,
        root: BorrowedFd<'_>,
    ) -> io::Result<Option<OwnedFd>> {
        let mut folder = open_private(root, &self.directory)?;
        for (name, ownership) in &self.folders {
            let spot = Spot::new(namespace, folder.as_fd(), name)?;
            folder = if matches!(self.content, PlaceContent::Nothing) {
                match MadeDirectory::open_at(folder.as_fd(), name) {
                    Ok(made) => made.into(),
                    Err(_) => return Ok(None),
                }
            } else {
                spot.reserve(InodeKind::Directory, DIRECTORY_MODE)?;
                let made = MadeDirectory::open_at(folder.as_fd(), name)?;
                made.set_ownership(*ownership)?;
                made.into()
            };
        }
        Ok(Some(folder))
    }
}

/// Opens the private directory at `path` in the view.
fn open_private(root: BorrowedFd<'_>, path: &Path) -> io::Result<OwnedFd> {
    let found = walk_inside(root, InsidePath::same_as_host(path))
        .map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
    let top = platform::read_facts(root.as_raw_fd())?.identity;
    if is_private_root(found.facts) && !found.facts.identity.shares_device(top) {
        return Ok(found.file);
    }
    Err(io::Error::other("the directory is not private"))
}

/// A name in a folder that others than root may write to.
struct Spot<'a> {
    namespace: &'a MountNamespace,
    folder: BorrowedFd<'a>,
    name: &'a CStr,
    identity: Identity,
}

impl<'a> Spot<'a> {
    fn new(
        namespace: &'a MountNamespace,
        folder: BorrowedFd<'a>,
        name: &'a CStr,
    ) -> io::Result<Self> {
        let identity = platform::read_facts(folder.as_raw_fd())?.identity;
        Ok(Self { namespace, folder, name, identity })
    }

    /// Opens the file that is there, which may be a mount.
    fn open(&self) -> io::Result<Option<OwnedFd>> {
        match platform::open_handle_at(self.folder, self.name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            file => file.map(Some),
        }
    }

    /// Whether `file`, which is there, is a mount: nothing of the host's is in the file system of a private directory.
    fn is_mounted(&self, file: BorrowedFd<'_>) -> io::Result<bool> {
        let facts = platform::read_facts(file.as_raw_fd())?;
        Ok(!facts.identity.shares_device(self.identity))
    }

    /// Mounts `held`, unless it is there already. Steps that can fail come before the earlier mount is detached, and that takes
    /// the place back if the new one cannot be attached.
    fn show(
        &self,
        builder: &Builder<'_>,
        held: &HeldFile,
        (root, path): (BorrowedFd<'_>, &Path),
    ) -> io::Result<Option<ChangeKind>> {
        let mut mounted = self.open()?;
        if let Some(file) = &mounted {
            let facts = platform::read_facts(file.as_raw_fd())?;
            if !self.is_mounted(file.as_fd())? {
                mounted = None;
            } else if is_same(file.as_fd(), facts.identity, held)? {
                builder.restrict_again(root, (path, file.as_fd()), held)?;
                return Ok(None);
            }
        }
        let new = builder.make_mount(held)?;
        let Some(mounted) = mounted else {
            self.attach(new.as_fd())?;
            return Ok(Some(ChangeKind::Shown));
        };
        let earlier = self.namespace.copy_mount(mounted.as_fd())?;
        self.namespace.detach_held(mounted.as_fd())?;
        let attached = self.attach(new.as_fd());
        if attached.is_err() {
            self.attach(earlier.as_fd())?;
        }
        attached.map(|()| Some(ChangeKind::Renewed))
    }

    fn attach(&self, mount: BorrowedFd<'_>) -> io::Result<()> {
        let place = match platform::read_inode(mount)?.sort {
            InodeKind::Directory => self.reserve(InodeKind::Directory, DIRECTORY_MODE)?,
            InodeKind::Socket => self.reserve(InodeKind::File, SOCKET_MODE)?,
            _ => self.reserve(InodeKind::File, FILE_MODE)?,
        };
        self.namespace.attach_mount(mount, place.as_fd())
    }

    /// Opens the file or directory of root's that is mounted on, and makes it if it is missing.
    fn reserve(&self, sort: InodeKind, mode: u32) -> io::Result<OwnedFd> {
        for _ in 0..MOST_TRIES {
            if let Some(file) = self.take_place(sort)? {
                return Ok(file);
            }
            match self.create(sort, mode) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made,
            }
        }
        Err(io::Error::other("another file is put in its place again and again"))
    }

    /// Opens what is in the place if it can be mounted on, and makes room for that otherwise.
    fn take_place(&self, sort: InodeKind) -> io::Result<Option<OwnedFd>> {
        let Some(file) = self.open()? else { return Ok(None) };
        let inode = platform::read_inode(file.as_fd())?;
        if !inode.identity.shares_device(self.identity) {
            self.namespace.detach_held(file.as_fd())?;
        } else if (inode.sort, inode.user) == (sort, UserId(0)) {
            return Ok(Some(file));
        } else {
            self.set_aside(inode.user)?;
        }
        Ok(None)
    }

    fn create(&self, sort: InodeKind, mode: u32) -> io::Result<OwnedFd> {
        let ownership = Ownership { mode, user: UserId(0), group: GroupId(0) };
        if sort == InodeKind::Directory {
            let made = MadeDirectory::create_at(self.folder, self.name)?;
            made.set_ownership(ownership)?;
            return Ok(made.into());
        }
        let made = MadeFile::create_at(self.folder, self.name)?;
        made.set_ownership(ownership)?;
        Ok(made.into())
    }

    /// Removes a file of root's, and gives another user's file another name, which nobody can know before.
    fn set_aside(&self, owner: UserId) -> io::Result<()> {
        if owner == UserId(0) && self.remove().is_ok() {
            return Ok(());
        }
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let name = format!("mod_chroot-aside-{}-{}", std::process::id(), since.as_nanos());
        let aside = CString::new(name)?;
        self.namespace.rename_place((self.folder, self.name), (self.folder, &aside), false)
    }

    fn remove(&self) -> io::Result<()> {
        platform::remove_file_at(self.folder, self.name)
            .or_else(|_| platform::remove_directory_at(self.folder, self.name))
    }

    /// Detaches the mount that is there, and removes the file that it was mounted on. That stays if it is mounted on in another
    /// private directory, too.
    fn clear(&self) -> io::Result<Option<ChangeKind>> {
        let Some(file) = self.open()? else { return Ok(None) };
        let was_mounted = self.is_mounted(file.as_fd())?;
        if was_mounted {
            self.namespace.detach_held(file.as_fd())?;
        }
        let place = self.open()?;
        let owner = place.map(|place| platform::read_inode(place.as_fd())).transpose()?;
        if owner.is_some_and(|inode| inode.user == UserId(0)) {
            let _ = self.remove();
        }
        Ok(was_mounted.then_some(ChangeKind::Removed))
    }
}

/// Limit of the names that are looked at in a private directory.
const MOST_NAMES: usize = 100_000;

/// Removes places of an earlier view that `places` do not have, from the private directories of the view whose root is `root`.
/// Empty files and directories of root's in them are places.
pub(crate) fn remove_unused_places(root: BorrowedFd<'_>, places: &[PrivatePlace]) {
    let used: BTreeSet<&CString> = places.iter().map(PrivatePlace::first_name).collect();
    for path in TMP.iter().chain([&SHARED_MEMORY]) {
        let Ok(folder) = open_private(root, Path::new(path)) else { continue };
        for name in list_places(folder.as_fd()).unwrap_or_default() {
            if !used.contains(&name) {
                let _ = remove_place(folder.as_fd(), &name);
            }
        }
    }
}

fn list_places(folder: BorrowedFd<'_>) -> io::Result<Vec<CString>> {
    let mut names = platform::Names::default();
    OpenDirectory::open_at(folder, c".")?.read_names(&mut names, MOST_NAMES)?;
    let is_place = |name: &&CStr| {
        let found = platform::open_handle_at(folder, name).map(File::from);
        found.and_then(|file| file.metadata()).is_ok_and(|found| {
            found.uid() == 0 && (found.is_dir() || (found.is_file() && found.len() == 0))
        })
    };
    Ok(names.iter().filter(is_place).map(CStr::to_owned).collect())
}

/// Removes a file of root's, or a folder with files of root's, in which nobody else can make any.
fn remove_place(folder: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    if let Ok(inner) = MadeDirectory::open_at(folder, name) {
        for name in list_places(inner.as_fd())? {
            remove_place(inner.as_fd(), &name)?;
        }
        return platform::remove_directory_at(folder, name);
    }
    platform::remove_file_at(folder, name)
}
