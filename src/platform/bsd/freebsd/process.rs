//! This process as a whole, on FreeBSD: its descriptors and its threads.

use crate::platform::bsd::freebsd::check;
use crate::platform::bsd::handle::describe_by_stat;
use crate::platform::unix::handle::{DescriptorKind, describe_socket, describe_terminal};
use crate::platform::{DescriptorListError, Support, Threads};
use std::io;
use std::mem::offset_of;
use std::os::fd::{BorrowedFd, RawFd};

/// By the sysctl `kern.proc.filedesc`, which needs neither procfs nor fdescfs.
pub(in crate::platform) fn list_descriptors(
    _: BorrowedFd<'_>,
) -> Result<Vec<RawFd>, DescriptorListError> {
    let table = read_table(libc::KERN_PROC_FILEDESC).map_err(DescriptorListError::Unreadable)?;
    let list = parse_records(&table).map_err(DescriptorListError::Unreadable)?;
    Ok(list.into_iter().map(|(fd, _)| fd).collect())
}

// Kinds of `struct kinfo_file` (sys/user.h).
pub(in crate::platform) const VNODE: libc::c_int = 1;
pub(in crate::platform) const SOCKET: libc::c_int = 2;
pub(in crate::platform) const PIPE: libc::c_int = 3;
pub(in crate::platform) const FIFO: libc::c_int = 4;
pub(in crate::platform) const KQUEUE: libc::c_int = 5;
pub(in crate::platform) const SHM: libc::c_int = 8;
pub(in crate::platform) const SEM: libc::c_int = 9;
pub(in crate::platform) const PTS: libc::c_int = 10;
pub(in crate::platform) const PROCDESC: libc::c_int = 11;
/// Since FreeBSD 14 and 15; a jail descriptor gives access to that FreeBSD jail, or out of this one.
const EVENTFD: libc::c_int = 13;
const TIMERFD: libc::c_int = 14;
const JAILDESC: libc::c_int = 16;

/// `fstat` calls a jail or a process a regular file, so the kernel's own list is asked.
pub(in crate::platform) fn inspect_descriptor(fd: RawFd) -> io::Result<DescriptorKind> {
    let all = parse_records(&read_table(libc::KERN_PROC_FILEDESC)?)?;
    let Some((_, kind)) = all.into_iter().find(|(number, _)| *number == fd) else {
        return Ok(DescriptorKind::Closed);
    };
    match kind {
        VNODE => describe_by_stat(fd),
        SOCKET => Ok(describe_socket(fd)),
        PTS => describe_terminal(fd),
        PIPE | FIFO | KQUEUE | SHM | SEM | EVENTFD | TIMERFD => Ok(DescriptorKind::Harmless),
        PROCDESC => Ok(DescriptorKind::leading("a process")),
        JAILDESC => Ok(DescriptorKind::leading("a FreeBSD jail")),
        other => Ok(DescriptorKind::Leading(format!("of the kernel's kind {other}"))),
    }
}

pub(in crate::platform) fn count_threads() -> io::Result<Support<Threads>> {
    let process = read_table(libc::KERN_PROC_PID)?;
    match read_int_at(&process, offset_of!(libc::kinfo_proc, ki_numthreads)) {
        Some(1) => Ok(Support::Available(Threads::One)),
        Some(_) => Ok(Support::Available(Threads::Several(Vec::new()))),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "kern.proc.pid: torn record")),
    }
}

/// The table that a sysctl below `kern.proc` has for this process.
fn read_table(what: libc::c_int) -> io::Result<Vec<u8>> {
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

/// Records of `struct kinfo_file` (sys/user.h), each as long as its first number says. Negative
/// descriptors stand for the root, the working directory and the like.
fn parse_records(mut table: &[u8]) -> io::Result<Vec<(RawFd, libc::c_int)>> {
    let torn = || io::Error::new(io::ErrorKind::InvalidData, "kern.proc.filedesc: torn record");
    let mut found = Vec::new();
    while !table.is_empty() {
        let length =
            read_int_at(table, offset_of!(libc::kinfo_file, kf_structsize)).ok_or_else(torn)?;
        let length = usize::try_from(length).map_err(|_| torn())?;
        if length == 0 {
            break;
        }
        let record = table.get(..length).ok_or_else(torn)?;
        let fd = read_int_at(record, offset_of!(libc::kinfo_file, kf_fd)).ok_or_else(torn)?;
        let kind = read_int_at(record, offset_of!(libc::kinfo_file, kf_type)).ok_or_else(torn)?;
        if fd >= 0 {
            found.push((fd, kind));
        }
        table = &table[length..];
    }
    Ok(found)
}

fn read_int_at(bytes: &[u8], offset: usize) -> Option<libc::c_int> {
    let bytes = bytes.get(offset..offset + size_of::<libc::c_int>())?;
    Some(libc::c_int::from_ne_bytes(bytes.try_into().ok()?))
}
