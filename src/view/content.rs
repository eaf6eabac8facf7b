#![forbid(unsafe_code)]
//! What is in a file: read, compared, written under a new name.

use crate::platform::{self, Facts, Kind, UserId};
use crate::walk::on_host;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The name under which a file is written before it takes its place.
pub(super) const NEW: &CStr = c".mod_chroot.copy";

/// The file behind `held`, open for reading: the very one.
pub(super) fn reopened(held: BorrowedFd<'_>, path: &Path) -> io::Result<OwnedFd> {
    let changed = || io::Error::other("it was replaced while it was read");
    let facts = platform::facts(held.as_raw_fd())?;
    let found = on_host(path).map_err(|_| changed())?;
    let (Some(parent), Some(name)) = (found.at.parent(), found.at.file_name()) else {
        return Err(changed());
    };
    let parent = on_host(parent).map_err(|_| changed())?;
    let name = CString::new(name.as_bytes()).map_err(|_| changed())?;
    let file = platform::open_file_at(parent.file.as_fd(), &name)?;
    if platform::facts(file.as_raw_fd())?.identity == facts.identity {
        Ok(file)
    } else {
        Err(changed())
    }
}

pub(super) fn write_copy(folder: BorrowedFd<'_>, source: OwnedFd, facts: Facts) -> io::Result<()> {
    let mode = if facts.mode & 0o111 == 0 { 0o644 } else { 0o755 };
    let mut copy = File::from(platform::make_file_at(folder, NEW, 0o600)?);
    io::copy(&mut File::from(source), &mut copy)?;
    platform::set_mode_at(folder, NEW, mode)
}

/// Whether the copy `name` in `folder` has what `source` has: then it need not be written again.
pub(super) fn is_same(source: &OwnedFd, folder: BorrowedFd<'_>, name: &CStr) -> io::Result<bool> {
    let Ok(copy) = platform::open_file_at(folder, name) else { return Ok(false) };
    let facts = platform::facts(copy.as_raw_fd())?;
    if facts.kind != Kind::File || facts.owner != UserId(0) || facts.mode & 0o022 != 0 {
        return Ok(false);
    }
    let (mut here, mut there) = (Vec::new(), Vec::new());
    File::from(copy).take(LARGEST_COMPARED).read_to_end(&mut here)?;
    File::from(source.try_clone()?).take(LARGEST_COMPARED).read_to_end(&mut there)?;
    let same = here == there && (here.len() as u64) < LARGEST_COMPARED;
    File::from(source.try_clone()?).rewind()?;
    Ok(same)
}

/// Larger files, in bytes, are copied again rather than compared.
const LARGEST_COMPARED: u64 = 1 << 20;
