//! Observed uses of paths: one entry for each path, with a bound on their number.

use crate::learning::host::HostFiles;
use crate::platform::CallKind;
use std::collections::BTreeMap;
use std::ops::{BitOr, BitOrAssign};
use std::path::{Path, PathBuf};

/// Entries that are kept. A path beyond them is counted, and not kept.
pub(crate) const MOST_PATHS: usize = 100_000;

/// Entries of one folder that are kept. Uses of further ones count as uses of the folder: visitors can have any number of
/// files made, such as sessions, and the paths that matter must still find room.
const MOST_IN_FOLDER: usize = 1000;

/// Ports that are kept.
const MOST_PORTS: usize = 10_000;

/// Bytes of all names that are kept.
const MOST_BYTES: usize = 15 << 20;

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

    /// The uses that a call makes of its path.
    pub(crate) fn of_call(kind: CallKind) -> Self {
        match kind {
            CallKind::Open { reads, writes, .. } => {
                let read = if reads { Self::READ } else { Self::NONE };
                if writes { read | Self::WRITE } else { read }
            }
            CallKind::Look => Self::LOOK,
            CallKind::AskWrite => Self::ASK_WRITE,
            CallKind::Change => Self::WRITE,
            CallKind::Run => Self::RUN,
            CallKind::Connect => Self::CONNECT,
        }
    }

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

    /// The same use of the folder that the path lies in, which stands for all that is in it.
    fn of_folder(self) -> Self {
        let folder = |path: &Path| path.parent().unwrap_or(Path::new("/")).to_owned();
        let has_same_name = self.path.file_name() == self.real.file_name();
        let path = folder(&self.path);
        let real = if has_same_name { folder(&self.real) } else { path.clone() };
        let uses = match self.uses {
            uses if uses.write() => Uses::WRITE | Uses::READ,
            uses if uses.only_look() => Uses::LOOK,
            _ => Uses::READ,
        };
        Self { path, real, uses, set_id: false, ..self }
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
    /// Number of entries of each folder.
    folders: BTreeMap<PathBuf, usize>,
    /// Bytes of all names.
    bytes: usize,
    /// Uses of further paths, which are not kept.
    pub lost: u64,
}

impl ObservationTable {
    /// Adds one observation, or merges it with those of the same path.
    pub(crate) fn add(&mut self, mut seen: Observation) {
        while self.lies_in_full_folder(&seen.path) {
            seen = seen.of_folder();
        }
        self.keep(seen);
    }

    /// Whether the path is a new one, in a folder of which no more are kept.
    fn lies_in_full_folder(&self, path: &Path) -> bool {
        let Some(folder) = path.parent() else { return false };
        let count = self.folders.get(folder).copied().unwrap_or_default();
        count >= MOST_IN_FOLDER && !self.paths.contains_key(path)
    }

    fn keep(&mut self, seen: Observation) {
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
        if self.paths.len() < MOST_PATHS && self.has_room(&names) {
            let folder = seen.path.parent().unwrap_or(Path::new("/")).to_owned();
            *self.folders.entry(folder).or_default() += 1;
            self.paths.insert(seen.path.clone(), seen);
        } else {
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// Takes room for `names`, if there is enough.
    fn has_room(&mut self, names: &[&PathBuf]) -> bool {
        let bytes: usize = names.iter().map(|name| name.as_os_str().len()).sum();
        let has = self.bytes.saturating_add(bytes) <= MOST_BYTES;
        self.bytes += if has { bytes } else { 0 };
        has
    }

    /// Adds all observations of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.paths.values().for_each(|seen| self.add(seen.clone()));
        for (port, (program, count)) in &other.ports {
            self.add_port(port.clone(), program, *count);
        }
        self.lost = self.lost.saturating_add(other.lost);
    }

    /// The same observations with facts that a recording does not have: real paths, and set-uid programs.
    pub(crate) fn complete(&self, host: &dyn HostFiles) -> Self {
        let mut table = Self { lost: self.lost, ..Self::default() };
        for seen in self.paths.values() {
            let real = host.find_real(&seen.path).unwrap_or_else(|| seen.path.clone());
            let set_id = seen.uses.has(Uses::RUN) && host.has_set_id(&seen.path);
            table.add(Observation { real, set_id, ..seen.clone() });
        }
        table
    }

    /// Whether nothing was observed.
    pub(crate) fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.ports.is_empty() && self.lost == 0
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
        if let Some((_, known)) = self.ports.get_mut(&port) {
            *known = known.saturating_add(count);
        } else if self.ports.len() < MOST_PORTS && self.has_room(&[&program.to_owned()]) {
            self.ports.insert(port, (program.to_owned(), count));
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
        assert!(table.len() < 16, "{}", table.len());
        assert_eq!(table.len() as u64 + table.lost, 40);
        // A path that is known is counted on.
        let lost = table.lost;
        table.add(seen(format!("/0/{long}")));
        assert_eq!(table.lost, lost);
    }

    #[test]
    fn a_flood_of_names_in_one_folder_leaves_room_for_others() {
        let mut table = ObservationTable::default();
        for number in 0..(2 * MOST_PATHS) {
            let session = seen(format!("/var/lib/php/sessions/sess_{number}"));
            table.add(Observation { uses: Uses::WRITE, ..session });
        }
        table.add(seen("/usr/share/app/index.php".to_owned()));
        assert_eq!((table.len(), table.lost), (MOST_IN_FOLDER + 2, 0));
        let folder = table.paths().find(|it| it.path == Path::new("/var/lib/php/sessions"));
        assert!(folder.is_some_and(|it| it.uses.has(Uses::WRITE)));
    }

    #[test]
    fn ports_take_a_bounded_room() {
        let mut table = ObservationTable::default();
        let program = PathBuf::from("/x".repeat(2000));
        for port in 0..u16::MAX {
            table.add_port(PortUse { address: "::1".into(), port }, &program, 1);
        }
        assert!(table.ports().count() <= MOST_PORTS && table.bytes <= MOST_BYTES);
        assert_eq!(table.ports().count() as u64 + table.lost, u64::from(u16::MAX));
    }

    #[test]
    fn a_folder_knows_whether_something_below_it_was_used() {
        let mut table = ObservationTable::default();
        ["/a/b", "/a.b", "/c"].iter().for_each(|path| table.add(seen((*path).to_owned())));
        assert!(table.has_below(Path::new("/a")));
        assert!(!table.has_below(Path::new("/a/b")) && !table.has_below(Path::new("/b")));
    }
}
