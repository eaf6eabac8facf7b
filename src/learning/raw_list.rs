//! The raw list: one line for each observed path, with fields that a tab separates. It is kept beside the proposal, so
//! that a later run adds to it.
//!
//! Names can hold any byte, and come from strangers: each byte that is not printable ASCII is written as `\x1b`.

use crate::learning::observation::{Observation, ObservationTable, PortUse, Uses};
use std::ffi::OsString;
use std::fmt::Write;
use std::net::IpAddr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// First line of the list.
pub(crate) const HEADER: &str = "# mod_chroot: observed uses of paths, version 1";

/// The list.
#[derive(Debug, Default)]
pub(crate) struct RawList {
    /// Observed uses.
    pub table: ObservationTable,
    /// Number of times that it was written. A run that finds another number than it left knows that another run came between.
    pub writes: u64,
}

/// Formats the list.
pub(crate) fn format_list(list: &RawList) -> String {
    let RawList { table, writes } = list;
    let mut text = format!(
        "{HEADER}\n# uses (x run, c connect, w write, a ask to write, r read, s look, S set-uid), count, program, \
         path, real path\nwritten\t{writes}\t\t\t\nlost\t{}\t\t\t\n",
        table.lost
    );
    for seen in table.paths() {
        let set_id = if seen.set_id { "S" } else { "" };
        let real = if seen.real == seen.path { String::new() } else { escape_path(&seen.real) };
        let (program, path) = (escape_path(&seen.program), escape_path(&seen.path));
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "{}{set_id}\t{}\t{program}\t{path}\t{real}",
            seen.uses.letters(),
            seen.count
        );
    }
    for (port, program, count) in table.ports() {
        let program = escape_path(program);
        let _ = writeln!(text, "tcp\t{count}\t{program}\t{}\t{}", port.address, port.port);
    }
    text
}

/// Reads a list. Lines that are none are left out.
pub(crate) fn read_list(text: &[u8]) -> RawList {
    let mut list = RawList::default();
    let lines = text.split(|&byte| byte == b'\n');
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
        if read_number(line, &mut list).is_none() {
            // A line that somebody has damaged is worth nothing.
            let _ = read_line(line, &mut list.table);
        }
    }
    list
}

/// Reads a number that is none of a path or port.
fn read_number(line: &[u8], list: &mut RawList) -> Option<()> {
    let (name, rest) = std::str::from_utf8(line).ok()?.split_once('\t')?;
    let count: u64 = rest.strip_suffix("\t\t\t")?.parse().ok()?;
    match name {
        "written" => list.writes = count,
        "lost" => list.table.lost = list.table.lost.saturating_add(count),
        _ => return None,
    }
    Some(())
}

fn read_line(line: &[u8], table: &mut ObservationTable) -> Option<()> {
    let line = std::str::from_utf8(line).ok()?;
    let fields: Vec<_> = line.split('\t').collect();
    let [letters, count, program, path, last] = fields.as_slice() else { return None };
    let (count, program) = (count.parse().ok()?, unescape_path(program)?);
    if *letters == "tcp" {
        let address: IpAddr = path.parse().ok()?;
        let port = PortUse { address: address.to_string(), port: last.parse().ok()? };
        table.add_port(port, &program, count);
        return Some(());
    }
    let set_id = letters.ends_with('S');
    let uses = Uses::from_letters(letters.trim_end_matches('S'))?;
    let path = unescape_path(path).filter(|path| path.is_absolute())?;
    let real = if last.is_empty() { path.clone() } else { unescape_path(last)? };
    table.add(Observation { path, real, program, uses, count, set_id });
    Some(())
}

fn escape_path(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_bytes() {
        if (b' '..=b'~').contains(&byte) && byte != b'\\' {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

fn unescape_path(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split("\\x");
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (digits, rest) = (part.get(..2)?, part.get(2..)?);
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Some(PathBuf::from(OsString::from_vec(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(all: &[Observation]) -> ObservationTable {
        let mut table = ObservationTable::default();
        all.iter().for_each(|seen| table.add(seen.clone()));
        table
    }

    proptest! {
        #[test]
        fn every_name_is_read_back_as_it_was(
            name in proptest::collection::vec(any::<u8>(), 0..40),
            real in proptest::collection::vec(any::<u8>(), 1..40),
            letters in "x?c?w?a?r?s?",
            count in 0_u64..1_000_000,
            set_id: bool,
        ) {
            let path = |bytes: Vec<u8>| Path::new("/").join(OsString::from_vec(
                bytes.into_iter().filter(|byte| *byte != 0).collect()));
            let uses = Uses::from_letters(&letters).unwrap();
            let seen = Observation {
                path: path(name), real: path(real), program: "/usr/bin/perl".into(), uses, count, set_id,
            };
            let mut before = table(&[seen]);
            before.add_port(PortUse { address: "::1".into(), port: 443 }, Path::new("/p"), 3);
            let before = RawList { table: before, writes: count };
            let text = format_list(&before);
            prop_assert!(text.bytes().all(|byte| byte == b'\n' || byte == b'\t' || (b' '..=b'~').contains(&byte)));
            let after = read_list(text.as_bytes());
            prop_assert_eq!(after.writes, count);
            let (before, after) = (before.table, after.table);
            prop_assert_eq!(
                before.paths().collect::<Vec<_>>(), after.paths().collect::<Vec<_>>());
            prop_assert_eq!(before.ports().collect::<Vec<_>>(), after.ports().collect::<Vec<_>>());
            prop_assert_eq!(before.lost, after.lost);
        }

        #[test]
        fn no_text_is_too_strange_to_be_read(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            read_list(&text);
        }
    }

    #[test]
    fn a_second_run_adds_to_the_first() {
        let seen = |uses, count| Observation {
            path: "/a".into(),
            real: "/a".into(),
            program: "/p".into(),
            uses,
            count,
            set_id: false,
        };
        let first = RawList { table: table(&[seen(Uses::READ, 2)]), writes: 1 };
        let mut both = read_list(format_list(&first).as_bytes()).table;
        both.merge(&table(&[seen(Uses::WRITE, 3)]));
        let merged: Vec<_> = both.paths().collect();
        assert_eq!((merged.len(), merged[0].count), (1, 5));
        assert_eq!(merged[0].uses, Uses::READ | Uses::WRITE);
    }
}
