//! Rights that Linux lets a process give up besides its user.

use crate::platform::linux::check;
use crate::platform::{MeasureState, Support};
use std::io;

/// One beyond the highest capability that any kernel has.
const MOST: libc::c_ulong = 64;

/// An operation of `prctl(2)` that takes numbers only: as wide as the kernel reads them.
fn prctl(operation: libc::c_int, number: libc::c_ulong) -> libc::c_int {
    let nothing: libc::c_ulong = 0;
    // SAFETY: the operations of this file take numbers only.
    unsafe { libc::prctl(operation, number, nothing, nothing, nothing) }
}

/// Takes all capabilities but those of `keep` out of the bounding set of this thread. In force if procfs shows none of
/// them: a view may have no procfs, so that this is the last moment at which a second source can be asked.
pub(in crate::platform) fn limit_capabilities(keep: u64) -> io::Result<Support<MeasureState<()>>> {
    for capability in (0..MOST).filter(|bit| keep & 1 << bit == 0) {
        match check(prctl(libc::PR_CAPBSET_DROP, capability)) {
            Ok(_) => {}
            // The first number that is no capability.
            Err(end) if capability > 0 && end.raw_os_error() == Some(libc::EINVAL) => break,
            Err(error) => return Err(error),
        }
    }
    let left = read_proc_bound().unwrap_or(0) & !keep;
    Ok(Support::Available(if left == 0 {
        MeasureState::InForce(())
    } else {
        MeasureState::NotInForce(format!("{left:#x}"))
    }))
}

/// Bounding set of this thread in procfs; `None` without procfs. A sandbox that answers 0 to every
/// `prctl` makes a full set look empty to that call.
fn read_proc_bound() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/thread-self/status").ok()?;
    let digits = status.lines().find_map(|line| line.strip_prefix("CapBnd:"))?;
    u64::from_str_radix(digits.trim(), 16).ok()
}

/// The bounding set of this thread: each capability that the kernel or procfs still shows.
pub(in crate::platform) fn read_capability_bound() -> io::Result<Support<u64>> {
    let read = read_capability_set(|capability| prctl(libc::PR_CAPBSET_READ, capability))?;
    Ok(Support::Available(read | read_proc_bound().unwrap_or(0)))
}

/// Number of capabilities of Linux 3.16; later kernels have more.
const FEWEST: libc::c_ulong = 38;

