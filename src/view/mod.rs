//! How host paths stay true inside the jail, and what of the host is within reach there.
//!
//! No path of the configuration is rewritten, so access control cannot change its meaning. Instead
//! the children's root is made such that the jail is found under its host path:
//!
//! - a **view**: a small read-only tmpfs in the parent's private mount namespace, with the jail at
//!   its own absolute path, the jail's top-level entries at `/`, and what is provided. Nothing is
//!   written into the jail, nothing is visible to the rest of the host, and all of it is gone with
//!   the last process that uses it.
//! - a **link**: one symbolic link in the jail that makes its host path lead back to its root.
//! - **off**: neither; the configuration is written with inside paths.

mod copies;
mod gate;
mod mounts;
mod secrets;

pub(crate) use mounts::late::LateSockets;
pub(crate) use mounts::plan::{ProvideOutcome, Provided};

use copies::sync::{SyncRequest, SyncResult};
use copies::{link, sync};
use gate::Gate;
use mounts::{build, plan, private_tmp};
use secrets::Secrets;

use crate::audit::OwnFile;
use crate::config::{FixRoot, Provide};
use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::messages::{Fault, Notice, ProgramNotice, Remark, ViewFault};
use crate::platform::{MountNamespace, Support};
use crate::provide::{ConfiguredPaths, ProgramRequests, ProvideRequest, collect_requests};
use std::path::PathBuf;

/// The way in force.
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
    /// The word that asks for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Link => "link",
            Self::Off => "off",
        }
    }
}

/// A jail whose children find it under its host path, if that is asked for.
#[derive(Debug)]
pub(crate) struct FixedRoot {
    /// The jail, to be entered through the view if there is one.
    pub jail: CheckedJail,
    /// The way in force.
    pub way: HostPathMode,
    /// Why, if it is not the one that was asked for by name.
    pub because: &'static str,
    /// What became of each path that was to be within reach.
    pub provided: Vec<Provided>,
    /// The links that make host paths true.
    pub links: Vec<PathBuf>,
    /// What there is to say about what was to be within reach.
    pub remarks: Vec<Remark>,
    /// What is mounted in the view later.
    pub late: Option<LateSockets>,
    /// Remarks about programs that are provided.
    pub notices: Vec<ProgramNotice>,
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct HostPathRequest<'a> {
    /// `ChrootFixRoot`, if it is written.
    pub fix_root: Option<FixRoot>,
    /// Whether a `DocumentRoot` is the root directory, seen from inside.
    pub serves_root: bool,
    /// Whether a `DocumentRoot` is only found inside.
    pub inside_paths: bool,
    /// `ChrootProvide`.
    pub provide: &'a Provide,
    /// What other directives name.
    pub configured: &'a ConfiguredPaths,
    /// What the server keeps for itself.
    pub own: &'a [OwnFile],
    /// Who the children become.
    pub run_as: &'a RunAs,
}

/// Keeps host paths true in `jail`, which was walked after `mode` was chosen, for the children of this process.
///
/// # Errors
/// Returns an error if a step of it fails: the server must not start.
pub(crate) fn fix(
    mode: ChosenMode,
    jail: CheckedJail,
    asked: &HostPathRequest<'_>,
) -> Result<FixedRoot, Fault> {
    match mode {
        ChosenMode::View(namespace, because) => {
            // Copies that an earlier mode has left in the jail.
            let left = sync::take_all_away(&jail)?;
            let mut fixed = show(namespace, jail, asked, because)?;
            fixed.remarks.extend(left);
            Ok(fixed)
        }
        ChosenMode::Link(because) => copied(jail, asked, HostPathMode::Link, because, sync::keep),
        ChosenMode::Off(because) => copied(jail, asked, HostPathMode::Off, because, sync::keep),
    }
}

/// Does the same for this process alone, as far as nothing is written into the jail: for a process
/// that will not serve.
///
/// # Errors
/// As [`fix`].
pub(crate) fn rehearse(
    mode: ChosenMode,
    jail: CheckedJail,
    asked: &HostPathRequest<'_>,
) -> Result<FixedRoot, Fault> {
    match mode {
        ChosenMode::View(namespace, because) => show(namespace, jail, asked, because),
        ChosenMode::Link(because) => copied(jail, asked, HostPathMode::Link, because, sync::list),
        ChosenMode::Off(because) => copied(jail, asked, HostPathMode::Off, because, sync::list),
    }
}

