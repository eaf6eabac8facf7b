#![forbid(unsafe_code)]
//! Who may have what: names of hosts and of users; links on the way to the jail.

use super::expression;
use super::found::{BREAKS, Found, LESS, Weight};
use super::hosts;
use super::row::{Class, Row};
use super::scene::Scene;
use super::words;
use crate::configured::Foreign;
use crate::fault::KnownTrouble;
use crate::preflight::{Need, Remedy};
use crate::settings::Set;
use crate::view::Way;
use std::path::{Component, Path};

pub(super) const ROWS: &[Row] = &[
    ("Require", Class::Read(require)),
    ("Allow", Class::Read(allow)),
    ("Deny", Class::Read(allow)),
    ("HostnameLookups", Class::Read(lookups)),
    ("UseCanonicalName", Class::Read(lookups)),
    ("Options", Class::Read(options)),
    ("<Directory", Class::Read(directory)),
];

fn require(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    let from = usize::from(words::text(foreign, 0).eq_ignore_ascii_case("not"));
    match &*words::text(foreign, from).to_ascii_lowercase() {
        "host" => resolver(foreign, BREAKS, found),
        "forward-dns" => {
            for name in foreign.words.iter().skip(from + 1).map(words::bytes) {
                hosts::name(foreign, name, BREAKS, found);
            }
        }
        "file-owner" | "file-group" => {
            found.claim(foreign, Need::Users, BREAKS, Remedy::Set(Set::Users));
        }
        "expr" => expression::claim(foreign, &words::rest(foreign, from + 1), found),
        _ => {}
    }
}

/// `Allow from example.org`: a word with a letter that is neither `all` nor `env=`.
fn allow(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    let is_name = |word: &String| {
        let is_address =
            word.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:/".contains(&byte));
        !is_address && word != "all" && !word.starts_with("env=") && !word.contains('%')
    };
    let words = foreign.words.iter().skip(1);
    if words.map(|word| word.to_string_lossy().to_ascii_lowercase()).any(|word| is_name(&word)) {
        resolver(foreign, BREAKS, found);
    }
}

fn lookups(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    if matches!(&*words::text(foreign, 0).to_ascii_lowercase(), "on" | "double" | "dns")
        && !(foreign.name.eq_ignore_ascii_case("UseCanonicalName")
            && words::text(foreign, 0).eq_ignore_ascii_case("on"))
    {
        resolver(foreign, LESS, found);
    }
}

/// Addresses are looked up for their names.
fn resolver(foreign: &Foreign, weight: Weight, found: &mut Found<'_>) {
    found.claim(foreign, Need::Resolver, weight, Remedy::Set(Set::Dns));
}

/// The link that makes host paths true is a link that httpd has to be allowed to follow.
fn options(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some(parent) = scene.facts.jail_at.parent() else { return };
    if scene.facts.way == Way::Link
        && decides_for(foreign, parent, scene)
        && !follows(parent, scene)
    {
        found.know(foreign, true, KnownTrouble::LinkNotFollowed);
    }
}

/// Whether of all `Options` this is the one that has the last word for the directory.
fn decides_for(foreign: &Foreign, directory: &Path, scene: &Scene<'_>) -> bool {
    last(directory, scene).last().is_some_and(|last| last.place == foreign.place)
}

/// The `Options` for a directory, the one that has the last word at the end.
fn last<'a>(directory: &Path, scene: &Scene<'a>) -> Vec<&'a Foreign> {
    let mut all: Vec<_> =
        scene.said("Options").filter_map(|it| Some((depth(it, directory)?, it))).collect();
    all.sort_by_key(|&(depth, _)| depth);
    all.into_iter().map(|(_, it)| it).collect()
}

/// How deep the directory is that `Options` are for, if they are for `directory` too.
fn depth(foreign: &Foreign, directory: &Path) -> Option<usize> {
    if words::is_of_server(foreign) {
        return Some(0);
    }
    // Wildcards and what is in a file or a URL is not for directories on the way.
    let innermost = foreign.sections.iter().rev().map(|heading| words::section(heading));
    let (name, path) = innermost.into_iter().next()?;
    let is_on_the_way = name.eq_ignore_ascii_case("Directory") && directory.starts_with(path);
    is_on_the_way
        .then(|| Path::new(path).components().filter(|it| *it != Component::CurDir).count())
}

/// Whether links in `directory` are followed.
fn follows(directory: &Path, scene: &Scene<'_>) -> bool {
    let (mut always, mut if_owner) = (true, false);
    for foreign in last(directory, scene) {
        let words: Vec<_> =
            foreign.words.iter().map(|word| word.to_string_lossy().to_ascii_lowercase()).collect();
        if !words.iter().any(|word| word.starts_with(['+', '-'])) {
            (always, if_owner) = (false, false);
        }
        for word in &words {
            let on = !word.starts_with('-');
            match word.trim_start_matches(['+', '-']) {
                "followsymlinks" => always = on,
                "symlinksifownermatch" => if_owner = on,
                "all" => (always, if_owner) = (on, if_owner && on),
                _ => {}
            }
        }
    }
    always || if_owner
}

/// With inside paths, a section for a host path in the jail is for nothing, and what it forbids is
/// allowed.
fn directory(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let word = words::text(foreign, 0);
    let path = Path::new(word.trim_end_matches('>'));
    if scene.facts.way == Way::Off && path.starts_with(scene.facts.jail_at) {
        found.know(foreign, false, KnownTrouble::SectionOutside);
    }
}
