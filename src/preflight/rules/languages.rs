//! Modules that run a language of their own: mod_mono, mod_python, mod_rivet.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{
    BREAKS, BREAKS_IF_THERE, Collector, LESS, advise_writable, enclosing_folder,
};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::{args, hosts, path_use};
use crate::preflight::rules::third_party::{self, PREFIXES};
use crate::preflight::{Remedy, Resource};
use std::path::{Path, PathBuf};

/// Value of a directive of mod_mono: the last word, behind the alias of a server.
fn read_value(directive: &OtherDirective) -> String {
    directive.words.last().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `MonoServerPath /usr/bin/mod-mono-server4`: children start it.
pub(crate) fn read_mono_program(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    path_use::require_program(directive, &read_value(directive), BREAKS, collector);
}

/// `MonoApplications "/url:/folder,host:80:/:/other"`.
pub(crate) fn read_mono_applications(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let value = read_value(directive);
    let folders = value.split([',', ';']).filter_map(|part| part.rsplit_once(':'));
    for (_, folder) in folders.filter(|(_, folder)| folder.starts_with('/')) {
        require_folder(directive, folder.trim(), collector);
        collector.require_tree(directive, Path::new(folder.trim()));
    }
}

fn require_folder(directive: &OtherDirective, folder: &str, collector: &mut Collector<'_>) {
    let path = PathBuf::from(folder);
    let remedy = Remedy::Path(path.clone());
    collector.require(directive, Resource::Either(path), BREAKS, remedy);
}

/// `MonoPath /a:/b`, `MonoDocumentRootDir /a`, `MonoApplicationsConfigFile /a`: files and directories that the server reads.
pub(crate) fn read_mono_paths(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let value = read_value(directive);
    for path in value.split(':').filter(|path| path.starts_with('/')) {
        require_folder(directive, path, collector);
    }
}

/// `MonoWapiDir /a`: a directory of the server's own.
pub(crate) fn read_mono_writable(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let value = read_value(directive);
    if value.starts_with('/') {
        require_writable(directive, PathBuf::from(value), collector);
    }
}

/// `MonoUnixSocket /run/mono/name`: the server makes it.
pub(crate) fn read_mono_socket(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let value = read_value(directive);
    let folder = Path::new(&value).parent().filter(|_| value.starts_with('/'));
    if let Some(folder) = folder {
        require_writable(directive, folder.to_owned(), collector);
    }
}

fn require_writable(directive: &OtherDirective, path: PathBuf, collector: &mut Collector<'_>) {
    let remedy = advise_writable(&path);
    collector.require(directive, Resource::WritableFolder(path), BREAKS, remedy);
}

/// `PythonHandler module`: a child starts Python for each of them, which needs its own library.
pub(crate) fn read_python_handler(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let resource = third_party::list_python_libraries(&PREFIXES.map(PathBuf::from));
    collector.require(directive, resource, BREAKS_IF_THERE, third_party::advise_python(None));
}

/// `PythonPath "sys.path + ['/srv/code']"`: directories of modules, in an expression of Python.
pub(crate) fn read_python_expression(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let text = args::join_words(directive, 0);
    for path in text.split(['\'', '"']).filter(|part| part.starts_with('/')) {
        let remedy = Remedy::Path(path.into());
        collector.require(directive, Resource::Folder(path.into()), BREAKS_IF_THERE, remedy);
        collector.require_tree(directive, Path::new(path));
    }
}

/// `RivetServerConf ChildInitScript "source /srv/init.tcl"`, `RivetDirConf UploadDirectory /srv/uploads`.
pub(crate) fn read_rivet_setting(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let value = args::join_words(directive, 1);
    if args::get_text(directive, 0).eq_ignore_ascii_case("UploadDirectory") {
        if value.starts_with('/') {
            require_writable(directive, PathBuf::from(value), collector);
        }
        return;
    }
    let is_end = |letter: char| letter.is_whitespace() || "\"'{}[];".contains(letter);
    for path in value.split(is_end).filter(|part| part.starts_with('/') && part.len() > 1) {
        let remedy = Remedy::Path(enclosing_folder(Path::new(path)));
        collector.require(directive, Resource::Either(path.into()), BREAKS_IF_THERE, remedy);
    }
}

/// `MusicIndexCache file:///var/cache/musicindex`, `MusicIndexCache mysql://user:password@host/database`.
pub(crate) fn read_music_cache(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    let word = args::get_text(directive, 0).into_owned();
    match word.strip_prefix("file://") {
        Some(path) if path.starts_with('/') => {
            let path = PathBuf::from(path);
            let remedy = advise_writable(&path);
            collector.require(directive, Resource::WritableFolder(path), LESS, remedy);
        }
        Some(_) => {}
        None => hosts::require_url_host(directive, word.as_bytes(), LESS, collector),
    }
}
