//! Plan of the view of one jail.

use crate::jail::CheckedJail;
use crate::jail::walk::{OpenedPath, PassedDir, SymbolicLink, on_host, walk_inside};
use crate::messages::{Fault, ViewFault};
use crate::path::InsidePath;
use crate::platform::Ownership;
use crate::provide::{ProvideRequest, RequestKind};
use crate::view::gate::{Admitted, Gate, GateDecision};
use crate::view::mounts::dir_attributes::copy_host_attributes;
use crate::view::mounts::host_links::{ALTERNATIVES, list_host_dirs, list_host_links};
use crate::view::mounts::outcome::{ProvideOutcome, Provided};
use crate::view::mounts::private_place::PrivatePlace;
use crate::view::mounts::shown::ShownPaths;
use crate::view::mounts::source::{HeldFile, JAILS_OWN, to_ownership};
use crate::view::mounts::tree::{OnConflict, PlaceError, ViewFolder, ViewNode, split_directory};
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A view that can be built.
#[derive(Debug)]
pub(crate) struct ViewPlan {
    /// Tree of the places.
    pub root: ViewFolder<HeldFile>,
    /// Results of the requests.
    pub provided: Vec<Provided>,
    /// Files and directories in a directory that is shown as a whole: they are mounted on top of it.
    pub on_top: Vec<(PathBuf, HeldFile)>,
    /// Places in private directories.
    pub in_private: Vec<PrivatePlace>,
    /// Sockets that are mounted when they are created.
    pub late: Vec<PathBuf>,
    /// Whether all of the jail's top level is at `/`.
    inside_paths: bool,
    shown: ShownPaths,
}

/// Plans the view of `jail` with all of `requests`. With `inside_paths` the configuration consists of inside paths, so all of the
/// jail's top level is at `/`. Otherwise `/` has only the directories that programs of a populated jail need and that the
/// host has too: httpd (mod_rewrite) checks whether a URL is also the path of a directory, and must not find more than outside.
///
/// A request that cannot be fulfilled goes to `refuse`, which may end the planning.
///
/// # Errors
/// Returns an error if the jail cannot be read, and that of `refuse`.
pub(crate) fn plan_view(
    jail: &CheckedJail,
    requests: &[ProvideRequest],
    inside_paths: bool,
    gate: &mut Gate<'_>,
    refuse: &mut dyn FnMut(Fault) -> Result<(), Fault>,
) -> Result<ViewPlan, Fault> {
    gate.note_writable(requests);
    let obstacle = |obstacle| ViewFault::from(obstacle).for_jail(jail.written());
    let host = list_host_dirs().map_err(|fault| fault.for_jail(jail.written()))?;
    let mut root = split_directory(&open_jail(jail)?, || jail.at().to_owned()).map_err(obstacle)?;
    let has_host = |name: &CString| host.iter().any(|(host, _)| host == name);
    root.entries
        .retain(|name, _| inside_paths || (is_system_dir(name.to_bytes()) && has_host(name)));
    // The root of a view is created for it: the ownership of the jail is at the jail's host path.
    root.is_split = false;
    let (provided, on_top, in_private, late, shown) = Default::default();
    let mut plan = ViewPlan { root, provided, on_top, in_private, late, inside_paths, shown };
    plan.place_links(jail, jail.links()).map_err(obstacle)?;
    // Short paths first: a path in a directory that is shown already needs no folder of its own. A file that is named is
    // shown in place of one that is made, and of two requests for one path the writable one counts.
    let all = requests;
    let mut requests: Vec<_> = requests.iter().collect();
    requests
        .sort_by_key(|it| (it.path.components().count(), it.contents.is_some(), !it.is_writable()));
    let (above, others): (Vec<_>, Vec<_>) =
        requests.into_iter().partition(|request| jail.at().starts_with(&request.path));
    let mut provide = |plan: &mut ViewPlan, request| {
        plan.provide_request(jail, request, gate).or_else(&mut *refuse)
    };
    above.into_iter().try_for_each(|request| provide(&mut plan, request))?;
    plan.place_jail(jail)?;
    others.into_iter().try_for_each(|request| provide(&mut plan, request))?;
    plan.clear_private(all, gate).map_err(obstacle)?;
    plan.place_host_links(jail).map_err(obstacle)?;
    copy_host_attributes(&mut plan.root);
    plan.add_empty_dirs(host);
    Ok(plan)
}

