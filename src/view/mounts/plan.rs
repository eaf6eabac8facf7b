//! What the view of one jail consists of.

use crate::config::ProvideItem;
use crate::jail::CheckedJail;
use crate::jail::walk::{SymbolicLink, on_host, walk_inside};
use crate::messages::{Fault, ViewFault};
use crate::path::{InsidePath, joined};
use crate::platform;
use crate::platform::FileKind;
use crate::provide::{ProvideRequest, RequestKind};
use crate::view::gate::{Admitted, Gate, GateDecision};
use crate::view::mounts::dir_attributes::imitate;
use crate::view::mounts::source::{HeldFile, JAILS_OWN, manners};
use crate::view::mounts::tree::{OnConflict, PlaceError, ViewFolder, ViewNode, apart};
use std::ffi::CString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A view that could be built.
#[derive(Debug)]
pub(crate) struct ViewPlan {
    /// What lies where.
    pub root: ViewFolder<HeldFile>,
    /// What became of each path that was wanted.
    pub provided: Vec<Provided>,
    /// What lies in a directory that is shown as a whole, and is mounted on top of it.
    pub on_top: Vec<(PathBuf, HeldFile)>,
    /// Sockets that are mounted when they are made.
    pub late: Vec<PathBuf>,
    /// Whether all of the jail's top level lies at `/`.
    inside_paths: bool,
}

/// What became of a path that was wanted.
#[derive(Debug, Clone)]
pub(crate) struct Provided {
    /// The path.
    pub path: PathBuf,
    /// Where that really is on the host.
    pub real: PathBuf,
    /// The word of `ChrootProvide` that it comes from.
    pub origin: ProvideItem,
    /// How it is within reach.
    pub outcome: ProvideOutcome,
}

/// How a path is within reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProvideOutcome {
    /// Shown as the host has it, for reading.
    ReadOnly,
    /// Shown as the host has it, for writing too.
    Writable,
    /// A private directory of its own.
    Private,
    /// A copy in the jail, which has no view.
    Copied,
    /// A folder made in the jail, which has no view.
    Made,
    /// The jail has something of its own there, which wins.
    JailsOwn,
}

/// Lays out the view of `jail` with all of `wanted`. With `inside_paths` the configuration is written
/// as the jail is seen from inside, so all of its top level lies at `/`. Otherwise only that does
/// which programs of a populated jail need, and which the host has there too: httpd asks whether a
/// URL is called like a directory (mod_rewrite does), and must not be told more than outside.
///
/// # Errors
/// The jail cannot be read, or something that was asked for by name is not there.
pub(crate) fn plan(
    jail: &CheckedJail,
    wanted: &[ProvideRequest],
    inside_paths: bool,
    gate: &mut Gate<'_>,
) -> Result<ViewPlan, Fault> {
    let obstacle = |obstacle| ViewFault::from(obstacle).for_jail(jail.written());
    let host = host_names().map_err(|fault| fault.for_jail(jail.written()))?;
    let mut root = apart(&whole(jail)?, || jail.at().to_owned()).map_err(obstacle)?;
    let has_host = |name: &CString| host.contains(name);
    root.entries.retain(|name, _| inside_paths || (is_systems(name.to_bytes()) && has_host(name)));
    // The root of a view is made for it: the jail's own manners are at the jail's host path.
    root.stands_for_one = false;
    let (provided, on_top, late) = Default::default();
    let mut plan = ViewPlan { root, provided, on_top, late, inside_paths };
    plan.lay_links(jail, jail.links()).map_err(obstacle)?;
    // Short paths first: what lies in a directory that is shown already needs no folder of its own.
    let mut wanted: Vec<_> = wanted.iter().collect();
    wanted.sort_by_key(|wanted| wanted.path.components().count());
    let (above, others): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|wanted| jail.at().starts_with(&wanted.path));
    above.into_iter().try_for_each(|wanted| plan.provide(jail, wanted, gate))?;
    plan.lay_jail(jail)?;
    others.into_iter().try_for_each(|wanted| plan.provide(jail, wanted, gate))?;
    plan.name_the_rest(host);
    imitate(&mut plan.root);
    Ok(plan)
}

