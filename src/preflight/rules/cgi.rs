//! Programs that children run, and the sockets between them and httpd: mod_cgi, mod_cgid, mod_fcgid, mod_ext_filter.

use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, DirectiveText, LESS_IF_THERE,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, path_use};
use crate::preflight::{Remedy, Resource};
use std::path::{Path, PathBuf};

pub(crate) fn has_cgid(context: &RuleContext<'_>) -> bool {
    context.is_loaded(&[c"mod_cgid.c"])
}

pub(crate) fn runs_cgi(context: &RuleContext<'_>) -> bool {
    context.runs_cgi()
}

pub(crate) fn has_fcgid(context: &RuleContext<'_>) -> bool {
    context.is_loaded(&[c"mod_fcgid.c"])
}

/// `ExtFilterDefine name mode=output cmd="/usr/bin/sed -n p"`
pub(crate) fn read_filter(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if let Some(line) = args::find_value(directive, "cmd") {
        path_use::require_program(directive, &String::from_utf8_lossy(line), BREAKS, collector);
    }
}

/// `SuexecUserGroup user group`, `Suexec On`.
pub(crate) fn read_suexec(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if context.input.has_suexec && !args::get_text(directive, 0).eq_ignore_ascii_case("off") {
        collector.add_known_issue(directive, true, KnownIssueKind::Suexec);
    }
}

/// `AddHandler cgi-script .cgi`: programs with that ending wherever `Options` allow them to run.
pub(crate) fn read_handler(
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

/// Requires a shell where pages may contain `<!--#exec cmd="..." -->`: `Options` allow it, and a filter reads them.
pub(crate) fn require_shell_of_pages(
    options: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let allows = |word: &std::ffi::OsString| {
        let word = word.to_string_lossy().to_ascii_lowercase();
        matches!(word.trim_start_matches('+'), "includes" | "all")
    };
    let is_filter = |word: &std::ffi::OsString| {
        let word = word.to_string_lossy();
        word.split(';').any(|name| name.eq_ignore_ascii_case("includes"))
    };
    let are_read = || {
        let filters = ["AddOutputFilter", "SetOutputFilter"].into_iter();
        let mut filters = filters.flat_map(|name| context.find_directives(name));
        filters.any(|filter| filter.words.iter().any(is_filter))
            || context.has_first_word("XBitHack", &["on", "full"])
    };
    if options.words.iter().any(allows)
        && context.is_loaded(&[c"mod_include.c"])
        && context.runs_cgi()
        && are_read()
    {
        let remedy = format!(
            "set \"Options IncludesNOEXEC\", or add \"ChrootProvide program:{SHELL}\" if pages contain #exec cmd"
        );
        let resource = Resource::Program(SHELL.into());
        collector.require(options, resource, LESS_IF_THERE, Remedy::Words(remedy));
    }
}

/// The shell of APR, and of PHP.
pub(super) const SHELL: &str = "/bin/sh";

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