/// Directories in which programs look for programs, libraries and their files.
const SYSTEM: [&str; 13] = [
    "bin", "dev", "etc", "lib", "lib32", "lib64", "libexec", "libx32", "run", "sbin", "tmp", "usr",
    "var",
];

fn is_system_dir(name: &[u8]) -> bool {
    SYSTEM.iter().any(|known| known.as_bytes() == name)
}

/// Opens the jail as a source of a mount.
fn open_jail(jail: &CheckedJail) -> Result<HeldFile, Fault> {
    let fault =
        |error: io::Error| ViewFault::Read(jail.at().to_owned(), error).for_jail(jail.written());
    let directory = jail.entrance().try_clone_to_owned().map_err(fault)?;
    HeldFile::new(directory, JAILS_OWN).map_err(fault)
}

impl ViewPlan {
    /// Closes what was planned, and returns the results of the requests, and the sockets that are mounted later.
    pub(crate) fn into_results(self) -> (Vec<Provided>, Vec<PathBuf>) {
        (self.provided, self.late)
    }

    /// Places the jail at its host path, on top of the directory that is shown around it.
    fn place_jail(&mut self, jail: &CheckedJail) -> Result<(), Fault> {
        let itself = open_jail(jail)?;
        if self.is_shown(jail.at()) {
            self.on_top.push((jail.at().to_owned(), itself));
            return Ok(());
        }
        self.root
            .place_node(jail.at(), ViewNode::Mount(itself), OnConflict::Replace)
            .map_err(|obstacle| ViewFault::from(obstacle).for_jail(jail.written()))
    }

    /// Places symbolic links of the host, so that they can be followed inside by the same users as outside. Links in the jail
    /// and in directories that are shown are there already.
    fn place_links(
        &mut self,
        jail: &CheckedJail,
        links: &[SymbolicLink],
    ) -> Result<(), PlaceError> {
        for link in links {
            if link.at.starts_with(jail.at()) || self.is_shown(&link.at) {
                continue;
            }
            let node = ViewNode::Link(link.target.clone(), to_ownership(link.facts));
            match self.root.place_node(&link.at, node, OnConflict::Replace) {
                Ok(()) | Err(PlaceError::Taken) => {}
                Err(unreadable) => return Err(unreadable),
            }
        }
        Ok(())
    }

    /// Places the host's own links, such as `/var/run`, if their targets are shown and the jail has nothing there.
    fn place_host_links(&mut self, jail: &CheckedJail) -> Result<(), PlaceError> {
        for (link, real) in list_host_links() {
            let is_there = link.at.starts_with(jail.at()) || self.is_shown(&link.at);
            if is_there || !(self.is_shown(&real) || self.root.has_contents(&real)) {
                continue;
            }
            let node = ViewNode::Link(link.target, to_ownership(link.facts));
            match self.root.place_node(&link.at, node, OnConflict::Keep) {
                Ok(()) | Err(PlaceError::Taken) => {}
                Err(unreadable) => return Err(unreadable),
            }
        }
        Ok(())
    }

    /// Places links in [`ALTERNATIVES`] that lead to `held`, and the file at its real path, to which they lead.
    fn place_alternative(
        &mut self,
        jail: &CheckedJail,
        links: Vec<SymbolicLink>,
        real: &Path,
        held: HeldFile,
    ) -> Result<(), PlaceError> {
        let is_choice = |link: &SymbolicLink| link.at.starts_with(ALTERNATIVES);
        let choices: Vec<_> = links.into_iter().filter(is_choice).collect();
        if choices.is_empty() {
            return Ok(());
        }
        self.place_links(jail, &choices)?;
        if self.is_shown(real) || self.is_jails_own(jail, real) {
            return Ok(());
        }
        match self.root.place_node(real, ViewNode::Mount(held), OnConflict::Keep) {
            Ok(()) | Err(PlaceError::Taken) => Ok(()),
            Err(unreadable) => Err(unreadable),
        }
    }

