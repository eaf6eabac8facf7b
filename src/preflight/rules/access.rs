//! Who may have what: names of hosts and of users; links on the way to the jail.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{BREAKS, Collector, LESS, Weight};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::engine::{args, hosts};
use crate::preflight::rules::expression;
use crate::preflight::{Remedy, Resource};
use crate::view::HostPathMode;
use std::path::{Component, Path};

pub(crate) const ROWS: &[Row] = &[
    ("Require", RowClass::Read(require)),
    ("Allow", RowClass::Read(allow)),
    ("Deny", RowClass::Read(allow)),
    ("HostnameLookups", RowClass::Read(lookups)),
    ("UseCanonicalName", RowClass::Read(lookups)),
    ("Options", RowClass::Read(options)),
    ("<Directory", RowClass::Read(directory)),
];

fn require(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    let from = usize::from(args::text(foreign, 0).eq_ignore_ascii_case("not"));
    match &*args::text(foreign, from).to_ascii_lowercase() {
        "host" => resolver(foreign, BREAKS, found),
        "forward-dns" => {
            for name in foreign.words.iter().skip(from + 1).map(args::bytes) {
                hosts::name(foreign, name, BREAKS, found);
            }
        }
        "file-owner" | "file-group" => {
            found.claim(foreign, Resource::Users, BREAKS, Remedy::Set(ProvideSet::Users));
        }
        "expr" => expression::claim(foreign, &args::rest(foreign, from + 1), found),
        _ => {}
    }
}

/// `Allow from example.org`: a word with a letter that is neither `all` nor `env=`.
fn allow(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
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

fn lookups(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    if matches!(&*args::text(foreign, 0).to_ascii_lowercase(), "on" | "double" | "dns")
        && !(foreign.name.eq_ignore_ascii_case("UseCanonicalName")
            && args::text(foreign, 0).eq_ignore_ascii_case("on"))
    {
        resolver(foreign, LESS, found);
    }
}

/// Addresses are looked up for their names.
fn resolver(foreign: &OtherDirective, weight: Weight, found: &mut Collector<'_>) {
    found.claim(foreign, Resource::Resolver, weight, Remedy::Set(ProvideSet::Dns));
}

/// The link that makes host paths true is a link that httpd has to be allowed to follow.
fn options(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let Some(parent) = scene.facts.jail_at.parent() else { return };
    if scene.facts.way == HostPathMode::Link
        && decides_for(foreign, parent, scene)
        && !follows(parent, scene)
    {
        found.know(foreign, true, KnownIssueKind::LinkNotFollowed);
    }
}

/// Whether of all `Options` this is the one that has the last word for the directory.
fn decides_for(foreign: &OtherDirective, directory: &Path, scene: &RuleContext<'_>) -> bool {
    last(directory, scene).last().is_some_and(|last| last.place == foreign.place)
}

/// The `Options` for a directory, the one that has the last word at the end.
fn last<'a>(directory: &Path, scene: &RuleContext<'a>) -> Vec<&'a OtherDirective> {
    let mut all: Vec<_> =
        scene.said("Options").filter_map(|it| Some((depth(it, directory)?, it))).collect();
    all.sort_by_key(|&(depth, _)| depth);
    all.into_iter().map(|(_, it)| it).collect()
}

/// How deep the directory is that `Options` are for, if they are for `directory` too.
fn depth(foreign: &OtherDirective, directory: &Path) -> Option<usize> {
    if args::is_of_server(foreign) {
        return Some(0);
    }
    // Wildcards and what is in a file or a URL is not for directories on the way.
    let innermost = foreign.sections.iter().rev().map(|heading| args::section(heading));
    let (name, path) = innermost.into_iter().next()?;
    let is_on_the_way = name.eq_ignore_ascii_case("Directory") && directory.starts_with(path);
    is_on_the_way
        .then(|| Path::new(path).components().filter(|it| *it != Component::CurDir).count())
}

/// Whether links in `directory` are followed.
fn follows(directory: &Path, scene: &RuleContext<'_>) -> bool {
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
fn directory(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let word = args::text(foreign, 0);
    let path = Path::new(word.trim_end_matches('>'));
    if scene.facts.way == HostPathMode::Off && path.starts_with(scene.facts.jail_at) {
        found.know(foreign, false, KnownIssueKind::SectionOutside);
    }
}
