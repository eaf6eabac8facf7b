//! Files that a program or a library names, in ELF and Mach-O alike.

use object::read::{ReadCache, ReadRef};
use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::fmt::Debug;
use std::io::{Read, Seek};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// A program or a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binary {
    /// The machine that it is for.
    pub machine: Machine,
    /// The program that loads it, if it names one: the dynamic loader.
    pub loader: Option<PathBuf>,
    /// The name by which others know it.
    pub name: Option<OsString>,
    /// Libraries that it cannot do without, by name or by path.
    pub needed: Vec<OsString>,
    /// Folders in which its libraries, and those of its libraries, are looked for first.
    pub rpath: Vec<OsString>,
    /// Folders in which its own libraries are looked for.
    pub runpath: Vec<OsString>,
    /// Whether the system's own folders are not for its libraries.
    pub own_folders_only: bool,
}

/// The machine that a binary is for: those of one process agree in all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Machine {
    /// An ELF file: its class, byte order, and `e_machine`.
    Elf {
        /// 64 bits rather than 32.
        is_64: bool,
        /// The most significant byte first.
        is_big: bool,
        /// The processor.
        number: u16,
    },
    /// A Mach-O file: its `cputype`.
    MachO(u32),
}

/// As many libraries are read of one binary: no real one has more.
pub(super) const MOST_NEEDED: usize = 1024;

/// Bytes of one string: that of a path.
pub(super) const MOST_OF_STRING: u64 = 4096;

/// Source of bytes: a file, or memory.
pub(super) trait ByteSource: Read + Seek + Debug {}

impl<T: Read + Seek + Debug> ByteSource for T {}

/// A file of which no more than a bounded part is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounded<'a> {
    cache: &'a ReadCache<Box<dyn ByteSource>>,
    left: &'a Cell<u64>,
}

impl<'a> Bounded<'a> {
    /// The file in `cache`, of which the bytes that are `left` may be read.
    pub(super) fn new(cache: &'a ReadCache<Box<dyn ByteSource>>, left: &'a Cell<u64>) -> Self {
        Self { cache, left }
    }

    fn charge(self, bytes: u64) -> Result<(), ()> {
        self.left.set(self.left.get().checked_sub(bytes).ok_or(())?);
        Ok(())
    }
}

impl<'a> ReadRef<'a> for Bounded<'a> {
    fn len(self) -> Result<u64, ()> {
        self.cache.len()
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        self.charge(size)?;
        self.cache.read_bytes_at(offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        self.charge(MOST_OF_STRING)?;
        let end = range.end.min(range.start.saturating_add(MOST_OF_STRING));
        self.cache.read_bytes_at_until(range.start..end, delimiter)
    }
}

/// A name in a binary.
pub(super) fn word(bytes: &[u8]) -> OsString {
    OsStr::from_bytes(bytes).to_owned()
}

/// The folders of a list with colons between them.
pub(super) fn folders(list: &[u8]) -> Vec<OsString> {
    list.split(|&byte| byte == b':').filter(|part| !part.is_empty()).map(word).collect()
}
