//! FreeBSD, NetBSD, and their calls that Darwin has as well.

#[cfg(not(target_os = "macos"))]
pub(super) mod acl;
pub(super) mod common;
#[cfg(target_os = "freebsd")]
pub(super) mod freebsd;
pub(super) mod handle;
#[cfg(target_os = "netbsd")]
pub(super) mod netbsd;
#[cfg(not(target_os = "macos"))]
pub(super) mod preload;
pub(super) mod statfs;
