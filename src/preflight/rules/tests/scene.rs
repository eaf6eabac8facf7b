#![forbid(unsafe_code)]
//! Configurations as text, and claims as text.

use super::super::*;
use crate::configured::Foreign;
use crate::fault::Place;
use crate::preflight::claim::{Need, Remedy};
use std::ffi::OsString;

/// What is the case besides the configuration.
#[derive(Clone)]
pub(super) struct Scenery {
    pub way: Way,
    pub suexec: bool,
    pub modules: Option<Vec<&'static CStr>>,
    pub scratch: Vec<PathBuf>,
    pub ini: Vec<(PathBuf, String)>,
}

impl Default for Scenery {
    fn default() -> Self {
        Self {
            way: Way::View,
            suexec: true,
            modules: Some(Vec::new()),
            scratch: Vec::new(),
            ini: Vec::new(),
        }
    }
}

impl Scenery {
    pub(super) fn with(modules: &[&'static CStr]) -> Self {
        Self { modules: Some(modules.to_vec()), ..Self::default() }
    }

    pub(super) fn facts<'a>(&'a self, is_loaded: &'a dyn Fn(&CStr) -> bool) -> Facts<'a> {
        Facts {
            bases: Bases { server_root: Path::new("/etc/httpd"), runtime_dir: Path::new("/run/h") },
            is_loaded,
            way: self.way,
            suexec: self.suexec,
            jail_at: Path::new("/srv/www"),
            scratch: &self.scratch,
            php_ini: &self.ini,
        }
    }

    fn found(&self, text: &str) -> (Vec<Claim>, Vec<Known>) {
        let is_loaded =
            |name: &CStr| self.modules.as_ref().is_none_or(|modules| modules.contains(&name));
        claims(&read(text), &self.facts(&is_loaded))
    }

    /// Each claim of a configuration as a line.
    pub(super) fn claims(&self, text: &str) -> Vec<String> {
        self.found(text).0.iter().map(line).collect()
    }

    /// Each known trouble as a line.
    pub(super) fn known(&self, text: &str) -> Vec<String> {
        let line = |known: &Known| {
            let weight = if known.breaks { "!" } else { "" };
            format!("{}{weight} {:?}", known.directive, known.what)
        };
        self.found(text).1.iter().map(line).collect()
    }
}

/// `Directive! need value -> remedy`: `!` if requests fail, `?` if it may be missing outside.
fn line(claim: &Claim) -> String {
    let weight = match (claim.breaks, claim.optional) {
        (true, true) => "!?",
        (true, false) => "!",
        (false, true) => "?",
        (false, false) => "",
    };
    format!("{}{weight} {} -> {}", claim.directive, need(&claim.need), remedy(&claim.remedy))
}

fn need(need: &Need) -> String {
    let all = |paths: &[PathBuf]| {
        paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
    };
    match need {
        Need::File(path) => format!("file {}", path.display()),
        Need::AnyFile(paths) => format!("one of {}", all(paths)),
        Need::Folder(path) => format!("folder {}", path.display()),
        Need::Either(path) => format!("either {}", path.display()),
        Need::WritableFolder(path) => format!("writes in {}", path.display()),
        Need::WritableFile(path) => format!("writes {}", path.display()),
        Need::Socket(path) => format!("socket {}", path.display()),
        Need::Program(path) => format!("program {}", path.display()),
        Need::Programs { folder, endings } => {
            format!("programs {} {}", folder.display(), endings.join(" ")).trim_end().to_owned()
        }
        Need::Host(name) => format!("host {name}"),
        Need::Resolver => "resolver".to_owned(),
        Need::Users => "users".to_owned(),
        Need::Scratch(paths) => format!("scratch {}", all(paths)),
    }
}

fn remedy(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Set(set) => set.name().to_owned(),
        Remedy::Path(path) => path.display().to_string(),
        Remedy::Writable(path) => format!("rw:{}", path.display()),
        Remedy::Program => "program".to_owned(),
        Remedy::Words(_) => "words".to_owned(),
    }
}

/// A configuration as httpd's tree has it, but for what the rules do not ask for.
pub(super) fn read(text: &str) -> Vec<Foreign> {
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
            found.push(Foreign { name: name.to_owned(), words, sections, place });
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
pub(super) fn check(scenery: &Scenery, rows: &[(&str, &[&str])]) {
    for (text, wanted) in rows {
        assert_eq!(scenery.claims(text), *wanted, "{text}");
    }
}
