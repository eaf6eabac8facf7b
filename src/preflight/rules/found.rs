#![forbid(unsafe_code)]
//! Where what is found is put.

use super::Facts;
use crate::configured::Foreign;
use crate::fault::{KnownTrouble, Place};
use crate::preflight::{Claim, Known, Need, Remedy};
use crate::settings::{Set, exposes};
use crate::view::{Configured, Sockets, SocketsBy, Way};
use std::path::{Path, PathBuf};

/// What is found.
pub(super) struct Found<'a> {
    pub claims: Vec<Claim>,
    pub known: Vec<Known>,
    pub configured: Configured,
    facts: &'a Facts<'a>,
}

/// How much depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    pub breaks: bool,
    pub optional: bool,
}

/// Requests fail without it.
pub(super) const BREAKS: Weight = Weight { breaks: true, optional: false };
/// Requests fail without it, if the host has it.
pub(super) const BREAKS_IF_THERE: Weight = Weight { breaks: true, optional: true };
/// Something else fails without it.
pub(super) const LESS: Weight = Weight { breaks: false, optional: false };
/// Something else fails without it, if the host has it.
pub(super) const LESS_IF_THERE: Weight = Weight { breaks: false, optional: true };

/// Requests fail without it. With inside paths, nothing can be told from what the host has.
pub(super) fn breaks_if_there(way: Way) -> Weight {
    if way == Way::Off { BREAKS } else { BREAKS_IF_THERE }
}

/// Who says so, and where.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub directive: String,
    pub value: String,
    pub place: Option<Place>,
}

impl Said {
    /// What a module does unasked, in the name of a directive that would change it.
    pub(super) fn unasked(directive: &str, value: impl Into<String>) -> Self {
        Self { directive: directive.into(), value: value.into(), place: None }
    }
}

impl From<&Foreign> for Said {
    fn from(foreign: &Foreign) -> Self {
        Self {
            directive: foreign.name.clone(),
            value: super::words::rest(foreign, 0),
            place: Some(foreign.place.clone()),
        }
    }
}

/// Directories that every program makes files in.
const SCRATCH: [&str; 3] = ["/tmp", "/var/tmp", "/usr/tmp"];

/// Where MySQL has its socket on some systems, among its data.
const DATA: &str = "/var/lib/mysql";

/// What to do about what others are to find in such a directory.
const OWN_TMP: &str = "keep it elsewhere, for children have a /tmp of their own";

/// Whether a path lies in the directories for temporary files.
pub(super) fn is_scratch(path: &Path) -> bool {
    SCRATCH.iter().any(|scratch| path.starts_with(scratch))
}

/// A directory that is no one's in particular: it is not shown for the sake of one file in it.
fn is_common(path: &Path) -> bool {
    let common =
        ["/usr", "/usr/lib", "/usr/share", "/var", "/var/lib", "/var/log", "/srv", "/home", DATA];
    exposes(path).is_some() || SCRATCH.iter().chain(&common).any(|common| Path::new(common) == path)
}

/// The directory of `path`, if it is for that alone; else `path`.
pub(super) fn around(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !is_common(parent) => parent.to_owned(),
        _ => path.to_owned(),
    }
}

impl<'a> Found<'a> {
    pub(super) fn new(facts: &'a Facts<'a>) -> Self {
        let (claims, known) = Default::default();
        Self { claims, known, configured: Configured::default(), facts }
    }

    /// What relative paths are relative to.
    pub(super) fn facts(&self) -> &'a Facts<'a> {
        self.facts
    }

    pub(super) fn claim(
        &mut self,
        said: impl Into<Said>,
        need: Need,
        weight: Weight,
        remedy: Remedy,
    ) {
        let Said { directive, value, place } = said.into();
        let Weight { breaks, optional } = weight;
        self.claims.push(Claim { directive, value, place, need, breaks, optional, remedy });
    }

    pub(super) fn know(&mut self, said: impl Into<Said>, breaks: bool, what: KnownTrouble) {
        let Said { directive, value, place } = said.into();
        self.known.push(Known { directive, value, place, breaks, what });
    }

    /// Lets `ChrootProvide config` bring `path`; answers what to do if it is not within reach.
    pub(super) fn by_config(&mut self, path: PathBuf, writable: bool) -> Remedy {
        let in_scratch = is_scratch(&path);
        if in_scratch && writable {
            return Remedy::Set(Set::Tmp);
        }
        self.configured.files.push((path, writable));
        if in_scratch && self.facts.way == Way::View {
            return Remedy::Words(OWN_TMP.into());
        }
        if writable && self.facts.way != Way::View {
            return Remedy::Words("name a place in the jail, or take the view".into());
        }
        Remedy::Set(Set::Config)
    }

    /// What to do about a socket that no directive of httpd's names.
    pub(super) fn by_path(&self, socket: &Path) -> Remedy {
        if is_scratch(socket) && self.facts.way == Way::View {
            return Remedy::Words(OWN_TMP.into());
        }
        Remedy::Path(around(socket))
    }

    /// Lets `ChrootProvide sockets` bring what is around `path`; answers the same.
    pub(super) fn by_sockets(&mut self, path: PathBuf, by: SocketsBy) -> Remedy {
        let in_scratch = is_scratch(&path);
        self.configured.sockets.push(Sockets { path, by });
        if in_scratch && self.facts.way == Way::View {
            Remedy::Words(OWN_TMP.into())
        } else if self.facts.way == Way::View {
            Remedy::Set(Set::Sockets)
        } else {
            Remedy::Words("name a socket in the jail, or take the view".into())
        }
    }
}
