//! Jails with and without a view.

use super::*;

/// Lines and reasons, as `lines_on`, where the children get a view or not.
fn lines_for(host: &FakeHost, uses: &[&str], in_view: bool) -> (Vec<String>, Vec<String>) {
    let mut table = ObservationTable::default();
    for line in uses {
        let (letters, path) = line.split_once(' ').unwrap();
        table.add(seen(letters, path));
    }
    let secrets = SecretSearch::default();
    let programs = &host.programs;
    let facts = RuleFacts {
        shown: &[],
        keeps: &[],
        programs,
        host,
        secrets,
        in_view,
        python_looks_up: false,
    };
    let Proposal { lines, unproposed, .. } = propose(&table, &facts);
    let reasons = unproposed.iter().map(|it| format!("{}: {}", it.seen.path.display(), it.reason));
    (lines.iter().map(|line| line.item.to_string()).collect(), reasons.collect())
}

#[test]
fn without_a_view_sets_are_proposed_and_files_that_cannot_be_copied_are_named() {
    let host = FakeHost::new(&[
        "/usr/share/app/x",
        "/var/lib/app/state w",
        "/run/db/s.sock",
        "/etc/resolv.conf",
    ]);
    let uses =
        ["r /usr/share/app/x", "w /var/lib/app/state", "c /run/db/s.sock", "r /etc/resolv.conf"];
    let (found, reasons) = lines_for(&host, &uses, false);
    assert_eq!(found, ["dns", "/usr/share/app"]);
    assert!(
        reasons.len() == 2 && reasons.iter().all(|it| it.contains("ChrootFixRoot view")),
        "{reasons:?}"
    );
    let (found, reasons) = lines_for(&host, &uses[..3], true);
    assert_eq!(found, ["/run/db", "/usr/share/app", "rw:/var/lib/app/state"], "{reasons:?}");
}
