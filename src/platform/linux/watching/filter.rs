//! The filter, made of the table of calls, and its installation in a child.

use super::calls::REFUSED;
use super::control::send_listener;
use crate::platform::Support;
use crate::platform::linux::filter::{SET_MODE_FILTER, export_program};
use crate::platform::path_calls::CALLS;
use crate::platform::watching::WatchFilter;
use libseccomp::{
    ScmpAction, ScmpArch, ScmpArgCompare, ScmpCompareOp, ScmpFilterContext, ScmpSyscall,
};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};

/// The architecture of 32-bit programs on this machine.
pub(super) fn find_compat_arch() -> Option<ScmpArch> {
    match ScmpArch::native() {
        ScmpArch::X8664 => Some(ScmpArch::X86),
        ScmpArch::Aarch64 => Some(ScmpArch::Arm),
        _ => None,
    }
}

/// A call with `AT_EMPTY_PATH` is `fstat` by another name, and uses no path.
const EMPTY_PATH: u64 = libc::AT_EMPTY_PATH as u64;

pub(in crate::platform) fn make_watch_filter() -> io::Result<Support<WatchFilter>> {
    #[allow(deprecated, reason = "libseccomp 0.3, which Debian 13 has, knows no other name")]
    let mut context = ScmpFilterContext::new_filter(ScmpAction::Allow).map_err(io::Error::other)?;
    if let Some(arch) = find_compat_arch() {
        context.add_arch(arch).map_err(io::Error::other)?;
    }
    context.set_act_badarch(ScmpAction::Allow).map_err(io::Error::other)?;
    for row in CALLS {
        // A name that this release of libseccomp does not know is no call of a program that it was built with.
        let Ok(call) = ScmpSyscall::from_name(row.name) else { continue };
        let only = match (row.name, row.flags) {
            // Without an address it is `send`.
            ("sendto", _) => Some(ScmpArgCompare::new(4, ScmpCompareOp::NotEqual, 0)),
            (_, Some(flags)) => Some(ScmpArgCompare::new(
                u32::from(flags),
                ScmpCompareOp::MaskedEqual(EMPTY_PATH),
                0,
            )),
            _ => None,
        };
        let only: Vec<_> = only.into_iter().collect();
        context.add_rule_conditional(ScmpAction::Notify, call, &only).map_err(io::Error::other)?;
    }
    if let Ok(ring) = ScmpSyscall::from_name(REFUSED) {
        context.add_rule(ScmpAction::Errno(libc::ENOSYS), ring).map_err(io::Error::other)?;
    }
    Ok(Support::Available(WatchFilter { program: export_program(&context)? }))
}

pub(in crate::platform) fn watch_this_process(
    filter: &WatchFilter,
    control: BorrowedFd<'_>,
) -> io::Result<Support<()>> {
    let listener = match install(filter, LISTENER | KILLABLE) {
        // A kernel before 5.19 does not know the second flag.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => install(filter, LISTENER)?,
        installed => installed?,
    };
    send_listener(control, listener.as_fd())?;
    Ok(Support::Available(()))
}

/// From `linux/seccomp.h`: the call answers a listener; a signal does not interrupt a call that was taken.
const LISTENER: libc::c_uint = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER as libc::c_uint;
const KILLABLE: libc::c_uint = libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV as libc::c_uint;

fn install(filter: &WatchFilter, flags: libc::c_uint) -> io::Result<OwnedFd> {
    let count = filter.program.len() / size_of::<libc::sock_filter>();
    let program = libc::sock_fprog {
        len: libc::c_ushort::try_from(count).map_err(io::Error::other)?,
        filter: filter.program.as_ptr().cast_mut().cast(),
    };
    // SAFETY: the kernel reads `len` instructions of eight bytes from the vector, at any alignment,
    // and checks them.
    let answer =
        unsafe { libc::syscall(libc::SYS_seccomp, SET_MODE_FILTER, flags, &raw const program) };
    let fd = libc::c_int::try_from(answer).unwrap_or(-1);
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has just returned this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
