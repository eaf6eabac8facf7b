//! What is served: document roots, aliases, homes.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, LESS_IF_THERE, Weight, breaks_if_there,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::{Remedy, Resource};
use std::path::{Path, PathBuf};

pub(crate) const ROWS: &[Row] = &[
    ("DocumentRoot", RowClass::Read(document_root)),
    ("Alias", RowClass::Read(alias)),
    ("AliasMatch", RowClass::Read(alias)),
    ("ScriptAlias", RowClass::Read(script_alias)),
    ("ScriptAliasMatch", RowClass::Read(script_alias)),
    ("UserDir", RowClass::Read(user_dir)),
    ("VirtualDocumentRoot", RowClass::Read(virtual_root)),
    ("VirtualDocumentRootIP", RowClass::Read(virtual_root)),
    ("VirtualScriptAlias", RowClass::Read(virtual_root)),
    ("VirtualScriptAliasIP", RowClass::Read(virtual_root)),
];

/// httpd itself warns of one that does not exist outside; with inside paths it cannot know.
fn document_root(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let Some(path) = scene.path(args::at(foreign, 0)) else { return };
    let weight = breaks_if_there(scene.facts.way);
    found.claim(foreign, Resource::Folder(path), weight, Remedy::Words(MOVE.into()));
}

const MOVE: &str = "serve from a directory in the jail";

/// The word with the path: `Alias /url /path`, or in a `<Location>` the path alone.
fn target(foreign: &OtherDirective) -> &[u8] {
    args::at(foreign, foreign.words.len().saturating_sub(1).min(1))
}

/// Where files of an `Alias` are. That one does not exist outside either is a 404 there too.
fn alias(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let Some(path) = whole_or_folder(target(foreign), scene) else { return };
    let is_decoration = args::text(foreign, 0).trim_end_matches('/') == "/icons";
    let weight = Weight { breaks: !is_decoration, ..breaks_if_there(scene.facts.way) };
    let remedy = remedy(&path);
    found.claim(foreign, Resource::Either(path), weight, remedy);
}

fn script_alias(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let word = target(foreign);
    let Some(path) = whole_or_folder(word, scene) else { return };
    let is_whole = args::fixed(word).len() == word.len();
    let remedy = remedy(&path);
    let weight = breaks_if_there(scene.facts.way);
    found.claim(foreign, Resource::Either(path.clone()), weight, remedy);
    if scene.runs_cgi() && is_whole {
        let need = Resource::Programs { folder: path, endings: Vec::new() };
        found.claim(foreign, need, BREAKS_IF_THERE, Remedy::Program);
    }
}

fn whole_or_folder(word: &[u8], scene: &RuleContext<'_>) -> Option<PathBuf> {
    scene.path(word).or_else(|| scene.folder(word))
}

/// What to do about files that are served from elsewhere.
fn remedy(path: &Path) -> Remedy {
    Remedy::Path(path.components().collect())
}

fn virtual_root(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let word = args::at(foreign, 0);
    let end = word.iter().position(|&byte| byte == b'%').unwrap_or(word.len());
    let end = if end == word.len() {
        end
    } else {
        word[..end].iter().rposition(|&byte| byte == b'/').unwrap_or(0)
    };
    let Some(path) = scene.path(&word[..end]) else { return };
    let weight = breaks_if_there(scene.facts.way);
    found.claim(foreign, Resource::Folder(path), weight, Remedy::Words(MOVE.into()));
}

/// `UserDir public_html`: the home is looked up by the user's name. With a path, it is not.
fn user_dir(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if matches!(&*args::text(foreign, 0).to_ascii_lowercase(), "disabled" | "enabled") {
        return;
    }
    for word in foreign.words.iter().map(args::bytes) {
        if args::find(word, b"://").is_some() {
            continue;
        }
        if !word.starts_with(b"/") {
            found.claim(foreign, Resource::Users, BREAKS, Remedy::Set(ProvideSet::Users));
            let need = Resource::Folder("/home".into());
            found.claim(foreign, need, LESS_IF_THERE, Remedy::Path("/home".into()));
            continue;
        }
        let end = word.iter().position(|&byte| byte == b'*').unwrap_or(word.len());
        let end = word[..end].iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
        if let Some(path) = scene.path(&word[..end]) {
            let remedy = remedy(&path);
            found.claim(foreign, Resource::Folder(path), breaks_if_there(scene.facts.way), remedy);
        }
    }
}
