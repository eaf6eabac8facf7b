//! What the directives of other modules say that children will need. Pure: directives in, claims out.
//!
//! [`table`] knows every directive whose value is a path, a name or a switch for one; each of the
//! other files reads those of one field. What a module does implicit is in [`implicit`].

mod access;
mod auth;
mod cache;
mod database;
mod expression;
mod implicit;
mod inside;
mod lua;
mod managed;
mod objects;
mod parent;
mod php;
mod php_ini;
mod programs;
mod proxy;
mod rewrite;
mod security;
mod served;
mod switches;
mod system;
mod table;
mod third_party;
mod tls;
mod wsgi;

pub(crate) use php_ini::files as php_ini_files;

use crate::config::other_directives::{BaseDirs, OtherDirective};
use crate::preflight::engine::collector::Collector;
use crate::preflight::engine::context::{RuleContext, RuleInput};
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::engine::{args, path_use};
use crate::preflight::{KnownIssue, Requirement};
use crate::provide::ConfiguredPaths;
use crate::view::HostPathMode;
use std::ffi::CStr;
use std::path::Path;

/// Directives that are read here: httpd's tree is to be searched for these names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let is_read = |(_, class): &&Row| !matches!(class, RowClass::Nothing(_));
    table::rows().filter(is_read).map(|&(name, _)| name)
}

/// What children will need, and what is known not to work.
pub(crate) fn claims(
    directives: &[OtherDirective],
    facts: &RuleInput<'_>,
) -> (Vec<Requirement>, Vec<KnownIssue>) {
    let Collector { mut claims, mut known, .. } = found(directives, facts);
    // Virtual hosts say the same again and again; the first place is enough.
    let mut seen: Vec<(String, crate::preflight::Resource)> = Vec::new();
    claims.retain(|claim| {
        let key = (claim.directive.clone(), claim.need.clone());
        let is_new = !seen.contains(&key);
        if is_new {
            seen.push(key);
        }
        is_new
    });
    let mut named = Vec::new();
    known.retain(|known| {
        let key = (known.directive.clone(), known.value.clone(), known.what);
        let is_new = !named.contains(&key);
        if is_new {
            named.push(key);
        }
        is_new
    });
    (claims, known)
}

/// What `ChrootProvide sockets` and `ChrootProvide config` bring: what claims with that remedy need.
pub(crate) fn configured(
    directives: &[OtherDirective],
    bases: BaseDirs<'_>,
    is_loaded: &dyn Fn(&CStr) -> bool,
) -> ConfiguredPaths {
    let facts = RuleInput {
        bases,
        is_loaded,
        way: HostPathMode::View,
        suexec: false,
        jail_at: Path::new("/"),
        scratch: &[],
        php_ini: &[],
    };
    found(directives, &facts).configured
}

/// Whether a directive names a DBM, for which a driver has to be loaded.
pub(crate) fn needs_dbm(directives: &[OtherDirective]) -> bool {
    directives.iter().any(|foreign| {
        let is_dbm = |word: &std::ffi::OsString| args::bytes(word).starts_with(b"dbm");
        let by_name = matches!(
            table::find(&foreign.name),
            Some((
                _,
                RowClass::Path(_, path_use::PathUse::ReadDbm | path_use::PathUse::WriteDbm, ..)
            ))
        );
        by_name || foreign.words.iter().any(is_dbm)
    })
}

fn found<'a>(directives: &'a [OtherDirective], facts: &'a RuleInput<'a>) -> Collector<'a> {
    let scene = RuleContext { all: directives, facts };
    let mut found = Collector::new(facts);
    for foreign in directives {
        match table::find(&foreign.name) {
            Some((_, RowClass::Path(word, used, weight, when))) if when(&scene) => {
                path_use::path(foreign, *word, *used, *weight, &mut found);
            }
            Some((_, RowClass::Read(read))) => read(foreign, &scene, &mut found),
            _ => {}
        }
    }
    implicit::find(&scene, &mut found);
    found
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
