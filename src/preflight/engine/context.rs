//! The whole configuration, and questions to it.

use crate::config::other_directives::{BaseDirs, OtherDirective};
use crate::preflight::engine::args;
use crate::view::HostPathMode;
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Facts that the rules need besides the directives.
#[derive(Clone, Copy)]
pub(crate) struct RuleInput<'a> {
    /// Folders that relative paths start from.
    pub bases: BaseDirs<'a>,
    /// Whether a module is loaded, by the name of its source file.
    pub is_loaded: &'a dyn Fn(&CStr) -> bool,
    /// How host paths stay true inside.
    pub way: HostPathMode,
    /// Whether httpd has found a suexec that it can use.
    pub suexec: bool,
    /// The jail, seen from outside.
    pub jail_at: &'a Path,
    /// Values of `TMPDIR`, `TMP` and `TEMP`, as far as they are set, in that order.
    pub scratch: &'a [PathBuf],
    /// The ini files of PHP in the order in which PHP reads them, with what they hold.
    pub php_ini: &'a [(PathBuf, String)],
}

/// The whole configuration.
#[derive(Clone, Copy)]
pub(crate) struct RuleContext<'a> {
    pub all: &'a [OtherDirective],
    pub facts: &'a RuleInput<'a>,
}

impl<'a> RuleContext<'a> {
    /// Every directive of that name.
    pub(crate) fn said(
        &self,
        name: &'static str,
    ) -> impl Iterator<Item = &'a OtherDirective> + use<'a> {
        self.all.iter().filter(move |foreign| foreign.name.eq_ignore_ascii_case(name))
    }

    /// Whether a directive of that name is written anywhere.
    pub(crate) fn has(&self, name: &'static str) -> bool {
        self.said(name).next().is_some()
    }

    /// Whether the first word of such a directive is anywhere one of `wanted`.
    pub(crate) fn says(&self, name: &'static str, wanted: &[&str]) -> bool {
        let is_wanted = |foreign: &OtherDirective| {
            let word = args::text(foreign, 0);
            wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted))
        };
        self.said(name).any(is_wanted)
    }

    /// Whether the first word of such a directive is anywhere another one than `off`.
    pub(crate) fn says_other_than(&self, name: &'static str, off: &[&str]) -> bool {
        let is_other = |foreign: &OtherDirective| {
            let word = args::text(foreign, 0);
            !word.is_empty() && !off.iter().any(|off| word.eq_ignore_ascii_case(off))
        };
        self.said(name).any(is_other)
    }

    /// Whether any of the modules is loaded.
    pub(crate) fn is_loaded(&self, any: &[&CStr]) -> bool {
        any.iter().any(|name| (self.facts.is_loaded)(name))
    }

    /// Whether CGI programs are run.
    pub(crate) fn runs_cgi(&self) -> bool {
        self.is_loaded(&[c"mod_cgi.c", c"mod_cgid.c"])
    }

    /// A path as httpd makes it absolute; none if it is only known at run time.
    pub(crate) fn path(&self, word: &[u8]) -> Option<PathBuf> {
        let is_fixed = !word.is_empty() && args::fixed(word).len() == word.len();
        is_fixed.then(|| self.facts.bases.server_root.join(OsStr::from_bytes(word)))
    }

    /// The directory that holds all that a path with variables can name.
    pub(crate) fn folder(&self, word: &[u8]) -> Option<PathBuf> {
        let start = args::fixed(word);
        let end = start.iter().rposition(|&byte| byte == b'/')?;
        (end > 0).then(|| self.facts.bases.server_root.join(OsStr::from_bytes(&start[..end])))
    }

    /// Whether a host path lies in the jail and is true there.
    pub(crate) fn is_in_jail(&self, path: &Path) -> bool {
        self.facts.way != HostPathMode::Off && path.starts_with(self.facts.jail_at)
    }
}
