//! Collector of requirements, known issues and paths to provide.

use crate::config::other_directives::OtherDirective;
use crate::config::set_catalogue::TMP;
use crate::config::{ProvideSet, exposes};
use crate::messages::{KnownIssueKind, Place};
use crate::preflight::engine::context::RuleInput;
use crate::preflight::{Basis, KnownIssue, Remedy, Requirement, Resource};
use crate::provide::{ConfiguredPaths, Sockets, SocketsBy};
use crate::view::HostPathMode;
use std::ffi::CStr;
use std::path::{Path, PathBuf};

/// Results of reading the configuration.
pub(crate) struct Collector<'a> {
    pub requirements: Vec<Requirement>,
    pub known_issues: Vec<KnownIssue>,
    pub configured: ConfiguredPaths,
    /// Whether children run php-cgi.
    pub has_php_cgi: bool,
    input: &'a RuleInput<'a>,
}

/// Consequence of a requirement that is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weight {
    pub breaks: bool,
    pub optional: bool,
    pub refuses: bool,
}

/// Requests fail.
pub(crate) const BREAKS: Weight = Weight { breaks: true, optional: false, refuses: false };
/// Requests fail; nothing is reported if the host lacks it too.
pub(crate) const BREAKS_IF_THERE: Weight = Weight { optional: true, ..BREAKS };
/// Something smaller fails, such as a log or a cache.
pub(crate) const LESS: Weight = Weight { breaks: false, ..BREAKS };
/// Something smaller fails; nothing is reported if the host lacks it too.
pub(crate) const LESS_IF_THERE: Weight = Weight { optional: true, ..LESS };
/// It decides about access: what it denies would be allowed, or the other way round. If the host has it and the
/// children lack it, the server does not start.
pub(crate) const DECIDES: Weight = Weight { refuses: true, ..BREAKS };
/// As [`DECIDES`]; nothing is reported if the host lacks it too.
pub(crate) const DECIDES_IF_THERE: Weight = Weight { optional: true, ..DECIDES };
/// Every child ends without it. If the host has it and the children lack it, the server does not start.
pub(crate) const ENDS_CHILDREN: Weight = Weight { optional: true, ..DECIDES };

/// Weight of a path that requests depend on. With inside paths, the host's files are no evidence.
pub(crate) fn select_weight(mode: HostPathMode) -> Weight {
    if mode == HostPathMode::Off { BREAKS } else { BREAKS_IF_THERE }
}

/// Directive, value and place for the message.
#[derive(Debug, Clone)]
pub(crate) struct DirectiveText {
    pub directive: String,
    pub value: String,
    pub place: Option<Place>,
}

impl DirectiveText {
    /// Default of a module, in the name of the directive that would change it.
    pub(crate) fn for_default(directive: &str, value: impl Into<String>) -> Self {
        Self { directive: directive.into(), value: value.into(), place: None }
    }
}

impl From<&OtherDirective> for DirectiveText {
    fn from(directive: &OtherDirective) -> Self {
        Self {
            directive: directive.name.clone(),
            value: crate::preflight::engine::args::join_words(directive, 0),
            place: Some(directive.place.clone()),
        }
    }
}

/// Source files of mod_php, by its releases.
pub(crate) const PHP_MODULES: [&CStr; 4] =
    [c"mod_php.c", c"mod_php8.c", c"mod_php7.c", c"mod_php5.c"];

/// Directories for temporary files of all programs.
const SCRATCH: [&str; 3] = [TMP[0], TMP[1], "/usr/tmp"];

/// MySQL's data directory, which also contains its socket on some systems.
const DATA: &str = "/var/lib/mysql";

/// Whether a path is a directory for temporary files, which children have by themselves.
pub(crate) fn is_temp_dir(path: &Path) -> bool {
    SCRATCH.iter().any(|scratch| path == Path::new(scratch))
}

/// Remedy for a directory that children write to.
pub(crate) fn advise_writable(path: &Path) -> Remedy {
    if is_temp_dir(path) { Remedy::Set(ProvideSet::Tmp) } else { Remedy::Writable(path.to_owned()) }
}

/// Whether a path is in a directory for temporary files.
fn is_in_temp_dir(path: &Path) -> bool {
    SCRATCH.iter().any(|scratch| path.starts_with(scratch))
}

/// Whether `path` is a directory that many programs share: it is not shown for one file in it.
fn is_common(path: &Path) -> bool {
    let common =
        ["/usr", "/usr/lib", "/usr/share", "/var", "/var/lib", "/var/log", "/srv", "/home", DATA];
    exposes(path).is_some() || SCRATCH.iter().chain(&common).any(|common| Path::new(common) == path)
}

