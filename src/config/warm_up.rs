//! `ChrootWarmUp` and `ChrootPreload`: what is loaded before entry.

use crate::config::ParsedDirective;
use crate::messages::{Fault, Place, SettingFault};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;

/// Whether anything is loaded unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum WarmUp {
    /// What children commonly load late is loaded before.
    #[default]
    On,
    /// Nothing is.
    Off,
}

impl WarmUp {
    /// The words of the directive.
    pub(super) const WORDS: [(&'static str, Self); 2] = [("on", Self::On), ("off", Self::Off)];

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, it)| *it == self).map_or("", |(word, _)| word)
    }
}

/// One thing that is to be loaded before entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Preload {
    /// The tables of a character set, by its name.
    Iconv(CString),
    /// The tables of a locale, by its name.
    Locale(CString),
    /// A library of the host, by its path.
    Library(CString),
}

impl Preload {
    /// As it is written.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Iconv(name) => format!("iconv:{}", name.to_string_lossy()),
            Self::Locale(name) => format!("locale:{}", name.to_string_lossy()),
            Self::Library(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// What all directives ask for together: they add up.
///
/// # Errors
/// No word, or one that is neither `iconv:`, `locale:` nor an absolute path.
pub(super) fn preloads<'a>(
    all: impl Iterator<Item = &'a ParsedDirective>,
) -> Result<Vec<(Preload, Place)>, Fault> {
    let mut preloads: Vec<(Preload, Place)> = Vec::new();
    for written in all {
        if written.words.is_empty() {
            return Err(written.fault(SettingFault::Words(0)));
        }
        for word in &written.words {
            let fault = |why| {
                let value = word.to_string_lossy();
                Fault::of(written.directive.name(), value, why).at(&written.place)
            };
            let preload = preload(word).map_err(fault)?;
            if preloads.iter().all(|(known, _)| *known != preload) {
                preloads.push((preload, written.place.clone()));
            }
        }
    }
    Ok(preloads)
}

/// `libfoo.so.1`, `lib/libfoo.so`: the loader would search for it, nobody knows where.
fn looks_like_a_library(word: &[u8]) -> bool {
    let is_named = [&b".so"[..], b".dylib"].iter().any(|ending| word.ends_with(ending))
        || word.windows(4).any(|part| part == b".so.");
    is_named && !word.starts_with(b"/") && !word.contains(&b':')
}

fn preload(word: &OsStr) -> Result<Preload, SettingFault> {
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
    // A name of a table is part of a path in the C library.
    let is_path = !matches!(kind(CString::default()), Preload::Library(_)) && name.contains(&b'/');
    match CString::new(name) {
        Ok(name) if !name.is_empty() && !is_path => Ok(kind(name)),
        _ => Err(unknown()),
    }
}
