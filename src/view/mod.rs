//! Host paths inside the jail: the jail at its own host path, and the provided files of the host.
//!
//! No path of the configuration is rewritten, so the meaning of access control cannot change. Instead
//! the children get a root directory in which the jail is at its host path:
//!
//! - a **view**: a small read-only tmpfs in the parent's private mount namespace, with the jail at
//!   its own absolute path, the jail's top-level entries at `/`, and the provided files. Nothing is
//!   written into the jail, nothing is visible to the rest of the host, and all of it ends with
//!   the last process that uses it.
//! - a **link**: one symbolic link in the jail that leads from its host path back to its root.
//! - **off**: neither; the configuration consists of inside paths.

mod ageing;
mod ageing_schedule;
pub(crate) mod copies;
mod follow;
mod gate;
mod mounts;
mod refresh;
mod secrets;
mod shared_dirs;

pub(crate) use ageing::MountedTmp;
pub(crate) use ageing_schedule::AgeingSchedule;
pub(crate) use follow::Follower;
pub(crate) use follow::report::{FollowEvent, read_events};
pub(crate) use mounts::change::{ChangeKind, PlaceChange};
pub(crate) use mounts::late::LateSockets;
pub(crate) use mounts::outcome::{ProvideOutcome, Provided};
pub(crate) use mounts::private_tmp::Owner;
pub(crate) use refresh::{RefreshScope, refresh_host_paths};

use copies::sync::{SyncRequest, SyncResult};
use copies::{link, sync};
use gate::Gate;
use mounts::{build, plan, private_tmp};
use secrets::Secrets;

use crate::audit::{OwnFile, OwnKind};
use crate::config::{FixRoot, Provide};
use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::jail::walk::walk_inside;
use crate::messages::{
    Fault, Notice, ProgramNotice, Remark, RemarkKind, ViewFault, describe_no_mounts,
};
use crate::path::InsidePath;
use crate::platform;
use crate::platform::{MountNamespace, RaisedDescriptorLimit};
use crate::provide::{ConfiguredPaths, ProgramRequests, ProvideRequest, collect_requests};
use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Mode in which host paths are valid inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostPathMode {
    /// A view.
    View,
    /// A link.
    Link,
    /// Neither.
    Off,
}

impl HostPathMode {
    /// The word of `ChrootFixRoot` for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Link => "link",
            Self::Off => "off",
        }
    }
}

/// A jail with valid host paths, unless the mode is off.
#[derive(Debug)]
pub(crate) struct FixedRoot {
    /// The jail, which is entered through the view if there is one.
    pub jail: CheckedJail,
    /// The mode in force.
    pub mode: HostPathMode,
    /// Reason for the mode, if it was not set by name.
    pub reason: &'static str,
    /// Results of the requests.
    pub provided: Vec<Provided>,
    /// Paths of the links in the jail.
    pub links: Vec<PathBuf>,
    /// Remarks about the requests, for the log.
    pub remarks: Vec<Remark>,
    /// Sockets that are mounted in the view later.
    pub late: Option<LateSockets>,
    /// Observer of the paths of the host.
    pub follower: Follower,
    /// Remarks about programs that are provided.
    pub notices: Vec<ProgramNotice>,
}

/// Settings and facts that decide about host paths.
#[derive(Debug)]
pub(crate) struct HostPathRequest<'a> {
    /// `ChrootFixRoot`, if it is set.
    pub fix_root: Option<FixRoot>,
    /// Whether a `DocumentRoot` is `/`, which can only be an inside path.
    pub serves_root: bool,
    /// Whether a `DocumentRoot` exists inside only.
    pub inside_paths: bool,
    /// `ChrootProvide`.
    pub provide: &'a Provide,
    /// Paths that other directives name.
    pub configured: &'a ConfiguredPaths,
    /// Files that the server keeps for itself.
    pub own: &'a [OwnFile],
    /// The user and groups of the children.
    pub run_as: &'a RunAs,
}

/// Makes host paths valid in `jail`, which was walked after `mode` was chosen, for the children of this process.
///
/// # Errors
/// Returns an error if a step of it fails: the server must not start.
pub(crate) fn set_up_host_paths(
    mode: ChosenMode,
    jail: CheckedJail,
    asked: &HostPathRequest<'_>,
) -> Result<FixedRoot, Fault> {
    match mode {
        ChosenMode::View(namespace, reason) => {
            // Copies that an earlier mode has left in the jail.
            let left = sync::remove_all_copies(&jail, find_pid_file(asked.own))?;
            let mut fixed = show_in_view(namespace, jail, asked, reason)?;
            fixed.remarks.extend(left);
            Ok(fixed)
        }
        ChosenMode::Link(reason) => {
            copy_into_jail(jail, asked, HostPathMode::Link, reason, sync::sync_copies)
        }
        ChosenMode::Off(reason) => {
            copy_into_jail(jail, asked, HostPathMode::Off, reason, sync::sync_copies)
        }
    }
}

