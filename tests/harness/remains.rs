//! Processes, mounts and shared memory of a scene that are left when its test fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::poll::{PATIENCE, within};
use super::process::{Identity, Process};

/// Ends the processes that belong to the scene in `base`, then removes its mounts and its shared memory.
pub(crate) fn remove(base: &Path, jail: Option<Identity>) {
    end_processes(base, jail, Duration::ZERO);
    unmount(base);
}

/// Ends the processes that carry `base` in their command line, or have the jail or a view of it as their root. They are
/// given `time` to notice that their server is gone.
pub(super) fn end_processes(base: &Path, jail: Option<Identity>, time: Duration) {
    let gone = |limit| within(limit, || processes(base, jail).is_empty().then_some(()));
    if gone(time).is_some() {
        return;
    }
    let left = processes(base, jail);
    let memory: BTreeSet<_> = left.iter().copied().flat_map(shared_memory).collect();
    left.iter().for_each(|one| one.signal("KILL"));
    let _ = gone(PATIENCE);
    remove_shared_memory(&memory);
}

fn processes(base: &Path, jail: Option<Identity>) -> Vec<Process> {
    let name = base.to_string_lossy().into_owned();
    let host = Identity::of("/".as_ref());
    let me = std::process::id();
    let is_inside = |one: &Process| {
        let root = Identity::of(&one.path("root"));
        // A process with the host's root belongs to no scene, whatever is mounted on the host.
        if root.is_none() || root == host {
            return false;
        }
        // The root of a view is a file system of its own, but the scene is mounted in it: the kernel lists the mounts
        // that a process can reach, and no others.
        let mounts = || fs::read_to_string(one.path("mountinfo")).unwrap_or_default();
        let path = || one.path("root").read_link().unwrap_or_default();
        root == jail || path().starts_with(base) || mounts().contains(&name)
    };
    let is_left = |one: &Process| {
        one.pid != me && one.is_alive() && (is_inside(one) || one.command_line().contains(&name))
    };
    Process::all().into_iter().filter(is_left).collect()
}

/// Files of named shared memory that a process has mapped. APR names those of httpd's modules `ShM.*`; they remain if
/// the process is killed.
pub(crate) fn shared_memory(process: Process) -> BTreeSet<PathBuf> {
    let maps = fs::read_to_string(process.path("maps")).unwrap_or_default();
    let paths = maps.lines().filter_map(|line| line.split_whitespace().nth(5));
    paths.filter(|path| path.starts_with("/dev/shm/ShM.")).map(PathBuf::from).collect()
}

/// Removes files of shared memory whose processes have ended.
pub(super) fn remove_shared_memory(files: &BTreeSet<PathBuf>) {
    for file in files {
        let _ = fs::remove_file(file);
    }
}

/// Removes the mounts at and below `base` from the mount namespace of the tests, the last first.
pub(super) fn unmount(base: &Path) {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let points = table.lines().rev().filter_map(|line| line.split(' ').nth(4));
    for point in points.filter(|point| Path::new(point).starts_with(base)) {
        let _ = Command::new("umount").arg("--lazy").arg(point).output();
    }
}