/// Set of the capabilities for which `is_set` returns 1. The first number that is no capability is `EINVAL`;
/// any other error, or that one too early, is an error, and not the end of the list.
pub(super) fn read_capability_set(
    is_set: impl Fn(libc::c_ulong) -> libc::c_int,
) -> io::Result<u64> {
    let mut set = 0;
    for capability in 0..MOST {
        match check(is_set(capability)) {
            Ok(answer) => set |= u64::from(answer == 1) << capability,
            Err(end) if capability >= FEWEST && end.raw_os_error() == Some(libc::EINVAL) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(set)
}

/// From now on no `execve` gives this process, or one that it starts, a right that it lacks.
pub(in crate::platform) fn forbid_new_privileges() -> io::Result<Support<()>> {
    check(prctl(libc::PR_SET_NO_NEW_PRIVS, 1)).map(|_| Support::Available(()))
}

/// Whether no_new_privs is set.
pub(in crate::platform) fn has_no_new_privileges() -> io::Result<Support<bool>> {
    let answer = check(prctl(libc::PR_GET_NO_NEW_PRIVS, 0))?;
    Ok(Support::Available(answer == 1))
}

/// SELinux gives programs another domain at `execve`, and does not once new privileges are
/// forbidden (`nnp_transition`): CGI programs would run in httpd's own domain, or not at all.
pub(in crate::platform) fn can_execve_change_domain() -> io::Result<Support<bool>> {
    Ok(Support::Available(std::path::Path::new("/sys/fs/selinux/enforce").exists()))
}

/// `setuid` sets the flag anew, from the sysctl `fs.suid_dumpable`: so this has to be called after it.
/// A program that the process starts is dumpable again.
pub(in crate::platform) fn refuse_tracers() -> io::Result<Support<()>> {
    check(prctl(libc::PR_SET_DUMPABLE, 0)).map(|_| Support::Available(()))
}

/// Whether this process is untraceable.
pub(in crate::platform) fn has_refused_tracers() -> io::Result<Support<bool>> {
    Ok(Support::Available(check(prctl(libc::PR_GET_DUMPABLE, 0))? == 0))
}

/// From `linux/keyctl.h`.
pub(super) const GET_KEYRING_ID: libc::c_int = 0;
pub(super) const JOIN_SESSION_KEYRING: libc::c_int = 1;
pub(super) const SESSION_KEYRING: libc::c_int = -3;

/// A session keyring of its own, in place of the one of the session that httpd was started in. Made
/// as root: a user's quota would not suffice for many children. In force once the kernel reports it as this process's
/// keyring, with another number than before.
pub(in crate::platform) fn leave_keyring() -> io::Result<Support<MeasureState<libc::c_long>>> {
    let before = read_session_keyring();
    let anonymous = std::ptr::null::<libc::c_char>();
    // SAFETY: without a name the kernel makes an anonymous keyring, and reads nothing.
    let joined = unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, anonymous) };
    if joined < 0 {
        return match io::Error::last_os_error() {
            none if none.raw_os_error() == Some(libc::ENOSYS) => Ok(Support::Unsupported),
            error => Err(error),
        };
    }
    let (before, now) = (before.unwrap_or(0), read_session_keyring()?);
    let is_new = now > 0 && now == joined && now != before;
    Ok(Support::Available(if is_new {
        MeasureState::InForce(now)
    } else {
        MeasureState::NotInForce(format!("the session keyring is {now}, and was {before}"))
    }))
}

/// The number of this process's session keyring.
pub(in crate::platform) fn read_session_keyring() -> io::Result<libc::c_long> {
    let words = (libc::SYS_keyctl, GET_KEYRING_ID, SESSION_KEYRING, 0);
    // SAFETY: the call takes numbers.
    let answer = unsafe { libc::syscall(words.0, words.1, words.2, words.3) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each in a thread of its own, which is what these sets and flags belong to.
    fn in_a_thread(test: fn()) {
        std::thread::spawn(test).join().unwrap();
    }

    #[test]
    fn the_bounding_set_is_emptied_but_for_what_is_kept() {
        in_a_thread(|| {
            if crate::platform::effective_user() != crate::platform::linux::UserId(0) {
                return;
            }
            limit_capabilities(0b1100_0000).unwrap();
            let Support::Available(left) = read_capability_bound().unwrap() else { unreachable!() };
            assert_eq!(left & !0b1100_0000, 0);
            limit_capabilities(0).unwrap();
            assert_eq!(read_capability_bound().unwrap(), Support::Available(0));
        });
    }

    /// Where a sandbox answers `EPERM`, nothing is known: least of all that the set is empty.
    #[test]
    fn an_error_is_not_the_end_of_the_list() {
        fn refusing(error: libc::c_int, from: libc::c_ulong) -> io::Result<u64> {
            read_capability_set(|capability| {
                nix::errno::Errno::from_raw(error).set();
                1 - 2 * libc::c_int::from(capability >= from)
            })
        }
        assert_eq!(refusing(libc::EINVAL, 41).unwrap(), (1 << 41) - 1);
        refusing(libc::EPERM, 0).unwrap_err();
        refusing(libc::EPERM, 41).unwrap_err();
        refusing(libc::EINVAL, 0).unwrap_err();
    }

    #[test]
    fn new_privileges_stay_forbidden() {
        in_a_thread(|| {
            forbid_new_privileges().unwrap();
            assert_eq!(has_no_new_privileges().unwrap(), Support::Available(true));
        });
    }
}
