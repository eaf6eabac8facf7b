//! Requirements of tests that a machine may not meet. `tools/check` reads the record and shows it as a table.

use std::cell::Cell;
use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::Command;
use std::sync::OnceLock;

/// Something that a test needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// A capability of root, which containers often lack.
    Capability(Capability),
    /// A package that `tools/install-deps test` installs.
    Package(&'static str),
    /// A property of the system that no package adds.
    System(&'static str),
}

impl fmt::Display for Requirement {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Requirement::Capability(Capability::SysAdmin) => {
                to.write_str("capability CAP_SYS_ADMIN")
            }
            Requirement::Capability(Capability::SysPtrace) => {
                to.write_str("capability CAP_SYS_PTRACE")
            }
            Requirement::Package(name) => write!(to, "package {name}"),
            Requirement::System(words) => write!(to, "system {words}"),
        }
    }
}

/// A capability of root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capability {
    /// To mount in a mount namespace of its own.
    SysAdmin,
    /// To read the root, the descriptors and the mappings of other users' processes.
    SysPtrace,
}

impl Capability {
    /// Whether this process has it, and no sandbox around it takes its use away.
    fn is_here(self) -> bool {
        static MOUNTS: OnceLock<bool> = OnceLock::new();
        static READS: OnceLock<bool> = OnceLock::new();
        match self {
            Capability::SysAdmin => *MOUNTS.get_or_init(can_mount),
            Capability::SysPtrace => *READS.get_or_init(can_read_processes),
        }
    }
}

fn can_mount() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "mount", "--bind", "/etc", "/etc"]);
    command.output().is_ok_and(|output| output.status.success())
}

/// Whether the root of another user's process can be read: that of one with this user's uid always can.
fn can_read_processes() -> bool {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "4242", "--regid", "4243", "--clear-groups", "sleep", "60"]);
    let Ok(mut child) = command.spawn() else { return false };
    let process = super::process::Process { pid: child.id() };
    let is_other = || process.uids().contains(&4242).then_some(());
    super::poll::until("a process of another user", is_other);
    let reads = std::fs::read_link(process.path("root")).is_ok();
    let _ = child.kill();
    let _ = child.wait();
    reads
}

/// Ends the test here, and records it as not run, if a capability is missing: libtest counts it as failed, and
/// `tools/check` takes it out of the count.
pub(crate) fn require(capability: Capability) {
    if !capability.is_here() {
        let requirement = Requirement::Capability(capability);
        record(requirement);
        NOT_RUN.set(true);
        panic!("NOT RUN: {requirement} is missing");
    }
}

thread_local! {
    static NOT_RUN: Cell<bool> = const { Cell::new(false) };
}

/// Whether the test of this thread ended because a capability is missing.
pub(super) fn is_not_run() -> bool {
    NOT_RUN.get()
}

/// Records that this test, or a part of it, is not run. The caller returns.
pub(crate) fn skip(requirement: Requirement) {
    record(requirement);
    eprintln!("NOT RUN: {requirement} is missing");
}

/// Adds a line to the file that `MOD_CHROOT_NOT_RUN` names: requirement, crate and test.
fn record(requirement: Requirement) {
    let Some(file) = std::env::var_os("MOD_CHROOT_NOT_RUN") else { return };
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a thread of a test");
    let line = format!("{requirement}\t{}\t{test}\n", env!("CARGO_CRATE_NAME"));
    let file = OpenOptions::new().append(true).create(true).open(file);
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the record of tests not run");
}
