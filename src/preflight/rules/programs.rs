#![forbid(unsafe_code)]
//! Programs that children run, and the sockets between them and httpd.

use super::found::{BREAKS, BREAKS_IF_THERE, Found, LESS, Said, Weight};
use super::row::{Class, Row};
use super::scene::Scene;
use super::used::{self, Use};
use super::words;
use crate::configured::Foreign;
use crate::fault::KnownTrouble;
use crate::preflight::{Need, Remedy};
use std::path::{Path, PathBuf};

pub(super) const ROWS: &[Row] = &[
    ("ScriptSock", Class::Path(0, Use::SocketBeside, BREAKS_IF_THERE, has_cgid)),
    ("ScriptLog", Class::Path(0, Use::Write, LESS, runs_cgi)),
    ("FcgidIPCDir", Class::Path(0, Use::SocketIn, BREAKS_IF_THERE, always_fcgid)),
    ("FcgidWrapper", Class::Read(command)),
    ("FcgidAuthenticator", Class::Read(command)),
    ("FcgidAuthorizer", Class::Read(command)),
    ("FcgidAccessChecker", Class::Read(command)),
    ("ExtFilterDefine", Class::Read(filter)),
    ("SuexecUserGroup", Class::Read(suexec)),
    ("Suexec", Class::Read(suexec)),
    ("AddHandler", Class::Read(handler)),
];

fn has_cgid(scene: &Scene<'_>) -> bool {
    scene.is_loaded(&[c"mod_cgid.c"])
}

fn runs_cgi(scene: &Scene<'_>) -> bool {
    scene.runs_cgi()
}

fn always_fcgid(scene: &Scene<'_>) -> bool {
    scene.is_loaded(&[c"mod_fcgid.c"])
}

/// A command with its arguments in one word.
fn command(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    program(foreign, &words::text(foreign, 0), BREAKS, found);
}

/// Claims the program that a command line begins with, if it is a path.
pub(super) fn program(said: impl Into<Said>, line: &str, weight: Weight, found: &mut Found<'_>) {
    let path = line.trim_start().trim_start_matches(['"', '\'']);
    let path = path.split([' ', '\t', '"', '\'']).next().unwrap_or(path);
    if path.starts_with('/') {
        found.claim(said, Need::Program(path.into()), weight, Remedy::Program);
    }
}

/// `ExtFilterDefine name mode=output cmd="/usr/bin/sed -n p"`
fn filter(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    if let Some(line) = words::value_of(foreign, "cmd") {
        program(foreign, &String::from_utf8_lossy(line), BREAKS, found);
    }
}

/// `SuexecUserGroup user group`, `Suexec On`.
fn suexec(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if scene.facts.suexec && !words::text(foreign, 0).eq_ignore_ascii_case("off") {
        found.know(foreign, true, KnownTrouble::Suexec);
    }
}

/// `AddHandler cgi-script .cgi`: programs with that ending wherever `Options` let them run.
fn handler(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_run = match words::text(foreign, 0).to_ascii_lowercase().as_str() {
        "cgi-script" => scene.runs_cgi(),
        "fcgid-script" => scene.is_loaded(&[c"mod_fcgid.c"]),
        _ => false,
    };
    if !is_run {
        return;
    }
    let ending = |word: &std::ffi::OsString| {
        let word = word.to_string_lossy();
        format!(".{}", word.trim_start_matches('.'))
    };
    let endings: Vec<_> = foreign.words.iter().skip(1).map(ending).collect();
    for folder in folders_of_programs(foreign, scene) {
        let need = Need::Programs { folder, endings: endings.clone() };
        found.claim(foreign, need, BREAKS_IF_THERE, Remedy::Program);
    }
}

/// The directories in which `Options` let programs run, as far as they are for those that the
/// handler is for.
fn folders_of_programs(handler: &Foreign, scene: &Scene<'_>) -> Vec<PathBuf> {
    let only = words::within(handler, "Directory").map(Path::new);
    let mut folders: Vec<PathBuf> = Vec::new();
    for options in scene.said("Options").filter(|options| lets_run(options)) {
        let folder = match words::within(options, "Directory") {
            Some(path) if path.starts_with('/') && !path.contains(['*', '?', '[', '~']) => path,
            _ => continue,
        };
        let folder = Path::new(folder);
        // The whole host, or all of what is served, is not for programs in particular.
        let is_everything = folder.parent().is_none();
        let is_meant = only.is_none_or(|only| folder.starts_with(only) || only.starts_with(folder));
        let narrower = only.filter(|only| only.starts_with(folder)).unwrap_or(folder).to_owned();
        if is_meant && !is_everything && !folders.contains(&narrower) {
            folders.push(narrower);
        }
    }
    folders
}

fn lets_run(options: &Foreign) -> bool {
    let lets = |word: &std::ffi::OsString| {
        let word = word.to_string_lossy().to_ascii_lowercase();
        matches!(word.as_str(), "execcgi" | "+execcgi" | "all" | "+all")
    };
    options.words.iter().any(lets)
}

/// `SetHandler cgi-script` in a directory: every program in it.
pub(super) fn set_handler(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_run = match words::text(foreign, 0).to_ascii_lowercase().as_str() {
        "cgi-script" => scene.runs_cgi(),
        "fcgid-script" => scene.is_loaded(&[c"mod_fcgid.c"]),
        _ => false,
    };
    let in_files = foreign.sections.iter().any(|it| words::section(it).0.starts_with("Files"));
    let Some(folder) = words::within(foreign, "Directory").filter(|_| is_run && !in_files) else {
        return;
    };
    if folder.starts_with('/') && !folder.contains(['*', '?', '[', '~']) {
        let need = Need::Programs { folder: folder.into(), endings: Vec::new() };
        found.claim(foreign, need, BREAKS_IF_THERE, Remedy::Program);
    }
}

/// Where the sockets are of modules that are loaded without a word about them.
pub(super) fn unasked(scene: &Scene<'_>, found: &mut Found<'_>) {
    if has_cgid(scene) && !scene.has("ScriptSock") {
        let path = scene.facts.bases.runtime_dir.join("cgisock");
        used::absolute(
            Said::unasked("ScriptSock", "cgisock"),
            path,
            Use::SocketBeside,
            BREAKS_IF_THERE,
            found,
        );
    }
    if always_fcgid(scene) && !scene.has("FcgidIPCDir") {
        // Compiled in: Debian's, and that of everybody else.
        let other = scene.facts.bases.runtime_dir.join("fcgidsock");
        for path in [PathBuf::from("/var/lib/apache2/fcgid/sock"), other] {
            let value = path.to_string_lossy().into_owned();
            let said = Said::unasked("FcgidIPCDir", value);
            used::absolute(said, path, Use::SocketIn, BREAKS_IF_THERE, found);
        }
    }
}
