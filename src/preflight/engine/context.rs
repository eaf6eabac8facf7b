//! The configuration, and questions about it.

use crate::config::other_directives::{BaseDirs, OtherDirective};
use crate::preflight::engine::args;
use crate::preflight::rules::php_compiled::PhpDefaults;
use crate::view::HostPathMode;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Facts about the server and the jail that the rules need besides the directives.
#[derive(Clone, Copy)]
pub(crate) struct RuleInput<'a> {
    /// Directories that relative paths start from.
    pub base_dirs: BaseDirs<'a>,
    /// Whether a module is loaded, by the name of its source file.
    pub is_loaded: &'a dyn Fn(&CStr) -> bool,
    /// Mode that keeps host paths valid inside.
    pub mode: HostPathMode,
    /// Whether httpd has found a usable suexec.
    pub has_suexec: bool,
    /// Host path of the jail.
    pub jail: &'a Path,
    /// Values of `TMPDIR`, `TMP` and `TEMP` that are set, in that order.
    pub temp_dirs: &'a [PathBuf],
    /// Paths and contents of PHP's ini files, in the order in which PHP reads them.
    pub php_ini: &'a [(PathBuf, String)],
    /// The same of php-cgi; none if children do not run it.
    pub php_cgi_ini: &'a [(PathBuf, String)],
    /// Defaults that are compiled into PHP.
    pub php_defaults: &'a PhpDefaults,
    /// Whether the configuration consists of inside paths.
    pub inside_paths: bool,
    /// Directories that contain the homes of users.
    pub homes: &'a [PathBuf],
    /// Whether the program that PHP's mail() starts depends on a set-id bit.
    pub needs_set_id_mailer: bool,
}

/// The configuration, and the facts that its rules need.
pub(crate) struct RuleContext<'a> {
    pub input: &'a RuleInput<'a>,
    /// The directives by their names in lower case, each in the order of the configuration.
    by_name: BTreeMap<String, Vec<&'a OtherDirective>>,
    access_file_names: OnceCell<Vec<OsString>>,
}

impl<'a> RuleContext<'a> {
    /// The context of rules for `directives`.
    pub(crate) fn new(directives: &'a [OtherDirective], input: &'a RuleInput<'a>) -> Self {
        let mut by_name: BTreeMap<String, Vec<&OtherDirective>> = BTreeMap::new();
        for directive in directives {
            by_name.entry(directive.name.to_ascii_lowercase()).or_default().push(directive);
        }
        Self { input, by_name, access_file_names: OnceCell::new() }
    }

    /// Every directive `name`.
    pub(crate) fn find_directives(
        &self,
        name: &'static str,
    ) -> impl Iterator<Item = &'a OtherDirective> + use<'_, 'a> {
        self.by_name.get(&name.to_ascii_lowercase()).into_iter().flatten().copied()
    }

    /// Names of access control files; none if no directory has them read. Found once, because each directory that is
    /// served asks.
    pub(crate) fn access_file_names(&self) -> &[OsString] {
        self.access_file_names.get_or_init(|| {
            let are_read = ["AllowOverride", "AllowOverrideList"]
                .iter()
                .any(|name| self.has_other_first_word(name, &["none"]));
            let written = self.find_directives("AccessFileName");
            let mut names: Vec<_> = written.flat_map(|it| it.words.iter().cloned()).collect();
            if names.is_empty() {
                names.push(".htaccess".into());
            }
            if are_read { names } else { Vec::new() }
        })
    }

    /// Whether there is a directive `name`.
    pub(crate) fn has_directive(&self, name: &'static str) -> bool {
        self.find_directives(name).next().is_some()
    }

    /// Whether the first word of a directive `name` is one of `words`.
    pub(crate) fn has_first_word(&self, name: &'static str, words: &[&str]) -> bool {
        let is_one = |directive: &OtherDirective| {
            let word = args::get_text(directive, 0);
            words.iter().any(|known| word.eq_ignore_ascii_case(known))
        };
        self.find_directives(name).any(is_one)
    }

    /// Whether the first word of a directive `name` is none of `off`.
    pub(crate) fn has_other_first_word(&self, name: &'static str, off: &[&str]) -> bool {
        let is_other = |directive: &OtherDirective| {
            let word = args::get_text(directive, 0);
            !word.is_empty() && !off.iter().any(|off| word.eq_ignore_ascii_case(off))
        };
        self.find_directives(name).any(is_other)
    }

    /// Whether one of the modules is loaded.
    pub(crate) fn is_loaded(&self, any: &[&CStr]) -> bool {
        any.iter().any(|name| (self.input.is_loaded)(name))
    }

    /// Directories in which APR makes temporary files: it takes the first that can be written to.
    pub(crate) fn list_temp_dirs(&self) -> Vec<PathBuf> {
        let usual = ["/tmp", "/usr/tmp", "/var/tmp"].iter().map(PathBuf::from);
        self.input.temp_dirs.iter().cloned().chain(usual).collect()
    }

    /// Whether `is_meant` holds for one of the directives.
    pub(crate) fn has_any(&self, is_meant: fn(&OtherDirective) -> bool) -> bool {
        self.by_name.values().flatten().any(|directive| is_meant(directive))
    }

    /// Whether CGI programs are run.
    pub(crate) fn runs_cgi(&self) -> bool {
        self.is_loaded(&[c"mod_cgi.c", c"mod_cgid.c"])
    }

    /// Absolute path of `word`; `None` if it is empty or contains a variable.
    pub(crate) fn resolve_path(&self, word: &[u8]) -> Option<PathBuf> {
        let is_fixed = !word.is_empty() && args::cut_variables(word).len() == word.len();
        is_fixed.then(|| self.input.base_dirs.server_root.join(OsStr::from_bytes(word)))
    }

    /// Directory that contains every path that `word` with its variables can name.
    pub(crate) fn resolve_folder(&self, word: &[u8]) -> Option<PathBuf> {
        let start = args::cut_variables(word);
        let end = start.iter().rposition(|&byte| byte == b'/')?;
        (end > 0).then(|| self.input.base_dirs.server_root.join(OsStr::from_bytes(&start[..end])))
    }

    /// Whether the host path `path` is in the jail, and valid inside.
    pub(crate) fn is_in_jail(&self, path: &Path) -> bool {
        self.input.mode != HostPathMode::Off && path.starts_with(self.input.jail)
    }
}