/// Where programs look for themselves, their libraries and their files.
const SYSTEM: [&str; 13] = [
    "bin", "dev", "etc", "lib", "lib32", "lib64", "libexec", "libx32", "run", "sbin", "tmp", "usr",
    "var",
];

fn is_systems(name: &[u8]) -> bool {
    SYSTEM.iter().any(|known| known.as_bytes() == name)
}

/// The jail with all that is in it.
fn whole(jail: &CheckedJail) -> Result<HeldFile, Fault> {
    let fault =
        |error: io::Error| ViewFault::Read(jail.at().to_owned(), error).for_jail(jail.written());
    let directory = jail.entrance().try_clone_to_owned().map_err(fault)?;
    HeldFile::new(directory, JAILS_OWN).map_err(fault)
}

/// The directories at the host's `/`, links to directories among them.
fn host_names() -> Result<Vec<CString>, ViewFault> {
    let read = |error| ViewFault::Read("/".into(), error);
    let root = on_host(Path::new("/"))?;
    let names = platform::list_names(root.file.as_fd()).map_err(read)?;
    let is_directory = |name: &CString| {
        on_host(&joined([name])).is_ok_and(|found| found.facts.kind == FileKind::Directory)
    };
    Ok(names.into_iter().filter(is_directory).collect())
}

impl ViewPlan {
    /// Lays the jail at its host path, on top of what is shown around it.
    fn lay_jail(&mut self, jail: &CheckedJail) -> Result<(), Fault> {
        let itself = whole(jail)?;
        if self.shows(jail.at()) {
            self.on_top.push((jail.at().to_owned(), itself));
            return Ok(());
        }
        self.root
            .lay(jail.at(), ViewNode::Mount(itself), OnConflict::Replace)
            .map_err(|obstacle| ViewFault::from(obstacle).for_jail(jail.written()))
    }

    /// Symbolic links of the host, as they are: whoever may follow them outside may inside. Those
    /// in the jail, and in what is shown, are there already.
    fn lay_links(&mut self, jail: &CheckedJail, links: &[SymbolicLink]) -> Result<(), PlaceError> {
        for link in links {
            if link.at.starts_with(jail.at()) || self.shows(&link.at) {
                continue;
            }
            let node = ViewNode::Link(link.target.clone(), manners(link.facts));
            match self.root.lay(&link.at, node, OnConflict::Replace) {
                Ok(()) | Err(PlaceError::Taken) => {}
                Err(unreadable) => return Err(unreadable),
            }
        }
        Ok(())
    }

    /// Empty folders for the directories at the host's `/` that the view has nothing of: a URL that
    /// is called like one of them means the same as outside.
    fn name_the_rest(&mut self, host: Vec<CString>) {
        for name in host {
            self.root.entries.entry(name).or_insert_with(|| ViewNode::Folder(ViewFolder::empty()));
        }
    }

    fn provide(
        &mut self,
        jail: &CheckedJail,
        wanted: &ProvideRequest,
        gate: &mut Gate<'_>,
    ) -> Result<(), Fault> {
        // A private directory would hide a jail that lies there.
        if wanted.kind == RequestKind::Scratch && jail.at().starts_with(&wanted.path) {
            return Ok(());
        }
        let laid = host_has(jail, wanted, gate).and_then(|host_has| match host_has {
            Some(found) => self.show(jail, wanted, found),
            None => Ok(None),
        });
        if let Some(provided) = laid.map_err(|fault| wanted.wrap_fault(fault))? {
            self.provided.push(provided);
        }
        Ok(())
    }

