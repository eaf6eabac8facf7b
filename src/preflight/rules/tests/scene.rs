//! Configurations as text, and claims as text.

use super::super::*;
use crate::config::other_directives::OtherDirective;
use crate::messages::Place;
use crate::preflight::requirement::{Remedy, Resource};
use std::ffi::OsString;
use std::path::PathBuf;

/// What is the case besides the configuration.
#[derive(Clone)]
pub(crate) struct Scenery {
    pub way: HostPathMode,
    pub suexec: bool,
    pub modules: Option<Vec<&'static CStr>>,
    pub scratch: Vec<PathBuf>,
    pub ini: Vec<(PathBuf, String)>,
}

impl Default for Scenery {
    fn default() -> Self {
        Self {
            way: HostPathMode::View,
            suexec: true,
            modules: Some(Vec::new()),
            scratch: Vec::new(),
            ini: Vec::new(),
        }
    }
}

impl Scenery {
    pub(crate) fn with(modules: &[&'static CStr]) -> Self {
        Self { modules: Some(modules.to_vec()), ..Self::default() }
    }

    pub(crate) fn facts<'a>(&'a self, is_loaded: &'a dyn Fn(&CStr) -> bool) -> RuleInput<'a> {
        RuleInput {
            bases: BaseDirs {
                server_root: Path::new("/etc/httpd"),
                runtime_dir: Path::new("/run/h"),
            },
            is_loaded,
            way: self.way,
            suexec: self.suexec,
            jail_at: Path::new("/srv/www"),
            scratch: &self.scratch,
            php_ini: &self.ini,
        }
    }

    fn found(&self, text: &str) -> (Vec<Requirement>, Vec<KnownIssue>) {
        let is_loaded =
            |name: &CStr| self.modules.as_ref().is_none_or(|modules| modules.contains(&name));
        claims(&read(text), &self.facts(&is_loaded))
    }

    /// Each claim of a configuration as a line.
    pub(crate) fn claims(&self, text: &str) -> Vec<String> {
        self.found(text).0.iter().map(line).collect()
    }

    /// Each known trouble as a line.
    pub(crate) fn known(&self, text: &str) -> Vec<String> {
        let line = |known: &KnownIssue| {
            let weight = if known.breaks { "!" } else { "" };
            format!("{}{weight} {:?}", known.directive, known.what)
        };
        self.found(text).1.iter().map(line).collect()
    }
}

/// `Directive! need value -> remedy`: `!` if requests fail, `?` if it may be missing outside.
fn line(claim: &Requirement) -> String {
    let weight = match (claim.breaks, claim.optional) {
        (true, true) => "!?",
        (true, false) => "!",
        (false, true) => "?",
        (false, false) => "",
    };
    format!("{}{weight} {} -> {}", claim.directive, need(&claim.need), remedy(&claim.remedy))
}

fn need(need: &Resource) -> String {
    let all = |paths: &[PathBuf]| {
        paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
    };
    match need {
        Resource::File(path) => format!("file {}", path.display()),
        Resource::AnyFile(paths) => format!("one of {}", all(paths)),
        Resource::Folder(path) => format!("folder {}", path.display()),
        Resource::Either(path) => format!("either {}", path.display()),
        Resource::WritableFolder(path) => format!("writes in {}", path.display()),
        Resource::WritableFile(path) => format!("writes {}", path.display()),
        Resource::Socket(path) => format!("socket {}", path.display()),
        Resource::Program(path) => format!("program {}", path.display()),
        Resource::Programs { folder, endings } => {
            format!("programs {} {}", folder.display(), endings.join(" ")).trim_end().to_owned()
        }
        Resource::Host(name) => format!("host {name}"),
        Resource::Resolver => "resolver".to_owned(),
        Resource::Users => "users".to_owned(),
        Resource::Scratch(paths) => format!("scratch {}", all(paths)),
    }
}

fn remedy(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Set(set) => set.word().to_owned(),
        Remedy::Path(path) => path.display().to_string(),
        Remedy::Writable(path) => format!("rw:{}", path.display()),
        Remedy::Program => "program".to_owned(),
        Remedy::Words(_) => "words".to_owned(),
    }
}

/// A configuration as httpd's tree has it, but for what the rules do not ask for.
pub(crate) fn read(text: &str) -> Vec<OtherDirective> {
    let mut sections: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with("</") {
            sections.pop();
            continue;
        }
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let asked = names().find(|known| known.eq_ignore_ascii_case(name));
        if let Some(name) = asked {
            let place = Place { file: "httpd.conf".into(), line: number };
            let (words, sections) = (words(rest), sections.clone());
            found.push(OtherDirective { name: name.to_owned(), words, sections, place });
        }
        if line.starts_with('<') {
            sections.push(line.to_owned());
        }
    }
    found
}

/// Words as httpd reads them: quotes count at the start of one.
fn words(mut rest: &str) -> Vec<OsString> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return found };
        let (word, after) = if matches!(first, '"' | '\'') {
            rest[1..].split_once(first).unwrap_or((&rest[1..], ""))
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        found.push(word.into());
        rest = after;
    }
}

/// Checks rows: a configuration, and the lines of what it asks for.
pub(crate) fn check(scenery: &Scenery, rows: &[(&str, &[&str])]) {
    for (text, wanted) in rows {
        assert_eq!(scenery.claims(text), *wanted, "{text}");
    }
}
