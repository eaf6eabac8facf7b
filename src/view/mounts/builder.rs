//! Creation of the nodes of a view, which is mounted or being built.

use crate::jail::walk::{OpenedPath, on_host, walk_inside};
use crate::messages::ViewFault;
use crate::path::InsidePath;
use crate::platform;
use crate::platform::{
    AccessList, FileKind, GroupId, MadeDirectory, MadeFile, MountNamespace, Ownership, UserId,
};
use crate::trust::rights::narrow_mode;
use crate::view::mounts::on_top::OnTop;
use crate::view::mounts::private_tmp;
use crate::view::mounts::private_tmp::{Owner, PrivateDir};
use crate::view::mounts::source::HeldFile;
use crate::view::mounts::tree::{Source, ViewFolder, ViewNode};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Opens the file that the view shows at `path`, in a directory of the host that is shown as a whole. Others may be able to
/// change that directory: no link in it is followed, as it could lead to another mount of the view.
///
/// # Errors
/// Returns an error if there is no such file, if a link is on the way, or if the directory is not that of the host.
pub(crate) fn open_place(root: BorrowedFd<'_>, path: &Path) -> Result<OpenedPath, ViewFault> {
    let found = walk_inside(root, InsidePath::same_as_host(path))?;
    let parent = path.parent().unwrap_or(path);
    let shown = walk_inside(root, InsidePath::same_as_host(parent))?;
    let is_same = shown.facts.identity == on_host(parent)?.facts.identity;
    if is_same && found.links.is_empty() && found.at == path {
        return Ok(found);
    }
    let other = io::Error::other("a link or another directory has taken its place");
    Err(ViewFault::Make(path.to_owned(), other))
}

/// A directory of a view, by two descriptors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ViewDir<'a> {
    /// Names are created in it. The view's own mount is read-only once it is complete, so this one may be of another mount.
    pub writable: BorrowedFd<'a>,
    /// Mounts are attached in it: it is part of the view.
    pub mounted: BorrowedFd<'a>,
}

impl<'a> ViewDir<'a> {
    /// A directory of a view that is not read-only yet.
    pub(crate) fn for_directory(directory: BorrowedFd<'a>) -> Self {
        Self { writable: directory, mounted: directory }
    }

    /// Opens `made`, which was created here as `name`, in the view.
    fn open_made(self, made: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
        let mounted = platform::open_handle_at(self.mounted, name)?;
        let facts = |file: BorrowedFd<'_>| platform::read_facts(file.as_raw_fd());
        if facts(mounted.as_fd())?.identity == facts(made)?.identity {
            Ok(mounted)
        } else {
            Err(io::Error::other("another file is in its place"))
        }
    }
}

/// Creates the nodes of a view.
pub(crate) struct Builder<'a> {
    /// The namespace of the view.
    pub namespace: &'a MountNamespace,
    /// The owner of its private directories.
    pub owner: Owner<'a>,
    /// Private directories that are mounted already, or that the view before had.
    pub private: BTreeMap<PrivateDir, OwnedFd>,
    /// Mounts on top of provided directories that the view has already.
    pub on_top: OnTop,
}

