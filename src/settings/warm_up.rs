#![forbid(unsafe_code)]
//! `ChrootWarmUp` and `ChrootPreload`: what is loaded before entry.

use super::Written;
use crate::fault::{Fault, SettingFault};
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

/// What all directives ask for together: they add up.
///
/// # Errors
/// No word, or one that is neither `iconv:`, `locale:` nor an absolute path.
pub(super) fn preloads<'a>(all: impl Iterator<Item = &'a Written>) -> Result<Vec<Preload>, Fault> {
    let mut preloads = Vec::new();
    for written in all {
        if written.words.is_empty() {
            return Err(written.fault(SettingFault::Words(0)));
        }
        for word in &written.words {
            let fault = |why| {
                let value = word.to_string_lossy();
                Fault::of(written.directive.name(), value, why).at(&written.place)
            };
            preloads.push(preload(word).map_err(fault)?);
        }
    }
    preloads.dedup();
    Ok(preloads)
}

fn preload(word: &OsStr) -> Result<Preload, SettingFault> {
    let unknown = || SettingFault::Unknown(vec!["iconv:NAME", "locale:NAME", "/path/lib.so"]);
    let bytes = word.as_bytes();
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
