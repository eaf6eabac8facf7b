//! The folders of tests, below `/srv` or `MOD_CHROOT_TEST_ROOT`. Each has the process id of its run in its name. A run
//! keeps the folders of its last failed scenes, and removes everything of runs that have ended.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Once;

use super::process::Process;
use super::remains;

const PREFIX: &str = "mod_chroot-test-";
/// A file in the folder of a failed scene.
const FAILED: &str = "failed";
/// Number of failed scenes that a run keeps.
pub(crate) const KEPT: usize = 5;

/// Creates an empty folder, which is removed when it is dropped.
pub(crate) fn create() -> tempfile::TempDir {
    static FIRST: Once = Once::new();
    FIRST.call_once(remove_earlier_runs);
    let mut builder = tempfile::Builder::new();
    let prefix = format!("{PREFIX}{}-", run().pid);
    builder.prefix(&prefix).permissions(Permissions::from_mode(0o755));
    builder.tempdir_in(root()).expect("a folder for the scene (tests run as root)")
}

/// Keeps the folder of a failed scene, and removes that of the oldest one if there are too many.
pub(crate) fn keep(folder: &Path) {
    let _ = fs::write(folder.join(FAILED), "");
    let mut failed: Vec<_> = all()
        .filter(|(process, _)| *process == run())
        .filter_map(|(_, path)| {
            Some((fs::metadata(path.join(FAILED)).ok()?.modified().ok()?, path))
        })
        .collect();
    failed.sort();
    let surplus = failed.len().saturating_sub(KEPT);
    for (_, path) in failed.into_iter().take(surplus) {
        let _ = fs::remove_dir_all(path);
    }
}

fn root() -> PathBuf {
    std::env::var_os("MOD_CHROOT_TEST_ROOT").map_or_else(|| "/srv".into(), PathBuf::from)
}

/// The process that lives as long as the run: cargo, which starts one test crate after the other, or a shell.
fn run() -> Process {
    let parent = std::os::unix::process::parent_id();
    Process { pid: if parent > 1 { parent } else { std::process::id() } }
}

/// Folders of all runs, each with the process of its run.
fn all() -> impl Iterator<Item = (Process, PathBuf)> {
    let entries = fs::read_dir(root()).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let (pid, _) = name.strip_prefix(PREFIX)?.split_once('-')?;
        Some((Process { pid: pid.parse().ok()? }, entry.path()))
    })
}

/// Removes the folders of runs that have ended, however they did, and ends their processes.
fn remove_earlier_runs() {
    for (_, path) in all().filter(|(process, _)| !process.is_alive()) {
        remains::remove(&path, None);
        let _ = fs::remove_dir_all(path);
    }
}