/// Every path that is to be provided, and remarks about programs among them.
fn wishes(
    jail: &CheckedJail,
    asked: &HostPathRequest<'_>,
    in_view: bool,
) -> Result<(Vec<ProvideRequest>, Vec<ProgramNotice>), Fault> {
    let mut programs = ProgramRequests::for_jail(jail, in_view);
    let wanted = collect_requests(asked.provide, asked.configured, in_view, &mut programs)?;
    Ok((wanted, programs.notices))
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
    let fix_root = match asked.fix_root {
        None if asked.serves_root => return Ok(ChosenMode::Off(SERVES_ROOT)),
        written => written.unwrap_or(FixRoot::On),
    };
    let fault = |fault: ViewFault| Fault::for_directive("ChrootFixRoot", fix_root.word(), fault);
    let by_default = fix_root == FixRoot::On;
    match fix_root {
        FixRoot::Off => return Ok(ChosenMode::Off("")),
        FixRoot::Link => return Ok(ChosenMode::Link("")),
        FixRoot::On | FixRoot::View => {}
    }
    match MountNamespace::unshare().map_err(|error| fault(ViewFault::Step("unshare", error)))? {
        Support::Available(namespace) => {
            Ok(ChosenMode::View(namespace, if by_default { HAS_VIEW } else { "" }))
        }
        Support::Unsupported if by_default => Ok(ChosenMode::Link(NO_VIEW)),
        Support::Unsupported => Err(fault(ViewFault::Absent)),
    }
}

const SERVES_ROOT: &str = "a DocumentRoot is \"/\", which means that inside paths are written";
const HAS_VIEW: &str = "this system can mount one";
const NO_VIEW: &str = "a view needs CAP_SYS_ADMIN, Linux 5.12 and mount namespaces \
                       (RestrictNamespaces of the service's unit), not all of which are here";

/// Shows the host's paths in a view of `jail`.
fn show(
    namespace: MountNamespace,
    jail: CheckedJail,
    asked: &HostPathRequest<'_>,
    because: &'static str,
) -> Result<FixedRoot, Fault> {
    let (all, notices) = wishes(&jail, asked, true)?;
    let secrets = Secrets::find(asked.own, asked.run_as);
    let mut gate = Gate::new(&secrets, asked.run_as);
    let plan = plan::plan(&jail, &all, asked.inside_paths, &mut gate)?;
    let written = jail.written().clone();
    let owner = private_tmp::Owner { user: asked.run_as.user, jail: written.as_path() };
    let root = build::build(&namespace, &plan, owner).map_err(|fault| fault.for_jail(&written))?;
    let jail =
        jail.through(root).map_err(|error| ViewFault::MountPoint(error).for_jail(&written))?;
    let (provided, links, remarks) = (plan.provided, Vec::new(), gate.into_remarks());
    let late = (!plan.late.is_empty()).then(|| LateSockets::new(namespace, plan.late));
    Ok(FixedRoot {
        jail,
        way: HostPathMode::View,
        because,
        provided,
        links,
        remarks,
        late,
        notices,
    })
}

/// Without a view: what is made in the jail is made, or only listed, by `act`.
fn copied(
    jail: CheckedJail,
    asked: &HostPathRequest<'_>,
    way: HostPathMode,
    because: &'static str,
    act: fn(&CheckedJail, SyncRequest<'_>) -> Result<SyncResult, Fault>,
) -> Result<FixedRoot, Fault> {
    let links = if way == HostPathMode::Link { link::host_paths(&jail) } else { Vec::new() };
    let (all, notices) = wishes(&jail, asked, false)?;
    let secrets = Secrets::find(asked.own, asked.run_as);
    let (wanted, run_as) = (&*all, asked.run_as);
    let SyncResult { provided, remarks } =
        act(&jail, SyncRequest { wanted, links: &links, secrets: &secrets, run_as })?;
    Ok(FixedRoot { jail, way, because, provided, links, remarks, late: None, notices })
}

impl FixedRoot {
    /// What is said of it.
    pub(crate) fn notice(&self) -> Notice {
        Notice::Way {
            way: self.way.name(),
            because: self.because,
            provided: summary(&self.provided),
        }
    }
}

/// The words that brought something, and the paths where the jail's own wins.
fn summary(provided: &[Provided]) -> String {
    let mut words: Vec<String> = Vec::new();
    for shown in provided.iter().filter(|shown| shown.outcome != ProvideOutcome::JailsOwn) {
        let word = shown.origin.to_string();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let own = provided.iter().filter(|shown| shown.outcome == ProvideOutcome::JailsOwn);
    let own: Vec<_> = own.map(|shown| shown.path.display().to_string()).collect();
    let words = if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
    if own.is_empty() { words } else { format!("{words}; the jail's own: {}", own.join(", ")) }
}

impl ProvideOutcome {
    /// In a word or two, for the whole picture.
    fn words(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Writable => "writable",
            Self::Private => "private",
            Self::Copied => "copied",
            Self::Made => "made",
            Self::JailsOwn => "the jail's own",
        }
    }
}

impl FixedRoot {
    /// The way in force, and why, for the whole picture.
    pub(crate) fn way_in_words(&self) -> String {
        match self.because {
            "" => self.way.name().to_owned(),
            because => format!("{}, because {because}", self.way.name()),
        }
    }

    /// What is within reach, how, and which word has brought it, likewise.
    pub(crate) fn provided_in_words(&self) -> Vec<String> {
        let words = |shown: &Provided| {
            format!("{} ({}, {})", shown.path.display(), shown.outcome.words(), shown.origin)
        };
        self.provided.iter().map(words).collect()
    }
}
