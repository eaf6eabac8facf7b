//! All rows of a part, a few at a time, held to the rules and to the document.

use std::sync::Mutex;

use super::call::Call;
use super::call::Moment;
use super::claims::Outside;
use super::class;
use super::part::{Part, Row};
use super::play::made_by;
use super::table::{self, Seen};

/// Most of it is waiting.
const AT_ONCE: usize = 4;

/// How much is to be done: `MOD_CHROOT_FAULTS` is `all` for every row of every part, `write` to write the document
/// besides. With `MOD_CHROOT_FAULTS_CALL` only the rows whose name contains it are tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Check,
    All,
    Write,
}

impl Extent {
    fn asked_for() -> Extent {
        match std::env::var("MOD_CHROOT_FAULTS").as_deref() {
            Ok("all") => Extent::All,
            Ok("write") => Extent::Write,
            Ok(other) => panic!("MOD_CHROOT_FAULTS={other}: all and write are known"),
            Err(_) => Extent::Check,
        }
    }
}

/// Every outcome of the part is one of the safe ones, and the document has every call of the module.
pub(crate) fn holds(part: Part) {
    let extent = Extent::asked_for();
    let mut rows = part.rows(extent != Extent::Check);
    if let Ok(call) = std::env::var("MOD_CHROOT_FAULTS_CALL") {
        rows.retain(|row| row.name.contains(&call));
        if rows.is_empty() {
            return;
        }
    }
    assert!(!rows.is_empty(), "no call goes wrong in {part:?}");
    let seen = see(part, rows);
    if extent == Extent::Write {
        table::write(part, &seen);
    }
    let mut faults: Vec<String> = seen.iter().flat_map(broken).collect();
    if extent != Extent::Write {
        faults.extend(unwritten(part, &seen));
    }
    assert!(faults.is_empty(), "{} of {part:?}:\n{}", faults.len(), faults.join("\n"));
}

fn see(part: Part, rows: Vec<Row>) -> Vec<Seen> {
    let outside = Outside::start();
    let queue = Mutex::new(rows.into_iter());
    let worker = || {
        let next = || queue.lock().expect("no panic before").next();
        std::iter::from_fn(next).map(|row| seen_of(part, row, &outside)).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|one| one.join().expect("a row")).collect()
    })
}

fn seen_of(part: Part, row: Row, outside: &Outside) -> Seen {
    let one = |fault| class::cell(part.scene(), fault, outside);
    let cells: Vec<_> = row.faults.into_iter().map(one).collect();
    let texts: Vec<_> = cells.iter().map(table::shown).collect();
    eprintln!("{part:?}: {}: {}", row.name, texts.join(" | "));
    Seen { name: row.name, cells }
}

fn broken(seen: &Seen) -> Vec<String> {
    let is_broken = |cell: &&table::Cell| cell.iter().any(|(_, class)| !class.is_safe());
    let text = |cell: &table::Cell| format!("{}: {}", seen.name, table::shown(cell));
    seen.cells.iter().filter(is_broken).map(text).collect()
}

/// What the document lacks, if it is the module's: other calls differ from one system to the other.
fn unwritten(part: Part, seen: &[Seen]) -> Vec<String> {
    let written = table::written(part);
    let lacking: Vec<_> = seen.iter().filter(|one| !written.contains_key(&one.name)).collect();
    if lacking.is_empty() {
        return Vec::new();
    }
    let without: Vec<String> = match part {
        Part::Pairs => Vec::new(),
        _ => made_by(part.scene(), false, Moment::Configuration)
            .iter()
            .map(Call::to_string)
            .collect(),
    };
    let (others, ours): (Vec<_>, Vec<_>) =
        lacking.into_iter().partition(|one| without.contains(&one.name));
    for one in others {
        eprintln!(
            "{part:?}: {} is httpd's own, and not in tests/faults/each_call/faults.md",
            one.name
        );
    }
    ours.iter()
        .map(|one| {
            format!("{}: not in tests/faults/each_call/faults.md; run tools/faults write", one.name)
        })
        .collect()
}
