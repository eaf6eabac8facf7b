#![forbid(unsafe_code)]
//! What is served: document roots, aliases, homes.

use super::found::{BREAKS, BREAKS_IF_THERE, Found, LESS_IF_THERE, Weight, breaks_if_there};
use super::row::{Class, Row};
use super::scene::Scene;
use super::words;
use crate::configured::Foreign;
use crate::preflight::{Need, Remedy};
use crate::settings::Set;
use std::path::{Path, PathBuf};

pub(super) const ROWS: &[Row] = &[
    ("DocumentRoot", Class::Read(document_root)),
    ("Alias", Class::Read(alias)),
    ("AliasMatch", Class::Read(alias)),
    ("ScriptAlias", Class::Read(script_alias)),
    ("ScriptAliasMatch", Class::Read(script_alias)),
    ("UserDir", Class::Read(user_dir)),
    ("VirtualDocumentRoot", Class::Read(virtual_root)),
    ("VirtualDocumentRootIP", Class::Read(virtual_root)),
    ("VirtualScriptAlias", Class::Read(virtual_root)),
    ("VirtualScriptAliasIP", Class::Read(virtual_root)),
];

/// httpd itself warns of one that does not exist outside; with inside paths it cannot know.
fn document_root(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some(path) = scene.path(words::at(foreign, 0)) else { return };
    let weight = breaks_if_there(scene.facts.way);
    found.claim(foreign, Need::Folder(path), weight, Remedy::Words(MOVE.into()));
}

const MOVE: &str = "serve from a directory in the jail";

/// The word with the path: `Alias /url /path`, or in a `<Location>` the path alone.
fn target(foreign: &Foreign) -> &[u8] {
    words::at(foreign, foreign.words.len().saturating_sub(1).min(1))
}

/// Where files of an `Alias` are. That one does not exist outside either is a 404 there too.
fn alias(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some(path) = whole_or_folder(target(foreign), scene) else { return };
    let is_decoration = words::text(foreign, 0).trim_end_matches('/') == "/icons";
    let weight = Weight { breaks: !is_decoration, ..breaks_if_there(scene.facts.way) };
    let remedy = remedy(&path);
    found.claim(foreign, Need::Either(path), weight, remedy);
}

fn script_alias(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let word = target(foreign);
    let Some(path) = whole_or_folder(word, scene) else { return };
    let is_whole = words::fixed(word).len() == word.len();
    let remedy = remedy(&path);
    let weight = breaks_if_there(scene.facts.way);
    found.claim(foreign, Need::Either(path.clone()), weight, remedy);
    if scene.runs_cgi() && is_whole {
        let need = Need::Programs { folder: path, endings: Vec::new() };
        found.claim(foreign, need, BREAKS_IF_THERE, Remedy::Program);
    }
}

fn whole_or_folder(word: &[u8], scene: &Scene<'_>) -> Option<PathBuf> {
    scene.path(word).or_else(|| scene.folder(word))
}

/// What to do about files that are served from elsewhere.
fn remedy(path: &Path) -> Remedy {
    Remedy::Path(path.components().collect())
}

fn virtual_root(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let word = words::at(foreign, 0);
    let end = word.iter().position(|&byte| byte == b'%').unwrap_or(word.len());
    let end = if end == word.len() {
        end
    } else {
        word[..end].iter().rposition(|&byte| byte == b'/').unwrap_or(0)
    };
    let Some(path) = scene.path(&word[..end]) else { return };
    let weight = breaks_if_there(scene.facts.way);
    found.claim(foreign, Need::Folder(path), weight, Remedy::Words(MOVE.into()));
}

/// `UserDir public_html`: the home is looked up by the user's name. With a path, it is not.
fn user_dir(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if matches!(&*words::text(foreign, 0).to_ascii_lowercase(), "disabled" | "enabled") {
        return;
    }
    for word in foreign.words.iter().map(words::bytes) {
        if words::find(word, b"://").is_some() {
            continue;
        }
        if !word.starts_with(b"/") {
            found.claim(foreign, Need::Users, BREAKS, Remedy::Set(Set::Users));
            let need = Need::Folder("/home".into());
            found.claim(foreign, need, LESS_IF_THERE, Remedy::Path("/home".into()));
            continue;
        }
        let end = word.iter().position(|&byte| byte == b'*').unwrap_or(word.len());
        let end = word[..end].iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
        if let Some(path) = scene.path(&word[..end]) {
            let remedy = remedy(&path);
            found.claim(foreign, Need::Folder(path), breaks_if_there(scene.facts.way), remedy);
        }
    }
}
