#![forbid(unsafe_code)]
//! What the directives of other modules say that children will need. Pure: directives in, claims out.
//!
//! [`table`] knows every directive whose value is a path, a name or a switch for one; each of the
//! other files reads those of one field. What a module does unasked is in [`unasked`].

mod access;
mod auth;
mod cache;
mod database;
mod expression;
mod found;
mod hosts;
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
mod row;
mod scene;
mod security;
mod served;
mod switches;
mod system;
mod table;
mod third;
mod tls;
mod unasked;
mod used;
mod words;
mod wsgi;

pub(crate) use php_ini::files as php_ini_files;

use super::{Claim, Known};
use crate::configured::{Bases, Foreign};
use crate::view::{Configured, Way};
use found::Found;
use row::{Class, Row};
use scene::Scene;
use std::ffi::CStr;
use std::path::{Path, PathBuf};

/// What has to be known besides the directives.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    /// What relative paths are relative to.
    pub bases: Bases<'a>,
    /// Whether a module is loaded, by the name of its source file.
    pub is_loaded: &'a dyn Fn(&CStr) -> bool,
    /// How host paths stay true inside.
    pub way: Way,
    /// Whether httpd has found a suexec that it can use.
    pub suexec: bool,
    /// The jail, seen from outside.
    pub jail_at: &'a Path,
    /// What of `TMPDIR`, `TMP` and `TEMP` the environment has, in that order.
    pub scratch: &'a [PathBuf],
    /// The ini files of PHP in the order in which PHP reads them, with what they hold.
    pub php_ini: &'a [(PathBuf, String)],
}

/// Directives that are read here: httpd's tree is to be searched for these names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let is_read = |(_, class): &&Row| !matches!(class, Class::Nothing(_));
    table::rows().filter(is_read).map(|&(name, _)| name)
}

/// What children will need, and what is known not to work.
pub(crate) fn claims(directives: &[Foreign], facts: &Facts<'_>) -> (Vec<Claim>, Vec<Known>) {
    let Found { mut claims, mut known, .. } = found(directives, facts);
    // Virtual hosts say the same again and again; the first place is enough.
    let mut seen: Vec<(String, super::Need)> = Vec::new();
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
    directives: &[Foreign],
    bases: Bases<'_>,
    is_loaded: &dyn Fn(&CStr) -> bool,
) -> Configured {
    let facts = Facts {
        bases,
        is_loaded,
        way: Way::View,
        suexec: false,
        jail_at: Path::new("/"),
        scratch: &[],
        php_ini: &[],
    };
    found(directives, &facts).configured
}

/// Whether a directive names a DBM, for which a driver has to be loaded.
pub(crate) fn needs_dbm(directives: &[Foreign]) -> bool {
    directives.iter().any(|foreign| {
        let is_dbm = |word: &std::ffi::OsString| words::bytes(word).starts_with(b"dbm");
        let by_name = matches!(
            table::find(&foreign.name),
            Some((_, Class::Path(_, used::Use::ReadDbm | used::Use::WriteDbm, ..)))
        );
        by_name || foreign.words.iter().any(is_dbm)
    })
}

fn found<'a>(directives: &'a [Foreign], facts: &'a Facts<'a>) -> Found<'a> {
    let scene = Scene { all: directives, facts };
    let mut found = Found::new(facts);
    for foreign in directives {
        match table::find(&foreign.name) {
            Some((_, Class::Path(word, used, weight, when))) if when(&scene) => {
                used::path(foreign, *word, *used, *weight, &mut found);
            }
            Some((_, Class::Read(read))) => read(foreign, &scene, &mut found),
            _ => {}
        }
    }
    unasked::find(&scene, &mut found);
    found
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
