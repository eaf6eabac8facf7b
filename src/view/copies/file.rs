//! Contents of a file: read, and compared with those of a copy.

use crate::platform;
use crate::platform::{InodeKind, Ownership};
use crate::view::copies::safe_dir::SafeDir;
use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::AsFd;

/// Name of a file before it is renamed to its place.
pub(crate) const NEW: &CStr = c".mod_chroot.copy";

/// Whether the copy `name` in `folder` has the contents of `source`, and `ownership`: then it is not written again.
pub(crate) fn is_up_to_date(
    source: &File,
    folder: &SafeDir,
    name: &CStr,
    ownership: Ownership,
) -> io::Result<bool> {
    let Some(here) = read_copy(folder, name, ownership)? else { return Ok(false) };
    let mut there = Vec::new();
    source.try_clone()?.take(LARGEST_COMPARED).read_to_end(&mut there)?;
    source.try_clone()?.rewind()?;
    Ok(here == there)
}

/// Whether the copy `name` in `folder` consists of `contents`, and has `ownership`.
pub(crate) fn has_contents(
    contents: &[u8],
    folder: &SafeDir,
    name: &CStr,
    ownership: Ownership,
) -> io::Result<bool> {
    Ok(read_copy(folder, name, ownership)?.is_some_and(|here| here == contents))
}

/// Reads the copy `name` in `folder`; `None` if there is none with `ownership`, or it is too large to be compared.
fn read_copy(folder: &SafeDir, name: &CStr, ownership: Ownership) -> io::Result<Option<Vec<u8>>> {
    let Ok(copy) = platform::open_file_at(folder.as_fd(), name) else { return Ok(None) };
    let inode = platform::read_inode(copy.as_fd())?;
    let has = Ownership { mode: inode.mode, user: inode.user, group: inode.group };
    if inode.sort != InodeKind::File || inode.links != 1 || has != ownership {
        return Ok(None);
    }
    let mut here = Vec::new();
    File::from(copy).take(LARGEST_COMPARED).read_to_end(&mut here)?;
    Ok(((here.len() as u64) < LARGEST_COMPARED).then_some(here))
}

/// Larger files, in bytes, are copied again rather than compared.
const LARGEST_COMPARED: u64 = 1 << 20;