/// Makes host paths valid for this process alone, without writing into the jail: for a process that will not serve.
///
/// # Errors
/// Returns the errors of [`set_up_host_paths`].
pub(crate) fn rehearse_host_paths(
    mode: ChosenMode,
    jail: CheckedJail,
    asked: &HostPathRequest<'_>,
) -> Result<FixedRoot, Fault> {
    match mode {
        ChosenMode::View(namespace, reason) => show_in_view(namespace, jail, asked, reason),
        ChosenMode::Link(reason) => {
            copy_into_jail(jail, asked, HostPathMode::Link, reason, sync::list_copies)
        }
        ChosenMode::Off(reason) => {
            copy_into_jail(jail, asked, HostPathMode::Off, reason, sync::list_copies)
        }
    }
}

/// Collects the requests, and notices about programs among them.
fn collect_all(
    jail: &CheckedJail,
    asked: &HostPathRequest<'_>,
    in_view: bool,
) -> Result<(Vec<ProvideRequest>, Vec<ProgramNotice>), Fault> {
    let mut programs = ProgramRequests::for_jail(jail, in_view);
    let requests = collect_requests(asked.provide, asked.configured, in_view, &mut programs)?;
    Ok((requests, programs.notices))
}

/// A mode that is possible here, and the reason for it. Only a jail that is walked after the mode is chosen can be shown
/// in a view: mounts of a namespace that was left cannot be copied.
#[derive(Debug)]
pub(crate) enum ChosenMode {
    View(MountNamespace, &'static str),
    Link(&'static str),
    Off(&'static str),
}

/// Chooses the mode that is asked for, or the best one that is possible. Leaves the host's mount namespace for a view.
///
/// # Errors
/// Returns an error if a mode is asked for by name and is not possible here.
pub(crate) fn choose_mode(asked: &HostPathRequest<'_>) -> Result<ChosenMode, Fault> {
    let fix_root = FixRoot::or_default(asked.fix_root, asked.serves_root);
    let fault = |fault: ViewFault| Fault::for_directive("ChrootFixRoot", fix_root.word(), fault);
    let by_default = fix_root == FixRoot::On;
    match fix_root {
        FixRoot::Off if asked.fix_root.is_none() => return Ok(ChosenMode::Off(SERVES_ROOT)),
        FixRoot::Off => return Ok(ChosenMode::Off("")),
        FixRoot::Link => return Ok(ChosenMode::Link("")),
        FixRoot::On | FixRoot::View => {}
    }
    match MountNamespace::unshare().map_err(|error| fault(ViewFault::Step("unshare", error)))? {
        Ok(namespace) => Ok(ChosenMode::View(namespace, if by_default { HAS_VIEW } else { "" })),
        Err(cause) if by_default => Ok(ChosenMode::Link(describe_no_mounts(cause))),
        Err(cause) => Err(fault(ViewFault::Absent(cause))),
    }
}

const SERVES_ROOT: &str = "a DocumentRoot is \"/\", which means that inside paths are written";
const HAS_VIEW: &str = "this system can mount one";

/// Builds a view of `jail` with the requested paths.
fn show_in_view(
    namespace: MountNamespace,
    jail: CheckedJail,
    asked: &HostPathRequest<'_>,
    reason: &'static str,
) -> Result<FixedRoot, Fault> {
    let (all, notices) = collect_all(&jail, asked, true)?;
    let namespace = Arc::new(namespace);
    let follower = Follower::new(Some(Arc::clone(&namespace)), all, jail.written().as_path());
    let secrets = Secrets::find(asked.own, asked.run_as);
    let mut gate = Gate::new(&secrets, asked.run_as);
    // Planned files are held open until they are mounted.
    let raised = RaisedDescriptorLimit::raise();
    let plan =
        plan::plan_view(&jail, follower.requests(), asked.inside_paths, &mut gate, &mut Err)?;
    let written = jail.written().clone();
    let owner = private_tmp::Owner { user: asked.run_as.user, jail: written.as_path() };
    let build::BuiltView { root, faults } =
        build::build_view(&namespace, &plan, owner).map_err(|fault| fault.for_jail(&written))?;
    let (provided, late) = plan.into_results();
    drop(raised);
    // Planned files are closed by now: the copy has a low number, and each child looks at all numbers up to the highest.
    let root = root.try_clone();
    let jail = root
        .and_then(|root| jail.through(root))
        .map_err(|error| ViewFault::MountPoint(error).for_jail(&written))?;
    let (links, mut remarks) = (Vec::new(), gate.into_remarks());
    remarks
        .extend(faults.into_iter().map(|(path, error)| report_no_place(path, &error, &provided)));
    let late = (!late.is_empty()).then(|| LateSockets::new(namespace, late));
    Ok(FixedRoot {
        jail,
        mode: HostPathMode::View,
        reason,
        provided,
        links,
        remarks,
        late,
        notices,
        follower,
    })
}

/// The remark that `path` has no place in a private directory.
fn report_no_place(path: PathBuf, error: &io::Error, provided: &[Provided]) -> Remark {
    let word = provided.iter().find(|shown| shown.path == path).map(|shown| &shown.origin);
    let word = word.map_or_else(|| path.display().to_string(), ToString::to_string);
    Remark { word, place: None, kind: RemarkKind::NoPlace(path, error.to_string()) }
}

/// The `PidFile` of this server, by which servers that share a jail tell each other apart.
fn find_pid_file(own: &[OwnFile]) -> &Path {
    let own = own.iter().find(|own| own.kind == OwnKind::PidFile);
    own.map_or(Path::new(""), |own| &own.path)
}

/// Copies the requested paths into the jail, or lists the copies, by `sync`.
fn copy_into_jail(
    jail: CheckedJail,
    asked: &HostPathRequest<'_>,
    mode: HostPathMode,
    reason: &'static str,
    sync: fn(&CheckedJail, SyncRequest<'_>) -> Result<SyncResult, Fault>,
) -> Result<FixedRoot, Fault> {
    let links = if mode == HostPathMode::Link { link::list_host_paths(&jail) } else { Vec::new() };
    let (all, notices) = collect_all(&jail, asked, false)?;
    let follower = Follower::new(None, all, jail.written().as_path());
    let secrets = Secrets::find(asked.own, asked.run_as);
    let (requests, run_as) = (follower.requests(), asked.run_as);
    let pid_file = find_pid_file(asked.own);
    let SyncResult { provided, remarks } =
        sync(&jail, SyncRequest { requests, links: &links, secrets: &secrets, pid_file, run_as })?;
    Ok(FixedRoot { jail, mode, reason, provided, links, remarks, late: None, notices, follower })
}

impl FixedRoot {
    /// Notice for the log.
    pub(crate) fn notice(&self) -> Notice {
        Notice::Way {
            mode: self.mode.name(),
            because: self.reason,
            provided: summarize(&self.provided),
        }
    }
}

/// Lists the words that provide something, and the paths at which the jail's own files have precedence.
fn summarize(provided: &[Provided]) -> String {
    let (mut words, mut seen) = (Vec::new(), BTreeSet::new());
    for shown in provided.iter().filter(|shown| shown.outcome != ProvideOutcome::JailsOwn) {
        if seen.insert(&shown.origin) {
            words.push(shown.origin.to_string());
        }
    }
    let own = provided.iter().filter(|shown| shown.outcome == ProvideOutcome::JailsOwn);
    let own: Vec<_> = own.map(|shown| shown.path.display().to_string()).collect();
    let words = if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
    if own.is_empty() { words } else { format!("{words}; the jail's own: {}", own.join(", ")) }
}

impl ProvideOutcome {
    /// Describes the result, for the configuration dump.
    fn describe(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Writable => "writable",
            Self::Private => "private",
            Self::Copied => "copied",
            Self::Made => "made",
            Self::Composed => "made for the jail",
            Self::JailsOwn => "the jail's own",
        }
    }
}

impl FixedRoot {
    /// Describes the mode in force and the reason, for the configuration dump.
    pub(crate) fn describe_mode(&self) -> String {
        match self.reason {
            "" => self.mode.name().to_owned(),
            reason => format!("{}, because {reason}", self.mode.name()),
        }
    }

    /// Describes each provided path, for the configuration dump: how, and by which word.
    pub(crate) fn describe_provided(&self) -> Vec<String> {
        let describe = |shown: &Provided| {
            format!("{} ({}, {})", shown.path.display(), self.read_back(shown), shown.origin)
        };
        self.provided.iter().map(describe).collect()
    }

    /// Describes a provided path as the kernel has it in the view.
    fn read_back(&self, shown: &Provided) -> &'static str {
        if self.mode != HostPathMode::View {
            return shown.outcome.describe();
        }
        let inside = walk_inside(self.jail.entrance(), InsidePath::same_as_host(&shown.path));
        let Ok(found) = inside else { return "not shown" };
        let is_mount = matches!(shown.outcome, ProvideOutcome::ReadOnly | ProvideOutcome::Writable);
        match platform::read_mount_flags(found.file.as_fd()) {
            Ok(_) if self.late.as_ref().is_some_and(|late| late.has(&shown.path)) => {
                "once it is made"
            }
            Ok(flags) if is_mount && flags.read_only => ProvideOutcome::ReadOnly.describe(),
            Ok(_) if is_mount => ProvideOutcome::Writable.describe(),
            _ => shown.outcome.describe(),
        }
    }
}