    /// Adds empty folders for the other directories at the host's `/`: a URL with the same path as one of them has the same
    /// meaning as outside.
    fn add_empty_dirs(&mut self, host: Vec<(CString, Ownership)>) {
        for (name, ownership) in host {
            let empty = ViewFolder { ownership, ..ViewFolder::empty() };
            self.root.entries.entry(name).or_insert_with(|| ViewNode::Folder(empty));
        }
    }

    fn provide_request(
        &mut self,
        jail: &CheckedJail,
        request: &ProvideRequest,
        gate: &mut Gate<'_>,
    ) -> Result<(), Fault> {
        // A private directory would hide a jail in it.
        if request.kind == RequestKind::Scratch && jail.at().starts_with(&request.path) {
            return Ok(());
        }
        let shown = find_node(jail, request, gate).and_then(|node| match node {
            Some(node) => self.show_node(jail, request, node, gate),
            None => Ok(None),
        });
        if let Some(provided) = shown.map_err(|fault| request.wrap_fault(fault))? {
            self.shown.add(&provided);
            // A path that is taken may be taken by the same file, which another word brought.
            let is_same =
                |other: &Provided| (&other.path, &other.real) == (&provided.path, &provided.real);
            if provided.outcome != ProvideOutcome::JailsOwn || !self.provided.iter().any(is_same) {
                self.provided.push(provided);
            }
        }
        Ok(())
    }

    fn show_node(
        &mut self,
        jail: &CheckedJail,
        request: &ProvideRequest,
        PlannedNode { path, real, node, links, plain, folders }: PlannedNode,
        gate: &Gate<'_>,
    ) -> Result<Option<Provided>, ViewFault> {
        let outcome = match &node {
            ViewNode::Mount(held) if !held.limits.writing => ProvideOutcome::Writable,
            ViewNode::Mount(_) | ViewNode::Late => ProvideOutcome::ReadOnly,
            ViewNode::Made(..) => ProvideOutcome::Composed,
            _ => ProvideOutcome::Private,
        };
        let is_late = matches!(node, ViewNode::Late);
        let alternative = clone_alternative(&node, &path, &real)?;
        let named = self.place_links_to(jail, &path, plain)?;
        if self.shown.covers(&named, outcome) && self.shown.covers(&real, outcome) {
            if let Some(held) = alternative {
                self.place_alternative(jail, links, &real, held)?;
            }
            return Ok(None);
        }
        let outcome = if self.is_jails_own(jail, &path) {
            ProvideOutcome::JailsOwn
        } else if let (true, true, ViewNode::Mount(held)) =
            (self.is_shown(&named), self.is_shown(&real), &node)
        {
            let held = held.try_clone().map_err(|error| ViewFault::Read(path.clone(), error))?;
            self.on_top.push((real.clone(), held));
            outcome
        } else {
            // A link in a directory that is shown is there already: what it leads to is shown at its own place.
            let place = if self.is_shown(&named) { &real } else { &path };
            match self.place_anywhere(place, node, &folders, gate) {
                Ok(()) => outcome,
                Err(PlaceError::Taken) => ProvideOutcome::JailsOwn,
                Err(unreadable) => return Err(unreadable.into()),
            }
        };
        if let Some(held) = alternative.filter(|_| outcome == ProvideOutcome::ReadOnly) {
            self.place_alternative(jail, links, &real, held)?;
        }
        if is_late && outcome == ProvideOutcome::ReadOnly {
            self.late.push(path.clone());
        }
        Ok(Some(Provided { path, real, origin: request.origin.clone(), outcome }))
    }

