//! A trial of system calls under a filter that is in force already: one that a service manager or a container has put
//! around httpd, and that may end a process in place of returning an error.

use crate::platform::linux::filter::make_call;
use crate::platform::linux::filter::table::{Arguments, DeniedCall, list_rows};
use crate::platform::linux::landlock::CREATE_RULESET_VERSION;
use crate::platform::{FilterRequest, Support, TriedCalls};
use libseccomp::ScmpSyscall;
use std::io;

/// The call by which a child enters.
const ENTRY: [&str; 1] = ["chroot"];

/// Calls by which the parent makes a view.
const VIEW: [&str; 9] = [
    "unshare",
    "mount",
    "umount2",
    "open_tree",
    "move_mount",
    "mount_setattr",
    "fsopen",
    "fsconfig",
    "fsmount",
];

/// For descriptors, operations and flags that no call takes.
const BAD: libc::c_long = -1;

/// Further calls of the hardening, with arguments with which the kernel does nothing.
const HARDENING: [(&str, libc::c_long, Arguments); 4] = [
    (
        "landlock_create_ruleset",
        libc::SYS_landlock_create_ruleset,
        [0, 0, CREATE_RULESET_VERSION as libc::c_long, 0, 0, 0],
    ),
    ("landlock_add_rule", libc::SYS_landlock_add_rule, [BAD, 0, 0, 0, 0, 0]),
    ("landlock_restrict_self", libc::SYS_landlock_restrict_self, [BAD, BAD, 0, 0, 0, 0]),
    ("seccomp", libc::SYS_seccomp, [BAD, BAD, 0, 0, 0, 0]),
];

/// `Seccomp:` of this thread in procfs: 0 without a filter. Without procfs, or without the line, there is none to be seen.
pub(in crate::platform) fn is_filtered() -> io::Result<Support<bool>> {
    let status = match std::fs::read_to_string("/proc/thread-self/status") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        status => status?,
    };
    let mode = status.lines().find_map(|line| line.strip_prefix("Seccomp:"));
    Ok(Support::Available(mode.is_some_and(|mode| mode.trim() != "0")))
}

/// Names each call to `report`, and makes it with arguments with which the kernel does nothing: those of the entry and of a
/// view first. Those of the hardening are the ones that take the measures, and the ones by which a child proves its own filter.
pub(in crate::platform) fn try_calls(
    calls: TriedCalls,
    report: &mut dyn FnMut(&str) -> io::Result<()>,
) -> io::Result<Support<()>> {
    let request = FilterRequest { guards_connections: true, ..FilterRequest::default() };
    let rows = list_rows(&request);
    let in_order = |names: &'static [&'static str]| {
        let rows = &rows;
        names.iter().flat_map(move |name| rows.iter().filter(move |row| row.call == *name))
    };
    let view = if calls.view { &VIEW[..] } else { &[] };
    let proof = rows.iter().filter(|_| calls.hardening);
    let measures = HARDENING.iter().filter(|_| calls.hardening);
    for row in in_order(&ENTRY).chain(in_order(view)) {
        try_row(row, report)?;
    }
    for (call, number, words) in measures {
        report(call)?;
        let _ = make_call(*number, *words);
    }
    for row in proof {
        try_row(row, report)?;
    }
    Ok(Support::Available(()))
}

/// Makes the call by which a row of the table is proved.
fn try_row(row: &DeniedCall, report: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let number = i32::from(ScmpSyscall::from_name(row.call).map_err(io::Error::other)?);
    if let Some(words) = row.probe.filter(|_| number >= 0) {
        report(row.call)?;
        let _ = make_call(libc::c_long::from(number), words);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_named_before_it_is_made_and_returns() {
        let tried = |view, hardening| {
            let mut names = Vec::new();
            let mut report = |name: &str| {
                names.push(name.to_owned());
                Ok(())
            };
            try_calls(TriedCalls { view, hardening }, &mut report).unwrap();
            names
        };
        assert_eq!(tried(false, false), ["chroot"]);
        assert_eq!(tried(true, false), [&ENTRY[..], &VIEW].concat());
        let all = tried(false, true);
        for call in ["bpf", "mount", "landlock_restrict_self", "seccomp"] {
            assert!(all.iter().any(|name| name == call), "{call}: {all:?}");
        }
    }
}
