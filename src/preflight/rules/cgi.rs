//! Programs that children run, and the sockets between them and httpd: mod_cgi, mod_cgid, mod_fcgid, mod_ext_filter.

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
    ("FcgidIPCDir", RowClass::Path(0, PathUse::SocketIn, BREAKS_IF_THERE, has_fcgid)),
    ("FcgidWrapper", RowClass::Read(read_command)),
    ("FcgidAuthenticator", RowClass::Read(read_command)),
    ("FcgidAuthorizer", RowClass::Read(read_command)),
    ("FcgidAccessChecker", RowClass::Read(read_command)),
    ("ExtFilterDefine", RowClass::Read(read_filter)),
    ("SuexecUserGroup", RowClass::Read(read_suexec)),
    ("Suexec", RowClass::Read(read_suexec)),
    ("AddHandler", RowClass::Read(read_handler)),
];

fn has_cgid(context: &RuleContext<'_>) -> bool {
    context.is_loaded(&[c"mod_cgid.c"])
}

fn runs_cgi(context: &RuleContext<'_>) -> bool {
    context.runs_cgi()
}

fn has_fcgid(context: &RuleContext<'_>) -> bool {
    context.is_loaded(&[c"mod_fcgid.c"])
}

/// A command with its arguments in one word.
fn read_command(directive: &OtherDirective, _: &RuleContext<'_>, collector: &mut Collector<'_>) {
    require_program(directive, &args::get_text(directive, 0), BREAKS, collector);
}

/// Requires the program at the start of a command line, if it is an absolute path.
pub(crate) fn require_program(
    source: impl Into<DirectiveText>,
    line: &str,
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    let path = line.trim_start().trim_start_matches(['"', '\'']);
    let path = path.split([' ', '\t', '"', '\'']).next().unwrap_or(path);
    if path.starts_with('/') {
        collector.require(source, Resource::Program(path.into()), weight, Remedy::Program);
    }
}

/// `ExtFilterDefine name mode=output cmd="/usr/bin/sed -n p"`
fn read_filter(directive: &OtherDirective, _: &RuleContext<'_>, collector: &mut Collector<'_>) {
    if let Some(line) = args::find_value(directive, "cmd") {
        require_program(directive, &String::from_utf8_lossy(line), BREAKS, collector);
    }
}

/// `SuexecUserGroup user group`, `Suexec On`.
fn read_suexec(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if context.input.has_suexec && !args::get_text(directive, 0).eq_ignore_ascii_case("off") {
        collector.add_known_issue(directive, true, KnownIssueKind::Suexec);
    }
}

/// `AddHandler cgi-script .cgi`: programs with that ending wherever `Options` allow them to run.
fn read_handler(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_run = match args::get_text(directive, 0).to_ascii_lowercase().as_str() {
        "cgi-script" => context.runs_cgi(),
        "fcgid-script" => context.is_loaded(&[c"mod_fcgid.c"]),
        _ => false,
    };
    if !is_run {
        return;
    }
    let ending = |word: &std::ffi::OsString| {
        let word = word.to_string_lossy();
        format!(".{}", word.trim_start_matches('.'))
    };
    let endings: Vec<_> = directive.words.iter().skip(1).map(ending).collect();
    for folder in list_program_folders(directive, context) {
        let resource = Resource::Programs { folder, endings: endings.clone() };
        collector.require(directive, resource, BREAKS_IF_THERE, Remedy::Program);
    }
}

/// Directories in which `Options` allow programs to run, within the section of the handler.
fn list_program_folders(handler: &OtherDirective, context: &RuleContext<'_>) -> Vec<PathBuf> {
    let only = args::find_section(handler, "Directory").map(Path::new);
    let mut folders: Vec<PathBuf> = Vec::new();
    for options in context.find_directives("Options").filter(|options| is_exec_allowed(options)) {
        let folder = match args::find_section(options, "Directory") {
            Some(path) if path.starts_with('/') && !path.contains(['*', '?', '[', '~']) => path,
            _ => continue,
        };
        let folder = Path::new(folder);
        // `/` is not a directory of programs.
        let is_everything = folder.parent().is_none();
        let is_meant = only.is_none_or(|only| folder.starts_with(only) || only.starts_with(folder));
        let narrower = only.filter(|only| only.starts_with(folder)).unwrap_or(folder).to_owned();
        if is_meant && !is_everything && !folders.contains(&narrower) {
            folders.push(narrower);
        }
    }
    folders
}

fn is_exec_allowed(options: &OtherDirective) -> bool {
    let lets = |word: &std::ffi::OsString| {
        let word = word.to_string_lossy().to_ascii_lowercase();
        matches!(word.as_str(), "execcgi" | "+execcgi" | "all" | "+all")
    };
    options.words.iter().any(lets)
}

/// `SetHandler cgi-script` in a directory: every program in it.
pub(crate) fn read_set_handler(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let is_run = match args::get_text(directive, 0).to_ascii_lowercase().as_str() {
        "cgi-script" => context.runs_cgi(),
        "fcgid-script" => context.is_loaded(&[c"mod_fcgid.c"]),
        _ => false,
    };
    let in_files =
        directive.sections.iter().any(|it| args::parse_section(it).0.starts_with("Files"));
    let Some(folder) = args::find_section(directive, "Directory").filter(|_| is_run && !in_files)
    else {
        return;
    };
    if folder.starts_with('/') && !folder.contains(['*', '?', '[', '~']) {
        let resource = Resource::Programs { folder: folder.into(), endings: Vec::new() };
        collector.require(directive, resource, BREAKS_IF_THERE, Remedy::Program);
    }
}

/// Requires the default sockets of mod_cgid and mod_fcgid, if no directive names them.
pub(crate) fn require_default_sockets(context: &RuleContext<'_>, collector: &mut Collector<'_>) {
    if has_cgid(context) && !context.has_directive("ScriptSock") {
        let path = context.input.base_dirs.runtime_dir.join("cgisock");
        path_use::require_absolute(
            DirectiveText::for_default("ScriptSock", "cgisock"),
            path,
            PathUse::SocketBeside,
            BREAKS_IF_THERE,
            collector,
        );
    }
    if has_fcgid(context) && !context.has_directive("FcgidIPCDir") {
        // Compiled in: Debian's directory, and that of httpd's sources.
        let other = context.input.base_dirs.runtime_dir.join("fcgidsock");
        for path in [PathBuf::from("/var/lib/apache2/fcgid/sock"), other] {
            let value = path.to_string_lossy().into_owned();
            let source = DirectiveText::for_default("FcgidIPCDir", value);
            path_use::require_absolute(source, path, PathUse::SocketIn, BREAKS_IF_THERE, collector);
        }
    }
}
