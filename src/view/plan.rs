#![forbid(unsafe_code)]
//! What the view of one jail consists of.

use super::source::{Held, JAILS_OWN, manners};
use super::tree::{Folder, Node, Obstacle, Precedence, apart};
use super::wanted::{Wanted, What};
use crate::fault::{Fault, ViewFault, WalkFault};
use crate::jail::Jail;
use crate::platform::Kind;
use crate::walk::{Link, on_host, within};
use std::io;
use std::path::{Path, PathBuf};

/// A view that could be built.
#[derive(Debug)]
pub(super) struct Plan {
    /// What lies where.
    pub root: Folder<Held>,
    /// What became of each path that was wanted.
    pub provided: Vec<Provided>,
}

/// What became of a path that was wanted.
#[derive(Debug, Clone)]
pub(crate) struct Provided {
    /// The path.
    pub path: PathBuf,
    /// Where that really is on the host.
    pub real: PathBuf,
    /// The word that asked for it.
    pub word: String,
    /// How it is within reach.
    pub outcome: Outcome,
}

/// How a path is within reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Shown as the host has it, for reading.
    ReadOnly,
    /// Shown as the host has it, for writing too.
    Writable,
    /// A private directory of its own.
    Private,
    /// The jail has something of its own there, which wins.
    JailsOwn,
}

/// Lays out the view of `jail` with all of `wanted`.
///
/// # Errors
/// The jail cannot be read, or something that was asked for by name is not there.
pub(super) fn plan(jail: &Jail, wanted: &[Wanted]) -> Result<Plan, Fault> {
    let fault = |error: io::Error| ViewFault::Read(jail.at().to_owned(), error).of(jail.written());
    let whole = || {
        let directory = jail.entrance().try_clone_to_owned().map_err(fault)?;
        Held::new(directory, JAILS_OWN).map_err(fault)
    };
    let obstacle = |obstacle| ViewFault::from(obstacle).of(jail.written());
    let mut root = apart(&whole()?, || jail.at().to_owned()).map_err(obstacle)?;
    // The root of a view is made for it: the jail's own manners are at the jail's host path.
    root.manners = super::tree::PLAIN;
    lay_links(&mut root, jail.links()).map_err(obstacle)?;
    let itself = Node::Mount(whole()?);
    root.lay(jail.at(), itself, Precedence::Mine).map_err(obstacle)?;
    let mut plan = Plan { root, provided: Vec::new() };
    // Short paths first: what lies in a directory that is shown already needs no mount of its own.
    let mut wanted: Vec<_> = wanted.iter().collect();
    wanted.sort_by_key(|wanted| wanted.path.components().count());
    for wanted in wanted {
        plan.provide(jail, wanted)?;
    }
    for path in jail.links().iter().map(|link| &*link.at).chain([jail.at()]) {
        plan.imitate_parents(path);
    }
    Ok(plan)
}

/// Symbolic links of the host, as they are: whoever may follow them outside may inside.
fn lay_links(root: &mut Folder<Held>, links: &[Link]) -> Result<(), Obstacle> {
    for link in links {
        let node = Node::Link(link.target.clone(), manners(link.facts));
        match root.lay(&link.at, node, Precedence::Mine) {
            Ok(()) | Err(Obstacle::Taken) => {}
            Err(unreadable) => return Err(unreadable),
        }
    }
    Ok(())
}

impl Plan {
    fn provide(&mut self, jail: &Jail, wanted: &Wanted) -> Result<(), Fault> {
        let laid = self.host_has(wanted).and_then(|host_has| match host_has {
            None => Ok(None),
            Some(found) => self.show(jail, wanted, found),
        });
        if let Some(provided) = laid.map_err(|fault| wanted.fault(fault))? {
            self.provided.push(provided);
        }
        Ok(())
    }

    /// What the host has at the path, and where that really is; `None` if there is nothing, and
    /// nothing need be there.
    fn host_has(&self, wanted: &Wanted) -> Result<Option<(PathBuf, Node<Held>)>, ViewFault> {
        if wanted.what == What::Scratch {
            return Ok(Some((wanted.path.clone(), Node::Scratch)));
        }
        let found = match on_host(&wanted.path) {
            Err(WalkFault::Missing(_)) if wanted.what == What::IfPresent => return Ok(None),
            found => found?,
        };
        let held = Held::new(found.file, wanted.forbidden)
            .map_err(|error| ViewFault::Read(wanted.path.clone(), error))?;
        Ok(Some((found.at, Node::Mount(held))))
    }

    fn show(
        &mut self,
        jail: &Jail,
        wanted: &Wanted,
        (real, node): (PathBuf, Node<Held>),
    ) -> Result<Option<Provided>, ViewFault> {
        let outcome = match &node {
            Node::Mount(held) if held.forbidden.writing => Outcome::ReadOnly,
            Node::Mount(_) => Outcome::Writable,
            _ => Outcome::Private,
        };
        let named = self.lay_way(wanted)?;
        if self.covers(&named, outcome) && self.covers(&real, outcome) {
            return Ok(None);
        }
        let is_jails_own = within(jail.entrance(), &wanted.path).is_ok();
        let outcome = if is_jails_own {
            Outcome::JailsOwn
        } else {
            match self.root.lay(&wanted.path, node, Precedence::Theirs) {
                Ok(()) => outcome,
                Err(Obstacle::Taken) => Outcome::JailsOwn,
                Err(unreadable) => return Err(unreadable.into()),
            }
        };
        let (path, word) = (wanted.path.clone(), wanted.word.clone());
        Ok(Some(Provided { path, real, word, outcome }))
    }

    /// Lays out the symbolic links on the way to the path, and tells where its last name, which may
    /// be one itself, really is.
    fn lay_way(&mut self, wanted: &Wanted) -> Result<PathBuf, ViewFault> {
        let (Some(parent), Some(name)) = (wanted.path.parent(), wanted.path.file_name()) else {
            return Ok(wanted.path.clone());
        };
        let Ok(found) = on_host(parent) else { return Ok(wanted.path.clone()) };
        lay_links(&mut self.root, &found.links)?;
        Ok(found.at.join(name))
    }

    /// Whether a directory that is shown already has `real` in it, with rights enough.
    fn covers(&self, real: &Path, needed: Outcome) -> bool {
        self.provided.iter().any(|shown| {
            let rights = match shown.outcome {
                Outcome::Writable => needed != Outcome::Private,
                Outcome::ReadOnly => needed == Outcome::ReadOnly,
                Outcome::Private | Outcome::JailsOwn => false,
            };
            rights && real.starts_with(&shown.real)
        })
    }

    /// Gives the folders above `path` the owner and mode of those they stand for, so that whoever
    /// cannot pass outside cannot pass inside.
    fn imitate_parents(&mut self, path: &Path) {
        for parent in path.ancestors().skip(1) {
            let Ok(found) = on_host(parent) else { continue };
            if found.facts.kind == Kind::Directory && found.at == parent && parent != Path::new("/")
            {
                self.root.behave(parent, manners(found.facts));
            }
        }
    }
}

impl From<Obstacle> for ViewFault {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::Unreadable(path, error) => Self::Read(path, error),
            Obstacle::Taken => {
                Self::Read("/".into(), io::Error::from(io::ErrorKind::NotADirectory))
            }
        }
    }
}
