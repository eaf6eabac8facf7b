//! Landlock: a domain that a process enters for good, with all that it starts. Three system calls
//! (`landlock(7)`, `linux/landlock.h`); the crate for them is not in Debian's stable archive.

use crate::platform::linux::check;
use crate::platform::linux::witness::Witness;
use crate::platform::{Domain, DomainRequest, MeasureState, Support};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// `struct landlock_ruleset_attr` of ABI 6. Older kernels take it if what they do not know is zero.
#[repr(C)]
pub(super) struct Ruleset {
    pub(super) handled_access_fs: u64,
    pub(super) handled_access_net: u64,
    pub(super) scoped: u64,
}

/// `struct landlock_path_beneath_attr`, which is packed.
#[repr(C, packed)]
pub(super) struct Beneath {
    pub(super) allowed_access: u64,
    pub(super) parent_fd: i32,
}

/// `struct landlock_net_port_attr`.
#[repr(C)]
pub(super) struct Port {
    pub(super) allowed_access: u64,
    pub(super) port: u64,
}

pub(super) const CREATE_RULESET_VERSION: libc::c_ulong = 1;
pub(super) const LOG_NEW_EXEC_ON: libc::c_ulong = 2;
pub(super) const RULE_PATH_BENEATH: libc::c_ulong = 1;
pub(super) const RULE_NET_PORT: libc::c_ulong = 2;
pub(super) const BIND_TCP: u64 = 1;
pub(super) const CONNECT_TCP: u64 = 2;
pub(super) const SCOPE_ABSTRACT_UNIX_SOCKET: u64 = 1;
pub(super) const SCOPE_SIGNAL: u64 = 2;
pub(super) const MAKE_CHAR: u64 = 1 << 6;
pub(super) const MAKE_BLOCK: u64 = 1 << 11;
pub(super) const REFER: u64 = 1 << 13;

/// All rights about files that ABI 1, 2, 3 and 5 know: `EXECUTE` to `MAKE_SYM`, `REFER`, `TRUNCATE`,
/// `IOCTL_DEV`.
fn list_file_rights(abi: u32) -> u64 {
    let bits = match abi {
        0 | 1 => 13,
        2 => 14,
        3 | 4 => 15,
        _ => 16,
    };
    (1 << bits) - 1
}

/// Landlock's ABI version of this kernel; 0 if the call does not exist. An error if the kernel was started without it.
fn read_abi() -> io::Result<u32> {
    let no_rules = std::ptr::null::<Ruleset>();
    // SAFETY: with this flag the kernel takes no structure, and answers a number.
    let answer = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, no_rules, 0_usize, CREATE_RULESET_VERSION)
    };
    match u32::try_from(answer) {
        Ok(abi) => Ok(abi),
        Err(_) => {
            let error = io::Error::last_os_error();
            match error.raw_os_error() {
                Some(libc::ENOSYS) => Ok(0),
                Some(libc::EOPNOTSUPP) => {
                    Err(lack("the kernel was started without it (lsm= lacks landlock)"))
                }
                _ => Err(error),
            }
        }
    }
}

/// The error of a kernel that has Landlock, and not what is needed.
fn lack(fact: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, fact)
}

/// ABI with rules about TCP ports: Linux 6.7.
const ABI_WITH_PORTS: u32 = 4;

/// Refuses an ABI that cannot do what is requested. Before ABI 2 every domain forbids renaming from one directory to
/// another, which sites rely on: none is entered then, unless file rules are requested.
fn check_abi(request: &DomainRequest, abi: u32) -> io::Result<()> {
    if request.connect.is_some() && abi < ABI_WITH_PORTS {
        return Err(lack(&format!("Landlock ABI {abi} has no rules about ports, Linux 6.7 has")));
    }
    if abi == 1 && !request.files {
        return Err(lack(
            "Landlock ABI 1 forbids renaming between directories, Linux 5.19 does not",
        ));
    }
    Ok(())
}

