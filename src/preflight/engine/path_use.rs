//! Uses of a directive's path, and the requirements that follow from them.

use crate::config::other_directives::OtherDirective;
use crate::preflight::Resource;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{Collector, Weight, enclosing_folder};
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
    require_path(directive, args::get_word(directive, word), used, weight, collector);
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
    directive: impl Into<crate::preflight::engine::collector::DirectiveText>,
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
            (
                Resource::AnyFile(names),
                crate::preflight::Remedy::Set(crate::config::ProvideSet::Config),
            )
        }
        PathUse::ReadIn => (Resource::Folder(path.clone()), collector.provide_config(path, false)),
        PathUse::WriteIn => {
            (Resource::WritableFolder(path.clone()), collector.provide_config(path, true))
        }
        PathUse::Write | PathUse::WriteDbm => {
            let folder = enclosing_folder(&path);
            (Resource::WritableFile(path), collector.provide_config(folder, true))
        }
        PathUse::SocketBeside => {
            let folder = path.parent().map_or_else(|| path.clone(), PathBuf::from);
            let by = SocketsBy::Daemon(path.clone());
            (Resource::Folder(folder), collector.provide_sockets(enclosing_folder(&path), by))
        }
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
