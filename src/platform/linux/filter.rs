//! The filter of system calls. One table; the filter is made of it, and proved by it.
//!
//! Not promised: that the table is complete. A call that is not in it is allowed.

mod blocks;
pub(super) mod table;
mod trial;

pub(in crate::platform) use trial::{is_filtered, try_calls};

use crate::platform::contract::Probe;
use crate::platform::linux::check;
use crate::platform::{Filter, FilterRequest, Support};
use libseccomp::{ScmpAction, ScmpArgCompare, ScmpCompareOp, ScmpFilterContext, ScmpSyscall};
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use table::{ArgumentCheck, Arguments, list_rows};

impl ArgumentCheck {
    fn to_compare(self) -> ScmpArgCompare {
        use ScmpCompareOp::{GreaterEqual, MaskedEqual, NotEqual};
        const LOWER_HALF: u64 = 0xffff_ffff;
        match self {
            Self::IsNot(argument, number) => ScmpArgCompare::new(argument, NotEqual, number),
            Self::LowerHalfIs(argument, number) => {
                ScmpArgCompare::new(argument, MaskedEqual(LOWER_HALF), number)
            }
            Self::HasBits(argument, bits) => ScmpArgCompare::new(argument, MaskedEqual(bits), bits),
            Self::IsIn(argument, block) => {
                let compare = MaskedEqual(u64::from(block.mask));
                ScmpArgCompare::new(argument, compare, u64::from(block.first))
            }
            Self::IsAtLeast(argument, number) => {
                ScmpArgCompare::new(argument, GreaterEqual, number)
            }
        }
    }
}

/// Names of the calls that a filter refuses.
pub(in crate::platform) fn list_filtered_calls() -> io::Result<Support<Vec<&'static str>>> {
    Ok(Support::Available(table::list_names()))
}

/// The table as a program for the kernel. Made by the parent, once: a child only loads it. Calls of
/// another architecture (32-bit programs, x32) would pass by the table: there are none.
pub(in crate::platform) fn make_filter(request: &FilterRequest) -> io::Result<Support<Filter>> {
    #[allow(deprecated, reason = "libseccomp 0.3, which Debian 13 has, knows no other name")]
    let mut context = ScmpFilterContext::new_filter(ScmpAction::Allow).map_err(io::Error::other)?;
    context.set_act_badarch(ScmpAction::Errno(libc::ENOSYS)).map_err(io::Error::other)?;
    // A tree in place of a list, where libseccomp can make one: a call is found in fewer steps.
    let _ = context.set_ctl_optimize(2);
    let mut probes = Vec::new();
    for row in list_rows(request) {
        let unknown = |error| io::Error::other(format!("libseccomp: {}: {error}", row.call));
        let call = ScmpSyscall::from_name(row.call).map_err(unknown)?;
        let when: Vec<_> = row.when.iter().map(|when| when.to_compare()).collect();
        context.add_rule_conditional(ScmpAction::Errno(row.errno), call, &when).map_err(unknown)?;
        probes.extend(row.probe.map(|words| Probe {
            call: row.call,
            number: call.into(),
            words,
            errno: row.errno,
        }));
    }
    Ok(Support::Available(Filter { program: export_program(&context)?, probes }))
}

/// Reads the program of a filter. All of it is in the socket before the first byte is read, so nobody waits, even if a sandbox only
/// pretends to close the other end.
pub(super) fn export_program(context: &ScmpFilterContext) -> io::Result<Vec<u8>> {
    let (mut out, mut back) = UnixStream::pair()?;
    context.export_bpf(&mut out).map_err(io::Error::other)?;
    back.set_nonblocking(true)?;
    let mut program = Vec::new();
    match back.read_to_end(&mut program) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(program),
    }
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
    let answer = make_call(libc::c_long::from(probe.number), probe.words);
    answer == -1 && io::Error::last_os_error().raw_os_error() == Some(probe.errno)
}

/// Makes a call with the words of a probe.
fn make_call(number: libc::c_long, words: Arguments) -> libc::c_long {
    let [a, b, c, d, e, f] = words;
    // SAFETY: with these words the kernel refuses the call before it reads or writes any memory of
    // ours, with the filter and without: the field `probe` of the table's rows promises so.
    unsafe { libc::syscall(number, a, b, c, d, e, f) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::run_attempt;

    fn filter() -> Filter {
        match make_filter(&FilterRequest::default()).unwrap() {
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

    /// A sandbox may answer that it closed a descriptor, and do nothing.
    #[test]
    fn a_filter_is_made_without_waiting_for_a_descriptor_to_be_closed() {
        let reported = run_attempt(|| {
            #[allow(
                deprecated,
                reason = "libseccomp 0.3, which Debian 13 has, knows no other name"
            )]
            let mut sandbox = ScmpFilterContext::new_filter(ScmpAction::Allow).unwrap();
            let close = ScmpSyscall::from_name("close").unwrap();
            sandbox.add_rule(ScmpAction::Errno(0), close).unwrap();
            sandbox.load().unwrap();
            usize::to_ne_bytes(filter().program.len()).to_vec()
        });
        assert_eq!(reported.unwrap(), usize::to_ne_bytes(filter().program.len()));
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