/// Directory of `path`, or `path` itself if many programs share that directory.
pub(crate) fn enclosing_folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !is_common(parent) => parent.to_owned(),
        _ => path.to_owned(),
    }
}

impl<'a> Collector<'a> {
    pub(crate) fn new(input: &'a RuleInput<'a>) -> Self {
        let (requirements, known_issues) = Default::default();
        let configured = ConfiguredPaths::default();
        Self { requirements, known_issues, configured, has_php_cgi: false, input }
    }

    /// Input of the rules.
    pub(crate) fn input(&self) -> &'a RuleInput<'a> {
        self.input
    }

    pub(crate) fn require(
        &mut self,
        source: impl Into<DirectiveText>,
        resource: Resource,
        weight: Weight,
        remedy: Remedy,
    ) {
        let DirectiveText { directive, value, place } = source.into();
        let Weight { breaks, optional, refuses } = weight;
        self.requirements.push(Requirement {
            directive,
            value,
            place,
            resource,
            breaks,
            optional,
            refuses,
            remedy,
            basis: Basis::Written,
        });
    }

    /// Requires that the links in a directory that is served lead somewhere inside, and that its writable parts stay
    /// writable. A directory in the jail is searched for pages of PHP only: the audit reports its links.
    pub(crate) fn require_tree(&mut self, source: impl Into<DirectiveText>, folder: &Path) {
        let folder: &Path = &folder.components().collect::<PathBuf>();
        let in_jail = self.input.inside_paths || folder.starts_with(self.input.jail);
        let has_module = PHP_MODULES.iter().any(|module| (self.input.is_loaded)(module));
        if in_jail && !has_module && !self.has_php_cgi {
            return;
        }
        let remedy = Remedy::Path(folder.to_owned());
        self.require(source, Resource::Tree(folder.to_owned()), LESS_IF_THERE, remedy);
        self.weaken_last(in_jail);
    }

    /// Takes the last requirement for advice only, if the evidence is weak.
    pub(crate) fn weaken_last(&mut self, is_weak: bool) {
        if let Some(last) = self.requirements.last_mut().filter(|_| is_weak) {
            last.basis = Basis::Likely;
        }
    }

    /// Suggests a path that is likely needed.
    pub(crate) fn suggest(&mut self, source: impl Into<DirectiveText>, path: PathBuf) {
        let remedy = Remedy::Path(path.clone());
        self.require(source, Resource::Whole(path), LESS_IF_THERE, remedy);
        self.weaken_last(true);
    }

    /// Marks the defaults among the requirements from number `from` on as defaults of PHP.
    pub(crate) fn mark_php_defaults(&mut self, from: usize) {
        let defaults = self
            .requirements
            .iter_mut()
            .skip(from)
            .filter(|it| it.place.is_none() && it.basis == Basis::Written);
        defaults.for_each(|it| it.basis = Basis::PhpDefault);
    }

    pub(crate) fn add_known_issue(
        &mut self,
        source: impl Into<DirectiveText>,
        breaks: bool,
        kind: KnownIssueKind,
    ) {
        let DirectiveText { directive, value, place } = source.into();
        self.known_issues.push(KnownIssue { directive, value, place, breaks, kind });
    }

    /// Adds `path` to the paths of `ChrootProvide config`. Returns the remedy if it is missing inside.
    pub(crate) fn provide_config(&mut self, path: PathBuf, writable: bool) -> Remedy {
        let in_view = self.input.mode == HostPathMode::View;
        if writable && (is_temp_dir(&path) || (is_in_temp_dir(&path) && !in_view)) {
            return Remedy::Set(ProvideSet::Tmp);
        }
        self.configured.files.push((path, writable));
        if writable && !in_view {
            return Remedy::Words("set a path in the jail, or use ChrootFixRoot view".into());
        }
        Remedy::Set(ProvideSet::Config)
    }

    /// Remedy for a socket that no directive of httpd names.
    pub(crate) fn advise_socket(&self, socket: &Path) -> Remedy {
        Remedy::Path(enclosing_folder(socket))
    }

    /// Adds `path` to the paths of `ChrootProvide sockets`. Returns the remedy if it is missing inside.
    pub(crate) fn provide_sockets(&mut self, path: PathBuf, by: SocketsBy) -> Remedy {
        self.configured.sockets.push(Sockets { path, by });
        if self.input.mode == HostPathMode::View {
            Remedy::Set(ProvideSet::Sockets)
        } else {
            Remedy::Words("set a socket in the jail, or use ChrootFixRoot view".into())
        }
    }
}
