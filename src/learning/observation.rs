//! Observed uses of paths: one entry for each path, with a bound on their number.

use std::collections::BTreeMap;
use std::ops::{BitOr, BitOrAssign};
use std::path::{Path, PathBuf};

/// Entries that are kept. A path beyond them is counted, and not kept.
pub(crate) const MOST_PATHS: usize = 100_000;

/// Bytes of their names that are kept.
const MOST_BYTES: usize = 32 << 20;

/// Uses of one path, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Uses(u8);

impl Uses {
    /// Opened for reading, or listed.
    pub(crate) const READ: Self = Self(1);
    /// Written to, created, changed or removed.
    pub(crate) const WRITE: Self = Self(2);
    /// Looked at: its existence or its attributes.
    pub(crate) const LOOK: Self = Self(4);
    /// Asked whether it can be written to.
    pub(crate) const ASK_WRITE: Self = Self(8);
    /// Run.
    pub(crate) const RUN: Self = Self(16);
    /// Connected to.
    pub(crate) const CONNECT: Self = Self(32);

    /// The set without an entry.
    pub(crate) const NONE: Self = Self(0);

    /// Each single use, with its letter in the raw list and its verb.
    pub(crate) const ALL: [(Self, char, &'static str); 6] = [
        (Self::RUN, 'x', "ran"),
        (Self::CONNECT, 'c', "connected to"),
        (Self::WRITE, 'w', "wrote"),
        (Self::ASK_WRITE, 'a', "asked to write"),
        (Self::READ, 'r', "read"),
        (Self::LOOK, 's', "looked at"),
    ];

    /// Whether it has one of `others`.
    pub(crate) fn has(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether the path has to be writable for these uses.
    pub(crate) fn write(self) -> bool {
        self.has(Self::WRITE | Self::ASK_WRITE)
    }

    /// Whether it is looked at, and nothing else.
    pub(crate) fn only_look(self) -> bool {
        self == Self::LOOK
    }

    /// The letters of all uses.
    pub(crate) fn letters(self) -> String {
        Self::ALL.iter().filter(|(one, ..)| self.has(*one)).map(|(_, letter, _)| *letter).collect()
    }

    /// The set that `letters` stand for; `None` if one of them is no use.
    pub(crate) fn from_letters(letters: &str) -> Option<Self> {
        letters.chars().try_fold(Self::NONE, |uses, letter| {
            let one = Self::ALL.iter().find(|(_, known, _)| *known == letter)?;
            Some(uses | one.0)
        })
    }

    /// The verb of the strongest use.
    pub(crate) fn verb(self) -> &'static str {
        Self::ALL.iter().find(|(one, ..)| self.has(*one)).map_or("used", |(.., verb)| verb)
    }
}

impl BitOr for Uses {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Uses {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// Uses of one path by the children and their programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observation {
    /// Absolute path as it was used, without `.` and `..`.
    pub path: PathBuf,
    /// The path without symbolic links; the same as `path` if there is no link on it, or no file yet.
    pub real: PathBuf,
    /// The program that used it first.
    pub program: PathBuf,
    /// All uses.
    pub uses: Uses,
    /// Number of calls.
    pub count: u64,
    /// Whether it is a set-uid or set-gid program.
    pub set_id: bool,
}

impl Observation {
    /// A file that the configuration names, and that nobody used.
    pub(crate) fn named_by_configuration(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            real: path.to_owned(),
            program: "The configuration".into(),
            uses: Uses::READ,
            count: 0,
            set_id: false,
        }
    }
}

/// A TCP port that was connected to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PortUse {
    /// The address, in numbers.
    pub address: String,
    /// The port.
    pub port: u16,
}

/// Observations, each path once.
#[derive(Debug, Default)]
pub(crate) struct ObservationTable {
    paths: BTreeMap<PathBuf, Observation>,
    ports: BTreeMap<PortUse, (PathBuf, u64)>,
    /// Bytes of all names.
    bytes: usize,
    /// Uses of further paths, which are not kept.
    pub lost: u64,
}

impl ObservationTable {
    /// Adds one observation, or merges it with those of the same path.
    pub(crate) fn add(&mut self, seen: Observation) {
        if let Some(known) = self.paths.get_mut(&seen.path) {
            known.uses |= seen.uses;
            known.set_id |= seen.set_id;
            known.count = known.count.saturating_add(seen.count);
            if known.real == known.path {
                known.real = seen.real;
            }
            return;
        }
        let names = [&seen.path, &seen.real, &seen.program];
        let bytes: usize = names.iter().map(|name| name.as_os_str().len()).sum();
        if self.paths.len() < MOST_PATHS && self.bytes.saturating_add(bytes) <= MOST_BYTES {
            self.bytes += bytes;
            self.paths.insert(seen.path.clone(), seen);
        } else {
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// Whether uses of `path` are known that include all of `uses`. If so, they are counted.
    pub(crate) fn count_known(&mut self, path: &Path, uses: Uses) -> bool {
        match self.paths.get_mut(path) {
            Some(known) if known.uses | uses == known.uses => {
                known.count = known.count.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    /// Adds connections to a port.
    pub(crate) fn add_port(&mut self, port: PortUse, program: &Path, count: u64) {
        if self.ports.len() < MOST_PATHS || self.ports.contains_key(&port) {
            let entry = self.ports.entry(port).or_insert_with(|| (program.to_owned(), 0));
            entry.1 = entry.1.saturating_add(count);
        } else {
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// Whether something below `folder` was used.
    pub(crate) fn has_below(&self, folder: &Path) -> bool {
        let after = (std::ops::Bound::Excluded(folder), std::ops::Bound::Unbounded);
        self.paths.range::<Path, _>(after).next().is_some_and(|(next, _)| next.starts_with(folder))
    }

    /// All observations, in the order of their paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Observation> {
        self.paths.values()
    }

    /// All ports, with the program that used each first and the number of connections.
    pub(crate) fn ports(&self) -> impl Iterator<Item = (&PortUse, &Path, u64)> {
        self.ports.iter().map(|(port, (program, count))| (port, program.as_path(), *count))
    }

    /// Number of paths.
    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(path: String) -> Observation {
        let (path, program, uses) = (PathBuf::from(path), PathBuf::from("/p"), Uses::READ);
        Observation { real: path.clone(), path, program, uses, count: 1, set_id: false }
    }

    #[test]
    fn names_take_a_bounded_room_and_what_is_lost_is_counted() {
        let mut table = ObservationTable::default();
        let long = "x".repeat(1 << 20);
        for number in 0..40 {
            table.add(seen(format!("/{number}/{long}")));
        }
        assert!(table.len() < 20, "{}", table.len());
        assert_eq!(table.len() as u64 + table.lost, 40);
        // A path that is known is counted on.
        let lost = table.lost;
        table.add(seen(format!("/0/{long}")));
        assert_eq!(table.lost, lost);
    }

    #[test]
    fn a_folder_knows_whether_something_below_it_was_used() {
        let mut table = ObservationTable::default();
        ["/a/b", "/a.b", "/c"].iter().for_each(|path| table.add(seen((*path).to_owned())));
        assert!(table.has_below(Path::new("/a")));
        assert!(!table.has_below(Path::new("/a/b")) && !table.has_below(Path::new("/b")));
    }
}
