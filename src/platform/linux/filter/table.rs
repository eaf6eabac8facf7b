//! Calls that the filter refuses: the one list of which the filter is made, and by which it is proved.

use crate::platform::FilterRequest;
use crate::platform::linux::filter::blocks::{Block, cover_all_but};

/// A condition on the arguments of a call. All conditions of a row have to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArgumentCheck {
    /// This argument is another number.
    IsNot(u32, u64),
    /// The lower half of this argument, which is all that the kernel looks at, is this number.
    LowerHalfIs(u32, u64),
    /// All of these bits of this argument are set.
    HasBits(u32, u64),
    /// The lower half of this argument is in this block of numbers.
    IsIn(u32, Block),
    /// This argument is this number or a greater one.
    IsAtLeast(u32, u64),
}

/// Arguments of a call.
pub(super) type Arguments = [libc::c_long; 6];

/// A call that is refused.
#[derive(Debug)]
pub(super) struct DeniedCall {
    /// Its name.
    pub(super) call: &'static str,
    /// Conditions; without any, every such call is refused.
    pub(super) when: Vec<ArgumentCheck>,
    /// The error that the caller gets.
    pub(super) errno: libc::c_int,
    /// Arguments that the row refuses, and with which the kernel itself does nothing and answers root with another
    /// error: so the row is proved by a call. A process without rights may get `EPERM` from the kernel as well.
    pub(super) probe: Option<Arguments>,
}

use ArgumentCheck::{HasBits, IsAtLeast, IsIn, IsNot, LowerHalfIs};

/// No process has this number: it is above any `kernel.pid_max`.
const NOBODY: libc::c_long = 0x7fff_ffff;
/// For descriptors, flags and addresses that no call takes.
const BAD: libc::c_long = -1;
/// Bits in the upper half of an argument, where arguments have one.
const HIGH: libc::c_long = (1 << (libc::c_long::BITS - 2)) & !0x7fff_ffff;

pub(in crate::platform::linux) const TIOCSTI: u64 = 0x5412;
pub(in crate::platform::linux) const TIOCLINUX: u64 = 0x541c;
/// From `linux/ioprio.h`.
pub(in crate::platform::linux) const IOPRIO_WHO_PROCESS: u64 = 1;
/// From `linux/personality.h`: a number with which the call only answers.
const PERSONALITY_QUERY: u64 = 0xffff_ffff;

fn row(call: &'static str, when: &[ArgumentCheck], probe: Arguments) -> DeniedCall {
    DeniedCall { call, when: when.to_vec(), errno: libc::EPERM, probe: Some(probe) }
}

/// All rows of a filter: without those calls that the administrator allows.
pub(super) fn list_rows(request: &FilterRequest) -> Vec<DeniedCall> {
    let mut rows = list_reaching_calls();
    rows.extend(list_kernel_calls());
    rows.extend(list_namespace_calls());
    rows.extend(list_socket_calls());
    let (mut guards, internet) = (Vec::new(), list_internet_calls());
    if request.guards_connections {
        // No word opens these again: they would pass by the ports.
        guards = list_fast_open_calls();
        guards.extend(list_calls_past_ports());
        guards.extend(internet);
    } else {
        rows.extend(internet);
    }
    let is_guard = |row: &DeniedCall| {
        guards.iter().any(|guard| (guard.call, &guard.when) == (row.call, &row.when))
    };
    rows.retain(|row| !request.allowed.iter().any(|allowed| allowed == row.call) && !is_guard(row));
    rows.extend(guards);
    rows
}

/// Names of the calls, each once, in the order of the table.
pub(in crate::platform) fn list_names() -> Vec<&'static str> {
    let mut names = Vec::new();
    for row in list_rows(&FilterRequest::default()) {
        if !names.contains(&row.call) {
            names.push(row.call);
        }
    }
    names
}

