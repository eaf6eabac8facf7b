//! The filter of system calls: calls that reach processes of the same user outside, or a terminal, and
//! are neither a signal nor tracing. One table; the filter is made of it, and proved by it.
//!
//! Not promised: a small kernel. A call that is not in the table is allowed.

use crate::platform::contract::Probe;
use crate::platform::linux::check;
use crate::platform::{Filter, Support};
use libseccomp::{ScmpAction, ScmpArgCompare, ScmpCompareOp, ScmpFilterContext, ScmpSyscall};
use std::io::{self, Read};
use std::os::unix::net::UnixStream;

/// A condition on the arguments of a call. All of a row's conditions have to hold.
#[derive(Debug, Clone, Copy)]
enum ArgumentCheck {
    /// This argument is another number.
    IsNot(u32, u64),
    /// The lower half of this argument, which is all that the kernel looks at, is this number.
    IsRequest(u32, u64),
}

/// A call that is refused with `EPERM`.
#[derive(Debug)]
struct DeniedCall {
    call: &'static str,
    when: &'static [ArgumentCheck],
    /// Words that the row refuses, and that the kernel would refuse with another error, before it does
    /// anything: so the row is proved by a call.
    probe: [libc::c_long; 6],
}

use ArgumentCheck::{IsNot, IsRequest};

/// No process has this number: it is above any `kernel.pid_max`.
const NOBODY: libc::c_long = 0x7fff_ffff;
/// For descriptors, flags and addresses that no call takes.
const BAD: libc::c_long = -1;

pub(super) const TIOCSTI: u64 = 0x5412;
pub(super) const TIOCLINUX: u64 = 0x541c;
/// From `linux/ioprio.h`.
pub(super) const IOPRIO_WHO_PROCESS: u64 = 1;

const fn row(
    call: &'static str,
    when: &'static [ArgumentCheck],
    probe: [libc::c_long; 6],
) -> DeniedCall {
    DeniedCall { call, when, probe }
}

/// 0 is this process itself wherever a process is named: programs limit and schedule themselves so.
#[rustfmt::skip]
const ROWS: [DeniedCall; 23] = [
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
    row("process_vm_readv",   &[],                                 [NOBODY, 0, 0, 0, 0, BAD]),
    row("process_vm_writev",  &[],                                 [NOBODY, 0, 0, 0, 0, BAD]),
    row("pidfd_getfd",        &[],                                 [BAD, BAD, BAD, 0, 0, 0]),
    row("kcmp",               &[],                                 [NOBODY, NOBODY, BAD, 0, 0, 0]),
    // Keys, of the user as of the session.
    row("keyctl",             &[],                                 [BAD, 0, 0, 0, 0, 0]),
    row("add_key",            &[],                                 [0, 0, 0, 0, 0, 0]),
    row("request_key",        &[],                                 [0, 0, 0, 0, 0, 0]),
    // A shell outside reads from its terminal as if a user had typed it.
    row("ioctl",              &[IsRequest(1, TIOCSTI)],            [BAD, TIOCSTI as libc::c_long, 0, 0, 0, 0]),
    row("ioctl",              &[IsRequest(1, TIOCLINUX)],          [BAD, TIOCLINUX as libc::c_long, 0, 0, 0, 0]),
    // The same with bits that the kernel does not look at.
    row("ioctl",              &[IsRequest(1, TIOCSTI)],            [BAD, HIGH | TIOCSTI as libc::c_long, 0, 0, 0, 0]),
    row("ioctl",              &[IsRequest(1, TIOCLINUX)],          [BAD, HIGH | TIOCLINUX as libc::c_long, 0, 0, 0, 0]),
];

/// Bits in the upper half of a word, where words have one.
const HIGH: libc::c_long = (1 << (libc::c_long::BITS - 2)) & !0x7fff_ffff;

impl ArgumentCheck {
    fn to_compare(self) -> ScmpArgCompare {
        match self {
            IsNot(argument, number) => {
                ScmpArgCompare::new(argument, ScmpCompareOp::NotEqual, number)
            }
            IsRequest(argument, number) => {
                let lower_half = ScmpCompareOp::MaskedEqual(0xffff_ffff);
                ScmpArgCompare::new(argument, lower_half, number)
            }
        }
    }
}

