//! The ini files of mod_php: where they are, and what they say.

use crate::config::other_directives::OtherDirective;
use crate::messages::Place;
use crate::preflight::engine::args;
use crate::preflight::engine::context::RuleContext;
use std::path::{Path, PathBuf};

/// Conventional ini files without a version in their path.
const FILES: [&str; 6] = [
    "/etc/php.ini",
    "/etc/php/php.ini",
    "/usr/local/etc/php.ini",
    "/usr/local/lib/php.ini",
    "/usr/pkg/etc/php.ini",
    "/opt/local/etc/php.ini",
];

/// Conventional folders of further ini files.
const FOLDERS: [&str; 5] = [
    "/etc/php.d",
    "/etc/php/conf.d",
    "/usr/local/etc/php",
    "/usr/local/etc/php/conf.d",
    "/usr/pkg/etc/php.d",
];

/// Debian has a folder for each version here.
const VERSIONS: &str = "/etc/php";

/// The ini files that PHP reads, in its order, of those that are conventional or configured.
/// `list` answers the names in a folder, in any order, and none if there is no such folder.
pub(crate) fn files(
    directives: &[OtherDirective],
    list: &dyn Fn(&Path) -> Vec<PathBuf>,
) -> Vec<PathBuf> {
    let in_order = |folder: &Path| -> Vec<PathBuf> {
        let mut found = list(folder);
        found.retain(|path| path.extension().is_some_and(|ending| ending == "ini"));
        found.sort();
        found
    };
    let main: Vec<PathBuf> = of_directive(directives)
        .map(|path| if path.ends_with("php.ini") { path } else { path.join("php.ini") })
        .collect();
    let mut versions = list(Path::new(VERSIONS));
    versions.sort();
    // The module is of the newest, unless an old one is kept.
    let apache: Vec<_> = versions.iter().rev().map(|it| it.join("apache2")).collect();
    let apache = apache.into_iter().find(|folder| !list(folder).is_empty());
    let debian = apache.iter().flat_map(|folder| {
        let file = main.is_empty().then(|| folder.join("php.ini"));
        file.into_iter().chain(in_order(&folder.join("conf.d"))).collect::<Vec<_>>()
    });
    let others = FILES.iter().map(PathBuf::from).filter(|_| main.is_empty() && apache.is_none());
    let further = FOLDERS.iter().filter(|_| apache.is_none());
    let further = further.flat_map(|folder| in_order(Path::new(folder)));
    main.clone().into_iter().chain(others).chain(debian).chain(further).collect()
}

fn of_directive(directives: &[OtherDirective]) -> impl Iterator<Item = PathBuf> {
    let is_it = |foreign: &&OtherDirective| foreign.name.eq_ignore_ascii_case("PHPIniDir");
    directives.iter().filter(is_it).filter_map(|foreign| foreign.words.first().map(PathBuf::from))
}

/// A setting of PHP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhpSetting {
    pub name: String,
    pub value: String,
    pub place: Place,
    /// Whether it holds for all that is served.
    pub is_global: bool,
}

/// All settings, those that count last at the end.
#[derive(Debug, Default)]
pub(crate) struct PhpSettings(Vec<PhpSetting>);

impl PhpSettings {
    /// Those of the ini files, and those of `php_value` and its like.
    pub(crate) fn read(scene: &RuleContext<'_>) -> Self {
        let files = scene.facts.php_ini.iter();
        let mut all: Vec<_> = files.flat_map(|(path, text)| of_file(path, text)).collect();
        for name in ["php_value", "php_flag", "php_admin_value", "php_admin_flag"] {
            all.extend(scene.said(name).map(of_httpd));
        }
        Self(all)
    }

    /// Every value that is in force somewhere: that which holds everywhere, and those of sections.
    pub(crate) fn values(&self, name: &str) -> Vec<&PhpSetting> {
        let named = |it: &&PhpSetting| it.name == name;
        let global = self.0.iter().filter(named).rfind(|it| it.is_global);
        let local = self.0.iter().filter(named).filter(|it| !it.is_global);
        global.into_iter().chain(local).collect()
    }

    /// The value that holds everywhere; nothing if it is empty.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let global = self.0.iter().filter(|it| it.name == name).rfind(|it| it.is_global);
        global.map(|it| it.value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether an extension is loaded by name.
    pub(crate) fn has_extension(&self, name: &str) -> bool {
        let is_it = |it: &&PhpSetting| {
            let file = it.value.rsplit('/').next().unwrap_or(&it.value);
            it.name == "extension" && file.trim_end_matches(".so") == name
        };
        self.0.iter().any(|it| is_it(&it))
    }
}

/// Sections for a path or a host are left out: few have any.
fn of_file(path: &Path, text: &str) -> Vec<PhpSetting> {
    let mut found = Vec::new();
    let mut is_for_all = true;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with('[') {
            let section = line.to_ascii_uppercase();
            is_for_all = !section.starts_with("[PATH=") && !section.starts_with("[HOST=");
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        if is_for_all && !line.starts_with([';', '#', '[']) {
            let place = Place { file: path.to_string_lossy().into_owned(), line: number };
            let (name, value) = (name.trim().to_ascii_lowercase(), unquoted(value));
            found.push(PhpSetting { name, value, place, is_global: true });
        }
    }
    found
}

/// What is between quotes, or before a comment.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or("").to_owned(),
        _ => value.split(';').next().unwrap_or("").trim().to_owned(),
    }
}

fn of_httpd(foreign: &OtherDirective) -> PhpSetting {
    PhpSetting {
        name: args::text(foreign, 0).to_ascii_lowercase(),
        value: args::text(foreign, 1).into_owned(),
        place: foreign.place.clone(),
        is_global: foreign.sections.is_empty(),
    }
}
