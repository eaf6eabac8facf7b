//! Uses of a directive's path, and the requirements that follow from them.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{
    Collector, DirectiveText, Weight, enclosing_folder, is_temp_dir,
};
use crate::preflight::engine::{args, hosts};
use crate::preflight::{Remedy, Resource};
use crate::provide::SocketsBy;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Use of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathUse {
    /// Children read the file.
    Read,
    /// As `Read`, and the file may have one of the suffixes of a DBM.
    ReadDbm,
    /// Children read files in the directory.
    ReadIn,
    /// Children make files in the directory.
    WriteIn,
    /// Children write a file of that name.
    Write,
    /// As `Write`, and the file may have one of the suffixes of a DBM.
    WriteDbm,
    /// Children connect to sockets that root makes in the directory of that name, which is relative
    /// to `DefaultRuntimeDir`.
    SocketBeside,
    /// Children make sockets in the directory.
    SocketIn,
    /// Children connect to the socket of another server.
    Socket,
    /// As `Read`, and the file is no part of `ChrootProvide config`.
    ReadApart,
    /// As `ReadIn`, and the directory is no part of `ChrootProvide config`.
    ReadInApart,
    /// Children run the program at the start of the command.
    Program,
    /// Children look up the host: a name, with or without a port, or a URL.
    Host,
}

/// Endings that DBM libraries add to the name that is configured.
pub(crate) const DBM_ENDINGS: [&str; 4] = ["", ".db", ".pag", ".dir"];

/// Requires the path in the word number `word`, counted from 0.
pub(crate) fn require_word(
    directive: &OtherDirective,
    word: usize,
    used: PathUse,
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    let text = args::get_word(directive, word);
    match used {
        PathUse::Program => {
            require_program(directive, &String::from_utf8_lossy(text), weight, collector);
        }
        PathUse::Host => hosts::require_server(directive, text, weight, collector),
        _ => require_path(directive, text, used, weight, collector),
    }
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

/// Requires the path `word`, relative or absolute.
pub(crate) fn require_path(
    directive: &OtherDirective,
    word: &[u8],
    used: PathUse,
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    if word.is_empty() || args::cut_variables(word).len() != word.len() {
        return;
    }
    let bases = collector.input().base_dirs;
    let base = if used == PathUse::SocketBeside { bases.runtime_dir } else { bases.server_root };
    require_absolute(directive, base.join(OsStr::from_bytes(word)), used, weight, collector);
}

/// Requires an absolute path.
pub(crate) fn require_absolute(
    directive: impl Into<DirectiveText>,
    path: PathBuf,
    used: PathUse,
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    let (resource, remedy) = match used {
        PathUse::Read => (Resource::File(path.clone()), collector.provide_config(path, false)),
        PathUse::ReadDbm => {
            let names = list_dbm_names(&path);
            names.iter().cloned().for_each(|name| drop(collector.provide_config(name, false)));
            (Resource::AnyFile(names), Remedy::Set(ProvideSet::Config))
        }
        PathUse::ReadIn => (Resource::Folder(path.clone()), collector.provide_config(path, false)),
        PathUse::WriteIn => {
            (Resource::WritableFolder(path.clone()), collector.provide_config(path, true))
        }
        PathUse::Write | PathUse::WriteDbm => {
            let remedy = match path.parent().filter(|folder| is_temp_dir(folder)) {
                // The children make it in their own directory.
                Some(_) => Remedy::Set(ProvideSet::Tmp),
                None => collector.provide_config(enclosing_folder(&path), true),
            };
            (Resource::WritableFile(path), remedy)
        }
        PathUse::SocketBeside => {
            let folder = path.parent().map_or_else(|| path.clone(), PathBuf::from);
            let by = SocketsBy::Daemon(path.clone());
            (Resource::Folder(folder), collector.provide_sockets(enclosing_folder(&path), by))
        }
        PathUse::Socket => (Resource::Socket(path.clone()), collector.advise_socket(&path)),
        PathUse::ReadApart => (Resource::File(path.clone()), Remedy::Path(path)),
        PathUse::ReadInApart => (Resource::Folder(path.clone()), Remedy::Path(path)),
        // They are no paths.
        PathUse::Program | PathUse::Host => return,
        PathUse::SocketIn => (
            Resource::WritableFolder(path.clone()),
            collector.provide_sockets(path, SocketsBy::Children),
        ),
    };
    collector.require(directive, resource, weight, remedy);
}

/// Names of the files that a DBM may consist of.
fn list_dbm_names(path: &std::path::Path) -> Vec<PathBuf> {
    let with = |ending: &&str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    DBM_ENDINGS.iter().map(with).collect()
}
