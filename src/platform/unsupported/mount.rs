//! Systems without private mount namespaces: no value of the type exists.

use crate::platform::{NoMounts, Ownership};
use std::ffi::CStr;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

/// A private mount namespace: a type without values.
#[derive(Debug)]
pub(crate) enum MountNamespace {}

/// Uses that a mount forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "the callers fill it for the systems that have mounts of their own")]
pub(crate) struct MountLimits {
    /// Writing.
    pub writing: bool,
    /// Opening device nodes.
    pub devices: bool,
    /// Gaining rights by set-user-id and set-group-id.
    pub setuid: bool,
    /// Executing.
    pub executing: bool,
}

impl MountNamespace {
    /// There is none.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn unshare() -> io::Result<Result<Self, NoMounts>> {
        Ok(Err(NoMounts::System))
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn create_tmpfs(&self, _: &[(&CStr, &CStr)]) -> io::Result<OwnedFd> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn copy_mount(&self, _: BorrowedFd<'_>) -> io::Result<OwnedFd> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn restrict_mount(
        &self,
        _: BorrowedFd<'_>,
        _: MountLimits,
        _: bool,
    ) -> io::Result<()> {
        match *self {}
    }

    /// Cannot be called.
    pub(crate) fn read_memory_limit(&self) -> Option<u64> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn copy_writable(&self, _: BorrowedFd<'_>) -> io::Result<OwnedFd> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn rename_place(
        &self,
        _: (BorrowedFd<'_>, &CStr),
        _: (BorrowedFd<'_>, &CStr),
        _: bool,
    ) -> io::Result<()> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn detach_held(&self, _: BorrowedFd<'_>) -> io::Result<()> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn attach_mount(&self, _: BorrowedFd<'_>, _: BorrowedFd<'_>) -> io::Result<()> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn set_owner(&self, _: BorrowedFd<'_>, _: Ownership) -> io::Result<()> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn set_access_list(&self, _: BorrowedFd<'_>, _: &[u8]) -> io::Result<()> {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Returns no error.
    pub(crate) fn detach_mount(&self, _: &CStr) -> io::Result<()> {
        match *self {}
    }
}
