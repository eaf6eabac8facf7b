//! A process as the kernel describes it, read from outside through /proc.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::requirements::{Capability, require};

/// Device and inode of a file or folder, which identify it under every name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The device.
    pub(crate) device: u64,
    /// The inode.
    pub(crate) inode: u64,
}

impl Identity {
    /// The identity of what a path leads to, if there is anything.
    pub(crate) fn of(path: &Path) -> Option<Identity> {
        let facts = fs::metadata(path).ok()?;
        Some(Identity { device: facts.dev(), inode: facts.ino() })
    }
}

/// A running process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Process {
    /// The process id.
    pub(crate) pid: u32,
}

impl Process {
    /// Every process of the machine.
    pub(crate) fn all() -> Vec<Process> {
        let entries = fs::read_dir("/proc").expect("/proc").flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter_map(|name| name.parse().ok()).map(|pid| Process { pid }).collect()
    }

    /// A file or link of this process in /proc.
    pub(crate) fn path(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.pid))
    }

    /// Its root directory; `None` when it is gone.
    pub(crate) fn root(self) -> Option<Identity> {
        require_reading(&self.path("root"));
        Identity::of(&self.path("root"))
    }

    /// Its working directory, as the host names it.
    pub(crate) fn cwd(self) -> Option<PathBuf> {
        require_reading(&self.path("cwd"));
        fs::read_link(self.path("cwd")).ok()
    }

    /// Real, effective, saved and file system uid.
    pub(crate) fn uids(self) -> Vec<u32> {
        self.numbers("Uid")
    }

    /// Real, effective, saved and file system gid.
    pub(crate) fn gids(self) -> Vec<u32> {
        self.numbers("Gid")
    }

    /// The supplementary groups.
    pub(crate) fn groups(self) -> BTreeSet<u32> {
        self.numbers("Groups").into_iter().collect()
    }

    /// The inheritable, permitted, effective and ambient capabilities of every thread, or'ed together;
    /// nothing when they cannot be read.
    pub(crate) fn caps(self) -> Option<u64> {
        let threads = fs::read_dir(self.path("task")).ok()?.flatten();
        let status = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("status")).ok();
        // A thread may end meanwhile; one at least must have been seen.
        threads
            .filter_map(status)
            .map(|status| caps_of(&status))
            .reduce(|all, one| Some(all? | one?))?
    }

    /// One field of /proc/PID/status; empty when the process is gone.
    pub(crate) fn status_field(self, name: &str) -> String {
        let status = fs::read_to_string(self.path("status")).unwrap_or_default();
        field(&status, name).to_owned()
    }

    /// The process that started it.
    pub(crate) fn parent(self) -> Option<Process> {
        self.status_field("PPid").parse().ok().map(|pid| Process { pid })
    }

    /// Whether it still runs (a zombie does not).
    pub(crate) fn is_alive(self) -> bool {
        let state = self.status_field("State");
        !state.is_empty() && !state.starts_with(['Z', 'X'])
    }

    /// The words it was started with.
    pub(crate) fn command_line(self) -> String {
        let bytes = fs::read(self.path("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    }

    /// Targets of its open descriptors, as the kernel names them.
    pub(crate) fn descriptors(self) -> Vec<PathBuf> {
        require_reading(&self.path("cwd"));
        let links = fs::read_dir(self.path("fd")).into_iter().flatten().flatten();
        links.filter_map(|link| fs::read_link(link.path()).ok()).collect()
    }

    /// The directories it holds open; nothing when its descriptors cannot be read.
    pub(crate) fn open_directories(self) -> Option<Vec<PathBuf>> {
        require_reading(&self.path("cwd"));
        let links = fs::read_dir(self.path("fd")).ok()?.flatten();
        let is_directory =
            |link: &fs::DirEntry| fs::metadata(link.path()).is_ok_and(|it| it.is_dir());
        let name = |link: fs::DirEntry| fs::read_link(link.path()).unwrap_or_default();
        Some(links.filter(is_directory).map(name).collect())
    }

    /// Sends a signal, named as `kill` names it.
    pub(crate) fn signal(self, name: &str) {
        let words = format!("kill -{name} {}", self.pid);
        let sent = std::process::Command::new("sh").args(["-c", &words]).output().expect("sh");
        assert!(sent.status.success() || !self.is_alive(), "{words}: {sent:?}");
    }

    fn numbers(self, name: &str) -> Vec<u32> {
        let words = self.status_field(name);
        words.split_whitespace().filter_map(|word| word.parse().ok()).collect()
    }
}

/// Ends the test as not run if a link of a process may not be read. The demo, which is no test, shows what it can see.
fn require_reading(link: &Path) {
    if !cfg!(test) {
        return;
    }
    let error = fs::read_link(link).err();
    if error.is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied) {
        require(Capability::SysPtrace);
    }
}

fn field<'a>(status: &'a str, name: &str) -> &'a str {
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| *key == name).map_or("", |(_, value)| value.trim())
}

fn caps_of(status: &str) -> Option<u64> {
    let sets = ["CapInh", "CapPrm", "CapEff", "CapAmb"];
    let one = |name| u64::from_str_radix(field(status, name), 16).ok();
    sets.into_iter().map(one).try_fold(0, |all, set| Some(all | set?))
}
