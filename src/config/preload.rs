//! `ChrootPreload`: tables and libraries that are loaded before entry.

use crate::config::ParsedDirective;
use crate::messages::{Fault, Place, SettingFault};
use std::ffi::{CString, OsStr};
use std::fmt;
use std::os::unix::ffi::OsStrExt;

/// A word of `ChrootPreload`; its `Display` is the word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Preload {
    /// The tables of a character set, by its name.
    Iconv(CString),
    /// The tables of a locale, by its name.
    Locale(CString),
    /// A library of the host, by its path.
    Library(CString),
}

impl fmt::Display for Preload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iconv(name) => write!(f, "iconv:{}", name.to_string_lossy()),
            Self::Locale(name) => write!(f, "locale:{}", name.to_string_lossy()),
            Self::Library(path) => f.write_str(&path.to_string_lossy()),
        }
    }
}

/// Reads all `ChrootPreload` directives; they add up.
///
/// # Errors
/// Returns an error if a directive has no word, or a word is neither `iconv:`, `locale:` nor an absolute path.
pub(super) fn read<'a>(
    all: impl Iterator<Item = &'a ParsedDirective>,
) -> Result<Vec<(Preload, Place)>, Fault> {
    let mut preloads: Vec<(Preload, Place)> = Vec::new();
    for parsed in all {
        if parsed.words.is_empty() {
            return Err(parsed.wrap_fault(SettingFault::Words(0)));
        }
        for word in &parsed.words {
            let preload = parse_word(word).map_err(|cause| parsed.wrap_word_fault(word, cause))?;
            if preloads.iter().all(|(known, _)| *known != preload) {
                preloads.push((preload, parsed.place.clone()));
            }
        }
    }
    Ok(preloads)
}

/// Whether `word` looks like the name of a library without a path (`libfoo.so.1`, `lib/libfoo.so`), for which the
/// loader would search.
fn looks_like_a_library(word: &[u8]) -> bool {
    let is_named = [&b".so"[..], b".dylib"].iter().any(|ending| word.ends_with(ending))
        || word.windows(4).any(|part| part == b".so.");
    is_named && !word.starts_with(b"/") && !word.contains(&b':')
}

fn parse_word(word: &OsStr) -> Result<Preload, SettingFault> {
    let unknown = || SettingFault::Unknown(vec!["iconv:NAME", "locale:NAME", "/path/lib.so"]);
    let bytes = word.as_bytes();
    if looks_like_a_library(bytes) {
        return Err(SettingFault::NotAbsolute);
    }
    let (kind, name): (fn(CString) -> Preload, _) = if bytes.starts_with(b"/") {
        (Preload::Library, bytes)
    } else if let Some(name) = bytes.strip_prefix(b"iconv:") {
        (Preload::Iconv, name)
    } else {
        (Preload::Locale, bytes.strip_prefix(b"locale:").ok_or_else(unknown)?)
    };
    // The C library makes the name of a table a part of a path.
    let is_path = !matches!(kind(CString::default()), Preload::Library(_)) && name.contains(&b'/');
    match CString::new(name) {
        Ok(name) if !name.is_empty() && !is_path => Ok(kind(name)),
        _ => Err(unknown()),
    }
}
