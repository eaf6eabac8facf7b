//! Facilities that NetBSD and Darwin lack, and some that FreeBSD lacks.
#![allow(dead_code, reason = "each system takes what it lacks")]

use super::posix::UserId;
use super::{Child, Domain, Filter, Kin, Presence, ProcessOf, Taken, Wanted};
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

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

pub(super) fn leave_keyring() -> io::Result<Presence<Taken<libc::c_long>>> {
    Ok(Presence::Absent)
}

/// Never asked: no keyring was left.
pub(super) fn session_keyring() -> io::Result<libc::c_long> {
    Err(io::Error::from_raw_os_error(libc::ENOSYS))
}

pub(super) fn refuse_tracers() -> io::Result<Presence<()>> {
    Ok(Presence::Absent)
}

pub(super) fn tracers_refused() -> io::Result<Presence<bool>> {
    Ok(Presence::Absent)
}

pub(super) fn confine(_: Wanted, _: BorrowedFd<'_>) -> io::Result<Presence<Taken<Domain>>> {
    Ok(Presence::Absent)
}

pub(super) fn make_filter() -> io::Result<Presence<Filter>> {
    Ok(Presence::Absent)
}

pub(super) fn filter_calls(_: &Filter) -> io::Result<Presence<()>> {
    Ok(Presence::Absent)
}

pub(super) fn call_not_refused(_: &Filter) -> io::Result<Presence<Option<&'static str>>> {
    Ok(Presence::Absent)
}

/// Nothing but `/dev/tty` tells.
pub(super) fn has_terminal() -> io::Result<Presence<bool>> {
    Ok(Presence::Absent)
}

pub(super) fn processes_of(_: UserId, _: usize) -> io::Result<Presence<Vec<ProcessOf>>> {
    Ok(Presence::Absent)
}

/// NetBSD and Darwin call handlers at a fork too, but never forget one, so that a fork after this
/// module is unloaded would end the server (NetBSD: lib/libc/gen/pthread_atfork.c).
pub(super) fn call_at_forks(_: extern "C" fn(), _: extern "C" fn()) -> io::Result<Presence<()>> {
    Ok(Presence::Absent)
}

pub(super) fn children() -> io::Result<Presence<Vec<Child>>> {
    Ok(Presence::Absent)
}

pub(super) fn kin(_: Child) -> io::Result<Presence<Option<Kin>>> {
    Ok(Presence::Absent)
}

pub(super) fn mark_descendants(_: u64) -> io::Result<Presence<u64>> {
    Ok(Presence::Absent)
}

pub(super) fn adopt_orphans(_: bool) -> io::Result<Presence<bool>> {
    Ok(Presence::Absent)
}

/// Descriptors are listed and closed one by one.
pub(super) fn close_range(_: RawFd, _: RawFd) -> io::Result<Presence<()>> {
    Ok(Presence::Absent)
}

pub(super) fn execve_changes_domain() -> io::Result<Presence<bool>> {
    Ok(Presence::Absent)
}
