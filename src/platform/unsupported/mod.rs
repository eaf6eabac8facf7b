//! Facilities that NetBSD and Darwin lack, and some that FreeBSD lacks.
#![allow(dead_code, reason = "each system takes what it lacks")]

pub(super) mod mount;
pub(super) mod watching;
use crate::platform::unix::posix::UserId;
use crate::platform::{
    ChildId, Domain, DomainRequest, Filter, FilterRequest, MeasureState, ProcessInfo, ProcessOf,
    Support, TriedCalls,
};
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

pub(in crate::platform) fn can_chroot_with_open_directories() -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}

/// Only root may chroot.
pub(in crate::platform) fn can_users_leave_by_chroot() -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn limit_capabilities(_: u64) -> io::Result<Support<MeasureState<()>>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn read_capability_bound() -> io::Result<Support<u64>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn forbid_new_privileges() -> io::Result<Support<()>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn has_no_new_privileges() -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn leave_keyring() -> io::Result<Support<MeasureState<libc::c_long>>> {
    Ok(Support::Unsupported)
}

/// Never asked: no keyring was left.
pub(in crate::platform) fn read_session_keyring() -> io::Result<libc::c_long> {
    Err(io::Error::from_raw_os_error(libc::ENOSYS))
}

pub(in crate::platform) fn refuse_tracers() -> io::Result<Support<()>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn has_refused_tracers() -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn confine_process(
    _: &DomainRequest,
    _: BorrowedFd<'_>,
) -> io::Result<Support<MeasureState<Domain>>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn make_filter(_: &FilterRequest) -> io::Result<Support<Filter>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn list_filtered_calls() -> io::Result<Support<Vec<&'static str>>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn filter_calls(_: &Filter) -> io::Result<Support<()>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn find_unrefused_call(
    _: &Filter,
) -> io::Result<Support<Option<&'static str>>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn is_filtered() -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn try_calls(
    _: TriedCalls,
    _: &mut dyn FnMut(&str) -> io::Result<()>,
) -> io::Result<Support<()>> {
    Ok(Support::Unsupported)
}

/// Only `/dev/tty` reports it.
pub(in crate::platform) fn has_terminal() -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn list_processes(
    _: UserId,
    _: usize,
) -> io::Result<Support<Vec<ProcessOf>>> {
    Ok(Support::Unsupported)
}

/// NetBSD and Darwin call handlers at a fork too, but never forget one, so that a fork after this
/// module is unloaded would end the server (NetBSD: lib/libc/gen/pthread_atfork.c).
pub(in crate::platform) fn register_fork_handlers(
    _: extern "C" fn(),
    _: extern "C" fn(),
) -> io::Result<Support<()>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn list_children() -> io::Result<Support<Vec<ChildId>>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn inspect_process(_: ChildId) -> io::Result<Support<Option<ProcessInfo>>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn mark_descendants(_: u64) -> io::Result<Support<u64>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn adopt_orphans(_: bool) -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}

/// Descriptors are listed and closed one by one.
pub(in crate::platform) fn close_range(_: RawFd, _: RawFd) -> io::Result<Support<()>> {
    Ok(Support::Unsupported)
}

pub(in crate::platform) fn can_execve_change_domain() -> io::Result<Support<bool>> {
    Ok(Support::Unsupported)
}
