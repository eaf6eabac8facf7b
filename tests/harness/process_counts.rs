//! Counts of the resources of a long-lived parent, so that two moments can be compared.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

use super::poll::PATIENCE;
use super::process::Process;
use super::server::Server;

/// Resources of the parent at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProcessCounts {
    /// Open descriptors of the parent.
    pub(crate) descriptors: usize,
    /// Its mappings.
    pub(crate) mappings: usize,
    /// Those of the module.
    pub(crate) module: usize,
    /// The mounts it sees.
    pub(crate) mounts: usize,
    /// Its children that ended and that it has not waited for.
    pub(crate) zombies: usize,
    /// Its memory in use, in KiB.
    pub(crate) resident: u64,
    /// Its data segment, in KiB.
    pub(crate) data: u64,
}

impl ProcessCounts {
    /// Counts the resources now.
    pub(crate) fn of(server: &Server) -> ProcessCounts {
        let parent = server.parent();
        let lines = |name| fs::read_to_string(parent.path(name)).expect("the parent's state");
        let maps = lines("maps");
        let kib = |name| {
            let field = parent.status_field(name);
            field.split(' ').next().and_then(|text| text.parse().ok()).expect("a size")
        };
        let is_zombie = |one: &Process| {
            one.parent() == Some(parent) && one.status_field("State").starts_with('Z')
        };
        ProcessCounts {
            descriptors: parent.descriptors().len(),
            mappings: maps.lines().count(),
            module: maps.lines().filter(|line| line.contains("mod_chroot.so")).count(),
            mounts: lines("mountinfo").lines().count(),
            zombies: Process::all().into_iter().filter(is_zombie).count(),
            resident: kib("VmRSS"),
            data: kib("VmData"),
        }
    }

    /// All counts but the memory, of which the allocator keeps more or less, and the mounts.
    pub(crate) fn counts(self) -> [usize; 4] {
        [self.descriptors, self.mappings, self.module, self.zombies]
    }
}

/// A position in the error log, so that a thousand restarts need not read it a thousand times.
pub(crate) struct Tail {
    log: fs::File,
    rest: String,
}

impl Tail {
    /// Begins at the present end.
    pub(crate) fn of(server: &Server) -> Tail {
        let mut log = fs::File::open(server.site.sandbox.error_log()).expect("the error log");
        log.seek(SeekFrom::End(0)).expect("its end");
        Tail { log, rest: String::new() }
    }

    /// Waits for the next line with these words.
    pub(crate) fn next(&mut self, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.log.read_to_string(&mut self.rest).expect("the error log");
            if let Some((_, rest)) = self.rest.split_once(words) {
                self.rest = rest.to_owned();
                return;
            }
            assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {words}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
