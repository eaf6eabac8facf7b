//! Mach-O files, of Darwin: for one processor, or for several in one file.

use super::binary::{Binary, Bounded, MOST_NEEDED, Machine, word};
use object::Endianness;
use object::macho;
use object::read::macho::{FatArch, LoadCommandVariant, MachHeader, MachOFatFile};

pub(super) fn read(data: Bounded<'_>) -> Option<Binary> {
    let offset =
        match find_part::<macho::FatArch32>(data).or_else(|| find_part::<macho::FatArch64>(data)) {
            Some(part) => part?,
            None => 0,
        };
    read_class::<macho::MachHeader64<Endianness>>(data, offset)
        .or_else(|| read_class::<macho::MachHeader32<Endianness>>(data, offset))
}

/// Where the part for this machine begins, if the file has parts; nothing within if it has none for
/// this machine.
fn find_part<Arch: FatArch>(data: Bounded<'_>) -> Option<Option<u64>> {
    let file = MachOFatFile::<Arch>::parse(data).ok()?;
    let wanted = match std::env::consts::ARCH {
        "aarch64" => macho::CPU_TYPE_ARM64,
        _ => macho::CPU_TYPE_X86_64,
    };
    Some(file.arches().iter().find(|arch| arch.cputype() == wanted).map(|arch| arch.file_range().0))
}

fn read_class<Header: MachHeader<Endian = Endianness>>(
    data: Bounded<'_>,
    offset: u64,
) -> Option<Binary> {
    let header = Header::parse(data, offset).ok()?;
    let endian = header.endian().ok()?;
    let mut binary = Binary {
        machine: Machine::MachO(header.cputype(endian)),
        loader: None,
        name: None,
        needed: Vec::new(),
        rpath: Vec::new(),
        runpath: Vec::new(),
        own_folders_only: false,
    };
    let mut commands = header.load_commands(endian, data, offset).ok()?;
    while let Ok(Some(command)) = commands.next() {
        let text = |name| command.string(endian, name).map(word);
        match command.variant().ok()? {
            // A weak one may be missing.
            LoadCommandVariant::Dylib(library)
                if command.cmd() != macho::LC_LOAD_WEAK_DYLIB
                    && binary.needed.len() < MOST_NEEDED =>
            {
                binary.needed.push(text(library.dylib.name).ok()?);
            }
            LoadCommandVariant::IdDylib(library) => binary.name = text(library.dylib.name).ok(),
            LoadCommandVariant::LoadDylinker(loader) => {
                let name = text(loader.name).ok().filter(|name| !name.is_empty());
                binary.loader = name.map(Into::into);
            }
            LoadCommandVariant::Rpath(folder) => binary.rpath.push(text(folder.path).ok()?),
            _ => {}
        }
    }
    Some(binary)
}
