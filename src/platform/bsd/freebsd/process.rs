//! This process as a whole, on FreeBSD: its tables in the kernel, and its threads.

use crate::platform::bsd::freebsd::check;
use crate::platform::{Support, Threads};
use std::io;
use std::mem::offset_of;

pub(in crate::platform) fn count_threads() -> io::Result<Support<Threads>> {
    let process = read_table(libc::KERN_PROC_PID)?;
    match read_int_at(&process, offset_of!(libc::kinfo_proc, ki_numthreads)) {
        Some(1) => Ok(Support::Available(Threads::One)),
        Some(_) => Ok(Support::Available(Threads::Several(Vec::new()))),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "kern.proc.pid: torn record")),
    }
}

/// The table that a sysctl below `kern.proc` has for this process.
pub(super) fn read_table(what: libc::c_int) -> io::Result<Vec<u8>> {
    // SAFETY: getpid takes nothing and cannot fail.
    let pid = unsafe { libc::getpid() };
    let name = [libc::CTL_KERN, libc::KERN_PROC, what, pid];
    let mut size = 0;
    sysctl(&name, std::ptr::null_mut(), &mut size)?;
    // The table may grow by what reading it opens: nothing here, but room is cheap.
    let mut table = vec![0_u8; size + size / 4];
    let mut size = table.len();
    sysctl(&name, table.as_mut_ptr(), &mut size)?;
    table.truncate(size);
    Ok(table)
}

fn sysctl(name: &[libc::c_int; 4], into: *mut u8, size: &mut usize) -> io::Result<()> {
    // SAFETY: `name` has four numbers; the kernel writes at most `size` bytes to `into`, and how
    // many it has written to `size`; nothing is set.
    check(unsafe { libc::sysctl(name.as_ptr(), 4, into.cast(), size, std::ptr::null(), 0) })
        .map(drop)
}

pub(super) fn read_int_at(bytes: &[u8], offset: usize) -> Option<libc::c_int> {
    let bytes = bytes.get(offset..offset + size_of::<libc::c_int>())?;
    Some(libc::c_int::from_ne_bytes(bytes.try_into().ok()?))
}
