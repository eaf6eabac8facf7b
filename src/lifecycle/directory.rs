//! The directory of the jail, examined before a view hides it: who may write it, and how it is mounted.

use crate::config::Check;
use crate::jail::run_as::RunAs;
use crate::jail::{CheckedJail, judge};
use crate::messages::{Advice, Complaint};
use crate::platform;
use crate::platform::Support;
use std::collections::BTreeSet;
use std::os::fd::AsRawFd;

/// Findings about the directory, none of which refuses it.
#[derive(Debug)]
pub(crate) struct DirectoryFindings {
    /// Users of children and daemons that may write it.
    pub writable: Vec<Complaint>,
    /// Advice about its mount, and about the system.
    pub advice: Vec<Advice>,
}

/// Examines the directory of `jail`, which `accounts` will be in.
pub(crate) fn examine(jail: &CheckedJail, check: Check, accounts: &[RunAs]) -> DirectoryFindings {
    // With `strict`, a process that can write the jail is refused when it enters.
    let judged = if check == Check::Warn { accounts } else { &[] };
    let writers = judged.iter().filter(|account| is_writable(jail, account));
    let users: BTreeSet<_> = writers.map(|account| account.user.0).collect();
    let complaint = |user| Complaint::RunAs(jail.at().to_owned(), user);
    let writable = users.into_iter().map(complaint).collect();
    DirectoryFindings { writable, advice: read_advice(jail) }
}

fn is_writable(jail: &CheckedJail, run_as: &RunAs) -> bool {
    let writers = match platform::read_acl_writers(jail.entrance()) {
        Ok(Support::Available(writers)) => writers,
        _ => Vec::new(),
    };
    platform::read_facts(jail.entrance().as_raw_fd())
        .is_ok_and(|facts| judge::can_write(facts, &writers, run_as))
}

fn read_advice(jail: &CheckedJail) -> Vec<Advice> {
    let mut advice = Vec::new();
    if let Ok(flags) = platform::read_mount_flags(jail.entrance()) {
        let is_tight = flags.nosuid && flags.nodev != Support::Available(false);
        if !is_tight && !flags.read_only {
            advice.push(Advice::Mounted(flags));
        }
    }
    if matches!(platform::can_chroot_with_open_directories(), Ok(Support::Available(true))) {
        advice.push(Advice::DirectoriesTolerated);
    }
    advice
}