    fn show(
        &mut self,
        jail: &CheckedJail,
        wanted: &ProvideRequest,
        PlannedNode { path, real, node }: PlannedNode,
    ) -> Result<Option<Provided>, ViewFault> {
        let outcome = match &node {
            ViewNode::Mount(held) if !held.forbidden.writing => ProvideOutcome::Writable,
            ViewNode::Mount(_) | ViewNode::Late => ProvideOutcome::ReadOnly,
            _ => ProvideOutcome::Private,
        };
        let is_late = matches!(node, ViewNode::Late);
        let named = self.lay_way(jail, &path)?;
        if self.covers(&named, outcome) && self.covers(&real, outcome) {
            return Ok(None);
        }
        let outcome = if self.is_jails_own(jail, &path) {
            ProvideOutcome::JailsOwn
        } else if let (true, ViewNode::Mount(held)) = (self.shows(&named), &node) {
            let held = held.again().map_err(|error| ViewFault::Read(path.clone(), error))?;
            self.on_top.push((path.clone(), held));
            outcome
        } else {
            match self.root.lay(&path, node, OnConflict::Keep) {
                Ok(()) => outcome,
                Err(PlaceError::Taken) => ProvideOutcome::JailsOwn,
                Err(unreadable) => return Err(unreadable.into()),
            }
        };
        if is_late && outcome == ProvideOutcome::ReadOnly {
            self.late.push(path.clone());
        }
        Ok(Some(Provided { path, real, origin: wanted.origin.clone(), outcome }))
    }

    /// Whether the jail has something at `path` that lies there in the view too.
    fn is_jails_own(&self, jail: &CheckedJail, path: &Path) -> bool {
        let top = path.components().nth(1).map(|part| part.as_os_str().as_bytes());
        (self.inside_paths || top.is_some_and(is_systems))
            && walk_inside(jail.entrance(), InsidePath::same_as_host(path)).is_ok()
    }

    /// Lays out the symbolic links on the way to the path, and tells where its last name, which may
    /// be one itself, really is.
    fn lay_way(&mut self, jail: &CheckedJail, path: &Path) -> Result<PathBuf, ViewFault> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(path.to_owned());
        };
        let Ok(found) = on_host(parent) else { return Ok(path.to_owned()) };
        self.lay_links(jail, &found.links)?;
        Ok(found.at.join(name))
    }

    /// Whether `real` lies in a directory of the host that is shown as a whole.
    fn shows(&self, real: &Path) -> bool {
        let whole = |shown: &&Provided| {
            matches!(shown.outcome, ProvideOutcome::ReadOnly | ProvideOutcome::Writable)
        };
        self.provided.iter().filter(whole).any(|shown| real.starts_with(&shown.real))
    }

    /// Whether a directory that is shown already has `real` in it, with rights enough.
    fn covers(&self, real: &Path, needed: ProvideOutcome) -> bool {
        self.provided.iter().any(|shown| {
            let rights = match shown.outcome {
                ProvideOutcome::Writable => needed != ProvideOutcome::Private,
                ProvideOutcome::ReadOnly => needed == ProvideOutcome::ReadOnly,
                ProvideOutcome::Private
                | ProvideOutcome::Copied
                | ProvideOutcome::Made
                | ProvideOutcome::JailsOwn => false,
            };
            rights && real.starts_with(&shown.real)
        })
    }
}

/// Something to be laid.
struct PlannedNode {
    /// Where it is asked for.
    path: PathBuf,
    /// Where it really is on the host.
    real: PathBuf,
    node: ViewNode<HeldFile>,
}

/// What the host has at the path that is wanted; `None` if there is nothing to be laid: nothing is there
/// and nothing need be, or it must not be shown, or it lies in the jail and is there, under its host path,
/// with all of its rights.
fn host_has(
    jail: &CheckedJail,
    wanted: &ProvideRequest,
    gate: &mut Gate<'_>,
) -> Result<Option<PlannedNode>, ViewFault> {
    if wanted.kind == RequestKind::Scratch {
        let (path, real) = (wanted.path.clone(), wanted.path.clone());
        return Ok(Some(PlannedNode { path, real, node: ViewNode::Scratch }));
    }
    let Admitted { path, found, .. } = match gate.admit(wanted, jail)? {
        GateDecision::In(admitted) => admitted,
        GateDecision::Late(socket) => {
            let (path, real) = (socket.clone(), socket);
            return Ok(Some(PlannedNode { path, real, node: ViewNode::Late }));
        }
        GateDecision::Out => return Ok(None),
    };
    let held = HeldFile::new(found.file, wanted.limits)
        .map_err(|error| ViewFault::Read(path.clone(), error))?;
    Ok(Some(PlannedNode { path, real: found.at, node: ViewNode::Mount(held) }))
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
