//! What Linux lets a process give up besides its user.

use super::super::Presence;
use super::check;
use std::io;

/// One beyond the highest capability that any kernel has.
const MOST: libc::c_ulong = 64;

/// An operation of `prctl(2)` that takes numbers only: as wide as the kernel reads them.
fn prctl(operation: libc::c_int, number: libc::c_ulong) -> libc::c_int {
    let nothing: libc::c_ulong = 0;
    // SAFETY: the operations of this file take numbers only.
    unsafe { libc::prctl(operation, number, nothing, nothing, nothing) }
}

/// Takes all capabilities but those of `keep` out of the bounding set of this thread.
pub(in crate::platform) fn bound_capabilities(keep: u64) -> io::Result<Presence<()>> {
    for capability in (0..MOST).filter(|bit| keep & 1 << bit == 0) {
        match check(prctl(libc::PR_CAPBSET_DROP, capability)) {
            Ok(_) => {}
            // The first number that is no capability.
            Err(end) if capability > 0 && end.raw_os_error() == Some(libc::EINVAL) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(Presence::Present(()))
}

/// The bounding set of this thread.
pub(in crate::platform) fn capability_bound() -> io::Result<Presence<u64>> {
    let all = (0..MOST).map(|capability| (capability, prctl(libc::PR_CAPBSET_READ, capability)));
    let known = all.take_while(|(_, answer)| *answer >= 0);
    Ok(Presence::Present(known.filter(|(_, answer)| *answer == 1).map(|(bit, _)| 1 << bit).sum()))
}

/// From now on no `execve` gives this process, or one that it starts, a right that it lacks.
pub(in crate::platform) fn forbid_new_privileges() -> io::Result<Presence<()>> {
    check(prctl(libc::PR_SET_NO_NEW_PRIVS, 1)).map(|_| Presence::Present(()))
}

/// Whether that holds.
pub(in crate::platform) fn new_privileges_forbidden() -> io::Result<Presence<bool>> {
    let answer = check(prctl(libc::PR_GET_NO_NEW_PRIVS, 0))?;
    Ok(Presence::Present(answer == 1))
}

/// SELinux gives programs another domain at `execve`, and does not once new privileges are
/// forbidden (`nnp_transition`): CGI programs would run in httpd's own domain, or not at all.
pub(in crate::platform) fn execve_changes_domain() -> io::Result<Presence<bool>> {
    Ok(Presence::Present(std::path::Path::new("/sys/fs/selinux/enforce").exists()))
}

/// A process that was root is not dumpable anyway (`PR_SET_DUMPABLE`), but that depends on a sysctl;
/// a program that it starts is dumpable again.
pub(in crate::platform) fn refuse_tracers() -> io::Result<Presence<()>> {
    check(prctl(libc::PR_SET_DUMPABLE, 0)).map(|_| Presence::Present(()))
}

/// `KEYCTL_JOIN_SESSION_KEYRING` of `linux/keyctl.h`.
pub(super) const JOIN_SESSION_KEYRING: libc::c_int = 1;

/// A session keyring of its own, in place of the one that whoever started httpd shares with it. Made
/// as root: a user's quota would not suffice for many children.
pub(in crate::platform) fn leave_keyring() -> io::Result<Presence<()>> {
    let anonymous = std::ptr::null::<libc::c_char>();
    // SAFETY: without a name the kernel makes an anonymous keyring, and reads nothing.
    if unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, anonymous) } >= 0 {
        return Ok(Presence::Present(()));
    }
    match io::Error::last_os_error() {
        none if none.raw_os_error() == Some(libc::ENOSYS) => Ok(Presence::Absent),
        error => Err(error),
    }
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
            if super::super::super::effective_user() != super::super::UserId(0) {
                return;
            }
            bound_capabilities(0b1100_0000).unwrap();
            let Presence::Present(left) = capability_bound().unwrap() else { unreachable!() };
            assert_eq!(left & !0b1100_0000, 0);
            bound_capabilities(0).unwrap();
            assert_eq!(capability_bound().unwrap(), Presence::Present(0));
        });
    }

    #[test]
    fn new_privileges_stay_forbidden() {
        in_a_thread(|| {
            forbid_new_privileges().unwrap();
            assert_eq!(new_privileges_forbidden().unwrap(), Presence::Present(true));
        });
    }
}
