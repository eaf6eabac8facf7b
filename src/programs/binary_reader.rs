//! A program or a library, read from a file: its first bytes say whether it is ELF or Mach-O.

use super::binary::{Binary, Bounded, ByteSource};
use super::{elf, macho};
use object::read::{ReadCache, ReadRef};
use std::cell::Cell;
use std::fs::File;

/// Bytes that are read of one file.
const MOST_BYTES: u64 = 16 << 20;

impl Binary {
    /// Reads `file`, which is a regular file; `None` if it is no binary, or broken. Only the parts that are
    /// needed are read, and no more than a few megabytes, whatever the file claims.
    pub(crate) fn read(file: File) -> Option<Self> {
        Self::read_source(Box::new(file))
    }

    /// Reads any source of bytes like a file.
    pub(super) fn read_source(source: Box<dyn ByteSource>) -> Option<Self> {
        let cache = ReadCache::new(source);
        let left = Cell::new(MOST_BYTES);
        let data = Bounded::new(&cache, &left);
        match data.read_bytes_at(0, 4).ok()? {
            b"\x7fELF" => elf::read(data),
            _ => macho::read(data),
        }
    }
}

#[cfg(test)]
#[path = "binary_reader_tests.rs"]
mod tests;
