//! A name service library in the jail that records the uid of each process that loads it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs;
use super::site::Site;

/// Installs the library where the loader would look for it, accounts, and a folder for its records.
pub(crate) fn install(site: Site) -> Site {
    let evil = programs::shim("nss_evil");
    let mut site = site
        .file(
            "etc/nsswitch.conf",
            "passwd: evil files\ngroup: evil files\ninitgroups: evil files\n",
        )
        .file("etc/passwd", "root:x:0:0::/:/bin/sh\nsomebody:x:4242:4243::/:/bin/sh\n")
        .file("etc/group", "root:x:0:\nsomebody:x:4243:\n");
    for folder in library_folders() {
        site = site.program(&format!("{folder}/libnss_evil.so.2"), &evil);
        for library in needed() {
            let name = library.file_name().expect("a name").to_string_lossy().into_owned();
            site = site.program(&format!("{folder}/{name}"), &library);
        }
    }
    let site = site.writable("trap");
    let place = site.sandbox.jail.join("trap");
    fs::set_permissions(place, Permissions::from_mode(0o777)).expect("its mode");
    site
}

/// Reads the uids that the library ran with, once each.
pub(crate) fn read_uids(jail: &Path) -> Vec<String> {
    let records = fs::read_to_string(jail.join("trap/loaded")).unwrap_or_default();
    let uids = records.lines().filter_map(|line| line.split(" pid=").next()).map(str::to_owned);
    let mut uids: Vec<String> = uids.collect();
    uids.sort();
    uids.dedup();
    uids
}

/// Libraries that the library needs: libc, and the loader beside it.
fn needed() -> Vec<PathBuf> {
    let libc = programs::library("libc.so.6");
    let beside = fs::read_dir(libc.parent().expect("its folder")).expect("the libraries").flatten();
    let is_loader =
        |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with("ld-linux");
    let loaders = beside.filter(is_loader).map(|entry| entry.path());
    loaders.chain([libc.clone()]).collect()
}

/// Folders in which the loader looks, on systems with one folder per architecture and on others.
fn library_folders() -> Vec<String> {
    let asked = Command::new("cc").arg("-print-multiarch").output().expect("cc");
    let machine = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    let mut folders = ["lib", "lib64", "usr/lib", "usr/lib64"].map(str::to_owned).to_vec();
    if !machine.is_empty() {
        folders.extend([format!("lib/{machine}"), format!("usr/lib/{machine}")]);
    }
    folders
}

/// The system calls of one process in order, recorded by strace.
pub(crate) struct Trace {
    /// The lines of strace.
    pub(crate) lines: Vec<String>,
}

impl Trace {
    /// Reads the records `{prefix}.PID` of all processes.
    pub(crate) fn all(prefix: &Path) -> Vec<Trace> {
        let folder = prefix.parent().expect("a folder");
        let stem = format!("{}.", prefix.file_name().expect("a name").to_string_lossy());
        let is_ours = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&stem))
        };
        let files = fs::read_dir(folder).expect("the traces").flatten().map(|entry| entry.path());
        files
            .filter(is_ours)
            .map(|path| {
                let text = String::from_utf8_lossy(&fs::read(path).expect("a trace")).into_owned();
                Trace { lines: text.lines().map(str::to_owned).collect() }
            })
            .collect()
    }

    /// The calls of the process as root in the jail: those between a chroot and a setuid that succeeded. `None`
    /// for a process that did not enter.
    pub(crate) fn as_root_inside(&self) -> Option<Vec<&str>> {
        let is_done = |line: &str, call: &str| line.starts_with(call) && line.ends_with("= 0");
        let entry = self.lines.iter().position(|line| is_done(line, "chroot("))?;
        let inside = &self.lines[entry + 1..];
        let is_over = |line: &&String| is_done(line, "setuid(") || is_done(line, "setresuid(");
        Some(inside.iter().take_while(|line| !is_over(line)).map(String::as_str).collect())
    }
}