impl Builder<'_> {
    /// Creates the nodes of `folder` in `directory`, whose place in the view is `path`.
    ///
    /// # Errors
    /// Returns the error of the first node that cannot be created.
    pub(crate) fn fill_folder(
        &mut self,
        directory: ViewDir<'_>,
        folder: &ViewFolder<HeldFile>,
        path: &Path,
    ) -> Result<(), ViewFault> {
        for (name, node) in &folder.entries {
            let path = path.join(&*name.to_string_lossy());
            self.create_node(directory, name, node, &path)?;
        }
        Ok(())
    }

    /// Creates `node` as `name` in `directory`. Its place in the view is `path`.
    ///
    /// # Errors
    /// Returns an error if a step of it fails.
    pub(crate) fn create_node(
        &mut self,
        directory: ViewDir<'_>,
        name: &CStr,
        node: &ViewNode<HeldFile>,
        path: &Path,
    ) -> Result<(), ViewFault> {
        let fault = |error| ViewFault::Make(path.to_owned(), error);
        match node {
            ViewNode::Link(target, ownership) => {
                self.create_link(directory.writable, name, target, *ownership).map_err(fault)
            }
            ViewNode::Folder(folder) => {
                let made = MadeDirectory::create_at(directory.writable, name).map_err(fault)?;
                let mounted = directory.open_made(made.as_fd(), name).map_err(fault)?;
                let inner = ViewDir { writable: made.as_fd(), mounted: mounted.as_fd() };
                self.fill_folder(inner, folder, path)?;
                self.set_attributes(&made, folder).map_err(fault)
            }
            ViewNode::Mount(held) => self.mount_new(directory, name, held).map_err(fault),
            ViewNode::Scratch => {
                self.mount_private(directory, name, PrivateDir::for_path(path)).map_err(fault)
            }
            ViewNode::Late => Self::reserve_socket(directory.writable, name).map_err(fault),
            ViewNode::Made(contents, ownership) => {
                Self::write_file(directory.writable, name, contents, *ownership).map_err(fault)
            }
        }
    }

    /// Makes a file on which a socket will be mounted. Until then a connection is refused (`ECONNREFUSED`),
    /// and clients such as mod_cgid try again; without the right to write it would be `EACCES`, and they
    /// give up. The file is empty, and on a read-only file system.
    fn reserve_socket(directory: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
        let file = MadeFile::create_at(directory, name)?;
        file.set_ownership(Ownership { mode: 0o666, user: UserId(0), group: GroupId(0) })
    }

    /// Makes a file with `contents`.
    fn write_file(
        directory: BorrowedFd<'_>,
        name: &CStr,
        contents: &[u8],
        ownership: Ownership,
    ) -> io::Result<()> {
        let made = MadeFile::create_at(directory, name)?;
        made.as_file()?.write_all(contents)?;
        made.set_ownership(ownership)
    }

    /// Creates a symbolic link with the owner that it has outside.
    fn create_link(
        &self,
        directory: BorrowedFd<'_>,
        name: &CStr,
        target: &[u8],
        ownership: Ownership,
    ) -> io::Result<()> {
        let target = CString::new(target).unwrap_or_default();
        platform::make_link_at(directory, name, &target)?;
        let link = platform::open_handle_at(directory, name)?;
        if platform::read_facts(link.as_raw_fd())?.kind != FileKind::Link {
            return Err(io::Error::other("it is not a symbolic link any more"));
        }
        self.namespace.set_owner(link.as_fd(), ownership)
    }

    /// Sets owner, mode and access control list of a new folder. If the file system has no lists, the mode permits
    /// less.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn set_attributes(
        &self,
        made: &MadeDirectory,
        folder: &ViewFolder<HeldFile>,
    ) -> io::Result<()> {
        let mode = narrow_mode(folder.ownership.mode, &folder.list) & 0o1777;
        made.set_ownership(Ownership { mode, ..folder.ownership })?;
        let AccessList::Posix(list) = &folder.list else { return Ok(()) };
        match self.namespace.set_access_list(made.as_fd(), &list.raw) {
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => Ok(()),
            given => given,
        }
    }

    /// Mounts a file or directory over the one that the view shows at `path` already.
    ///
    /// # Errors
    /// Returns an error if the view shows nothing there, something else than the host, or a call fails.
    pub(crate) fn mount_over(
        &self,
        root: BorrowedFd<'_>,
        path: &Path,
        held: &HeldFile,
    ) -> Result<(), ViewFault> {
        let target = open_place(root, path)?;
        self.mount_file(held, target.file.as_fd())
            .map_err(|error| ViewFault::Make(path.to_owned(), error))
    }

    /// Makes a mount of `held` with its limits, which is not attached yet.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn make_mount(&self, held: &HeldFile) -> io::Result<OwnedFd> {
        let mount = self.namespace.copy_mount(held.file.as_fd())?;
        self.namespace.restrict_mount(mount.as_fd(), held.limits, true)?;
        Ok(mount)
    }

    /// Sets the limits of `held` again, which is mounted at `path` in the view whose root is `root`, and of mounts of the host in it.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn restrict_again(
        &self,
        root: BorrowedFd<'_>,
        (path, mounted): (&Path, BorrowedFd<'_>),
        held: &HeldFile,
    ) -> io::Result<()> {
        self.on_top.restrict_around(self.namespace, root, (path, mounted), held.limits)
    }

    /// Mounts a file or directory on a new file or directory.
    fn mount_new(&self, directory: ViewDir<'_>, name: &CStr, held: &HeldFile) -> io::Result<()> {
        let made = if held.is_directory() {
            OwnedFd::from(MadeDirectory::create_at(directory.writable, name)?)
        } else {
            OwnedFd::from(MadeFile::create_at(directory.writable, name)?)
        };
        self.mount_file(held, directory.open_made(made.as_fd(), name)?.as_fd())
    }

    fn mount_file(&self, held: &HeldFile, target: BorrowedFd<'_>) -> io::Result<()> {
        self.namespace.attach_mount(self.make_mount(held)?.as_fd(), target)
    }

    /// Mounts a private directory: the same one at each of its places.
    fn mount_private(
        &mut self,
        parent: ViewDir<'_>,
        name: &CStr,
        directory: PrivateDir,
    ) -> io::Result<()> {
        let made = MadeDirectory::create_at(parent.writable, name)?;
        let target = parent.open_made(made.as_fd(), name)?;
        let mount = match self.private.remove(&directory) {
            Some(mount) => mount,
            None => private_tmp::create_private(self.namespace, directory, self.owner)?,
        };
        self.namespace.attach_mount(mount.as_fd(), target.as_fd())?;
        self.private.insert(directory, self.namespace.copy_mount(mount.as_fd())?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_place_in_a_shown_directory_is_found_through_no_link() {
        let scene = tempfile::tempdir().unwrap();
        let scene = on_host(scene.path()).unwrap().at;
        fs::create_dir_all(scene.join("app/cache")).unwrap();
        fs::write(scene.join("app/file"), "of another mount").unwrap();
        symlink("file", scene.join("app/link")).unwrap();
        symlink("app", scene.join("other")).unwrap();
        let root = platform::open_root().unwrap();
        let opens = |path: &str| open_place(root.as_fd(), &scene.join(path)).is_ok();
        assert!(opens("app/cache"));
        assert!(!opens("app/link"), "the last name is a link");
        assert!(!opens("other/cache"), "a name before it is a link");
        assert!(!opens("app/missing"));
    }

    #[test]
    fn a_place_in_another_directory_than_the_hosts_is_none() {
        let scene = tempfile::tempdir().unwrap();
        fs::create_dir_all(scene.path().join("etc")).unwrap();
        fs::write(scene.path().join("etc/passwd"), "").unwrap();
        let root = fs::File::open(scene.path()).unwrap();
        open_place(root.as_fd(), Path::new("/etc/passwd")).unwrap_err();
        let root = platform::open_root().unwrap();
        open_place(root.as_fd(), Path::new("/etc/passwd")).unwrap();
    }
}
