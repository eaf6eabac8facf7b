//! A view, or copies, brought up to date while children use them. The process must end afterwards.

use crate::audit::OwnFile;
use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::jail::walk::walk_inside;
use crate::messages::{Fault, Remark};
use crate::path::InsidePath;
use crate::platform::{Identity, MountNamespace, RaisedDescriptorLimit};
use crate::provide::{ProvideRequest, UserFiles};
use crate::view::copies::sync::SyncRequest;
use crate::view::copies::{link, sync};
use crate::view::follow::Follower;
use crate::view::follow::report::FollowEvent;
use crate::view::gate::Gate;
use crate::view::mounts::change::{ChangeKind, PlaceChange, UpdateResult};
use crate::view::mounts::outcome::{ProvideOutcome, Provided};
use crate::view::mounts::plan::plan_view;
use crate::view::mounts::private_tmp::Owner;
use crate::view::mounts::update::update_view;
use crate::view::secrets::Secrets;
use crate::view::{HostPathMode, find_pid_file};
use std::os::fd::BorrowedFd;
use std::path::Path;

/// Facts about a server that decide which files of the host may be provided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefreshScope<'a> {
    /// The mode of host paths.
    pub mode: HostPathMode,
    /// Whether all of the jail's top level is at `/`.
    pub inside_paths: bool,
    /// Files that the server keeps for itself.
    pub own: &'a [OwnFile],
    /// The user and groups of the children.
    pub run_as: &'a RunAs,
    /// Lists of users and groups as they are now, if they are requested.
    pub users: Option<&'a UserFiles>,
}

/// Brings the host paths of `jail` up to date, whose children have the root `root`, by the rules of a start. Returns the
/// changes and the failures.
pub(crate) fn refresh_host_paths(
    follower: &Follower,
    jail: &CheckedJail,
    root: BorrowedFd<'_>,
    scope: RefreshScope<'_>,
) -> Vec<FollowEvent> {
    let refreshed = match &follower.namespace {
        Some(namespace) => refresh_view(namespace, jail, follower, root, scope),
        None => refresh_copies(jail, &follower.renew_requests(scope.users), root, scope),
    };
    refreshed.unwrap_or_else(|fault| vec![FollowEvent::Failed(fault.to_string())])
}

fn refresh_view(
    namespace: &MountNamespace,
    jail: &CheckedJail,
    follower: &Follower,
    root: BorrowedFd<'_>,
    scope: RefreshScope<'_>,
) -> Result<Vec<FollowEvent>, Fault> {
    let silent = follower.find_silent();
    let mut requests = follower.renew_requests(scope.users);
    requests.retain(|request| !silent.has_request(request));
    let requests = &*requests;
    let secrets = Secrets::find(scope.own, scope.run_as);
    let mut gate = Gate::new(&secrets, scope.run_as);
    let mut events = Vec::new();
    let mut refuse = |fault: Fault| {
        events.push(FollowEvent::Failed(fault.to_string()));
        Ok(())
    };
    let _raised = RaisedDescriptorLimit::raise();
    let plan = plan_view(jail, requests, scope.inside_paths, &mut gate, &mut refuse)?;
    let owner = Owner { user: scope.run_as.user, jail: jail.written().as_path() };
    let UpdateResult { changes, faults } =
        update_view(namespace, root, (&plan, &silent.all), owner)
            .map_err(|fault| fault.for_jail(jail.written()))?;
    let failed = faults.into_iter().map(|fault| fault.for_jail(jail.written()).to_string());
    events.extend(failed.map(FollowEvent::Failed));
    events.extend(silent.late.iter().map(|path| FollowEvent::Refused(describe_silent(path))));
    let unsafe_paths = gate.into_remarks().into_iter().filter(Remark::is_unsafe);
    events.extend(unsafe_paths.map(|it| FollowEvent::Refused(it.message().to_string())));
    let named = changes.iter().flat_map(|change| name_change(change, &plan.provided, requests));
    events.extend(named.map(FollowEvent::Changed));
    Ok(events)
}

/// Describes a path that is left as it is.
fn describe_silent(path: &Path) -> String {
    format!(
        "\"{}\" leads to a file system that may not answer: a network's, or a program's",
        path.display()
    )
}

/// The requested paths that a change of a place has an effect on: it may be their real path, or a folder above them.
fn name_change(
    change: &PlaceChange,
    provided: &[Provided],
    requests: &[ProvideRequest],
) -> Vec<PlaceChange> {
    let is_below = |path: &Path| path.starts_with(&change.path);
    let renamed = |path: &Path| PlaceChange { path: path.to_owned(), kind: change.kind };
    if change.kind == ChangeKind::Removed {
        let requested = requests.iter().map(|request| &*request.path);
        return requested.filter(|path| is_below(path)).map(renamed).collect();
    }
    let is_shown = |shown: &&Provided| {
        shown.outcome != ProvideOutcome::JailsOwn
            && (is_below(&shown.path) || is_below(&shown.real))
    };
    provided.iter().filter(is_shown).map(|shown| renamed(&shown.path)).collect()
}

fn refresh_copies(
    jail: &CheckedJail,
    requests: &[ProvideRequest],
    root: BorrowedFd<'_>,
    scope: RefreshScope<'_>,
) -> Result<Vec<FollowEvent>, Fault> {
    let find = |request: &ProvideRequest| -> Option<Identity> {
        let found = walk_inside(root, InsidePath::same_as_host(&request.path)).ok()?;
        Some(found.facts.identity)
    };
    let before: Vec<_> = requests.iter().map(find).collect();
    let links = match scope.mode {
        HostPathMode::Link => link::list_host_paths(jail),
        HostPathMode::View | HostPathMode::Off => Vec::new(),
    };
    let secrets = Secrets::find(scope.own, scope.run_as);
    let run_as = scope.run_as;
    let pid_file = find_pid_file(scope.own);
    let (links, secrets) = (&links, &secrets);
    sync::sync_copies(jail, SyncRequest { requests, links, secrets, pid_file, run_as })?;
    let changes = requests.iter().zip(before).filter_map(|(request, before)| {
        let kind = match (before, find(request)) {
            (None, Some(_)) => ChangeKind::Shown,
            (Some(_), None) => ChangeKind::Removed,
            (before, now) if before != now => ChangeKind::Renewed,
            _ => return None,
        };
        Some(FollowEvent::Changed(PlaceChange { path: request.path.clone(), kind }))
    });
    Ok(changes.collect())
}
