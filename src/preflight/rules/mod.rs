//! Readers of the directives of other modules, one file for each group of modules. Pure: directives in, requirements
//! of children out. The rows are in the survey, `src/preflight/survey/table.txt`, whose head explains them; the engine
//! that reads them is in [`super::engine`].
//!
//! # To add a directive
//!
//! 1. Add a line to the survey, below its module. `AuthUserFile request opens config file 1` means: children open the file
//!    that the first word names, at a request; without it, access may be open; `ChrootProvide config` brings it.
//! 2. A value that is more than a path needs a reader, `by FUNCTION`: a function of this folder that takes the words by
//!    `args`, and adds each requirement by [`Collector::require`]. `if FUNCTION` names a function of this folder that tells
//!    whether the directive is in use.
//! 3. Add a line to a file in `tests/`: a configuration, and the requirements expected. `tests/fixture.rs` explains
//!    the notation. The test `house` fails without such a line, and names the list of `ChrootProvide config` in
//!    docs/directives.md if that needs the directive too.

mod auth;
mod cache_dav;
mod cgi;
mod database;
mod expressions;
#[cfg(any(test, fuzzing))]
#[allow(dead_code, reason = "for tests, of which each uses a part")]
#[path = "tests/fixture.rs"]
mod fixture;
mod httpd_core;
mod languages;
mod lua;
mod perl;
mod php;
pub(crate) mod php_compiled;
pub(crate) mod php_ini;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod proxy;
mod rewrite;
mod security;
mod sign_on;
mod subversion;
mod third_party;
mod tls;

pub(crate) use php_ini::{PhpKind, has_php_cgi, list_ini_files};

use crate::config::other_directives::{BaseDirs, OtherDirective};
use crate::preflight::engine::collector::{self, Collector};
use crate::preflight::engine::context::{RuleContext, RuleInput};
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass, always};
use crate::preflight::engine::{args, path_use};
use crate::preflight::rules::php_compiled::PhpDefaults;
use crate::preflight::{KnownIssue, Requirement};
use crate::provide::ConfiguredPaths;
use crate::view::HostPathMode;
use std::collections::BTreeMap;
use std::ffi::{CStr, OsString};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/survey.rs"));

/// The rows by the names of their directives.
struct RowIndex(BTreeMap<String, &'static RowClass>);

impl RowIndex {
    fn new() -> Self {
        Self(ROWS.iter().map(|(name, class)| (name.to_ascii_lowercase(), class)).collect())
    }

    fn find(&self, name: &str) -> Option<&'static RowClass> {
        self.0.get(&name.to_ascii_lowercase()).copied()
    }
}

/// Names of the directives that are read here, for the search of httpd's configuration tree.
pub(crate) fn list_directives() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|&(name, _)| name)
}

/// Requirements of children, and issues that are known without a trial; each once, although virtual hosts repeat
/// their directives.
pub(crate) fn collect_requirements(
    directives: &[OtherDirective],
    input: &RuleInput<'_>,
) -> (Vec<Requirement>, Vec<KnownIssue>) {
    let Collector { mut requirements, mut known_issues, .. } = read_rows(directives, input);
    remove_repeated(&mut requirements, |it| (it.directive.clone(), it.resource.clone()));
    remove_repeated(&mut known_issues, |it| (it.directive.clone(), it.value.clone(), it.kind));
    (requirements, known_issues)
}

/// Keeps the first of all items with the same key.
fn remove_repeated<T, K: Eq + Hash>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    // By a number of each key: there are many, and they are long.
    let mut seen: BTreeMap<u64, Vec<K>> = BTreeMap::new();
    items.retain(|item| {
        let key = key(item);
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let alike = seen.entry(hasher.finish()).or_default();
        let is_new = !alike.contains(&key);
        if is_new {
            alike.push(key);
        }
        is_new
    });
}

/// Paths that `ChrootProvide sockets` and `ChrootProvide config` provide: those of requirements with that remedy.
pub(crate) fn collect_configured_paths(
    directives: &[OtherDirective],
    base_dirs: BaseDirs<'_>,
    is_loaded: &dyn Fn(&CStr) -> bool,
) -> ConfiguredPaths {
    let input = RuleInput {
        base_dirs,
        is_loaded,
        mode: HostPathMode::View,
        has_suexec: false,
        jail: Path::new("/"),
        temp_dirs: &[],
        php_ini: &[],
        php_cgi_ini: &[],
        php_defaults: &PhpDefaults::default(),
        inside_paths: false,
        homes: &[],
        needs_set_id_mailer: false,
    };
    read_rows(directives, &input).configured
}

/// Whether a directive names a DBM, for which a driver has to be loaded.
pub(crate) fn has_dbm(directives: &[OtherDirective]) -> bool {
    let is_dbm = |word: &OsString| args::as_bytes(word).starts_with(b"dbm");
    let rows = RowIndex::new();
    directives.iter().any(|directive| {
        let class = rows.find(&directive.name);
        let is_file =
            matches!(class, Some(RowClass::Path(_, PathUse::ReadDbm | PathUse::WriteDbm, ..)));
        is_file || directive.words.iter().any(is_dbm)
    })
}

/// Reads each directive by its row, and then the defaults of modules, for which no directive is written.
fn read_rows<'a>(directives: &'a [OtherDirective], input: &'a RuleInput<'a>) -> Collector<'a> {
    let (context, rows) = (RuleContext::new(directives, input), RowIndex::new());
    let mut collector = Collector::new(input);
    collector.has_php_cgi = context.has_any(php_ini::names_php_cgi);
    for directive in directives {
        match rows.find(&directive.name) {
            Some(RowClass::Path(word, path_use, weight, is_in_use)) if is_in_use(&context) => {
                path_use::require_word(directive, *word, *path_use, *weight, &mut collector);
            }
            Some(RowClass::Read(read)) => read(directive, &context, &mut collector),
            _ => {}
        }
    }
    cgi::require_default_sockets(&context, &mut collector);
    let written = collector.requirements.len();
    php::require_php(&context, &mut collector);
    collector.mark_php_defaults(written);
    third_party::require_python(&context, &mut collector);
    third_party::require_shibboleth(&context, &mut collector);
    third_party::require_passenger(&context, &mut collector);
    collector
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
