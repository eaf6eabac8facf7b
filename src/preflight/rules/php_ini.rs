//! The ini files of mod_php and of php-cgi: their places, and the settings in them.

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

/// Parent of Debian's directories, one for each version.
const VERSIONS: &str = "/etc/php";

/// Kind of PHP. Each has ini files of its own on Debian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PhpKind {
    /// mod_php.
    Module,
    /// The program php-cgi, which children run.
    Cgi,
}

impl PhpKind {
    /// Name of its directory below that of a version.
    fn folder(self) -> &'static str {
        match self {
            Self::Module => "apache2",
            Self::Cgi => "cgi",
        }
    }
}

/// Whether children run php-cgi.
pub(crate) fn has_php_cgi(directives: &[OtherDirective]) -> bool {
    directives.iter().any(names_php_cgi)
}

/// `FcgidWrapper /usr/bin/php-cgi .php`, `Action application/x-httpd-php /cgi-bin/php8.2`, `ScriptAlias /php /usr/bin/php-cgi`.
pub(crate) fn names_php_cgi(directive: &OtherDirective) -> bool {
    const WRAPPERS: [&str; 2] = ["FcgidWrapper", "FCGIWrapper"];
    const NAMES: [&str; 3] = ["Action", "ScriptAlias", "ScriptAliasMatch"];
    let is_one = |names: &[&str]| names.iter().any(|it| it.eq_ignore_ascii_case(&directive.name));
    let is_program = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let version = name.strip_prefix("php").filter(|_| folder.ends_with("cgi-bin"));
        let is_version = |it: &str| it.chars().all(|it| it.is_ascii_digit() || it == '.');
        name.starts_with("php-cgi") || version.is_some_and(is_version)
    };
    let is_for_pages = || args::get_text(directive, 1).trim_start_matches('.') == "php";
    match is_one(&WRAPPERS) {
        true => is_program(&args::get_text(directive, 0)) || is_for_pages(),
        false => is_one(&NAMES) && is_program(&args::get_text(directive, 1)),
    }
}

/// Conventional and configured ini files, in the order in which PHP reads them. `list` returns the entries of a
/// directory, in any order, and none if there is no such directory.
pub(crate) fn list_ini_files(
    directives: &[OtherDirective],
    kind: PhpKind,
    list: &dyn Fn(&Path) -> Vec<PathBuf>,
) -> Vec<PathBuf> {
    let in_order = |folder: &Path| -> Vec<PathBuf> {
        let mut found = list(folder);
        found.retain(|path| path.extension().is_some_and(|ending| ending == "ini"));
        found.sort();
        found
    };
    let configured = list_configured_files(directives).filter(|_| kind == PhpKind::Module);
    let main: Vec<PathBuf> = configured
        .map(|path| if path.ends_with("php.ini") { path } else { path.join("php.ini") })
        .collect();
    let mut versions = list(Path::new(VERSIONS));
    versions.sort();
    // It belongs to the newest version that has a directory for it.
    let own: Vec<_> = versions.iter().rev().map(|it| it.join(kind.folder())).collect();
    let own = own.into_iter().find(|folder| !list(folder).is_empty());
    let debian = own.iter().flat_map(|folder| {
        let file = main.is_empty().then(|| folder.join("php.ini"));
        file.into_iter().chain(in_order(&folder.join("conf.d"))).collect::<Vec<_>>()
    });
    let others = FILES.iter().map(PathBuf::from).filter(|_| main.is_empty() && own.is_none());
    let further = FOLDERS.iter().filter(|_| own.is_none());
    let further = further.flat_map(|folder| in_order(Path::new(folder)));
    main.clone().into_iter().chain(others).chain(debian).chain(further).collect()
}

fn list_configured_files(directives: &[OtherDirective]) -> impl Iterator<Item = PathBuf> {
    let is_it = |directive: &&OtherDirective| directive.name.eq_ignore_ascii_case("PHPIniDir");
    directives
        .iter()
        .filter(is_it)
        .filter_map(|directive| directive.words.first().map(PathBuf::from))
}

/// A setting of PHP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhpSetting {
    pub name: String,
    pub value: String,
    pub place: Place,
    /// Whether it applies to every request.
    pub is_global: bool,
}

/// All settings in the order of reading: a later one overrides an earlier one.
#[derive(Debug, Default)]
pub(crate) struct PhpSettings(Vec<PhpSetting>);

impl PhpSettings {
    /// Reads the ini files, and `php_value`, `php_flag` and the like.
    pub(crate) fn read(context: &RuleContext<'_>) -> Self {
        let Self(mut all) = Self::read_files(context.input.php_ini);
        for name in ["php_value", "php_flag", "php_admin_value", "php_admin_flag"] {
            all.extend(context.find_directives(name).map(read_setting));
        }
        Self(all)
    }

    /// Reads ini files.
    pub(crate) fn read_files(files: &[(PathBuf, String)]) -> Self {
        Self(files.iter().flat_map(|(path, text)| parse_file(path, text)).collect())
    }

    /// Every value in force: the global one, and those of sections.
    pub(crate) fn values(&self, name: &str) -> Vec<&PhpSetting> {
        let named = |it: &&PhpSetting| it.name == name;
        let global = self.0.iter().filter(named).rfind(|it| it.is_global);
        let local = self.0.iter().filter(named).filter(|it| !it.is_global);
        global.into_iter().chain(local).collect()
    }

    /// Global value; `None` if it is empty.
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

/// Settings of an ini file. Sections for a path or a host are left out: few files have any.
pub(super) fn parse_file(path: &Path, text: &str) -> Vec<PhpSetting> {
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
            let (name, value) = (name.trim().to_ascii_lowercase(), unquote(value));
            found.push(PhpSetting { name, value, place, is_global: true });
        }
    }
    found
}

/// Text between quotes, or before a comment.
fn unquote(value: &str) -> String {
    let value = value.trim();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or("").to_owned(),
        _ => value.split(';').next().unwrap_or("").trim().to_owned(),
    }
}

fn read_setting(directive: &OtherDirective) -> PhpSetting {
    PhpSetting {
        name: args::get_text(directive, 0).to_ascii_lowercase(),
        value: args::get_text(directive, 1).into_owned(),
        place: directive.place.clone(),
        is_global: directive.sections.is_empty(),
    }
}
