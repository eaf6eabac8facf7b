//! Where what is found is put.

use crate::config::other_directives::OtherDirective;
use crate::config::set_catalogue::TMP;
use crate::config::{ProvideSet, exposes};
use crate::messages::{KnownIssueKind, Place};
use crate::preflight::engine::context::RuleInput;
use crate::preflight::{KnownIssue, Remedy, Requirement, Resource};
use crate::provide::{ConfiguredPaths, Sockets, SocketsBy};
use crate::view::HostPathMode;
use std::path::{Path, PathBuf};

/// What is found.
pub(crate) struct Collector<'a> {
    pub claims: Vec<Requirement>,
    pub known: Vec<KnownIssue>,
    pub configured: ConfiguredPaths,
    facts: &'a RuleInput<'a>,
}

/// How much depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weight {
    pub breaks: bool,
    pub optional: bool,
}

/// Requests fail without it.
pub(crate) const BREAKS: Weight = Weight { breaks: true, optional: false };
/// Requests fail without it, if the host has it.
pub(crate) const BREAKS_IF_THERE: Weight = Weight { breaks: true, optional: true };
/// Something else fails without it.
pub(crate) const LESS: Weight = Weight { breaks: false, optional: false };
/// Something else fails without it, if the host has it.
pub(crate) const LESS_IF_THERE: Weight = Weight { breaks: false, optional: true };

/// Requests fail without it. With inside paths, nothing can be told from what the host has.
pub(crate) fn breaks_if_there(way: HostPathMode) -> Weight {
    if way == HostPathMode::Off { BREAKS } else { BREAKS_IF_THERE }
}

/// Who says so, and where.
#[derive(Debug, Clone)]
pub(crate) struct DirectiveText {
    pub directive: String,
    pub value: String,
    pub place: Option<Place>,
}

impl DirectiveText {
    /// What a module does unasked, in the name of a directive that would change it.
    pub(crate) fn unasked(directive: &str, value: impl Into<String>) -> Self {
        Self { directive: directive.into(), value: value.into(), place: None }
    }
}

impl From<&OtherDirective> for DirectiveText {
    fn from(foreign: &OtherDirective) -> Self {
        Self {
            directive: foreign.name.clone(),
            value: crate::preflight::engine::args::rest(foreign, 0),
            place: Some(foreign.place.clone()),
        }
    }
}

/// Directories that every program makes files in.
const SCRATCH: [&str; 3] = [TMP[0], TMP[1], "/usr/tmp"];

/// Where MySQL has its socket on some systems, among its data.
const DATA: &str = "/var/lib/mysql";

/// What to do about what others are to find in such a directory.
const OWN_TMP: &str = "keep it elsewhere, for children have a /tmp of their own";

/// Whether a path lies in the directories for temporary files.
pub(crate) fn is_scratch(path: &Path) -> bool {
    SCRATCH.iter().any(|scratch| path.starts_with(scratch))
}

/// A directory that is no one's in particular: it is not shown for the sake of one file in it.
fn is_common(path: &Path) -> bool {
    let common =
        ["/usr", "/usr/lib", "/usr/share", "/var", "/var/lib", "/var/log", "/srv", "/home", DATA];
    exposes(path).is_some() || SCRATCH.iter().chain(&common).any(|common| Path::new(common) == path)
}

/// The directory of `path`, if it is for that alone; else `path`.
pub(crate) fn around(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !is_common(parent) => parent.to_owned(),
        _ => path.to_owned(),
    }
}

impl<'a> Collector<'a> {
    pub(crate) fn new(facts: &'a RuleInput<'a>) -> Self {
        let (claims, known) = Default::default();
        Self { claims, known, configured: ConfiguredPaths::default(), facts }
    }

    /// What relative paths are relative to.
    pub(crate) fn facts(&self) -> &'a RuleInput<'a> {
        self.facts
    }

    pub(crate) fn claim(
        &mut self,
        said: impl Into<DirectiveText>,
        need: Resource,
        weight: Weight,
        remedy: Remedy,
    ) {
        let DirectiveText { directive, value, place } = said.into();
        let Weight { breaks, optional } = weight;
        self.claims.push(Requirement { directive, value, place, need, breaks, optional, remedy });
    }

    pub(crate) fn know(
        &mut self,
        said: impl Into<DirectiveText>,
        breaks: bool,
        what: KnownIssueKind,
    ) {
        let DirectiveText { directive, value, place } = said.into();
        self.known.push(KnownIssue { directive, value, place, breaks, what });
    }

    /// Lets `ChrootProvide config` bring `path`; answers what to do if it is not within reach.
    pub(crate) fn by_config(&mut self, path: PathBuf, writable: bool) -> Remedy {
        let in_scratch = is_scratch(&path);
        if in_scratch && writable {
            return Remedy::Set(ProvideSet::Tmp);
        }
        self.configured.files.push((path, writable));
        if in_scratch && self.facts.way == HostPathMode::View {
            return Remedy::Words(OWN_TMP.into());
        }
        if writable && self.facts.way != HostPathMode::View {
            return Remedy::Words("name a place in the jail, or take the view".into());
        }
        Remedy::Set(ProvideSet::Config)
    }

    /// What to do about a socket that no directive of httpd's names.
    pub(crate) fn by_path(&self, socket: &Path) -> Remedy {
        if is_scratch(socket) && self.facts.way == HostPathMode::View {
            return Remedy::Words(OWN_TMP.into());
        }
        Remedy::Path(around(socket))
    }

    /// Lets `ChrootProvide sockets` bring what is around `path`; answers the same.
    pub(crate) fn by_sockets(&mut self, path: PathBuf, by: SocketsBy) -> Remedy {
        let in_scratch = is_scratch(&path);
        self.configured.sockets.push(Sockets { path, by });
        if in_scratch && self.facts.way == HostPathMode::View {
            Remedy::Words(OWN_TMP.into())
        } else if self.facts.way == HostPathMode::View {
            Remedy::Set(ProvideSet::Sockets)
        } else {
            Remedy::Words("name a socket in the jail, or take the view".into())
        }
    }
}