/// Calls that reach processes of the same user outside, or a terminal, and are neither a signal nor tracing. 0 is this
/// process itself wherever a process is named: programs limit and schedule themselves so.
#[rustfmt::skip]
fn list_reaching_calls() -> Vec<DeniedCall> {
    vec![
        // Limits and priorities of other processes: RLIMIT_CPU ends one.
        row("prlimit64",          &[IsNot(0, 0), IsNot(2, 0)],         [NOBODY, 0, BAD, 0, 0, 0]),
        row("setpriority",        &[IsNot(0, libc::PRIO_PROCESS as u64)], [99, 0, 0, 0, 0, 0]),
        row("setpriority",        &[IsNot(1, 0)],                      [0, NOBODY, 0, 0, 0, 0]),
        row("ioprio_set",         &[IsNot(0, IOPRIO_WHO_PROCESS)],     [99, 0, BAD, 0, 0, 0]),
        row("ioprio_set",         &[IsNot(1, 0)],                      [1, NOBODY, BAD, 0, 0, 0]),
        row("sched_setaffinity",  &[IsNot(0, 0)],                      [NOBODY, 0, 0, 0, 0, 0]),
        row("sched_setscheduler", &[IsNot(0, 0)],                      [NOBODY, BAD, 0, 0, 0, 0]),
        row("sched_setparam",     &[IsNot(0, 0)],                      [NOBODY, 0, 0, 0, 0, 0]),
        row("sched_setattr",      &[IsNot(0, 0)],                      [NOBODY, 0, BAD, 0, 0, 0]),
        // Memory and descriptors of other processes, where Landlock is missing.
        row("move_pages",         &[IsNot(0, 0)],                      [NOBODY, 0, 0, 0, 0, BAD]),
        row("migrate_pages",      &[IsNot(0, 0)],                      [NOBODY, 0, 0, 0, 0, 0]),
        row("process_madvise",    &[],                                 [BAD, 0, 0, BAD, BAD, 0]),
        row("process_mrelease",   &[],                                 [BAD, BAD, 0, 0, 0, 0]),
        row("process_vm_readv",   &[],                                 [NOBODY, 0, 0, 0, 0, BAD]),
        row("process_vm_writev",  &[],                                 [NOBODY, 0, 0, 0, 0, BAD]),
        row("pidfd_getfd",        &[],                                 [BAD, BAD, BAD, 0, 0, 0]),
        row("kcmp",               &[],                                 [NOBODY, NOBODY, BAD, 0, 0, 0]),
        row("ptrace",             &[],                                 [BAD, NOBODY, 0, 0, 0, 0]),
        // Keys, of the user as of the session.
        row("keyctl",             &[],                                 [BAD, 0, 0, 0, 0, 0]),
        row("add_key",            &[],                                 [0, 0, 0, 0, 0, 0]),
        row("request_key",        &[],                                 [0, 0, 0, 0, 0, 0]),
        // A shell outside reads from its terminal as if a user had typed it.
        row("ioctl",              &[LowerHalfIs(1, TIOCSTI)],          [BAD, TIOCSTI as libc::c_long, 0, 0, 0, 0]),
        row("ioctl",              &[LowerHalfIs(1, TIOCLINUX)],        [BAD, TIOCLINUX as libc::c_long, 0, 0, 0, 0]),
        // The same with bits that the kernel does not look at.
        row("ioctl",              &[LowerHalfIs(1, TIOCSTI)],          [BAD, HIGH | TIOCSTI as libc::c_long, 0, 0, 0, 0]),
        row("ioctl",              &[LowerHalfIs(1, TIOCLINUX)],        [BAD, HIGH | TIOCLINUX as libc::c_long, 0, 0, 0, 0]),
    ]
}

/// Parts of the kernel that no web application needs, and in which faults are found again and again; and calls about
/// the machine, which need a right that a child lacks.
#[rustfmt::skip]
fn list_kernel_calls() -> Vec<DeniedCall> {
    let mut rows = list_ring_calls();
    rows.extend([
        row("bpf",               &[], [BAD, 0, 0, 0, 0, 0]),
        row("userfaultfd",       &[], [BAD, 0, 0, 0, 0, 0]),
        row("perf_event_open",   &[], [0, 0, 0, 0, BAD, 0]),
        row("modify_ldt",        &[], [BAD, 0, 0, 0, 0, 0]),
        row("vmsplice",          &[], [BAD, 0, 0, BAD, 0, 0]),
        row("mbind",             &[], [BAD, 0, BAD, 0, 0, BAD]),
        row("set_mempolicy",     &[], [BAD, 0, 0, 0, 0, 0]),
        row("name_to_handle_at", &[], [BAD, 0, 0, 0, BAD, 0]),
        row("open_by_handle_at", &[], [BAD, 0, 0, 0, 0, 0]),
        row("fanotify_init",     &[], [BAD, 0, 0, 0, 0, 0]),
        row("quotactl",          &[], [BAD, 0, 0, 0, 0, 0]),
        row("quotactl_fd",       &[], [BAD, BAD, 0, 0, 0, 0]),
        row("kexec_load",        &[], [0, NOBODY, 0, 0, 0, 0]),
        row("kexec_file_load",   &[], [BAD, BAD, 0, 0, BAD, 0]),
        row("init_module",       &[], [0, 0, 0, 0, 0, 0]),
        row("finit_module",      &[], [BAD, 0, BAD, 0, 0, 0]),
        row("delete_module",     &[], [0, 0, 0, 0, 0, 0]),
        row("acct",              &[], [BAD, 0, 0, 0, 0, 0]),
        row("swapon",            &[], [BAD, BAD, 0, 0, 0, 0]),
        row("swapoff",           &[], [BAD, 0, 0, 0, 0, 0]),
        row("reboot",            &[], [0, 0, 0, 0, 0, 0]),
        row("syslog",            &[], [99, 0, 0, 0, 0, 0]),
    ]);
    // Only the question is allowed. No number makes the kernel refuse this call: the probe is the question, with bits
    // that the kernel does not look at.
    let question = PERSONALITY_QUERY as libc::c_long;
    rows.push(DeniedCall {
        call: "personality",
        when: vec![IsNot(0, PERSONALITY_QUERY)],
        errno: libc::EPERM,
        probe: (HIGH != 0).then_some([HIGH | question, 0, 0, 0, 0, 0]),
    });
    rows
}