/// Enters a domain with as much of `request` as the kernel supports, and checks that it is in force. Without rules about
/// ports, a request for them is an error.
pub(in crate::platform) fn confine_process(
    request: &DomainRequest,
    root: BorrowedFd<'_>,
) -> io::Result<Support<MeasureState<Domain>>> {
    let abi = read_abi()?;
    if abi == 0 {
        return Ok(Support::Unsupported);
    }
    check_abi(request, abi)?;
    let scoped = |wish: bool, bit: u64| if wish && abi >= 6 { bit } else { 0 };
    let rules = Ruleset {
        handled_access_fs: select_file_rights(request, abi),
        handled_access_net: select_port_rights(request, abi),
        scoped: scoped(request.signals, SCOPE_SIGNAL)
            | scoped(request.sockets, SCOPE_ABSTRACT_UNIX_SOCKET),
    };
    let ruleset = create_ruleset(&rules)?;
    if rules.handled_access_fs != 0 {
        // Beneath the jail's root everything stays allowed except making devices.
        let allowed_access = rules.handled_access_fs & !(MAKE_CHAR | MAKE_BLOCK);
        let rule = Beneath { allowed_access, parent_fd: root.as_raw_fd() };
        add_rule(&ruleset, RULE_PATH_BENEATH, &rule)?;
    }
    for port in request.connect.iter().flatten() {
        let rule = Port { allowed_access: CONNECT_TCP, port: u64::from(*port) };
        add_rule(&ruleset, RULE_NET_PORT, &rule)?;
    }
    let domain = Domain {
        abi,
        signals: rules.scoped & SCOPE_SIGNAL != 0,
        sockets: rules.scoped & SCOPE_ABSTRACT_UNIX_SOCKET != 0,
        files: request.files,
        connect: rules.handled_access_net & CONNECT_TCP != 0,
        bind: rules.handled_access_net & BIND_TCP != 0,
    };
    let witness = Witness::create(&domain)?;
    restrict_self(&ruleset, select_flags(request, abi))?;
    Ok(Support::Available(match witness.find_reachable()? {
        Some(what) => MeasureState::NotInForce(format!("{what} could be reached from inside")),
        None => MeasureState::InForce(domain),
    }))
}

fn select_port_rights(request: &DomainRequest, abi: u32) -> u64 {
    let connect = if request.connect.is_some() { CONNECT_TCP } else { 0 };
    let bind = if request.bind { BIND_TCP } else { 0 };
    if abi < ABI_WITH_PORTS { 0 } else { connect | bind }
}

/// Every domain keeps tracers in; before ABI 6 one must forbid something about files to be one. Making
/// devices is not needed here, so that right is handled, without a rule.
fn select_file_rights(request: &DomainRequest, abi: u32) -> u64 {
    match (request.files, abi) {
        (true, abi) => list_file_rights(abi),
        (false, 6..) if request.signals || request.sockets => 0,
        (false, _) => MAKE_CHAR | MAKE_BLOCK | REFER,
    }
}

fn create_ruleset(rules: &Ruleset) -> io::Result<OwnedFd> {
    // SAFETY: the structure is as long as the length says, and only read.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::from_ref(rules),
            size_of::<Ruleset>(),
            0_usize,
        )
    };
    let fd = check(libc::c_int::try_from(answer).unwrap_or(-1))?;
    // SAFETY: the kernel has just made this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Adds a rule; `R` is the structure of this kind of rule.
fn add_rule<R>(ruleset: &OwnedFd, kind: libc::c_ulong, rule: &R) -> io::Result<()> {
    // SAFETY: the callers pass the structure of this kind of rule, and the kernel only reads it.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset.as_raw_fd(),
            kind,
            std::ptr::from_ref(rule),
            0_usize,
        )
    };
    check(if answer == 0 { 0 } else { -1 }).map(drop)
}

/// ABI whose denials are recorded by the audit subsystem: Linux 6.15.
const ABI_WITH_RECORDS: u32 = 7;

/// Has the kernel record denials of programs as well, where connections are restricted. By default it records those of
/// the process itself, until it starts a program.
fn select_flags(request: &DomainRequest, abi: u32) -> libc::c_ulong {
    if request.connect.is_some() && abi >= ABI_WITH_RECORDS { LOG_NEW_EXEC_ON } else { 0 }
}

/// Needs `CAP_SYS_ADMIN` or no_new_privs.
fn restrict_self(ruleset: &OwnedFd, flags: libc::c_ulong) -> io::Result<()> {
    // SAFETY: the call takes numbers.
    let answer =
        unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), flags) };
    check(if answer == 0 { 0 } else { -1 }).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kernels before ABI 7 refuse the flag.
    #[test]
    fn programs_are_recorded_only_where_connections_are_restricted_and_the_kernel_can() {
        let flags = |connect: Option<Vec<u16>>, abi| {
            let request =
                DomainRequest { signals: true, sockets: true, files: false, connect, bind: true };
            select_flags(&request, abi)
        };
        assert_eq!(flags(Some(vec![443]), 7), LOG_NEW_EXEC_ON);
        assert_eq!(flags(Some(Vec::new()), 8), LOG_NEW_EXEC_ON);
        assert_eq!(flags(Some(vec![443]), 6), 0);
        assert_eq!(flags(None, 7), 0);
    }
}
