//! Configurations as text, and requirements as text.

use super::*;
use crate::config::other_directives::OtherDirective;
use crate::messages::Place;
use crate::preflight::requirement::{Remedy, Resource};
use crate::preflight::rules::php_compiled::PhpDefaults;
use std::ffi::OsString;
use std::path::PathBuf;

/// Facts besides the configuration.
#[derive(Clone)]
pub(crate) struct RuleFixture {
    pub mode: HostPathMode,
    pub suexec: bool,
    pub modules: Option<Vec<&'static CStr>>,
    pub temp_dirs: Vec<PathBuf>,
    pub ini: Vec<(PathBuf, String)>,
    pub cgi_ini: Vec<(PathBuf, String)>,
    pub defaults: PhpDefaults,
    pub homes: Vec<PathBuf>,
    pub needs_set_id_mailer: bool,
}

impl Default for RuleFixture {
    fn default() -> Self {
        Self {
            mode: HostPathMode::View,
            suexec: true,
            modules: Some(Vec::new()),
            temp_dirs: Vec::new(),
            ini: Vec::new(),
            cgi_ini: Vec::new(),
            defaults: PhpDefaults::default(),
            homes: vec!["/home".into()],
            needs_set_id_mailer: false,
        }
    }
}

impl RuleFixture {
    pub(crate) fn with(modules: &[&'static CStr]) -> Self {
        Self { modules: Some(modules.to_vec()), ..Self::default() }
    }

    pub(crate) fn input<'a>(&'a self, is_loaded: &'a dyn Fn(&CStr) -> bool) -> RuleInput<'a> {
        RuleInput {
            base_dirs: BaseDirs {
                server_root: Path::new("/etc/httpd"),
                runtime_dir: Path::new("/run/h"),
            },
            is_loaded,
            mode: self.mode,
            has_suexec: self.suexec,
            jail: Path::new("/srv/www"),
            temp_dirs: &self.temp_dirs,
            php_ini: &self.ini,
            php_cgi_ini: &self.cgi_ini,
            php_defaults: &self.defaults,
            inside_paths: self.mode == HostPathMode::Off,
            homes: &self.homes,
            needs_set_id_mailer: self.needs_set_id_mailer,
        }
    }

    fn collect(&self, text: &str) -> (Vec<Requirement>, Vec<KnownIssue>) {
        let is_loaded =
            |name: &CStr| self.modules.as_ref().is_none_or(|modules| modules.contains(&name));
        let found = collect_requirements(&parse_config(text), &self.input(&is_loaded));
        #[cfg(test)]
        found.0.iter().for_each(super::tests::compare_with_survey);
        found
    }

    /// Requirements of a configuration, one line for each.
    pub(crate) fn list_requirements(&self, text: &str) -> Vec<String> {
        let is_tree = |it: &&Requirement| matches!(it.resource, Resource::Tree(_));
        self.collect(text).0.iter().filter(|it| !is_tree(it)).map(format_line).collect()
    }

    /// Directories of a configuration that are searched, with the evidence.
    pub(crate) fn list_trees(&self, text: &str) -> Vec<String> {
        let tree = |it: Requirement| match it.resource {
            Resource::Tree(path) => Some(format!("{:?} {}", it.basis, path.display())),
            _ => None,
        };
        self.collect(text).0.into_iter().filter_map(tree).collect()
    }

    /// Known issues of a configuration, one line for each.
    pub(crate) fn list_known_issues(&self, text: &str) -> Vec<String> {
        let line = |known: &KnownIssue| {
            let weight = if known.breaks { "!" } else { "" };
            format!("{}{weight} {:?}", known.directive, known.kind)
        };
        self.collect(text).1.iter().map(line).collect()
    }
}

/// Line for a requirement: `Directive! kind path -> remedy`, with `!` if requests fail without it, `!!` if the server does not
/// start without it, and `?` if it may be missing outside. The remedy is the word for `ChrootProvide`; `words` stands for a sentence.
fn format_line(requirement: &Requirement) -> String {
    let weight = match (requirement.refuses, requirement.breaks) {
        (true, _) => "!!",
        (false, true) => "!",
        (false, false) => "",
    };
    let weight = format!("{weight}{}", if requirement.optional { "?" } else { "" });
    format!(
        "{}{weight} {} -> {}",
        requirement.directive,
        format_resource(&requirement.resource),
        format_remedy(&requirement.remedy)
    )
}

fn join_paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
}

fn format_resource(resource: &Resource) -> String {
    let all = join_paths;
    match resource {
        Resource::File(path) => format!("file {}", path.display()),
        Resource::AnyFile(paths) => format!("one of {}", all(paths)),
        Resource::Folder(path) => format!("folder {}", path.display()),
        Resource::Whole(path) => format!("whole {}", path.display()),
        Resource::Either(path) => format!("either {}", path.display()),
        Resource::WritableFolder(path) => format!("writes in {}", path.display()),
        Resource::WritableFile(path) => format!("writes {}", path.display()),
        Resource::Socket(path) => format!("socket {}", path.display()),
        Resource::Program(path) => format!("program {}", path.display()),
        Resource::Programs { folder, endings } => {
            format!("programs {} {}", folder.display(), endings.join(" ")).trim_end().to_owned()
        }
        Resource::Tree(path) => format!("tree {}", path.display()),
        Resource::AccessFiles { folder, names } => {
            let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
            format!("no dead {} in {}", names.join(" "), folder.display())
        }
        Resource::Host(name) => format!("host {name}"),
        Resource::Resolver => "resolver".to_owned(),
        Resource::Users => "users".to_owned(),
        Resource::Scratch(paths) => format!("scratch {}", all(paths)),
    }
}

fn format_remedy(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Set(set) => set.word().to_owned(),
        Remedy::PathOrProgram(path) => format!("{} or program", path.display()),
        Remedy::Path(path) => path.display().to_string(),
        Remedy::Writable(path) => format!("rw:{}", path.display()),
        Remedy::Program => "program".to_owned(),
        Remedy::Programs(paths) => format!("programs {}", join_paths(paths)),
        Remedy::Words(_) => "words".to_owned(),
    }
}

/// Directives of a configuration as httpd's tree has them, without those that no rule reads.
pub(crate) fn parse_config(text: &str) -> Vec<OtherDirective> {
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
        let asked = list_directives().find(|known| known.eq_ignore_ascii_case(name));
        if let Some(name) = asked {
            let place = Place { file: "httpd.conf".into(), line: number };
            let (words, sections) = (split_words(rest), sections.clone());
            found.push(OtherDirective { name: name.to_owned(), words, sections, place });
        }
        if line.starts_with('<') {
            sections.push(line.to_owned());
        }
    }
    found
}

/// Words as httpd reads them: quotes count at the start of one.
fn split_words(mut rest: &str) -> Vec<OsString> {
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

/// Checks rows: a configuration, and its requirements as lines.
pub(crate) fn check(fixture: &RuleFixture, rows: &[(&str, &[&str])]) {
    for (text, wanted) in rows {
        assert_eq!(fixture.list_requirements(text), *wanted, "{text}");
    }
}