/// Calls about rings of requests, by which the kernel makes and connects sockets that no filter sees.
#[rustfmt::skip]
fn list_ring_calls() -> Vec<DeniedCall> {
    vec![
        row("io_uring_setup",    &[], [0, 0, 0, 0, 0, 0]),
        row("io_uring_enter",    &[], [BAD, 0, 0, BAD, 0, 0]),
        row("io_uring_register", &[], [BAD, BAD, 0, 0, 0, 0]),
    ]
}

/// Flags of `clone` that make a namespace, from `linux/sched.h`.
const NAMESPACES: [libc::c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

/// The argument of `clone` that has the flags.
const CLONE_FLAGS: u32 = if cfg!(target_arch = "s390x") { 1 } else { 0 };

/// Namespaces, in which a process has every right over parts of the kernel; mounts; another root directory.
#[rustfmt::skip]
fn list_namespace_calls() -> Vec<DeniedCall> {
    let mut rows = vec![
        row("unshare",       &[], [BAD, 0, 0, 0, 0, 0]),
        row("setns",         &[], [BAD, 0, 0, 0, 0, 0]),
        row("mount",         &[], [0, BAD, 0, 0, 0, 0]),
        row("umount2",       &[], [BAD, BAD, 0, 0, 0, 0]),
        row("pivot_root",    &[], [BAD, BAD, 0, 0, 0, 0]),
        row("chroot",        &[], [BAD, 0, 0, 0, 0, 0]),
        row("open_tree",     &[], [BAD, 0, BAD, 0, 0, 0]),
        row("move_mount",    &[], [BAD, 0, BAD, 0, BAD, 0]),
        row("mount_setattr", &[], [BAD, 0, BAD, 0, 0, 0]),
        row("fsopen",        &[], [BAD, BAD, 0, 0, 0, 0]),
        row("fsconfig",      &[], [BAD, 0, 0, 0, 0, 0]),
        row("fsmount",       &[], [BAD, BAD, BAD, 0, 0, 0]),
        row("fspick",        &[], [BAD, 0, BAD, 0, 0, 0]),
    ];
    rows.extend(NAMESPACES.map(|flag| {
        let mut probe = [0; 6];
        // A thread that does not share its memory: no kernel makes one.
        probe[CLONE_FLAGS as usize] = libc::c_long::from(flag | libc::CLONE_THREAD);
        row("clone", &[HasBits(CLONE_FLAGS, flag as u64)], probe)
    }));
    // Its flags are in memory, where a filter cannot look. The C library then takes `clone`.
    rows.push(DeniedCall { errno: libc::ENOSYS, ..row("clone3", &[], [0, 0, 0, 0, 0, 0]) });
    rows
}

/// Families that a web server and its programs use; `getaddrinfo` asks for the machine's addresses by netlink.
const FAMILIES: [u32; 4] =
    [libc::AF_UNIX as u32, libc::AF_INET as u32, libc::AF_INET6 as u32, libc::AF_NETLINK as u32];

/// Protocols of the two internet families: the usual one of the type, TCP, UDP, and ICMP for `ping`. Multipath TCP and
/// SCTP, which are missing, would pass by `ChrootConnect`.
const PROTOCOLS: [u32; 5] = [
    0,
    libc::IPPROTO_ICMP as u32,
    libc::IPPROTO_TCP as u32,
    libc::IPPROTO_UDP as u32,
    libc::IPPROTO_ICMPV6 as u32,
];

/// Numbers of families end below the first, those of protocols below the second: `AF_MAX`, `IPPROTO_MAX`.
const FAMILIES_END: u32 = 64;
const PROTOCOLS_END: u32 = 512;

/// Sockets of other families and protocols. The probes name a type that no socket has.
fn list_socket_calls() -> Vec<DeniedCall> {
    let word = |number: u32| number as libc::c_long;
    let family =
        |when: ArgumentCheck, number: u32| row("socket", &[when], [word(number), BAD, 0, 0, 0, 0]);
    let blocks = cover_all_but(&FAMILIES, FAMILIES_END);
    let mut rows: Vec<_> = blocks.map(|block| family(IsIn(0, block), block.first)).collect();
    rows.push(family(IsAtLeast(0, u64::from(FAMILIES_END)), FAMILIES_END));
    let netlink = libc::AF_NETLINK as u32;
    let route = libc::NETLINK_ROUTE as u64;
    let is_netlink = LowerHalfIs(0, u64::from(netlink));
    let other = row("socket", &[is_netlink, IsNot(2, route)], [word(netlink), BAD, 1, 0, 0, 0]);
    // As by a kernel without it: PAM refuses every login if the socket of the audit is refused by another error.
    rows.push(DeniedCall { errno: libc::EPROTONOSUPPORT, ..other });
    let pairs = [IsNot(0, libc::AF_UNIX as u64)];
    rows.push(row("socketpair", &pairs, [libc::AF_INET.into(), BAD, 0, 0, 0, 0]));
    rows
}

/// Types of the two internet families; a raw socket needs a right that a child lacks. Protocol 0 of another type is
/// another protocol: SCTP, DCCP.
const TYPES: [u32; 3] = [libc::SOCK_STREAM as u32, libc::SOCK_DGRAM as u32, libc::SOCK_RAW as u32];

/// Types end below this number; `socket` takes flags above it (`SOCK_TYPE_MASK`).
const TYPES_END: u32 = 16;

/// Flags that no socket takes, so that the kernel makes none.
const NO_FLAGS: libc::c_long = 0xf0;

fn list_internet_calls() -> Vec<DeniedCall> {
    let families = [libc::AF_INET as u32, libc::AF_INET6 as u32];
    families.into_iter().flat_map(list_calls_of_family).collect()
}

fn list_calls_of_family(family: u32) -> Vec<DeniedCall> {
    let word = |number: u32| number as libc::c_long;
    let is_family = LowerHalfIs(0, u64::from(family));
    let protocol = |when: ArgumentCheck, number: u32| {
        row("socket", &[is_family, when], [word(family), BAD, word(number), 0, 0, 0])
    };
    let blocks = cover_all_but(&PROTOCOLS, PROTOCOLS_END);
    let mut rows: Vec<_> = blocks.map(|block| protocol(IsIn(2, block), block.first)).collect();
    rows.push(protocol(IsAtLeast(2, u64::from(PROTOCOLS_END)), PROTOCOLS_END));
    // The flags beside the type are not looked at: the mask of a block has the bits of the type only.
    rows.extend(cover_all_but(&TYPES, TYPES_END).map(|block| {
        let block = Block { mask: block.mask & (TYPES_END - 1), ..block };
        let probe = [word(family), NO_FLAGS | word(block.first), 0, 0, 0, 0];
        row("socket", &[is_family, IsIn(1, block)], probe)
    }));
    rows
}

/// From `linux/socket.h` and `linux/tcp.h`.
const AF_SMC: libc::c_long = 43;
const TCP_ULP: libc::c_long = 31;

/// Sockets of shared memory, which connect by TCP: as a family, and as a layer above a TCP socket. With them goes every
/// other layer, TLS in the kernel too, because its name is in memory, where a filter cannot look.
fn list_calls_past_ports() -> Vec<DeniedCall> {
    let tcp = libc::IPPROTO_TCP as libc::c_long;
    let is_layer = [LowerHalfIs(1, tcp as u64), LowerHalfIs(2, TCP_ULP as u64)];
    let mut rows = list_ring_calls();
    rows.push(row("socket", &[LowerHalfIs(0, AF_SMC as u64)], [AF_SMC, BAD, 0, 0, 0, 0]));
    rows.push(row("setsockopt", &is_layer, [BAD, tcp, TCP_ULP, 0, 0, 0]));
    rows
}

/// From `linux/socket.h`.
const MSG_FASTOPEN: u64 = libc::MSG_FASTOPEN as u64;

/// A connection that is made by its first data: Landlock is not asked about it.
fn list_fast_open_calls() -> Vec<DeniedCall> {
    let calls = [("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)];
    let denied = |(call, flags): (&'static str, u32)| {
        let mut probe = [BAD, 0, 0, 0, 0, 0];
        probe[flags as usize] = MSG_FASTOPEN as libc::c_long;
        row(call, &[HasBits(flags, MSG_FASTOPEN)], probe)
    };
    calls.map(denied).into_iter().collect()
}
