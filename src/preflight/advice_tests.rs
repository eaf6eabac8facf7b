use super::*;
use crate::config::ProvideSet;
use crate::messages::{Failure, PreflightFinding};
use std::path::PathBuf;

fn path(path: &str) -> ProvideItem {
    ProvideItem::Path { path: path.into(), writable: false }
}

fn writable(path: &str) -> ProvideItem {
    ProvideItem::Path { path: path.into(), writable: true }
}

/// The failure for which `item` is advised.
fn failure(item: ProvideItem, basis: Basis) -> JudgedFailure {
    let finding = PreflightFinding {
        directive: "Alias".into(),
        value: "/x /opt/x".into(),
        place: None,
        breaks: true,
        refuses: false,
        subject: Some(PathBuf::from(item.to_string())),
        failure_kind: Failure::Missing,
        remedy: format!("add \"ChrootProvide {item}\""),
        more: 0,
    };
    JudgedFailure { finding, items: vec![item], basis }
}

/// A host on which each of `needs` is missing until all before it in `order` are provided.
fn advise(needs: &[(ProvideItem, Basis)], refused: &[ProvideItem]) -> AdvisedLines {
    let failures = |items: &[ProvideItem]| {
        let is_missing = |need: &&(ProvideItem, Basis)| !items.iter().any(|it| covers(it, &need.0));
        let next = needs.iter().find(is_missing).into_iter();
        next.map(|(item, basis)| failure(item.clone(), *basis)).collect::<Vec<_>>()
    };
    let first = failures(&[]);
    let is_refused = |items: &[ProvideItem]| items.iter().any(|item| refused.contains(item));
    find_advice(&first, &mut |items| (!is_refused(items)).then(|| failures(items)), &|| true)
}

#[test]
fn needs_that_show_only_one_after_the_other_are_one_block() {
    let needs = [
        (path("/usr/share/b"), Basis::Written),
        (writable("/var/lib/b/data"), Basis::Written),
        (ProvideItem::Set(ProvideSet::Users), Basis::PhpDefault),
        (path("/etc/b"), Basis::Likely),
    ];
    let advice = advise(&needs, &[]);
    let block = [
        CERTAIN,
        "ChrootProvide /usr/share/b",
        "ChrootProvide rw:/var/lib/b/data",
        "ChrootProvide users",
        LIKELY,
        "ChrootProvide /etc/b",
    ];
    assert_eq!(advice.format_block(), block);
    assert_eq!(advice.later.len(), 3);
    assert!(advice.left.is_empty() && advice.has_certain());
}

#[test]
fn a_line_that_is_refused_is_not_printed() {
    let needs = [(path("/usr/share/b"), Basis::Written)];
    let advice = advise(&needs, &[path("/usr/share/b")]);
    assert!(advice.format_block().is_empty());
    assert_eq!(advice.left.len(), 1);
}

#[test]
fn a_line_that_cures_nothing_is_not_printed() {
    let stubborn = failure(path("/opt/x"), Basis::Written);
    let advice = find_advice(
        std::slice::from_ref(&stubborn),
        &mut |_| Some(vec![stubborn.clone()]),
        &|| true,
    );
    assert!(advice.format_block().is_empty());
    assert_eq!(advice.left, [stubborn]);
}

#[test]
fn no_line_is_inside_another() {
    let line = |item, basis| AdvisedItem { item, basis };
    let mut lines = vec![
        line(path("/usr/share/b/css"), Basis::Written),
        line(path("/usr/share/b"), Basis::Likely),
        line(writable("/usr/share/b/up"), Basis::Likely),
        line(path("/usr/share/b/up/x"), Basis::Likely),
        line(path("/usr/share/b"), Basis::Likely),
        line(path("/usr/share/bc"), Basis::Likely),
    ];
    merge(&mut lines);
    let expected = [
        line(path("/usr/share/b"), Basis::Written),
        line(path("/usr/share/bc"), Basis::Likely),
        line(writable("/usr/share/b/up"), Basis::Likely),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn lines_are_quoted_as_httpd_reads_them() {
    assert_eq!(format_line(&path("/srv/a b\"c\\d")), r#"ChrootProvide "/srv/a b\"c\\d""#);
    assert_eq!(format_line(&writable("/srv/a-b")), "ChrootProvide rw:/srv/a-b");
    for odd in ["/srv/a\nb", "/srv/${X}", "/srv/\u{fffd}"] {
        assert!(!is_printable(&path(odd)), "{odd:?}");
    }
}

#[test]
fn when_the_time_is_up_the_lines_so_far_are_printed_and_that_is_said() {
    let needs = ["/opt/a", "/opt/b", "/opt/c"].map(path);
    let rehearsals = std::cell::Cell::new(0);
    let mut rehearse = |items: &[ProvideItem]| {
        rehearsals.set(rehearsals.get() + 1);
        let next = needs.iter().find(|need| !items.contains(need)).into_iter();
        Some(next.map(|item| failure(item.clone(), Basis::Written)).collect::<Vec<_>>())
    };
    let first = rehearse(&[]).unwrap();
    let advice = find_advice(&first, &mut rehearse, &|| rehearsals.get() < 3);
    assert_eq!(rehearsals.get(), 3);
    assert_eq!(
        advice.format_block(),
        [CERTAIN, "ChrootProvide /opt/a", "ChrootProvide /opt/b", CUT]
    );
}
