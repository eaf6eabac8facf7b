//! Facts that the house rules read from the source tree. Paths in it stand here only.
#![allow(dead_code, reason = "each of the tests that include this file uses some of it")]

#[path = "../../src/preflight/survey/format.rs"]
mod survey_format;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use survey_format::{Survey, parse_survey};

/// The folder of all messages.
const MESSAGES: &str = "src/messages";
/// The catalogue of all messages.
const CATALOGUE: &str = "src/messages/catalogue.rs";
/// The table of directives that httpd reads, with their help texts.
const DIRECTIVES: &str = "src/module/record.rs";
/// The directives that are looked for in the configuration.
const SETTINGS: &str = "src/config/mod.rs";
/// The survey of directives, of which the rows of the preflight are made.
const SURVEY: &str = "src/preflight/survey/table.txt";
/// The readers of the preflight's rows, and their tests.
const ROWS: &str = "src/preflight/rules";

/// The top of the source tree.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Text of the file at `path`, relative to the root or absolute.
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Entries of `folder`, relative to the root or absolute, in order. None if there is no such folder.
pub(crate) fn entries(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let found = fs::read_dir(root().join(folder)).into_iter().flatten().flatten();
    let mut found: Vec<_> = found.map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// Every Rust file below `folder`.
pub(crate) fn sources(folder: &str) -> Vec<PathBuf> {
    let found = below(&root().join(folder));
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let (folders, mut files): (Vec<_>, Vec<_>) =
        entries(folder).into_iter().partition(|path| path.is_dir());
    files.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    files.extend(folders.iter().flat_map(|folder| below(folder)));
    files
}

/// Every document. A release has no recipes in it, and none of their documents.
pub(crate) fn documents() -> Vec<PathBuf> {
    let endings = [".md", ".8", ".conf", "README.Debian", "README.source", ".NEWS"];
    let is_text = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        path.is_file() && endings.iter().any(|ending| name.ends_with(ending))
    };
    let folders = ["", "docs", "docs/conf", "debian", "ports"];
    let found: Vec<_> = folders.into_iter().flat_map(entries).filter(is_text).collect();
    assert!(found.len() > 12, "{found:?}");
    found
}

/// Message ids of the catalogue: the first field of each of its rows.
pub(crate) fn ids() -> BTreeSet<u16> {
    let rows = read(CATALOGUE);
    let id = |line: &str| line.trim().trim_start_matches('(').split(',').next()?.parse().ok();
    let ids: BTreeSet<_> = rows.lines().filter_map(id).collect();
    assert!(ids.len() > 100, "{ids:?}");
    ids
}

/// Message ids that the enums of the stages have: the numbers on the right of a `=>`.
pub(crate) fn ids_in_use() -> BTreeSet<u16> {
    let enums = sources(MESSAGES).into_iter().map(read).collect::<String>();
    let number = |line: &str| {
        let (_, right) = line.split_once("=>")?;
        let number: u16 = right.trim().trim_end_matches(',').parse().ok()?;
        (100..1000).contains(&number).then_some(number)
    };
    enums.lines().filter_map(number).collect()
}

/// Names of the directives, each with its help text.
pub(crate) fn directives() -> BTreeMap<String, String> {
    let table = read(DIRECTIVES);
    let mut found = BTreeMap::new();
    let mut strings =
        table.split("c\"").skip(1).map(|part| part.split('"').next().unwrap_or(part)).peekable();
    while let Some(name) = strings.next() {
        if let (true, Some(help)) = (name.starts_with("Chroot"), strings.peek()) {
            found.insert(name.to_owned(), (*help).to_owned());
        }
    }
    assert!(found.len() >= 3, "{found:?}");
    found
}

/// Names of the directives that are looked for in the configuration: those of `Directive::ALL`.
pub(crate) fn directives_looked_for() -> BTreeSet<String> {
    let text = read(SETTINGS);
    let (_, all) = text.split_once(" const ALL:").expect("the list of directives");
    let (_, all) = all.split_once('=').expect("the list of directives");
    let all = all.split(';').next().unwrap_or_default();
    let named = |line: &str| {
        let (variant, name) = line.trim().split_once(" => \"Chroot")?;
        let name = format!("Chroot{}", name.trim_end_matches("\","));
        all.contains(&format!("{variant},")).then_some(name)
    };
    text.lines().filter_map(named).collect()
}

/// The survey of directives.
pub(crate) fn survey() -> Survey {
    let survey = parse_survey(&read(SURVEY)).expect("the survey");
    assert!(survey.rows.len() > 100, "{} rows", survey.rows.len());
    survey
}

/// Tests of the preflight's rows.
pub(crate) fn tests_of_rows() -> String {
    let mut tests: Vec<_> = sources(&format!("{ROWS}/tests")).into_iter().map(read).collect();
    tests.extend(["tests/preflight/rows.rs", "tests/preflight/named.rs"].map(read));
    tests.concat()
}
