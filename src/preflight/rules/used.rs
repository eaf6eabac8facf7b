#![forbid(unsafe_code)]
//! What a directive's path is used for.

use super::found::{Found, Weight, around};
use super::words;
use crate::configured::Foreign;
use crate::preflight::Need;
use crate::view::SocketsBy;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What a path is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
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
pub(super) const DBM_ENDINGS: [&str; 4] = ["", ".db", ".pag", ".dir"];

/// Claims the path that is the word with that number.
pub(super) fn path(
    foreign: &Foreign,
    word: usize,
    used: Use,
    weight: Weight,
    found: &mut Found<'_>,
) {
    claim(foreign, words::at(foreign, word), used, weight, found);
}

/// Claims the path `word` of a directive.
pub(super) fn claim(
    foreign: &Foreign,
    word: &[u8],
    used: Use,
    weight: Weight,
    found: &mut Found<'_>,
) {
    if word.is_empty() || words::fixed(word).len() != word.len() {
        return;
    }
    let bases = found.facts().bases;
    let base = if used == Use::SocketBeside { bases.runtime_dir } else { bases.server_root };
    absolute(foreign, base.join(OsStr::from_bytes(word)), used, weight, found);
}

/// Claims an absolute path.
pub(super) fn absolute(
    foreign: impl Into<super::found::Said>,
    path: PathBuf,
    used: Use,
    weight: Weight,
    found: &mut Found<'_>,
) {
    let (need, remedy) = match used {
        Use::Read => (Need::File(path.clone()), found.by_config(path, false)),
        Use::ReadDbm => {
            let names = dbm(&path);
            names.iter().cloned().for_each(|name| drop(found.by_config(name, false)));
            (Need::AnyFile(names), crate::preflight::Remedy::Set(crate::settings::Set::Config))
        }
        Use::ReadIn => (Need::Folder(path.clone()), found.by_config(path, false)),
        Use::WriteIn => (Need::WritableFolder(path.clone()), found.by_config(path, true)),
        Use::Write | Use::WriteDbm => {
            let folder = around(&path);
            (Need::WritableFile(path), found.by_config(folder, true))
        }
        Use::SocketBeside => {
            let folder = path.parent().map_or_else(|| path.clone(), PathBuf::from);
            let by = SocketsBy::Daemon(path.clone());
            (Need::Folder(folder), found.by_sockets(around(&path), by))
        }
        Use::SocketIn => {
            (Need::WritableFolder(path.clone()), found.by_sockets(path, SocketsBy::Children))
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
