//! The open descriptors of a process, and its directories, as FreeBSD's kernel lists them: `kern.proc.filedesc`, which
//! needs neither procfs nor fdescfs.

use crate::platform::DescriptorListError;
use crate::platform::Support;
use crate::platform::bsd::freebsd::process::{read_int_at, read_table};
use crate::platform::bsd::handle::describe_by_stat;
use crate::platform::unix::handle::{DescriptorKind, describe_socket, describe_terminal};
use std::io;
use std::mem::offset_of;
use std::os::fd::{BorrowedFd, RawFd};

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
/// Since FreeBSD 14.
pub(in crate::platform) const EVENTFD: libc::c_int = 13;
pub(in crate::platform) const TIMERFD: libc::c_int = 14;
/// Since FreeBSD 15: it gives access to a FreeBSD jail, or out of this one.
pub(in crate::platform) const JAILDESC: libc::c_int = 16;

/// Place of the kind of a vnode in its record, and the number of a directory. The libc crate has no names for them.
pub(in crate::platform) const VNODE_KIND_AT: usize = 32;
pub(in crate::platform) const DIRECTORY: libc::c_int = 2;

/// Number of the record of the root of the process' first `chroot`, or of its FreeBSD jail.
pub(in crate::platform) const BARRIER: libc::c_int = -3;

/// A record. Negative numbers stand for the root, the working directory and the like.
struct Record {
    fd: RawFd,
    kind: libc::c_int,
    is_directory: bool,
}

pub(in crate::platform) fn list_descriptors(
    _: BorrowedFd<'_>,
) -> Result<Vec<RawFd>, DescriptorListError> {
    let records = list_records().map_err(DescriptorListError::Unreadable)?;
    Ok(records.into_iter().map(|record| record.fd).filter(|&fd| fd >= 0).collect())
}

/// `fstat` calls a FreeBSD jail or a process a regular file, so the kernel's own list is asked.
pub(in crate::platform) fn inspect_descriptor(fd: RawFd) -> io::Result<DescriptorKind> {
    let Some(record) = list_records()?.into_iter().find(|record| record.fd == fd) else {
        return Ok(DescriptorKind::Closed);
    };
    match record.kind {
        VNODE => describe_by_stat(fd),
        SOCKET => describe_socket(fd),
        PTS => describe_terminal(fd),
        kind => Ok(describe_kind(kind).map_or(DescriptorKind::Harmless, DescriptorKind::Leading)),
    }
}

/// The kind in words, if it leads out of a jail.
fn describe_kind(kind: libc::c_int) -> Option<String> {
    match kind {
        PIPE | FIFO | KQUEUE | SHM | SEM | EVENTFD | TIMERFD => None,
        PTS => Some("a terminal".into()),
        PROCDESC => Some("a process".into()),
        JAILDESC => Some("a FreeBSD jail".into()),
        other => Some(format!("of the kernel's kind {other}")),
    }
}

pub(in crate::platform) fn find_leading_descriptor() -> io::Result<Support<Option<(RawFd, String)>>>
{
    let leading = |record: Record| {
        let what = match record.kind {
            VNODE => record.is_directory.then(|| "a directory".to_owned()),
            SOCKET => None,
            kind => describe_kind(kind),
        };
        Some((record.fd, what?))
    };
    let mut open = list_records()?.into_iter().filter(|record| record.fd >= 0);
    Ok(Support::Available(open.find_map(leading)))
}

/// Whether `..` has a barrier already.
pub(super) fn has_barrier() -> io::Result<bool> {
    Ok(list_records()?.iter().any(|record| record.fd == BARRIER))
}

fn list_records() -> io::Result<Vec<Record>> {
    parse_records(&read_table(libc::KERN_PROC_FILEDESC)?)
}

/// Each record is as long as its first number says.
fn parse_records(mut table: &[u8]) -> io::Result<Vec<Record>> {
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
        let of_vnode = read_int_at(record, VNODE_KIND_AT).ok_or_else(torn)?;
        let is_directory = kind == VNODE && of_vnode == DIRECTORY;
        found.push(Record { fd, kind, is_directory });
        table = &table[length..];
    }
    Ok(found)
}