    /// Whether the jail has a file at `path` that is there in the view too.
    fn is_jails_own(&self, jail: &CheckedJail, path: &Path) -> bool {
        let top = path.components().nth(1).map(|part| part.as_os_str().as_bytes());
        (self.inside_paths || top.is_some_and(is_system_dir))
            && walk_inside(jail.entrance(), InsidePath::same_as_host(path)).is_ok()
    }

    /// Places the symbolic links in the path, and returns the real path of its last name, which may be a link
    /// itself. That is `plain`, if it is known that there are none.
    fn place_links_to(
        &mut self,
        jail: &CheckedJail,
        path: &Path,
        plain: Option<PathBuf>,
    ) -> Result<PathBuf, ViewFault> {
        if let Some(real) = plain {
            return Ok(real);
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(path.to_owned());
        };
        let Ok(found) = on_host(parent) else { return Ok(path.to_owned()) };
        self.place_links(jail, &found.links)?;
        Ok(found.at.join(name))
    }

    /// Whether `real` lies in a directory of the host that is shown as a whole.
    pub(crate) fn is_shown(&self, real: &Path) -> bool {
        self.shown.has(real)
    }
}

/// The file that a path leads to by a link, to be placed at its real path too, if it is shown read-only.
fn clone_alternative(
    node: &ViewNode<HeldFile>,
    path: &Path,
    real: &Path,
) -> Result<Option<HeldFile>, ViewFault> {
    match node {
        ViewNode::Mount(held) if real != path && held.limits.writing => {
            let held = held.try_clone().map_err(|error| ViewFault::Read(path.to_owned(), error))?;
            Ok(Some(held))
        }
        _ => Ok(None),
    }
}

/// A node to be placed.
struct PlannedNode {
    /// Requested path.
    path: PathBuf,
    /// Real path on the host.
    real: PathBuf,
    node: ViewNode<HeldFile>,
    /// Symbolic links on the way to it.
    links: Vec<SymbolicLink>,
    /// The real path, if a walk has met no link.
    plain: Option<PathBuf>,
    /// Folders on the way to it.
    folders: Vec<PassedDir>,
}

impl PlannedNode {
    /// A node that is made for the view at `path`.
    fn at(path: &Path, node: ViewNode<HeldFile>) -> Self {
        let (path, real) = (path.to_owned(), path.to_owned());
        Self { path, real, node, links: Vec::new(), plain: None, folders: Vec::new() }
    }
}

/// Finds the node for a request; `None` if there is none to be placed: the path is missing or must not be shown, or it lies in
/// the jail, and so is in the view with all of its rights.
fn find_node(
    jail: &CheckedJail,
    request: &ProvideRequest,
    gate: &mut Gate<'_>,
) -> Result<Option<PlannedNode>, ViewFault> {
    if request.kind == RequestKind::Scratch {
        return Ok(Some(PlannedNode::at(&request.path, ViewNode::Scratch)));
    }
    let Admitted { path, found, folders } = match gate.admit(request, jail)? {
        GateDecision::Admit(admitted) => admitted,
        GateDecision::Later(socket) => {
            return Ok(Some(PlannedNode::at(&socket, ViewNode::Late)));
        }
        GateDecision::Omit => return Ok(None),
    };
    let made = match &request.contents {
        Some(contents) => match gate.choose_ownership(request, &found, &folders) {
            Some(ownership) => Some(ViewNode::Made(Arc::clone(contents), ownership)),
            None => return Ok(None),
        },
        None => None,
    };
    let OpenedPath { at: real, file, facts, links, .. } = found;
    let held = HeldFile { file, facts, limits: request.limits };
    let node = made.unwrap_or(ViewNode::Mount(held));
    let plain = links.is_empty().then(|| real.clone());
    Ok(Some(PlannedNode { path, real, node, links, plain, folders }))
}

impl From<PlaceError> for ViewFault {
    fn from(obstacle: PlaceError) -> Self {
        match obstacle {
            PlaceError::Unreadable(path, error) => Self::Read(path, error),
            PlaceError::Taken => {
                Self::Read("/".into(), io::Error::from(io::ErrorKind::NotADirectory))
            }
        }
    }
}
