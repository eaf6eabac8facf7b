#![forbid(unsafe_code)]
//! What an ELF file says of its loader (`PT_INTERP`, System V ABI), and what a loader says of libraries.

/// As many bytes from the start of a file hold its headers and the loader's name in practice.
pub(super) const ENOUGH: u64 = 64 * 1024;

/// The program header type of the loader's name.
const PT_INTERP: u64 = 3;

/// Where fields are, in the two classes of files.
struct Layout {
    width: usize,
    headers: usize,
    entry_size: usize,
    count: usize,
    offset: usize,
    length: usize,
}

const CLASS_32: Layout =
    Layout { width: 4, headers: 28, entry_size: 42, count: 44, offset: 4, length: 16 };
const CLASS_64: Layout =
    Layout { width: 8, headers: 32, entry_size: 54, count: 56, offset: 8, length: 32 };

/// The loader that the file names, of which this is the start; `None` if it is static or no such file.
pub(super) fn interpreter(start: &[u8]) -> Option<&[u8]> {
    if !start.starts_with(b"\x7fELF") {
        return None;
    }
    let layout = match start.get(4)? {
        1 => CLASS_32,
        2 => CLASS_64,
        _ => return None,
    };
    let is_big = *start.get(5)? == 2;
    let number = |at: usize, width: usize| -> Option<usize> {
        let bytes = start.get(at..at.checked_add(width)?)?;
        let add = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        let number =
            if is_big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) };
        usize::try_from(number).ok()
    };
    let headers = number(layout.headers, layout.width)?;
    let entry_size = number(layout.entry_size, 2)?;
    for index in 0..number(layout.count, 2)? {
        let entry = headers.checked_add(index.checked_mul(entry_size)?)?;
        if number(entry, 4)? as u64 == PT_INTERP {
            let offset = number(entry.checked_add(layout.offset)?, layout.width)?;
            let length = number(entry.checked_add(layout.length)?, layout.width)?;
            let name = start.get(offset..offset.checked_add(length)?)?;
            return name.split(|&byte| byte == 0).next().filter(|name| !name.is_empty());
        }
    }
    None
}

/// The first library that a loader (glibc's, musl's) says is missing.
pub(super) fn missing_library(said: &str) -> Option<&str> {
    said.lines().find_map(|line| {
        if let Some((name, _)) = line.split_once("=> not found") {
            return Some(name.trim());
        }
        if let Some((_, rest)) = line.split_once("error while loading shared libraries: ") {
            return rest.split(':').next();
        }
        let (_, rest) = line.split_once("Error loading shared library ")?;
        rest.split(':').next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_loader_of_this_very_program_is_found() {
        let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let loader = interpreter(&this[..this.len().min(65_536)]).expect("a loader");
        let loader = std::str::from_utf8(loader).unwrap();
        assert!(std::path::Path::new(loader).exists(), "{loader}");
    }

    #[test]
    fn a_script_has_none() {
        assert_eq!(interpreter(b"#!/bin/sh\n"), None);
        assert_eq!(interpreter(b""), None);
    }

    #[test]
    fn what_loaders_say_is_understood() {
        let all = [
            ("\tlibfoo.so.1 => not found\n", Some("libfoo.so.1")),
            ("x: error while loading shared libraries: libz.so.1: cannot open", Some("libz.so.1")),
            (
                "Error loading shared library libc.so.6: No such file (needed by x)",
                Some("libc.so.6"),
            ),
            ("\tlibc.so.6 => /lib/libc.so.6 (0x00007f)\n", None),
            ("\tstatically linked\n", None),
        ];
        for (said, missing) in all {
            assert_eq!(missing_library(said), missing, "{said}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_file_holds_is_read_without_harm(rest: Vec<u8>, class in 0..4_u8, order in 0..4_u8) {
            let mut file = b"\x7fELF".to_vec();
            file.extend([class, order]);
            file.extend(rest);
            interpreter(&file);
        }
    }
}
