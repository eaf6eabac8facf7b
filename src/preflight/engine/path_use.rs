//! What a directive's path is used for.

use crate::config::other_directives::OtherDirective;
use crate::preflight::Resource;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{Collector, Weight, around};
use crate::provide::SocketsBy;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What a path is used for.
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
    /// The same, and it is a DBM.
    WriteDbm,
    /// Children connect to sockets that root makes in the directory of that name, which is relative
    /// to `DefaultRuntimeDir`.
    SocketBeside,
    /// Children make sockets in the directory.
    SocketIn,
}

/// Endings that DBM libraries add to the name that is configured.
pub(crate) const DBM_ENDINGS: [&str; 4] = ["", ".db", ".pag", ".dir"];

/// Claims the path that is the word with that number.
pub(crate) fn path(
    foreign: &OtherDirective,
    word: usize,
    used: PathUse,
    weight: Weight,
    found: &mut Collector<'_>,
) {
    claim(foreign, args::at(foreign, word), used, weight, found);
}

/// Claims the path `word` of a directive.
pub(crate) fn claim(
    foreign: &OtherDirective,
    word: &[u8],
    used: PathUse,
    weight: Weight,
    found: &mut Collector<'_>,
) {
    if word.is_empty() || args::fixed(word).len() != word.len() {
        return;
    }
    let bases = found.facts().bases;
    let base = if used == PathUse::SocketBeside { bases.runtime_dir } else { bases.server_root };
    absolute(foreign, base.join(OsStr::from_bytes(word)), used, weight, found);
}

/// Claims an absolute path.
pub(crate) fn absolute(
    foreign: impl Into<crate::preflight::engine::collector::DirectiveText>,
    path: PathBuf,
    used: PathUse,
    weight: Weight,
    found: &mut Collector<'_>,
) {
    let (need, remedy) = match used {
        PathUse::Read => (Resource::File(path.clone()), found.by_config(path, false)),
        PathUse::ReadDbm => {
            let names = dbm(&path);
            names.iter().cloned().for_each(|name| drop(found.by_config(name, false)));
            (
                Resource::AnyFile(names),
                crate::preflight::Remedy::Set(crate::config::ProvideSet::Config),
            )
        }
        PathUse::ReadIn => (Resource::Folder(path.clone()), found.by_config(path, false)),
        PathUse::WriteIn => (Resource::WritableFolder(path.clone()), found.by_config(path, true)),
        PathUse::Write | PathUse::WriteDbm => {
            let folder = around(&path);
            (Resource::WritableFile(path), found.by_config(folder, true))
        }
        PathUse::SocketBeside => {
            let folder = path.parent().map_or_else(|| path.clone(), PathBuf::from);
            let by = SocketsBy::Daemon(path.clone());
            (Resource::Folder(folder), found.by_sockets(around(&path), by))
        }
        PathUse::SocketIn => {
            (Resource::WritableFolder(path.clone()), found.by_sockets(path, SocketsBy::Children))
        }
    };
    found.claim(foreign, need, weight, remedy);
}

/// The names that a DBM may have.
fn dbm(path: &std::path::Path) -> Vec<PathBuf> {
    let with = |ending: &&str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    DBM_ENDINGS.iter().map(with).collect()
}
