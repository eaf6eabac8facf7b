//! Programs that children run, and the sockets between them and httpd.

use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, DirectiveText, LESS, Weight,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass};
use crate::preflight::engine::{args, path_use};
use crate::preflight::{Remedy, Resource};
use std::path::{Path, PathBuf};

pub(crate) const ROWS: &[Row] = &[
    ("ScriptSock", RowClass::Path(0, PathUse::SocketBeside, BREAKS_IF_THERE, has_cgid)),
    ("ScriptLog", RowClass::Path(0, PathUse::Write, LESS, runs_cgi)),
    ("FcgidIPCDir", RowClass::Path(0, PathUse::SocketIn, BREAKS_IF_THERE, always_fcgid)),
    ("FcgidWrapper", RowClass::Read(command)),
    ("FcgidAuthenticator", RowClass::Read(command)),
    ("FcgidAuthorizer", RowClass::Read(command)),
    ("FcgidAccessChecker", RowClass::Read(command)),
    ("ExtFilterDefine", RowClass::Read(filter)),
    ("SuexecUserGroup", RowClass::Read(suexec)),
    ("Suexec", RowClass::Read(suexec)),
    ("AddHandler", RowClass::Read(handler)),
];

fn has_cgid(scene: &RuleContext<'_>) -> bool {
    scene.is_loaded(&[c"mod_cgid.c"])
}

fn runs_cgi(scene: &RuleContext<'_>) -> bool {
    scene.runs_cgi()
}

fn always_fcgid(scene: &RuleContext<'_>) -> bool {
    scene.is_loaded(&[c"mod_fcgid.c"])
}

/// A command with its arguments in one word.
fn command(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    program(foreign, &args::text(foreign, 0), BREAKS, found);
}

/// Claims the program that a command line begins with, if it is a path.
pub(crate) fn program(
    said: impl Into<DirectiveText>,
    line: &str,
    weight: Weight,
    found: &mut Collector<'_>,
) {
    let path = line.trim_start().trim_start_matches(['"', '\'']);
    let path = path.split([' ', '\t', '"', '\'']).next().unwrap_or(path);
    if path.starts_with('/') {
        found.claim(said, Resource::Program(path.into()), weight, Remedy::Program);
    }
}

/// `ExtFilterDefine name mode=output cmd="/usr/bin/sed -n p"`
fn filter(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    if let Some(line) = args::value_of(foreign, "cmd") {
        program(foreign, &String::from_utf8_lossy(line), BREAKS, found);
    }
}

/// `SuexecUserGroup user group`, `Suexec On`.
fn suexec(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if scene.facts.suexec && !args::text(foreign, 0).eq_ignore_ascii_case("off") {
        found.know(foreign, true, KnownIssueKind::Suexec);
    }
}

/// `AddHandler cgi-script .cgi`: programs with that ending wherever `Options` let them run.
fn handler(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let is_run = match args::text(foreign, 0).to_ascii_lowercase().as_str() {
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
        let need = Resource::Programs { folder, endings: endings.clone() };
        found.claim(foreign, need, BREAKS_IF_THERE, Remedy::Program);
    }
}

/// The directories in which `Options` let programs run, as far as they are for those that the
/// handler is for.
fn folders_of_programs(handler: &OtherDirective, scene: &RuleContext<'_>) -> Vec<PathBuf> {
    let only = args::within(handler, "Directory").map(Path::new);
    let mut folders: Vec<PathBuf> = Vec::new();
    for options in scene.said("Options").filter(|options| lets_run(options)) {
        let folder = match args::within(options, "Directory") {
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

fn lets_run(options: &OtherDirective) -> bool {
    let lets = |word: &std::ffi::OsString| {
        let word = word.to_string_lossy().to_ascii_lowercase();
        matches!(word.as_str(), "execcgi" | "+execcgi" | "all" | "+all")
    };
    options.words.iter().any(lets)
}

/// `SetHandler cgi-script` in a directory: every program in it.
pub(crate) fn set_handler(
    foreign: &OtherDirective,
    scene: &RuleContext<'_>,
    found: &mut Collector<'_>,
) {
    let is_run = match args::text(foreign, 0).to_ascii_lowercase().as_str() {
        "cgi-script" => scene.runs_cgi(),
        "fcgid-script" => scene.is_loaded(&[c"mod_fcgid.c"]),
        _ => false,
    };
    let in_files = foreign.sections.iter().any(|it| args::section(it).0.starts_with("Files"));
    let Some(folder) = args::within(foreign, "Directory").filter(|_| is_run && !in_files) else {
        return;
    };
    if folder.starts_with('/') && !folder.contains(['*', '?', '[', '~']) {
        let need = Resource::Programs { folder: folder.into(), endings: Vec::new() };
        found.claim(foreign, need, BREAKS_IF_THERE, Remedy::Program);
    }
}

/// Where the sockets are of modules that are loaded without a word about them.
pub(crate) fn unasked(scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if has_cgid(scene) && !scene.has("ScriptSock") {
        let path = scene.facts.bases.runtime_dir.join("cgisock");
        path_use::absolute(
            DirectiveText::unasked("ScriptSock", "cgisock"),
            path,
            PathUse::SocketBeside,
            BREAKS_IF_THERE,
            found,
        );
    }
    if always_fcgid(scene) && !scene.has("FcgidIPCDir") {
        // Compiled in: Debian's, and that of everybody else.
        let other = scene.facts.bases.runtime_dir.join("fcgidsock");
        for path in [PathBuf::from("/var/lib/apache2/fcgid/sock"), other] {
            let value = path.to_string_lossy().into_owned();
            let said = DirectiveText::unasked("FcgidIPCDir", value);
            path_use::absolute(said, path, PathUse::SocketIn, BREAKS_IF_THERE, found);
        }
    }
}
