//! Proofs about what a jailed server leaves on the host and in the jail, and what it logs.

use std::fs;

use crate::harness::{Identity, tools};
use crate::report::{From, Report};
use crate::scene::Way;
use crate::show::Show;

/// A view leaves nothing outside of itself; with a link, the module keeps a few files in the jail, and lists them.
pub(crate) fn prove(show: &Show, before: &[String], report: &mut Report) {
    match show.way {
        Way::View => prove_view(show, before, report),
        Way::Link => prove_link(show, report),
    }
}

fn prove_view(show: &Show, before: &[String], report: &mut Report) {
    report.heading("A view leaves nothing outside of itself");
    let jail = &show.server.site.sandbox.jail;
    let changes = tools::inventory(jail).iter().filter(|line| !before.contains(line)).count();
    let seen = format!("{changes} files changed or new");
    report.proof(From::Outside, "the jail is as it was before the start", &seen, changes == 0);
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("the mount table");
    let name = jail.display().to_string();
    let ours =
        mounts.lines().filter(|line| line.contains(&name) || line.contains("mod_chroot")).count();
    let seen = format!("{ours} of {} mounts", mounts.lines().count());
    report.proof(From::Outside, "the host's mount table has nothing of the view", &seen, ours == 0);
}

fn prove_link(show: &Show, report: &mut Report) {
    report.heading("With ChrootFixRoot link, the module keeps a few files in the jail");
    let jail = &show.server.site.sandbox.jail;
    let link = jail.join(jail.strip_prefix("/").expect("an absolute path"));
    let leads_back = Identity::of(&link) == Some(show.server.jail());
    let target = fs::read_link(&link).map_or("no link".to_owned(), |it| it.display().to_string());
    report.proof(From::Outside, "its host path in the jail leads back to it", &target, leads_back);
    let list = fs::read_to_string(jail.join(".mod_chroot")).unwrap_or_default();
    let holds = list.lines().any(|line| line == "/bin/sh");
    let seen = format!("{} names", list.lines().count());
    report.proof(From::Outside, ".mod_chroot lists them, /bin/sh among them", &seen, holds);
}

/// Messages of the module are notices, and nothing in the log is worse.
pub(crate) fn prove_log(show: &Show, report: &mut Report) {
    report.heading("The error log");
    let log = show.server.error_log();
    let mut messages: Vec<&str> =
        log.lines().filter_map(|line| line.find("CHR").and_then(|at| line.get(at..))).collect();
    messages.sort_unstable();
    messages.dedup();
    messages.into_iter().for_each(|message| report.note(message));
    let worse = show.server.violations();
    let seen = format!("{} lines", worse.len());
    report.proof(From::Outside, "lines that are worse than a notice", &seen, worse.is_empty());
    worse.iter().for_each(|line| report.note(line));
}