/// The table as a program for the kernel. Made by the parent, once: a child only loads it. Calls of
/// another architecture (32-bit programs, x32) would pass by the table: there are none.
pub(in crate::platform) fn make_filter() -> io::Result<Support<Filter>> {
    #[allow(deprecated, reason = "libseccomp 0.3, which Debian 13 has, knows no other name")]
    let mut context = ScmpFilterContext::new_filter(ScmpAction::Allow).map_err(io::Error::other)?;
    context.set_act_badarch(ScmpAction::Errno(libc::ENOSYS)).map_err(io::Error::other)?;
    let mut probes = Vec::new();
    for row in &ROWS {
        let unknown = |error| io::Error::other(format!("libseccomp: {}: {error}", row.call));
        let call = ScmpSyscall::from_name(row.call).map_err(unknown)?;
        let when: Vec<_> = row.when.iter().map(|when| when.to_compare()).collect();
        context
            .add_rule_conditional(ScmpAction::Errno(libc::EPERM), call, &when)
            .map_err(unknown)?;
        probes.push(Probe { call: row.call, number: call.into(), words: row.probe });
    }
    let (mut out, mut back) = UnixStream::pair()?;
    context.export_bpf(&mut out).map_err(io::Error::other)?;
    drop(out);
    let mut program = Vec::new();
    back.read_to_end(&mut program)?;
    Ok(Support::Available(Filter { program, probes }))
}

/// From `linux/seccomp.h`. The flag keeps kernels before 5.16 from slowing all code of the process.
pub(super) const SET_MODE_FILTER: libc::c_uint = 1;
pub(super) const FLAG_SPEC_ALLOW: libc::c_uint = 4;

/// Needs `CAP_SYS_ADMIN` or no_new_privs.
pub(in crate::platform) fn filter_calls(filter: &Filter) -> io::Result<Support<()>> {
    match load_program(filter, FLAG_SPEC_ALLOW) {
        // A kernel before 4.17 does not know the flag.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => load_program(filter, 0)?,
        Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => {
            return Ok(Support::Unsupported);
        }
        answer => answer?,
    }
    Ok(Support::Available(()))
}

fn load_program(filter: &Filter, flags: libc::c_uint) -> io::Result<()> {
    let count = filter.program.len() / size_of::<libc::sock_filter>();
    let program = libc::sock_fprog {
        len: libc::c_ushort::try_from(count).map_err(io::Error::other)?,
        filter: filter.program.as_ptr().cast_mut().cast(),
    };
    // SAFETY: the kernel reads `len` instructions of eight bytes from the vector, at any alignment,
    // and checks them.
    let answer =
        unsafe { libc::syscall(libc::SYS_seccomp, SET_MODE_FILTER, flags, &raw const program) };
    check(libc::c_int::try_from(answer).unwrap_or(-1)).map(drop)
}

/// Tries the probe of each row, which the filter must refuse.
pub(in crate::platform) fn find_unrefused_call(
    filter: &Filter,
) -> io::Result<Support<Option<&'static str>>> {
    let passes = |probe: &&Probe| probe.number >= 0 && !is_refused(probe);
    Ok(Support::Available(filter.probes.iter().find(passes).map(|probe| probe.call)))
}

fn is_refused(probe: &Probe) -> bool {
    let [a, b, c, d, e, f] = probe.words;
    // SAFETY: with these words the kernel refuses the call before it reads or writes any memory of
    // ours, with the filter and without: `ROWS` says so for each.
    let answer = unsafe { libc::syscall(libc::c_long::from(probe.number), a, b, c, d, e, f) };
    answer == -1 && io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::run_attempt;

    fn filter() -> Filter {
        match make_filter().unwrap() {
            Support::Available(filter) => filter,
            Support::Unsupported => unreachable!("Linux has filters"),
        }
    }

    /// Without the filter every single probe is let through to the kernel, which refuses it otherwise:
    /// a probe that the kernel itself answers with `EPERM` proves nothing.
    #[test]
    fn each_probe_tells_the_filter_from_the_kernel() {
        let filter = filter();
        let reported = run_attempt(|| {
            let refused = filter.probes.iter().filter(|probe| is_refused(probe));
            refused.map(|probe| probe.call).collect::<Vec<_>>().join(" ").into_bytes()
        });
        assert_eq!(String::from_utf8(reported.unwrap()).unwrap(), "");
    }

    #[test]
    fn each_row_is_refused_once_the_filter_is_loaded() {
        let filter = filter();
        let reported = run_attempt(|| {
            if filter_calls(&filter).is_err() {
                // Not root, and no_new_privs is not set.
                return b"denied".to_vec();
            }
            format!("{:?}", find_unrefused_call(&filter)).into_bytes()
        });
        let reported = String::from_utf8(reported.unwrap()).unwrap();
        assert!(reported == "Ok(Available(None))" || reported == "denied", "{reported}");
    }

    /// Limits, priorities and affinity of the process itself.
    #[test]
    fn a_process_may_still_limit_itself() {
        let filter = filter();
        let reported = run_attempt(|| {
            let _ = filter_calls(&filter);
            let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            // SAFETY: one structure is written where the pointer says.
            let get = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
            // SAFETY: one structure is read.
            let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
            // SAFETY: the call takes a number.
            let nice = unsafe { libc::nice(1) };
            format!("{get} {set} {}", nice != -1).into_bytes()
        });
        assert_eq!(String::from_utf8(reported.unwrap()).unwrap(), "0 0 true");
    }
}
