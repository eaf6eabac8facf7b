//! ELF files (System V ABI), as their loaders read them: by program headers only, since sections may
//! be missing or lie.

use super::binary::{Binary, Bounded, MOST_NEEDED, Machine, folders, word};
use object::Endianness;
use object::elf;
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::read::{ReadRef, StringTable};

pub(super) fn read(data: Bounded<'_>) -> Option<Binary> {
    match data.read_bytes_at(0, 5).ok()?[4] {
        elf::ELFCLASS32 => read_class::<elf::FileHeader32<Endianness>>(data),
        elf::ELFCLASS64 => read_class::<elf::FileHeader64<Endianness>>(data),
        _ => None,
    }
}

fn read_class<Header: FileHeader<Endian = Endianness>>(data: Bounded<'_>) -> Option<Binary> {
    let header = Header::parse(data).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, data).ok()?;
    let loader = segments.iter().find_map(|it| it.interpreter(endian, data).ok()?);
    let mut binary = Binary {
        machine: Machine::Elf {
            is_64: header.is_type_64(),
            is_big: header.is_big_endian(),
            number: header.e_machine(endian),
        },
        loader: loader.filter(|name| !name.is_empty()).map(|name| word(name).into()),
        name: None,
        needed: Vec::new(),
        rpath: Vec::new(),
        runpath: Vec::new(),
        own_folders_only: false,
    };
    if let Some(entries) = segments.iter().find_map(|it| it.dynamic(endian, data).ok()?) {
        let strings = find_strings(entries, segments, endian, data)?;
        entries
            .iter()
            .take_while(|entry| entry.tag32(endian) != Some(elf::DT_NULL))
            .for_each(|entry| binary.read_entry(entry, endian, &strings));
    }
    // Of the two, loaders heed the newer one alone.
    if !binary.runpath.is_empty() {
        binary.rpath.clear();
    }
    Some(binary)
}

/// Where the strings lie: the dynamic section has an address in memory, and the segments tell which
/// part of the file comes to lie there.
fn find_strings<
    'a,
    Entry: Dyn<Endian = Endianness>,
    Segment: ProgramHeader<Endian = Endianness>,
>(
    entries: &[Entry],
    segments: &[Segment],
    endian: Endianness,
    data: Bounded<'a>,
) -> Option<StringTable<'a, Bounded<'a>>> {
    let value = |tag| {
        let entry = entries.iter().find(|entry| entry.tag32(endian) == Some(tag))?;
        Some(entry.d_val(endian).into())
    };
    let (address, size): (u64, u64) = (value(elf::DT_STRTAB)?, value(elf::DT_STRSZ)?);
    let start = segments.iter().filter(|it| it.p_type(endian) == elf::PT_LOAD).find_map(|it| {
        let within = address.checked_sub(it.p_vaddr(endian).into())?;
        let (offset, length) = it.file_range(endian);
        (within < length).then(|| offset.checked_add(within)).flatten()
    })?;
    Some(StringTable::new(data, start, start.checked_add(size)?))
}

impl Binary {
    fn read_entry<'a, Entry: Dyn<Endian = Endianness>>(
        &mut self,
        entry: &Entry,
        endian: Endianness,
        strings: &StringTable<'a, Bounded<'a>>,
    ) {
        let text = || entry.val32(endian).and_then(|at| strings.get(at).ok()).unwrap_or_default();
        match entry.tag32(endian) {
            Some(elf::DT_NEEDED) if self.needed.len() < MOST_NEEDED => {
                self.needed.push(word(text()));
            }
            Some(elf::DT_SONAME) => self.name = Some(word(text())),
            Some(elf::DT_RPATH) => self.rpath = folders(text()),
            Some(elf::DT_RUNPATH) => self.runpath = folders(text()),
            Some(elf::DT_FLAGS_1) => {
                let flags: u64 = entry.d_val(endian).into();
                self.own_folders_only = flags & u64::from(elf::DF_1_NODEFLIB) != 0;
            }
            _ => {}
        }
    }
}
