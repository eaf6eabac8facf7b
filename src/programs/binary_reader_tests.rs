use super::*;
use crate::programs::binary::{Machine, folders};
use proptest::prelude::*;
use std::io::{Seek, Write};
use std::path::Path;

fn of(path: &Path) -> Option<Binary> {
    Binary::read(File::open(path).unwrap())
}

fn of_bytes(bytes: &[u8]) -> Option<Binary> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    Binary::read(file)
}

#[test]
fn this_very_program_names_its_loader_and_the_c_library() {
    let this = of(&std::env::current_exe().unwrap()).unwrap();
    assert!(this.loader.unwrap().exists());
    assert!(this.needed.iter().any(|name| name.to_string_lossy().contains("libc.")));
}

#[test]
fn a_script_is_no_binary() {
    for text in ["", "#", "#!/bin/sh\n", "\x7fELF", "\x7fELF\x02\x01\x01"] {
        assert_eq!(of_bytes(text.as_bytes()), None, "{text:?}");
    }
}

/// A file of a tebibyte, most of which is a hole, that claims to be all dynamic section.
#[test]
fn what_a_file_claims_to_hold_is_not_read_at_once() {
    let mut bytes = std::fs::read("/bin/sh").unwrap();
    if !bytes.starts_with(b"\x7fELF\x02") {
        eprintln!("SKIPPED: the programs of this system are not ELF files of 64 bits");
        return;
    }
    let header = |index: usize| 64 + 56 * index;
    let number =
        |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let dynamic = (0..20).map(header).find(|&at| number(&bytes, at) == 2).unwrap();
    bytes[dynamic + 32..dynamic + 40].copy_from_slice(&(1_u64 << 39).to_le_bytes());
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    file.set_len(1 << 40).unwrap();
    let begin = std::time::Instant::now();
    let read = Binary::read(file);
    assert!(read.is_none_or(|binary| binary.needed.is_empty()));
    assert!(begin.elapsed() < std::time::Duration::from_secs(1));
}

/// A Mach-O file of 64 bits for x86-64 with a loader, a library by path, a weak one and a folder.
fn mach_o() -> Vec<u8> {
    let command = |kind: u32, fields: &[u32], text: &str| {
        let mut text = text.as_bytes().to_vec();
        text.resize(text.len() / 8 * 8 + 8, 0);
        let mut words = vec![kind, (8 + 4 * fields.len() + text.len()) as u32];
        words.extend(fields);
        let mut bytes: Vec<_> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(text);
        bytes
    };
    let commands = [
        command(0xe, &[12], "/usr/lib/dyld"),
        command(0xc, &[24, 0, 0, 0], "/usr/lib/libSystem.B.dylib"),
        command(0xc, &[24, 0, 0, 0], "@rpath/libz.1.dylib"),
        command(0x8000_0018, &[24, 0, 0, 0], "/opt/weak.dylib"),
        command(0x8000_001c, &[12], "@loader_path/../lib"),
    ];
    let size = commands.iter().map(Vec::len).sum::<usize>() as u32;
    let header = [0xfeed_facf, 0x0100_0007, 3, 2, commands.len() as u32, size, 0, 0];
    let mut file: Vec<_> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
    commands.iter().for_each(|command| file.extend(command));
    file
}

fn is_as_written(binary: &Binary) {
    assert_eq!(binary.machine, Machine::MachO(0x0100_0007));
    assert_eq!(binary.loader.as_deref(), Some(Path::new("/usr/lib/dyld")));
    assert_eq!(binary.needed, ["/usr/lib/libSystem.B.dylib", "@rpath/libz.1.dylib"]);
    assert_eq!(binary.rpath, ["@loader_path/../lib"]);
}

#[test]
fn a_binary_of_darwin_is_read() {
    is_as_written(&of_bytes(&mach_o()).unwrap());
}

#[test]
fn of_a_binary_for_several_processors_the_part_for_this_one_is_read() {
    if std::env::consts::ARCH != "x86_64" {
        return;
    }
    let part = mach_o();
    let (wrong, right) = ((0x0100_000c, 48), (0x0100_0007, 48 + 64));
    let mut words = vec![0xcafe_babe_u32, 2];
    for (cpu, offset) in [wrong, right] {
        words.extend([cpu, 3, offset, part.len() as u32, 3]);
    }
    let mut file: Vec<_> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    file.resize(48 + 64, 0);
    file.extend(part);
    is_as_written(&of_bytes(&file).unwrap());
}

#[test]
fn a_list_of_folders_has_no_empty_ones() {
    assert_eq!(folders(b"/a::$ORIGIN/b:"), ["/a", "$ORIGIN/b"]);
    assert!(folders(b"").is_empty());
}

/// A real program, of which some bytes are others.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let start = std::fs::read("/bin/sh").unwrap();
    let changes = proptest::collection::vec((0..4096_usize, any::<u8>()), 0..20);
    (changes, 0..100_000_usize).prop_map(move |(changes, length)| {
        let mut bytes = start.clone();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(length.max(4096));
        bytes
    })
}

proptest! {
    #[test]
    fn whatever_a_file_holds_is_read_without_harm(
        rest: Vec<u8>,
        class in 0..4_u8,
        order in 0..4_u8,
        magic in prop_oneof![
            Just(b"\x7fELF".to_vec()),
            Just(vec![0xcf, 0xfa, 0xed, 0xfe]),
            Just(vec![0xca, 0xfe, 0xba, 0xbe]),
            Just(vec![0xca, 0xfe, 0xba, 0xbf]),
        ],
    ) {
        let file = [magic, vec![class, order], rest].concat();
        of_bytes(&file);
    }

    #[test]
    fn a_damaged_program_is_read_without_harm(file in damaged()) {
        of_bytes(&file);
    }
}
