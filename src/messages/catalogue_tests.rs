use super::*;
use std::fmt::Write;

/// The table of docs/messages.md: neighbours with the same moments and levels are one row.
fn table() -> String {
    let mut table = String::new();
    for rows in CATALOGUE.chunk_by(|a, b| a.1 == b.1 && a.2 == b.2) {
        let ids: Vec<_> = rows.iter().map(|row| row.0).collect();
        let ranges = ids.chunk_by(|a, b| a + 1 == *b).map(range).collect::<Vec<_>>().join(", ");
        let moments = rows[0].1.iter().map(|moment| name(*moment)).collect::<Vec<_>>().join(", ");
        let levels = rows[0].2.iter().map(level).collect::<Vec<_>>().join("; ");
        writeln!(table, "| {ranges} | {moments} | {levels} |").unwrap();
    }
    table
}

fn range(ids: &[u16]) -> String {
    match ids {
        [first, .., last] => format!("CHR{first}–CHR{last}"),
        _ => format!("CHR{}", ids[0]),
    }
}

fn name(moment: Moment) -> &'static str {
    match moment {
        Configtest => "configtest",
        Start => "start",
        Restart => "restart",
        Entry => "entry",
        Proof => "proof",
        Running => "running",
    }
}

fn level((level, condition): &(Level, &str)) -> String {
    let word = match level {
        Refused => "emerg",
        Alert => "alert",
        Warning => "warn",
        Notice => "notice",
        Info => "info",
    };
    if condition.is_empty() { word.to_owned() } else { format!("{condition}: {word}") }
}

#[test]
fn the_table_of_the_manual_is_that_of_the_catalogue() {
    let manual = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/messages.md"));
    let manual = manual.unwrap();
    let (_, found) = manual.split_once("| id | moment | level |\n|---|---|---|\n").unwrap();
    let found = found.split("\n\n").next().unwrap().trim_end();
    assert!(found == table().trim_end(), "docs/messages.md needs this table:\n{}", table());
}

#[test]
fn rows_are_in_order_and_no_title_is_used_twice() {
    assert!(CATALOGUE.is_sorted_by(|a, b| a.0 < b.0));
    let mut titles: Vec<_> = CATALOGUE.iter().map(|row| row.3).collect();
    titles.sort_unstable();
    titles.dedup();
    assert_eq!(titles.len(), CATALOGUE.len());
    assert!(CATALOGUE.iter().all(|row| row.2.first().is_some_and(|(_, when)| when.is_empty())));
}
