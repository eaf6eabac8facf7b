//! Places in the jail, for root to write to: reached by descriptor, and safe from everybody inside.
//!
//! Nothing is made in the jail but by a [`SafeDir`]: a directory that nobody but root can change, the
//! jail's own root like every one below it.

use crate::jail::CheckedJail;
use crate::jail::walk::complaints_of;
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

/// A directory in the jail that nobody but root can change, nor put another one in its place.
#[derive(Debug)]
pub(crate) struct SafeDir(OwnedFd);

impl SafeDir {
    /// The root directory of the jail.
    ///
    /// # Errors
    /// Others than root can change it.
    pub(crate) fn of_jail(jail: &CheckedJail) -> Result<Self, ViewFault> {
        let read = |error| ViewFault::Read(jail.at().to_owned(), error);
        let complaints = complaints_of(jail.entrance(), jail.at()).map_err(read)?;
        if !complaints.is_empty() {
            let how: Vec<_> = complaints.iter().map(in_words).collect();
            return Err(ViewFault::JailNotRoots(jail.at().to_owned(), how.join(", ")));
        }
        jail.entrance().try_clone_to_owned().map(Self).map_err(read)
    }

    /// The folder `name` in it, on the way to `path`; `None` if there is none.
    fn inner(&self, name: &CStr, path: &Path) -> Result<Option<Self>, ViewFault> {
        let inner = match platform::open_directory_at(self.0.as_fd(), name) {
            Ok(inner) => inner,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(ViewFault::NotRoots(path.to_owned())),
        };
        let read = |error| ViewFault::Read(path.to_owned(), error);
        match complaints_of(inner.as_fd(), path).map_err(read)?.is_empty() {
            true => Ok(Some(Self(inner))),
            false => Err(ViewFault::NotRoots(path.to_owned())),
        }
    }

    /// Makes the directory `name`, unless it is there, and gives it `manners`.
    ///
    /// # Errors
    /// The failing call's `errno`; or something else is there.
    pub(crate) fn directory(&self, name: &CStr, manners: Ownership) -> io::Result<()> {
        let made = match MadeDirectory::create_at(self.0.as_fd(), name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                MadeDirectory::open_at(self.0.as_fd(), name)
            }
            made => made,
        };
        made?.set_ownership(manners)
    }

    /// Makes the file `name` with what is in `source`, open for writing still.
    ///
    /// # Errors
    /// The failing call's `errno`.
    pub(crate) fn file(
        &self,
        name: &CStr,
        source: &mut dyn io::Read,
        manners: Ownership,
    ) -> io::Result<(File, Identity)> {
        let made = MadeFile::create_at(self.0.as_fd(), name)?;
        let mut copy = made.as_file()?;
        io::copy(source, &mut copy)?;
        made.set_ownership(manners)?;
        Ok((copy, identity(made.as_fd())?))
    }

    /// Makes the symbolic link `name`.
    ///
    /// # Errors
    /// The failing call's `errno`.
    pub(crate) fn link(&self, name: &CStr, target: &CStr) -> io::Result<Identity> {
        platform::make_link_at(self.0.as_fd(), name, target)?;
        platform::read_facts_at(self.0.as_fd(), name).map(|facts| facts.identity)
    }

    /// Makes the device `name`, the same one as `like`.
    ///
    /// # Errors
    /// The failing call's `errno`.
    pub(crate) fn device(
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
    /// The failing call's `errno`.
    pub(crate) fn remove(&self, name: &CStr) -> io::Result<()> {
        platform::remove_file_at(self.0.as_fd(), name)
    }

    /// Removes the empty directory `name`.
    ///
    /// # Errors
    /// The failing call's `errno`.
    pub(crate) fn remove_directory(&self, name: &CStr) -> io::Result<()> {
        platform::remove_directory_at(self.0.as_fd(), name)
    }

    /// Puts `from`, which is `made`, in the place of `to`, at once.
    ///
    /// # Errors
    /// The failing call's `errno`; or something else has come to lie there.
    pub(crate) fn rename(&self, from: &CStr, to: &CStr, made: Identity) -> io::Result<()> {
        platform::rename_file_at(self.0.as_fd(), from, to)?;
        if platform::read_facts_at(self.0.as_fd(), to)?.identity == made {
            Ok(())
        } else {
            Err(io::Error::other("something else has come to lie there"))
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

fn in_words(complaint: &Complaint) -> String {
    match complaint {
        Complaint::Owner(_, uid) => format!("owner {uid}"),
        Complaint::Group(_, mode) => format!("its group may write, mode {mode:04o}"),
        Complaint::Others(_, mode) => format!("everybody may write, mode {mode:04o}"),
        Complaint::List(..) => "an access control list lets others write".to_owned(),
        Complaint::RunAs(_, uid) => format!("uid {uid} may write"),
        Complaint::Unknown(_, why) => format!("its access control list cannot be read: {why}"),
    }
}

/// The folder in the jail that the last name of `path` lies in, and that name; `None` if there is no such
/// folder. No symbolic link is followed on the way.
///
/// # Errors
/// Something on the way is not root's alone.
pub(crate) fn folder_of(
    jail: &CheckedJail,
    path: &Path,
) -> Result<Option<(SafeDir, CString)>, ViewFault> {
    let Some(mut names) = names_of(path) else { return Ok(None) };
    let Some(last) = names.pop() else { return Ok(None) };
    let mut folder = SafeDir::of_jail(jail)?;
    for name in names {
        let Some(inner) = folder.inner(&name, path)? else { return Ok(None) };
        folder = inner;
    }
    Ok(Some((folder, last)))
}

/// The names that `path` consists of; none for a path with `..` in it.
fn names_of(path: &Path) -> Option<Vec<CString>> {
    let name = |component| match component {
        Component::Name(name) => Some(name),
        Component::Up => None,
    };
    components(path.as_os_str().as_bytes()).into_iter().map(name).collect()
}
