//! Promises about single processes. They are defined once, and every jail is checked against them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::identity::{GID, GROUPS, UID};
use super::poll::within;
use super::process::{Identity, Process};
use super::reply::Reply;
use super::server::Server;

/// The result of a check: the error describes what is not as promised.
pub(crate) type Verdict = Result<(), String>;

fn same<T: PartialEq + std::fmt::Debug>(what: &str, process: Process, seen: T, due: T) -> Verdict {
    let fault = || format!("{what} of {process:?}: {seen:?} instead of {due:?}");
    if seen == due { Ok(()) } else { Err(fault()) }
}

/// The process takes the jail for `/`, or a view that shows the jail at its host path.
pub(crate) fn is_inside(server: &Server, process: Process) -> Verdict {
    is_inside_of(&server.site.sandbox.jail, process)
}

/// Checks the same for a jail that is not the scene's own.
pub(crate) fn is_inside_of(jail: &Path, process: Process) -> Verdict {
    let (root, expected) = (process.root(), Identity::of(jail));
    if root.is_some() && root == expected {
        return Ok(());
    }
    if root.is_none() || root == Identity::of("/".as_ref()) {
        return Err(format!("{process:?} is outside, or gone"));
    }
    let inner = |path: &Path| process.path("root").join(path.strip_prefix("/").unwrap_or(path));
    same("the jail as it is seen", process, Identity::of(&inner(jail)), expected)?;
    // Of the host's own secrets, a view shows none.
    same("/etc/shadow", process, Identity::of(&inner("/etc/shadow".as_ref())), None)
}

/// The process works in a folder of the jail, or of its view.
pub(crate) fn works_inside(server: &Server, process: Process) -> Verdict {
    let cwd = process.cwd().unwrap_or_default();
    let root = process.path("root").read_link().unwrap_or_default();
    let inside = cwd.starts_with(&server.site.sandbox.jail)
        || (root.components().count() > 1 && cwd.starts_with(&root));
    if inside { Ok(()) } else { Err(format!("{process:?} works in \"{}\"", cwd.display())) }
}

/// The process runs as this user, under all four uids, and as this group, with these groups and no others.
pub(crate) fn runs_as(process: Process, uid: u32, gid: u32, groups: &[u32]) -> Verdict {
    let groups: BTreeSet<u32> = groups.iter().copied().collect();
    same("uids", process, process.uids(), vec![uid; 4])?;
    same("gids", process, process.gids(), vec![gid; 4])?;
    same("groups", process, process.groups(), groups)
}

/// No thread of the process holds a capability.
pub(crate) fn has_no_capability(process: Process) -> Verdict {
    same("capabilities", process, process.caps(), Some(0))
}

/// The process holds no directory open but, at most, its own root, which leads nowhere else.
pub(crate) fn holds_no_directory(process: Process) -> Verdict {
    let root = process.path("root").read_link().unwrap_or_default();
    let open = process
        .open_directories()
        .map(|open| open.into_iter().filter(|path| *path != root).collect::<Vec<_>>());
    same("open directories", process, open, Some(Vec::new()))
}

/// All of the above, for the scene's own user.
pub(crate) fn is_jailed(server: &Server, process: Process) -> Verdict {
    is_inside(server, process)?;
    works_inside(server, process)?;
    runs_as(process, UID, GID, &GROUPS)?;
    has_no_capability(process)?;
    holds_no_directory(process)
}

/// The promise holds for every process of the server but the parent, and there are some. A process that ends
/// while it is judged (a CGI program, a child that is not needed any more) is not judged, and one that was
/// born a moment ago, and is not to serve yet, is given that moment.
#[track_caller]
pub(crate) fn for_everyone(server: &Server, promise: impl Fn(Process) -> Verdict) {
    let judge = || -> Verdict {
        let processes = server.all_processes();
        let judged = processes.into_iter().map(|process| (promise(process), process));
        let judged: Vec<_> =
            judged.filter(|(verdict, one)| verdict.is_ok() || one.is_alive()).collect();
        assert!(!judged.is_empty(), "nobody to judge");
        judged.into_iter().try_for_each(|(verdict, _)| verdict)
    };
    if within(A_MOMENT, || judge().ok()).is_none() {
        kept(judge(), server);
    }
}

/// As long as a child may need from its birth to its entry, on a busy machine.
const A_MOMENT: Duration = Duration::from_secs(3);

/// Every process of the server but the parent is jailed.
#[track_caller]
pub(crate) fn everyone_is_jailed(server: &Server) {
    for_everyone(server, |process| is_jailed(server, process));
}

/// Fails the test with the log when a promise is broken.
#[track_caller]
pub(crate) fn kept(verdict: Verdict, server: &Server) {
    if let Err(fault) = verdict {
        panic!("{fault}\n{}", server.error_log());
    }
}

/// The parent is root and takes the host's `/` for `/`.
#[track_caller]
pub(crate) fn parent_is_outside(server: &Server) {
    assert_eq!(server.parent().root(), Identity::of("/".as_ref()), "the root of the parent");
    assert_eq!(server.parent().uids(), [0; 4], "the uids of the parent");
}

/// The program that answered saw the jail from inside, as the scene's user with all its groups.
#[track_caller]
pub(crate) fn answered_from_inside(server: &Server, reply: &Reply) {
    assert_eq!(reply.status, 200, "{reply:?}\n{}", server.error_log());
    let child = *server.children().first().expect("a child");
    kept(is_inside(server, child), server);
    let root = child.root().expect("the root of a child");
    assert_eq!(reply.value("root"), format!("{}:{}", root.device, root.inode), "{reply:?}");
    assert_eq!(reply.value("passwd"), "hidden", "{reply:?}");
    let ids = ["uid", "euid", "gid"].map(|key| reply.value(key).to_owned());
    assert_eq!(ids, [UID, UID, GID].map(|id| id.to_string()), "{reply:?}");
    let groups: BTreeSet<u32> = reply.value("groups").split(',').flat_map(str::parse).collect();
    assert_eq!(groups, GROUPS.into_iter().collect(), "{reply:?}");
}

/// A process that a reply names by a key of its body.
pub(crate) fn named_by(reply: &Reply, key: &str) -> Process {
    Process { pid: reply.value(key).parse().expect("a pid") }
}
