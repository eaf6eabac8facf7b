//! Proofs from outside: every process of the server as the kernel describes it in /proc.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::harness::{Identity, Process, promise, within};
use crate::report::{From, Report};
use crate::scene::Way;
use crate::show::{Show, User};
use crate::visitor;

/// Time for a child from its birth to its entry, and for those before a restart to end.
const A_MOMENT: Duration = Duration::from_secs(5);

/// The parent is outside, as root; everybody else is in the jail, as Apache's user, with nothing that leads out.
pub(crate) fn prove(show: &Show, report: &mut Report) {
    report.heading("Every process, in /proc (CAPABILITIES: of all threads; DIRS: open directories but its root)");
    let line = row_of(["PID", "ROLE", "ROOT", "UID GID", "GROUPS", "CAPABILITIES", "DIRS"]);
    report.note(&format!("         {line}"));
    table(show, report);
}

/// After a graceful restart all children are new, and jailed again.
pub(crate) fn prove_after_restart(show: &mut Show, report: &mut Report) {
    let before = show.server.children();
    show.server.graceful();
    let ended = || before.iter().all(|one| !one.is_alive()).then_some(());
    let ended = within(4 * A_MOMENT, ended).is_some();
    report.heading("After a graceful restart, which the parent does from outside");
    let seen = if ended { "they have" } else { "some have not" };
    report.proof(From::Outside, "all children of before have ended", seen, ended);
    table(show, report);
    visitor::prove_page(show, report);
    visitor::prove_link(show, report, "the link to a file of the host");
}

/// The columns of the table, each as wide as it has to be.
fn row_of(columns: [&str; 7]) -> String {
    let [pid, role, root, ids, groups, capabilities, directories] = columns;
    format!(
        "{pid:<8} {role:<10} {root:<14} {ids:<12} {groups:<12} {capabilities:<13} {directories:<28}"
    )
}

fn table(show: &Show, report: &mut Report) {
    // A child that was just born is still on its way in.
    let _ = within(A_MOMENT, || {
        let children = show.server.children();
        let enough = children.len() >= processes(show);
        (enough && children.iter().all(|one| Facts::of(show, *one).are_jailed(show))).then_some(())
    });
    let parent = Facts::of(show, show.server.parent());
    report.row(&parent.line("parent"), parent.are_outside());
    let daemon = daemon(show);
    let children = show.server.children();
    for child in &children {
        let role = if Some(*child) == daemon { "cgi daemon" } else { "child" };
        let facts = Facts::of(show, *child);
        report.row(&facts.line(role), facts.are_jailed(show));
    }
    let subject = format!("there are at least {} of them", processes(show));
    let seen = children.len().to_string();
    report.proof(From::Outside, &subject, &seen, children.len() >= processes(show));
}

/// The processes that there are at least: two children, and mod_cgid's daemon.
fn processes(show: &Show) -> usize {
    2 + usize::from(show.is_threaded)
}

/// The parent of a CGI program that mod_cgid runs.
fn daemon(show: &Show) -> Option<Process> {
    let parent = || show.ask_inside("witness").value("ppid").parse().ok();
    show.is_threaded.then(parent).flatten().map(|pid| Process { pid })
}

/// One process, as the kernel describes it.
struct Facts {
    process: Process,
    root: Option<Identity>,
    uids: Vec<u32>,
    gids: Vec<u32>,
    groups: BTreeSet<u32>,
    capabilities: Option<u64>,
    directories: Option<usize>,
    /// Whether its root is read-only, and shows the jail at its host path.
    is_view: bool,
}

impl Facts {
    fn of(show: &Show, process: Process) -> Facts {
        let root_path = process.path("root").read_link().unwrap_or_default();
        let others =
            |open: Vec<std::path::PathBuf>| open.iter().filter(|it| **it != root_path).count();
        Facts {
            process,
            root: process.root(),
            uids: process.uids(),
            gids: process.gids(),
            groups: process.groups(),
            capabilities: process.caps(),
            directories: process.open_directories().map(others),
            is_view: is_view(show, process),
        }
    }

    fn are_outside(&self) -> bool {
        self.root == Identity::of("/".as_ref()) && self.uids == [0; 4]
    }

    fn are_jailed(&self, show: &Show) -> bool {
        let user = User::of_apache();
        let groups = user.groups.iter().copied().collect();
        self.uids == [user.uid; 4]
            && self.gids == [user.gid; 4]
            && self.groups == groups
            && self.capabilities == Some(0)
            && (self.are_hidden(show) || self.is_in_jail(show) && self.directories == Some(0))
    }

    /// Whether the kernel hides the root of the process from this program, for lack of CAP_SYS_PTRACE.
    fn are_hidden(&self, show: &Show) -> bool {
        !show.sees_roots && self.root.is_none() && self.process.is_alive()
    }

    fn is_in_jail(&self, show: &Show) -> bool {
        match show.way {
            Way::View => self.is_view,
            Way::Link => self.root == Some(show.server.jail()),
        }
    }

    /// The columns of the table.
    fn line(&self, role: &str) -> String {
        let root = match self.root {
            None => "-".to_owned(),
            Some(_) if self.is_view => "a view".to_owned(),
            Some(_) if self.root == Identity::of("/".as_ref()) => "the host's /".to_owned(),
            Some(root) => format!("{}:{}", root.device, root.inode),
        };
        let ids = [&self.uids, &self.gids]
            .map(|four| four.first().map_or("-".to_owned(), u32::to_string));
        let groups = self.groups.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let capabilities = match self.capabilities {
            None => "-".to_owned(),
            Some(0) => "none".to_owned(),
            Some(set) => format!("{set:x}"),
        };
        let directories = self.directories.map_or("-".to_owned(), |count| count.to_string());
        let pid = self.process.pid.to_string();
        row_of([&pid, role, &root, &ids.join(" "), &groups, &capabilities, &directories])
    }
}

fn is_view(show: &Show, process: Process) -> bool {
    let (root, jail) = (process.root(), show.server.jail());
    let mounts = std::fs::read_to_string(process.path("mountinfo")).unwrap_or_default();
    let is_read_only = mounts.lines().any(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        words.get(4) == Some(&"/")
            && words.get(5).is_some_and(|it| it.split(',').any(|it| it == "ro"))
    });
    root != Identity::of("/".as_ref())
        && root != Some(jail)
        && is_read_only
        && promise::is_inside(&show.server, process) == Ok(())
}
