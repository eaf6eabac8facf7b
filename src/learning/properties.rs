//! Properties of the records that the watching process and the parent read, and of the lines that are made of them.

use crate::config::ProvideItem;
use crate::learning::fake_host::FakeHost;
use crate::learning::learner::check_path_call;
use crate::learning::observation::{Observation, ObservationTable};
use crate::learning::places::{find_objection, is_shared};
use crate::learning::proposal::{Proposal, RuleFacts};
use crate::learning::raw_list::{format_list, read_list};
use crate::learning::rules::propose;
use crate::learning::secret_search::SecretSearch;
use crate::learning::wire::{format_proposal, read_proposal};
use std::ffi::OsStr;
use std::path::Path;

/// `input` is a raw list of an earlier run. It is read equal when it is written again, and what is written is plain text.
pub(crate) fn check_list(input: &[u8]) {
    let list = read_list(input);
    let text = format_list(&list);
    let is_plain = |byte: u8| byte == b'\n' || byte == b'\t' || (b' '..=b'~').contains(&byte);
    assert!(text.bytes().all(is_plain), "{text}");
    let (again, table) = (read_list(text.as_bytes()), list.table);
    assert_eq!((again.writes, again.table.lost), (list.writes, table.lost), "{text}");
    let again = again.table;
    assert!(table.paths().eq(again.paths()), "{text}");
    assert!(table.ports().eq(again.ports()), "{text}");
}

/// `input` is a raw list, a line `--`, and a proposal by a process that may have been taken over. No accepted line shows
/// a path that is never shown, and each is read as it is written.
pub(crate) fn check_proposal(input: &[u8]) {
    let at = input.windows(4).position(|part| part == b"\n--\n");
    let (list, text) = at.map_or((input, input), |at| (&input[..at], &input[at + 4..]));
    let table: ObservationTable = read_list(list).table;
    let proposal = read_proposal(text, &table);
    proposal.lines.iter().for_each(|line| check_item(&line.item));
    let is_seen = |seen: &Observation| table.paths().any(|known| known == seen);
    let uses = proposal.lines.iter().flat_map(|line| &line.uses);
    assert!(uses.chain(&proposal.needed).all(is_seen), "{proposal:?}");
    assert_eq!(read_proposal(format_proposal(&proposal, &table).as_bytes(), &table), proposal);
}

/// `input` is a raw list, from which lines are made. The parent, which judges them again, accepts each.
pub(crate) fn check_rules(input: &[u8]) {
    let table = read_list(input).table;
    let mut host = FakeHost::default();
    for seen in table.paths().filter(|seen| seen.real.is_absolute()) {
        // A folder of all programs is a folder on every host.
        let slash = if is_shared(&seen.real) { "/" } else { "" };
        let mark = if seen.uses.write() { " w" } else { "" };
        host.add(&format!("{}{slash}{mark}", seen.real.display()));
    }
    let programs = host.programs.clone();
    let secrets = SecretSearch::default();
    let facts = RuleFacts {
        shown: &[],
        keeps: &[],
        programs: &programs,
        host: &host,
        secrets,
        in_view: true,
        python_looks_up: true,
    };
    let proposal = propose(&table, &facts);
    proposal.lines.iter().for_each(|line| check_item(&line.item));
    let Proposal { lines, .. } =
        read_proposal(format_proposal(&proposal, &table).as_bytes(), &table);
    let items = |all: &[_]| {
        all.iter()
            .map(|line: &crate::learning::proposal::ProposedLine| line.item.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(items(&lines), items(&proposal.lines));
}

fn check_item(item: &ProvideItem) {
    let word = item.to_string();
    assert_eq!(ProvideItem::parse(OsStr::new(&word)).as_ref(), Some(item), "{word}");
    if let ProvideItem::Path { path, .. } | ProvideItem::Program(path) = item {
        assert_eq!(find_objection(path), None, "{word}");
        assert!(path.is_absolute() && path != Path::new("/"), "{word}");
    }
}

/// `input` is a path that a process uses, as it is in its memory, or the address of a socket.
pub(crate) fn check_call(input: &[u8]) {
    check_path_call(input);
    crate::platform::check_socket_address(input);
}
