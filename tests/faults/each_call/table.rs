//! tests/faults/each_call/faults.md: what was seen, in tables that are written by these tests and held to them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::call::Moment;
use super::class::Class;
use super::part::Part;

/// The outcomes of one fault: of the first moment, and where httpd itself failed of later ones.
pub(crate) type Cell = Vec<(Moment, Class)>;

/// What was seen of one row.
pub(crate) struct Seen {
    /// What went wrong.
    pub(crate) name: String,
    /// The three columns.
    pub(crate) cells: Vec<Cell>,
}

/// What of the document the tests write stands behind this line.
const BELOW: &str = "<!-- Below this line everything is written by tools/faults. -->\n";
const COLUMNS: &str =
    "| calls | refused (`EPERM`) | unknown (`ENOSYS`) | a lie (0) |\n|---|---|---|---|\n";

static WRITING: Mutex<()> = Mutex::new(());

/// Puts a part anew into the document.
pub(crate) fn write(part: Part, seen: &[Seen]) {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let text = read();
    let (prose, _) = text.split_once(BELOW).expect("the line in tests/faults/each_call/faults.md");
    let mut new = prose.to_owned() + BELOW;
    for one in Part::ALL {
        let body = if one == part { rows(seen) } else { body_of(&text, one) };
        let _ =
            write!(new, "\n## {}\n\n{}\n\n{COLUMNS}{body}", one.heading(), wrapped(one.about()));
    }
    fs::write(path(), new).expect("tests/faults/each_call/faults.md");
}

/// Each call of a part in the document, with the text of its columns.
pub(crate) fn written(part: Part) -> BTreeMap<String, Vec<String>> {
    let text = read();
    let mut found = BTreeMap::new();
    for line in body_of(&text, part).lines() {
        let mut columns = line.trim_matches('|').split('|').map(str::trim);
        let names: Vec<_> = columns.next().unwrap_or("").split('`').skip(1).step_by(2).collect();
        let cells: Vec<_> = columns.map(str::to_owned).collect();
        found.extend(names.into_iter().map(|name| (name.to_owned(), cells.clone())));
    }
    found
}

/// A cell for readers: where httpd itself failed, the first later moment at which it did not.
pub(crate) fn shown(cell: &Cell) -> String {
    match cell.last() {
        Some((Moment::Logs, class)) if *class != Class::Httpd => {
            format!("{}; from the logs on: {class}", Class::Httpd)
        }
        Some((Moment::Entry, class)) if cell.len() > 1 && *class != Class::Httpd => {
            format!("{}; in children only: {class}", Class::Httpd)
        }
        Some((_, class)) => class.to_string(),
        None => String::new(),
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/faults/each_call/faults.md")
}

fn read() -> String {
    fs::read_to_string(path()).expect("tests/faults/each_call/faults.md")
}

/// The rows of a part as they stand in the document.
fn body_of(text: &str, part: Part) -> String {
    let mut sections = text.split("\n## ").skip(1);
    let own = sections.find(|one| one.starts_with(&format!("{}\n", part.heading())));
    let rows = own.unwrap_or_default().lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| line.to_owned() + "\n").collect()
}

/// One line for all calls that have the same outcomes; the more of them the later.
fn rows(seen: &[Seen]) -> String {
    let mut lines: BTreeMap<Vec<String>, BTreeSet<&str>> = BTreeMap::new();
    for one in seen {
        let cells = one.cells.iter().map(shown).collect();
        lines.entry(cells).or_default().insert(&one.name);
    }
    let mut lines: Vec<_> = lines.into_iter().collect();
    lines.sort_by_key(|(cells, names)| (names.len(), names.first().copied(), cells.clone()));
    let line = |(cells, names): (Vec<String>, BTreeSet<&str>)| {
        let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
        format!("| {} | {} |\n", names.join(", "), cells.join(" | "))
    };
    lines.into_iter().map(line).collect()
}

/// Lines that are not too long.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 118;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("a line");
        if !last.is_empty() && last.len() + 1 + word.len() > WIDTH {
            lines.push(word.to_owned());
        } else {
            let space = if last.is_empty() { "" } else { " " };
            let _ = write!(last, "{space}{word}");
        }
    }
    lines.join("\n")
}
