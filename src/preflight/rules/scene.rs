#![forbid(unsafe_code)]
//! The whole configuration, and questions to it.

use super::Facts;
use super::words;
use crate::configured::Foreign;
use crate::view::Way;
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The whole configuration.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub all: &'a [Foreign],
    pub facts: &'a Facts<'a>,
}

impl<'a> Scene<'a> {
    /// Every directive of that name.
    pub(super) fn said(&self, name: &'static str) -> impl Iterator<Item = &'a Foreign> + use<'a> {
        self.all.iter().filter(move |foreign| foreign.name.eq_ignore_ascii_case(name))
    }

    /// Whether a directive of that name is written anywhere.
    pub(super) fn has(&self, name: &'static str) -> bool {
        self.said(name).next().is_some()
    }

    /// Whether the first word of such a directive is anywhere one of `wanted`.
    pub(super) fn says(&self, name: &'static str, wanted: &[&str]) -> bool {
        let is_wanted = |foreign: &Foreign| {
            let word = words::text(foreign, 0);
            wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted))
        };
        self.said(name).any(is_wanted)
    }

    /// Whether the first word of such a directive is anywhere another one than `off`.
    pub(super) fn says_other_than(&self, name: &'static str, off: &[&str]) -> bool {
        let is_other = |foreign: &Foreign| {
            let word = words::text(foreign, 0);
            !word.is_empty() && !off.iter().any(|off| word.eq_ignore_ascii_case(off))
        };
        self.said(name).any(is_other)
    }

    /// Whether any of the modules is loaded.
    pub(super) fn is_loaded(&self, any: &[&CStr]) -> bool {
        any.iter().any(|name| (self.facts.is_loaded)(name))
    }

    /// Whether CGI programs are run.
    pub(super) fn runs_cgi(&self) -> bool {
        self.is_loaded(&[c"mod_cgi.c", c"mod_cgid.c"])
    }

    /// A path as httpd makes it absolute; none if it is only known at run time.
    pub(super) fn path(&self, word: &[u8]) -> Option<PathBuf> {
        let is_fixed = !word.is_empty() && words::fixed(word).len() == word.len();
        is_fixed.then(|| self.facts.bases.server_root.join(OsStr::from_bytes(word)))
    }

    /// The directory that holds all that a path with variables can name.
    pub(super) fn folder(&self, word: &[u8]) -> Option<PathBuf> {
        let start = words::fixed(word);
        let end = start.iter().rposition(|&byte| byte == b'/')?;
        (end > 0).then(|| self.facts.bases.server_root.join(OsStr::from_bytes(&start[..end])))
    }

    /// Whether a host path lies in the jail and is true there.
    pub(super) fn is_in_jail(&self, path: &Path) -> bool {
        self.facts.way != Way::Off && path.starts_with(self.facts.jail_at)
    }
}
