//! What NetBSD and Darwin do not have, or do not let a process do to itself.

use super::posix::UserId;
use super::{Domain, Presence, ProcessOf, Wanted};
use std::io;
use std::os::fd::BorrowedFd;

pub(super) fn chroot_tolerates_directories() -> io::Result<Presence<bool>> {
    Ok(Presence::Absent)
}

pub(super) fn bound_capabilities(_: u64) -> io::Result<Presence<()>> {
    Ok(Presence::Absent)
}

pub(super) fn capability_bound() -> io::Result<Presence<u64>> {
    Ok(Presence::Absent)
}

pub(super) fn forbid_new_privileges() -> io::Result<Presence<()>> {
    Ok(Presence::Absent)
}

pub(super) fn new_privileges_forbidden() -> io::Result<Presence<bool>> {
    Ok(Presence::Absent)
}

pub(super) fn leave_keyring() -> io::Result<Presence<()>> {
    Ok(Presence::Absent)
}

pub(super) fn refuse_tracers() -> io::Result<Presence<()>> {
    Ok(Presence::Absent)
}

pub(super) fn confine(_: Wanted, _: BorrowedFd<'_>) -> io::Result<Presence<Domain>> {
    Ok(Presence::Absent)
}

pub(super) fn processes_of(_: UserId, _: usize) -> io::Result<Presence<Vec<ProcessOf>>> {
    Ok(Presence::Absent)
}

pub(super) fn call_in_forked_children(_: extern "C" fn()) -> io::Result<Presence<()>> {
    Ok(Presence::Absent)
}

pub(super) fn execve_changes_domain() -> io::Result<Presence<bool>> {
    Ok(Presence::Absent)
}
