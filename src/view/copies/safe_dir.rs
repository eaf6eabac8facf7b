//! Directories in the jail for root to write to. They are opened by descriptor, and no process inside can change them.
//!
//! Files are created in the jail through a [`SafeDir`] only: a directory that root alone can change, the root of the jail
//! and every directory below it alike.

use crate::jail::CheckedJail;
use crate::jail::walk::read_complaints;
use crate::messages::{Complaint, ViewFault};
use crate::path::{Component, components};
use crate::platform;
use crate::platform::{Identity, MadeDevice, MadeDirectory, MadeFile, Ownership};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A directory in the jail that root alone can change or replace.
#[derive(Debug)]
pub(crate) struct SafeDir(OwnedFd);

impl SafeDir {
    /// Opens the root directory of the jail.
    ///
    /// # Errors
    /// Returns an error if others than root can change it.
    pub(crate) fn open_jail(jail: &CheckedJail) -> Result<Self, ViewFault> {
        let read = |error| ViewFault::Read(jail.at().to_owned(), error);
        let complaints = read_complaints(jail.entrance(), jail.at()).map_err(read)?;
        if !complaints.is_empty() {
            let how: Vec<_> = complaints.iter().map(describe_complaint).collect();
            return Err(ViewFault::JailNotRoots(jail.at().to_owned(), how.join(", ")));
        }
        jail.entrance().try_clone_to_owned().map(Self).map_err(read)
    }

    /// Opens the folder `name` in it, above `path`; `None` if it does not exist.
    fn open_inner(&self, name: &CStr, path: &Path) -> Result<Option<Self>, ViewFault> {
        let inner = match platform::open_directory_at(self.0.as_fd(), name) {
            Ok(inner) => inner,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(ViewFault::NotRoots(path.to_owned())),
        };
        let read = |error| ViewFault::Read(path.to_owned(), error);
        match read_complaints(inner.as_fd(), path).map_err(read)?.is_empty() {
            true => Ok(Some(Self(inner))),
            false => Err(ViewFault::NotRoots(path.to_owned())),
        }
    }

    /// Creates the directory `name`, unless it exists, and sets its `ownership`.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call, or an error if something else is there.
    pub(crate) fn create_directory(&self, name: &CStr, ownership: Ownership) -> io::Result<()> {
        let made = match MadeDirectory::create_at(self.0.as_fd(), name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                MadeDirectory::open_at(self.0.as_fd(), name)
            }
            made => made,
        };
        made?.set_ownership(ownership)
    }

    /// Creates the file `name` with the contents of `source`, and returns it open for writing.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call.
    pub(crate) fn create_file(
        &self,
        name: &CStr,
        source: &mut dyn io::Read,
        ownership: Ownership,
    ) -> io::Result<(File, Identity)> {
        let made = MadeFile::create_at(self.0.as_fd(), name)?;
        let mut copy = made.as_file()?;
        io::copy(source, &mut copy)?;
        made.set_ownership(ownership)?;
        Ok((copy, identity(made.as_fd())?))
    }

    /// Creates the symbolic link `name`.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call.
    pub(crate) fn create_link(&self, name: &CStr, target: &CStr) -> io::Result<Identity> {
        platform::make_link_at(self.0.as_fd(), name, target)?;
        platform::read_facts_at(self.0.as_fd(), name).map(|facts| facts.identity)
    }

    /// Creates the device `name`, the same device as `like`.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call.
    pub(crate) fn create_device(
        &self,
        name: &CStr,
        like: BorrowedFd<'_>,
        mode: u32,
    ) -> io::Result<Identity> {
        let made = MadeDevice::create_at(self.0.as_fd(), name, like)?;
        made.set_mode(mode)?;
        identity(made.as_fd())
    }

    /// Removes the file or link `name`.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call.
    pub(crate) fn remove(&self, name: &CStr) -> io::Result<()> {
        platform::remove_file_at(self.0.as_fd(), name)
    }

    /// Removes the empty directory `name`.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call.
    pub(crate) fn remove_directory(&self, name: &CStr) -> io::Result<()> {
        platform::remove_directory_at(self.0.as_fd(), name)
    }

    /// Renames `from`, whose identity is `made`, to `to`.
    ///
    /// # Errors
    /// Returns the `errno` of the failing call, or an error if another file is there afterwards.
    pub(crate) fn rename(&self, from: &CStr, to: &CStr, made: Identity) -> io::Result<()> {
        platform::rename_file_at(self.0.as_fd(), from, to)?;
        if platform::read_facts_at(self.0.as_fd(), to)?.identity == made {
            Ok(())
        } else {
            Err(io::Error::other("another file was put in its place"))
        }
    }
}

impl AsFd for SafeDir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn identity(made: BorrowedFd<'_>) -> io::Result<Identity> {
    platform::read_inode(made).map(|inode| inode.identity)
}

fn describe_complaint(complaint: &Complaint) -> String {
    match complaint {
        Complaint::Owner(_, uid) => format!("owner {uid}"),
        Complaint::Group(_, mode) => format!("its group may write, mode {mode:04o}"),
        Complaint::Others(_, mode) => format!("everybody may write, mode {mode:04o}"),
        Complaint::List(..) => "an access control list lets others write".to_owned(),
        Complaint::RunAs(_, uid) => format!("uid {uid} may write"),
        Complaint::Unknown(_, cause) => format!("its access control list cannot be read: {cause}"),
        Complaint::SecondChroot(_) => "a program in it may chroot".to_owned(),
    }
}

/// Opens the folder in the jail that contains `path`, and returns it with the last name of the path; `None` if there is no
/// such folder. No symbolic link is followed.
///
/// # Errors
/// Returns an error if a folder above it is not root's alone.
pub(crate) fn open_folder_of(
    jail: &CheckedJail,
    path: &Path,
) -> Result<Option<(SafeDir, CString)>, ViewFault> {
    let Some(mut names) = split_names(path) else { return Ok(None) };
    let Some(last) = names.pop() else { return Ok(None) };
    let mut folder = SafeDir::open_jail(jail)?;
    for name in names {
        let Some(inner) = folder.open_inner(&name, path)? else { return Ok(None) };
        folder = inner;
    }
    Ok(Some((folder, last)))
}

/// Splits `path` into names; `None` for a path with `..` in it.
fn split_names(path: &Path) -> Option<Vec<CString>> {
    let name = |component| match component {
        Component::Name(name) => Some(name),
        Component::Up => None,
    };
    components(path.as_os_str().as_bytes()).into_iter().map(name).collect()
}
