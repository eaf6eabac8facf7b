//! `ChrootProvide`: files of the host that are available inside the jail.

use crate::config::{ParsedDirective, ProvideSet};
use crate::messages::{Fault, Place, SettingFault};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A word of `ChrootProvide`; its `Display` is the word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ProvideItem {
    /// A set.
    Set(ProvideSet),
    /// A path of the host, available at the same path inside.
    Path {
        /// An absolute path.
        path: PathBuf,
        /// Whether children may write to it, as far as its own permissions allow.
        writable: bool,
    },
    /// A program with the files that it needs.
    Program(PathBuf),
}

impl fmt::Display for ProvideItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(set) => f.write_str(set.word()),
            Self::Path { path, writable: false } => path.display().fmt(f),
            Self::Path { path, writable: true } => write!(f, "rw:{}", path.display()),
            Self::Program(path) => write!(f, "program:{}", path.display()),
        }
    }
}

impl ProvideItem {
    /// The item that `word` stands for; `None` if it is none, or would show too much.
    pub(crate) fn parse(word: &OsStr) -> Option<Self> {
        parse_item(word).ok().flatten()
    }
}

/// Words of all `ChrootProvide` directives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Provide {
    /// Whether `none` drops the default.
    pub drops_default: bool,
    /// Words other than `none`, each with its place.
    pub requested: Vec<(ProvideItem, Place)>,
}

impl Provide {
    /// Items to provide: the requested ones, and in a view the default, which has no place.
    pub(crate) fn items(&self, in_view: bool) -> Vec<(ProvideItem, Option<&Place>)> {
        let has_default = in_view && !self.drops_default;
        let default = ProvideSet::defaults().filter(|_| has_default);
        let default = default.map(|set| (ProvideItem::Set(set), None));
        let requested = self.requested.iter().map(|(item, place)| (item.clone(), Some(place)));
        let mut items: Vec<(ProvideItem, Option<&Place>)> = Vec::new();
        let mut numbers = BTreeMap::new();
        for (item, place) in default.chain(requested) {
            // A default that is also requested has the place of the request.
            let number = *numbers.entry(item.clone()).or_insert(items.len());
            match items.get_mut(number) {
                Some((_, known)) => *known = known.or(place),
                None => items.push((item, place)),
            }
        }
        items
    }
}

/// Reads all `ChrootProvide` directives; they add up.
///
/// # Errors
/// Returns an error if a directive has no word, or a word is no set, or is a path that is not absolute or would show
/// too much of the host.
pub(super) fn read<'a>(all: impl Iterator<Item = &'a ParsedDirective>) -> Result<Provide, Fault> {
    let mut provide = Provide::default();
    for parsed in all {
        if parsed.words.is_empty() {
            return Err(parsed.wrap_fault(SettingFault::Words(0)));
        }
        for word in &parsed.words {
            match parse_item(word) {
                Ok(Some(item)) => provide.requested.push((item, parsed.place.clone())),
                Ok(None) => provide.drops_default = true,
                Err(cause) => return Err(parsed.wrap_word_fault(word, cause)),
            }
        }
    }
    Ok(provide)
}

/// Parses one word; `None` for `none`.
fn parse_item(word: &OsStr) -> Result<Option<ProvideItem>, SettingFault> {
    let text = word.to_string_lossy();
    if text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    if let Some(set) = ProvideSet::from_word(&text) {
        return Ok(Some(ProvideItem::Set(set)));
    }
    let bytes = word.as_bytes();
    if let Some(program) = bytes.strip_prefix(b"program:") {
        return parse_path(program).map(|path| Some(ProvideItem::Program(path)));
    }
    let (writable, bytes) = match bytes.strip_prefix(b"rw:") {
        Some(bytes) => (true, bytes),
        None => (false, bytes),
    };
    if !writable && !bytes.starts_with(b"/") {
        let sets = ProvideSet::ALL.iter().map(|set| set.word());
        let words = sets.chain(["none", "/path", "rw:/path", "program:/path"]).collect();
        return Err(SettingFault::Unknown(words));
    }
    parse_path(bytes).map(|path| Some(ProvideItem::Path { path, writable }))
}

fn parse_path(bytes: &[u8]) -> Result<PathBuf, SettingFault> {
    if bytes.first() != Some(&b'/') || bytes.contains(&0) {
        return Err(SettingFault::NotAbsolute);
    }
    let path = crate::path::clean_lexically(bytes);
    match exposes(&path) {
        Some(what) => Err(SettingFault::Exposes(what.into())),
        None => Ok(path),
    }
}

/// Paths that are never provided as a whole, each with a description of its contents.
const TOO_MUCH: [(&str, &str); 9] = [
    ("/", "the whole host"),
    ("/etc", "the host's configuration and keys"),
    ("/root", "root's own files"),
    ("/proc", "the processes outside"),
    ("/sys", "the kernel's settings"),
    ("/dev", "the host's devices"),
    ("/run", "the sockets of the host's services"),
    ("/var/run", "the sockets of the host's services"),
    ("/boot", "the host's kernel"),
];

/// The paths that [`exposes`] knows, so that they are recognised under another name.
pub(crate) fn exposed() -> impl Iterator<Item = (&'static Path, &'static str)> {
    TOO_MUCH.iter().map(|&(path, what)| (Path::new(path), what))
}

/// Describes the contents of `path` if no jail should have it as a whole; else `None`.
pub(crate) fn exposes(path: &Path) -> Option<&'static str> {
    let is_too_much = |(much, _): &&(&str, &str)| {
        // No part of a file system that the kernel generates is harmless.
        let with_parts = matches!(*much, "/proc" | "/sys");
        Path::new(much) == path || (with_parts && path.starts_with(much))
    };
    TOO_MUCH.iter().find(is_too_much).map(|&(_, what)| what)
}
