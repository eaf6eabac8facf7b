//! ELF files for tests: small, and whole enough for a real loader to list their libraries.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// An ELF file of 64 bits, little-endian.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub machine: u16,
    pub loader: Option<String>,
    pub name: Option<String>,
    pub needed: Vec<String>,
    pub rpath: Option<String>,
    pub runpath: Option<String>,
    pub audit: Option<String>,
    pub own_folders_only: bool,
}

impl Default for Made {
    fn default() -> Self {
        Self {
            machine: object::elf::EM_X86_64,
            loader: None,
            name: None,
            needed: Vec::new(),
            rpath: None,
            runpath: None,
            audit: None,
            own_folders_only: false,
        }
    }
}

impl Made {
    /// A program with the loader of this machine's kind, that needs these.
    pub(crate) fn program(loader: &str, needed: &[&str]) -> Self {
        Self { loader: Some(loader.into()), ..Self::library(needed) }
    }

    /// A library that needs these.
    pub(crate) fn library(needed: &[&str]) -> Self {
        Self { needed: needed.iter().map(|&name| name.into()).collect(), ..Self::default() }
    }

    /// Writes it, and makes the folders above it.
    pub(crate) fn write(&self, path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, self.bytes()).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }

    /// Entries of the dynamic section that have texts, and the texts.
    fn entries(&self) -> (Vec<(u64, u64)>, Vec<u8>) {
        let mut strings = vec![0_u8];
        let mut put = |text: &String| {
            let at = strings.len() as u64;
            strings.extend(text.bytes().chain([0]));
            at
        };
        let mut entries: Vec<(u64, u64)> = Vec::new();
        entries.extend(self.needed.iter().map(|name| (1, put(name))));
        entries.extend(self.name.iter().map(|name| (14, put(name))));
        entries.extend(self.rpath.iter().map(|list| (15, put(list))));
        entries.extend(self.runpath.iter().map(|list| (29, put(list))));
        entries.extend(self.audit.iter().map(|name| (0x6fff_fefc, put(name))));
        entries.extend(self.own_folders_only.then_some((0x6fff_fffb, 0x800)));
        (entries, strings)
    }

    /// One segment holds all of the file, and is loaded at 0.
    pub(super) fn bytes(&self) -> Vec<u8> {
        const HEADERS: u64 = 64 + 3 * 56;
        let (mut entries, mut strings) = self.entries();
        let loader = strings.len() as u64;
        strings.extend(self.loader.iter().flat_map(|loader| loader.bytes().chain([0])));
        let size = 16 * (entries.len() as u64 + 6);
        // One symbol, which is none, and a table of hashes that has one chain.
        let (symbols, hashes, table) = (HEADERS + size, HEADERS + size + 24, HEADERS + size + 40);
        let end = strings.len() as u64;
        entries.extend([(5, table), (10, end), (6, symbols), (11, 24), (4, hashes), (0, 0)]);
        let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        file.extend([3, self.machine].map(u16::to_le_bytes).concat());
        file.extend(1_u32.to_le_bytes());
        file.extend([0_u64, 64, 0].map(u64::to_le_bytes).concat());
        file.extend(0_u32.to_le_bytes());
        file.extend([64_u16, 56, 3, 0, 0, 0].map(u16::to_le_bytes).concat());
        file.extend(segment(1, 0, table + end));
        file.extend(segment(2, HEADERS, size));
        let kind = if self.loader.is_some() { 3 } else { 0 };
        file.extend(segment(kind, table + loader, end - loader));
        for (tag, value) in entries {
            file.extend([tag, value].map(u64::to_le_bytes).concat());
        }
        file.extend([0; 24]);
        file.extend([1_u32, 1, 0, 0].map(u32::to_le_bytes).concat());
        file.extend(strings);
        file
    }
}

/// A program header.
fn segment(kind: u32, at: u64, size: u64) -> Vec<u8> {
    let mut bytes = [kind, 6].map(u32::to_le_bytes).concat();
    bytes.extend([at, at, at, size, size, 0x1000].map(u64::to_le_bytes).concat());
    bytes
}
